"""The notebook's canvas: draw a digit in Matplotlib and see the network's answer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backend_bases import Event, MouseButton, MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.widgets import Button

from recognizer.inference.classifier import SIDE, Answer, Classifier, Thresholds
from recognizer.ink import rasterize, strokes
from recognizer.ink.arrays import Picture

ACCENT, PALE, PEN = "#2563eb", "#93c5fd", "#22398f"
# The canvas's side in its own units; y points down, as in every drawing.
PAPER = 280
# A 7, to show where there is no mouse.
EXAMPLE = [[[70, 70], [205, 72], [165, 140], [130, 230]]]

Lists = Sequence[Sequence[Sequence[float]]]


class Canvas:
    """A figure with paper to draw on, the network's input, and the ten probabilities.

    `version` is the ink version that the network was trained on.
    Keep it in a variable: Matplotlib holds only weak references to event handlers.
    `strokes` is what was drawn, [[[x, y], ...], ...] in 0 to PAPER. `seen` is the network's input,
    uint8 [28, 28], and `answer` its answer; both are None before the first stroke.
    """

    def __init__(self, figure: Figure, classifier: Classifier, *, version: int) -> None:
        self.figure, self.classifier, self.version = figure, classifier, version
        self.strokes: list[list[list[float]]] = []
        self.drawing = False
        self._lay_out()
        self._connect()
        self.clear()

    @property
    def has_mouse(self) -> bool:
        """Whether one can draw: the plain Agg canvas, a notebook's default, has no mouse."""
        return type(self.figure.canvas) is not FigureCanvasAgg

    def clear(self, event: Event | None = None) -> None:
        """Remove all strokes; `event` is the button's."""
        self.show([])

    def show(self, drawn: Lists) -> None:
        """Replace the strokes by these, and recognise them."""
        self.strokes = [[list(point) for point in stroke] for stroke in drawn]
        for line in list(self.paper.lines):
            line.remove()
        for stroke in self.strokes:
            self._line(stroke)
        self.read()

    def read(self) -> None:
        """Recognise the strokes, and show the answer."""
        self.seen: Picture | None = None
        self.answer: Answer | None = None
        words = "Draw a digit here."
        if self.strokes:
            words = self._ask()
        self.paper.set_title(words)
        self._show_answer()
        self.figure.canvas.draw_idle()

    def _ask(self) -> str:
        try:
            drawn = strokes.parse(self.strokes, width=PAPER, height=PAPER)
        except strokes.BadStrokes as error:
            return str(error)
        self.seen = rasterize.from_strokes(drawn, version=self.version)
        self.answer = self.classifier.classify(self.seen[np.newaxis])[0]
        return _words(self.answer, thresholds=self.classifier.thresholds)

    def _show_answer(self) -> None:
        self.picture.set_data(np.zeros((SIDE, SIDE)) if self.seen is None else self.seen)
        shares = [0.0] * 10 if self.answer is None else self.answer.probabilities
        for bar, share in zip(self.bars, shares, strict=True):
            bar.set_width(share)
            bar.set_color(ACCENT if share and share == max(shares) else PALE)

    def _lay_out(self) -> None:
        self.paper, view, chart = self.figure.subplots(1, 3, width_ratios=[3, 2, 3])
        self.figure.subplots_adjust(left=0.03, right=0.97, bottom=0.16, wspace=0.2)
        self.paper.set(xlim=(0, PAPER), ylim=(PAPER, 0), aspect="equal", xticks=[], yticks=[])
        self.paper.set_anchor("W")
        self.picture = view.imshow(np.zeros((SIDE, SIDE)), cmap="gray", vmin=0, vmax=255)
        view.set(title="What the network saw", xticks=[], yticks=[])
        self.bars = chart.barh(range(10), [0.0] * 10)
        chart.set(title="Probabilities", xlim=(0, 1), ylim=(9.6, -0.6), yticks=range(10))
        # Kept: Matplotlib does not hold a reference to the button.
        self._button = Button(self.figure.add_axes((0.03, 0.03, 0.1, 0.08)), "Clear")

    def _connect(self) -> None:
        self._button.on_clicked(self.clear)
        connect = self.figure.canvas.mpl_connect
        connect("button_press_event", self._press)
        connect("motion_notify_event", self._move)
        connect("button_release_event", self._release)

    def _press(self, event: MouseEvent) -> None:
        # The toolbar's zoom and pan lock the figure. In a browser a double click is reported only
        # after its second press and release.
        ignored = self.figure.canvas.widgetlock.locked() or event.dblclick
        if ignored or event.button != MouseButton.LEFT or event.inaxes is not self.paper:
            return
        self.drawing = True
        self.strokes.append([_point(event)])
        self._line(self.strokes[-1])
        self.figure.canvas.draw_idle()

    def _move(self, event: MouseEvent) -> None:
        if not self.drawing:
            return
        # The button was released outside the figure.
        if MouseButton.LEFT not in event.buttons:  # type: ignore[attr-defined]  # the stubs lack it
            self._end()
        # Outside the paper nothing is drawn: the stroke continues where the pen comes back.
        elif event.inaxes is self.paper:
            self._draw_to(_point(event))

    def _draw_to(self, point: list[float]) -> None:
        self.strokes[-1].append(point)
        self.paper.lines[-1].set_data(*zip(*self.strokes[-1], strict=True))
        self.figure.canvas.draw_idle()

    def _release(self, event: MouseEvent) -> None:
        if self.drawing and event.button == MouseButton.LEFT:
            self._end()

    def _end(self) -> None:
        self.drawing = False
        self.read()

    def _line(self, stroke: Sequence[Sequence[float]]) -> None:
        # Round caps make a single point visible as a dot.
        style: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round"}
        self.paper.plot(*zip(*stroke, strict=True), color=PEN, linewidth=9, **style)


def _point(event: MouseEvent) -> list[float]:
    assert event.xdata is not None and event.ydata is not None  # it is on the paper
    return [float(event.xdata), float(event.ydata)]


def _words(answer: Answer, *, thresholds: Thresholds) -> str:
    best = int(np.argmax(answer.probabilities))
    if answer.digit is not None:
        return f"{best}, {answer.confidence:.0%} sure"
    if answer.is_digit < thresholds.is_digit:
        return "Not a digit"
    return f"Unsure: a {best}?"
