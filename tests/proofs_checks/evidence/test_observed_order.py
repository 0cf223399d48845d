"""Orders that an experiment shows."""

from __future__ import annotations

import pytest

from memcurse.proofs_checks.evidence.findings import ObservedLess
from memcurse.proofs_checks.evidence.verdicts import Verdict


@pytest.mark.parametrize(
    ("interval", "exclusion", "verdict"),
    [
        ((-2, -1), (-3, 0.5), Verdict.OBSERVED),
        ((-2, 0.1), (-3, 0.5), Verdict.UNDECIDED),
        ((1, 2), (-0.1, 3), Verdict.UNDECIDED),
        ((1, 2), (0.5, 3), Verdict.REFUTED),
        ((0, 0), (0, 0), Verdict.UNDECIDED),
    ],
)
def test_verdict_is_that_of_the_intervals(interval, exclusion, verdict):
    finding = ObservedLess("order", interval, exclusion, 0.95, 0.999, 8)
    assert finding.verdict is verdict
    assert "8 samples" in finding.detail


@pytest.mark.parametrize(
    "arguments",
    [
        ((-1, float("nan")), (-2, 1), 0.9, 0.99, 8),
        ((-3, 0), (-2, 1), 0.9, 0.99, 8),
        ((-1, 0), (-2, 1), 0.99, 0.9, 8),
        ((-1, 0), (-2, 1), 0.9, 0.99, 1),
    ],
)
def test_bad_intervals(arguments):
    with pytest.raises(ValueError, match="must"):
        ObservedLess("order", *arguments)
