"""Runs one statement: its check, its controls, its table and picture."""

from __future__ import annotations

import time
import traceback
from pathlib import Path
from typing import Any, Final

from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.catalogue.reading import Card
from memcurse.proofs_checks.evidence.scopes import Scope
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Setting, Statement
from memcurse.proofs_checks.evidence.verdicts import Verdict, finished, is_refuted, status_of, weakest
from memcurse.proofs_checks.report.figures import csv_text, figure_svg
from memcurse.proofs_checks.report.results import ControlResult, FindingResult, Result

from .certificates import write_certificates
from .compiling import announce
from .isolation import default_precisions, limited
from .signals import TimeUpError, interrupt_behind

#: How the message of a statement begins that took too long.
TIME_UP: Final = "the time limit of"


def result_of(card: Card, setting: Setting, limit: float) -> Result:
    """Run one statement: its check, its controls, its picture. Nothing but an interrupt gets out."""
    started = time.perf_counter()
    announce()
    run = _Run(card, setting)
    try:
        with default_precisions(), limited(limit):
            run.everything()
    except TimeUpError:
        run.note(f"{_time_is_up(limit)} while running {run.stage}")
        run.timed_out = True
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        # SystemExit in a check must not end the run of all the others.
        behind = interrupt_behind(error)
        if isinstance(behind, KeyboardInterrupt):
            raise behind from None
        run.timed_out = behind is not None
        run.failed = not run.timed_out
        what = _time_is_up(limit) if run.timed_out else "internal error"
        trace = "" if run.timed_out else f": {_trace(error)}"
        run.note(f"{what} while running {run.stage}{trace}")
    return run.result(time.perf_counter() - started)


def _time_is_up(limit: float) -> str:
    return f"{TIME_UP} {limit:g} s passed"


class _Run:
    """What is known so far about a statement that is being checked."""

    def __init__(self, card: Card, setting: Setting) -> None:
        self.card, self.setting = card, setting
        self.stage = "the import"
        self.evidence: Evidence | None = None
        self.findings: tuple[FindingResult, ...] = ()
        self.scope: Scope | None = None
        self.controls: list[ControlResult] = []
        self.notes: list[str] = []
        self.csv: str | None = None
        self.svg: str | None = None
        self.timed_out = self.failed = self.controlled = False

    def note(self, text: str) -> None:
        self.notes.append(text)

    def everything(self) -> None:
        statement = load(self.card)
        self.stage = "the check"
        evidence = _validated(statement.check(self.setting))
        if evidence.instances > evidence.held:
            raise ValueError(
                f"`instances` must be at most the {evidence.held} that the findings hold; got {evidence.instances}"
            )
        # Verdicts are computed on demand: reading them here puts their cost under the time limit.
        self.findings = tuple(FindingResult.of(finding) for finding in evidence.findings)
        self.scope = evidence.scope
        self.evidence = evidence
        if self.setting.certificates:
            self.stage = "the certificates"
            write_certificates(Path(self.setting.certificates), self.card.id, evidence.findings)
        for control in statement.controls:
            self.stage = f"the control {control.name!r}"
            with default_precisions():
                self.controls.append(_control_result(control, self.setting))
        self.controlled = True
        self._illustrate(statement, evidence)

    def _illustrate(self, statement: Statement, evidence: Evidence) -> None:

        self.stage = "the table"
        self.csv = None if evidence.table is None else csv_text(evidence.table)
        self.stage = "the picture"
        if statement.figure is not None:
            self.svg = figure_svg(statement.figure, evidence, statement.id)

    def _verdicts(self, about: str) -> list[Verdict]:
        """Of the findings about the claim, or the code."""
        return [finding.verdict for finding in self.findings if finding.about == about]

    def result(self, elapsed_s: float) -> Result:
        evidence, of_code = self.evidence, self._verdicts("code")
        survived = [c.name for c in self.controls if not is_refuted(c.verdict)]
        notes = [f"control survived: {name}" for name in survived] + self.notes
        if evidence is not None and not notes:
            notes.append(evidence.message)
        # Without all controls refuted nothing is shown, but a counterexample stays one.
        sound = self.controlled and not (self.timed_out or survived)
        claim = finished(weakest(self._verdicts("claim")), sound)
        code = finished(weakest(of_code), sound) if of_code else None
        status = status_of(
            claim, code, [] if self.timed_out else [c.verdict for c in self.controls], self.failed
        )
        return Result.of(
            self.card,
            verdict=claim,
            scope=self.scope,
            code_verdict=code,
            status=status,
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
    return evidence


def _control_result(control: Control, setting: Setting) -> ControlResult:
    evidence = _validated(control.check(setting))
    return ControlResult(control.name, evidence.weakest, evidence.message)


def _trace(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__name__}: {error} [{where}]"
