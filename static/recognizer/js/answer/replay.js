// Replays strokes in the time they took: the pure timing, and a player on a canvas.

import { drawStroke } from "../sheet/stroke_style.js";
import { onThemeChange } from "../shared/theme.js";

const LONGEST_PAUSE = 400; // milliseconds between strokes, at most
const POINT_PACE = 12; // milliseconds a point where no time was kept
const LIFT = 250;

/** Strokes of the API as points {x, y, t, pressure, at}: `at` is when each is drawn again. */
export function timeline(strokes) {
  let last = null;
  return strokes.map((stroke) => stroke.map(([x, y, t, pressure], index) => {
    const at = last === null ? 0 : last.at + pause(last.t, t, index);
    last = { at, t };
    return { x, y, t: t ?? at, pressure, at };
  }));
}

function pause(before, t, index) {
  if (t === undefined || before === undefined) return index === 0 ? LIFT : POINT_PACE;
  return Math.min(Math.max(t - before, 0), LONGEST_PAUSE);
}

/** What is drawn by a moment: whole strokes, and the beginning of the one being drawn. */
export function until(strokes, moment) {
  return strokes
    .map((stroke) => stroke.filter((point) => point.at <= moment))
    .filter((stroke) => stroke.length > 0);
}

function duration(strokes) {
  return strokes.at(-1)?.at(-1)?.at ?? 0;
}

/** Plays strokes on a canvas of any size; calls `moved(share, playing)` as it goes. */
export class Replay {
  speed = 1;
  #canvas;
  #strokes;
  #frame;
  #moved;
  #length;
  #moment;
  #playing = false;
  #ticked = 0;

  constructor(canvas, { strokes, width, height }, moved) {
    this.#canvas = canvas;
    this.#strokes = timeline(strokes);
    this.#frame = { width, height };
    this.#moved = moved;
    this.#length = duration(this.#strokes);
    this.#moment = this.#length;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    onThemeChange(() => this.#draw());
    this.#fit();
  }

  get playing() { return this.#playing; }

  toggle() {
    if (this.#playing) this.pause();
    else this.play();
  }

  play() {
    if (this.#moment >= this.#length) this.#moment = 0;
    this.#playing = true;
    this.#ticked = performance.now();
    requestAnimationFrame((now) => this.#tick(now));
  }

  pause() {
    this.#playing = false;
    this.#tell();
  }

  /** Goes to a share of the whole, 0 to 1. */
  seek(share) {
    this.#playing = false;
    this.#moment = share * this.#length;
    this.#draw();
    this.#tell();
  }

  #tick(now) {
    if (!this.#playing) return;
    this.#moment += Math.max(now - this.#ticked, 0) * this.speed;
    this.#ticked = now;
    if (this.#moment >= this.#length) this.#playing = false;
    this.#draw();
    this.#tell();
    requestAnimationFrame((next) => this.#tick(next));
  }

  #tell() {
    const share = this.#length ? Math.min(this.#moment / this.#length, 1) : 1;
    this.#moved(share, this.#playing);
  }

  #fit() {
    const density = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(this.#canvas.clientWidth * density);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * density);
    this.#draw();
  }

  #draw() {
    const context = this.#canvas.getContext("2d");
    const { width, height } = this.#canvas;
    const side = Math.max(this.#frame.width, this.#frame.height);
    const scale = Math.min(width, height) / side;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const left = (width - this.#frame.width * scale) / 2;
    context.setTransform(scale, 0, 0, scale, left, (height - this.#frame.height * scale) / 2);
    context.strokeStyle = context.fillStyle = getComputedStyle(this.#canvas).color;
    for (const stroke of until(this.#strokes, this.#moment)) drawStroke(context, stroke, side);
  }
}
