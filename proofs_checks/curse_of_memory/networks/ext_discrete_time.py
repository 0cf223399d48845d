r"""Discrete time: sums of geometric sequences in closed form, and what is left of them as the step goes to 0.

``h_{n+1} = W h_n + U x_n`` with a diagonal W answers an impulse with ``g_n = sum_k a_k p_k^n``. Its squared distance
from a sequence is a rational function of gains and poles wherever the generating function ``M_0`` of the sequence is.

**Closed forms.** ``sum_n (p q)^n = 1/(1 - p q)`` by telescoping: with ``S_N = (1 - x^N)/(1 - x)`` one has ``S_0 = 0``
and ``S_{N+1} - S_N = x^N``, and ``x^N -> 0`` for |x| < 1. Gradient and Hessian are the derivatives, for any width.

**Small steps.** The kernel is looked at after every step d. With the poles ``e^{-w d}``, d times J is the left
Riemann sum of the squared residual ``r^2``; with Euler's poles ``1 - w d``, those of the residual network (2), the
rates are in effect ``-ln(1 - w d)/d = w + w^2 d/2 + ..``. Either way d times J tends to the loss in continuous time,

.. math:: \delta J_\delta = J + \delta\,C + O(\delta^2), \qquad
          C = \frac{r(0)^2}{2} \quad\text{or, with Euler's poles,}\quad
          C = \frac{r(0)^2}{2} + \sum_k \frac{w_k^2}{2} \frac{\partial J}{\partial w_k}.

For exponential sums this is an identity: every pair of terms gives ``d/(1 - p q)``, whose expansion is checked, and
the sum of the coefficients over all pairs is C (bilinear in the terms, so two of each kind show it for any number).
What is left of a pair is bounded: by a closed form for Euler's poles, for sampled ones by ``s^2/12``, ``s = (w + v)
d``, certified for s over two decades. For other smooth kernels it is the Euler-Maclaurin formula; the code is tried
at instances: what remains after C falls by a factor near 4 when the step is halved, and the distance itself by one
near 2.

**Fixed poles** (arXiv 2602.21454). The loss is quadratic in the gains, with twice the Gram matrix ``1/(1 - p_i
p_j)``. Eliminating the last row leaves ``f_i f_j/(1 - p_i p_j)`` with ``f_i = (p_i - p_m)/(1 - p_i p_m)``, the same
matrix scaled, so by induction the determinant is ``prod_{i<j} (p_i - p_j)^2 / prod_{ij} (1 - p_i p_j)`` (Cauchy), and
so are all leading minors: it is positive definite for distinct poles in (-1, 1), and the gains of the minimum are
unique.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import hull, precision, rational_ball
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import (
    Agreement,
    BallInequalities,
    BallInequality,
    Every,
    Identities,
)
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.objective.discrete import gram, gram_determinant, hessian, indexed_identities, poles

from ._small_steps import DIGITS, pair_expansions, remainders, small_steps, targets, total_coefficients

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.proofs_checks.evidence.finding import Finding

#: The claimed sum of ``(p q)^n``, in any arithmetic.
PairSum = Callable[[Any, Any], Any]


def _pair_sum(p: Any, q: Any) -> Any:
    return 1 / (1 - p * q)


def _flipped(p: Any, q: Any) -> Any:
    return 1 / (1 + p * q)


# --- closed forms --------------------------------------------------------------------------------------------------


def _telescoping(pair_sum: PairSum) -> Finding:
    """``S_N = (1 - x^N) K``: steps of ``x^N`` for every N, from 0 on."""

    p, q, power = sp.symbols("p q y", real=True)
    # `power` stands for (p q)^N, whatever N is.
    after, now = (1 - power * p * q) * pair_sum(p, q), (1 - power) * pair_sum(p, q)
    return Identities("partial sums of (p q)^n telescope", [(after - now, power), (now.subs(power, 1), 0)])


def _derivatives() -> Finding:

    return Identities(
        "gradient and Hessian of any width are the derivatives",
        [(left, right) for _, left, right in indexed_identities()],
    )


#: Gains and poles of a sum, and of a target.
_POINTS: tuple[tuple[tuple[Any, ...], ...], ...] = (
    ((2, -1), ("9/10", "-1/2"), (1,), ("4/5",)),
    (("1/2", 1, -3), ("1/3", "-9/10", "7/8"), (1, -2), ("-3/5", "1/10")),
)


def _direct_sums(setting: Setting, pair_sum: PairSum) -> Finding:
    """The closed form at rational points against the sum of squares, term by term, at two precisions."""

    found = []
    for index, (a, p, b, q) in enumerate(_POINTS[: setting.pick(2, 1)]):
        gains = [*(sp.Rational(x) for x in a), *(-sp.Rational(x) for x in b)]
        poles = [sp.Rational(x) for x in (*p, *q)]
        low, high = (_both_routes(gains, poles, pair_sum, digits) for digits in (20, 40))
        routes = {name: (low[name], high[name]) for name in low}
        found.append(Agreement(f"instance {index}", routes, (16, 36), about="code"))
    return Every("the loss by its closed form and as a sum of squares", found)


def _both_routes(
    gains: list[sp.Rational], poles: list[sp.Rational], pair_sum: PairSum, digits: int
) -> dict[str, Any]:
    """``sum_n (sum_i a_i p_i^n)^2`` by pairs, and term by term with a bound on the rest."""

    with precision(digits):
        a, p = [rational_ball(x) for x in gains], [rational_ball(x) for x in poles]
        terms = list(zip(a, p, strict=True))
        closed = sum((x * y * pair_sum(u, v) for x, u in terms for y, v in terms), arb(0))
        count = 20 * digits + 200
        total = sum((sum((x * u**n for x, u in terms), arb(0)) ** 2 for n in range(count)), arb(0))
        size, top = sum((abs(x) for x in a), arb(0)), rational_ball(max(abs(x) for x in poles))
        rest = (size * size * top ** (2 * count) / (1 - top * top)).upper()
        return {"closed form": closed, "sum of squares": total + hull(arb(0), rest)}


# --- fixed poles ---------------------------------------------------------------------------------------------------


def _gram_identities() -> Finding:
    """The step of the induction, for entries i, j of any width, and the formula where it begins."""

    x, y, z = sp.symbols("p_i p_j p_m", real=True)
    factor = (x - z) * (y - z) / ((1 - x * z) * (1 - y * z))
    eliminated = _pair_sum(x, y) - _pair_sum(x, z) * _pair_sum(y, z) / _pair_sum(z, z)
    pairs = [(eliminated, factor * _pair_sum(x, y))]
    pairs += [(gram(poles(m)).det(), gram_determinant(poles(m))) for m in (1, 2)]
    for m in (2, 3, 4):
        *others, last = p = poles(m)
        step = sp.Mul(*(((q - last) / (1 - q * last)) ** 2 for q in others)) / (1 - last**2)
        pairs.append((gram_determinant(p), step * gram_determinant(others)))
    a, p = sp.symbols("a_1 a_2", real=True), poles(2)
    pairs += list(zip(hessian(a, p)[:2, :2], 2 * gram(p), strict=True))
    return Identities("determinant of the Gram matrix by elimination, and the Hessian in the gains", pairs)


def _definite(
    setting: Setting, poles: Sequence[str] = ("-9/10", "-1/3", "0", "1/2", "9/10", "99/100")
) -> Finding:
    """Leading minors of the Gram matrix as balls."""

    with precision(setting.digits):
        p = [rational_ball(sp.Rational(x)) for x in poles]
        minors = []
        for m in range(1, len(p) + 1):
            entries = [1 / (1 - p[i] * p[j]) for i in range(m) for j in range(m)]
            minors.append((arb(0), arb_mat(m, m, entries).det()))
    return BallInequalities("leading minors of the Gram matrix are positive", minors)


# --- the statement -------------------------------------------------------------------------------------------------


def check(setting: Setting) -> Evidence:
    """Identities for any width and step; sums of squares; small steps for three kernels; a Gram matrix."""
    findings: list[Finding] = [
        _telescoping(_pair_sum),
        _derivatives(),
        _direct_sums(setting, _pair_sum),
        pair_expansions(),
        total_coefficients(),
        *remainders(),
        _gram_identities(),
        about_code(_definite(setting)),
    ]
    found, rows = small_steps(setting)
    table = Table(("kernel", "poles", "step", "distance", "C_times_step"), tuple(rows))
    return Evidence([*findings, *map(about_code, found)], len(targets(setting)), DIGITS, table)


def _smaller_remainder(setting: Setting) -> Evidence:
    """No remainder at all in place of s^2/12."""
    return Evidence(remainders(0))


def _other_sign(setting: Setting) -> Evidence:
    return Evidence([_telescoping(_flipped), _direct_sums(setting, _flipped)])


def _second_order(setting: Setting) -> Evidence:
    """The distance is said to fall with the square of the step."""
    return Evidence(small_steps(Setting(digits=setting.digits, quick=True, seed=setting.seed), power=2)[0])


def _without_drift(setting: Setting) -> Evidence:
    """Euler's poles with the coefficient of the sampled ones."""
    return Evidence(
        small_steps(Setting(digits=setting.digits, quick=True, seed=setting.seed), drift=False)[0]
    )


def _equal_poles(setting: Setting) -> Evidence:
    """Two poles in one place: a minor is exactly 0."""

    half, third = sp.Rational(1, 2), sp.Rational(1, 3)
    determinant = lower(gram((half, half, third)).det(), (), "ball")()
    return Evidence([BallInequality("the determinant of the Gram matrix is positive", arb(0), determinant)])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distance of the scaled loss in discrete time from that in continuous time, with the claimed C delta."""
    if evidence.table is None:
        return
    colours, markers = (
        (BLUE, VERMILION, GREEN),
        {"sampled kind_of_poles": "o", "Euler's kind_of_poles": "s"},
    )
    for colour, name in zip(colours, dict.fromkeys(row[0] for row in evidence.table.rows), strict=False):
        for kind_of_poles, marker in markers.items():
            rows = [row for row in evidence.table.rows if row[:2] == (name, kind_of_poles)]
            ax.loglog(
                [r[2] for r in rows],
                [r[3] for r in rows],
                marker,
                color=colour,
                ms=5,
                label=f"{name}, {kind_of_poles}",
            )
            claim = "C times the step" if name == evidence.table.rows[0][0] and marker == "o" else None
            ax.loglog([r[2] for r in rows], [abs(r[4]) for r in rows], "-", color=colour, lw=0.9, label=claim)
    steps = sorted({row[2] for row in evidence.table.rows})
    ax.set_xticks(steps, [f"1/{round(1 / x)}" for x in steps])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("step (time)")
    ax.set_ylabel("|step times J in discrete time - J|\n(units of J)")
    ax.legend(fontsize="x-small")


STATEMENT = Statement(
    id="ext-discrete-time",
    title="The objective in discrete time, and its limit for small steps",
    paper="curse-of-memory",
    section="3",
    claim=r"J(a, p) = \sum_{ij} \frac{a_i a_j}{1 - p_i p_j} - 2 \sum_i a_i M_0(p_i) + \|\rho\|^2, \quad"
    r" \delta J_\delta = J + \delta \Bigl( \tfrac12 r(0)^2 + \sum_k \tfrac12 w_k^2 \partial_{w_k} J \Bigr)"
    r" + O(\delta^2)\ (p = 1 - w\delta), \quad \Bigl(\tfrac{1}{1 - p_i p_j}\Bigr)_{ij} \succ 0",
    hypotheses=(
        "|p_k| < 1, distinct where a Gram matrix is meant",
        "rho square-summable; smooth for the limit",
    ),
    provenance=Provenance.NEW,
    uses=("eq-18", "eq-19"),
    check=check,
    controls=(
        Control("1/(1 + p_i p_j) in the closed form", _other_sign),
        Control("second order in the step", _second_order),
        Control("Euler's poles without the drift of their rates", _without_drift),
        Control("a Gram matrix with two equal poles, called regular", _equal_poles),
        Control("first order is all there is, on the region", _smaller_remainder),
    ),
    figure=draw,
)
