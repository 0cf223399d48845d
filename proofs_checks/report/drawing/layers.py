"""Where the boxes of a graph stand, in layers, and the ways of its edges between them, which no box covers.

After Sugiyama, Tagawa and Toda (1981): layers by the longest chain, an edge over several layers gets a place of its
own in each, orders with few crossings by barycentres, and places by least squares under the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

Edge = tuple[str, str]
#: A place in a layer: a box by its name, or an edge that passes by its two ends and the layer.
Slot = str | tuple[str, str, int]

_SWEEPS: Final = 24
#: How strongly neighbours pull: an edge that passes is held straighter than a box.
_PASSING, _BOX = 8.0, 1.0


@dataclass(frozen=True)
class Layout:
    """Places along the layers.

    Attributes
    ----------
    layers : tuple of tuple of Slot
        From the first to the last, each in order.
    centre : dict from Slot to float
        Across the layers, from 0 on, in the unit of the sizes.
    extent : float
        How far the places reach.
    """

    layers: tuple[tuple[Slot, ...], ...]
    centre: dict[Slot, float]
    extent: float

    def way(self, edge: Edge) -> list[tuple[int, float]]:
        """Layers and centres that an edge goes through, from its start to its end."""
        at = {
            slot: level for level, layer in enumerate(self.layers) for slot in layer if isinstance(slot, str)
        }
        start, end = at[edge[0]], at[edge[1]]
        between = [(level, self.centre[(*edge, level)]) for level in range(start + 1, end)]
        return [(start, self.centre[edge[0]]), *between, (end, self.centre[edge[1]])]


def layered(
    uses: Mapping[str, Sequence[str]], size: Mapping[str, float], gap: float, passing: float
) -> Layout:
    """Place what `uses` (id -> ids that it uses; every id is a key) names.

    Parameters
    ----------
    uses : mapping
        Without circles.
    size : mapping from id to float
        Of a box, across the layers.
    gap, passing : float
        Between neighbours, and the room of an edge that passes.
    """
    edges = [(used, name) for name, names in uses.items() for used in dict.fromkeys(names)]
    depth = _depths(uses, edges)
    layers: list[list[Slot]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in uses:
        layers[depth[name]].append(name)
    links: dict[Slot, list[Slot]] = {}
    for start, end in edges:
        chain: list[Slot] = [start, *((start, end, k) for k in range(depth[start] + 1, depth[end])), end]
        for level, slot in enumerate(chain[1:-1], depth[start] + 1):
            layers[level].append(slot)
        for one, other in pairwise(chain):
            links.setdefault(one, []).append(other)
            links.setdefault(other, []).append(one)
    level_of: dict[Slot, int] = {slot: level for level, layer in enumerate(layers) for slot in layer}
    _order(layers, links, level_of)
    room = {slot: size[slot] if isinstance(slot, str) else passing for slot in level_of}
    centre = _places(layers, links, level_of, room, gap)
    first = min((centre[slot] - room[slot] / 2 for slot in centre), default=0.0)
    centre = {slot: x - first for slot, x in centre.items()}
    extent = max((centre[slot] + room[slot] / 2 for slot in centre), default=0.0)
    return Layout(tuple(map(tuple, layers)), centre, extent)


def _depths(uses: Mapping[str, Sequence[str]], edges: Sequence[Edge]) -> dict[str, int]:
    """Layers by the longest chain of uses; what uses nothing stands right before the first that uses it."""
    depth: dict[str, int] = {}

    def depth_of(name: str) -> int:
        if name not in depth:
            depth[name] = max((depth_of(used) + 1 for used in uses[name]), default=0)
        return depth[name]

    for name in uses:
        depth_of(name)
    for name in uses:
        after = [depth[end] for start, end in edges if start == name]
        if not uses[name] and after:
            depth[name] = min(after) - 1
    return depth


def _order(
    layers: list[list[Slot]], links: Mapping[Slot, Sequence[Slot]], level_of: Mapping[Slot, int]
) -> None:
    """Sort each layer by the mean place of its neighbours, up and down, and keep the order that crosses least."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, links, level_of)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for level in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            beside = level - 1 if down else level + 1
            place = {slot: i for i, slot in enumerate(layers[beside])}
            own = {slot: i for i, slot in enumerate(layers[level])}

            def key(slot: Slot, place: dict[Slot, int] = place, own: dict[Slot, int] = own) -> float:
                found = [place[other] for other in links.get(slot, ()) if other in place]
                return sum(found) / len(found) if found else float(own[slot])

            layers[level].sort(key=key)
        crossings = _crossings(layers, links, level_of)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _crossings(
    layers: Sequence[Sequence[Slot]], links: Mapping[Slot, Sequence[Slot]], level_of: Mapping[Slot, int]
) -> int:
    total = 0
    place = {slot: i for layer in layers for i, slot in enumerate(layer)}
    for level, layer in enumerate(layers):
        ends = [
            sorted(place[other] for other in links.get(slot, ()) if level_of[other] == level + 1)
            for slot in layer
        ]
        seen: list[int] = []
        for found in ends:
            total += sum(1 for end in found for before in seen if before > end)
            seen += found
    return total


def _places(
    layers: Sequence[Sequence[Slot]],
    links: Mapping[Slot, Sequence[Slot]],
    level_of: Mapping[Slot, int],
    room: Mapping[Slot, float],
    gap: float,
) -> dict[Slot, float]:
    """Centres near the mean of the neighbours', in order, at least a gap apart."""
    centre: dict[Slot, float] = {}
    for layer in layers:
        at = 0.0
        for slot in layer:
            centre[slot] = at + room[slot] / 2
            at += room[slot] + gap
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted, weight = [], []
            for slot in layer:
                # At the end all neighbours count; before that only those of the side that was just placed.
                side = 0 if sweep >= _SWEEPS - 4 else (-1 if sweep % 2 == 0 else 1)
                near = [x for x in links.get(slot, ()) if not side or level_of[x] == level_of[slot] + side]
                pulls = [(_PASSING if not isinstance(x, str) else _BOX, centre[x]) for x in near]
                total = sum(pull for pull, _ in pulls)
                wanted.append(sum(pull * x for pull, x in pulls) / total if pulls else centre[slot])
                weight.append((total if pulls else 0.1) * (_PASSING if not isinstance(slot, str) else _BOX))
            apart = [room[one] / 2 + gap + room[other] / 2 for one, other in pairwise(layer)]
            centre |= dict(zip(layer, _in_order(wanted, weight, apart), strict=True))
    return centre


def _in_order(wanted: Sequence[float], weight: Sequence[float], apart: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, in weighted squares, at least so far `apart` (isotonic regression)."""
    shift = [0.0]
    for distance in apart:
        shift.append(shift[-1] + distance)
    blocks: list[tuple[float, float, int]] = []
    for want, heavy, moved in zip(wanted, weight, shift, strict=False):
        blocks.append((want - moved, heavy, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, first, many), (other, second, more) = blocks[-2:]
            blocks[-2:] = [((one * first + other * second) / (first + second), first + second, many + more)]
    flat = [value for value, _, count in blocks for _ in range(count)]
    return [value + moved for value, moved in zip(flat, shift, strict=False)]
