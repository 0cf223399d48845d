r"""Theorem D.5 with eqs. (144), (145): a best approximation agrees with the target's L_0 and L_1 at its own rates.

**Proof.** By eq. (19) the gradient of J_m is ``2 R_0(w_k)`` and ``-2 a_k R_1(w_k)``, where ``R_n(w)`` is the n-th
moment of ``rho_hat - rho``: that is the derivative which SymPy takes of the loss, for symbolic width. A minimiser with
``a_k != 0`` therefore has ``R_0(w_k) = R_1(w_k) = 0``, and back. These are the generalised equations of Aigrain and
Williams, in control theory the Meier-Luenberger conditions. Consequently ``J = ||rho||^2 - ||rho_hat||^2``: the loss is
that plus ``2 sum a_k R_0(w_k)``.

**Instances.** At certified minima the conditions hold exactly, for Krawczyk's operator proves a zero of the gradient
in the box and the amplitudes are certainly not 0; nothing more is interpolated, and least squares with other rates
misses L_1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb
from mpmath import nstr

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.curse_of_memory.objective._routes import as_symbols
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, Identities, Vanishing
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective.continuous import Moment, loss, squared_norm
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum

from ._fits import MIXED, Minimum, minimum, monotone_targets, residual_moment

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _identities(first_power: bool = False) -> Finding:
    """Derivatives of the loss against the interpolation conditions, for widths 1 to 3, and the loss at a minimum."""

    pairs = []
    for m in range(1, 4):
        a, w = amplitudes(m), rates(m)
        J = loss(a, w)
        power = 1 if first_power else 2
        R0 = [sp.Add(*(b / (x + v) for b, v in zip(a, w, strict=True))) - Moment(0, x) for x in w]
        R1 = [sp.Add(*(b / (x + v) ** power for b, v in zip(a, w, strict=True))) - Moment(1, x) for x in w]
        norm = sp.Add(*(a[i] * a[j] / (w[i] + w[j]) for i in range(m) for j in range(m)))
        pairs += [(sp.diff(J, a[k]), 2 * R0[k]) for k in range(m)]
        pairs += [(sp.diff(J, w[k]), -2 * a[k] * R1[k]) for k in range(m)]
        pairs.append((J, squared_norm - norm + 2 * sp.Add(*(a[k] * R0[k] for k in range(m)))))
    # As independent symbols the moments can be given any values when a counterexample is sought.
    symbols = tuple((as_symbols(left), as_symbols(right)) for left, right in pairs)
    return Identities("gradient and loss by interpolation conditions, m <= 3", symbols)


def _minima(setting: Setting) -> Iterator[Minimum]:
    for name, target, widest in monotone_targets(setting, "thm-d.5"):
        for m in range(1, widest + 1):
            yield minimum(name, target, m, setting.digits)
    # The conditions need no complete monotonicity.
    yield minimum("sum of both signs", MIXED, 2, setting.digits)


def _interpolates(
    found: Minimum, n: int, setting: Setting, stretch: int = 1, proof: BallInequalities | None = None
) -> Finding:
    rates = [stretch * w for w in found.proof.w]
    balls = residual_moment(found, n, rates, setting.digits)
    return Vanishing(f"{found.name}, m = {found.fit.m}: L_{n} agrees", tuple(balls), proof)


def _nonzero(found: Minimum) -> BallInequalities:

    pairs = tuple((arb(0), a.abs_lower()) for a in found.proof.a)
    return BallInequalities(f"{found.name}, m = {found.fit.m}: no amplitude is 0", pairs)


def check(setting: Setting) -> Evidence:
    """The identity, then certified minima of many targets and widths, with residuals for the table."""
    minima = list(_minima(setting))
    parts: list[Finding] = []
    rows = []
    for found in minima:
        parts.append(_nonzero(found))
        parts += [_interpolates(found, n, setting, proof=found.inclusion) for n in (0, 1)]
        size = max(abs(r) for r in found.fit.residuals)
        rows.append((found.name, found.fit.m, _text(found.fit.loss), _text(size)))
    table = Table(("target", "m", "J", "largest residual at the rounded minimum"), tuple(rows))
    findings = (_identities(), Every("minima interpolate L_0 and L_1", tuple(parts)))
    return Evidence(findings, len(minima), setting.digits, table)


def _text(x: Any) -> str:

    return str(nstr(x, 6))


def _false(claim: Callable[[Minimum, Setting], Finding]) -> Callable[[Setting], Evidence]:
    """The same machinery at two minima, of a power law and of a sum."""

    def control(setting: Setting) -> Evidence:

        cases = (("(1+t)^-2", PowerLaw(1)), ("three terms", ExponentialSum([1, 2, 1], [1, 3, 7])))
        parts = [claim(minimum(name, target, 2, setting.digits), setting) for name, target in cases]
        return Evidence((Every("minima", tuple(parts)),), len(parts), setting.digits)

    return control


def _first_power(setting: Setting) -> Evidence:
    return Evidence((_identities(first_power=True),))


def _fixed_rates(setting: Setting) -> Evidence:
    """Least squares in the amplitudes alone, at rates that are no best ones: does it interpolate L_1?"""

    objective = Objective(PowerLaw(1))
    rates = ["1/2", "2"]
    with precision(setting.digits):
        at_zero = objective.enclose([0, 0], rates, setting.digits)
        matrix, right = at_zero.hessian, at_zero.gradient
        det = matrix[0, 0] * matrix[1, 1] - matrix[0, 1] ** 2
        a = [
            (matrix[0, 1] * right[1, 0] - matrix[1, 1] * right[0, 0]) / det,
            (matrix[0, 1] * right[0, 0] - matrix[0, 0] * right[1, 0]) / det,
        ]
        gradient = objective.enclose(a, rates, setting.digits).gradient
        balls = tuple(-gradient[2 + k, 0] / (2 * a[k]) for k in range(2))
    return Evidence(
        (Vanishing("least squares at rates 1/2 and 2: L_1 agrees", balls, None),), 1, setting.digits
    )


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distance between the transforms of fit and target against w: a double zero (a dip) at every rate of the fit."""

    exponents = np.linspace(-2, 1.5, 141)
    for m in (1, 2, 3):
        found = minimum("(1+t)^-2", PowerLaw(1), m, 20)
        with precision(20):
            rates = [arb(10) ** arb(float(x)) for x in exponents]
            sizes = [abs(float(R)) for R in residual_moment(found, 0, rates, 20)]
        (line,) = ax.plot(10.0**exponents, sizes, label=f"m = {m}")
        for w in found.fit.w:
            ax.axvline(float(w), color=line.get_color(), linewidth=0.6)
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="rate w (thin lines: rates of the fit)",
        ylabel=r"$|\hat L_0(w) - L_0(w)|$",
    )
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="thm-d.5",
    title="Best approximations interpolate at their own rates",
    paper="curse-of-memory",
    section="D.1.2",
    claim=(
        r"\nabla J_m(a, w) = 0,\ a_k \ne 0 \iff \sum_j \frac{a_j}{w_k + w_j} = L_0(w_k),\ "
        r"\sum_j \frac{a_j}{(w_k + w_j)^2} = L_1(w_k),\ k = 1..m; \text{ then } "
        r"J_m = \|\rho\|^2 - \|\hat\rho\|^2"
    ),
    hypotheses=("rho in L2", "a_k is not 0 and the rates w_k > 0 are distinct"),
    provenance=Provenance.DERIVED,
    uses=("eq-19",),
    check=check,
    controls=(
        Control("L_2 is interpolated as well", _false(lambda found, s: _interpolates(found, 2, s))),
        Control("interpolation at twice the rates", _false(lambda found, s: _interpolates(found, 0, s, 2))),
        Control("least squares at any rates interpolates L_1", _fixed_rates),
        Control("first power in the condition on L_1", _first_power),
    ),
    figure=draw,
)
