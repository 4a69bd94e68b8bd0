// The strip of drawings kept lately.

import { percent } from "../answer/answer_view.js";
import { pathOf, untilAnswered } from "../shared/drawings.js";

const MOST = 8;
const NOTHING = "?";

export class Recent {
  #list;
  #template;
  #section;

  /** `section` holds a list and the template of one entry. */
  constructor(section) {
    this.#section = section;
    this.#list = section.querySelector("ul");
    this.#template = section.querySelector("template");
  }

  /** Adds a drawing of the API in front, or brings the entry up to date that is there. */
  show(drawing) {
    const known = this.#list.querySelector(`[data-drawing="${drawing.id}"]`);
    const entry = known ?? this.#made(drawing);
    fill(entry, drawing);
    if (!known) this.#list.prepend(entry);
    this.#list.querySelectorAll(`li:nth-child(n+${MOST + 1})`).forEach((old) => old.remove());
    this.#section.hidden = false;
    if (!known && !drawing.answer) this.#follow(drawing);
  }

  #made(drawing) {
    const entry = this.#template.content.firstElementChild.cloneNode(true);
    entry.dataset.drawing = drawing.id;
    for (const part of entry.querySelectorAll("[data-href]")) {
      part.href = part.dataset.href.replace("/0/", `/${drawing.id}/`);
    }
    const picture = entry.querySelector("img");
    picture.src = picture.dataset.src.replace("/0/", `/${drawing.id}/`);
    picture.className = drawing.kind === "strokes" ? "ink" : "";
    return entry;
  }

  async #follow(drawing) {
    const answered = await untilAnswered(pathOf(drawing));
    if (answered) this.show(answered);
    this.#section.dispatchEvent(new CustomEvent("answered", { detail: answered }));
  }
}

function fill(entry, drawing) {
  const answer = answerWord(drawing);
  const outcome = stateWord(drawing);
  entry.querySelector("[data-answer]").textContent = answer;
  entry.querySelector("[data-outcome]").textContent = outcome;
  entry.querySelector("[data-outcome]").dataset.outcome = outcome;
  entry.querySelector("img").alt = `Drawing ${drawing.id}, read as ${answer}, ${outcome}`;
}

/** "7", "42", "?" for an answer that names neither, "…" while it waits. */
export function answerWord({ answer }) {
  if (!answer) return "…";
  return String(answer.digit ?? answer.number ?? NOTHING);
}

/**
 * waiting, right, wrong or unlabelled; of an unlabelled one whose answer names nothing, why:
 * unsure, not a digit or several digits.
 */
export function stateWord({ answer, outcome }) {
  if (!answer) return "waiting";
  if (outcome !== "unlabelled" || answerWord({ answer }) !== NOTHING) return outcome;
  return answer.verdict === "several" ? "several digits" : answer.verdict;
}

/** "98.2 %" of the digit or number that was read; nothing where none was. */
export function confidenceWord({ answer }) {
  return !answer || answerWord({ answer }) === NOTHING ? "" : percent(answer.confidence);
}
