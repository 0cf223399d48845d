r"""Theorem D.5 with eqs. (144), (145): a best approximation agrees with the target's L_0 and L_1 at its own rates.

**Proof.** By eq. (19) the gradient of J_m is ``2 R_0(w_k)`` and ``-2 a_k R_1(w_k)``, where ``R_n(w)`` is the n-th
moment of ``rho_hat - rho``: that is the derivative which SymPy takes of the loss, for symbolic width. A minimiser with
``a_k != 0`` therefore has ``R_0(w_k) = R_1(w_k) = 0``, and back. These are the generalised equations of Aigrain and
Williams, in control theory the Meier-Luenberger conditions. Consequently ``J = ||rho||^2 - ||rho_hat||^2``: the loss is
that plus ``2 sum a_k R_0(w_k)``.

**Instances.** At the package's certified minima the conditions hold exactly: each residual is a multiple of an entry of
the gradient, Krawczyk's operator proves from these expressions that the gradient has a zero in the box, the amplitudes
are certainly not 0, and where a rate is moved by a thousandth the same routine excludes 0. Nothing more is
interpolated, and least squares with other rates misses L_1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb
from mpmath import nstr

from memcurse.numerics.approximation.l2.best_fit import best_fit
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.stationary.newton import Proof
from memcurse.proofs_checks.curse_of_memory.objective._routes import as_symbols
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, Identities, Vanishing
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective.continuous import INDEXED, Moment, W, loss, squared_norm
from memcurse.theory.objective.gram_form import A, first_index, row, second_index, width_symbol
from memcurse.theory.objective.indexed_sums import canonical_sums, indexed_derivative
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum

from ._fits import MIXED, Minimum, gradient_at, minimum, monotone_targets, residual_moments

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _identities(first_power: bool = False) -> Finding:
    """For a symbolic width: derivatives of the loss against the interpolation conditions, and the loss at a minimum."""

    k, i, j, m = row, first_index, second_index, width_symbol
    power = 1 if first_power else 2
    J = INDEXED.loss()
    by_a, by_w = indexed_derivative(J, A[k]), indexed_derivative(J, W[k])
    R0 = sp.Sum(A[j] / (W[k] + W[j]), (j, 1, m)) - Moment(0, W[k])
    R1 = sp.Sum(A[j] / (W[k] + W[j]) ** power, (j, 1, m)) - Moment(1, W[k])
    norm = sp.Sum(A[i] * A[j] / (W[i] + W[j]), (i, 1, m), (j, 1, m))
    # sum_i a_i R_0(w_i), the index of the condition being summed.
    against = sp.Sum(A[i] * A[j] / (W[i] + W[j]), (i, 1, m), (j, 1, m)) - sp.Sum(
        A[i] * Moment(0, W[i]), (i, 1, m)
    )
    pairs = (
        (by_a, 2 * R0),
        (by_w, -2 * A[k] * R1),
        # With a_k != 0 the derivatives can be solved for the conditions: this is the way back.
        (R0, by_a / 2),
        (R1, -by_w / (2 * A[k])),
        (J, squared_norm - norm + 2 * against),
    )
    return Identities(
        "gradient and loss by interpolation conditions, every m",
        tuple((canonical_sums(left), canonical_sums(right)) for left, right in pairs),
    )


def _written_out(first_power: bool = False) -> Finding:
    """The same for widths 1 to 3, where moments at symbolic rates are numbers, so that a false one is refuted."""

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


def _interpolates(found: Minimum, n: int, setting: Setting, stretch: int = 1) -> Finding:
    """``R_n`` at the rates of a minimum (or multiples of them), tied to the gradient: half of it, over -a_k for R_1."""
    m = found.fit.m
    a, w, system = gradient_at(found.target, m)

    def route(point: Sequence[Any]) -> list[Any]:
        rates = [stretch * v for v in point[m:]]
        return residual_moments(found.target, point[:m], point[m:], n, rates, setting.digits)

    ties = []
    for k in range(m):
        x = stretch * w[k]
        model = sp.Add(*(b * sp.factorial(n) / (x + v) ** (n + 1) for b, v in zip(a, w, strict=True)))
        factor = sp.Rational(1, 2) if n == 0 else -1 / (2 * a[k])
        ties.append((model - found.target.moment(n, x), factor, k if n == 0 else m + k))
    box = dict(zip((*a, *w), found.proof.box, strict=True))
    name = f"{found.name}, m = {m}: L_{n} agrees"
    return Vanishing(name, system, box, ties, route, w, about="code")


def _nonzero(found: Minimum) -> BallInequalities:

    pairs = tuple((arb(0), a.abs_lower()) for a in found.proof.a)
    return BallInequalities(f"{found.name}, m = {found.fit.m}: no amplitude is 0", pairs, about="code")


def check(setting: Setting) -> Evidence:
    """The identities, then certified minima of many targets and widths, with residuals for the table."""
    minima = list(_minima(setting))
    parts: list[Finding] = []
    rows = []
    for found in minima:
        parts.append(_nonzero(found))
        parts += [_interpolates(found, n, setting) for n in (0, 1)]
        size = max(abs(r) for r in found.fit.residuals)
        rows.append((found.name, found.fit.m, _text(found.fit.loss), _text(size)))
    table = Table(("target", "m", "J", "largest residual at the rounded minimum"), tuple(rows))
    found_minima = Every("minima interpolate L_0 and L_1", tuple(parts))
    return Evidence((_identities(), _written_out(), found_minima), len(minima), setting.digits, table)


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
    return Evidence((_identities(first_power=True), _written_out(first_power=True)))


def _fixed_rates(setting: Setting) -> Evidence:
    """Least squares in the amplitudes alone, at rates that are no best ones: does it interpolate L_1?"""

    target, rates = PowerLaw(1), ["1/2", "2"]
    objective = Objective(target)
    with precision(setting.digits):
        at_zero = objective.enclose([0, 0], rates, setting.digits)
        matrix, right = at_zero.hessian, at_zero.gradient
        det = matrix[0, 0] * matrix[1, 1] - matrix[0, 1] ** 2
        a = [
            (matrix[0, 1] * right[1, 0] - matrix[1, 1] * right[0, 0]) / det,
            (matrix[0, 1] * right[0, 0] - matrix[0, 0] * right[1, 0]) / det,
        ]
        proof = Proof(tuple(a), (arb(1) / 2, arb(2)), (*a, arb(1) / 2, arb(2)), at_zero.loss, None)
    fit = best_fit(target, 2, digits=setting.digits)
    found = Minimum("least squares at rates 1/2 and 2", target, fit, proof)
    return Evidence((_interpolates(found, 1, setting),), 1, setting.digits)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distance between the transforms of fit and target against w: a double zero (a dip) at every rate of the fit."""

    exponents = np.linspace(-2, 1.5, 141)
    for m in (1, 2, 3):
        found = minimum("(1+t)^-2", PowerLaw(1), m, 20)
        with precision(20):
            rates = [arb(10) ** arb(float(x)) for x in exponents]
            moments = residual_moments(found.target, found.proof.a, found.proof.w, 0, rates, 20)
            sizes = [abs(float(R)) for R in moments]
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
