// Shows what the ink reads as: the numeral, ten bars, the picture the network saw, the time taken.

import { inPercent, showBars } from "./bars.js";
import { showParts } from "./digit_frames.js";

const SIDE = 28;
const STABLE = 700; // milliseconds without change before an answer is spoken
const RIVAL = 0.05; // a second candidate less probable than this is not worth a word

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
    const mood = moodOf(answer);
    const ranked = rank(answer.probabilities);
    const numeral = numeralOf(mood, answer);
    this.#root.dataset.mood = mood;
    this.#part("numeral").textContent = numeral;
    this.#part("numeral").dataset.length = numeral.length;
    this.#part("verdict").textContent = verdictOf(mood, answer);
    this.#part("rival").textContent = rivalOf(mood, answer, ranked);
    this.#part("timing").textContent = timingOf(answer, roundTrip);
    showBars(this.#root, answer.parts.length ? null : answer.probabilities);
    showParts(this.#part("parts"), answer.parts, this.#frame());
    if (answer.pixels) drawPixels(this.#part("seen"), decodePixels(answer.pixels));
    this.#speakSoon(sentenceOf(mood, answer));
  }

  clear() {
    this.#root.dataset.mood = "blank";
    for (const name of ["numeral", "verdict", "rival", "timing"]) this.#part(name).textContent = "";
    showBars(this.#root, null);
    showParts(this.#part("parts"), [], this.#frame());
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

/** The verdict in one word: "digit", "number", "unsure", "several" or "none" (not a digit). */
export function moodOf(answer) {
  return answer.verdict === "not a digit" ? "none" : answer.verdict;
}

/** What an answer claims: "7", "none" (not a digit), or "" where it claims nothing or there is none. */
export function claimOf(answer) {
  if (!answer) return "";
  return { digit: String(answer.digit), none: "none" }[moodOf(answer)] ?? "";
}

/** A claim, or a choice on a button, as the API takes it: 0 to 9, or null for "none". */
export function digitOf(claim) {
  return claim === "none" ? null : Number(claim);
}

/** "98.2 %", cut and not rounded: 100 % is said of no answer below it. */
export function percent(share) {
  return `${inPercent(share).toFixed(1)} %`;
}

function rank(probabilities) {
  const pairs = probabilities.map((share, digit) => ({ digit, share }));
  return pairs.sort((a, b) => b.share - a.share);
}

function numeralOf(mood, answer) {
  if (mood === "unsure") return answer.candidates.join(" ");
  return { digit: String(answer.digit), number: answer.number }[mood] ?? "–";
}

function verdictOf(mood, answer) {
  return {
    unsure: `Unsure: ${answer.candidates.join(" or ")}`,
    none: "Not a digit",
    several: severalWords(answer)[0],
  }[mood] ?? `${percent(answer.confidence)} sure`;
}

function rivalOf(mood, answer, [first, second]) {
  if (mood === "none") return `If it were one: ${first.digit}`;
  if (mood === "several") return severalWords(answer)[1];
  if (mood === "number") return answer.parts.map(({ digit, confidence }) => withShare(digit, confidence)).join(", ");
  if (mood === "unsure") return [first, second].map(({ digit, share }) => withShare(digit, share)).join(", ");
  return second.share >= RIVAL ? `else ${withShare(second.digit, second.share)}` : "";
}

function withShare(digit, share) {
  return `${digit} (${percent(share)})`;
}

function severalWords({ parts }) {
  const read = parts.every(({ digit }) => digit !== null);
  return ["Several digits.", read ? "Write them side by side, with gaps." : "Not each of them can be read."];
}

function sentenceOf(mood, answer) {
  if (mood === "digit") return `Reads as ${answer.digit}, ${percent(answer.confidence)} sure.`;
  if (mood === "number") return `Reads as the number ${answer.number}, ${percent(answer.confidence)} sure.`;
  if (mood === "several") return severalWords(answer).join(" ");
  return `${verdictOf(mood, answer)}.`;
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
