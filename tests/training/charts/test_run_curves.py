"""The curves of a run: what is drawn, from which values, and when it counts as changed."""

from xml.etree import ElementTree

from training.charts.run_curves import run_curves

POINTS = [
    {"step": 10, "loss": 0.5, "accuracy": 0.8, "validation": None},
    {"step": 20, "loss": 0.4, "accuracy": None, "validation": 0.95},
    {"step": 1500, "loss": 0.2, "accuracy": 0.97, "validation": 0.98},
]


def drawn(points: list[dict]) -> dict[str, ElementTree.Element]:
    return {chart.name: ElementTree.fromstring(chart.svg) for chart in run_curves(points).charts}


def length(path: ElementTree.Element) -> int:
    return path.get("d").count("L") + 1


def test_what_is_not_known_is_left_out():
    charts = drawn(POINTS)
    assert [length(path) for path in charts["loss"].findall("path")] == [3]
    assert [length(path) for path in charts["accuracy"].findall("path")] == [2, 2]


def test_validation_alone_has_dots():
    charts = drawn(POINTS)
    assert charts["loss"].findall("circle") == []
    assert [dot.get("class") for dot in charts["accuracy"].findall("circle")] == ["dot first"] * 2


def test_the_axes_hold_every_value():
    words = {name: [one.text for one in svg.findall("text")] for name, svg in drawn(POINTS).items()}
    assert words["loss"] == ["0", "0.2", "0.4", "0", "500", "1,000", "1,500"]
    assert words["accuracy"][:5] == ["80%", "85%", "90%", "95%", "100%"]
    above = drawn([point | {"accuracy": 0.99, "validation": 0.99} for point in POINTS])
    assert above["accuracy"].find("text").text == "90%"


def test_each_line_is_named():
    loss, accuracy = run_curves(POINTS).charts
    assert loss.legend == [("first", "training")]
    assert accuracy.legend == [("second", "training, changed images"), ("first", "validation")]


def test_without_points_there_is_nothing_to_draw():
    assert run_curves([]).charts == []


def test_curves_are_drawn_anew_only_when_they_changed():
    key = run_curves(POINTS).key
    assert run_curves(POINTS, unless=key) is None
    for changed in (POINTS[:2], [*POINTS[:2], POINTS[2] | {"loss": 0.21}]):
        assert run_curves(changed, unless=key).key != key
