"""Findings from random input or fits, with their intervals; and from what has no chance in it, with its range."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from .finding import Finding
from .scopes import Scope
from .verdicts import Verdict

#: A claim about a measurement is refuted beyond the range that is so many times as wide.
WIDER: Final = 4.0


@dataclass(frozen=True)
class Experiment(Finding):
    """A claimed number against the confidence interval of a measurement.

    OBSERVED if the claim lies in `interval` (confidence `level`); REFUTED if it lies outside
    `exclusion_interval`, whose level must be higher, so that chance alone refutes a true claim with
    probability ``1 - exclusion_level``; UNDECIDED between the two.
    """

    claimed: float
    interval: tuple[float, float]
    exclusion_interval: tuple[float, float]
    level: float
    exclusion_level: float
    samples: int
    #: What was drawn at random, and what was fitted; both are printed with the interval.
    random: str = field(default="", kw_only=True)
    fitted: str = field(default="", kw_only=True)
    method = "experiment"

    def __post_init__(self) -> None:
        super().__post_init__()
        numbers = (self.claimed, *self.interval, *self.exclusion_interval)
        if not all(math.isfinite(x) for x in numbers):
            raise ValueError(f"`{self.name}` must hold finite numbers; got {numbers}")
        (low, high), (least, most) = self.interval, self.exclusion_interval
        if not least <= low < high <= most:
            raise ValueError(
                f"`interval` must have a length and lie in `exclusion_interval`; got {numbers[1:]}"
            )
        if not 0 < self.level < self.exclusion_level < 1:
            raise ValueError(
                "`exclusion_level` must lie between `level` and 1; "
                f"got {self.exclusion_level} and {self.level}"
            )
        if self.samples < 2:
            raise ValueError(f"`samples` must be at least 2; got {self.samples}")

    @property
    def held(self) -> int:
        """How many samples were drawn."""
        return self.samples

    @property
    def scope(self) -> Scope:
        """The sample."""
        return Scope("sample", self.samples)

    @property
    def verdict(self) -> Verdict:
        """OBSERVED, UNDECIDED or REFUTED."""
        if self.interval[0] <= self.claimed <= self.interval[1]:
            return Verdict.OBSERVED
        inside = self.exclusion_interval[0] <= self.claimed <= self.exclusion_interval[1]
        return Verdict.UNDECIDED if inside else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """Claim, interval, level and sample size."""
        refuted = self.verdict is Verdict.REFUTED
        (low, high), level = (
            (self.exclusion_interval, self.exclusion_level) if refuted else (self.interval, self.level)
        )
        words = "in" if self.verdict is Verdict.OBSERVED else "outside"
        confidence = (
            f"{100 * level:.10g} % interval, {self.samples} samples{_origin(self.random, self.fitted)}"
        )
        return f"{self.claimed:.8g} {words} [{low:.8g}, {high:.8g}] ({confidence})"


@dataclass(frozen=True)
class ObservedLess(Finding):
    """The mean of (smaller - larger) is negative, by its confidence intervals.

    OBSERVED if `interval` (confidence `level`) lies below 0; REFUTED if `exclusion_interval`, of a higher level, lies
    above 0; UNDECIDED otherwise.
    """

    interval: tuple[float, float]
    exclusion_interval: tuple[float, float]
    level: float
    exclusion_level: float
    samples: int
    #: What was drawn at random, and what was fitted; both are printed with the interval.
    random: str = field(default="", kw_only=True)
    fitted: str = field(default="", kw_only=True)
    method = "experiment"

    def __post_init__(self) -> None:
        super().__post_init__()
        numbers = (*self.interval, *self.exclusion_interval)
        if not all(math.isfinite(x) for x in numbers):
            raise ValueError(f"`{self.name}` must hold finite numbers; got {numbers}")
        (low, high), (least, most) = self.interval, self.exclusion_interval
        if not least <= low <= high <= most:
            raise ValueError(f"`interval` must lie in `exclusion_interval`; got {numbers}")
        if not 0 < self.level < self.exclusion_level < 1:
            raise ValueError(
                f"`exclusion_level` must lie between `level` and 1; got {self.exclusion_level} and {self.level}"
            )
        if self.samples < 2:
            raise ValueError(f"`samples` must be at least 2; got {self.samples}")

    @property
    def held(self) -> int:
        """How many samples were drawn."""
        return self.samples

    @property
    def scope(self) -> Scope:
        """The sample."""
        return Scope("sample", self.samples)

    @property
    def verdict(self) -> Verdict:
        """OBSERVED, UNDECIDED or REFUTED."""
        if self.interval[1] < 0:
            return Verdict.OBSERVED
        return Verdict.REFUTED if self.exclusion_interval[0] > 0 else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """The interval of the difference, level and sample size."""
        refuted = self.verdict is Verdict.REFUTED
        (low, high), level = (
            (self.exclusion_interval, self.exclusion_level) if refuted else (self.interval, self.level)
        )
        confidence = (
            f"{100 * level:.10g} % interval, {self.samples} samples{_origin(self.random, self.fitted)}"
        )
        return f"difference in [{low:.6g}, {high:.6g}] ({confidence})"


@dataclass(frozen=True)
class Measured(Finding):
    """A claimed number against the range of a deterministic measurement.

    OBSERVED if the claim lies in `bounds`; REFUTED outside the range with the same middle that is four times as wide;
    UNDECIDED between the two. No probability belongs to either.
    """

    claimed: float
    bounds: tuple[float, float]
    instances: int
    #: What the bounds are: "residual bound", "local slopes"; printed with them.
    origin: str = field(kw_only=True)
    fitted: str = field(default="", kw_only=True)
    method = "measurement"

    def __post_init__(self) -> None:
        super().__post_init__()
        numbers = (self.claimed, *self.bounds)
        if not all(math.isfinite(x) for x in numbers):
            raise ValueError(f"`{self.name}` must hold finite numbers; got {numbers}")
        if not self.bounds[0] < self.bounds[1]:
            raise ValueError(f"`bounds` must have a length; got {self.bounds}")
        if self.instances < 2:
            raise ValueError(f"`instances` must be at least 2; got {self.instances}")
        if not self.origin:
            raise ValueError(f"`origin` must say what the bounds are; got {self.origin!r}")

    @property
    def held(self) -> int:
        """How many numbers were computed."""
        return self.instances

    @property
    def wider(self) -> tuple[float, float]:
        """The range beyond which a claim is refuted."""
        (low, high), more = self.bounds, (WIDER - 1) / 2
        return low - more * (high - low), high + more * (high - low)

    @property
    def verdict(self) -> Verdict:
        """OBSERVED, UNDECIDED or REFUTED."""
        if self.bounds[0] <= self.claimed <= self.bounds[1]:
            return Verdict.OBSERVED
        inside = self.wider[0] <= self.claimed <= self.wider[1]
        return Verdict.UNDECIDED if inside else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """Claim, range, what the range is and how many numbers it comes from."""
        refuted = self.verdict is Verdict.REFUTED
        low, high = self.wider if refuted else self.bounds
        words = "in" if self.verdict is Verdict.OBSERVED else "outside"
        times = f"{WIDER:g} times the " if refuted else ""
        fitted = f"; fitted: {self.fitted}" if self.fitted else ""
        digits = max(8, 2 + math.ceil(math.log10(max(abs(low), abs(high)) / (high - low))))
        return (
            f"{self.claimed:.8g} {words} [{low:.{digits}g}, {high:.{digits}g}] "
            f"({times}{self.origin}, {self.instances} instances{fitted})"
        )


def _origin(random: str, fitted: str) -> str:
    """What was random and what was fitted, as the end of a text; empty where a check says neither."""
    parts = [f"{word} {what}" for word, what in (("random:", random), ("fitted:", fitted)) if what]
    return "".join(f"; {part}" for part in parts)
