// One drawing's page: replays it, shows its probabilities, and says what it is.

import { showBars, showFigures } from "../answer/bars.js";
import { showDigitFrames } from "../answer/digit_frames.js";
import { Explanation } from "../answer/explanation.js";
import { Replay } from "../answer/replay.js";
import { send } from "../shared/api.js";
import { digitOf, untilAnswered } from "../shared/drawings.js";
import { Outbox } from "../shared/outbox.js";
import { listen } from "../shared/shortcuts.js";
import { inTab } from "../shared/storage.js";

const THANKS = "thanks"; // told once the page is there again, with the label

const page = document.getElementById("drawing");
const status = page.querySelector("[data-part=status]");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

const explanation = new Explanation(page, {
  ask: () => send("GET", `${page.dataset.url}why/?words=1`),
  frame: () => said("replay"),
  say: tell,
});
const outbox = new Outbox({
  person: document.body.dataset.person,
  onSent: sent,
  onChange: (count, trouble) => { if (trouble) tell(`Saved in this browser for now. ${trouble}`, { alarm: true }); },
  onRefused: (entry, words) => { saying = false; tell(words, { alarm: true }); },
});

function tell(text, { alarm = false } = {}) {
  status.dataset.alarm = alarm;
  status.textContent = text;
}

function said(name) {
  return JSON.parse(document.getElementById(name)?.textContent ?? "null");
}

let saying = false;

function say(digit) {
  if (saying) return;
  saying = true;
  tell("Saving…");
  outbox.put({ url: `${page.dataset.url}labels/?words=1`, digit });
}

function sent(drawing) {
  if (!page.dataset.url.endsWith(`/${drawing.id}/`)) return;
  inTab.set(THANKS, `Thank you. Saved as ${drawing.words.label}.`);
  location.reload();
}

function showThanks() {
  const thanks = inTab.get(THANKS);
  if (thanks) tell(thanks);
  inTab.remove(THANKS);
}

function right() {
  // Only an asserted label can be right: an unsure answer asserts none.
  const asserted = page.dataset.assertedLabel;
  return asserted ? say(digitOf(asserted)) : false;
}

function player() {
  const canvas = page.querySelector("[data-part=sheet]");
  if (!canvas) return null;
  const button = page.querySelector("[data-do=play]");
  const progress = page.querySelector("[data-part=progress]");
  const replay = new Replay(canvas, said("replay"), (share, playing) => {
    progress.value = Math.round(share * 1000);
    button.textContent = playing ? "Pause" : "Replay";
  });
  progress.addEventListener("input", () => { explanation.close(); replay.seek(progress.value / 1000); });
  const speed = page.querySelector("[data-part=speed]");
  speed.addEventListener("change", () => { replay.speed = Number(speed.value); });
  const toggle = () => { explanation.close(); replay.toggle(); };
  button.addEventListener("click", toggle);
  if (!calm) replay.play();
  return toggle;
}

function bind(togglePlay) {
  page.addEventListener("click", (event) => {
    const doing = event.target.closest("[data-do=why], [data-do=change]")?.dataset.do;
    if (doing) return doing === "why" ? explanation.toggle() : explanation.toggleChange();
    const button = event.target.closest("[data-do=right], [data-do=none], [data-digit]");
    if (!button || button === page) return;
    if (button.dataset.do === "right") right();
    else say(button.dataset.do === "none" ? null : Number(button.dataset.digit));
  });
  const keys = { r: right, Enter: right, x: () => say(null), w: () => explanation.toggle() };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => say(digit);
  if (togglePlay) keys.p = togglePlay;
  listen(keys);
}

async function follow() {
  if (page.dataset.outcome !== "waiting") return;
  if (await untilAnswered(page.dataset.url)) location.reload();
}

const probabilities = said("probabilities");
if (probabilities) showBars(page, probabilities);
showFigures(page, said("parts") ?? []);
showDigitFrames(page.querySelector("[data-part=parts]"), said("parts") ?? [], said("replay"));
bind(player());
showThanks();
outbox.send();
follow();
