// The history: moves among the drawings by the arrow keys, labels each with one key, and takes labels
// back.

import { ApiError } from "../shared/api.js";
import { digitOf, untilAnswered } from "../shared/drawings.js";
import { Outbox } from "../shared/outbox.js";
import { listen } from "../shared/shortcuts.js";
import { Selection } from "./selection.js";

const list = document.getElementById("drawings");
const undo = document.querySelector("[data-do=undo]");
const trouble = document.getElementById("trouble");
let waits = false; // whether the outbox is held up
// [{tile, mine}], the newest last: what its owner had said of a tile before; of several, how to undo it.
const past = [];
let undoing = Promise.resolve(); // what is undone waits for what was undone before
let selection = null;
// Labels are given and taken back one after the other.
const outbox = new Outbox({ person: document.body.dataset.person, onSent: sent, onChange: showOutbox, onRefused: refused });
const WALKS = ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "j", "k"];
const part = (tile, name) => tile.querySelector(`[data-part=${name}]`);

function current() {
  return document.activeElement?.closest("[data-drawing]") ?? null;
}

function focusOn(tile) {
  if (!tile) return false;
  part(tile, "link").focus();
  part(tile, "link").scrollIntoView({ block: "nearest" });
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

/** Says what the tile's drawing is, and goes on to the next tile at once: the next key is for that. */
function say(tile, digit) {
  if (current() === tile) focusOn(tile.nextElementSibling ?? tile);
  const { mine } = tile.dataset;
  past.push({ tile, mine });
  tile.dataset.mine = digit ?? "none";
  put(tile, { digit, mine });
}

/** Undoes what was done last here, once all that was undone before is settled. */
function undoLast() {
  undoing = undoing.then(() => {
    const last = past.pop();
    if (last?.undo) return undoMany(last);
    if (last) takeBack(last);
    return null;
  });
}

/** Takes back a label, and shows the drawing that it was given to. */
function takeBack({ tile, mine }) {
  focusOn(tile);
  tile.dataset.mine = mine;
  put(tile, { ...(mine === "" ? { method: "DELETE" } : { digit: digitOf(mine) }), mine, back: true });
}

/** Takes back what was done to several. It can be tried again, unless the site will never do it. */
async function undoMany(done) {
  const byButton = document.activeElement === undo;
  try {
    const [words, tiles] = await done.undo();
    tell(words);
    if (byButton && undo.hidden) focusOn(tiles[0]);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.passing || error.signedOut) past.push(done);
    fail(error);
  }
}

function fail(error) {
  trouble.textContent = error.unknown ? `${error.message} Reload the page to see what was changed.` : error.message;
  undo.hidden = past.length === 0;
}

function put(tile, label) {
  tile.dataset.busy = "true";
  outbox.put({ url: `${addressOf(tile)}labels/?words=1`, number: tile.dataset.drawing, ...label });
}

/** The site took a label, or a drawing that had waited in this browser. */
function sent(drawing, { ink, back }) {
  const tile = tileOf(drawing.id);
  if (tile) show(tile, drawing);
  const { label, state } = drawing.words;
  if (ink) tell(`Drawing ${drawing.id}, which waited here, is saved.`);
  else if (back) tell(`Taken back: drawing ${drawing.id} is ${label || "unlabelled"} again.`);
  else tell(`Drawing ${drawing.id} is ${label}: ${state}.`);
}

function refused({ number, mine = "" }, words) {
  const tile = tileOf(number);
  if (tile) tile.dataset.mine = mine;
  delete tile?.dataset.busy;
  trouble.textContent = `Drawing ${number ?? "from before"} is as it was. ${words}`;
}

function showOutbox(count, why) {
  if (why) trouble.textContent = `${count} kept here, to be sent later. ${why}`;
  else if (why === "" && waits) trouble.textContent = "";
  waits = why === null ? waits : why !== "";
}

function tileOf(number) {
  return list?.querySelector(`[data-drawing="${number}"]`);
}

function addressOf(tile) {
  return `${list.dataset.drawings}${tile.dataset.drawing}/`;
}

function tell(words) {
  trouble.textContent = "";
  document.getElementById("spoken").textContent = words;
  undo.hidden = past.length === 0;
}

function show(tile, { owner_label: mine, words }) {
  delete tile.dataset.busy;
  tile.dataset.mine = mine === null ? "" : mine.digit ?? "none";
  tile.dataset.outcome = part(tile, "outcome").dataset.outcome = words.state;
  tile.dataset.assertedLabel = words.asserted_label;
  part(tile, "answer").lastChild.textContent = words.answer;
  part(tile, "outcome").textContent = words.state;
  part(tile, "truth").textContent = words.truth;
  part(tile, "alone").textContent = words.alone;
  part(tile, "confidence").textContent = words.confidence;
}

function right() {
  if (selection.awaitsAct) {
    trouble.textContent = "Several can be labelled at once, but not confirmed: clear the selection first (Esc).";
    return true;
  }
  const tile = current();
  // Only an asserted label can be right: an unsure answer asserts none.
  const asserted = tile?.dataset.assertedLabel;
  return asserted ? say(tile, digitOf(asserted)) : false;
}

/** Labels what is selected; if nothing is, the drawing that has the focus. */
function sayHere(digit) {
  if (selection.awaitsAct) return selection.label(digit);
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
  undo.addEventListener("click", undoLast);
}

function bindKeys() {
  const keys = {
    ArrowRight: () => walk(1), ArrowLeft: () => walk(-1), j: () => walk(1), k: () => walk(-1),
    ArrowDown: () => walk(columns()), ArrowUp: () => walk(-columns()),
    r: right, x: () => sayHere(null), s: () => selection.toggle(current()), "Ctrl+z": undoLast,
    Escape: () => closeChoices() || selection.clear(),
  };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => sayHere(digit);
  listen(keys, { toggle: document.getElementById("keys"), repeatable: WALKS });
}

async function follow(tile) {
  const answered = await untilAnswered(addressOf(tile));
  if (answered) show(tile, answered);
}

outbox.send();
if (list) {
  selection = new Selection(list, outbox, {
    shown: show,
    done: (words, act) => { past.push({ undo: act }); tell(words); },
    refused: fail,
  });
  bindMouse();
  bindKeys();
  list.querySelectorAll("[data-outcome=waiting][data-drawing]").forEach(follow);
}
