"""A canvas to draw a digit on in Matplotlib: it is read at the end of each stroke. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backend_bases import Event, MouseButton, MouseEvent
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.widgets import Button

from recognizer.inference.classifier import SIDE, Answer, Classifier, Thresholds
from recognizer.ink import rasterize, strokes

ACCENT, PALE, PEN = "#2563eb", "#93c5fd", "#22398f"
# The paper's side in its own units; y points down, as in every drawing.
PAPER = 280
# A 7 for where there is no mouse.
EXAMPLE = [[[70, 70], [205, 72], [165, 140], [130, 230]]]

Lists = Sequence[Sequence[Sequence[float]]]


class Canvas:
    """A figure with a paper to draw on, what the network saw of it, and ten probabilities.

    Keep it in a variable: Matplotlib does not hold what listens to a figure.
    `strokes` is what was drawn: [[[x, y], ...], ...], 0 to PAPER. `seen` uint8 [28, 28] and
    `answer` are the network's, or None before the first stroke.
    """

    def __init__(self, figure: Figure, classifier: Classifier) -> None:
        self.figure, self.classifier = figure, classifier
        self.strokes: list[list[list[float]]] = []
        self.drawing = False
        self._lay_out()
        self._connect()
        self.clear()

    @property
    def has_mouse(self) -> bool:
        """Whether one can draw: the plain Agg canvas, which notebooks show by default, is deaf."""
        return type(self.figure.canvas) is not FigureCanvasAgg

    def clear(self, event: Event | None = None) -> None:
        """Take away all that was drawn; `event` is the button's."""
        self.show([])

    def show(self, drawn: Lists) -> None:
        """Put these strokes on the paper, in place of what is there, and read them."""
        self.strokes = [[list(point) for point in stroke] for stroke in drawn]
        for line in list(self.paper.lines):
            line.remove()
        for stroke in self.strokes:
            self._line(stroke)
        self.read()

    def read(self) -> None:
        """Ask the network about what is on the paper, and show what it says."""
        self.seen: rasterize.Picture | None = None
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
        self.seen = rasterize.from_strokes(drawn, version=rasterize.DEFAULT_VERSION)
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
        # A button works only as long as someone holds it.
        self._button = Button(self.figure.add_axes((0.03, 0.03, 0.1, 0.08)), "Clear")

    def _connect(self) -> None:
        self._button.on_clicked(self.clear)
        hears = self.figure.canvas.mpl_connect
        hears("button_press_event", self._press)
        hears("motion_notify_event", self._move)
        hears("button_release_event", self._release)

    def _press(self, event: MouseEvent) -> None:
        # A toolbar's zoom or pan locks the figure: then the mouse is not a pen. A browser tells
        # of a double click only after its second press and release.
        busy = self.figure.canvas.widgetlock.locked() or event.dblclick
        if busy or event.button != MouseButton.LEFT or event.inaxes is not self.paper:
            return
        self.drawing = True
        self.strokes.append([_point(event)])
        self._line(self.strokes[-1])
        self.figure.canvas.draw_idle()

    def _move(self, event: MouseEvent) -> None:
        if not self.drawing:
            return
        # The button was let go where nobody told the figure.
        if MouseButton.LEFT not in event.buttons:  # type: ignore[attr-defined]  # the stubs lack it
            self._end()
        # What is drawn beside the paper is left out: the line goes on where the pen comes back.
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
        # A line's round ends make a dot of a single point.
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
