r"""Eqs. (17), (72)-(75): white noise turns the mean squared error into a squared L2 distance.

**Proof** (`theory.networks.white_noise`). For a residual kernel that is constant on steps, any number of them and of
any lengths h_k, the error is ``sum_k r_k dW_k``; with ``E dW_j dW_k = h_k`` if j = k and 0 else, the mean of its square
is ``sum_k r_k^2 h_k``, the integral of the square. The answer to a kernel in L2 is defined as the limit in the mean
square of those to simple kernels, which are dense; the squares on both sides go over to the limit, by an inequality
with a free weight. The residual of square-integrable parts is square-integrable, so the integral up to T tends to J.
For exponentials the limit of small steps is carried out besides: the sum is geometric, and ``delta/(1 - e^{-s delta})``
tends to ``1/s``.

**The code.** By Monte Carlo: networks and targets are driven by the same noise; the network runs layer by layer as the
residual network it is. A sample of the error is exactly normal, so that the sum of squares over its variance
is chi-square with N degrees of freedom: the interval is exact. The difference between the variance at the
time step and the integral (the bias of the step) is computed and added to the interval.

T to infinity, certified: the integral up to T stays below J, and the rest falls by more than a quarter whenever T
doubles.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from scipy.special import gammainccinv, gammaincinv

from memcurse.numerics.arithmetic.balls import ball_precision, precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.networks.simulation import discrete_variance, white_noise_errors
from memcurse.numerics.objective.by_quadrature import model, squared_distance
from memcurse.numerics.objective.functionals import Kernel
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLUE, SKY, VERMILION
from memcurse.proofs_checks.evidence.findings import BallInequalities, Experiment, Identities, Inequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.networks import white_noise
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import AiryKernel, GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.proofs_checks.evidence.finding import Finding

_HORIZON, _STEPS = 8, 800
#: Chance that any of the intervals misses its true value, and that chance alone refutes a true claim.
_ANY_MISS, _ANY_FALSE_REFUTATION = 1e-3, 1e-9


@dataclass(frozen=True)
class _Case:
    name: str
    target: Any
    a: tuple[sp.Rational, ...]
    w: tuple[sp.Rational, ...]


def _cases() -> list[_Case]:

    R = sp.Rational
    one, two = ((R(1, 2),), (R(1),)), ((R(3, 2), R(-1)), (R(1, 2), R(3)))
    return [
        _Case("late bump", ExponentialSum(["1"], ["1"]) + GaussianBump("4", "1/2", "1"), *one),
        _Case("exponential sum", ExponentialSum(["2", "-1"], ["2", "1/2"]), *two),
        _Case("power law", PowerLaw("1"), *two),
        _Case("Airy kernel", AiryKernel("2", "3"), *one),
    ]


def _coloured(colour: float) -> white_noise.Covariance:
    """Neighbouring increments correlated by `colour`."""

    def covariance(j: Any, k: Any, length: Any) -> sp.Expr:
        neighbours = sp.KroneckerDelta(j, k + 1) + sp.KroneckerDelta(j + 1, k)
        return length * (sp.KroneckerDelta(j, k) + sp.Rational(str(colour)) * neighbours)

    return covariance


def _isometry(covariance: white_noise.Covariance) -> list[Finding]:
    """The mean square for simple kernels, its limit for all in L2, and J as the limit of T."""
    return [
        Identities(
            "simple kernels: E (sum r_k dW_k)^2 = sum r_k^2 h_k", white_noise.mean_squares(covariance)
        ),
        Identities("the same written out for five steps", white_noise.mean_squares_of(5, covariance)),
        Inequalities("both sides go over to the limit in L2", white_noise.squares_in_the_limit()),
        Identities("kernel of the network, ages from 0 to T", white_noise.ages()),
        Inequalities("the residual is square-integrable", white_noise.square_integrable()),
        Identities("squares of exponentials are integrable", white_noise.antiderivatives()),
    ]


def _small_steps() -> list[Finding]:
    """For exponentials: the sum over the steps, and its limit."""

    d, s, T = sp.symbols("delta s T", positive=True)
    n = sp.Symbol("n", integer=True, positive=True)
    partial = (1 - sp.exp(-s * d * n)) / (1 - sp.exp(-s * d))
    # delta/(1 - e^{-s delta}) -> 1/s: the denominator vanishes at 0 with slope s.
    denominator = 1 - sp.exp(-s * d)
    step = sp.expand(partial.subs(n, n + 1) * denominator - partial * denominator)
    primitive = -sp.exp(-s * T) / s
    return [
        Identities(
            "exponentials: geometric sum over the steps",
            [(step, sp.expand(sp.exp(-s * d * n) * denominator)), (partial.subs(n, 1), 1)],
        ),
        Identities(
            "exponentials: its limit is the integral up to T",
            [
                (denominator.subs(d, 0), 0),
                (sp.diff(denominator, d).subs(d, 0), s),
                (sp.diff(primitive, T), sp.exp(-s * T)),
                (-primitive.subs(T, 0), 1 / s),
            ],
        ),
    ]


def _interval(second_moment: float, samples: int, miss: float) -> tuple[float, float]:
    """Interval for the variance of N normal samples of mean 0 that misses it with probability `miss`."""

    low, high = 2 * gammaincinv(samples / 2, miss / 2), 2 * gammainccinv(samples / 2, miss / 2)
    return float(samples * second_moment / high), float(samples * second_moment / low)


def _simulated(case: _Case, samples: int, seed: int, colour: float) -> tuple[float, float]:
    """Mean square of the samples, and the variance that the time step makes of white noise."""

    step = _HORIZON / _STEPS
    a, w = np.array([float(x) for x in case.a]), np.array([float(x) for x in case.w])
    ages = step * np.arange(_STEPS)
    kernel = np.asarray(lower(case.target.expression, (t,), "float64")(ages), dtype=float)
    errors = white_noise_errors(a, w, kernel, step, samples, seed, colour)
    return float(np.mean(errors**2)), discrete_variance(a, w, kernel, step)


def _experiment(
    setting: Setting, case: _Case, claimed: Any, samples: int, colour: float, cases: int
) -> tuple[Finding, tuple[Any, ...]]:

    with precision(20):
        integral = float(squared_distance(case.target, case.a, case.w, until=sp.Integer(_HORIZON)))
        value = float(claimed(case))
    mean_square, variance = _simulated(case, samples, setting.seed_for(f"eq-17:{case.name}"), colour)
    bias = abs(variance - integral)
    intervals = []
    for miss in (_ANY_MISS / cases, _ANY_FALSE_REFUTATION / cases):
        low, high = _interval(mean_square, samples, miss)
        intervals.append((low - bias, high + bias))
    finding = Experiment(
        f"{case.name}: mean square of the error up to T = {_HORIZON}, step bias {bias:.2g} added",
        value,
        intervals[0],
        intervals[1],
        1 - _ANY_MISS / cases,
        1 - _ANY_FALSE_REFUTATION / cases,
        samples,
        about="code",
        random="the noise",
    )
    return finding, (case.name, value, mean_square, *intervals[0], *intervals[1], bias, samples)


def _squared_distance(case: _Case) -> Any:

    return squared_distance(case.target, case.a, case.w, until=sp.Integer(_HORIZON))


def _twice(case: _Case) -> Any:
    return 2 * _squared_distance(case)


def _l1_squared(case: _Case) -> Any:
    """``||rho_hat - rho||_{L1}^2`` up to T, which has the same units."""

    kernel = Kernel(model(case.a, case.w) - case.target.expression)
    with ball_precision(80):
        return (kernel.l1_norm(24) - abs(kernel.tail(Fraction(_HORIZON)))) ** 2


def _to_infinity(case: _Case) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any]]]:
    """``(integral up to T, J)`` and ``(rest at 2T, 3/4 of the rest at T)``, in balls."""

    with precision(30):
        J = Objective(case.target).enclose(case.a, case.w, digits=30).loss
        upto = [squared_distance(case.target, case.a, case.w, until=sp.Integer(T)) for T in (4, 8, 16)]
        rests = [J - x for x in upto]
        return [(x, J) for x in upto], [(y, x * 3 / 4) for x, y in itertools.pairwise(rests)]


def _tried(setting: Setting, claimed: Any, count: int, colour: float = 0.0) -> Evidence:
    samples = setting.pick(40000, 4000)
    cases = _cases()[:count]
    findings = [*_isometry(_coloured(colour) if colour else white_noise.independent), *_small_steps()]
    rows = []
    for case in cases:
        finding, row = _experiment(setting, case, claimed, samples, colour, len(cases))
        findings.append(finding)
        rows.append(row)
    columns = ("case", "claimed", "mean_square", "low", "high", "lowest", "highest", "step_bias", "samples")
    return Evidence(findings, len(cases), None, Table(columns, tuple(rows)))


def check(setting: Setting) -> Evidence:
    """The isometry for all kernels in L2; Monte Carlo with exact intervals; T to infinity in balls."""

    evidence = _tried(setting, _squared_distance, setting.pick(4, 2))
    below, falling = [], []
    for case in _cases()[: setting.pick(3, 1)]:
        first, second = _to_infinity(case)
        below += first
        falling += second
    limits = [
        BallInequalities("integral up to T < J for T = 4, 8, 16", below, about="code"),
        BallInequalities("J less it falls by more than a quarter when T doubles", falling, about="code"),
    ]
    return Evidence([*evidence.findings, *limits], evidence.instances, None, evidence.table)


def _false(claimed: Any, colour: float = 0.0) -> Callable[[Setting], Evidence]:
    return lambda setting: _tried(setting, claimed, 1, colour)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Measured mean squares with their intervals, relative to the claimed integrals."""
    if evidence.table is None:
        return
    rows = evidence.table.rows
    for place, row in enumerate(rows):
        claimed, measured, low, high, lowest, highest = row[1:7]
        ax.plot(
            [place] * 2,
            [lowest / claimed, highest / claimed],
            color=SKY,
            ls="-",
            lw=2,
            label="interval that would refute" if place == 0 else None,
        )
        ax.plot(
            [place] * 2,
            [low / claimed, high / claimed],
            color=BLUE,
            ls="-",
            lw=5,
            label="confidence interval (all at once 99.9 %)" if place == 0 else None,
        )
        ax.plot(place, measured / claimed, "o", color="black", label="measured" if place == 0 else None)
    ax.axhline(1.0, color=VERMILION, ls="--", label="claimed")
    ax.set_xticks(range(len(rows)), [row[0] for row in rows])
    ax.set_xlim(-0.5, len(rows) - 0.5)
    ax.set_ylabel("mean squared error / integral (dimensionless)")
    ax.legend(fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


STATEMENT = Statement(
    id="eq-17",
    title="Ito's isometry: from the mean squared error to the L2 distance",
    paper="curse-of-memory",
    section="5",
    claim=r"\mathbb{E}\,|\hat y_T - y_T|^2 = \int_0^T (\hat\rho(t) - \rho(t))^2\,dt \to J(a, w)"
    r"\quad (T \to \infty), \qquad \hat\rho(t) = \sum_i a_i e^{-w_i t},\ a = b \circ c",
    hypotheses=(
        "the input is white noise, zero before time 0",
        "one input (d = 1)",
        "W = -diag(w) with w_i > 0",
        "rho square-integrable",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-7", "eq-12"),
    check=check,
    controls=(
        Control("twice the integral", _false(_twice)),
        Control("squared L1 distance in place of the squared L2 distance", _false(_l1_squared)),
        Control("coloured noise: neighbouring increments correlated by 0.9", _false(_squared_distance, 0.9)),
    ),
    figure=draw,
)
