// The draw page: connects the editor, saving and explanations with the buttons and the keys.

import { Explanation } from "../answer/explanation.js";
import { Challenge } from "../draw/challenge.js";
import { Demonstration } from "../draw/demonstration.js";
import { DrawingEditor } from "../draw/editor.js";
import { reloadWhenBack } from "../draw/offline.js";
import { OutboxLine } from "../draw/outbox_line.js";
import { RecentDrawings } from "../draw/recent_drawings.js";
import { SavingFlow } from "../draw/saving.js";
import { send } from "../shared/api.js";
import { Outbox } from "../shared/outbox.js";
import { listen } from "../shared/shortcuts.js";

const page = document.getElementById("draw");
const signedIn = page.dataset.person !== "";
const offline = "offline" in document.documentElement.dataset;
const section = document.getElementById("recent");
const recent = section && new RecentDrawings(section);
const editor = new DrawingEditor(page);
const line = new OutboxLine(page);
const outbox = new Outbox({
  person: page.dataset.person,
  onSent: (data, entry) => { line.sent(); saving.sent(data, entry); },
  onChange: (count, trouble) => line.show(count, trouble),
  onRefused: (entry, words) => line.refused(words),
});
const saving = new SavingFlow({ page, editor, recent, outbox });
const explanation = new Explanation(page, {
  ask: () => send("POST", page.dataset.explain, { body: editor.body }),
  frame: () => editor.ink.frame,
  say: (text, how) => editor.say(text, how),
});

const drawing = () => saving.state === "drawing" && !editor.writing;
const does = {
  undo: () => drawing() && editor.undo(),
  redo: () => drawing() && editor.redo(),
  clear: () => (drawing() ? editor.clear() : saving.state === "asking" && saving.next()),
  photo: () => page.querySelector("[data-part=file]").click(),
  why: () => !editor.writing && explanation.toggle(),
  change: () => explanation.toggleChange(),
};
const keeps = {
  save: () => saving.save(),
  right: () => saving.right(),
  none: () => saving.say(null),
  next: () => saving.state === "asking" && saving.next(),
};

function bindButtons() {
  page.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) ({ ...does, ...keeps })[button.dataset.do]();
    const digit = event.target.closest("button[data-digit]");
    if (digit) saving.say(Number(digit.dataset.digit));
  });
}

function bindKeys() {
  const keys = {
    z: does.undo, "Ctrl+z": does.undo,
    y: does.redo, "Shift+z": does.redo, "Ctrl+y": does.redo, "Ctrl+Shift+z": does.redo,
    c: does.clear, Escape: does.clear, u: does.photo, w: does.why,
  };
  Object.assign(keys, signedIn ? keepingKeys() : digitKeys());
  listen(keys, { toggle: document.getElementById("keys") });
}

function keepingKeys() {
  const enter = () => (drawing() ? keeps.save() : keeps.right());
  return { s: keeps.save, Enter: enter, r: keeps.right, n: keeps.next, ...digitKeys() };
}

function digitKeys() {
  const keys = { x: keeps.none };
  for (let digit = 0; digit < 10; digit += 1) keys[digit] = () => saving.say(digit);
  return keys;
}

function showState() {
  const { ink } = editor;
  const can = {
    undo: drawing() && ink.canUndo,
    redo: drawing() && ink.canRedo,
    clear: drawing() && !ink.isBlank,
    photo: drawing(),
    save: drawing() && !ink.isBlank,
    none: (drawing() && !ink.isBlank) || saving.state === "asking",
    right: saving.state === "asking",
    next: saving.state === "asking",
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

function showDemonstration() {
  const demonstration = new Demonstration({ page, editor });
  if (!offline) demonstration.start(); // there nothing can be read
}

editor.addEventListener("changed", showState);
editor.addEventListener("inked", () => explanation.close());
page.addEventListener("state", showState);
section?.addEventListener("answered", (event) => saving.answered(event.detail));
bindButtons();
bindKeys();
showState();
saving.start();
if (signedIn) outbox.adopt();
else showDemonstration();
new Challenge(page, document.getElementById("challenge"));
line.show(outbox.count, null);
outbox.send();

// The page works offline too, once it was seen; browsers allow that over https and on localhost.
addEventListener("load", () => navigator.serviceWorker?.register("/sw.js"));
if (offline) {
  editor.say("You are offline. What you draw and say here is kept, and sent when you are back.");
  reloadWhenBack();
}
