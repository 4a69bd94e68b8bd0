// The editor of the draw page: the sheet with its tools, and what the ink on it reads as.

import { AnswerView } from "../answer/answer_view.js";
import { Sheet, followPointer } from "../sheet/canvas.js";
import { Ink, MOST_POINTS, MOST_STROKES } from "../sheet/ink.js";
import { followKeys } from "../sheet/keyboard_pen.js";
import { LiveReading } from "./live_reading.js";
import { BadPicture, NO_PICTURE, asForm, fileIn, readPicture, sizeRead } from "../shared/picture.js";

const FULL = `This sheet is full: ${MOST_STROKES} strokes or ${MOST_POINTS} points. Undo or clear.`;

/** Fires "changed" when a stroke is done or the ink is changed otherwise; "inked" at every point. */
export class DrawingEditor extends EventTarget {
  #page;
  #canvas;
  #sheet;
  #live;
  #troubled = false; // whether the words shown are about live reading
  /** Whether a stroke is being written: nothing else may change the ink then. */
  writing = false;
  /** What writes a stroke, at points {x, y, t, pressure?} in CSS pixels of the sheet. */
  pen = {
    begin: (point) => this.#begin(point),
    move: (points) => this.#move(points),
    end: () => this.#end(),
    abandon: () => { this.ink.abandon(); this.#end(); },
  };
  /** Asked before a stroke begins; false keeps the pen off the sheet. */
  mayDraw = () => true;

  constructor(page) {
    super();
    this.#page = page;
    this.#canvas = page.querySelector("[data-part=sheet]");
    this.ink = new Ink();
    const frame = () => (this.ink.picture ? sizeRead(this.ink.picture) : this.ink.frame);
    this.answer = new AnswerView(page, page.querySelector("[data-part=spoken]"), frame);
    this.#live = new LiveReading({
      url: page.dataset.recognize,
      heard: (answer, roundTrip) => this.#heard(answer, roundTrip),
      failed: (error, pause) => this.#failed(error, pause),
    });
    this.#sheet = new Sheet(this.#canvas, this.ink);
    this.#followPen();
    this.#followFiles();
  }

  /** The sheet's side in CSS pixels. */
  get side() { return this.#sheet.size.width; }

  /** The ink as the API takes it. */
  get body() {
    return this.ink.picture ? asForm(this.ink.picture) : this.ink.asData();
  }

  undo() { this.ink.undo(); this.changed(); }
  redo() { this.ink.redo(); this.changed(); }
  clear() { this.ink.clear(); this.changed(); }

  /** A new sheet, within sight. */
  renew() {
    this.ink.renew();
    this.changed();
    this.#canvas.scrollIntoView({ block: "nearest" });
  }

  /** Draws everything again and asks again, after any change but a growing stroke. */
  changed() {
    this.#sheet.redraw();
    this.#ask();
    this.dispatchEvent(new Event("changed"));
  }

  /** Asks no more what the ink reads as, and shows an answer of the API instead, if there is one. */
  settle(answer) {
    this.#live.forget();
    if (answer) this.answer.show(answer);
  }

  /** Tells the person something in words; with a link where they can do something about it. */
  say(text, { alarm = false, link = null } = {}) {
    this.#troubled = false;
    const status = this.#page.querySelector("[data-part=status]");
    status.dataset.alarm = alarm;
    status.textContent = text;
    if (!link) return;
    const anchor = document.createElement("a");
    Object.assign(anchor, { href: link.href, textContent: link.text });
    status.append(" ", anchor);
  }

  /** Puts a picture on the sheet. */
  async place(file) {
    try {
      this.ink.place(await readPicture(file));
    } catch (error) {
      if (!(error instanceof BadPicture)) throw error;
      return this.say(error.message, { alarm: true });
    }
    this.#live.forget();
    const shown = this.ink.picture.bitmap ? "" : ` ${file.name} cannot be shown here, but read.`;
    this.say(shown);
    return this.changed();
  }

  #ask() {
    this.dispatchEvent(new Event("inked"));
    this.#page.dataset.sheet = sheetState(this.ink);
    if (this.ink.isBlank) {
      this.#untrouble();
      this.#live.forget();
      this.answer.clear();
    } else {
      this.#live.ask(this.body);
    }
  }

  /** Takes back what was told of live reading: it works again, or nothing is asked any more. */
  #untrouble() {
    if (this.#troubled) this.say("");
  }

  #heard(answer, roundTrip) {
    this.#untrouble();
    this.answer.show(answer, roundTrip);
  }

  #failed(error, pause) {
    const again = pause ? ` Trying again in ${Math.ceil(pause / 1000)} s.` : "";
    this.say(error.message + again, { alarm: true });
    this.#troubled = true;
    if (pause) return;
    this.answer.clear();
    if (!this.ink.picture) return;
    // It will never be read: the sheet is free for another, while the words stand.
    this.#troubled = false;
    this.ink.renew();
    this.changed();
  }

  #followPen() {
    followPointer(this.#canvas, this.pen);
    followKeys(this.#canvas, this.#page.querySelector("[data-part=keyboard-pen]"), this.pen);
  }

  #end() {
    this.writing = false;
    this.changed();
  }

  #begin(point) {
    if (this.writing || !this.mayDraw()) return false;
    if (this.ink.picture) {
      this.say("There is a picture on the sheet. Clear it to draw.", { alarm: true });
      return false;
    }
    if (this.ink.isBlank) this.ink.frame = this.#sheet.size;
    if (!this.ink.begin(this.#framed(point))) {
      this.say(FULL, { alarm: true });
      return false;
    }
    this.writing = true;
    this.#sheet.drawTip(0);
    this.#ask();
    return true;
  }

  #move(points) {
    const from = this.ink.strokes.at(-1).length;
    const results = points.map((point) => this.ink.extend(this.#framed(point)));
    if (results.includes("full")) this.say(FULL, { alarm: true });
    if (!results.includes("added")) return;
    this.#sheet.drawTip(from - 1);
    this.#ask();
  }

  // From the sheet's pixels to the frame's units: they differ once the window was resized. A
  // pointer may leave the sheet by its whole width, as the API allows.
  #framed(point) {
    const { frame } = this.ink;
    const scale = frame.width / this.#sheet.size.width;
    const most = Math.max(frame.width, frame.height);
    return {
      ...point,
      x: Math.min(Math.max(point.x * scale, -most), frame.width + most),
      y: Math.min(Math.max(point.y * scale, -most), frame.height + most),
    };
  }

  #followFiles() {
    const input = this.#page.querySelector("[data-part=file]");
    input.addEventListener("change", () => { this.#take(input.files[0]); input.value = ""; });
    document.addEventListener("paste", (event) => {
      const file = fileIn(event.clipboardData);
      if (file) this.#take(file);
    });
    document.addEventListener("drop", (event) => this.#take(fileIn(event.dataTransfer)));
  }

  #take(file) {
    if (!file) return this.say(NO_PICTURE, { alarm: true });
    if (this.writing || !this.mayDraw()) return this.say("Finish this sheet first.", { alarm: true });
    return this.place(file);
  }
}

function sheetState(ink) {
  if (ink.picture) return ink.picture.bitmap ? "picture" : "unseen";
  return ink.isBlank ? "blank" : "ink";
}
