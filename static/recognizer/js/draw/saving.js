// What the draw page does with a sheet: save it, ask whether it was read right, go on to the next.

import { ApiError } from "../shared/api.js";
import { asText } from "../shared/picture.js";
import { SaveKey, create, digitOf, label, pathOf, shownAnswer } from "../shared/drawings.js";
import { forgetDraft, keepDraft, restoreDraft } from "./draft.js";

const NO_ROOM = "This browser has no space left to keep it.";
const TAKES_ANSWERS_AFTER = 500; // milliseconds: a second click on Save answers nothing
const WAITS = "Saved. It waits for a worker to read it; the answer will appear below.";
const LATER = "Saved in this browser for now. Which digit is it?";

function questionAbout(answer) {
  if (!answer) return WAITS;
  if (answer.parts.length) return "Saved. Only single digits teach: go on to the next sheet.";
  return answer.words.asserted_label ? "Saved. Was it read right?" : "Saved. Which digit is it?";
}

/** Whether what failed will succeed later, once the line or the session is back. */
function mayWait(error) {
  return error instanceof ApiError && (error.status === 0 || error.signedOut);
}

function wordFor(digit) {
  return digit ?? "not a digit";
}

/**
 * The states of the page, in its data-state: "drawing", "saving", "asked" (kept; the question what
 * it is has just appeared, and takes no answer yet), "asking" (it takes one) and "labelling".
 */
export class SavingFlow {
  #page;
  #editor;
  #recent;
  #outbox;
  #key = new SaveKey();
  #drawing = null; // that the site has
  #waiting = null; // the outbox's entry of one that it does not have yet
  #stays = true; // whether the browser has room to keep the sheet over a sign-in

  constructor({ page, editor, recent, outbox }) {
    this.#page = page;
    this.#editor = editor;
    this.#recent = recent;
    this.#outbox = outbox;
    editor.mayDraw = () => this.#mayDraw();
    editor.addEventListener("changed", () => this.#inkChanged());
  }

  get state() { return this.#page.dataset.state; }
  get #asks() { return this.state === "asked" || this.state === "asking"; }
  get #person() { return this.#page.dataset.person; }

  set #state(state) {
    this.#page.dataset.state = state;
    this.#page.dispatchEvent(new Event("state"));
  }

  /** Puts back what was left on the sheet, if anything was. */
  async start() {
    const key = await restoreDraft(this.#person, this.#editor.ink);
    if (key === null) return;
    this.#editor.changed();
    this.#key.restore(key);
    keepDraft(this.#person, this.#editor.ink, key);
    this.#editor.say("Your drawing is still here.");
  }

  /** Keeps the sheet. Tried again with the same ink, it makes no second drawing. */
  async save() {
    if (!this.#canSave) return false;
    this.#state = "saving";
    this.#editor.say("Saving…");
    try {
      this.#kept(await create(this.#page.dataset.drawings, this.#editor.body, this.#key.value));
    } catch (error) {
      if (!mayWait(error) || !(await this.#keepHere(error))) {
        this.#state = "drawing";
        this.#refused(error, "It is still on the sheet: save again.");
      }
    }
    return true;
  }

  get #canSave() {
    const demonstrates = "demonstration" in this.#page.dataset;
    const { writing, ink } = this.#editor;
    return this.state === "drawing" && !writing && !ink.isBlank && !demonstrates;
  }

  /** Says what the drawing is: 0 to 9 or null; keeps it first where it is not kept yet. */
  async say(digit) {
    if (this.#canSave || this.state === "asking") this.#tellWhatWasSaid(digit);
    if (!this.#person) return this.#canSave && this.#keepForVisitor(digit);
    if (this.state === "drawing") await this.save();
    else if (this.state !== "asking") return false;
    if (this.#waiting) this.#sayLater(this.#waiting, digit);
    else if (this.#drawing) await this.#sayNow(digit);
    return true;
  }

  #tellWhatWasSaid(digit) {
    const read = this.#page.querySelector("[data-part=numeral]").textContent;
    this.#page.dispatchEvent(new CustomEvent("said", { detail: { digit, read } }));
  }

  async #sayNow(digit) {
    this.#state = "labelling";
    try {
      const drawing = await label(pathOf(this.#drawing), digit);
      this.#recent.show(drawing);
      this.next();
      this.#editor.say(`Thank you. ${this.#learned(drawing)}`);
    } catch (error) {
      this.#state = "asking";
      if (mayWait(error)) this.#sayLater(null, digit);
      else this.#refused(error, "It is kept; say again what it is.");
    }
  }

  /** Of a drawing that waits, or, without an entry, of one that the site has. */
  #sayLater(entry, digit) {
    if (entry) this.#outbox.change(entry.id, { digit });
    else this.#outbox.put({ url: `${pathOf(this.#drawing)}labels/?words=1`, digit });
    this.next();
    this.#editor.say(`Thank you. Saved as ${wordFor(digit)} in this browser for now.`);
  }

  /** Nobody is signed in: it stays in the browser until they have an account. */
  async #keepForVisitor(digit) {
    if (!(await this.#putAway({ digit }))) return this.#editor.say(NO_ROOM, { alarm: true });
    this.next();
    this.#editor.say(`Thank you: it is ${wordFor(digit)}.`);
    // What becomes of it stands below the edge of a phone.
    return this.#page.querySelector("[data-part=outbox]").scrollIntoView({ block: "nearest" });
  }

  /** Keeps the sheet in the browser, and asks what it is. False where there is no room. */
  async #keepHere(error) {
    this.#waiting = await this.#putAway({});
    if (!this.#waiting) return false;
    this.#page.dataset.assertedLabel = "";
    this.#editor.settle(null);
    this.#asked();
    if (error.signedOut) this.#askToSignIn("It is saved as soon as you");
    else this.#editor.say(LATER);
    return true;
  }

  async #putAway(said) {
    const { ink } = this.#editor;
    const kept = ink.picture ? { picture: await asText(ink.picture) } : ink.asData();
    const entry = { url: this.#page.dataset.drawings, key: this.#key.value, ink: kept, ...said };
    const waiting = this.#outbox.put(entry);
    if (!waiting) return null;
    forgetDraft();
    this.#key.renew();
    return waiting;
  }

  /** The site took what waited. */
  sent(drawing, entry) {
    if (entry.ink) this.#recent.show(drawing);
    if (entry.id !== this.#waiting?.id) return;
    this.#waiting = null;
    this.#ask(drawing);
  }

  #learned({ words }) {
    const corrected = words.state === "wrong" && this.#page.dataset.learns;
    return corrected ? words.learned : `Saved as ${words.label}.`;
  }

  /** Says that the answer is right. */
  right() {
    // Only an asserted label can be right: an unsure answer asserts none.
    const asserted = this.#drawing?.words.asserted_label;
    return asserted && this.state === "asking" ? this.say(digitOf(asserted)) : false;
  }

  /** A new sheet for the next drawing. */
  next() {
    this.#drawing = this.#waiting = null;
    this.#state = "drawing";
    this.#editor.say("");
    this.#editor.renew();
  }

  /** An answer that came late for a kept drawing. */
  answered(drawing) {
    if (drawing && drawing.id === this.#drawing?.id && this.#asks) this.#ask(drawing);
  }

  #kept(drawing) {
    forgetDraft();
    this.#key.renew();
    this.#recent.show(drawing);
    this.#ask(drawing);
  }

  #ask(drawing) {
    this.#drawing = drawing;
    const answer = shownAnswer(drawing);
    this.#editor.settle(answer);
    this.#page.dataset.assertedLabel = drawing.words.asserted_label;
    this.#asked();
    this.#editor.say(questionAbout(answer));
  }

  #asked() {
    this.#state = "asked";
    const what = this.#drawing ?? this.#waiting;
    setTimeout(() => {
      if (this.state === "asked" && (this.#drawing ?? this.#waiting) === what) this.#state = "asking";
    }, TAKES_ANSWERS_AFTER);
  }

  #refused(error, advice) {
    if (!(error instanceof ApiError)) throw error;
    if (!error.signedOut) {
      const words = error.passing ? `${error.message} ${advice}` : error.message;
      return this.#editor.say(words, { alarm: true });
    }
    return this.#askToSignIn(this.#stays
      ? `${error.message} The drawing stays here while you`
      : `${error.message} This picture is too large to stay here: choose it again when you`);
  }

  #askToSignIn(words) {
    const link = { href: this.#page.dataset.login, text: "sign in again." };
    this.#editor.say(words, { alarm: true, link });
  }

  #mayDraw() {
    if (this.#asks) this.next();
    return this.state === "drawing";
  }

  #inkChanged() {
    if (this.state !== "drawing" || "demonstration" in this.#page.dataset) return;
    this.#key.renew();
    keepDraft(this.#person, this.#editor.ink, this.#key.value).then((kept) => { this.#stays = kept; });
  }
}
