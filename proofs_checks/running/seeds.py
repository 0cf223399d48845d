"""A sweep of statements over seeds: whether a verdict hangs on what a check happened to draw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Final

from memcurse.numerics.sweeps.plan import SweepPlan
from memcurse.numerics.sweeps.tasks import Record, Task, whole_axis
from memcurse.proofs_checks.catalogue.cards import catalogue, chosen
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.report.results import Result
from memcurse.theory.exact import exact_integer

from .execution import result_of
from .runner import refuse_unreadable

#: A sweep's results must not hang on the clock.
_NO_LIMIT: Final = 1e9


class VerificationSweep(SweepPlan):
    """Verdicts of statements of the package for several seeds.

    Parameters
    ----------
    ids : texts, optional
        As for `verify`: ids, patterns, parts, papers; by default all.
    seeds : whole numbers
        Root seeds, such as "0:9:1".
    digits : int
        At least 15.
    quick : bool
        Fewer instances.

    Raises
    ------
    TypeError, ValueError
        For input out of range, or an id that is none.
    """

    kind: ClassVar[str] = "verify"
    found: ClassVar[tuple[str, ...]] = (
        "status",
        "verdict",
        "code_verdict",
        "instances",
        "survivors",
        "message",
    )

    def __init__(
        self, ids: Iterable[str] | None = None, seeds: Any = (0,), digits: int = 50, quick: bool = False
    ) -> None:
        everything = catalogue(None)
        refuse_unreadable(everything)
        axes = {
            "statement": [card.id for card in chosen(ids, everything.cards)],
            "seed": whole_axis("seeds", seeds, 0),
        }
        super().__init__(axes, {"digits": exact_integer("digits", digits, 15), "quick": bool(quick)})

    @property
    def compute(self) -> Callable[[Sequence[Task]], list[Record]]:
        """`verdicts`."""
        return verdicts


def verdicts(tasks: Sequence[Task]) -> list[Record]:
    """Verdict, the code's own, instances, and the controls that survived, of each statement."""
    cards = catalogue(None).cards
    found = []
    for task in tasks:
        setting = Setting(digits=task["digits"], quick=task["quick"], seed=task["seed"])
        found.append(_record(result_of(cards[task["statement"]], setting, _NO_LIMIT)))
    return found


def _record(result: Result) -> Record:
    if result.status == "error":
        # The last line of the trace: what stands above it names files of one machine.
        return {"status": result.status, "failure": result.message.strip().splitlines()[-1]}
    code = result.code_verdict
    return {
        "status": result.status,
        "verdict": result.verdict.name,
        "code_verdict": None if code is None else code.name,
        "instances": result.instances,
        "survivors": [x.name for x in result.controls if x.verdict.name != "REFUTED"],
        "message": "" if result.status == "holds" else result.message,
    }
