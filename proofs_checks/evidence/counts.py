"""Findings on whole numbers: what was counted, found by elimination or certified in balls, against what is claimed."""

from __future__ import annotations

from dataclasses import dataclass, field

from memcurse.theory.landscape.equivalent_parameters import Inertia

from .finding import Finding
from .intervals import exact_fraction
from .scopes import ALL, Scope
from .verdicts import Verdict


@dataclass(frozen=True)
class Counted(Finding):
    """A number of objects, found by enumeration, against the number that the statement gives.

    With `single_run` what is counted is an outcome of one run of an experiment each: OBSERVED at most.
    """

    expected: int
    found: int
    single_run: bool = field(default=False, kw_only=True)
    method = "enumeration"

    def __post_init__(self) -> None:
        super().__post_init__()
        for argument, value in (("expected", self.expected), ("found", self.found)):
            if (
                isinstance(value, bool)
                or exact_fraction(argument, value).denominator != 1
                or isinstance(value, float)
            ):
                raise ValueError(f"`{argument}` must be an integer; got {value!r}")

    @property
    def held(self) -> int:
        """How many objects were found."""
        return max(self.found, 1)

    @property
    def scope(self) -> Scope:
        """The objects; a sample if each is an outcome of one run."""
        return Scope("sample" if self.single_run else "instances", self.held)

    @property
    def verdict(self) -> Verdict:
        """VERIFIED (OBSERVED for a single run) or REFUTED."""
        if self.expected != self.found:
            return Verdict.REFUTED
        return Verdict.OBSERVED if self.single_run else Verdict.VERIFIED

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
class Came(Finding):
    """How many of the results that were expected came: an event, an instance, a value of a compiled kernel.

    CERTIFIED if all came, UNDECIDED if some are missing, REFUTED if there is none: nothing vanishes in silence.
    """

    came: int
    expected: int
    method = "complete list"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.came <= self.expected or self.expected < 1:
            raise ValueError(
                f"`came` must be between 0 and `expected` > 0; got {self.came} of {self.expected}"
            )

    @property
    def held(self) -> int:
        """It counts results and holds none of its own."""
        return 0

    @property
    def scope(self) -> Scope:
        """It narrows nothing."""
        return ALL

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        if self.came == 0:
            return Verdict.REFUTED
        return Verdict.CERTIFIED if self.came == self.expected else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """Both numbers."""
        return f"{self.came} of {self.expected} came"


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
