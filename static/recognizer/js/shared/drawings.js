// Drawings through the API, with words: creates and labels them, and waits until one is answered.

import { ApiError, newKey, send, wait } from "./api.js";

const FIRST_LOOK = 1000;
const SLOWEST_LOOK = 20_000;

/** Stores a body under `key`: the same key twice is one drawing. Returns the drawing. */
export async function create(url, body, key) {
  const headers = { Prefer: "wait=2", "Idempotency-Key": key };
  const { data } = await send("POST", withWords(url), { body, headers });
  return data;
}

/** Says what a drawing is: 0 to 9, or null for "not a digit". Returns the drawing. */
export async function label(url, digit) {
  const { data } = await send("POST", withWords(`${url}labels/`), { body: { digit } });
  return data;
}

/** Looks again and again, ever more slowly, until a drawing is answered. Null if it is gone. */
export async function untilAnswered(url) {
  for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 1.5, SLOWEST_LOOK)) {
    await wait(pause);
    try {
      const { data } = await send("GET", withWords(url));
      if (data.answer) return data;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.passing) return null;
    }
  }
}

/** The answer that its owner was shown: the model version's, or what it was read as their way. */
export function shownAnswer({ answer, personal_answer: own }) {
  return own ? { ...answer, ...own, personal: { exemplar: own.exemplar } } : answer;
}

/** A label as pages write it ("7", or "none" for not a digit) as the API takes it: 7, or null. */
export function digitOf(label) {
  return label === "none" ? null : Number(label);
}

function withWords(url) {
  return `${url}?words=1`;
}

/** The key for saving this ink: the same until the ink changes. */
export class SaveKey {
  #key = newKey();

  get value() { return this.#key; }

  renew() { this.#key = newKey(); }

  restore(key) { this.#key = key; }
}

/** A drawing's address as this page reaches it: the API's is absolute, and proxies may differ. */
export function pathOf(drawing) {
  return new URL(drawing.url).pathname;
}
