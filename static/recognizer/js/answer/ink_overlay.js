// Lays the pieces of the ink over the sheet, coloured by how much each one counted, or with a part
// left out. Not by colour alone: what counted is thicker, and what counted against is hollow.

import { onThemeChange } from "../shared/theme.js";
import { decodePixels } from "./answer_view.js";

const SIDE = 28;
// As shares of the frame's longer side.
const THIN = 0.026;
const THICK = 0.042;
const LEFT_OUT = 0.008;
const HOLLOW = 0.45; // of a line's width
const FAINT = 0.05; // a weight nearer to 0 than this has no colour

/** A canvas over the sheet until `remove()`. Ink is {pieces, frame, pixels} of an explanation. */
export class InkOverlay {
  #canvas = document.createElement("canvas");
  #watch = new ResizeObserver(() => this.#fit());
  #stopWatching = onThemeChange(() => this.#fit());
  #paint = () => {};

  constructor(sheet) {
    this.#canvas.className = "ink-overlay";
    this.#canvas.setAttribute("aria-hidden", "true");
    sheet.append(this.#canvas);
    this.#watch.observe(sheet);
  }

  remove() {
    this.#watch.disconnect();
    this.#stopWatching();
    this.#canvas.remove();
  }

  /** Colours every piece by its weight, -1 to 1. */
  weigh(ink, weights) {
    this.#paint = (pen) => (isPicture(ink) ? pen.weighSquares(ink, weights) : pen.weighLines(ink, weights));
    this.#fit();
  }

  /** Shows the ink with these pieces, named by their numbers, left out. */
  leaveOut(ink, part) {
    const left = new Set(part);
    this.#paint = (pen) => (isPicture(ink) ? pen.leaveOutSquares(ink, left) : pen.leaveOutLines(ink, left));
    this.#fit();
  }

  #fit() {
    const density = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(this.#canvas.clientWidth * density);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * density);
    this.#paint(new PiecePainter(this.#canvas));
  }
}

function isPicture({ pieces }) {
  return Boolean(pieces[0].square);
}

class PiecePainter {
  #context;
  #size;
  #colours;

  constructor(canvas) {
    this.#context = canvas.getContext("2d");
    this.#size = { width: canvas.width, height: canvas.height };
    const style = getComputedStyle(canvas);
    // As a property of its own a colour still says what it is in the light and in the dark.
    this.#colours = (name) => { canvas.style.color = `var(--${name})`; return style.color; };
  }

  weighLines({ pieces, frame }, weights) {
    const side = this.#fitTo(frame);
    // What counted most lies on top.
    for (const number of byStrength(weights)) {
      const weight = weights[number];
      const width = side * (THIN + (THICK - THIN) * Math.abs(weight));
      this.#line(pieces[number].points, width, this.#colourOf(weight));
      if (weight <= -FAINT) this.#line(pieces[number].points, width * HOLLOW, this.#colours("paper"));
    }
  }

  leaveOutLines({ pieces, frame }, left) {
    const side = this.#fitTo(frame);
    pieces.forEach(({ points }, number) => {
      if (!left.has(number)) this.#line(points, side * THIN, this.#colours("blue"));
    });
    this.#context.setLineDash([side * 0.001, side * 0.018]);
    for (const run of runs(pieces, left)) this.#line(run, side * LEFT_OUT, this.#colours("ink"));
    this.#context.setLineDash([]);
  }

  weighSquares({ pieces, pixels }, weights) {
    const greys = this.#fitToPicture(pixels);
    this.#pixels(greys, () => this.#colours("unmoved"));
    pieces.forEach(({ square }, number) => {
      const weight = weights[number];
      this.#pixels(greys, () => this.#colourOf(weight), square);
      if (weight <= -FAINT) this.#outline(square, this.#colours("against"));
    });
  }

  leaveOutSquares({ pieces, pixels }, left) {
    const greys = this.#fitToPicture(pixels);
    this.#pixels(greys, () => this.#colours("blue"));
    for (const number of left) {
      this.#context.clearRect(...pieces[number].square);
      this.#outline(pieces[number].square, this.#colours("soft"));
    }
  }

  #colourOf(weight) {
    if (Math.abs(weight) < FAINT) return this.#colours("unmoved");
    const share = Math.round(25 + 75 * Math.abs(weight));
    const full = this.#colours(weight > 0 ? "for" : "against");
    return `color-mix(in srgb, ${full} ${share}%, ${this.#colours("unmoved")})`;
  }

  // As replay.js lays a frame on its canvas.
  #fitTo(frame) {
    const side = Math.max(frame.width, frame.height);
    const { width, height } = this.#size;
    const scale = Math.min(width, height) / side;
    const [left, top] = [(width - frame.width * scale) / 2, (height - frame.height * scale) / 2];
    this.#context.setTransform(scale, 0, 0, scale, left, top);
    this.#context.lineCap = this.#context.lineJoin = "round";
    return side;
  }

  #fitToPicture(pixels) {
    this.#context.setTransform(this.#size.width / SIDE, 0, 0, this.#size.height / SIDE, 0, 0);
    return decodePixels(pixels);
  }

  #line(points, width, colour) {
    const context = this.#context;
    Object.assign(context, { lineWidth: width, strokeStyle: colour });
    context.beginPath();
    context.moveTo(...points[0]);
    // A line to its own start gives a single point its round dot.
    for (const point of points.length > 1 ? points.slice(1) : points) context.lineTo(...point);
    context.stroke();
  }

  #pixels(greys, colour, [left, top, width, height] = [0, 0, SIDE, SIDE]) {
    this.#context.clearRect(left, top, width, height);
    this.#context.fillStyle = colour();
    for (let y = top; y < top + height; y += 1) {
      for (let x = left; x < left + width; x += 1) {
        this.#context.globalAlpha = greys[y * SIDE + x] / 255;
        this.#context.fillRect(x, y, 1, 1);
      }
    }
    this.#context.globalAlpha = 1;
  }

  #outline([left, top, width, height], colour) {
    Object.assign(this.#context, { lineWidth: 0.12, strokeStyle: colour });
    this.#context.strokeRect(left + 0.1, top + 0.1, width - 0.2, height - 0.2);
  }
}

function byStrength(weights) {
  return weights.map((_, number) => number).sort((a, b) => Math.abs(weights[a]) - Math.abs(weights[b]));
}

// The pieces of a part as lines, so that dots run on evenly from one to the next.
function runs(pieces, left) {
  const lines = [];
  let before = null;
  pieces.forEach(({ stroke, points }, number) => {
    if (!left.has(number)) return;
    if (before?.number === number - 1 && before.stroke === stroke) lines.at(-1).push(...points);
    else lines.push([...points]);
    before = { number, stroke };
  });
  return lines;
}
