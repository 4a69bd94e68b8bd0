// Writing with the keyboard alone: the arrow keys move a pen, Space sets it down and lifts it.

const STEP = 0.04; // of the sheet; a quarter of it with Shift
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Moves `pen` over the canvas and calls begin, move and end as `followPointer` does. */
export function followKeys(canvas, pen, { begin, move, end }) {
  let [x, y] = [0.4, 0.2];
  let down = false;

  const point = (event) => (
    { x: x * canvas.clientWidth, y: y * canvas.clientHeight, t: event.timeStamp }
  );
  const show = () => {
    pen.style.transform = `translate(${x * canvas.clientWidth}px, ${y * canvas.clientHeight}px)`;
    pen.dataset.down = down;
  };
  const go = (event) => {
    const step = event.shiftKey ? STEP / 4 : STEP;
    const [right, below] = WAYS[event.key];
    x = Math.min(Math.max(x + right * step, 0), 1);
    y = Math.min(Math.max(y + below * step, 0), 1);
    if (down) move([point(event)]);
  };
  const lift = () => {
    if (down) end();
    down = false;
    show();
  };

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (WAYS[event.key]) go(event);
    else if (event.key !== " ") return;
    else if (event.repeat) event.preventDefault();
    else if (down) lift();
    else down = begin(point(event), event);
    event.preventDefault();
    show();
  });
  canvas.addEventListener("focus", show);
  canvas.addEventListener("blur", lift);
}
