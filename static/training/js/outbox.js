// Sends the labels that the reviewer gave, in their order. While the site cannot be reached it tries
// again, and the tab keeps them until they have arrived.

import { ApiError, send, wait } from "../../recognizer/js/shared/api.js";
import { inTab } from "../../recognizer/js/shared/storage.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20_000;

export class Outbox {
  #key;
  #addressOf;
  #onChange;
  #onRefused;
  #entries;
  #sending = false;

  /**
   * `addressOf(entry)` is where an entry {number, digit} or {number, skip: true} goes.
   * `onChange(count, trouble)`: how many are on their way, and what holds them up: "" once
   * nothing does, null where that is as it was.
   * `onRefused(entry, words)`: the site will never take this one.
   */
  constructor({ key, addressOf, onChange, onRefused }) {
    this.#key = `outbox-${key}`;
    this.#addressOf = addressOf;
    this.#onChange = onChange;
    this.#onRefused = onRefused;
    this.#entries = JSON.parse(inTab.get(this.#key) ?? "[]");
    addEventListener("beforeunload", (event) => { if (this.#entries.length) event.preventDefault(); });
    addEventListener("online", () => this.#send());
    this.#send();
  }

  put(entry) {
    this.#entries.push(entry);
    this.#keep();
    this.#onChange(this.#entries.length, null);
    this.#send();
  }

  #keep() {
    inTab.set(this.#key, JSON.stringify(this.#entries));
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    let pause = FIRST_PAUSE;
    while (this.#entries.length) {
      const trouble = await this.#sendFirst();
      if (trouble?.signedOut) break; // the next entry, or the next visit, tries again
      if (trouble) {
        await wait(trouble.retryAfter ? trouble.retryAfter * 1000 : pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      } else {
        pause = FIRST_PAUSE;
      }
    }
    this.#sending = false;
  }

  /** Null once the first entry is gone, delivered or refused; else what holds it up. */
  async #sendFirst() {
    const entry = this.#entries[0];
    const body = entry.skip ? undefined : { digit: entry.digit };
    try {
      await send("POST", this.#addressOf(entry), { body });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.passing || error.signedOut) {
        const advice = error.signedOut ? ` ${SIGN_IN_AGAIN}` : "";
        this.#onChange(this.#entries.length, error.message + advice);
        return error;
      }
      this.#onRefused(entry, error.message);
    }
    this.#entries.shift();
    this.#keep();
    this.#onChange(this.#entries.length, "");
    return null;
  }
}

const SIGN_IN_AGAIN = "Sign in again in another tab; what you said is kept here.";
