// What holds on every page: one press is one act, a drop leads nowhere, and nothing is shown that
// the browser remembers of an earlier visit.

import { listen } from "./shortcuts.js";
import { bindThemes } from "./theme.js";

bindThemes(document.getElementById("theme"));

// Days and times are shown in the reader's time zone, from the next page on.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
if (timeZone) document.cookie = `timezone=${timeZone}; path=/; max-age=31536000; SameSite=Lax`;

const sent = new WeakSet();

// A form that was sent is not sent again by a second click while its answer is on the way.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const disabled = event.submitter?.getAttribute("aria-disabled") === "true";
  if (disabled || sent.has(event.target)) event.preventDefault();
  else sent.add(event.target);
});

// Held, Enter would press a button again and again.
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter" && !event.target.closest("textarea")) event.preventDefault();
});

// A file or a link that is dropped would take the place of the page.
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!event.target.closest?.("input, textarea")) event.preventDefault();
  });
}

// Whoever looks now may be somebody else, or nobody.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.body.hidden = true;
  location.reload();
});

// The keys of the page where it lists them, else all.
listen({
  "?": () => {
    const keys = document.querySelector("details.keys");
    if (!keys) return location.assign(document.body.dataset.help);
    keys.open = true;
    return keys.querySelector("summary").focus();
  },
});
