// What the reviewer said, on its way to the site: sent in the order in which it was said, again and
// again while the site cannot be reached, and kept by the tab until it has arrived.

import { ApiError, send, wait } from "../../recognizer/js/shared/api.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20_000;

export class Outbox {
  #key;
  #addressOf;
  #onChange;
  #onRefused;
  #letters;
  #sending = false;

  /**
   * `addressOf(letter)` is where a letter {number, digit} or {number, skip: true} goes.
   * `onChange(count, trouble)`: how many are on their way, and what holds them up: "" once
   * nothing does, null where that is as it was.
   * `onRefused(letter, words)`: the site will never take this one.
   */
  constructor({ key, addressOf, onChange, onRefused }) {
    this.#key = `outbox-${key}`;
    this.#addressOf = addressOf;
    this.#onChange = onChange;
    this.#onRefused = onRefused;
    this.#letters = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
    addEventListener("beforeunload", (event) => { if (this.#letters.length) event.preventDefault(); });
    addEventListener("online", () => this.#send());
    this.#send();
  }

  put(letter) {
    this.#letters.push(letter);
    this.#keep();
    this.#onChange(this.#letters.length, null);
    this.#send();
  }

  #keep() {
    sessionStorage.setItem(this.#key, JSON.stringify(this.#letters));
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    let pause = FIRST_PAUSE;
    while (this.#letters.length) {
      const trouble = await this.#sendFirst();
      if (trouble?.signedOut) break; // the next letter, or the next visit, tries again
      if (trouble) {
        await wait(trouble.retryAfter ? trouble.retryAfter * 1000 : pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      } else {
        pause = FIRST_PAUSE;
      }
    }
    this.#sending = false;
  }

  /** Null once the first letter is gone, delivered or refused; else what holds it up. */
  async #sendFirst() {
    const letter = this.#letters[0];
    const body = letter.skip ? undefined : { digit: letter.digit };
    try {
      await send("POST", this.#addressOf(letter), { body });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.passing || error.signedOut) {
        const advice = error.signedOut ? ` ${SIGN_IN_AGAIN}` : "";
        this.#onChange(this.#letters.length, error.message + advice);
        return error;
      }
      this.#onRefused(letter, error.message);
    }
    this.#letters.shift();
    this.#keep();
    this.#onChange(this.#letters.length, "");
    return null;
  }
}

const SIGN_IN_AGAIN = "Sign in again in another tab; what you said is kept here.";
