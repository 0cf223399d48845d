"""Findings on whole numbers: what was counted, found by elimination or certified in balls, against what is claimed."""

from __future__ import annotations

from dataclasses import dataclass

from memcurse.theory.landscape.equivalent_parameters import Inertia

from .finding import Finding
from .intervals import exact_fraction
from .verdicts import Verdict


@dataclass(frozen=True)
class Counted(Finding):
    """A number of objects, found by enumeration, against the number that the statement gives."""

    expected: int
    found: int
    method = "enumeration"

    def __post_init__(self) -> None:
        super().__post_init__()
        for field, value in (("expected", self.expected), ("found", self.found)):
            if (
                isinstance(value, bool)
                or exact_fraction(field, value).denominator != 1
                or isinstance(value, float)
            ):
                raise ValueError(f"`{field}` must be an integer; got {value!r}")

    @property
    def held(self) -> int:
        """How many objects were found."""
        return max(self.found, 1)

    @property
    def verdict(self) -> Verdict:
        """VERIFIED or REFUTED."""
        return Verdict.VERIFIED if self.expected == self.found else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """Both counts."""
        return f"expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Count(Finding):
    """A number of eigenvalues, rank or dimension found in exact arithmetic or by certified inertia.

    CERTIFIED if it is (or with `relation` ``<=`` or ``>=``: is bounded by) the number expected, else REFUTED;
    UNDECIDED where balls did not decide (`found` is None).
    """

    found: int | None
    expected: int
    relation: str = "="
    method = "certified inertia"

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        if self.found is None:
            return Verdict.UNDECIDED
        holds = {
            "=": self.found == self.expected,
            "<=": self.found <= self.expected,
            ">=": self.found >= self.expected,
        }[self.relation]
        return Verdict.CERTIFIED if holds else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """Both numbers."""
        found = "undecided" if self.found is None else str(self.found)
        return f"found {found}, claimed {self.relation} {self.expected}"


@dataclass(frozen=True)
class InertiaIs(Finding):
    """An inertia, found in exact arithmetic or certified in balls, against the one claimed for a place.

    CERTIFIED or REFUTED; UNDECIDED where balls did not decide (`found` is None).
    """

    found: Inertia | None
    claimed: Inertia
    place: str
    method = "certified inertia"

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        if self.found is None:
            return Verdict.UNDECIDED
        return Verdict.CERTIFIED if self.found == self.claimed else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """Both inertias, and where."""
        found = "undecided" if self.found is None else f"{tuple(self.found)}"
        return f"(+, 0, -): found {found}, claimed {tuple(self.claimed)} at {self.place}"
