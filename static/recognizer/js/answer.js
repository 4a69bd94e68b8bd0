// Shows what the ink reads as: the numeral, ten bars, the picture the network saw, the time taken.

import { showBars } from "./bars.js";

const SIDE = 28;
const STABLE = 700; // milliseconds without change before an answer is spoken
const RIVAL = 0.05; // a second candidate less probable than this is not worth a word

export class AnswerView {
  #root;
  #spoken;
  #timer = null;
  #lastSpoken = "";

  /** `root` holds the parts by [data-part]; `spoken` is the polite live region. */
  constructor(root, spoken) {
    this.#root = root;
    this.#spoken = spoken;
  }

  /** Shows an answer of the API. `roundTrip` in milliseconds, or null for a stored one. */
  show(answer, roundTrip = null) {
    const mood = moodOf(answer);
    const ranked = rank(answer.probabilities);
    this.#root.dataset.mood = mood;
    this.#part("numeral").textContent = numeralOf(mood, answer, ranked);
    this.#part("verdict").textContent = verdictOf(mood, answer);
    this.#part("rival").textContent = rivalOf(mood, ranked);
    this.#part("timing").textContent = timingOf(answer, roundTrip);
    showBars(this.#root, answer.probabilities);
    if (answer.pixels) drawPixels(this.#part("seen"), decodePixels(answer.pixels));
    this.#speakSoon(sentenceOf(mood, answer, ranked));
  }

  clear() {
    this.#root.dataset.mood = "blank";
    for (const name of ["numeral", "verdict", "rival", "timing"]) this.#part(name).textContent = "";
    showBars(this.#root, null);
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

/** "digit", "unsure" or "none" (not a digit). */
export function moodOf(answer) {
  if (answer.digit !== null) return "digit";
  return answer.is_digit < 0.5 ? "none" : "unsure";
}

/** What an answer claims: "7", "none" (not a digit), or "" where it is unsure or there is none. */
export function claimOf(answer) {
  if (!answer) return "";
  return { digit: String(answer.digit), none: "none", unsure: "" }[moodOf(answer)];
}

/** A claim, or a choice on a button, as the API takes it: 0 to 9, or null for "none". */
export function digitOf(claim) {
  return claim === "none" ? null : Number(claim);
}

/** "98.2 %", cut and not rounded: 100 % is said of no answer below it. */
export function percent(share) {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function rank(probabilities) {
  const pairs = probabilities.map((share, digit) => ({ digit, share }));
  return pairs.sort((a, b) => b.share - a.share);
}

function numeralOf(mood, answer, ranked) {
  if (mood === "digit") return String(answer.digit);
  return mood === "unsure" ? `${ranked[0].digit} ${ranked[1].digit}` : "–";
}

function verdictOf(mood, answer) {
  if (mood === "digit") return `${percent(answer.confidence)} sure`;
  return mood === "unsure" ? "Unsure" : "Not a digit";
}

function rivalOf(mood, [first, second]) {
  if (mood === "none") return `If it were one: ${first.digit}`;
  if (mood === "unsure") {
    return `${first.digit} (${percent(first.share)}) or ${second.digit} (${percent(second.share)})`;
  }
  return second.share >= RIVAL ? `else ${second.digit} (${percent(second.share)})` : "";
}

function sentenceOf(mood, answer, [first, second]) {
  if (mood === "digit") return `Reads as ${answer.digit}, ${percent(answer.confidence)} sure.`;
  if (mood === "none") return "Not a digit.";
  return `Unsure: ${first.digit} or ${second.digit}.`;
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
