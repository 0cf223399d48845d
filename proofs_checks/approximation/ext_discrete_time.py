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
For other smooth kernels it is the Euler-Maclaurin formula, tried on instances: what remains after C falls by a factor
near 4 when the step is halved, and the distance itself by one near 2.

**Fixed poles** (arXiv 2602.21454). The loss is quadratic in the gains, with twice the Gram matrix ``1/(1 - p_i
p_j)``. Its determinant is ``prod_{i<j} (p_i - p_j)^2 / prod_{ij} (1 - p_i p_j)`` (Cauchy), and so are all its leading
minors: it is positive definite for distinct poles in (-1, 1), and the gains of the minimum are unique.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp

from ..statement import Control, Evidence, Provenance, Setting, Statement, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...theory.targets import Target
    from ..statement import Finding

#: The claimed sum of ``(p q)^n``, in any arithmetic.
PairSum = Callable[[Any, Any], Any]
#: Digits of the balls: what is compared shrinks with the square of the step.
_DIGITS = 30


def _pair_sum(p: Any, q: Any) -> Any:
    return 1 / (1 - p * q)


def _flipped(p: Any, q: Any) -> Any:
    return 1 / (1 + p * q)


# --- closed forms --------------------------------------------------------------------------------------------------


def _telescoping(pair_sum: PairSum) -> Finding:
    """``S_N = (1 - x^N) K``: steps of ``x^N`` for every N, from 0 on."""
    from ..findings import Identities

    p, q, power = sp.symbols("p q y", real=True)
    # `power` stands for (p q)^N, whatever N is.
    after, now = (1 - power * p * q) * pair_sum(p, q), (1 - power) * pair_sum(p, q)
    return Identities("partial sums of (p q)^n telescope", [(after - now, power), (now.subs(power, 1), 0)])


def _derivatives() -> Finding:
    from ...theory.discrete import indexed_identities
    from ..findings import Identities

    return Identities(
        "gradient and Hessian of any width are the derivatives",
        [(left, right) for _, left, right in indexed_identities()],
    )


def _direct_sums(setting: Setting, pair_sum: PairSum) -> Finding:
    """The closed form at rational points against the sum of squares, term by term, at two precisions."""
    from flint import arb, fmpq

    from ...numerics.balls import hull, precision
    from ..findings import Agreement, Every

    points: list[tuple[list[Any], list[Any], list[Any], list[Any]]] = [
        ([2, -1], ["9/10", "-1/2"], [1], ["4/5"]),
        (["1/2", 1, -3], ["1/3", "-9/10", "7/8"], [1, -2], ["-3/5", "1/10"]),
    ]
    found = []
    for index, (a, p, b, q) in enumerate(points[: setting.pick(2, 1)]):
        gains = [*(sp.Rational(x) for x in a), *(-sp.Rational(x) for x in b)]
        poles = [sp.Rational(x) for x in (*p, *q)]
        values: dict[str, list[Any]] = {"closed form": [], "sum of squares": []}
        for digits in (20, 40):
            with precision(digits):
                A, P = ([arb(fmpq(int(x.p), int(x.q))) for x in row] for row in (gains, poles))
                pairs = [(x * y, u, v) for x, u in zip(A, P, strict=True) for y, v in zip(A, P, strict=True)]
                values["closed form"].append(sum((xy * pair_sum(u, v) for xy, u, v in pairs), arb(0)))
                count = 20 * digits + 200
                total = sum(
                    (sum((x * u**n for x, u in zip(A, P, strict=True)), arb(0)) ** 2 for n in range(count)),
                    arb(0),
                )
                size, largest = sum((abs(x) for x in A), arb(0)), max(abs(x) for x in poles)
                top = arb(fmpq(int(largest.p), int(largest.q)))
                rest = (size * size * top ** (2 * count) / (1 - top * top)).upper()
                values["sum of squares"].append(total + hull(arb(0), rest))
        routes = {name: (pair[0], pair[1]) for name, pair in values.items()}
        found.append(Agreement(f"instance {index}", routes, (16, 36)))
    return Every("the loss by its closed form and as a sum of squares", found)


# --- small steps ---------------------------------------------------------------------------------------------------


def _pair_expansions() -> Finding:
    """``delta/(1 - p q)`` up to first order in the step, for sampled and Euler poles."""
    from ...theory.discrete import euler_pole, sampled_pole
    from ..findings import Identities

    d, w, v = sp.symbols("delta w v", positive=True)
    s = w + v
    pairs = []
    for p, q, slope in (
        (sampled_pole(w, d), sampled_pole(v, d), sp.Rational(1, 2)),
        (euler_pole(w, d), sampled_pole(v, d), sp.Rational(1, 2) - w**2 / (2 * s**2)),
        (euler_pole(w, d), euler_pole(v, d), sp.Rational(1, 2) - (w**2 + v**2) / (2 * s**2)),
    ):
        # 1 - p q = delta (c_1 + c_2 delta + ..), so delta/(1 - p q) = 1/c_1 - c_2/c_1^2 delta + ..
        gap = 1 - p * q
        first, second = (sp.diff(gap, d, k).subs(d, 0) / sp.factorial(k) for k in (1, 2))
        pairs += [(gap.subs(d, 0), 0), (1 / first, 1 / s), (-second / first**2, slope)]
    return Identities("each pair of terms: 1/(w + v), and its coefficient of first order", pairs)


def _total_coefficients() -> Finding:
    """The coefficients of all pairs together are C: two terms, and a target of two, with symbols everywhere."""
    from ...theory.notation import amplitudes, rates
    from ...theory.objective import gradient
    from ..findings import Identities

    a, w = amplitudes(2), rates(2)
    b, v = sp.symbols("b_1 b_2", real=True), sp.symbols("v_1 v_2", positive=True)
    terms = [(x, r, True) for x, r in zip(a, w, strict=True)] + [
        (-x, r, False) for x, r in zip(b, v, strict=True)
    ]
    start = sp.Add(*(x for x, _, _ in terms)) ** 2 / 2

    def total(euler: bool) -> sp.Expr:
        out = sp.S.Zero
        for x, r, of_network in terms:
            for y, s, too in terms:
                shift = sum(rate**2 for rate, mine in ((r, of_network), (s, too)) if mine and euler)
                out += x * y * (sp.Rational(1, 2) - shift / (2 * (r + s) ** 2))
        return out

    def moment(k: int, rate: sp.Expr) -> sp.Expr:
        return sp.Add(*(sp.factorial(k) * x / (rate + r) ** (k + 1) for x, r in zip(b, v, strict=True)))

    slopes = gradient(a, w, moment)[2:]
    drift = sp.Add(*(r**2 / 2 * slope for r, slope in zip(w, slopes, strict=True)))
    pairs = [(total(False), start), (total(True), start + drift)]
    return Identities("their sum is r(0)^2/2, with Euler's poles plus sum_k w_k^2/2 dJ/dw_k", pairs)


def _targets(setting: Setting) -> list[tuple[str, Target, list[str], list[str]]]:
    from ...theory.targets import ExponentialSum, GaussianBump, PowerLaw

    bump = ExponentialSum([1], [1]) + GaussianBump(3, 1, "1/2")
    found: list[tuple[str, Target, list[str], list[str]]] = [
        ("three exponentials", ExponentialSum([1, 2, -1], ["1/2", 1, 3]), ["3/2", "-1/4"], ["1", "5/2"]),
        ("exponential and bump", bump, ["4/5", "1/2"], ["3/2", "1/2"]),
        ("(1+t)^(-3/2)", PowerLaw("1/2"), ["1/2", "1/4"], ["2", "1/2"]),
    ]
    return found[: setting.pick(3, 1)]


def _steps(setting: Setting) -> list[sp.Rational]:
    return [sp.Rational(1, 2**k) for k in range(3, setting.pick(8, 7))]


def _distances(
    target: Target, a: Sequence[str], w: Sequence[str], steps: Sequence[sp.Rational], euler: bool, drift: bool
) -> tuple[list[Any], Any]:
    """``delta J_delta - J`` for each step, and the coefficient C, as balls at the current precision."""
    from flint import arb

    from ...numerics.balls import rational_ball
    from ...numerics.discrete import DiscreteObjective
    from ...numerics.objective import Objective
    from ...numerics.sequences import sample
    from ...theory.discrete import euler_pole, sampled_pole
    from ...theory.sequences import sampled

    rates, pole = [sp.Rational(x) for x in w], euler_pole if euler else sampled_pole
    limit = Objective(target).enclose(a, w, digits=_DIGITS)
    found = []
    for step in steps:
        J = DiscreteObjective(sampled(target, step)).enclose(
            a, [pole(r, step) for r in rates], digits=_DIGITS
        )
        found.append(rational_ball(step) * J.loss - limit.loss)
    start = sum((rational_ball(sp.Rational(x)) for x in a), arb(0)) - sample(target, sp.S.Zero)
    C = start * start / 2
    if euler and drift:
        slopes = limit.gradient.entries()[len(rates) :]
        C += sum((rational_ball(r**2 / 2) * s for r, s in zip(rates, slopes, strict=True)), arb(0))
    return found, C


def _small_steps(
    setting: Setting, power: int = 1, drift: bool = True
) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """Halving the step halves the distance (claimed power 1) and quarters what is left after C."""
    from flint import arb

    from ...numerics.balls import precision, rational_ball
    from ..findings import BallInequalities

    findings: list[Finding] = []
    rows: list[tuple[Any, ...]] = []
    steps = _steps(setting)
    with precision(_DIGITS):
        for name, target, a, w in _targets(setting):
            for euler in (False, True):
                found, C = _distances(target, a, w, steps, euler, drift)
                sizes = [abs(x) for x in found]
                left = [abs(x - C * rational_ball(step)) for x, step in zip(found, steps, strict=True)]
                poles = "Euler's poles" if euler else "sampled poles"
                # The last two halvings: there the next order no longer shows in the first digits.
                halved = [(fine, coarse * arb(0.6) / 2 ** (power - 1)) for coarse, fine in pairwise(sizes)][
                    -2:
                ]
                quartered = [(fine, coarse * arb(0.3)) for coarse, fine in pairwise(left)][-2:]
                findings += [
                    BallInequalities(f"{name}, {poles}: the distance falls with the step", halved),
                    BallInequalities(f"{name}, {poles}: less C times the step, with its square", quartered),
                ]
                rows += [
                    (name, poles, float(step), float(x.mid()), float((C * rational_ball(step)).mid()))
                    for step, x in zip(steps, sizes, strict=True)
                ]
    return findings, rows


# --- fixed poles ---------------------------------------------------------------------------------------------------


def _gram_identities() -> Finding:
    from ...theory.discrete import gram, gram_determinant, hessian, poles
    from ..findings import Identities

    pairs = [(gram(poles(m)).det(method="berkowitz"), gram_determinant(poles(m))) for m in (1, 2, 3)]
    a, p = sp.symbols("a_1 a_2", real=True), poles(2)
    pairs += list(zip(hessian(a, p)[:2, :2], 2 * gram(p), strict=True))
    return Identities("determinant of the Gram matrix, and the Hessian in the gains", pairs)


def _definite(
    setting: Setting, poles: Sequence[str] = ("-9/10", "-1/3", "0", "1/2", "9/10", "99/100")
) -> Finding:
    """Leading minors of the Gram matrix as balls."""
    from flint import arb, arb_mat

    from ...numerics.balls import precision, rational_ball
    from ..findings import BallInequalities

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
        _pair_expansions(),
        _total_coefficients(),
        _gram_identities(),
        _definite(setting),
    ]
    found, rows = _small_steps(setting)
    table = Table(("kernel", "poles", "step", "distance", "C_times_step"), tuple(rows))
    return Evidence([*findings, *found], len(_targets(setting)), _DIGITS, table)


def _other_sign(setting: Setting) -> Evidence:
    return Evidence([_telescoping(_flipped), _direct_sums(setting, _flipped)])


def _second_order(setting: Setting) -> Evidence:
    """The distance is said to fall with the square of the step."""
    return Evidence(_small_steps(Setting(digits=setting.digits, quick=True, seed=setting.seed), power=2)[0])


def _without_drift(setting: Setting) -> Evidence:
    """Euler's poles with the coefficient of the sampled ones."""
    return Evidence(
        _small_steps(Setting(digits=setting.digits, quick=True, seed=setting.seed), drift=False)[0]
    )


def _equal_poles(setting: Setting) -> Evidence:
    """Two poles in one place: a minor is exactly 0."""
    from flint import arb

    from ...numerics.lower import lower
    from ...theory.discrete import gram
    from ..findings import BallInequality

    half, third = sp.Rational(1, 2), sp.Rational(1, 3)
    determinant = lower(gram((half, half, third)).det(), (), "ball")()
    return Evidence([BallInequality("the determinant of the Gram matrix is positive", arb(0), determinant)])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distance of the scaled loss in discrete time from that in continuous time, with the claimed C delta."""
    if evidence.table is None:
        return
    colours, markers = ("#0072B2", "#D55E00", "#009E73"), {"sampled poles": "o", "Euler's poles": "s"}
    for colour, name in zip(colours, dict.fromkeys(row[0] for row in evidence.table.rows), strict=False):
        for poles, marker in markers.items():
            rows = [row for row in evidence.table.rows if row[:2] == (name, poles)]
            ax.loglog(
                [r[2] for r in rows],
                [r[3] for r in rows],
                marker,
                color=colour,
                ms=5,
                label=f"{name}, {poles}",
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
    ),
    figure=draw,
)
