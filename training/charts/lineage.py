"""The lineage of the model versions as a small tree in SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.charts.svg import element

STEP, LANE, EDGE = 64, 46, 30


@dataclass(frozen=True)
class Node:
    """A version. `variant` is a class: champion, challenger, former or none of these."""

    number: int
    parent: int | None
    variant: str
    address: str


@dataclass(frozen=True)
class NodePlace:
    x: int
    y: int


def tree(nodes: Sequence[Node]) -> str:
    """The versions from left to right by number, each on its parent's lane where that is free."""
    ordered = sorted(nodes, key=lambda node: node.number)
    places = _places(ordered)
    body = "".join(_branch(places, node) for node in ordered if node.parent in places)
    body += "".join(_dot(places[node.number], node) for node in ordered)
    width = 2 * EDGE + STEP * max(0, len(ordered) - 1)
    height = max((place.y for place in places.values()), default=0) + EDGE
    title = element("title", "Lineage of the model versions", id="lineage-title")
    return element(
        "svg", title + body, class_="lineage", viewBox=f"0 0 {width} {height}", width=width,
        height=height, role="group", aria_labelledby="lineage-title",
    )  # fmt: skip


def _places(ordered: Sequence[Node]) -> dict[int, NodePlace]:
    """The champion's ancestors keep the first lane; others take the next that is free."""
    main = _ancestors(ordered)
    places: dict[int, NodePlace] = {}
    busy_until: list[int] = []  # by lane below the first
    for column, node in enumerate(ordered):
        lane = 0 if node.number in main else _free_lane(busy_until, places, node, column)
        places[node.number] = NodePlace(EDGE + STEP * column, EDGE + LANE * lane)
    return places


def _free_lane(busy: list[int], places: dict[int, NodePlace], node: Node, column: int) -> int:
    start = EDGE + STEP * (column - 1)
    parent = places.get(node.parent or 0)
    begin = parent.x if parent else start
    for lane, until in enumerate(busy):
        if until <= begin:
            busy[lane] = EDGE + STEP * column
            return lane + 1
    busy.append(EDGE + STEP * column)
    return len(busy)


def _ancestors(ordered: Sequence[Node]) -> set[int]:
    by_number = {node.number: node for node in ordered}
    here = next((node for node in ordered if node.variant == "champion"), None)
    found: set[int] = set()
    while here is not None and here.number not in found:
        found.add(here.number)
        here = by_number.get(here.parent or 0)
    return found


def _branch(places: dict[int, NodePlace], node: Node) -> str:
    a, b = places[node.parent or 0], places[node.number]
    bend = a.x + STEP // 2
    path = f"M{a.x} {a.y}C{bend} {a.y} {bend} {b.y} {a.x + STEP} {b.y}L{b.x} {b.y}"
    return element("path", class_=f"branch {node.variant}", d=path)


def _dot(place: NodePlace, node: Node) -> str:
    circle = element("circle", cx=place.x, cy=place.y, r=15)
    text = element("text", str(node.number), x=place.x, y=place.y + 4)
    name = f"Version {node.number}" + (f", {node.variant}" if node.variant else "")
    return element(
        "a", circle + text, class_=f"node {node.variant}", href=node.address,
        aria_label=name,
    )  # fmt: skip
