"""The dependency graph: layers, room for labels, and arrows that no box covers."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.report.drawing.graph import dependency_graph
from memcurse.proofs_checks.report.drawing.layers import _in_order, layered


def of_the_package():
    found = cards()
    papers = {card.paper for card in found.values()}
    return [{n: c.uses for n, c in found.items() if c.paper == paper} for paper in sorted(papers)]


def at_random(seed, size=30):
    rng = random.Random(seed)
    names = [f"name-{'x' * rng.randrange(20)}{i}" for i in range(size)]
    return {n: tuple(rng.sample(names[:i], min(i, rng.randrange(4)))) for i, n in enumerate(names)}


GRAPHS = [*of_the_package(), *(at_random(seed) for seed in range(6))]


def points_of(path):
    """Points along SVG path data of absolute M, L and C."""
    at = None
    for letter, numbers in re.findall(r"([MLC])([^MLC]*)", path):
        values = [float(x) for x in numbers.split()]
        ends = list(zip(values[::2], values[1::2], strict=True))
        if letter == "C":
            one, other, end = ends
            for k in range(1, 33):
                s = k / 33
                b = ((1 - s) ** 3, 3 * (1 - s) ** 2 * s, 3 * (1 - s) * s**2, s**3)
                yield tuple(
                    sum(w * p[i] for w, p in zip(b, (at, one, other, end), strict=True)) for i in (0, 1)
                )
        elif letter == "L":
            for k in range(1, 9):
                yield tuple(at[i] + (ends[0][i] - at[i]) * k / 9 for i in (0, 1))
        at = ends[-1]
        yield at


@pytest.mark.parametrize("uses", GRAPHS)
def test_no_box_covers_an_arrow_or_another_box(uses):
    graph = dependency_graph(uses)
    boxes = {n.id: (n.left, n.top, n.left + n.width, n.top + graph.box_height) for n in graph.nodes}
    for one, other in itertools.combinations(boxes.values(), 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    for arrow in graph.arrows:
        others = [box for name, box in boxes.items() if name not in (arrow.start, arrow.end)]
        for x, y in points_of(arrow.path):
            assert 0 <= x <= graph.width
            assert 0 <= y <= graph.height
            # Path data has four digits.
            assert not any(b[0] + 1 < x < b[2] - 1 and b[1] + 1 < y < b[3] - 1 for b in others), arrow


@pytest.mark.parametrize("uses", GRAPHS)
def test_what_is_used_comes_before_and_labels_fit(uses):
    graph = dependency_graph(uses)
    assert {node.id for node in graph.nodes} == set(uses) | {u for names in uses.values() for u in names}
    assert {(a.start, a.end) for a in graph.arrows} == {(u, n) for n, names in uses.items() for u in names}
    place = {node.id: node for node in graph.nodes}
    after = [(place[a.start].y < place[a.end].y, place[a.start].x < place[a.end].x) for a in graph.arrows]
    assert all(below for below, _ in after) or all(beside for _, beside in after)
    # A bold letter of 12.5 pixels is 8 pixels wide on the average.
    assert all(8 * len(node.id) < node.width for node in graph.nodes)
    assert all(node.left > 0 and node.left + node.width < graph.width for node in graph.nodes)


def test_what_is_not_on_the_page_is_told_apart():
    graph = dependency_graph({"a": (), "b": ("a", "x")})
    assert {node.id: node.checked for node in graph.nodes} == {"a": True, "b": True, "x": False}
    graph = dependency_graph({"a": (), "b": ("a", "x")}, ["a", "b", "x"])
    assert all(node.checked for node in graph.nodes)


def test_an_edge_over_layers_has_a_place_in_each():
    layout = layered({"a": (), "b": ("a",), "c": ("b",), "d": ("a", "c")}, dict.fromkeys("abcd", 10.0), 2, 3)
    assert [level for level, _ in layout.way(("a", "d"))] == [0, 1, 2, 3]
    assert [len(layer) for layer in layout.layers] == [1, 2, 2, 1]


def test_places_in_order_are_the_nearest():
    wanted, weight = [3.0, 1.0, 2.0, 9.0], [1.0, 2.0, 1.0, 1.0]
    found = _in_order(wanted, weight, [1.0, 1.0, 1.0])
    assert all(b - a >= 1 - 1e-12 for a, b in itertools.pairwise(found))

    def cost(places):
        return sum(w * (x - y) ** 2 for w, x, y in zip(weight, places, wanted, strict=True))

    rng = random.Random(1)
    for _ in range(300):
        moved = sorted(x + rng.uniform(-0.3, 0.3) for x in found)
        if all(b - a >= 1 for a, b in itertools.pairwise(moved)):
            assert cost(found) <= cost(moved)
