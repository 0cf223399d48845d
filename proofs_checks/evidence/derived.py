"""Findings that stand on other findings: all of them, a counterexample, an event that came or an obstacle to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .ball_findings import nonempty
from .finding import Finding, validate_finding
from .scopes import ALL, Scope, narrowest
from .verdicts import Verdict


@dataclass(frozen=True)
class Every(Finding):
    """The same kind of finding at many instances; as weak as its weakest part."""

    parts: Sequence[Finding]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(
            self, "parts", tuple(validate_finding(self.name, x) for x in nonempty(self.name, self.parts))
        )
        about = {part.about for part in self.parts}
        if len(about) > 1:
            raise ValueError(f"`{self.name}` must hold parts about the claim or about the code; got both")
        if "code" in about:
            object.__setattr__(self, "about", "code")

    @property
    def held(self) -> int:
        """The instances of all parts."""
        return sum(part.held for part in self.parts)

    @property
    def scope(self) -> Scope:
        """The narrowest of the parts."""
        return narrowest(part.scope for part in self.parts)

    @property
    def method(self) -> str:
        """The kinds of argument of the parts, each once."""
        return ", ".join(dict.fromkeys(part.method for part in self.parts))

    @cached_property
    def _weakest(self) -> Finding:
        return min(self.parts, key=lambda part: part.verdict)

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict of the parts."""
        return self._weakest.verdict

    @property
    def detail(self) -> str:
        """How many parts there are, and the weakest of them."""
        count = "1 instance" if len(self.parts) == 1 else f"{len(self.parts)} instances"
        alike = all(part.verdict is self._weakest.verdict for part in self.parts)
        word = "first" if alike else "weakest"
        return f"{count}; {word}: {self._weakest.name}: {self._weakest.detail}"


@dataclass(frozen=True)
class Violation(Finding):
    """A property that a functional does not have: as certain as the counterexample found for it."""

    claim: Finding
    method = "counterexample"

    def __post_init__(self) -> None:
        super().__post_init__()
        validate_finding(self.name, self.claim)

    @property
    def scope(self) -> Scope:
        """That a property fails is shown by one point."""
        return ALL

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED if the property is refuted, REFUTED if it holds, else UNDECIDED."""
        if self.claim.verdict is Verdict.REFUTED:
            return Verdict.CERTIFIED
        return Verdict.REFUTED if self.claim.verdict >= Verdict.CERTIFIED else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """The counterexample."""
        return self.claim.detail


@dataclass(frozen=True)
class Escape(Finding):
    """An event that comes after a finite time.

    As strong as the agreement on its time; REFUTED if an obstacle is proved or certified, or if routes agree on where
    the flow ends instead; UNDECIDED if it never came.
    """

    time: Finding | None
    obstacles: Sequence[Finding]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "obstacles", tuple(validate_finding(self.name, x) for x in self.obstacles))
        if self.time is not None:
            validate_finding(self.name, self.time)

    @property
    def _obstacle(self) -> Finding | None:
        return next((x for x in self.obstacles if x.verdict >= Verdict.VERIFIED), None)

    @property
    def is_blocked(self) -> bool:
        """Whether an obstacle is shown."""
        return self._obstacle is not None

    @property
    def method(self) -> str:
        """That of the time, or of the obstacle."""
        decisive = self._obstacle or self.time
        return decisive.method if decisive else "integration"

    @property
    def verdict(self) -> Verdict:
        """VERIFIED, UNDECIDED or REFUTED."""
        if self._obstacle is not None:
            return Verdict.REFUTED
        return self.time.verdict if self.time is not None else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """The time, or the obstacle."""
        if (obstacle := self._obstacle) is not None:
            return f"{obstacle.name}: {obstacle.detail}"
        return self.time.detail if self.time is not None else "the event never came"
