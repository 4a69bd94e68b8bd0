// Shows an answer of the API, in the words that come with it (?words=1): the numeral, the verdict,
// ten bars, the picture the network saw, the time taken.

import { showBars, showFigures } from "./bars.js";
import { showDigitFrames } from "./digit_frames.js";
import { showLikeness } from "./likeness.js";

const SIDE = 28;
const STABLE = 700; // milliseconds without change before an answer is spoken

export class AnswerView {
  #root;
  #spoken;
  #frame;
  #timer = null;
  #lastSpoken = "";

  /**
   * `root` holds the parts by [data-part]; `spoken` is the polite live region; `frame` tells the
   * size of the drawing, {width, height}, in the units in which an answer places its parts.
   */
  constructor(root, spoken, frame) {
    this.#root = root;
    this.#spoken = spoken;
    this.#frame = frame;
  }

  /** Shows an answer of the API. `roundTrip` in milliseconds, or null for a stored one. */
  show(answer, roundTrip = null) {
    const { state, numeral, verdict, rival, sentence } = answer.words;
    this.#root.dataset.answerState = state;
    this.#part("numeral").textContent = numeral;
    this.#part("numeral").dataset.length = numeral.length;
    this.#part("verdict").textContent = verdict;
    this.#part("rival").textContent = rival;
    this.#part("timing").textContent = timingOf(answer, roundTrip);
    showLikeness(this.#part("likeness"), answer);
    showBars(this.#root, answer.parts.length ? null : answer.probabilities);
    showFigures(this.#root, answer.parts);
    showDigitFrames(this.#part("parts"), answer.parts, this.#frame());
    if (answer.pixels) drawPixels(this.#part("seen"), decodePixels(answer.pixels));
    this.#speakSoon([sentence, answer.words.personal].join(" ").trim());
  }

  clear() {
    this.#root.dataset.answerState = "blank";
    for (const name of ["numeral", "verdict", "rival", "timing"]) this.#part(name).textContent = "";
    showBars(this.#root, null);
    showFigures(this.#root, []);
    showLikeness(this.#part("likeness"), null);
    showDigitFrames(this.#part("parts"), [], this.#frame());
    const seen = this.#part("seen");
    seen.getContext("2d").clearRect(0, 0, SIDE, SIDE);
    clearTimeout(this.#timer);
    this.#lastSpoken = "";
  }

  #part(name) {
    return this.#root.querySelector(`[data-part=${name}]`);
  }

  #speakSoon(sentence) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (sentence === this.#lastSpoken) return;
      this.#lastSpoken = sentence;
      this.#spoken.textContent = sentence;
    }, STABLE);
  }
}

function timingOf(answer, roundTrip) {
  const read = `read in ${answer.milliseconds.toFixed(1)} ms`;
  return roundTrip === null ? read : `${read}, ${Math.round(roundTrip)} ms there and back`;
}

/** The 28x28 grey values, row by row, of what the API sends. */
export function decodePixels(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function drawPixels(canvas, greys) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  greys.forEach((grey, index) => image.data.set([grey, grey, grey, 255], index * 4));
  context.putImageData(image, 0, 0);
}
