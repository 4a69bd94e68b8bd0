// The review grid: tick many drawings, label them with one key. Without scripts it is a plain form.

import { listen } from "../../recognizer/js/shared/shortcuts.js";

const AGAIN = "Nothing was changed. What you ticked stays ticked: press again once you are back online.";
const LOST = "The site cannot be reached. What you ticked stays ticked: press again once it can.";
const form = document.getElementById("many");
const boxes = form ? Array.from(form.querySelectorAll("[name=drawing]")) : [];
let last = null;

function ticked() {
  return boxes.filter((box) => box.checked);
}

function tell() {
  const count = ticked().length;
  form.querySelector("[data-part=count]").textContent = count ? `${count} ticked` : "Tick drawings, then say what they are";
  form.querySelector("[data-part=all]").textContent = count < boxes.length ? "Tick all" : "Untick all";
  form.querySelectorAll("button[name=what]:not([value=rest])").forEach((button) => button.setAttribute("aria-disabled", String(!count)));
}

function tickAll() {
  const all = ticked().length < boxes.length;
  boxes.forEach((box) => { box.checked = all; });
  tell();
}

/** With Shift, all between the last one and this one. */
function tickRow(box) {
  const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
  boxes.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
}

function press(what) {
  if (!ticked().length) return false;
  form.requestSubmit(form.querySelector(`button[name=what][value="${what}"]`));
  return true;
}

/** Confirms all that are not ticked, where nobody doubts any of them. */
function confirmRest() {
  const button = form.querySelector("button[value=rest]");
  if (!button) return false;
  form.requestSubmit(button);
  return true;
}

/** Sends the form; what is ticked stays where the site cannot be reached, which a page would not survive. */
async function submit(what) {
  const body = new FormData(form);
  body.set("what", what);
  const trouble = form.querySelector("[data-part=trouble]");
  trouble.textContent = "";
  form.inert = true;
  try {
    if (!navigator.onLine) throw new TypeError("offline");
    const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (response.ok || response.type === "opaqueredirect") location.replace(form.action);
    else trouble.textContent = `The site did not take this (${response.status}). Reload the page to see what was changed.`;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    trouble.textContent = navigator.onLine ? LOST : `You are offline. ${AGAIN}`;
  } finally {
    form.inert = false;
  }
}

function bind() {
  form.addEventListener("click", (event) => {
    const box = event.target.closest("[name=drawing]");
    if (!box) return;
    if (event.shiftKey && last) tickRow(box);
    last = box;
    tell();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const what = event.submitter.value;
    if (ticked().length || what === "rest") submit(what);
  });
  form.querySelector("[data-do=all]").hidden = false;
  form.querySelector("[data-do=all]").addEventListener("click", tickAll);
  const keys = { a: tickAll, c: confirmRest, x: () => press("none"), r: () => press("confirm") };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => press(digit);
  listen(keys);
  tell();
}

if (form) bind();
