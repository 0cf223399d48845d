"""The scale of verdicts, how they combine, and what a run may say of a statement."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Literal

#: holds: supported by evidence, every control refuted; broken: a control survived; error: the check failed.
Status = Literal["holds", "undecided", "refuted", "broken", "error"]


class Verdict(enum.IntEnum):
    """Ordered scale of trust; combined by ``min``."""

    REFUTED = 0
    UNDECIDED = 1
    OBSERVED = 2
    VERIFIED = 3
    CERTIFIED = 4
    PROVED = 5


def weakest(verdicts: Iterable[Verdict]) -> Verdict:
    """The weakest of `verdicts`; UNDECIDED if there is none."""
    return min(verdicts, default=Verdict.UNDECIDED)


def is_refuted(verdict: Verdict) -> bool:
    """Whether a counterexample was found."""
    return verdict is Verdict.REFUTED


def is_certain(verdict: Verdict) -> bool:
    """Whether it was decided by exact or ball arithmetic, or proved: what a second program can decide again."""
    return verdict >= Verdict.CERTIFIED


def finished(verdict: Verdict, trustworthy: bool) -> Verdict:
    """What may be said in the end: no more than UNDECIDED where the check or its controls cannot be trusted.

    A counterexample stays one whatever else went wrong.
    """
    return verdict if trustworthy else min(verdict, Verdict.UNDECIDED)


def status_of(claim: Verdict, code: Verdict | None, controls: Iterable[Verdict], failed: bool) -> Status:
    """What became of a statement.

    Parameters
    ----------
    claim, code : Verdict
        The weakest of the findings about the claim and about the package's own code (None without any).
    controls : iterable of Verdict
        Anything but REFUTED means that a false neighbour survived.
    failed : bool
        Whether the check, a control or the picture raised.
    """
    if failed:
        return "error"
    verdicts = [claim] if code is None else [claim, code]
    if any(is_refuted(verdict) for verdict in verdicts):
        return "refuted"
    if not all(is_refuted(verdict) for verdict in controls):
        return "broken"
    return "undecided" if Verdict.UNDECIDED in verdicts else "holds"
