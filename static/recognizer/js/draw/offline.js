// The page that static/root/sw.js answers with while the site cannot be reached is a visitor's.

import { ApiError, send, wait } from "../shared/api.js";

const LOOK_AGAIN = 3000; // milliseconds

/** Once the site answers, loads one's own page: it takes over what was said here. */
export async function reloadWhenBack() {
  while (!(await isBack())) await wait(LOOK_AGAIN);
  location.reload();
}

async function isBack() {
  try {
    await send("GET", "/health/live");
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return false;
  }
}
