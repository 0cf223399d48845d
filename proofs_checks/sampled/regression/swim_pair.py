r"""The neuron of a pair of points: tanh is -1/2 at the first point and 1/2 at the second.

Only two inner products enter, :math:`g = |x_2 - x_1|^2` and :math:`p = \langle x_2 - x_1, x_1\rangle`, so the
identity in them holds in every dimension; beside it the vectors are written out in dimensions 1 to 3.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.sampled._instances import generic
from memcurse.theory.sampled.neurons import LN3, pair_neuron, preactivation, tanh

_HALF = sp.Rational(1, 2)


def _any_dimension(shift: Any) -> list[Finding]:
    g, p = sp.Symbol("g", positive=True), sp.Symbol("p", real=True)
    bias = -LN3 * p / g - shift
    return [
        Identity("at the first point, any dimension", tanh(LN3 * p / g + bias), -_HALF),
        Identity("at the second point, any dimension", tanh(LN3 * (p + g) / g + bias), _HALF),
    ]


def _written_out(dimension: int, shift: Any) -> list[Finding]:
    x1, x2 = generic("x", dimension, 1), generic("y", dimension, 1)
    neuron = pair_neuron(x1, x2, LN3, shift)
    return [
        Identity(f"<w, x1> + b in dimension {dimension}", preactivation(neuron, x1), -LN3 / 2),
        Identity(f"<w, x2> + b in dimension {dimension}", preactivation(neuron, x2), LN3 / 2),
    ]


def _evidence(shift: Any) -> Evidence:
    findings = _any_dimension(shift)
    for dimension in (1, 2, 3):
        findings += _written_out(dimension, shift)
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """The values at the pair, for all pairs of different points."""
    return _evidence(LN3 / 2)


def check_shift(setting: Setting) -> Evidence:
    """Shift ln 3 instead of half of it."""
    return _evidence(LN3)


STATEMENT = Statement(
    id="swim-pair",
    paper="sampled",
    title="A pair of points makes a neuron",
    section="B",
    claim=r"w = \frac{\ln 3\,(x_2 - x_1)}{|x_2 - x_1|^2},\; b = -\langle w, x_1\rangle - \frac{\ln 3}{2}"
    r"\;\Rightarrow\; \tanh(\langle w, x_{1,2}\rangle + b) = \mp\tfrac12",
    hypotheses=("x1 and x2 are different",),
    provenance=Provenance.RECALLED,
    uses=(),
    check=check,
    controls=(Control("shift ln 3", check_shift),),
)
