// Fills every [data-fragment] with what its address sends; a link inside it stays if that fails.

import { ApiError, getFragment } from "../shared/api.js";

async function fill(place) {
  try {
    place.replaceChildren(await getFragment(place.dataset.fragment));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

document.querySelectorAll("[data-fragment]").forEach(fill);
