// Shows the probabilities of the ten digits as bars, which move by CSS transforms alone.

/** Shows ten probabilities in the [data-bar] elements of `root`; null empties them. */
export function showBars(root, probabilities) {
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : null;
  root.querySelectorAll("[data-bar]").forEach((bar, digit) => {
    const share = probabilities?.[digit] ?? 0;
    bar.classList.toggle("best", digit === best);
    bar.querySelector("[data-fill]").style.transform = `scaleY(${share.toFixed(4)})`;
    bar.querySelector("[data-value]").textContent = probabilities ? String(inPercent(share)) : "";
  });
}

/** Shows each digit of a number, {digit, confidence}, with its own bar; none of no number. */
export function showFigures(root, parts) {
  root.querySelector("[data-part=figures]").replaceChildren(...parts.map(figure));
}

function figure({ digit, confidence }) {
  const item = document.createElement("li");
  const [track, fill] = [piece("track"), piece("fill")];
  fill.style.transform = `scaleY(${confidence.toFixed(4)})`;
  track.append(fill);
  item.append(track, piece("digit", digit ?? "?"), piece("value", String(inPercent(confidence))));
  return item;
}

function piece(className, textContent = "") {
  return Object.assign(document.createElement("span"), { className, textContent });
}

/** 98.2 of 0.98299: cut and not rounded, as recognizer/wording.py cuts a share. */
function inPercent(share) {
  return Math.floor(share * 1000) / 10;
}

/** "98.2%", or without its unit "98.2". */
export function percent(share, unit = "%") {
  return inPercent(share).toFixed(1) + unit;
}
