"""Findings from repetitions with independent seeds: a mean that is a given number, a mean that is below zero."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from memcurse.numerics.sampled.experiments.measures import mean_intervals
from memcurse.proofs_checks.evidence.findings import Experiment, ObservedLess

#: Confidence of what is observed, and of what refutes.
LEVELS: Final = (0.95, 0.999)


def mean_is(name: str, claimed: float, values: Any) -> Experiment:
    """The mean of independent values against a claimed number."""
    interval, exclusion = mean_intervals(values, LEVELS)
    return Experiment(name, claimed, interval, exclusion, *LEVELS, samples=len(values), random="seeds")


def mean_less(name: str, smaller: Any, larger: Any) -> ObservedLess:
    """One quantity below another on average, in pairs that share a seed; `larger` may be one number."""
    differences = np.asarray(smaller, dtype=float) - np.asarray(larger, dtype=float)
    interval, exclusion = mean_intervals(differences, LEVELS)
    return ObservedLess(name, interval, exclusion, *LEVELS, samples=len(differences), random="seeds")
