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
from typing import TYPE_CHECKING, Any

from .finding import Finding as Finding
from .finding import validate_finding
from .scopes import Scope, narrowest
from .verdicts import Verdict as Verdict
from .verdicts import weakest

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Provenance(enum.Enum):
    """Where the formula of a statement comes from (the paper's own formulas were lost in extraction)."""

    RECOVERED = "recovered"
    DERIVED = "derived"
    RECALLED = "recalled"
    OURS = "ours"
    NEW = "new"


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
        At least one.
    instances : int
        How many points of parameter space the findings cover: no more than they hold.
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

    def __post_init__(self) -> None:
        found = tuple(validate_finding("findings", finding) for finding in self.findings)
        if not found:
            raise ValueError("`findings` must not be empty; got none")
        object.__setattr__(self, "findings", found)
        if isinstance(self.instances, bool) or not isinstance(self.instances, int):
            raise TypeError(f"`instances` must be an integer; got {self.instances!r}")
        if self.instances < 1:
            raise ValueError(f"`instances` must be at least 1; got {self.instances}")

    @property
    def held(self) -> int:
        """How many instances the findings hold: no more may be counted."""
        return sum(finding.held for finding in self.findings)

    def _about(self, about: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.about == about)

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict among the findings about the claim; UNDECIDED without any."""
        return weakest(finding.verdict for finding in self._about("claim"))

    @property
    def code_verdict(self) -> Verdict | None:
        """The weakest verdict among the findings about the code; None without any."""
        found = self._about("code")
        return weakest(finding.verdict for finding in found) if found else None

    @property
    def weakest(self) -> Verdict:
        """The weakest verdict of all findings: what a false neighbour is judged by."""
        return weakest(finding.verdict for finding in self.findings)

    @property
    def scope(self) -> Scope:
        """The narrowest scope among the findings about the claim; the instances are those that the check counts."""
        found = narrowest(finding.scope for finding in self._about("claim") or self.findings)
        return Scope(found.kind, self.instances) if found.kind == "instances" else found

    @property
    def method(self) -> str:
        """The kinds of argument used, each once."""
        return ", ".join(dict.fromkeys(part for f in self.findings for part in f.method.split(", ")))

    @property
    def message(self) -> str:
        """The finding that set the verdict, with its numbers."""
        found = min(self.findings, key=lambda finding: finding.verdict)
        return f"{found.name}: {found.detail}"


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
    certificates : str
        Folder for files from which a second program decides the findings again; empty for none.
    full : bool
        Experiments at the size that their figures and notebooks show, however long that takes.
    """

    digits: int = 50
    quick: bool = False
    seed: int = 0
    certificates: str = ""
    full: bool = False

    def __post_init__(self) -> None:
        if self.quick and self.full:
            raise ValueError("`full` must not be asked for together with `quick`; got both")

    def seed_for(self, name: str) -> int:
        """A 64-bit seed that depends on the root seed and on the statement's name alone."""
        text = f"{self.seed}:{name}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")

    def pick(self, usual: int, quick: int, full: int | None = None) -> int:
        """Number of instances: the `usual` one, `quick` in a quick run, and `full`, if given, in a full one."""
        if self.full and full is not None:
            return full
        return quick if self.quick else usual


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
    #: What the source says that turned out to be false or not sharp, in words; empty where nothing did.
    corrects: str = ""

    def __post_init__(self) -> None:
        if not self.controls:
            raise ValueError(f"`controls` must hold at least one false neighbour; got none for {self.id!r}")
