r"""States :math:`y_t = p y_{t-1} + x_t` driven by AR(1) input with autocovariance :math:`E\, x_t \bar x_{t-k} =
c^k/(1 - |c|^2)`. The covariance is summed over lags (two geometric series), and meets the stationary equation of
the states.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.objective import coloured_product


def _evidence(swapped: bool) -> Evidence:
    x, y, c, cc = sp.symbols("pc_i p_j c cc")
    closed = coloured_product(x, y, cc, c) if swapped else coloured_product(x, y, c, cc)
    variance = 1 / (1 - c * cc)
    lags = variance / (1 - x * y) * (1 / (1 - c * x) + cc * y / (1 - cc * y))
    older = variance * c / (1 - c * x), variance * cc / (1 - cc * y)
    stationary = x * y * closed + x * older[0] + y * older[1] + variance
    findings = [
        Identity("sum over the lags", closed, lags),
        Identity("stationary equation", closed, stationary),
        Identity("white input", closed.subs({c: 0, cc: 0}), 1 / (1 - x * y)),
    ]
    return Evidence(findings, instances=3)


def check(setting: Setting) -> Evidence:
    """The closed form."""
    return _evidence(swapped=False)


def check_swapped(setting: Setting) -> Evidence:
    """c and its conjugate exchanged."""
    return _evidence(swapped=True)


STATEMENT = Statement(
    id="fp-colour",
    title="Covariance of states under coloured input",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"G_{ij} = \frac{1 - |c|^2 \bar p_i p_j}{(1 - |c|^2)(1 - \bar p_i p_j)(1 - c \bar "
        r"p_i)(1 - \bar c p_j)}"
    ),
    hypotheses=("x_n = c x_{n-1} + e_n, |c| < 1, white innovations of variance 1",),
    provenance=Provenance.NEW,
    uses=("fp-objective",),
    check=check,
    controls=(Control("c and its conjugate exchanged", check_swapped),),
)
