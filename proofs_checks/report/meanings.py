"""The words printed beside verdicts, provenances and instances, so that none is read as more than it is."""

from __future__ import annotations

from typing import Final

from memcurse.proofs_checks.evidence.statement import Provenance
from memcurse.proofs_checks.evidence.verdicts import Verdict

from .results import Result, Status

VERDICTS: Final[dict[Verdict, str]] = {
    Verdict.PROVED: "A symbolic identity holds for all parameters of the hypotheses: exact rewriting takes "
    "the difference to 0. This is the only verdict that speaks about all parameters.",
    Verdict.CERTIFIED: "Ball or exact arithmetic decides every point of the stated scope: instances, or a whole "
    "region. Nothing outside it is covered.",
    Verdict.VERIFIED: "At least two independent routes agree at two precisions, or a count by enumeration "
    "agrees, at the stated instances.",
    Verdict.OBSERVED: "An experiment with random input, or a fit: the claim lies in its interval or range.",
    Verdict.UNDECIDED: "The evidence does not separate the claim from its negation.",
    Verdict.REFUTED: "A counterexample, with the numbers to reproduce it.",
}

PROVENANCES: Final[dict[Provenance, str]] = {
    Provenance.RECOVERED: "found with its formula in another public text of the same authors",
    Provenance.DERIVED: "rebuilt from the surrounding prose and proof in the paper",
    Provenance.RECALLED: "from memory of the paper, consistent with its proof, not recovered",
    Provenance.OURS: "a default that the source does not give",
    Provenance.NEW: "a result that the paper does not contain",
}

STATUSES: Final[dict[Status, str]] = {
    "holds": "supported by the evidence, and every control was refuted",
    "undecided": "not decided by the evidence",
    "refuted": "a counterexample was found",
    "broken": "a control survived: the check cannot tell the claim from a false neighbour",
    "error": "the check itself failed",
}

#: Kinds of scopes, from the widest to the narrowest.
SCOPES: Final = {
    "all": "all parameters",
    "region": "a region",
    "instances": "instances",
    "sample": "a sample",
}


def coverage(result: Result) -> str:
    """What the verdict of `result` covers, in one sentence."""
    if result.scope is None:
        return "The check did not finish, so nothing is known."
    digits = f", with {result.digits} digits" if result.digits else ""
    sentence = {
        "all": "For all parameters that satisfy the hypotheses.",
        "region": f"For every point of the region {result.scope.text}{digits}.",
        "instances": f"At {result.scope.text}{digits}. It says nothing between or beyond them.",
        "sample": f"In {result.scope.text}. Evidence, not certainty; the numbers say what was random or fitted.",
    }[result.scope.kind]
    if result.verdict is Verdict.UNDECIDED:
        return "Neither the claim nor its negation is supported."
    if result.verdict is Verdict.REFUTED:
        return f"One counterexample is enough; tried: {result.scope.text}{digits}."
    about = [finding for finding in result.evidence if finding.about == "claim"]
    proved = sum(finding.verdict is Verdict.PROVED for finding in about)
    if result.verdict is Verdict.PROVED or not proved:
        return sentence
    holding = f"{proved} hold{'s' * (proved == 1)}"
    return f"{sentence} Of {len(about)} findings about the claim, {holding} for all parameters."
