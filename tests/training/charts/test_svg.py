"""Charts are well-formed SVG without style, named for who cannot see them."""

from xml.etree import ElementTree

import pytest

from recognizer.inference.percentages import percent_short
from training.charts import lineage, svg
from training.charts.svg import Axis, Interval, Series

ONE = [Series("wrong", "first", [(0, 0.2), (50, 0.1), (100, 0.05)])]
SHARES = Axis(0, 0.2, write=percent_short)
CHARTS = {
    "lines": svg.lines("n", "T & t", "a <b>", ONE, x=Axis(0, 100), y=SHARES),
    "one point": svg.lines(
        "n", "T", "", [Series("a", "first", [(1, 1)])], x=Axis(0, 1), y=Axis(0, 1)
    ),
    "nothing": svg.lines("n", "T", "", [], x=Axis(0, 0), y=Axis(0, 1)),
    "stacked": svg.stacked("n", "T", "", ["Mon", "Tue", "Wed"], ONE),
    "beside": svg.beside("n", "T", "", ["a", "b", "c"], ONE + ONE),
    "intervals": svg.intervals("n", "T", "", [Interval("v1", 0.1, 0.2, 0.3, strong=True)]),
    "no intervals": svg.intervals("n", "T", "", []),
    "reliability": svg.reliability("n", "T", "", [Series("a", "first", [(0.5, 0.4), (1, 1)])]),
}


@pytest.fixture(params=list(CHARTS))
def chart(request) -> ElementTree.Element:
    return ElementTree.fromstring(CHARTS[request.param])


def test_a_chart_is_named_and_has_no_style(chart):
    assert chart.find("title").text
    ids = {one.get("id") for one in chart.iter() if one.get("id")}
    assert set(chart.get("aria-labelledby").split()) <= ids
    assert all(one.get("style") is None for one in chart.iter())


def test_nothing_lies_outside(chart):
    width, height = map(float, chart.get("viewBox").split()[2:])
    for one in chart.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(one.get(name, 0)) <= width
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(one.get(name, 0)) <= height


def test_words_are_escaped():
    assert "T &amp; t" in CHARTS["lines"]
    assert "a &lt;b&gt;" in CHARTS["lines"]


def test_a_higher_value_stands_higher():
    dots = ElementTree.fromstring(CHARTS["lines"]).findall("circle")
    heights = [float(dot.get("cy")) for dot in dots]
    assert heights == sorted(heights)
    assert heights[0] == pytest.approx(svg.TOP)


@pytest.mark.parametrize(("count", "dots"), [(1, 1), (3, 0)])
def test_a_line_without_dots_shows_a_lone_point_all_the_same(count, dots):
    series = [Series("a", "first", [(n, 1) for n in range(count)], dots=False)]
    drawn = ElementTree.fromstring(svg.lines("n", "T", "", series, x=Axis(0, 3), y=Axis(0, 1)))
    assert len(drawn.findall("circle")) == dots


def test_bars_stand_on_each_other():
    series = [Series("a", "first", [(0, 2)]), Series("b", "second", [(0, 3)])]
    below, above = ElementTree.fromstring(svg.stacked("n", "T", "", ["d"], series)).findall("rect")
    assert float(above.get("y")) + float(above.get("height")) == pytest.approx(
        float(below.get("y")), abs=0.2
    )
    assert float(above.get("height")) / float(below.get("height")) == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [(0, 1, [0, 0.5, 1]), (0, 400, [0, 100, 200, 300, 400]), (0.83, 1, [0.85, 0.9, 0.95, 1]),
     (0, 0.013, [0, 0.005, 0.01]), (3, 3, [3])],
)  # fmt: skip
def test_steps_are_round(low, high, steps):
    assert svg.round_steps(low, high, 4) == pytest.approx(steps)


# Lineage ----------------------------------------------------------------------------------------

LINE = [
    lineage.Node(1, None, "former", "#1"),
    lineage.Node(2, 1, "former", "#2"),
    lineage.Node(3, 2, "", "#3"),
    lineage.Node(4, 2, "champion", "#4"),
    lineage.Node(5, 4, "challenger", "#5"),
]


def dots(nodes: list[lineage.Node]) -> dict[str, tuple[float, float]]:
    tree = ElementTree.fromstring(lineage.tree(nodes))
    return {
        link.find("text").text: (float(link.find("circle").get("cx")),
                                 float(link.find("circle").get("cy")))
        for link in tree.findall("a")
    }  # fmt: skip


def test_the_champions_forebears_stand_in_one_line():
    places = dots(LINE)
    assert len({places[one][1] for one in "124"}) == 1
    assert places["3"][1] > places["4"][1]
    assert [places[str(n)][0] for n in range(1, 6)] == sorted(places[one][0] for one in "12345")


def test_the_order_of_the_nodes_does_not_matter():
    assert lineage.tree(LINE[::-1]) == lineage.tree(LINE)


def test_each_version_is_a_link_that_says_what_it_is():
    links = ElementTree.fromstring(lineage.tree(LINE)).findall("a")
    assert [link.get("href") for link in links] == ["#1", "#2", "#3", "#4", "#5"]
    assert links[3].get("aria-label") == "Version 4, champion"


def test_a_parent_on_another_page_is_left_out():
    tree = ElementTree.fromstring(lineage.tree([lineage.Node(9, 2, "", "#9")]))
    assert tree.findall("path") == []


def test_no_version_is_no_tree():
    assert ElementTree.fromstring(lineage.tree([])).findall("a") == []
