r"""Eq. (19): the gradient of the loss.

**Proof.** The loss (eq. 18) is a finite sum; SymPy differentiates it with the one rule ``dL_k/dw =
-L_{k+1}`` (differentiation under the integral, allowed because ``t^{k+1} e^{-w t} rho`` is integrable
locally uniformly in ``w > 0``), for each width up to 4 and for a symbolic width, and the closed form comes
out.

**Instances.** Differences of the loss in many digits, along random directions, know nothing of any
derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.objective.continuous import Moment, gradient, loss

from ._derivatives import Derivative, draw_agreement, tried

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Formula = Callable[[Sequence[Any], Sequence[Any]], Any]
#: The indexed closed form for a symbolic width, and the derivative that it must equal.
Rows = Callable[[], list[tuple[str, sp.Expr, sp.Expr]]]


def _closed_form(a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:

    return gradient(a, w)


def _loss(a: Sequence[Any], w: Sequence[Any]) -> sp.Expr:

    return loss(a, w)


def check(setting: Setting) -> Evidence:
    """Identity for widths 1 to 4 and for a symbolic width; agreement with differences at random instances."""

    derivative = Derivative("eq-19", _closed_form, _loss, "gradient")
    return tried(setting, derivative, setting.pick(40, 8), (1, 2, 3, 4), ("dJ/da_k", "dJ/dw_k"))


def _false(formula: Formula) -> Callable[[Setting], Evidence]:
    def control(setting: Setting) -> Evidence:

        derivative = Derivative("eq-19", formula, _loss, "gradient")
        return tried(setting, derivative, setting.pick(4, 2), (2,), ())

    return control


def _changed(by_rate: Callable[..., Any]) -> Formula:
    """The closed form with its lower half replaced."""

    def formula(a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:
        true = _closed_form(a, w)
        m = len(a)
        return sp.Matrix([*true[:m], *(by_rate(a, w, k, true[m + k]) for k in range(m))])

    return formula


def _opposite_sign(a: Sequence[Any], w: Sequence[Any], k: int, entry: sp.Expr) -> sp.Expr:
    return -entry


def _first_power(a: Sequence[Any], w: Sequence[Any], k: int, entry: sp.Expr) -> sp.Expr:

    return -2 * a[k] * (sp.Add(*(x / (w[k] + v) for x, v in zip(a, w, strict=True))) - Moment(1, w[k]))


def _without_amplitude(a: Sequence[Any], w: Sequence[Any], k: int, entry: sp.Expr) -> sp.Expr:
    return entry / a[k]


def _half(a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:
    return _closed_form(a, w) / 2


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distance between closed form and differences, against the digits claimed."""

    draw_agreement(evidence, ax, "derivative of the loss along a random direction")


STATEMENT = Statement(
    id="eq-19",
    title="The gradient of the loss",
    paper="curse-of-memory",
    section="5",
    claim=r"\frac{\partial J}{\partial a_k} = 2\Bigl[\sum_j \frac{a_j}{w_k + w_j} - L_0(w_k)\Bigr], \quad"
    r" \frac{\partial J}{\partial w_k} = -2 a_k \Bigl[\sum_j \frac{a_j}{(w_k + w_j)^2} - L_1(w_k)\Bigr]",
    hypotheses=("a_i real", "w_i > 0", "rho real and square-integrable on t >= 0"),
    provenance=Provenance.DERIVED,
    uses=("eq-18",),
    check=check,
    controls=(
        Control("dJ/dw_k without its sign", _false(_changed(_opposite_sign))),
        Control("first power of w_k + w_j in dJ/dw_k", _false(_changed(_first_power))),
        Control("dJ/dw_k without the factor a_k", _false(_changed(_without_amplitude))),
        Control("factor 1 in place of 2", _false(_half)),
    ),
    figure=draw,
)
