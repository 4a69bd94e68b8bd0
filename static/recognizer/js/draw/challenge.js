// A game: write a digit that the site cannot read, and say what it is. What fools it teaches most.

import { inBrowser } from "../shared/storage.js";

const FIRST = 7;
const SCORE = "fooled";

export class Challenge {
  #line;
  #wanted = FIRST;

  /** `line` holds the parts; the page tells of each digit that somebody said by a "said" event. */
  constructor(page, line) {
    this.#line = line;
    page.addEventListener("said", ({ detail }) => this.#said(detail));
    this.#show("Can you fool it? Write");
  }

  get #score() { return Number(inBrowser.get(SCORE) ?? 0); }

  #said({ digit, read }) {
    if (digit !== this.#wanted) return;
    const fooled = read !== String(digit);
    if (fooled) inBrowser.set(SCORE, String(this.#score + 1));
    this.#wanted = (this.#wanted + 3) % 10; // all ten in turn
    this.#show(`${fooled ? "You fooled it." : "It read that one."} Now write`);
  }

  #show(lead) {
    this.#part("lead").textContent = lead;
    this.#part("wanted").textContent = this.#wanted;
    this.#part("score").textContent = this.#score;
    this.#line.hidden = false;
  }

  #part(name) {
    return this.#line.querySelector(`[data-part=${name}]`);
  }
}
