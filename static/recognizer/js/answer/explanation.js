// "Why?": asks which ink counted for the answer, and shows it over the ink and in words.

import { ApiError } from "../shared/api.js";
import { percent } from "./bars.js";
import { InkOverlay } from "./ink_overlay.js";

// A runner-up with less has no chance, unless a little less ink would make it win.
const LEAST_CHANCE = 0.05;
// What can be explained: of a blank sheet, or of several digits in one drawing, nothing is.
const EXPLAINED = ["digit", "unsure", "none"];

export class Explanation {
  #page;
  #ask;
  #frame;
  #say;
  #button;
  #reasons;
  #overlay = null;
  #found = null;
  #asked = 0;

  /**
   * ask() brings {data: an explanation of the API}; frame() the {width, height} that its points
   * refer to; say(text, {alarm}) tells what went wrong.
   */
  constructor(page, { ask, frame, say }) {
    this.#page = page;
    this.#ask = ask;
    this.#frame = frame;
    this.#say = say;
    this.#button = page.querySelector("[data-do=why]");
    this.#reasons = page.querySelector("[data-part=reasons]");
  }

  get #open() { return this.#button.getAttribute("aria-expanded") === "true"; }

  /** Asks and shows, or takes away what is shown. False where there is nothing to explain. */
  toggle() {
    if (!EXPLAINED.includes(this.#page.dataset.answerState)) return false;
    if (this.#open) this.close();
    else this.#begin();
    return true;
  }

  /** Takes away what is shown, and drops an answer that is still to come. */
  close() {
    this.#asked += 1;
    this.#found = null;
    this.#button.setAttribute("aria-expanded", "false");
    this.#reasons.replaceChildren();
    this.#overlay?.remove();
    this.#overlay = null;
    delete this.#page.dataset.why;
  }

  /** Shows what would have to change instead of what spoke for the answer; and back. */
  toggleChange() {
    const button = this.#part("[data-do=change]");
    if (!button || !this.#found) return;
    const pressed = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(pressed));
    this.#draw(pressed);
  }

  async #begin() {
    const mine = (this.#asked += 1);
    try {
      const { data } = await this.#ask();
      if (mine === this.#asked) this.#show(data);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === this.#asked) this.#say(error.message, { alarm: true });
    }
  }

  #show(found) {
    this.#found = found;
    this.#button.setAttribute("aria-expanded", "true");
    this.#page.dataset.why = found.pieces[0].square ? "picture" : "strokes";
    const form = this.#page.querySelector("[data-part=reasons-form]");
    this.#reasons.replaceChildren(form.content.cloneNode(true));
    this.#showYourWay();
    this.#part("[data-part=because]").textContent = this.#because();
    this.#showRival(found.runner_up);
    this.#part(".key.against").parentElement.hidden = !found.pieces.some(({ weight }) => weight < 0);
    this.#overlay = new InkOverlay(this.#page.querySelector(".sheet"));
    this.#draw(false);
  }

  #showRival(rival) {
    const near = rival.probability >= LEAST_CHANCE;
    const wins = rival.change?.digit === rival.digit;
    this.#part("[data-part=rivalry]").textContent = near ? rivalry(rival) : wins ? rival.sentence : "";
    this.#part("[data-do=change]").textContent = question(rival);
    this.#part("[data-do=change]").hidden = !near && !wins;
  }

  #showYourWay() {
    const { personal, reason } = this.#found.answer.words;
    const line = this.#part("[data-part=your-way]");
    line.textContent = reason || personal;
    line.hidden = !personal;
  }

  #because() {
    const { sentence, answer } = this.#found;
    const { version } = this.#page.dataset;
    const newer = version && Number(version) !== answer.model_version;
    return newer ? `${sentence} (Model version ${answer.model_version}, which answers now.)` : sentence;
  }

  #draw(changed) {
    const { pieces, runner_up: rival, answer } = this.#found;
    // On a phone the sheet lies above the buttons that change what is shown on it.
    this.#page.querySelector(".sheet").scrollIntoView({ block: "nearest" });
    const ink = { pieces, frame: this.#frame(), pixels: answer.pixels };
    if (!changed) this.#overlay.weigh(ink, pieces.map((piece) => piece.weight));
    else if (rival.change) this.#overlay.leaveOut(ink, rival.change.leave_out);
    else this.#overlay.weigh(ink, pieces.map((piece) => piece.runner_up_weight));
  }

  #part(selector) {
    return this.#reasons.querySelector(selector);
  }
}

function rivalry({ digit, probability, margin, sentence }) {
  const behind = `${percent(margin, "")} points behind`;
  return `Next comes ${digit} with ${percent(probability)}, ${behind}. ${sentence}`;
}

function question({ digit, change }) {
  return change ? "Show what would have to go" : `Show what held ${digit} back`;
}
