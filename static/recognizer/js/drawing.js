// One drawing's page: replays it, shows its probabilities, and says what it is.

import { digitOf } from "./answer.js";
import { ApiError } from "./api.js";
import { showBars } from "./bars.js";
import { label, untilAnswered } from "./keep.js";
import { listen } from "./keys.js";
import { showParts } from "./parts.js";
import { Replay } from "./replay.js";

const page = document.getElementById("drawing");
const status = page.querySelector("[data-part=status]");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function said(name) {
  return JSON.parse(document.getElementById(name)?.textContent ?? "null");
}

async function say(digit) {
  status.dataset.alarm = false;
  status.textContent = "Saving…";
  try {
    await label(page.dataset.url, digit);
    location.reload();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    status.dataset.alarm = true;
    status.textContent = error.message;
  }
}

function right() {
  // Only a claim can be right: an unsure answer makes none.
  return page.dataset.claim ? say(digitOf(page.dataset.claim)) : false;
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
  progress.addEventListener("input", () => replay.seek(progress.value / 1000));
  const speed = page.querySelector("[data-part=speed]");
  speed.addEventListener("change", () => { replay.speed = Number(speed.value); });
  button.addEventListener("click", () => replay.toggle());
  if (!calm) replay.play();
  return replay;
}

function bind(replay) {
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do=right], [data-do=none], [data-digit]");
    if (!button || button === page) return;
    if (button.dataset.do === "right") right();
    else say(button.dataset.do === "none" ? null : Number(button.dataset.digit));
  });
  const keys = { r: right, Enter: right, x: () => say(null) };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => say(digit);
  if (replay) keys.p = () => replay.toggle();
  listen(keys);
}

async function follow() {
  if (page.dataset.outcome !== "waiting") return;
  if (await untilAnswered(page.dataset.url)) location.reload();
}

const probabilities = said("probabilities");
if (probabilities) showBars(page, probabilities);
showParts(page.querySelector("[data-part=parts]"), said("parts") ?? [], said("replay"));
bind(player());
follow();
