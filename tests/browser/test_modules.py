"""Tests the JavaScript modules that need no page, in the browser."""

import json
from itertools import pairwise
from typing import Any

import pytest

from recognizer.inference.percentages import percent_down

pytestmark = pytest.mark.browser


@pytest.fixture
def run(visits):
    """Calls a function body with everything that a module exports."""
    page = visits.page("/accounts/login/")

    def call(module: str, body: str) -> Any:
        return page.evaluate(
            f"import('/static/recognizer/js/{module}.js').then((m) => {{ {body} }})"
        )

    return call


def test_ink_takes_200_strokes_and_no_more(run):
    counted = run(
        "sheet/ink",
        """const ink = new m.Ink();
        const taken = Array.from({length: 205}, (_, i) => ink.begin({x: i, y: 0, t: i}));
        return [taken.filter(Boolean).length, ink.strokes.length];""",
    )
    assert counted == [200, 200]


def test_ink_takes_5000_points_and_says_when_it_is_full(run):
    counted = run(
        "sheet/ink",
        """const ink = new m.Ink();
        ink.begin({x: 0, y: 0, t: 0});
        let last = '';
        for (let i = 1; last !== 'full'; i += 1) last = ink.extend({x: i * 5, y: 0, t: i});
        return [ink.points, ink.begin({x: 0, y: 0, t: 9})];""",
    )
    assert counted == [5000, False]


def test_ink_drops_points_that_say_nothing_new(run):
    said = run(
        "sheet/ink",
        """const ink = new m.Ink();
        ink.begin({x: 0, y: 0, t: 0});
        return [ink.extend({x: 0.2, y: 0, t: 1}), ink.extend({x: 2, y: 0, t: 2}), ink.points];""",
    )
    assert said == ["near", "added", 2]


def test_times_go_on_after_strokes_were_restored(run):
    times = run(
        "sheet/ink",
        """const ink = new m.Ink();
        ink.restore({strokes: [[[1, 1, 0], [5, 5, 90]]], width: 10, height: 10});
        ink.begin({x: 2, y: 2, t: 123456});
        ink.extend({x: 8, y: 8, t: 123466});
        return ink.asData().strokes.flat().map((point) => point[2]);""",
    )
    assert times == [0, 90, 590, 600]


def test_a_pen_that_cannot_measure_says_no_pressure(run):
    points = run(
        "sheet/ink",
        """const ink = new m.Ink();
        ink.begin({x: 0, y: 0, t: 0, pressure: 0.5});
        ink.extend({x: 5, y: 0, t: 5, pressure: 0.5});
        return ink.asData().strokes[0];""",
    )
    assert points == [[0, 0, 0], [5, 0, 5]]


def test_a_picture_can_be_undone(run):
    states = run(
        "sheet/ink",
        """const ink = new m.Ink();
        ink.begin({x: 0, y: 0, t: 0});
        ink.place({file: 1});
        const placed = [ink.strokes.length, ink.picture !== null];
        ink.undo();
        return [placed, [ink.strokes.length, ink.picture !== null], ink.canRedo];""",
    )
    assert states == [[0, True], [1, False], True]


def test_replay_keeps_the_times_and_shortens_long_pauses(run):
    moments = run(
        "answer/replay",
        """return m.timeline([[[0, 0, 0], [1, 0, 50]], [[2, 0, 90_000], [3, 0, 90_020]]])
        .flat().map((point) => point.at);""",
    )
    assert moments == [0, 50, 450, 470]


def test_replay_without_times_goes_at_an_even_pace(run):
    moments = run(
        "answer/replay",
        "return m.timeline([[[0, 0], [1, 0], [2, 0]], [[3, 0]]]).flat().map((p) => p.at);",
    )
    steps = [b - a for a, b in pairwise(moments)]
    assert steps[0] == steps[1] < steps[2]


def test_a_share_is_cut_as_the_server_cuts_it(run):
    shares = [0.98249, 0.99999, 1.0, 0.0, 0.5]
    said = run("answer/bars", f"return {shares}.map((share) => m.percent(share));")
    assert said == [percent_down(share) for share in shares]


def test_a_label_of_a_page_is_one_of_the_api(run):
    said = run("shared/drawings", 'return ["0", "7", "none"].map(m.digitOf);')
    assert said == [0, 7, None]


def test_a_key_is_named_by_what_it_writes_or_where_it_stands(run):
    pressed = [
        ("z", "KeyZ", ""),
        ("я", "KeyZ", ""),
        ("ζ", "KeyZ", "ctrlKey"),
        ("Я", "KeyZ", "metaKey shiftKey"),
        ("z", "KeyW", "ctrlKey"),  # a French keyboard's
        ("ｚ", "KeyZ", ""),  # noqa: RUF001
        ("Z", "KeyZ", "altKey"),
        ("٧", "Digit7", ""),  # noqa: RUF001
        ("৩", "Digit3", ""),
        ("𝟗", "Digit9", ""),  # noqa: RUF001
        ("&", "Digit1", ""),
        ("1", "Digit1", "shiftKey"),
        ("!", "Digit1", "shiftKey"),
        ("é", "Digit2", "ctrlKey"),
        ("5", "Numpad5", ""),
        ("ArrowLeft", "Numpad4", ""),
        ("Dead", "Digit6", ""),
        ("Enter", "Enter", "shiftKey"),
    ]
    named = run(
        "shared/keys",
        f"""return {json.dumps(pressed)}.map(([key, code, held]) => m.nameOf({{
            key, code, ...Object.fromEntries(held.split(' ').map((name) => [name, true]))}}));""",
    )
    assert named == [
        "z", "z", "Ctrl+z", "Ctrl+Shift+z", "Ctrl+z", "z", "", "7", "3", "9", "1", "1", "!",
        "Ctrl+é", "5", "ArrowLeft", "Dead", "Shift+Enter",
    ]  # fmt: skip


def test_a_bar_says_what_the_answer_says(run):
    said = run(
        "answer/bars",
        """const root = document.createElement('ol');
        root.innerHTML = '<li data-bar><i data-fill></i><b data-value></b></li>'.repeat(4);
        m.showBars(root, [0.99869, 0.00131, 0, 1]);
        return root.textContent;""",
    )
    assert said == "99.8" + "0.1" + "0" + "100"


def test_a_spurt_is_no_pace(run):
    """Three within a moment would be thousands a minute; they are three in five seconds."""
    rates = run(
        "../../training/js/labelling_rate",
        """const labelled = new m.LabellingRate();
        const rates = [1, 2, 3].map(() => { labelled.add(); return labelled.rate; });
        sessionStorage.clear();
        return rates;""",
    )
    assert rates == [None, None, 24]
