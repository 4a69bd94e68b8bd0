// Draws the curves of a run, as SVG.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [400, 220, 44, 12, 12, 28];

/** Draws `points` ([{step, loss, accuracy, validation}], values may be null) in the page's plots. */
export function drawCurves(root, points) {
  root.hidden = points.length === 0;
  if (root.hidden) return;
  const steps = span(points.map((point) => point.step), 0);
  const loss = known(points, "loss");
  draw(root.querySelector("[data-curve=loss]"), steps, span(values(loss), 0),
    [{ look: "first", points: loss }], (value) => `${value}`);
  const accuracy = { look: "second", points: known(points, "accuracy") };
  const validation = { look: "first", points: known(points, "validation"), dots: true };
  const both = values([...accuracy.points, ...validation.points]);
  const lowest = Math.min(0.9, ...both);
  draw(root.querySelector("[data-curve=accuracy]"), steps, { low: lowest, high: 1 },
    [accuracy, validation], percent);
}

function known(points, name) {
  return points.filter((point) => point[name] !== null && point[name] !== undefined)
    .map((point) => ({ x: point.step, y: point[name] }));
}

function values(points) {
  return points.map((point) => point.y);
}

function span(all, low) {
  return { low, high: Math.max(low + 1e-6, ...all) };
}

function percent(value) {
  return `${Number((value * 100).toPrecision(4))} %`;
}

function draw(plot, x, y, series, write) {
  const across = (value) => LEFT + ((value - x.low) / (x.high - x.low)) * (WIDTH - LEFT - RIGHT);
  const up = (value) => HEIGHT - BOTTOM
    - Math.max(0, Math.min(1, (value - y.low) / (y.high - y.low))) * (HEIGHT - TOP - BOTTOM);
  plot.replaceChildren(
    ...steps(y, 4).flatMap((value) => [
      make("line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: up(value), y2: up(value) }),
      make("text", { class: "end", x: LEFT - 8, y: up(value) + 4 }, write(value)),
    ]),
    ...steps(x, 4).map((value) => make("text", { class: "middle", x: across(value), y: HEIGHT - 9 },
      value.toLocaleString("en"))),
    ...series.flatMap((one) => line(one, across, up)),
  );
}

function line({ look, points, dots }, across, up) {
  const places = points.map(({ x, y }) => `${across(x).toFixed(1)} ${up(y).toFixed(1)}`);
  const drawn = places.length > 1 ? [make("path", { class: `line ${look}`, d: `M${places.join("L")}` })] : [];
  if (!dots && places.length > 1) return drawn;
  return [...drawn, ...points.map(({ x, y }) => make("circle", {
    class: `dot ${look}`, cx: across(x), cy: up(y), r: 3,
  }))];
}

/** Round values (1, 2 or 5 times a power of ten) from low to high, about `count` of them. */
function steps({ low, high }, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((each) => each >= rough * 0.999);
  const found = [];
  for (let n = Math.ceil(low / step - 1e-9); n <= Math.floor(high / step + 1e-9); n += 1) {
    found.push(Number((n * step).toPrecision(12)));
  }
  return found;
}

function make(name, attributes, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}
