"""What a statement is, what counts as evidence for it, and which verdict evidence earns.

A verdict is never written down: a check returns *findings* (an identity, an inequality of balls, an agreement of
independent routes, an experiment), every finding computes its own verdict from the numbers it holds, and the verdict
of a statement is the weakest of them. This module imports nothing heavy, so that listing statements stays fast.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Verdict(enum.IntEnum):
    """Ordered scale of trust; combined by ``min``."""

    REFUTED = 0
    UNDECIDED = 1
    OBSERVED = 2
    VERIFIED = 3
    CERTIFIED = 4
    PROVED = 5


class Provenance(enum.Enum):
    """Where the formula of a statement comes from (the paper's own formulas were lost in extraction)."""

    RECOVERED = "recovered"
    DERIVED = "derived"
    RECALLED = "recalled"
    OURS = "ours"
    NEW = "new"


class Finding(Protocol):
    """One piece of evidence. ``method`` names the kind of argument, ``detail`` the numbers behind it."""

    @property
    def name(self) -> str: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def method(self) -> str: ...
    @property
    def detail(self) -> str: ...


@dataclass(frozen=True)
class Table:
    """Numbers of a check, one row per instance, written as CSV. Cells are text or numbers, never nan."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Evidence:
    """What a check found.

    Attributes
    ----------
    findings : sequence of Finding
        At least one; an empty sequence decides nothing.
    instances : int
        How many points of parameter space the findings cover.
    digits : int or None
        Working precision, where precision matters.
    table : Table, optional
        The numbers, for the CSV.
    data : mapping
        Whatever the figure needs; not part of the JSON report.
    """

    findings: Sequence[Finding]
    instances: int = 1
    digits: int | None = None
    table: Table | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict among the findings."""
        return min((f.verdict for f in self.findings), default=Verdict.UNDECIDED)

    @property
    def method(self) -> str:
        """The kinds of argument used, each once."""
        return ", ".join(dict.fromkeys(part for f in self.findings for part in f.method.split(", ")))

    @property
    def message(self) -> str:
        """The finding that set the verdict, with its numbers."""
        if not self.findings:
            return "no finding"
        weakest = min(self.findings, key=lambda f: f.verdict)
        return f"{weakest.name}: {weakest.detail}"


@dataclass(frozen=True)
class Setting:
    """How hard a check should try.

    Attributes
    ----------
    digits : int
        Decimal digits of the ball arithmetic, at least 15.
    quick : bool
        Fewer instances, same arguments.
    seed : int
        Root seed; a statement draws from ``setting.seed_for(id)``, so that neither order nor jobs matter.
    """

    digits: int = 50
    quick: bool = False
    seed: int = 0

    def seed_for(self, name: str) -> int:
        """A 64-bit seed that depends on the root seed and on the statement's name alone."""
        text = f"{self.seed}:{name}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")

    def pick(self, full: int, quick: int) -> int:
        """Number of instances: `full`, or `quick` in a quick run."""
        return quick if self.quick else full


Check = Callable[[Setting], Evidence]
Figure = Callable[[Evidence, "Axes"], None]


@dataclass(frozen=True)
class Control:
    """A false neighbour of a statement, which the same machinery must find REFUTED."""

    name: str
    check: Check


@dataclass(frozen=True)
class Statement:
    """A numbered claim, the code that tries to refute it, and its false neighbours.

    Every field but the functions is a literal, so that `proofs_checks.catalogue` can read it without an import.
    """

    id: str
    title: str
    section: str
    claim: str
    hypotheses: tuple[str, ...]
    provenance: Provenance
    uses: tuple[str, ...]
    check: Check
    controls: tuple[Control, ...]
    figure: Figure | None = None
    #: Whether a quick run of all statements takes it in. Not where the compiled integrator is needed: on a new machine
    #: compiling that takes longer than everything else together.
    quick: bool = True
    #: The source it belongs to, such as "curse-of-memory"; empty for a claim of one's own.
    paper: str = ""

    def __post_init__(self) -> None:
        if not self.controls:
            raise ValueError(f"`controls` must hold at least one false neighbour; got none for {self.id!r}")
