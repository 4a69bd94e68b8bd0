// The review queue: one drawing after the other, labelled by single keys. Labels are sent in the
// background, while the next drawing is shown already.

import { showBars } from "../../recognizer/js/answer/bars.js";
import { digitOf } from "../../recognizer/js/shared/drawings.js";
import { Outbox } from "../../recognizer/js/shared/outbox.js";
import { listen } from "../../recognizer/js/shared/shortcuts.js";
import { inBrowser } from "../../recognizer/js/shared/storage.js";
import { LabellingRate } from "./labelling_rate.js";
import { Queue } from "./queue.js";

const MOST_TAKEN_BACK = 50;
const BLIND = "review-blind";

const page = document.getElementById("review");
const part = (name) => document.querySelector(`[data-part=${name}]`);
const labellingRate = new LabellingRate();
const past = []; // [{item, entry}], the newest last
const blind = document.getElementById("blind");
const hiddenOnes = new Set(); // numbers of drawings that were labelled unseen
let item = null; // the drawing shown
let refused = [];
let remaining = null;

blind.checked = inBrowser.get(BLIND) === "true";
const outbox = new Outbox({
  person: document.body.dataset.person,
  onSent: reveal,
  onChange: showOutbox,
  onRefused: (entry, words) => { refused = [...refused.slice(-4), words]; },
});
const queue = new Queue(
  { next: nextAddress(), claims: page.dataset.claims, release: page.dataset.release },
  (data) => { showQueue(data); if (!item) next(); },
);

function nextAddress() {
  const address = new URL(page.dataset.next, location.href);
  if (blind.checked) address.searchParams.set("blind", "1");
  return address.href;
}

// The drawing shown -------------------------------------------------------------------------------

function next() {
  show(queue.take());
}

function show(drawing) {
  item = drawing;
  page.dataset.state = item ? "asking" : "blank";
  page.dataset.answerState = item?.answer?.words.state ?? "blank";
  page.dataset.hidden = item?.hidden ?? false;
  page.dataset.assertedLabel = item?.words.asserted_label ?? "";
  part("sheet").replaceChildren(...(item ? [item.image] : []));
  part("numeral").textContent = item ? numeral(item) : "";
  part("numeral").dataset.length = part("numeral").textContent.length;
  part("verdict").textContent = item?.answer?.words.verdict ?? "";
  part("owner").textContent = item ? ownersWord(item) : "";
  part("why").textContent = item ? item.why : "";
  part("name").textContent = item ? nameOf(item) : "";
  showBars(page, item?.answer?.probabilities ?? null);
  mark(undefined);
}

/** Marks the label given before, of a drawing that was taken back. */
function mark(label) {
  page.querySelectorAll("[data-bar]").forEach((bar, digit) => bar.classList.toggle("given", digit === label));
  part("none").classList.toggle("given", label === null);
}

function nameOf({ id, owner, answer }) {
  return `Drawing ${id} by ${owner}${answer ? `, read by version ${answer.model_version}` : ""}`;
}

/** The site took a label: what it had hidden of the drawing is shown now. */
function reveal(said) {
  const drawing = said?.drawing; // of what was skipped there is none
  if (!drawing?.answer || !hiddenOnes.delete(drawing.id)) return;
  const verdict = drawing.answer.words.verdict.toLowerCase();
  const names = /\d/.test(drawing.words.answer);
  const read = names ? `, the model ${drawing.words.answer} (${verdict})` : `; the model: ${verdict}`;
  part("before").textContent = `Drawing ${drawing.id}: you said ${word(said.digit)}${read}.`;
}

function numeral({ answer, words }) {
  if (!answer) return "?";
  return answer.words.state === "none" ? answer.words.numeral : words.answer;
}

function word(digit) {
  return digit ?? page.dataset.notADigit;
}

function ownersWord({ owner_label: label }) {
  return label ? `Its owner says: ${word(label.digit)}` : "";
}

// Labelling ---------------------------------------------------------------------------------------

function submitLabel(digit) {
  if (!item) return false;
  if (item.hidden) hiddenOnes.add(item.id);
  submit({ url: `${addressFor(page.dataset.label)}?words=1`, digit });
  labellingRate.add();
  return announce(`${word(digit)}. `);
}

function skip() {
  if (!item) return false;
  submit({ url: addressFor(page.dataset.skip), skip: true });
  return announce("Skipped. ");
}

function addressFor(address) {
  return address.replace("/0/", `/${item.id}/`);
}

function submit(entry) {
  outbox.put(entry);
  past.push({ item, entry });
  count(-1);
  if (past.length > MOST_TAKEN_BACK) past.shift();
  next();
}

/** Beyond what is counted one more or less makes no difference. */
function count(change) {
  if (remaining === null || remaining >= Number(page.dataset.mostCounted)) return;
  remaining = Math.max(remaining + change, 0);
  showRemaining();
}

function right() {
  // Only an asserted label can be right: an unsure answer asserts none.
  const asserted = page.dataset.assertedLabel;
  return asserted ? submitLabel(digitOf(asserted)) : false;
}

function takeBack() {
  const last = past.pop();
  if (!last) return false;
  queue.takeBack(last.item);
  count(1);
  if (!last.entry.skip) labellingRate.takeBack();
  show(last.item);
  mark(last.entry.skip ? undefined : last.entry.digit);
  part("why").textContent = last.entry.skip
    ? "You skipped this one. Say what it is, or skip it again."
    : `You said ${word(last.entry.digit)}. Say something else, and that counts instead.`;
  return announce("");
}

/** Spoken with the next drawing's reason, which is a live region of its own. */
function announce(words) {
  part("spoken").textContent = words;
  showRate();
}

// Progress and trouble ----------------------------------------------------------------------------

function showRate() {
  part("rate").textContent = labellingRate.rate ?? "–";
  part("done").textContent = labellingRate.done.toLocaleString("en");
  part("back").setAttribute("aria-disabled", String(!past.length));
}

function showRemaining() {
  const most = Number(page.dataset.mostCounted);
  const words = remaining < most ? remaining.toLocaleString("en") : `${most.toLocaleString("en")}+`;
  part("remaining").textContent = words;
}

function showQueue({ trouble = "", remaining: counted, estimate }) {
  part("queue-trouble").textContent = trouble;
  if (trouble) return;
  part("empty").hidden = queue.waiting > 0 || item !== null;
  page.hidden = !part("empty").hidden;
  part("loading").hidden = true;
  remaining = counted;
  showRemaining();
  showEstimate(estimate);
}

function showEstimate({ words: { share, interval } }) {
  part("share").textContent = share;
  part("interval").textContent = interval;
}

function showOutbox(count, trouble) {
  page.dataset.unsent = count;
  if (trouble === null) return;
  const waits = count && trouble ? [`${count} not sent yet: ${trouble}`] : [];
  part("outbox-trouble").replaceChildren(...[...refused, ...waits].map(paragraph));
}

function paragraph(words) {
  const made = document.createElement("p");
  made.textContent = words;
  return made;
}

// Keys and buttons --------------------------------------------------------------------------------

function bind() {
  const onButton = (event) => event.target.closest("button, a, summary, input");
  const keys = {
    x: () => submitLabel(null), r: right, Enter: right, z: takeBack, "Ctrl+z": takeBack, Backspace: takeBack,
    " ": (event) => (onButton(event) ? false : skip()),
  };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => submitLabel(digit);
  listen(keys, { toggle: document.getElementById("keys") });
  const does = { right, none: () => submitLabel(null), skip, back: takeBack };
  page.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    // The second click of a double click would say what the next drawing is, unseen.
    if (!button || event.detail > 1) return;
    if (button.dataset.digit) submitLabel(Number(button.dataset.digit));
    else does[button.dataset.do]();
    if (event.detail) button.blur(); // else space would press it again
  });
}

blind.addEventListener("change", () => {
  inBrowser.set(BLIND, String(blind.checked));
  location.reload(); // what waits was fetched with its answers, or without
});
bind();
showRate();
outbox.send();
