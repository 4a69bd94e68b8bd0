"""Tests the notebook's canvas, with mouse events as a browser sends them."""

import hashlib

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_webagg_core import FigureCanvasWebAggCore
from matplotlib.figure import Figure

from recognizer.inference.classifier import Classifier
from recognizer.ink import rasterize, strokes
from recognizer.registry import SHIPPED
from tests import networks
from training.ml.report.notebook_canvas import EXAMPLE, PAPER, Canvas

# Buttons as a browser numbers them: which one, and the sum of those that are down.
LEFT, RIGHT = (0, 1), (2, 2)


def canvas_of(onnx: bytes, *, version: int = 1) -> Canvas:
    # What ipympl shows in a notebook is a child of this class, and hears by it.
    figure = FigureCanvasWebAggCore(Figure(figsize=(9, 4))).figure
    return Canvas(
        figure, Classifier(onnx, sha256=hashlib.sha256(onnx).hexdigest()), version=version
    )


def tell(canvas: Canvas, kind: str, point, *, on: Axes | None = None, button=LEFT, down=True):
    """One event at a point of the paper (or of other axes), as the browser sends it."""
    x, y = (on or canvas.paper).transData.transform(point)
    place = {"x": x, "y": canvas.figure.bbox.height - y, "modifiers": []}
    event = place | {"button": button[0], "buttons": button[1] if down else 0, "type": kind}
    canvas.figure.canvas.handle_event(event)


def draw(canvas: Canvas, stroke, *, button=LEFT) -> None:
    tell(canvas, "button_press", stroke[0], button=button)
    for point in stroke[1:]:
        tell(canvas, "motion_notify", point, button=button)
    tell(canvas, "button_release", stroke[-1], button=button, down=False)


def test_a_stroke_is_read_when_it_ends() -> None:
    canvas = canvas_of((SHIPPED / "model.onnx").read_bytes())
    draw(canvas, EXAMPLE[0])

    assert np.allclose(canvas.strokes, EXAMPLE)
    assert canvas.answer is not None and canvas.answer.digit == 7
    assert canvas.paper.get_title().startswith("7, ")
    drawn = strokes.parse(EXAMPLE, width=PAPER, height=PAPER)
    assert np.array_equal(canvas.picture.get_array(), rasterize.from_strokes(drawn, version=1))
    shown = [bar.get_width() for bar in canvas.bars]
    assert shown == canvas.answer.probabilities and shown.index(max(shown)) == 7


def test_the_network_sees_its_own_ink_version(second_ink) -> None:
    first, second = (canvas_of(networks.saying(4), version=one) for one in (1, second_ink))
    for canvas in (first, second):
        canvas.show(EXAMPLE)
    assert np.array_equal(second.seen, first.seen[::-1])


def test_it_is_read_at_the_end_of_every_stroke_and_not_before() -> None:
    canvas = canvas_of(networks.saying(4))
    tell(canvas, "button_press", (50, 50))
    tell(canvas, "motion_notify", (50, 150))
    assert canvas.answer is None and len(canvas.paper.lines) == 1
    tell(canvas, "button_release", (50, 150), down=False)
    first = canvas.seen
    draw(canvas, [(150, 50), (150, 250)])
    assert len(canvas.strokes) == 2 and not np.array_equal(canvas.seen, first)


def test_the_mouse_without_its_left_button_draws_nothing() -> None:
    canvas = canvas_of(networks.saying(4))
    draw(canvas, EXAMPLE[0], button=RIGHT)
    tell(canvas, "motion_notify", (50, 150), down=False)
    assert canvas.strokes == [] and canvas.answer is None


def test_only_the_paper_is_drawn_on() -> None:
    canvas = canvas_of(networks.saying(4))
    beside = (PAPER + 20, 100)
    draw(canvas, [beside, (100, 100)])
    assert canvas.strokes == []
    draw(canvas, [(100, 100), beside, (100, 200), beside])
    assert np.allclose(canvas.strokes, [[[100, 100], [100, 200]]])
    assert canvas.answer is not None


def test_a_button_let_go_outside_the_window_ends_the_stroke() -> None:
    canvas = canvas_of(networks.saying(4))
    tell(canvas, "button_press", (50, 50))
    tell(canvas, "motion_notify", (50, 150))
    tell(canvas, "motion_notify", (200, 150), down=False)
    tell(canvas, "motion_notify", (200, 250), down=False)
    assert np.allclose(canvas.strokes, [[[50, 50], [50, 150]]]) and canvas.answer is not None


def test_a_double_click_leaves_no_pen_down() -> None:
    canvas = canvas_of(networks.saying(4))
    draw(canvas, [(50, 50)])
    tell(canvas, "dblclick", (50, 50), down=False)
    tell(canvas, "motion_notify", (50, 150))
    assert np.allclose(canvas.strokes, [[[50, 50]]])


def test_nothing_is_drawn_while_the_toolbar_zooms() -> None:
    canvas = canvas_of(networks.saying(4))
    canvas.figure.canvas.widgetlock(canvas)
    draw(canvas, EXAMPLE[0])
    assert canvas.strokes == []


def test_the_button_clears_all() -> None:
    canvas = canvas_of(networks.saying(4))
    draw(canvas, EXAMPLE[0])
    button = canvas.figure.axes[-1]
    for kind in ("button_press", "button_release"):
        tell(canvas, kind, (0.5, 0.5), on=button)
    assert canvas.strokes == [] and canvas.answer is None and not canvas.paper.lines
    assert canvas.paper.get_title() == "Draw a digit here."
    assert not canvas.picture.get_array().any()
    assert not any(bar.get_width() for bar in canvas.bars)


def test_it_says_when_it_sees_no_digit_or_is_not_sure() -> None:
    strange, unsure = networks.saying(4, is_digit=0.2), networks.saying(4, sure=0.4)
    for onnx, words in ((strange, "Not a digit"), (unsure, "Unsure: a 4?")):
        canvas = canvas_of(onnx)
        draw(canvas, EXAMPLE[0])
        assert canvas.paper.get_title() == words


def test_too_many_strokes_are_refused_in_words_and_kept() -> None:
    canvas = canvas_of(networks.saying(4))
    canvas.show([[[100, 100]]] * strokes.MAX_STROKES)
    assert canvas.answer is not None
    draw(canvas, [(50, 50)])
    assert canvas.answer is None and len(canvas.strokes) == strokes.MAX_STROKES + 1
    assert canvas.paper.get_title() == "The drawing has 201 strokes; at most 200 are read."


def test_it_knows_whether_there_is_a_mouse() -> None:
    canvas = canvas_of(networks.saying(4))
    assert canvas.has_mouse
    FigureCanvasAgg(canvas.figure)
    assert not canvas.has_mouse
