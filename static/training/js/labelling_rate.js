// Measures how fast one labels, and counts the labels since this tab was opened.

import { inTab } from "../../recognizer/js/shared/storage.js";

const WINDOW = 60_000;
const LEAST = 5_000; // a shorter burst says nothing of a minute
const DONE = "review-done";

export class LabellingRate {
  #times = [];
  #done = Number(inTab.get(DONE) ?? 0);

  get done() { return this.#done; }

  /** Labels a minute, over the last minute; null while there are too few to tell. */
  get rate() {
    const first = performance.now() - WINDOW;
    this.#times = this.#times.filter((time) => time > first);
    if (this.#times.length < 3) return null;
    const took = this.#times.at(-1) - this.#times[0];
    return Math.round(((this.#times.length - 1) * 60_000) / Math.max(took, LEAST));
  }

  add() {
    this.#times.push(performance.now());
    this.#count(1);
  }

  takeBack() {
    this.#times.pop();
    this.#count(-1);
  }

  #count(one) {
    this.#done = Math.max(this.#done + one, 0);
    inTab.set(DONE, this.#done);
  }
}
