// The page of a run that is active: fetches its live part again every second.

import { ApiError, getFragment, wait } from "../../recognizer/js/shared/api.js";

const INTERVAL = 1000;
const INTERVAL_AFTER_FAULT = 4000;
const page = document.getElementById("run");
const curves = document.getElementById("curves");

const part = (name) => page.querySelector(`[data-part=${name}]`);

async function follow() {
  for (;;) {
    const pause = await look();
    if (pause === null) return;
    await wait(pause);
  }
}

/** Looks once; how long to wait until the next look, or null when the page reloads. */
async function look() {
  try {
    const fresh = await getFragment(`${page.dataset.url}?curves=${curves.dataset.key}`);
    if (fresh) {
      show(fresh);
      return INTERVAL;
    }
    location.reload(); // the run is over
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    part("trouble").textContent = error.message;
    return INTERVAL_AFTER_FAULT;
  }
}

function show(fresh) {
  for (const one of fresh.querySelectorAll("[data-part]")) update(part(one.dataset.part), one);
  // Without curves there is nothing new in them.
  const drawn = fresh.getElementById("curves");
  if (drawn) update(curves, drawn);
}

/** Makes an element like a fresh one. It stays, so that it keeps the focus, and an unchanged one
 * is not touched, so that a screen reader hears no word twice. */
function update(element, fresh) {
  if (element.isEqualNode(fresh)) return;
  for (const name of element.getAttributeNames()) {
    if (!fresh.hasAttribute(name)) element.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) element.setAttribute(name, value);
  if (element.innerHTML !== fresh.innerHTML) element.replaceChildren(...fresh.childNodes);
}

follow();
