"""Draws the site's charts as SVG. Styled by CSS classes alone, since the content security policy
forbids inline styles. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from recognizer.inference.percentages import percent_short

WIDTH, HEIGHT = 400, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28


@dataclass(frozen=True)
class Chart:
    """A chart with a sentence of explanation, and its figures as a table for who cannot see it.

    `legend` pairs a CSS class with a name; `trouble` is shown in place of a chart without data.
    """

    name: str
    title: str
    words: str
    svg: str
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)
    trouble: str = ""


@dataclass(frozen=True)
class Series:
    """Points (x, y), both in the data's units. `variant` is a CSS class: first or second. Without
    `dots` a line shows no single points, unless it has only one."""

    name: str
    variant: str
    points: Sequence[tuple[float, float]]
    dots: bool = True


@dataclass(frozen=True)
class Interval:
    """A share with its interval, all 0 to 1."""

    name: str
    low: float
    share: float
    high: float
    strong: bool = False


@dataclass(frozen=True)
class Axis:
    """The range of an axis, and how its values are written."""

    low: float
    high: float
    write: Callable[[float], str] = lambda value: f"{value:g}"
    ticks: int = 4

    def place(self, value: float) -> float:
        """The value as 0 to 1 along the axis; beyond an end it is clamped."""
        span = self.high - self.low
        return min(1.0, max(0.0, (value - self.low) / span)) if span else 0.5

    def steps(self) -> list[float]:
        return round_steps(self.low, self.high, self.ticks)


def round_steps(low: float, high: float, count: int) -> list[float]:
    """At most about `count` round values (1, 2 or 5 times a power of ten) from low to high."""
    if high <= low:
        return [low]
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def lines(name: str, title: str, words: str, series: Sequence[Series], *, x: Axis, y: Axis) -> str:
    """Lines over a number."""
    body = _grid(x, y) + "".join(_curve(one, x, y, radius=3) for one in series)
    return _svg(name, title, words, body)


def _curve(series: Series, x: Axis, y: Axis, *, radius: float) -> str:
    """A line through the points of a series, and its dots."""
    places = [(_x(x, a), _y(y, b)) for a, b in series.points]
    body = ""
    if len(places) > 1:
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        body = element("path", class_=f"line {series.variant}", d=path)
    if series.dots or len(places) == 1:
        body += "".join(
            element("circle", class_=f"dot {series.variant}", cx=a, cy=b, r=radius)
            for a, b in places
        )
    return body


def stacked(
    name: str, title: str, words: str, columns: Sequence[str], series: Sequence[Series]
) -> str:
    """Stacked bars. Each series has one point per column, whose y is its height."""
    heights = [sum(one.points[i][1] for one in series) for i in range(len(columns))]
    y = Axis(0, max([*heights, 1]), write=lambda value: f"{value:,.0f}")
    room = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    body = _rules(y) + _names_below(columns, room)
    for i in range(len(columns)):
        below = 0.0
        for one in series:
            height = one.points[i][1]
            if height:
                body += _block(one.variant, LEFT + i * room, room, y, below, below + height)
            below += height
    return _svg(name, title, words, body)


def beside(
    name: str, title: str, words: str, columns: Sequence[str], series: Sequence[Series]
) -> str:
    """Bars next to each other in each column: shares, 0 to 1."""
    y = Axis(0, max([0.01, *(b for one in series for _, b in one.points)]), write=percent_short)
    room = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    wide = room / (len(series) + 0.6)
    body = _rules(y) + _names_below(columns, room)
    for place, one in enumerate(series):
        for i, (_, share) in enumerate(one.points):
            left = LEFT + i * room + (place + 0.3) * wide
            body += _block(one.variant, left, wide, y, 0, share) if share else ""
    return _svg(name, title, words, body)


def _block(variant: str, left: float, room: float, y: Axis, low: float, high: float) -> str:
    gap = min(2.0, room / 4)
    top, bottom = _y(y, high), _y(y, low)
    return element(
        "rect", class_=f"block {variant}", x=left + gap / 2, y=top, width=room - gap,
        height=max(0.5, bottom - top),
    )  # fmt: skip


def _names_below(columns: Sequence[str], room: float) -> str:
    widest = max((len(name) for name in columns), default=0)
    every = max(1, math.ceil((6.5 * widest + 10) / room))
    # Counted from the last, which is today and always named.
    named = range((len(columns) - 1) % every, len(columns), every)
    return "".join(_below(LEFT + (i + 0.5) * room, columns[i]) for i in named)


def intervals(name: str, title: str, words: str, rows: Sequence[Interval]) -> str:
    """A forest plot: one share with its interval per line, from the top."""
    height = TOP + BOTTOM + 26 * max(1, len(rows))
    x = Axis(0, max([0.01, *(row.high for row in rows)]), write=percent_short)
    body = "".join(_upright(_x(x, value), height, x.write(value)) for value in x.steps())
    for i, row in enumerate(rows):
        y = TOP + 26 * (i + 0.5)
        variant = "strong" if row.strong else ""
        body += element("text", escape(row.name), class_=f"end {variant}", x=LEFT - 8, y=y + 4)
        body += _line(f"reach {variant}", _x(x, row.low), y, _x(x, row.high), y)
        body += element("circle", class_=f"dot first {variant}", cx=_x(x, row.share), cy=y, r=4.5)
    return _svg(name, title, words, body, height=height)


def reliability(name: str, title: str, words: str, series: Sequence[Series]) -> str:
    """A reliability diagram: accuracy against confidence, both 0 to 1, with the diagonal on which a
    calibrated model lies."""
    square = Axis(0, 1, write=percent_short, ticks=4)
    body = _grid(square, square)
    body += _line("honest", _x(square, 0), _y(square, 0), _x(square, 1), _y(square, 1))
    body += "".join(_curve(one, square, square, radius=3.5) for one in series)
    return _svg(name, title, words, body)


def element(tag: str, body: str = "", **attributes: object) -> str:
    """An SVG element; `class_` becomes class, `_` becomes `-`, floats have one decimal."""
    words = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_written(value)}"'
        for name, value in attributes.items()
    )
    return f"<{tag}{words}>{body}</{tag}>" if body else f"<{tag}{words}/>"


def _written(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else escape(str(value))


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM)


def _grid(x: Axis, y: Axis) -> str:
    return _rules(y) + "".join(_below(_x(x, value), x.write(value)) for value in x.steps())


def _rules(y: Axis) -> str:
    body = ""
    for value in y.steps():
        place = _y(y, value)
        body += _line("rule", LEFT, place, WIDTH - RIGHT, place)
        body += element("text", escape(y.write(value)), class_="end", x=LEFT - 8, y=place + 4)
    return body


def _upright(x: float, height: float, words: str) -> str:
    text = element("text", escape(words), class_="middle", x=x, y=height - 9)
    return _line("rule", x, TOP, x, height - BOTTOM) + text


def _below(x: float, words: str) -> str:
    return element("text", escape(words), class_="middle", x=x, y=HEIGHT - 9)


def _line(variant: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return element("line", class_=variant, x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2))


def _svg(name: str, title: str, words: str, body: str, *, height: float = HEIGHT) -> str:
    named = element("title", escape(title), id=f"{name}-title")
    described = element("desc", escape(words), id=f"{name}-words")
    return element(
        "svg", named + described + body, class_="plot", viewBox=f"0 0 {WIDTH} {height:g}",
        role="img", aria_labelledby=f"{name}-title {name}-words",
    )  # fmt: skip
