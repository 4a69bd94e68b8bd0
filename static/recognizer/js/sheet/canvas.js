// The canvas to write on, sharp on every screen, and the strokes that a pointer makes on it.

import { onThemeChange } from "../shared/theme.js";
import { drawStroke } from "./stroke_style.js";

const PEN_RESTS = 1500; // milliseconds without a sign of the pen, after which a finger may draw

/** Draws an Ink on a canvas. The colour is the canvas's CSS `color`. */
export class Sheet {
  #canvas;
  #ink;
  #context;

  constructor(canvas, ink) {
    this.#canvas = canvas;
    this.#ink = ink;
    this.#context = canvas.getContext("2d");
    new ResizeObserver(() => this.#fit()).observe(canvas);
    onThemeChange(() => this.redraw());
    watchDensity(() => this.#fit());
    this.#fit();
  }

  /** The sheet's size in CSS pixels. */
  get size() {
    return { width: this.#canvas.clientWidth, height: this.#canvas.clientHeight };
  }

  redraw() {
    const { width, height } = this.#canvas;
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, width, height);
    if (this.#ink.picture) return this.#drawPicture(this.#ink.picture.bitmap);
    this.#prepare();
    for (const stroke of this.#ink.strokes) this.#stroke(stroke, 0);
  }

  /** Draws the last stroke's points from index `from` on. */
  drawTip(from) {
    this.#prepare();
    this.#stroke(this.#ink.strokes.at(-1), from);
  }

  #stroke(stroke, from) {
    drawStroke(this.#context, stroke, this.#ink.frame.width, from);
  }

  #fit() {
    const density = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(this.#canvas.clientWidth * density);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * density);
    this.redraw();
  }

  #prepare() {
    const scale = this.#canvas.width / this.#ink.frame.width;
    const colour = getComputedStyle(this.#canvas).color;
    this.#context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#context.strokeStyle = this.#context.fillStyle = colour;
  }

  #drawPicture(bitmap) {
    if (!bitmap) return;
    const { width, height } = this.#canvas;
    const scale = Math.min(width / bitmap.width, height / bitmap.height);
    const [w, h] = [bitmap.width * scale, bitmap.height * scale];
    this.#context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  }
}

// A window that moves to another screen, or is zoomed, changes its density without a resize.
function watchDensity(changed) {
  const query = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
  const again = () => { changed(); watchDensity(changed); };
  query.addEventListener("change", again, { once: true });
}

/**
 * Calls begin(point, event), move(points) and end() for one pointer at a time; abandon() in place of
 * end() where the system cancels it, or a pen takes over from a palm. While a pen is in use, touches
 * are a palm's. Points are {x, y, t, pressure?} in CSS pixels of the canvas.
 */
export function followPointer(canvas, { begin, move, end, abandon }) {
  let active = null;
  let penSeen = -Infinity;

  for (const name of ["pointerdown", "pointermove", "pointerup"]) {
    canvas.addEventListener(name, (event) => { if (event.pointerType === "pen") penSeen = event.timeStamp; });
  }
  const palm = (event) => event.pointerType === "touch" && event.timeStamp - penSeen < PEN_RESTS;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || palm(event)) return;
    if (active && !(active.type === "touch" && event.pointerType === "pen")) return;
    if (active) abandon();
    active = null;
    if (!begin(pointOf(event, canvas), event)) return;
    event.preventDefault();
    active = { id: event.pointerId, type: event.pointerType };
    capture(canvas, event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (active?.id !== event.pointerId) return;
    move(coalesced(event).map((each) => pointOf(each, canvas)));
  });
  const leave = (event, done) => {
    if (active?.id !== event.pointerId) return;
    active = null;
    done();
  };
  canvas.addEventListener("pointercancel", (event) => leave(event, abandon));
  for (const name of ["pointerup", "lostpointercapture"]) {
    canvas.addEventListener(name, (event) => leave(event, end));
  }
  canvas.addEventListener("contextmenu", (event) => { if (active) event.preventDefault(); });
}

function capture(canvas, id) {
  try {
    canvas.setPointerCapture(id);
  } catch (error) {
    // The pointer is gone already (a very short tap): there is nothing left to capture.
    if (error.name !== "NotFoundError") throw error;
  }
}

function coalesced(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length ? events : [event];
}

function pointOf(event, canvas) {
  const box = canvas.getBoundingClientRect();
  const point = { x: event.clientX - box.left, y: event.clientY - box.top, t: event.timeStamp };
  // A mouse says 0.5 and a finger what it likes; only a pen measures.
  return event.pointerType === "pen" ? { ...point, pressure: event.pressure } : point;
}
