// The history: moves among the drawings by the arrow keys, and labels each with one key.

import { ApiError } from "../shared/api.js";
import { digitOf, label, untilAnswered } from "../shared/drawings.js";
import { listen } from "../shared/shortcuts.js";

const list = document.getElementById("drawings");
const part = (tile, name) => tile.querySelector(`[data-part=${name}]`);

function current() {
  return document.activeElement?.closest("[data-drawing]") ?? null;
}

function focusOn(tile) {
  if (!tile) return false;
  part(tile, "link").focus();
  tile.scrollIntoView({ block: "nearest" });
  return true;
}

function columns() {
  const tiles = Array.from(list.children);
  return tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
}

function walk(steps) {
  const tiles = Array.from(list.children);
  const here = tiles.indexOf(current());
  return focusOn(here < 0 ? tiles[0] : tiles[here + steps]);
}

/** Says what the tile's drawing is, and goes on to the next tile. */
async function say(tile, digit) {
  tile.dataset.busy = "true";
  try {
    const drawing = await label(addressOf(tile), digit);
    show(tile, drawing);
    announce(drawing);
    if (current() === tile) focusOn(tile.nextElementSibling ?? tile);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    document.getElementById("trouble").textContent = error.signedOut
      ? `${error.message} Load the page again to sign in.` : error.message;
  } finally {
    delete tile.dataset.busy;
  }
}

function addressOf(tile) {
  return `${list.dataset.drawings}${tile.dataset.drawing}/`;
}

function announce({ id, words: { label: said, state } }) {
  document.getElementById("trouble").textContent = "";
  document.getElementById("spoken").textContent = `Drawing ${id} is ${said}: ${state}.`;
}

function show(tile, { words }) {
  tile.dataset.outcome = part(tile, "outcome").dataset.outcome = words.state;
  tile.dataset.assertedLabel = words.asserted_label;
  part(tile, "answer").lastChild.textContent = words.said;
  part(tile, "outcome").textContent = words.state;
  part(tile, "truth").textContent = words.truth;
  part(tile, "confidence").textContent = words.confidence;
}

function right() {
  const tile = current();
  // Only an asserted label can be right: an unsure answer asserts none.
  const asserted = tile?.dataset.assertedLabel;
  return asserted ? say(tile, digitOf(asserted)) : false;
}

function sayHere(digit) {
  const tile = current();
  return tile ? say(tile, digit) : false;
}

function toggleChoices(tile) {
  const open = list.querySelector(".choices");
  const mine = open && tile.contains(open);
  open?.parentElement.querySelector("[data-do=correct]").setAttribute("aria-expanded", "false");
  open?.remove();
  if (mine) return;
  tile.append(document.getElementById("choices").content.cloneNode(true));
  tile.querySelector("[data-do=correct]").setAttribute("aria-expanded", "true");
}

function closeChoices() {
  const open = list.querySelector(".choices");
  if (!open) return false;
  const tile = open.closest("[data-drawing]");
  toggleChoices(tile);
  return focusOn(tile);
}

function bindMouse() {
  list.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-drawing]");
    const choice = event.target.closest(".choices button");
    if (choice) {
      closeChoices();
      say(tile, digitOf(choice.dataset.digit));
    } else if (event.target.closest("[data-do=correct]")) {
      toggleChoices(tile);
    }
  });
}

function bindKeys() {
  const keys = {
    ArrowRight: () => walk(1), ArrowLeft: () => walk(-1), j: () => walk(1), k: () => walk(-1),
    ArrowDown: () => walk(columns()), ArrowUp: () => walk(-columns()),
    r: right, x: () => sayHere(null), Escape: closeChoices,
  };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => sayHere(digit);
  listen(keys, { toggle: document.getElementById("keys") });
}

async function follow(tile) {
  const answered = await untilAnswered(addressOf(tile));
  if (answered) show(tile, answered);
}

if (list) {
  bindMouse();
  bindKeys();
  list.querySelectorAll("[data-outcome=waiting][data-drawing]").forEach(follow);
}
