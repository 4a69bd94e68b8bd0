// What was saved or said, in its order, kept in the browser until the site has taken it. While the
// site cannot be reached, or the session has ended, it waits here, over reloads and a sign-in too.

import { ApiError, newKey, send, wait } from "./api.js";
import { create, label, pathOf } from "./drawings.js";
import { formOf } from "./picture.js";
import { inBrowser } from "./storage.js";

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20_000;
// An act that could not begin so long is given up, lest it come when nobody expects it.
const TURN_WITHIN = 5000;
// Who signs up later than that may be somebody else.
const VISITORS_LAST = 24 * 3600 * 1000;

export class Outbox {
  #name;
  #person;
  #onSent;
  #onChange;
  #onRefused;
  #sending = false;
  #acts = []; // [{after, run}]: what is done between the entries, after the one with this id
  #lasts = true; // whether the browser keeps what it was given

  /**
   * `person`: whose it is; "" for a visitor, whose entries wait until they have an account.
   * `onSent(data, entry)`: the site took this one, and answered with the data.
   * `onChange(count, trouble)`: how many are on their way, and what holds them up: "" once nothing
   * does, null where that is as it was.
   * `onRefused(entry, words)`: the site will never take this one.
   */
  constructor({ person, onSent = () => {}, onChange, onRefused = () => {} }) {
    this.#person = person;
    this.#name = nameFor(person);
    this.#onSent = onSent;
    this.#onChange = onChange;
    this.#onRefused = onRefused;
    addEventListener("beforeunload", (event) => { if (!this.#lasts && this.count) event.preventDefault(); });
    addEventListener("online", () => this.send());
    addEventListener("storage", ({ key }) => { if (key === this.#name) this.#tell(null); });
  }

  get count() { return this.#entries.length; }
  get #entries() { return read(this.#name); }

  /**
   * Keeps an entry, and sends it as soon as it can. {url, digit}: a label, digit null for "not a
   * digit"; {url}: a request without a body; with a `method` other than POST; {url, key, ink, digit?}:
   * a drawing, and what it is, ink {picture: {url, name}} or as the API takes strokes.
   * Returns it, or null where the browser has no room for it.
   */
  put(entry) {
    const made = { ...entry, id: newKey(), at: Date.now() };
    const before = this.#entries;
    if (!this.#write([...before, made]) && entry.ink) {
      this.#write(before);
      return null;
    }
    this.#tell(null);
    this.send();
    return made;
  }

  /** Changes an entry that still waits. False where it has gone. */
  change(id, changes) {
    const entries = this.#entries;
    const found = entries.find((entry) => entry.id === id);
    if (!found) return false;
    Object.assign(found, changes);
    this.#write(entries);
    this.send();
    return true;
  }

  /**
   * Acts after all that was put before, and before what is put later. Returns what `act` does. Raises
   * ApiError "held_up", where what was put before cannot be sent now: then it does not act.
   */
  inTurn(act) {
    return new Promise((resolve, reject) => {
      const waiting = { after: this.#entries.at(-1)?.id, run: () => act().then(resolve, reject) };
      this.#acts.push(waiting);
      setTimeout(() => {
        if (!this.#acts.includes(waiting)) return;
        this.#acts = this.#acts.filter((each) => each !== waiting);
        reject(new ApiError({ message: HELD_UP, code: "held_up", status: 0 }));
      }, TURN_WITHIN);
      this.send();
    });
  }

  /** Takes over what a visitor left in this browser: they have an account now. */
  adopt() {
    const fresh = read(nameFor("")).filter(({ at }) => Date.now() - at < VISITORS_LAST);
    inBrowser.remove(nameFor(""));
    if (fresh.length) this.#write([...this.#entries, ...fresh]);
  }

  /** Sends all, one after the other, and tries again while the site cannot be reached. */
  async send() {
    if (!this.#person || this.#sending) return;
    this.#sending = true;
    await alone(this.#name, () => this.#sendAll());
  }

  async #sendAll() {
    let pause = FIRST_PAUSE;
    while (this.#entries.length || this.#acts.length) {
      if (this.#isTurnOfAct) {
        await this.#acts.shift().run();
        continue;
      }
      const trouble = await this.#sendFirst();
      if (trouble?.signedOut) break; // the next entry, or the next visit, tries again
      if (trouble) {
        await Promise.race([wait(trouble.retryAfter ? trouble.retryAfter * 1000 : pause), online()]);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      } else {
        pause = FIRST_PAUSE;
      }
    }
    this.#sending = false; // before others get the lock: what is put from now on is sent anew
  }

  get #isTurnOfAct() {
    const [act] = this.#acts;
    return act !== undefined && !this.#entries.some(({ id }) => id === act.after);
  }

  /** Null once the first entry is gone, delivered or refused; else what holds it up. */
  async #sendFirst() {
    const [entry] = this.#entries;
    try {
      const data = await deliver(entry);
      this.#remove(entry);
      this.#onSent(data, entry);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.passing || error.signedOut) {
        this.#tell(error.signedOut ? `${error.message} ${SIGN_IN_AGAIN}` : error.message);
        return error;
      }
      this.#remove(entry);
      this.#onRefused(entry, error.message);
    }
    this.#tell("");
    return null;
  }

  // What was changed while it was on its way is sent again: under its key, it is the same drawing.
  #remove(entry) {
    this.#write(this.#entries.filter(({ id, digit }) => id !== entry.id || digit !== entry.digit));
  }

  #write(entries) {
    this.#lasts = inBrowser.set(this.#name, JSON.stringify(entries));
    return this.#lasts;
  }

  #tell(trouble) {
    this.#onChange(this.count, trouble);
  }
}

const HELD_UP = "What you said before is not sent yet. Nothing was changed; try again when it is.";
const SIGN_IN_AGAIN = "Sign in again in another tab.";

function nameFor(person) {
  return `outbox-${person}`;
}

function read(name) {
  return JSON.parse(inBrowser.get(name) ?? "[]");
}

/** What the site answers to an entry. Raises ApiError. */
async function deliver({ url, key, ink, digit, method = "POST" }) {
  if (!ink) {
    const body = digit === undefined ? undefined : { digit };
    return (await send(method, url, { body })).data;
  }
  const drawing = await create(url, ink.picture ? formOf(ink.picture) : ink, key);
  return digit === undefined ? drawing : label(pathOf(drawing), digit);
}

/** Acts while no other tab does, where the browser can tell. */
function alone(name, act) {
  return navigator.locks ? navigator.locks.request(name, act) : act();
}

function online() {
  return new Promise((resolve) => { addEventListener("online", resolve, { once: true }); });
}
