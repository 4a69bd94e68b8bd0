// Asks what the ink reads as while it is being drawn: one question at a time, which is left to finish,
// then one about the latest state. So a slow line brings answers, if late ones. Only `forget` drops
// the question that is under way.

import { ApiError, send } from "../shared/api.js";

const INTERVAL = 45; // milliseconds between questions, at least
const LONGEST = 15_000; // after which a line that brings no answer counts as broken
const PAUSES = [1000, 2000, 4000, 8000, 15000];

export class LiveReading {
  #url;
  #heard;
  #failed;
  #next = null;
  #running = null;
  #timer = null;
  #notBefore = 0;
  #failures = 0;

  /** heard(answer, roundTripMs) for each answer that counts; failed(error, pauseMs). */
  constructor({ url, heard, failed }) {
    this.#url = url;
    this.#heard = heard;
    this.#failed = failed;
  }

  /** Asks about a body: an object for JSON, or FormData. Replaces what was not yet asked. */
  ask(body) {
    this.#next = body;
    this.#schedule();
  }

  /** Drops what was asked and what is to be asked. */
  forget() {
    this.#next = null;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#running?.abort.abort();
    this.#running = null;
  }

  #schedule() {
    if (this.#timer !== null || this.#next === null || this.#running !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#ask();
    }, Math.max(this.#notBefore - performance.now(), 0));
  }

  async #ask() {
    const mine = { abort: new AbortController(), began: performance.now() };
    const body = this.#next;
    this.#next = null;
    this.#running = mine;
    this.#notBefore = mine.began + INTERVAL;
    setTimeout(() => mine.abort.abort(new DOMException("No answer", "TimeoutError")), LONGEST);
    try {
      const { data } = await send("POST", this.#url, { body, signal: mine.abort.signal });
      if (this.#running === mine) this.#hear(data, performance.now() - mine.began);
    } catch (error) {
      if (this.#running === mine) this.#fail(error, body);
      else if (error.name !== "AbortError" && !(error instanceof ApiError)) throw error;
    }
    if (this.#running === mine) this.#done();
  }

  #done() {
    this.#running = null;
    this.#schedule();
  }

  #hear(data, roundTrip) {
    this.#failures = 0;
    this.#heard(data, roundTrip);
  }

  #fail(error, body) {
    if (!(error instanceof ApiError)) throw error;
    let pause = 0;
    if (error.passing) {
      const step = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
      pause = Math.max(step, (error.retryAfter ?? 0) * 1000);
      this.#failures += 1;
      this.#notBefore = performance.now() + pause;
      this.#next ??= body;
    }
    this.#failed(error, pause);
  }
}
