r"""Eqs. (97)-(101): the Hessian of the loss, block by block.

**Proof.** SymPy differentiates the gradient (eq. 19) with the rule ``dL_k/dw = -L_{k+1}``, for each width up
to 4 and for a symbolic width, where ``delta_{kn}`` takes care of the terms that meet on the diagonal.
Symmetry is checked for itself, entry by entry.

**Instances.** Differences of the gradient in many digits, along random directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.objective.continuous import gradient, hessian, residual_moment

from ._derivatives import Derivative, draw_agreement, tried

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Formula = Callable[[Sequence[Any], Sequence[Any]], Any]

_BLOCKS = ("d2J/da_k da_n", "d2J/da_k dw_n", "d2J/dw_k dw_n")


def _closed_form(a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:

    return hessian(a, w)


def _gradient(a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:

    return gradient(a, w)


def _moment_sum(a: Sequence[Any], w: Sequence[Any], k: int, n: int) -> sp.Expr:

    return residual_moment(n, k, a, w)


def check(setting: Setting) -> Evidence:
    """Identity for widths 1 to 4 and for a symbolic width; symmetry; differences at instances."""

    derivative = Derivative("eq-97", _closed_form, _gradient, "hessian")
    return tried(setting, derivative, setting.pick(24, 8), (1, 2, 3, 4), _BLOCKS)


def _false(change: Callable[..., sp.Matrix]) -> Callable[[Setting], Evidence]:
    def control(setting: Setting) -> Evidence:

        def formula(a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:
            return change(_closed_form(a, w), a, w)

        derivative = Derivative("eq-97", formula, _gradient, "hessian")
        return tried(setting, derivative, setting.pick(4, 2), (2,), ())

    return control


def _delta_term_times(factor: sp.Rational) -> Callable[..., sp.Matrix]:
    """The mixed block with its diagonal term times `factor`."""

    def change(H: sp.Matrix, a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:
        m = len(a)
        for k in range(m):
            extra = 2 * (1 - factor) * _moment_sum(a, w, k, 1)
            H[k, m + k] += extra
            H[m + k, k] += extra
        return H

    return change


def _half_rate_block(H: sp.Matrix, a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:
    m = len(a)
    for k in range(m):
        for j in range(m):
            H[m + k, m + j] -= 2 * a[k] * a[j] / (w[k] + w[j]) ** 3
    return H


def _rate_block_without_delta(H: sp.Matrix, a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:
    m = len(a)
    for k in range(m):
        H[m + k, m + k] -= 2 * a[k] * _moment_sum(a, w, k, 2)
    return H


def _unsymmetric(H: sp.Matrix, a: Sequence[Any], w: Sequence[Any]) -> sp.Matrix:
    """``a_k`` in place of ``a_j`` above the diagonal blocks: the transposed mixed block."""
    m = len(a)
    for k in range(m):
        for j in range(m):
            H[k, m + j] += 2 * (a[j] - a[k]) / (w[k] + w[j]) ** 2
    return H


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distance between closed form and differences, against the digits claimed."""

    draw_agreement(evidence, ax, "derivative of the gradient along a random direction")


STATEMENT = Statement(
    id="eq-97",
    title="The Hessian of the loss, eqs. (97) to (101)",
    paper="curse-of-memory",
    section="C.2",
    claim=r"\frac{\partial^2 J}{\partial a_k \partial a_j} = \frac{2}{w_k + w_j}, \quad"
    r" \frac{\partial^2 J}{\partial a_k \partial w_j} = -\frac{2 a_j}{(w_k + w_j)^2}"
    r" - 2 \delta_{kj} \Bigl[\sum_l \frac{a_l}{(w_k + w_l)^2} - L_1(w_k)\Bigr], \quad"
    r" \frac{\partial^2 J}{\partial w_k \partial w_j} = \frac{4 a_k a_j}{(w_k + w_j)^3}"
    r" + 2 \delta_{kj} a_k \Bigl[\sum_l \frac{2 a_l}{(w_k + w_l)^3} - L_2(w_k)\Bigr]",
    hypotheses=("a_i real", "w_i > 0", "rho real and square-integrable on t >= 0"),
    provenance=Provenance.DERIVED,
    uses=("eq-19",),
    check=check,
    controls=(
        Control(
            "delta term of the mixed block with the factor 1 in place of 2",
            _false(_delta_term_times(sp.Rational(1, 2))),
        ),
        Control("2 in place of 4 in the block of the rates", _false(_half_rate_block)),
        Control("block of the rates without its delta term", _false(_rate_block_without_delta)),
        Control("a_k in place of a_j in the mixed block", _false(_unsymmetric)),
    ),
    figure=draw,
)
