"""The loss in discrete time for small steps: its limit, and the coefficient of first order, for `ext-discrete-time`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.objective.sequences import sample
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, ForAll, Identities
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective.continuous import gradient
from memcurse.theory.objective.discrete import euler_pole, sampled_pole
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.sequences import sampled
from memcurse.theory.targets.target import ExponentialSum

if TYPE_CHECKING:
    from memcurse.proofs_checks.evidence.finding import Finding
    from memcurse.theory.targets.target import Target

#: Digits of the balls: what is compared shrinks with the square of the step.
DIGITS: Final = 30


def pair_expansions() -> Finding:
    """``delta/(1 - p q)`` up to first order in the step, for sampled and Euler poles."""

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


def remainders(twelfths: int = 1) -> list[Finding]:
    """What a pair has beside the first order: of the second, with a bound, whatever the amplitudes.

    With sampled poles ``delta/(1 - e^(-s)) = (1 + s/2 + theta s^2/12)/(w + v)``, 0 < theta < 1, ``s = (w + v) delta``;
    with Euler's poles it is a closed form, positive while ``w v delta < w + v``.
    """
    d, w, v, s = sp.symbols("delta w v s", positive=True)
    rest = s / (1 - sp.exp(-s)) - 1 - s / 2
    box = {s: (sp.Rational(1, 10), sp.Integer(10))}
    parts = (ForAll("positive", 0, rest, box), ForAll("below", rest, twelfths * s**2 / 12, box))
    total = w + v
    euler = 1 / (total - w * v * d)
    expanded = 1 / total + d * w * v / total**2 + d**2 * (w * v) ** 2 / (total**2 * (total - w * v * d))
    p, q = euler_pole(w, d), euler_pole(v, d)
    sampled = sampled_pole(w, d) * sampled_pole(v, d)
    pairs = (
        (d / (1 - p * q), euler),
        (euler, expanded),
        (w * v / total**2, sp.Rational(1, 2) - (w**2 + v**2) / (2 * total**2)),
        (sampled, sp.exp(-total * d)),
    )
    return [
        Identities("pairs of Euler's poles with their remainder, products of sampled ones", pairs),
        Every("remainder of a pair of sampled poles, on a region", parts),
    ]


def total_coefficients() -> Finding:
    """The coefficients of all pairs together are C: two terms, and a target of two, with symbols everywhere."""

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


def targets(setting: Setting) -> list[tuple[str, Target, list[str], list[str]]]:

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

    rates, pole = [sp.Rational(x) for x in w], euler_pole if euler else sampled_pole
    limit = Objective(target).enclose(a, w, digits=DIGITS)
    found = []
    for step in steps:
        J = DiscreteObjective(sampled(target, step)).enclose(a, [pole(r, step) for r in rates], digits=DIGITS)
        found.append(rational_ball(step) * J.loss - limit.loss)
    start = sum((rational_ball(sp.Rational(x)) for x in a), arb(0)) - sample(target, sp.S.Zero)
    C = start * start / 2
    if euler and drift:
        slopes = limit.gradient.entries()[len(rates) :]
        C += sum((rational_ball(r**2 / 2) * s for r, s in zip(rates, slopes, strict=True)), arb(0))
    return found, C


def small_steps(
    setting: Setting, power: int = 1, drift: bool = True
) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """Halving the step halves the distance (claimed power 1) and quarters what is left after C."""

    findings: list[Finding] = []
    rows: list[tuple[Any, ...]] = []
    steps = _steps(setting)
    with precision(DIGITS):
        for name, target, a, w in targets(setting):
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
