// Draws strokes on a 2D context, as smooth curves whose width follows the pressure, or else the
// speed.

import { hasPressure } from "./ink.js";

// As shares of the sheet's width.
const WIDTH = 0.034;
const FAST = 0.0022; // sheet widths a millisecond
const STEP = 2.5; // units that a width is held for
const EASE = 0.14; // how quickly the width follows

/** The pen's width at every point of a stroke, in the frame's units. */
function widths(stroke, side) {
  const wanted = hasPressure(stroke) ? byPressure : bySpeed;
  let width = WIDTH * side;
  return stroke.map((point, index) => {
    const target = WIDTH * side * wanted(point, stroke[index - 1], side);
    width += (target - width) * EASE;
    return width;
  });
}

function byPressure(point) {
  return 0.35 + 1.3 * point.pressure;
}

function bySpeed(point, before, side) {
  if (!before || point.t <= before.t) return 1;
  const speed = Math.hypot(point.x - before.x, point.y - before.y) / (point.t - before.t);
  return 1.18 - 0.55 * Math.min(speed / (FAST * side), 1);
}

/** Draws a stroke's points from index `from` on, so that a growing stroke costs its tip alone. */
export function drawStroke(context, stroke, side, from = 0) {
  const thick = widths(stroke, side);
  context.lineCap = context.lineJoin = "round";
  if (stroke.length === 1) return drawDot(context, stroke[0], thick[0]);
  for (let index = Math.max(from, 1); index < stroke.length; index += 1) {
    drawPiece(context, stroke, index, [thick[index - 1], thick[index]]);
  }
}

function drawDot(context, point, width) {
  context.beginPath();
  context.arc(point.x, point.y, width / 2, 0, 2 * Math.PI);
  context.fill();
}

// From the middle of the piece before to the middle of this one, bent towards the point between;
// the first begins and the last ends at its point itself.
function drawPiece(context, stroke, index, [thin, thick]) {
  const [before, bend, here] = [stroke[index - 2], stroke[index - 1], stroke[index]];
  const start = before ? middle(before, bend) : bend;
  const last = index === stroke.length - 1;
  const end = last ? here : middle(bend, here);
  const steps = Math.max(1, Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / STEP));
  let from = start;
  for (let step = 1; step <= steps; step += 1) {
    const to = onCurve(start, bend, end, step / steps);
    drawLine(context, from, to, thin + ((thick - thin) * step) / steps);
    from = to;
  }
}

function drawLine(context, from, to, width) {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}

function onCurve(start, bend, end, share) {
  const [a, b, c] = [(1 - share) ** 2, 2 * share * (1 - share), share ** 2];
  return { x: a * start.x + b * bend.x + c * end.x, y: a * start.y + b * bend.y + c * end.y };
}

function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
