// Frames each digit of a number, on a layer over the sheet.

/**
 * Frames parts of an answer in `layer`, which covers the sheet. `frame` is the size of the drawing
 * in the units of their places; it lies on the sheet as large as it fits, in the middle.
 */
export function showDigitFrames(layer, parts, frame) {
  layer.replaceChildren(...parts.map((part) => framed(part, frame)));
}

function framed({ digit, place }, { width, height }) {
  const side = Math.max(width, height);
  const [x, y, w, h] = place;
  const mark = document.createElement("span");
  mark.dataset.digit = digit ?? "?";
  Object.assign(mark.style, {
    left: share(x + (side - width) / 2, side),
    top: share(y + (side - height) / 2, side),
    width: share(w, side),
    height: share(h, side),
  });
  return mark;
}

function share(length, side) {
  return `${((length / side) * 100).toFixed(2)}%`;
}
