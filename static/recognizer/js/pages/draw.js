// The draw page: the desk, the keeper, the buttons and the keys.

import { send } from "../shared/api.js";
import { Desk } from "../draw/editor.js";
import { Keeper } from "../draw/saving.js";
import { listen } from "../shared/shortcuts.js";
import { Recent } from "../draw/recent_drawings.js";
import { Why } from "../answer/explanation.js";

const page = document.getElementById("draw");
const signedIn = page.dataset.person !== "";
const section = document.getElementById("recent");
const recent = section && new Recent(section);
const desk = new Desk(page);
const keeper = new Keeper({ page, desk, recent });
const why = new Why(page, {
  ask: () => send("POST", page.dataset.explain, { body: desk.body }),
  frame: () => desk.ink.frame,
  say: (text, how) => desk.say(text, how),
});

const drawing = () => keeper.state === "drawing" && !desk.writing;
const does = {
  undo: () => drawing() && desk.undo(),
  redo: () => drawing() && desk.redo(),
  clear: () => (drawing() ? desk.clear() : keeper.state === "asking" && keeper.next()),
  photo: () => page.querySelector("[data-part=file]").click(),
  why: () => !desk.writing && why.toggle(),
  change: () => why.toggleChange(),
};
const keeps = {
  save: () => keeper.save(),
  right: () => keeper.right(),
  none: () => keeper.say(null),
  next: () => keeper.state === "asking" && keeper.next(),
};

function bindButtons() {
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) ({ ...does, ...keeps })[button.dataset.do]();
    const digit = event.target.closest("button[data-digit]");
    if (digit) keeper.say(Number(digit.dataset.digit));
  });
}

function bindKeys() {
  const keys = {
    z: does.undo, "Ctrl+z": does.undo,
    y: does.redo, "Shift+z": does.redo, "Ctrl+y": does.redo, "Ctrl+Shift+z": does.redo,
    c: does.clear, Escape: does.clear, u: does.photo, w: does.why,
  };
  if (signedIn) Object.assign(keys, keepingKeys());
  listen(keys, { toggle: document.getElementById("keys") });
}

function keepingKeys() {
  const enter = () => (drawing() ? keeps.save() : keeps.right());
  const keys = { s: keeps.save, Enter: enter, r: keeps.right, x: keeps.none, n: keeps.next };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => keeper.say(digit);
  return keys;
}

function showState() {
  const { ink } = desk;
  const can = {
    undo: drawing() && ink.canUndo,
    redo: drawing() && ink.canRedo,
    clear: drawing() && !ink.isBlank,
    photo: drawing(),
    save: drawing() && !ink.isBlank,
    none: (drawing() && !ink.isBlank) || keeper.state === "asking",
    right: keeper.state === "asking",
    next: keeper.state === "asking",
    why: true,
    change: true,
  };
  for (const button of page.querySelectorAll("button[data-do]")) {
    enable(button, can[button.dataset.do]);
  }
  for (const button of page.querySelectorAll("button[data-digit]")) enable(button, can.none);
}

// Not `disabled`: the focus would be lost with it when a press disables the button itself.
function enable(button, can) {
  button.setAttribute("aria-disabled", String(!can));
}

desk.addEventListener("changed", showState);
desk.addEventListener("inked", () => why.close());
page.addEventListener("state", showState);
section?.addEventListener("answered", (event) => keeper.answered(event.detail));
bindButtons();
bindKeys();
showState();
keeper.start();
