// Single keys as commands. They do nothing while one types, and can be switched off, as people need
// who speak to their computer or hit keys by accident (WCAG 2.1.4).

import { nameOf } from "./keys.js";
import { inBrowser } from "./storage.js";

const SETTING = "keys";
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
const PRESSED_BY_ENTER = "a[href], button, summary";

/**
 * Calls actions[name]() for keys as `nameOf` names them. An action that returns false did nothing,
 * and the key keeps its usual meaning. A key that is held acts once, but for those in `repeatable`.
 */
export function listen(actions, { toggle = null, repeatable = [] } = {}) {
  if (toggle) bindToggle(toggle);
  document.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (!actions[name] || !applies(event)) return;
    const held = event.repeat && !repeatable.includes(name);
    if (held || actions[name](event) !== false) event.preventDefault();
  });
}

function applies(event) {
  const target = event.target;
  if (event.isComposing || event.defaultPrevented || target.closest(TYPING)) return false;
  if (event.key === "Enter" && target.closest(PRESSED_BY_ENTER)) return false;
  return event.ctrlKey || event.metaKey || event.key === "Escape" || areOn();
}

function areOn() {
  return inBrowser.get(SETTING) !== "off";
}

function bindToggle(box) {
  box.checked = areOn();
  box.addEventListener("change", () => inBrowser.set(SETTING, box.checked ? "on" : "off"));
}
