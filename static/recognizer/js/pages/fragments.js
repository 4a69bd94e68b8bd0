// Fills every [data-fragment] with what its address sends; a link inside it stays where that fails,
// or sends nothing.

import { ApiError, getFragment } from "../shared/api.js";

async function fill(place) {
  try {
    const fragment = await getFragment(place.dataset.fragment);
    if (fragment) place.replaceChildren(fragment);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

document.querySelectorAll("[data-fragment]").forEach(fill);
