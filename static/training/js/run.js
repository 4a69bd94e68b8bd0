// A run's page: its curves, and while it is active what it does, looked at every second.

import { ApiError, send, wait } from "../../recognizer/js/shared/api.js";
import { drawCurves } from "./curves.js";

const EVERY = 1000;
// After a fault the site is asked less often.
const PATIENCE = 4000;
const page = document.getElementById("run");
const curves = document.getElementById("curves");
const ACTIVE = ["queued", "running", "evaluating"];

const part = (name) => page.querySelector(`[data-part=${name}]`);

async function follow() {
  for (;;) {
    const pause = await look();
    if (pause === null) return;
    await wait(pause);
  }
}

/** Looks once; how long to wait until the next look, or null when the page goes. */
async function look() {
  try {
    const { data } = await send("GET", page.dataset.url);
    part("trouble").textContent = "";
    if (!ACTIVE.includes(data.state)) {
      location.reload();
      return null;
    }
    show(data);
    return EVERY;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    part("trouble").textContent = error.message;
    return PATIENCE;
  }
}

function show(run) {
  say("phase", run.phase || "Waiting for a worker");
  say("state", run.state);
  part("state").dataset.state = run.state;
  showProgress(run);
  say("step", run.steps ? `${run.step.toLocaleString("en")} of ${run.steps.toLocaleString("en")}` : "–");
  say("left", run.seconds_left === null || run.silence ? "–" : time(run.seconds_left));
  say("took", run.started_at ? time((Date.now() - Date.parse(run.started_at)) / 1000) : "–");
  say("heartbeat", run.heartbeat_age === null ? "no worker yet" : `${time(run.heartbeat_age)} ago`);
  say("silence", run.silence);
  say("spoken", run.phase);
  if (run.cancel_asked) refuse("Being cancelled…");
  drawCurves(curves, run.curve);
}

/** Without steps the bar only moves, as long as somebody is at work. */
function showProgress({ state, step, steps, silence }) {
  part("progress").max = steps || 1;
  if (steps || silence || state === "queued") part("progress").value = step;
  else part("progress").removeAttribute("value");
}

/** Writes only what changed, so that a screen reader hears no word twice. */
function say(name, words) {
  if (part(name).textContent !== words) part(name).textContent = words;
}

function refuse(words) {
  part("cancel").setAttribute("aria-disabled", "true");
  say("cancel", words);
}

function time(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

function bindCancel() {
  part("cancel").form.addEventListener("submit", (event) => {
    if (part("cancel").getAttribute("aria-disabled") === "true") event.preventDefault();
    else refuse("Being cancelled…");
  });
}

if (curves) drawCurves(curves, JSON.parse(document.getElementById("curve").textContent));
if (page) {
  bindCancel();
  follow();
}
