// Single keys as commands. They do nothing while one types, and can be switched off, as people need
// who speak to their computer or hit keys by accident (WCAG 2.1.4).

const SETTING = "keys";
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
const PRESSED_BY_ENTER = "a[href], button, summary";

/**
 * Calls actions[name]() for keys such as "z", "Shift+z", "Ctrl+z", "Enter", "5". An action that
 * returns false did nothing, and the key keeps its usual meaning.
 */
export function listen(actions, { toggle = null } = {}) {
  if (toggle) bindToggle(toggle);
  document.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (!actions[name] || !applies(event)) return;
    if (actions[name](event) !== false) event.preventDefault();
  });
}

function applies(event) {
  const target = event.target;
  if (event.isComposing || event.defaultPrevented || target.closest(TYPING)) return false;
  if (event.key === "Enter" && target.closest(PRESSED_BY_ENTER)) return false;
  return event.ctrlKey || event.metaKey || event.key === "Escape" || areOn();
}

function nameOf(event) {
  const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  const shift = event.shiftKey && /^([a-z]|.{2,})$/.test(letter) ? "Shift+" : "";
  return event.altKey ? "" : control + shift + letter;
}

function areOn() {
  return localStorage.getItem(SETTING) !== "off";
}

function bindToggle(box) {
  box.checked = areOn();
  box.addEventListener("change", () => localStorage.setItem(SETTING, box.checked ? "on" : "off"));
}
