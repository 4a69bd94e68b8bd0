// Fetches the next drawings with their pictures, so that each is shown at once. They are claimed, so
// that nobody else is shown them, and released when the page is left.

import { ApiError, send, wait } from "../../recognizer/js/shared/api.js";

const FEW = 8; // with fewer waiting, more are fetched
const AT_ONCE = 12;
const RENEW_EVERY = 45_000; // a claim lasts two minutes
const IDLE = 10 * 60_000; // after so long without a key others may have them
const LOOK_AGAIN = 15_000;

export class Queue {
  #urls;
  #onArrival;
  #items = [];
  #current = null;
  #fetching = false;
  #usedAt = Date.now();

  /**
   * urls: {next, claims, release}. `onArrival(data)` is told of every answer of the site: more
   * drawings, how many remain, how right the answers are; or of {trouble}.
   */
  constructor(urls, onArrival) {
    this.#urls = urls;
    this.#onArrival = onArrival;
    setInterval(() => { if (Date.now() - this.#usedAt < IDLE) this.#renew(); }, RENEW_EVERY);
    addEventListener("pagehide", () => this.#release());
    this.#fetch();
  }

  get waiting() { return this.#items.length; }

  /** The next one, which is held from now on until the next is taken; null while there is none. */
  take() {
    if (Date.now() - this.#usedAt > IDLE) this.#renew();
    this.#usedAt = Date.now();
    this.#current = this.#items.shift() ?? null;
    if (this.#items.length < FEW) this.#fetch();
    return this.#current;
  }

  /** Puts what is looked at back in front, and holds another that was here before. */
  takeBack(item) {
    if (this.#current) this.#items.unshift(this.#current);
    this.#current = item;
    this.#usedAt = Date.now();
    this.#renew();
  }

  async #fetch() {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      const { data } = await send("GET", withCountAndWords(this.#urls.next));
      this.#add(data.drawings);
      this.#onArrival(data);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#onArrival({ trouble: error.message });
    } finally {
      this.#fetching = false;
    }
    if (!this.#items.length) this.#lookAgain();
  }

  async #lookAgain() {
    await wait(LOOK_AGAIN);
    if (!this.#items.length && !document.hidden) this.#fetch();
    else if (!this.#items.length) this.#lookAgain();
  }

  #add(drawings) {
    const known = new Set([this.#current, ...this.#items].map((item) => item?.id));
    const fresh = drawings.filter(({ id }) => !known.has(id));
    this.#items.push(...fresh.map((drawing) => ({ ...drawing, image: load(drawing) })));
  }

  #numbers() {
    return [this.#current, ...this.#items].filter(Boolean).map(({ id }) => id);
  }

  async #renew() {
    const drawings = this.#numbers();
    if (!drawings.length) return;
    try {
      const { data } = await send("POST", this.#urls.claims, { body: { drawings } });
      const held = new Set(data.drawings);
      // What came meanwhile was not asked for, and is held.
      this.#items = this.#items.filter(({ id }) => held.has(id) || !drawings.includes(id));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #release() {
    const drawings = this.#numbers();
    if (!drawings.length) return;
    const gone = send("POST", this.#urls.release, { body: { drawings }, keepalive: true });
    gone.catch(() => {}); // the claims end by themselves
  }
}

function withCountAndWords(url) {
  const address = new URL(url, location.href);
  address.searchParams.set("n", AT_ONCE);
  address.searchParams.set("words", "1");
  return address.href;
}

function load(drawing) {
  const image = new Image();
  image.className = drawing.kind === "strokes" ? "ink" : "";
  image.alt = `Drawing ${drawing.id}`;
  image.src = drawing.thumbnail;
  image.decode().catch(() => {}); // shown as soon as it can be; a broken one shows its name
  return image;
}
