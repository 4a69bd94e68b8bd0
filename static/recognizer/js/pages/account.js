// The account page: copies a new token.

import { copy } from "../shared/clipboard.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const copied = await copy(document.getElementById(button.dataset.copy));
    const words = copied ? "Copied." : "Press Ctrl+C (or ⌘C) to copy it.";
    document.getElementById("copied").textContent = words;
  });
}
