// What the draw page does with a sheet: save it, ask whether it was read right, go on to the next.

import { ApiError } from "../shared/api.js";
import { SaveKey, create, digitOf, label, pathOf, shownAnswer } from "../shared/drawings.js";
import { forgetDraft, keepDraft, restoreDraft } from "./draft.js";

const TAKES_ANSWERS_AFTER = 500; // milliseconds: a second click on Save answers nothing
const WAITS = "Kept. It waits for a worker to read it; the answer will appear below.";

function questionAbout(answer) {
  if (!answer) return WAITS;
  if (answer.parts.length) return "Kept. Only single digits teach: take the next sheet.";
  return answer.words.asserted_label ? "Kept. Was it read right?" : "Kept. Which digit is it?";
}

/**
 * The states of the page, in its data-state: "drawing", "saving", "asked" (kept; the question what
 * it is has just appeared, and takes no answer yet), "asking" (it takes one) and "labelling".
 */
export class SavingFlow {
  #page;
  #editor;
  #recent;
  #key = new SaveKey();
  #drawing = null;
  #stays = true; // whether the browser has room to keep the sheet over a sign-in

  constructor({ page, editor, recent }) {
    this.#page = page;
    this.#editor = editor;
    this.#recent = recent;
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
    if (this.state !== "drawing" || this.#editor.writing || this.#editor.ink.isBlank) return false;
    this.#state = "saving";
    this.#editor.say("Saving…");
    try {
      this.#kept(await create(this.#page.dataset.drawings, this.#editor.body, this.#key.value));
    } catch (error) {
      this.#state = "drawing";
      this.#refused(error, "It is still on the sheet: save again.");
    }
    return true;
  }

  /** Says what the kept drawing is: 0 to 9 or null; keeps it first where it is not kept yet. */
  async say(digit) {
    if (this.state === "drawing") await this.save();
    else if (this.state !== "asking") return false;
    if (!this.#drawing) return false;
    this.#state = "labelling";
    try {
      const drawing = await label(pathOf(this.#drawing), digit);
      this.#recent.show(drawing);
      this.next();
      this.#editor.say(`Thank you. ${this.#learned(drawing)}`);
    } catch (error) {
      this.#state = "asking";
      this.#refused(error, "It is kept; say again what it is.");
    }
    return true;
  }

  #learned({ words }) {
    const corrected = words.state === "wrong" && this.#page.dataset.learns;
    return corrected ? words.lesson : `Kept as ${words.label}.`;
  }

  /** Says that the answer is right. */
  right() {
    // Only an asserted label can be right: an unsure answer asserts none.
    const asserted = this.#drawing?.words.asserted_label;
    return asserted && this.state === "asking" ? this.say(digitOf(asserted)) : false;
  }

  /** A new sheet for the next drawing. */
  next() {
    this.#drawing = null;
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
    this.#state = "asked";
    this.#editor.say(questionAbout(answer));
    setTimeout(() => {
      if (this.state === "asked" && this.#drawing === drawing) this.#state = "asking";
    }, TAKES_ANSWERS_AFTER);
  }

  #refused(error, advice) {
    if (!(error instanceof ApiError)) throw error;
    if (!error.signedOut) {
      const words = error.passing ? `${error.message} ${advice}` : error.message;
      return this.#editor.say(words, { alarm: true });
    }
    const link = { href: this.#page.dataset.login, text: "Sign in" };
    const words = this.#stays
      ? `${error.message} The drawing stays here while you`
      : `${error.message} This picture is too large to stay here: choose it again when you`;
    return this.#editor.say(words, { alarm: true, link: { ...link, text: "sign in again." } });
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
