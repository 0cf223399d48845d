"""What a run leaves behind: one result per statement, and the report that holds them."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from memcurse.proofs_checks.catalogue.reading import Card
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.scopes import Scope
from memcurse.proofs_checks.evidence.statement import Provenance
from memcurse.proofs_checks.evidence.verdicts import Status as Status
from memcurse.proofs_checks.evidence.verdicts import Verdict, weakest

from .rechecked import Rechecked

#: Changes when a reader of ``report.json`` would have to change.
SCHEMA_VERSION: Final = "2.0"


@dataclass(frozen=True)
class FindingResult:
    """One finding with its verdict computed."""

    name: str
    verdict: Verdict
    method: str
    detail: str
    about: str
    scope: Scope

    @classmethod
    def of(cls, finding: Finding) -> FindingResult:
        """The numbers of `finding`, free of its heavy objects."""
        verdict, method, detail = finding.verdict, finding.method, finding.detail
        return cls(str(finding.name), verdict, str(method), str(detail), finding.about, finding.scope)


@dataclass(frozen=True)
class ControlResult:
    """A false neighbour and what became of it; anything but REFUTED means that it survived."""

    name: str
    verdict: Verdict
    detail: str


@dataclass(frozen=True, repr=False)
class Result:
    """What the run found out about one statement.

    Attributes
    ----------
    verdict : Verdict
        The weakest of the findings about the claim.
    scope : Scope or None
        How far it reaches; None where nothing was found.
    code_verdict : Verdict or None
        The weakest of the findings about the package's own routines; None without any.
    status : str
        One of ``holds``, ``undecided``, ``refuted``, ``broken``, ``error``.
    message : str
        The finding that set the verdict, and whatever went wrong.
    csv, svg : str or None
        The numbers and the picture; files next to the report, not part of its JSON.
    """

    id: str
    title: str
    paper: str
    section: str
    claim: str
    hypotheses: tuple[str, ...]
    provenance: Provenance
    uses: tuple[str, ...]
    status: Status
    verdict: Verdict
    scope: Scope | None
    code_verdict: Verdict | None
    method: str
    instances: int
    digits: int | None
    evidence: tuple[FindingResult, ...]
    controls: tuple[ControlResult, ...]
    elapsed_s: float
    message: str
    csv: str | None = None
    svg: str | None = None

    def __repr__(self) -> str:
        reach = "nothing covered" if self.scope is None else self.scope.text
        return f"Result({self.id}: {self.status}, {self.verdict.name}, {reach})"

    @classmethod
    def of(cls, card: Card, **found: Any) -> Result:
        """A result with what `card` says and what was `found`."""
        shared = ("id", "title", "paper", "section", "claim", "hypotheses", "provenance", "uses")
        return cls(**{name: getattr(card, name) for name in shared}, **found)

    @classmethod
    def from_dict(cls, found: Mapping[str, Any], csv: str | None, svg: str | None) -> Result:
        """The result that `to_dict` wrote down.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is none.
        """
        values = {field.name: found[field.name] for field in fields(cls) if field.name not in ("csv", "svg")}
        code = values["code_verdict"]
        values |= {
            "hypotheses": tuple(values["hypotheses"]),
            "uses": tuple(values["uses"]),
            "provenance": Provenance(values["provenance"]),
            "verdict": Verdict[values["verdict"]],
            "scope": None if values["scope"] is None else Scope.from_dict(values["scope"]),
            "code_verdict": None if code is None else Verdict[code],
            "evidence": tuple(
                FindingResult(**x | {"verdict": Verdict[x["verdict"]], "scope": Scope.from_dict(x["scope"])})
                for x in values["evidence"]
            ),
            "controls": tuple(
                ControlResult(**x | {"verdict": Verdict[x["verdict"]]}) for x in values["controls"]
            ),
        }
        return cls(**values, csv=csv, svg=svg)

    def to_dict(self) -> dict[str, Any]:
        """The fields of the JSON report."""
        names = [field.name for field in fields(self) if field.name not in ("csv", "svg")]
        return {name: _plain(getattr(self, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Verdict):
        return value.name
    if isinstance(value, Provenance):
        return value.value
    if isinstance(value, Scope):
        return value.to_dict()
    if isinstance(value, FindingResult | ControlResult):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value


def error_result(card: Card, digits: int | None, message: str) -> Result:
    """The result of a statement whose check could not be run."""
    return Result.of(
        card,
        status="error",
        verdict=weakest(()),
        scope=None,
        code_verdict=None,
        method="",
        instances=0,
        digits=digits,
        evidence=(),
        controls=(),
        elapsed_s=0.0,
        message=message,
    )


@dataclass(frozen=True, repr=False)
class Record:
    """All results of a run, and the settings that reproduce it."""

    results: tuple[Result, ...]
    digits: int
    quick: bool
    seed: int
    time_limit: float
    elapsed_s: float
    interrupted: bool = False
    #: What stopped an interrupted run: SIGINT, unless told otherwise.
    signal_number: int = 2
    full: bool = False
    #: What an independent program says of the certificates, where they were asked for.
    rechecked: Rechecked | None = None

    def __repr__(self) -> str:
        counts = (
            ", ".join(f"{count} {name.lower()}" for name, count in self.summary.items()) or "none finished"
        )
        setting = f"digits={self.digits}, seed={self.seed}"
        return f"{type(self).__name__}({len(self.results)} statements: {counts}; {setting})"

    def exit_code(self, strict: bool = False) -> int:
        """Exit code of the command line for these results.

        0 all hold, 1 something refuted, a control survived or a certificate is refused, 3 undecided (only if
        `strict`), 4 internal error, 128 and the number of the signal that stopped the run: 130 after Ctrl-C, 143
        after SIGTERM.
        """
        statuses = {result.status for result in self.results}
        if self.interrupted:
            return 128 + self.signal_number
        if "error" in statuses:
            return 4
        if statuses & {"refuted", "broken"} or (self.rechecked is not None and self.rechecked.refused):
            return 1
        return 3 if strict and "undecided" in statuses else 0

    @property
    def summary(self) -> dict[str, int]:
        """How many statements have each verdict; those that are broken or failed count as that only."""
        counts = Counter(
            result.status if result.status in ("broken", "error") else result.verdict.name
            for result in self.results
        )
        order = [verdict.name for verdict in sorted(Verdict, reverse=True)] + ["broken", "error"]
        return {name: counts[name] for name in order if counts[name]}

    @property
    def settings(self) -> dict[str, Any]:
        """What to pass to `verify` to run this again."""
        return {
            "digits": self.digits,
            "quick": self.quick,
            "full": self.full,
            "seed": self.seed,
            "time_limit_s": self.time_limit,
        }

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, in the order of the schema."""
        return {
            "schema_version": SCHEMA_VERSION,
            "settings": self.settings,
            "versions": versions(),
            "interrupted": self.interrupted,
            "elapsed_s": round(self.elapsed_s, 3),
            "summary": self.summary,
            **({} if self.rechecked is None else {"rechecked": self.rechecked.to_dict()}),
            "results": [result.to_dict() for result in self.results],
        }

    def to_json(self) -> str:
        """The report as JSON; valid under ``report/report.schema.json``."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def versions() -> dict[str, str]:
    """Versions of memcurse and of the libraries that computed the evidence."""

    found = {"python": platform.python_version()}
    for name in ("memcurse", "sympy", "mpmath", "python-flint", "numpy", "scipy", "numba"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
