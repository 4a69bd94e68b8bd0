// The strip of the drawings that were kept last.

import { pathOf, untilAnswered } from "../shared/drawings.js";

const MOST = 8;

export class RecentDrawings {
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
  const { answer, state } = drawing.words;
  entry.querySelector("[data-answer]").textContent = answer;
  entry.querySelector("[data-outcome]").textContent = state;
  entry.querySelector("[data-outcome]").dataset.outcome = state;
  entry.querySelector("img").alt = `Drawing ${drawing.id}, read as ${answer}, ${state}`;
}
