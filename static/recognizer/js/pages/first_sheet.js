// The first sheet: ten digits, each written once, and kept together.

import { DigitBox } from "../draw/digit_box.js";
import { ApiError } from "../shared/api.js";

const page = document.getElementById("first-sheet");
const boxes = Array.from(page.querySelectorAll("[data-box]"), (element) => (
  new DigitBox(element, page.dataset.recognize)
));
const button = page.querySelector("[data-do=keep]");
let keeping = false;

function say(text, { alarm = false } = {}) {
  const status = page.querySelector("[data-part=status]");
  status.dataset.alarm = alarm;
  status.textContent = text;
}

function showState() {
  const count = boxes.filter((box) => box.waits).length;
  button.setAttribute("aria-disabled", String(keeping || count === 0));
  button.textContent = count === 1 ? "Keep it" : "Keep them";
}

/** Keeps what is written, one after the other, and goes on where it was stopped. */
async function keep() {
  if (keeping || !boxes.some((box) => box.waits)) return;
  keeping = true;
  showState();
  say("Saving…");
  try {
    for (const box of boxes.filter((each) => each.waits)) await box.keep(page.dataset.drawings);
    tell();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refused(error);
  } finally {
    keeping = false;
    showState();
  }
}

function tell() {
  const righted = boxes.filter((box) => box.state === "righted").length;
  const kept = boxes.filter((box) => box.isKept).length;
  const misread = righted === 1 ? "One was misread, and is" : `${righted} were misread, and are`;
  say(righted ? `Thank you. ${misread} read your way from now on.` : `Thank you. ${kept} kept, all read right.`);
  page.querySelector("[data-part=after]").hidden = false;
}

function refused(error) {
  say(error.passing ? `${error.message} Press again; what is kept stays.` : error.message, { alarm: true });
  if (!error.signedOut) return;
  const link = Object.assign(document.createElement("a"), { href: page.dataset.login, textContent: "Sign in again." });
  page.querySelector("[data-part=status]").append(" ", link);
}

for (const box of boxes) {
  box.addEventListener("changed", showState);
  box.addEventListener("failed", (event) => say(event.detail.message, { alarm: true }));
}
button.addEventListener("click", keep);
