"""Runs the checks of statements and their controls: in any number of processes, with the same result.

Every statement draws from a seed of its own, starts from the default precisions, and has a limit on its time.
"""

from __future__ import annotations

import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from .catalogue import Card, cards, chosen, load
from .results import ControlResult, FindingResult, Report, Result, Status, error_result
from .statement import Control, Evidence, Setting, Statement, Verdict

#: Seconds that one statement (check, controls, picture) may take unless told otherwise.
TIME_LIMIT: Final = 600.0


class TimeUpError(BaseException):
    """The time limit of a statement has passed. No `Exception`, so that a check cannot swallow it."""


def statements() -> tuple[Card, ...]:
    """All statements of the package, ordered by section, then by id, without importing their modules."""
    return tuple(cards().values())


def verify(
    ids: Iterable[str] | None = None,
    *,
    digits: int = 50,
    quick: bool = False,
    seed: int = 0,
    jobs: int = 1,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Result], None] | None = None,
    folder: Path | None = None,
) -> Report:
    """Try to refute statements, and report how strong the evidence is.

    Parameters
    ----------
    ids : iterable of str, optional
        Which statements; default all.
    digits : int
        Decimal digits of the ball arithmetic, at least 15.
    quick : bool
        Fewer instances, same arguments.
    seed : int
        Root seed, not negative. Neither order nor `jobs` change what a statement draws.
    jobs : int
        Number of processes.
    time_limit : float
        Seconds per statement; when they are over, the statement is UNDECIDED.
    progress : callable, optional
        Called with every result as it arrives, in the order of arrival.
    folder : Path, optional
        Where the statements are, ``<part>/<name>.py``; default this package.

    Returns
    -------
    Report
        Results in the order of the catalogue. After an interrupt, those that were finished.

    Raises
    ------
    ValueError, TypeError
        Before any work, naming the argument, the rule and the value.
    """
    prepared = plan(
        ids, digits=digits, quick=quick, seed=seed, jobs=jobs, time_limit=time_limit, folder=folder
    )
    return run(prepared, progress)


@dataclass(frozen=True)
class Plan:
    """Valid arguments of a run."""

    cards: tuple[Card, ...]
    setting: Setting
    time_limit: float
    jobs: int


def plan(
    ids: Iterable[str] | None = None,
    *,
    digits: int = 50,
    quick: bool = False,
    seed: int = 0,
    jobs: int = 1,
    time_limit: float = TIME_LIMIT,
    folder: Path | None = None,
) -> Plan:
    """The arguments of `verify`, validated; raises what `verify` raises and runs nothing."""
    setting = Setting(
        digits=validate_integer("digits", digits, least=15),
        quick=bool(quick),
        seed=validate_integer("seed", seed, least=0),
    )
    limit = validate_seconds("time_limit", time_limit)
    processes = validate_integer("jobs", jobs, least=1)
    selected = chosen(ids, cards(folder))
    return Plan(selected, setting, limit, max(1, min(processes, len(selected))))


def run(prepared: Plan, progress: Callable[[Result], None] | None = None) -> Report:
    """Carry out a plan; an interrupt ends it early and keeps what is finished."""
    started = time.perf_counter()
    finished: dict[str, Result] = {}
    interrupted = False
    try:
        for result in _results(prepared):
            finished[result.id] = result
            if progress is not None:
                progress(result)
    except KeyboardInterrupt:
        interrupted = True
    return Report(
        results=tuple(finished[card.id] for card in prepared.cards if card.id in finished),
        digits=prepared.setting.digits,
        quick=prepared.setting.quick,
        seed=prepared.setting.seed,
        time_limit=prepared.time_limit,
        elapsed_s=time.perf_counter() - started,
        interrupted=interrupted,
    )


def validate_integer(name: str, value: Any, least: int) -> int:
    """`value` as an int that is at least `least`."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"`{name}` must be an integer; got {value!r}")
    number = int(value.__index__())
    if number < least:
        raise ValueError(f"`{name}` must be at least {least}; got {number}")
    return number


def validate_seconds(name: str, value: Any) -> float:
    """`value` as a positive, finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`{name}` must be a number of seconds; got {value!r}")
    if not 0 < value < float("inf"):
        raise ValueError(f"`{name}` must be positive and finite; got {value!r}")
    return float(value)


def _results(prepared: Plan) -> Iterator[Result]:
    """Results in the order of arrival."""
    if prepared.jobs == 1:
        for card in prepared.cards:
            yield result_of(card, prepared.setting, prepared.time_limit)
    else:
        yield from _parallel_results(prepared)


def _parallel_results(prepared: Plan) -> Iterator[Result]:
    """The same from processes; one that dies leaves error results for what had not arrived."""
    from concurrent.futures.process import BrokenProcessPool

    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=prepared.jobs, return_as="generator_unordered", batch_size=1)
    missing = {card.id: card for card in prepared.cards}
    calls = (delayed(result_of)(card, prepared.setting, prepared.time_limit) for card in prepared.cards)
    try:
        for result in parallel(calls):
            missing.pop(result.id)
            yield result
    except BrokenProcessPool:
        for card in missing.values():
            yield error_result(
                card, prepared.setting.digits, "a worker process died before the result arrived"
            )


def result_of(card: Card, setting: Setting, limit: float = TIME_LIMIT) -> Result:
    """Run one statement: its check, its controls, its picture. Nothing but an interrupt gets out."""
    started = time.perf_counter()
    run = _Run(card, setting)
    try:
        with _default_precisions(), _limited(limit):
            run.everything()
    except TimeUpError:
        run.note(f"the time limit of {limit:g} s passed while running {run.stage}")
        run.timed_out = True
    except Exception as error:
        run.note(f"internal error while running {run.stage}: {_trace(error)}")
        run.failed = True
    return run.result(time.perf_counter() - started)


class _Run:
    """What is known so far about a statement that is being checked."""

    def __init__(self, card: Card, setting: Setting) -> None:
        self.card, self.setting = card, setting
        self.stage = "the import"
        self.evidence: Evidence | None = None
        self.findings: tuple[FindingResult, ...] = ()
        self.controls: list[ControlResult] = []
        self.notes: list[str] = []
        self.csv: str | None = None
        self.svg: str | None = None
        self.timed_out = self.failed = False

    def note(self, text: str) -> None:
        self.notes.append(text)

    def everything(self) -> None:
        statement = load(self.card)
        self.stage = "the check"
        evidence = _validated(statement.check(self.setting))
        # Verdicts are computed on demand: reading them here puts their cost under the time limit.
        self.findings = tuple(FindingResult.of(finding) for finding in evidence.findings)
        self.evidence = evidence
        for control in statement.controls:
            self.stage = f"the control {control.name!r}"
            with _default_precisions():
                self.controls.append(_control_result(control, self.setting))
        self._illustrate(statement, evidence)

    def _illustrate(self, statement: Statement, evidence: Evidence) -> None:
        from .report.figures import csv_text, figure_svg

        self.stage = "the table"
        self.csv = None if evidence.table is None else csv_text(evidence.table)
        self.stage = "the picture"
        if statement.figure is not None:
            self.svg = figure_svg(statement.figure, evidence, statement.id)

    def _verdict(self) -> Verdict:
        if self.evidence is None:
            return Verdict.UNDECIDED
        found = min((finding.verdict for finding in self.findings), default=Verdict.UNDECIDED)
        # A counterexample stays one when the controls or the picture could not be finished.
        return min(found, Verdict.UNDECIDED) if self.timed_out else found

    def _status(self, verdict: Verdict) -> Status:
        if self.failed:
            return "error"
        if verdict is Verdict.REFUTED:
            return "refuted"
        if any(control.verdict is not Verdict.REFUTED for control in self.controls):
            return "broken"
        return "undecided" if verdict is Verdict.UNDECIDED else "holds"

    def result(self, elapsed_s: float) -> Result:
        evidence, verdict = self.evidence, self._verdict()
        survived = [c.name for c in self.controls if c.verdict is not Verdict.REFUTED]
        notes = [f"control survived: {name}" for name in survived] + self.notes
        if evidence is not None and not notes:
            notes.append(evidence.message)
        return Result.of(
            self.card,
            verdict=verdict,
            status=self._status(verdict),
            method=evidence.method if evidence is not None else "",
            instances=evidence.instances if evidence is not None else 0,
            digits=evidence.digits if evidence is not None else None,
            evidence=self.findings,
            controls=tuple(self.controls),
            elapsed_s=elapsed_s,
            message="; ".join(notes),
            csv=self.csv,
            svg=self.svg,
        )


def _validated(evidence: Any) -> Evidence:
    if not isinstance(evidence, Evidence):
        raise TypeError(f"`check` must return Evidence; got {type(evidence).__name__}")
    if not evidence.findings:
        raise ValueError("`findings` must not be empty; got none")
    validate_integer("instances", evidence.instances, least=1)
    return evidence


def _control_result(control: Control, setting: Setting) -> ControlResult:
    evidence = _validated(control.check(setting))
    return ControlResult(control.name, evidence.verdict, evidence.message)


def _trace(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__}: {error} [{where}]"


@contextmanager
def _default_precisions() -> Iterator[None]:
    """Start from 53 bits in mpmath and in balls, whatever ran before, and restore what the caller had."""
    import flint
    import mpmath
    import numpy as np

    before = flint.ctx.prec
    with mpmath.workprec(53), np.errstate(all="warn"):
        flint.ctx.prec = 53
        try:
            yield
        finally:
            flint.ctx.prec = before


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `TimeUpError` in the block after `seconds`, where the platform and the thread allow it."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    armed = True

    def ring(number: int, frame: FrameType | None) -> None:
        if armed:
            raise TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    # It rings again every second: an exception raised inside a callback of compiled code may get lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        with suppress(TypeError):
            signal.signal(signal.SIGALRM, before)
