"""The dependency graph of the statements, drawn as SVG in layers: what a statement uses stands above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_WIDTH, _HEIGHT = 104, 40
_COLUMN, _ROW = 124, 92
_MARGIN = 12
_ACROSS: Final = 7


@dataclass(frozen=True)
class Node:
    """A box: its place (centre, pixels), and whether the statement was part of the run."""

    id: str
    x: float
    y: float
    checked: bool

    @property
    def left(self) -> float:
        """Left edge of the box."""
        return self.x - _WIDTH / 2

    @property
    def top(self) -> float:
        """Upper edge of the box."""
        return self.y - _HEIGHT / 2


@dataclass(frozen=True)
class Graph:
    """Boxes and arrows with their sizes in pixels."""

    nodes: tuple[Node, ...]
    arrows: tuple[str, ...]
    width: float
    height: float
    box: tuple[int, int] = (_WIDTH, _HEIGHT)


def dependency_graph(uses: Mapping[str, Sequence[str]]) -> Graph:
    """Place the statements `uses` (id -> ids that it uses) and every id that they use.

    Layers are numbered by the longest chain of uses; within a layer, boxes stand near the mean of what they
    use.
    """
    parents = {name: tuple(used) for name, used in uses.items()}
    for used in [name for names in uses.values() for name in names]:
        parents.setdefault(used, ())
    rows = _rows(parents)
    columns = max(len(row) for row in rows)
    places: dict[str, Node] = {}
    for level, row in enumerate(rows):
        start = _MARGIN + (columns - len(row)) * _COLUMN / 2 + _COLUMN / 2
        for i, name in enumerate(row):
            y = _MARGIN + _HEIGHT / 2 + level * _ROW
            places[name] = Node(name, start + i * _COLUMN, y, name in uses)
    arrows = [_arrow(places[used], places[name]) for name, names in parents.items() for used in names]
    width, height = 2 * _MARGIN + columns * _COLUMN, 2 * _MARGIN + _HEIGHT + (len(rows) - 1) * _ROW
    return Graph(tuple(places.values()), tuple(arrows), width, height)


def _rows(parents: Mapping[str, Sequence[str]]) -> list[list[str]]:
    depth: dict[str, int] = {}

    def depth_of(name: str) -> int:
        if name not in depth:
            depth[name] = 0
            depth[name] = max((depth_of(used) + 1 for used in parents[name]), default=0)
        return depth[name]

    layers: dict[int, list[str]] = {}
    for name in parents:
        layers.setdefault(depth_of(name), []).append(name)
    rows: list[list[str]] = []
    position: dict[str, float] = {}
    for level in sorted(layers):
        layer = layers[level]
        centre = {name: _mean([position[used] for used in parents[name]]) for name in layer}
        ordered = sorted(layer, key=lambda name: (centre[name], layer.index(name)))
        for start in range(0, len(ordered), _ACROSS):
            row = ordered[start : start + _ACROSS]
            rows.append(row)
            position |= {name: i - (len(row) - 1) / 2 for i, name in enumerate(row)}
    return rows


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _arrow(start: Node, end: Node) -> str:
    y0, y1 = start.y + _HEIGHT / 2, end.y - _HEIGHT / 2 - 5
    bend = (y1 - y0) / 2
    return f"M{start.x:g} {y0:g}C{start.x:g} {y0 + bend:g} {end.x:g} {y1 - bend:g} {end.x:g} {y1:g}"
