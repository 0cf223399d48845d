"""What an independent program says of the certificates of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: What the claims of certificates are called; comparisons are the last step of a ball inequality only.
CLAIMS: Final = {
    "identity": "identities",
    "matrices": "identities of matrices",
    "inequality": "inequalities for all parameters",
    "region": "inequalities on regions",
    "zero": "zeros of systems in boxes",
    "counterexample": "counterexamples",
    "comparison": "comparisons of numbers and balls",
    "other": "of kinds that have no certificate",
    "unreadable": "unreadable files",
}


@dataclass(frozen=True)
class Rechecked:
    """How many pieces of evidence were decided again.

    Attributes
    ----------
    answers : mapping from a claim (a key of `CLAIMS`) to a mapping from an answer to a number
        The answers are ``ok``, ``refused`` and ``not reached``; kinds without a certificate are never reached.
    operations : int
        What the program may spend on each.
    statements : mapping from an id to a mapping from an answer to a number
        The same by statement; one that is neither proved nor certified in any part is not there.
    """

    answers: Mapping[str, Mapping[str, int]]
    operations: int
    statements: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def count(self, answer: str) -> int:
        """How many have this answer."""
        return sum(numbers.get(answer, 0) for numbers in self.answers.values())

    @property
    def total(self) -> int:
        """All pieces of evidence that are proved or certified."""
        return sum(sum(numbers.values()) for numbers in self.answers.values())

    @property
    def refused(self) -> bool:
        """Whether the program finds one wrong."""
        return self.count("refused") > 0

    @property
    def parts(self) -> list[str]:
        """The same for each kind of claim."""
        return [
            f"{name}: {self.answers[claim].get('ok', 0)} of {sum(self.answers[claim].values())}"
            + _refusals(self.answers[claim].get("refused", 0))
            for claim, name in CLAIMS.items()
            if claim in self.answers
        ]

    def of(self, statement: str) -> str | None:
        """``n of N`` for one statement; None where it has no certificates."""
        if statement not in self.statements:
            return None
        answers = self.statements[statement]
        return f"{answers.get('ok', 0)} of {sum(answers.values())}{_refusals(answers.get('refused', 0))}"

    @property
    def lines(self) -> list[str]:
        """A line for each statement of which something was not decided again."""
        return [
            f"  {statement}: {self.of(statement)}"
            for statement, answers in self.statements.items()
            if answers.get("ok", 0) < sum(answers.values())
        ]

    @property
    def text(self) -> str:
        """One line."""
        head = (
            f"re-checked independently: {self.count('ok')} of {self.total}{_refusals(self.count('refused'))}"
        )
        return f"{head} ({'; '.join(self.parts)}; at most {self.operations} operations each)"

    def to_dict(self) -> dict[str, Any]:
        """For the JSON report."""
        return {
            "checked": self.count("ok"),
            "refused": self.count("refused"),
            "total": self.total,
            "operations": self.operations,
            "claims": {claim: dict(numbers) for claim, numbers in self.answers.items()},
            "statements": {statement: dict(numbers) for statement, numbers in self.statements.items()},
        }


def _refusals(number: int) -> str:
    return f", {number} REFUSED" * bool(number)
