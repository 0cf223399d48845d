"""How far evidence reaches: to all parameters, a region, some instances, or a random sample."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

Kind = Literal["all", "region", "instances", "sample"]
_ORDER: Final[tuple[Kind, ...]] = ("sample", "instances", "region", "all")

#: A side of a box: the name of the parameter, and its ends as text.
Side = tuple[str, str, str]


@dataclass(frozen=True)
class Scope:
    """What a verdict speaks about.

    Attributes
    ----------
    kind : str
        ``all`` parameters of the hypotheses, every point of a ``region``, some ``instances``, or a random ``sample``.
    number : int or None
        Of instances or of samples.
    box : tuple of (name, low, high)
        The region.
    """

    kind: Kind
    number: int | None = None
    box: tuple[Side, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in _ORDER:
            raise ValueError(f"`kind` must be one of {', '.join(_ORDER)}; got {self.kind!r}")
        counted = self.kind in ("instances", "sample")
        if counted and (not isinstance(self.number, int) or isinstance(self.number, bool) or self.number < 1):
            raise ValueError(f"`number` must be a positive integer; got {self.number!r}")
        if (self.kind == "region") != bool(self.box):
            raise ValueError(f"`box` must be given for a region and for nothing else; got {self.box!r}")

    @property
    def rank(self) -> int:
        """Place on the scale from a sample (0) to all parameters (3)."""
        return _ORDER.index(self.kind)

    @property
    def text(self) -> str:
        """For people."""
        if self.kind == "all":
            return "all parameters"
        if self.kind == "region":
            return ", ".join(
                f"{name} in [{low}, {high}{')' if high == 'oo' else ']'}" for name, low, high in self.box
            )
        word = "instance" if self.kind == "instances" else "sample"
        return f"{self.number} {word}{'' if self.number == 1 else 's'}"

    def to_dict(self) -> dict[str, Any]:
        """For the JSON report."""
        if self.kind == "region":
            box: dict[str, list[str]] = {}
            for name, low, high in self.box:
                # Ends in pairs: a parameter that findings take over several intervals has several.
                box.setdefault(name, []).extend((low, high))
            return {"kind": self.kind, "box": box}
        return {"kind": self.kind} if self.number is None else {"kind": self.kind, "number": self.number}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Scope:
        """The scope that `to_dict` wrote down."""
        ends = found.get("box", {}).items()
        sides = [
            (name, *pair) for name, values in ends for pair in zip(values[::2], values[1::2], strict=True)
        ]
        return cls(found["kind"], found.get("number"), tuple(sides))


ALL: Final = Scope("all")


def instances(number: int) -> Scope:
    """Some points of parameter space."""
    return Scope("instances", number)


def _joined(sides: tuple[Side, ...]) -> tuple[Side, ...]:
    """Intervals of one parameter, those that meet as one."""

    def end(text: str) -> float | Fraction:
        return math.inf if text == "oo" else Fraction(text)

    joined: list[Side] = []
    for name, low, high in sorted(sides, key=lambda side: Fraction(side[1])):
        if joined and Fraction(low) <= end(joined[-1][2]):
            name, start, last = joined.pop()
            joined.append((name, start, max(last, high, key=end)))
        else:
            joined.append((name, low, high))
    return tuple(joined)


def narrowest(scopes: Iterable[Scope]) -> Scope:
    """The narrowest of `scopes`; where several are counted, their numbers are added up, and boxes are put together."""
    found = list(scopes)
    if not found:
        raise ValueError("`scopes` must not be empty; got none")
    rank = min(scope.rank for scope in found)
    alike = [scope for scope in found if scope.rank == rank]
    if alike[0].kind == "region":
        sides = tuple(dict.fromkeys(side for scope in alike for side in scope.box))
        one_parameter = all(len(scope.box) == 1 for scope in alike) and len({name for name, *_ in sides}) == 1
        return Scope("region", box=_joined(sides) if one_parameter else sides)
    if alike[0].kind == "all":
        return ALL
    return Scope(alike[0].kind, sum(scope.number or 0 for scope in alike))
