// The ink on the sheet: strokes or a picture, with undo and redo. Pure: knows no page, no canvas.

export const MOST_STROKES = 200;
export const MOST_POINTS = 5000;
const LONGEST_TIME = 86_400_000;
const PAUSE_AFTER_RESTORE = 500;

// Points nearer than this to the one before say nothing new. Once a sheet fills up, fewer are kept.
const NEAREST = 1;
const NEAREST_WHEN_FILLING = 3;
const FILLING = 3000;

const BLANK = Object.freeze({ strokes: Object.freeze([]), picture: null });

/** The ink: a row of states, each a list of strokes or one picture, and where in it we stand. */
export class Ink {
  #past = [];
  #future = [];
  #dropped = []; // the future that the last stroke made void
  #now = BLANK;
  #origin = null;
  /** The size that coordinates refer to: the sheet's when its first point was drawn. */
  frame = { width: 1, height: 1 };

  get strokes() { return this.#now.strokes; }
  get picture() { return this.#now.picture; }
  get isBlank() { return this.strokes.length === 0 && this.picture === null; }
  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }
  get points() { return this.strokes.reduce((sum, stroke) => sum + stroke.length, 0); }

  /** Begins a stroke at {x, y, t, pressure?}, t from any clock. False where no more fit. */
  begin(point) {
    if (this.strokes.length >= MOST_STROKES || this.points >= MOST_POINTS) return false;
    this.#start(point.t);
    this.#go({ strokes: [...this.strokes, [this.#timed(point)]], picture: null });
    return true;
  }

  /** Adds to the last stroke. "near": too near to matter; "full": the sheet takes no more. */
  extend(point) {
    const stroke = this.strokes.at(-1);
    const last = stroke.at(-1);
    const points = this.points;
    if (points >= MOST_POINTS) return "full";
    const nearest = points < FILLING ? NEAREST : NEAREST_WHEN_FILLING;
    if (Math.hypot(point.x - last.x, point.y - last.y) < nearest) return "near";
    stroke.push(this.#timed(point));
    return "added";
  }

  /** Forgets the stroke being written as if it had never begun: it was a palm's. */
  abandon() {
    this.#now = this.#past.pop();
    this.#future = this.#dropped;
  }

  /** Puts a picture in place of the strokes. */
  place(picture) {
    this.#go({ strokes: [], picture });
  }

  clear() {
    if (!this.isBlank) this.#go(BLANK);
  }

  undo() {
    if (!this.canUndo) return;
    this.#future.push(this.#now);
    this.#now = this.#past.pop();
  }

  redo() {
    if (!this.canRedo) return;
    this.#past.push(this.#now);
    this.#now = this.#future.pop();
  }

  /** A new sheet: nothing to undo. */
  renew() {
    this.#past = [];
    this.#future = [];
    this.#now = BLANK;
    this.#origin = null;
  }

  /** Takes up strokes written by `asData`. */
  restore({ strokes, width, height }) {
    this.renew();
    this.frame = { width, height };
    for (const stroke of strokes) {
      this.#go({ strokes: [...this.strokes, stroke.map(fromData)], picture: null });
    }
  }

  /** The strokes as the API takes them. */
  asData() {
    const { width, height } = this.frame;
    const first = this.strokes[0]?.[0].t ?? 0;
    return { strokes: this.strokes.map((stroke) => strokeData(stroke, first)), width, height };
  }

  #go(state) {
    this.#past.push(this.#now);
    this.#dropped = this.#future;
    this.#future = [];
    this.#now = state;
  }

  #start(t) {
    const last = this.strokes.at(-1)?.at(-1);
    if (!last) this.#origin = t;
    else if (this.#origin === null || t - this.#origin < last.t) {
      this.#origin = t - last.t - PAUSE_AFTER_RESTORE;
    }
  }

  #timed(point) {
    return { ...point, t: point.t - this.#origin };
  }
}

function strokeData(stroke, first) {
  const pressed = hasPressure(stroke);
  return stroke.map(({ x, y, t, pressure }) => {
    const time = Math.min(Math.max(Math.round(t - first), 0), LONGEST_TIME);
    const point = [rounded(x, 2), rounded(y, 2), time];
    return pressed ? [...point, rounded(pressure, 3)] : point;
  });
}

function fromData([x, y, t = 0, pressure]) {
  return { x, y, t, pressure };
}

/** Whether the device measured it: pens that cannot say 0.5 for every point. */
export function hasPressure(stroke) {
  const known = stroke.every((point) => typeof point.pressure === "number");
  return known && stroke.some((point) => point.pressure !== 0.5 && point.pressure > 0);
}

function rounded(value, decimals) {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}
