// The page of an import that goes on: shows how far it is, and loads itself again when it is done.

import { ApiError, getFragment, wait } from "../shared/api.js";

const INTERVAL = 400;
const INTERVAL_AFTER_FAULT = 4000;
const place = document.getElementById("progress");
const trouble = document.getElementById("trouble");

/** Elements stay, and change only where they differ: a screen reader hears no word twice. */
function show(fresh) {
  const part = (root, name) => root.querySelector(`[data-part=${name}]`);
  const [said, bar] = [part(fresh, "said").textContent, part(fresh, "bar")];
  if (part(place, "said").textContent !== said) part(place, "said").textContent = said;
  part(place, "bar").value = bar.value;
  trouble.textContent = "";
}

async function follow() {
  for (let pause = INTERVAL; ; pause = INTERVAL) {
    try {
      const fresh = await getFragment(place.dataset.url);
      if (!fresh) return location.reload();
      show(fresh);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      trouble.textContent = error.message;
      pause = INTERVAL_AFTER_FAULT;
    }
    await wait(pause);
  }
}

follow();
