// Ten bars, one a digit, moved by transform alone.

/** Shows ten probabilities in the [data-bar] elements of `root`; null empties them. */
export function showBars(root, probabilities) {
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : null;
  root.querySelectorAll("[data-bar]").forEach((bar, digit) => {
    const share = probabilities?.[digit] ?? 0;
    bar.classList.toggle("best", digit === best);
    bar.querySelector("[data-fill]").style.transform = `scaleY(${share.toFixed(4)})`;
    bar.querySelector("[data-value]").textContent = probabilities ? whole(share) : "";
  });
}

function whole(share) {
  return String(Math.min(Math.round(share * 100), share < 1 ? 99 : 100));
}
