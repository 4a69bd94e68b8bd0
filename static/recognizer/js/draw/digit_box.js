// A small sheet for one digit that was asked for: what is written on it, what that reads as, and its
// keeping.

import { create, label, pathOf, SaveKey } from "../shared/drawings.js";
import { Sheet, followPointer } from "../sheet/canvas.js";
import { Ink } from "../sheet/ink.js";
import { followKeys } from "../sheet/keyboard_pen.js";
import { LiveReading } from "./live_reading.js";

/**
 * Its data-state is "blank", "read", "misread", then "kept", or "righted" where it was misread. Fires
 * "changed" where that changes, and "failed" with the error where it could not be read.
 */
export class DigitBox extends EventTarget {
  #element;
  #digit;
  #ink = new Ink();
  #sheet;
  #live;
  #key = new SaveKey();
  #drawing = null;
  #writing = false;

  constructor(element, url) {
    super();
    this.#element = element;
    this.#digit = Number(element.dataset.box);
    const canvas = this.#part("sheet");
    this.#sheet = new Sheet(canvas, this.#ink);
    this.#live = new LiveReading({
      url,
      heard: (answer) => this.#heard(answer),
      failed: (error) => this.dispatchEvent(new CustomEvent("failed", { detail: error })),
    });
    const pen = {
      begin: (point) => this.#begin(point),
      move: (points) => this.#move(points),
      end: () => this.#end(),
      abandon: () => { this.#ink.abandon(); this.#sheet.redraw(); this.#end(); },
    };
    followPointer(canvas, pen);
    followKeys(canvas, this.#part("keyboard-pen"), pen);
    element.querySelector("[data-do=clear]").addEventListener("click", () => this.#clear());
  }

  get state() { return this.#element.dataset.state; }
  get isKept() { return this.state === "kept" || this.state === "righted"; }
  /** Whether something is written that is not kept yet. */
  get waits() { return !this.#ink.isBlank && !this.isKept; }

  /** Keeps what is written as the digit that was asked for. Tried again, it makes no second drawing. */
  async keep(url) {
    this.#live.forget();
    this.#drawing ??= await create(url, this.#ink.asData(), this.#key.value);
    const { words } = await label(pathOf(this.#drawing), this.#digit);
    const wrong = words.state === "wrong";
    this.#show(wrong ? "righted" : "kept", wrong ? `Read as ${words.answer}, put right` : "Saved");
  }

  #part(name) {
    return this.#element.querySelector(`[data-part=${name}]`);
  }

  #show(state, words) {
    this.#element.dataset.state = state;
    this.#part("found").textContent = words;
    this.#element.querySelector("[data-do=clear]").hidden = !this.waits;
    this.dispatchEvent(new Event("changed"));
  }

  #heard({ words }) {
    if (this.isKept || this.#ink.isBlank) return;
    const right = words.asserted_label === String(this.#digit);
    this.#show(right ? "read" : "misread", right ? "Read right" : `Reads ${words.numeral}`);
  }

  #clear() {
    this.#live.forget();
    this.#ink.renew();
    this.#sheet.redraw();
    this.#key.renew();
    this.#drawing = null;
    this.#show("blank", "");
    this.#part("sheet").focus();
  }

  #begin(point) {
    if (this.isKept || this.#drawing || this.#writing) return false;
    if (this.#ink.isBlank) this.#ink.frame = this.#sheet.size;
    if (!this.#ink.begin(this.#framed(point))) return false;
    this.#writing = true;
    this.#key.renew();
    this.#sheet.drawTip(0);
    return true;
  }

  #move(points) {
    const from = this.#ink.strokes.at(-1).length;
    for (const point of points) this.#ink.extend(this.#framed(point));
    this.#sheet.drawTip(from - 1);
  }

  #end() {
    this.#writing = false;
    if (this.#ink.isBlank) return this.#show("blank", "");
    this.#live.ask(this.#ink.asData());
    return this.dispatchEvent(new Event("changed"));
  }

  // From the sheet's pixels to the frame's units: they differ once the window was resized.
  #framed(point) {
    const { frame } = this.#ink;
    const scale = frame.width / this.#sheet.size.width;
    const within = (value, side) => Math.min(Math.max(value * scale, -side), 2 * side);
    return { ...point, x: within(point.x, frame.width), y: within(point.y, frame.height) };
  }
}
