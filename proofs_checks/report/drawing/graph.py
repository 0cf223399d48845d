"""The dependency graph of statements as boxes and arrows, in layers: what is used comes before what uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .layers import Layout, layered

#: Pixels. A label is set in 12.5 pixels of a bold font whose letters are seldom wider on the average.
_LETTER, _PADDING, _HEIGHT = 8.0, 22.0, 40.0
_LEAST, _GAP, _PASSING = 84.0, 14.0, 6.0
#: Between layers that stand below each other, and beside each other.
_BELOW, _BESIDE = 44.0, 56.0
_MARGIN: Final = 8.0
#: No path of an arrow needs more decimals.
_ARROW: Final = 5.0


@dataclass(frozen=True)
class Node:
    """A box: its place (centre, pixels) and width, and whether it stands on the same page."""

    id: str
    x: float
    y: float
    width: float
    checked: bool

    @property
    def left(self) -> float:
        """Left edge of the box."""
        return self.x - self.width / 2

    @property
    def top(self) -> float:
        """Upper edge of the box."""
        return self.y - _HEIGHT / 2


@dataclass(frozen=True)
class Arrow:
    """From what is used to what uses it, as SVG path data."""

    start: str
    end: str
    path: str


@dataclass(frozen=True)
class Graph:
    """Boxes and arrows with their sizes in pixels."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    width: float
    height: float
    box_height: float = _HEIGHT


def dependency_graph(uses: Mapping[str, Sequence[str]], checked: Sequence[str] | None = None) -> Graph:
    """Place the statements `uses` (id -> ids that it uses) and every id that they use.

    Parameters
    ----------
    uses : mapping
    checked : sequence of str, optional
        The ids that stand on the page; by default those that are keys of `uses`.

    Notes
    -----
    Layers stand below each other or beside each other, whichever is narrower.
    """
    known = set(uses if checked is None else checked)
    parents = {name: tuple(used) for name, used in uses.items()}
    for used in [name for names in uses.values() for name in names]:
        parents.setdefault(used, ())
    widths = {name: max(_LEAST, _LETTER * len(name) + _PADDING) for name in parents}
    below = layered(parents, widths, _GAP, _PASSING)
    beside = layered(parents, dict.fromkeys(parents, _HEIGHT), _GAP, _PASSING)
    columns = [max((widths[x] for x in layer if isinstance(x, str)), default=0.0) for layer in beside.layers]
    across = sum(columns) + _BESIDE * (len(columns) - 1)
    if across < below.extent:
        return _drawn(parents, beside, widths, columns, _BESIDE, known, upright=False)
    return _drawn(parents, below, widths, [_HEIGHT] * len(below.layers), _BELOW, known, upright=True)


def _drawn(
    uses: Mapping[str, Sequence[str]],
    layout: Layout,
    widths: Mapping[str, float],
    depth: Sequence[float],
    gap: float,
    known: set[str],
    upright: bool,
) -> Graph:
    """The graph with its layers `depth` thick and a `gap` between them, below each other if `upright`."""
    starts = [_MARGIN + sum(depth[:i]) + gap * i for i in range(len(depth))]
    nodes = []
    for level, layer in enumerate(layout.layers):
        for slot in layer:
            if isinstance(slot, str):
                along, over = starts[level] + depth[level] / 2, layout.centre[slot] + _MARGIN
                x, y = (over, along) if upright else (along, over)
                nodes.append(Node(slot, round(x, 1), round(y, 1), round(widths[slot], 1), slot in known))
    boxes = {name: _HEIGHT if upright else widths[name] for name in uses}
    arrows = []
    for name, names in uses.items():
        for used in dict.fromkeys(names):
            way = layout.way((used, name))
            points = _stations(way, starts, depth, boxes[used], boxes[name])
            arrows.append(Arrow(used, name, _path(points, upright)))
    along = 2 * _MARGIN + sum(depth) + gap * (len(depth) - 1)
    over = 2 * _MARGIN + layout.extent
    width, height = (over, along) if upright else (along, over)
    return Graph(tuple(nodes), tuple(arrows), round(width), round(height))


def _stations(
    way: Sequence[tuple[int, float]],
    starts: Sequence[float],
    depth: Sequence[float],
    first: float,
    last: float,
) -> list[tuple[float, float]]:
    """Points of an arrow along and over the layers: it bends between layers and goes straight through them."""
    (level, over), *between, (end, final) = way
    middle = starts[level] + depth[level] / 2
    points = [(middle + first / 2, over), (starts[level] + depth[level], over)]
    for level, over in between:
        points += [(starts[level], over), (starts[level] + depth[level], over)]
    tip = starts[end] + depth[end] / 2 - last / 2 - _ARROW
    return [*points, (min(starts[end], tip), final), *([(tip, final)] if tip > starts[end] else [])]


def _path(points: Sequence[tuple[float, float]], upright: bool) -> str:
    shown = [(over + _MARGIN, along) if upright else (along, over + _MARGIN) for along, over in points]
    texts = [f"{x:.4g} {y:.4g}" for x, y in shown]
    parts = [f"M{texts[0]}"]
    for i in range(1, len(points)):
        if points[i][1] == points[i - 1][1]:
            parts.append(f"L{texts[i]}")
            continue
        bend = (points[i - 1][0] + points[i][0]) / 2
        one, other = ((x, bend) if upright else (bend, y) for x, y in (shown[i - 1], shown[i]))
        parts.append(f"C{one[0]:.4g} {one[1]:.4g} {other[0]:.4g} {other[1]:.4g} {texts[i]}")
    return "".join(parts)
