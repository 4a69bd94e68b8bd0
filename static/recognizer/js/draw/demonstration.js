// Shows a visitor what the page does: a digit is written on the blank sheet and read as it is
// written. Whatever the visitor does ends it and clears the sheet.

const STARTS_AFTER = 1200; // milliseconds
const PACE = 0.0011; // shares of the sheet's side a millisecond
const LIFT = 180; // milliseconds between strokes

// Digits as a person writes them, in shares of the sheet's side.
const STROKES = {
  0: [[[0.5, 0.17], [0.38, 0.24], [0.31, 0.4], [0.31, 0.6], [0.38, 0.76], [0.5, 0.83], [0.62, 0.76],
    [0.69, 0.6], [0.69, 0.4], [0.62, 0.24], [0.5, 0.17]]],
  2: [[[0.33, 0.32], [0.38, 0.22], [0.5, 0.18], [0.62, 0.23], [0.64, 0.36], [0.56, 0.5], [0.44, 0.65],
    [0.33, 0.8], [0.5, 0.8], [0.68, 0.8]]],
  3: [[[0.33, 0.28], [0.4, 0.2], [0.5, 0.17], [0.6, 0.2], [0.65, 0.28], [0.62, 0.38], [0.52, 0.46],
    [0.45, 0.48], [0.55, 0.49], [0.65, 0.56], [0.69, 0.66], [0.64, 0.76], [0.53, 0.82], [0.42, 0.82],
    [0.33, 0.75]]],
  4: [[[0.55, 0.2], [0.35, 0.55], [0.68, 0.55]], [[0.58, 0.35], [0.57, 0.6], [0.56, 0.82]]],
  7: [[[0.28, 0.22], [0.55, 0.23], [0.72, 0.21], [0.62, 0.42], [0.53, 0.62], [0.46, 0.82]],
    [[0.36, 0.53], [0.5, 0.51], [0.66, 0.51]]],
};
const FIRST = 7;

export class Demonstration {
  #page;
  #editor;
  #turn = 0; // counts what was begun, so that an earlier one notices that it is over

  constructor({ page, editor }) {
    this.#page = page;
    this.#editor = editor;
    for (const name of ["pointerdown", "keydown", "paste", "drop"]) {
      document.addEventListener(name, (event) => this.#interrupted(event), { capture: true });
    }
    page.querySelector("[data-part=examples]").addEventListener("click", (event) => {
      const example = event.target.closest("[data-example]");
      if (example) this.show(example.dataset.example);
    });
  }

  get #shows() { return "demonstration" in this.#page.dataset; }

  /** Shows one digit by itself, unless the visitor is sooner or wants nothing to move. */
  start() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const turn = this.#turn;
    setTimeout(() => {
      if (turn === this.#turn && this.#editor.ink.isBlank) this.show(FIRST);
    }, STARTS_AFTER);
  }

  /** Writes this digit, in place of one that is shown. */
  async show(digit) {
    this.#end();
    if (!this.#editor.ink.isBlank) return;
    this.#page.dataset.demonstration = digit;
    const turn = this.#turn;
    for (const stroke of STROKES[digit]) {
      if (!(await this.#write(stroke, () => turn === this.#turn))) return;
      await passed(LIFT);
    }
  }

  // True where the stroke was written to its end.
  async #write(stroke, goesOn) {
    const side = this.#editor.side;
    const began = await frame();
    const at = (now) => ({ ...placeOn(stroke, (now - began) * PACE, side), t: now });
    if (!goesOn() || !this.#editor.pen.begin(at(began))) return false;
    for (let now = began; (now - began) * PACE < lengthOf(stroke);) {
      now = await frame();
      if (!goesOn()) return false;
      this.#editor.pen.move([at(now)]);
    }
    this.#editor.pen.end();
    return true;
  }

  #interrupted(event) {
    if (event.type === "keydown" && ["Tab", "Shift"].includes(event.key)) return;
    if (this.#shows && event.target.closest?.("[data-do=why]")) return;
    // The click will: cleared now, the page could move the button from under the finger.
    if (event.type === "pointerdown" && event.target.closest?.("[data-example]")) return;
    this.#end();
  }

  #end() {
    this.#turn += 1;
    if (!this.#shows) return;
    this.#editor.writing = false;
    this.#editor.renew();
    delete this.#page.dataset.demonstration;
  }
}

const frame = () => new Promise(requestAnimationFrame);
const passed = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function lengths(stroke) {
  return stroke.slice(1).map(([x, y], n) => Math.hypot(x - stroke[n][0], y - stroke[n][1]));
}

function lengthOf(stroke) {
  return lengths(stroke).reduce((sum, length) => sum + length, 0);
}

// Where the pen is after so much of the stroke, in pixels; corners are rounded by a spline (E. Catmull
// and R. Rom, 1974).
function placeOn(stroke, length, side) {
  const parts = lengths(stroke);
  let left = Math.min(length, lengthOf(stroke));
  let n = 0;
  while (n < parts.length - 1 && left > parts[n]) left -= parts[n++];
  const share = Math.min(left / parts[n], 1);
  const points = [n - 1, n, n + 1, n + 2].map((k) => stroke[Math.min(Math.max(k, 0), stroke.length - 1)]);
  const [x, y] = [0, 1].map((axis) => spline(points.map((point) => point[axis]), share));
  return { x: x * side, y: y * side };
}

function spline([a, b, c, d], t) {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
