r"""Lemma D.1 with remark D.1: one exponential always has a best rate, unless the gain flees to an end.

**Proof.** ``J_1(a, w) = (a - 2 w L_0)^2/(2 w) + ||rho||^2 - 2 w L_0^2``: completing the square, an identity. So
``min_a J_1 = ||rho||^2 - 2 G(w)`` with the gain ``G = w L_0(w)^2``, at ``a = 2 w L_0(w)``. G is continuous, and
positive somewhere, because only the kernel 0 has the Laplace transform 0. If it tends to 0 at both ends it is below
half of one of its values outside a compact interval and attains its maximum inside, where L_0 is not 0: the minimiser
is non-degenerate and 1 is in I. For rho in L2 it does tend to 0 at both ends (`theory.landscape.one_exponential`), so
that the hypothesis is no restriction. Two textbook theorems join the steps: that of the extreme value, and that a
Laplace transform determines its kernel.

**The code at instances.** For sums of exponentials the list of all critical points is complete, so the lowest is the
global minimum; its amplitude is certainly not 0. For power laws the half line is cut into pieces on each of which the
gain is bounded below its value at one rate, but for one interval around that rate, where ``L_0 - 2 w L_1`` falls from
positive to negative: the maximum exists and there is only one. The same pieces for ``(1+t)^{-1/2}``, not in L2, show
the gain rising towards w = 0.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb, fmpq
from mpmath import nstr

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.stationary.critical_points import critical_points
from memcurse.proofs_checks.curse_of_memory.objective._routes import as_symbols
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import (
    BallInequalities,
    Every,
    Exact,
    Identities,
    Identity,
    Inequalities,
)
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.landscape import one_exponential
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective.continuous import Moment, loss, squared_norm
from memcurse.theory.targets.target import ExponentialSum

from ._fits import rational_sum
from ._one_rate import Gain, locate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OMEGAS = ("-1/4", "0", "1/2", "1", "3")


def _square_completed(constant: int = 2) -> Finding:
    """The loss of one exponential, and its minimum over the amplitude with a factor `constant` in the gain."""

    (a,), (w,) = amplitudes(1), rates(1)
    L = Moment(0, w)
    completed = (a - 2 * w * L) ** 2 / (2 * w) + squared_norm - constant * w * L**2
    return Identity(
        "loss of one exponential with its square completed", as_symbols(loss([a], [w])), as_symbols(completed)
    )


def _least_over_amplitudes(constant: int = 2) -> list[Finding]:
    """The loss is nowhere below ``||rho||^2 - constant w L_0^2``, and is that at ``a = 2 w L_0``."""

    (a,), (w,) = amplitudes(1), rates(1)
    best = 2 * w * Moment(0, w)
    J, least = loss([a], [w]), squared_norm - constant * w * Moment(0, w) ** 2
    square = (a - best) ** 2 / (2 * w)
    step = tuple(as_symbols(x) for x in (least, J, square))
    at_best = as_symbols(J.subs(a, best)), as_symbols(least)
    return [
        Inequalities("the loss is at least ||rho||^2 - 2 w L_0^2", [step]),
        Identities("and is that at a = 2 w L_0", [at_best]),
    ]


def _proof(constant: int = 2) -> list[Finding]:
    """The minimum over the amplitude, and a gain that tends to 0 at both ends for every kernel in L2."""
    return [
        _square_completed(constant),
        *_least_over_amplitudes(constant),
        Identities("Cauchy and Schwarz on a piece", one_exponential.cauchy_schwarz()),
        Identities("integrals of e^(-2wt) over the pieces", one_exponential.integrals()),
        Inequalities("bounds on these integrals", one_exponential.pieces()),
        Inequalities("two pieces together", one_exponential.two_pieces()),
        Identities("the gain tends to 0 at both ends", one_exponential.ends()),
    ]


def _sum_minimum(n: int, rng: random.Random, digits: int) -> tuple[Finding, tuple[Any, ...]]:
    """The complete list of critical points of a random sum: the lowest has a != 0 and lies below all others.

    That it is complete is counted by Sturm's theorem. The gain tends to 0 at both ends, so its maximum is in the list.
    """

    target = rational_sum(rng, n, (1, -1))
    points = critical_points(target, 1, digits)
    norm = target.squared_norm()
    first = points[0]
    pairs = [(first.loss, arb(fmpq(int(norm.p), int(norm.q)))), (arb(0), abs(first.enclosure.a[0]))]
    pairs += [(first.loss, point.loss) for point in points[1:]]
    name = f"{target.expression}: the lowest of {len(points)} critical points is a minimum with a != 0"
    row = (str(target.expression), len(points), _text(first.rates[0]), _text(first.amplitudes[0]))
    count = _number_of_critical_points(target)
    parts = (
        BallInequalities(name, tuple(pairs)),
        Exact(f"{target.expression}: number of critical points", len(points), count),
    )
    return Every(name, parts), row


def _number_of_critical_points(target: ExponentialSum) -> int:
    """Rates where the gain turns, ``L_0 = 2 w L_1``, or the best amplitude is 0, ``L_0 = 0``; by Sturm's theorem."""
    x = sp.Symbol("x")
    terms = list(zip(target.a, target.w, strict=True))
    zeroth = sum(b / (v + x) for b, v in terms)
    slope = sum(b * (v - x) / (v + x) ** 2 for b, v in terms)
    product = sp.Mul(*(sp.numer(sp.together(f)) for f in (zeroth, slope)))
    return int(sp.Poly(sp.expand(product), x).count_roots(0, None))


def _power_law(omega: str) -> tuple[Finding, tuple[Any, ...]]:
    """The gain of ``(1+t)^{-(1+omega)}`` has one global maximum, between the ends."""

    exponent = sp.Rational(omega)
    with precision(30):
        rate = _best_on_ladder(Gain(exponent))
        found = locate(exponent, rate)
        pairs = [(largest, found.best) for largest in found.elsewhere]
        pairs += [(arb(0), found.slopes[0]), (found.slopes[1], arb(0))]
        pairs += [(curvature, arb(0)) for curvature in found.curvatures]
    name = f"(1+t)^-({1 + exponent}): the gain has one maximum, near w = {_text(rate)}"
    return BallInequalities(name, tuple(pairs)), (f"(1+t)^-({1 + exponent})", 1, _text(rate), "")


def _best_on_ladder(gain: Gain) -> Any:
    """The rate with the largest gain among ``2^(k/8)`` from 2^-20 to 2^8."""

    rates = [(arb(2) ** (arb(k) / 8)).mid() for k in range(-160, 65)]
    return max(rates, key=lambda w: float(gain(w)))


def _text(x: Any) -> str:

    return f"{float(x):.8g}" if hasattr(x, "mid") else str(nstr(x, 8))


def check(setting: Setting) -> Evidence:
    """The minimum for every kernel in L2; sums of up to 6 terms of both signs, and power laws."""
    rng = random.Random(setting.seed_for("lem-d.1"))
    sums = [_sum_minimum(1 + k % 6, rng, setting.digits) for k in range(setting.pick(60, 12))]
    laws = [_power_law(omega) for omega in (_OMEGAS[1:3] if setting.quick else _OMEGAS)]
    code = (
        Every("sums: the minimum is attained", tuple(finding for finding, _ in sums)),
        Every("power laws: the minimum is attained, once", tuple(finding for finding, _ in laws)),
    )
    rows = tuple(row for _, row in (*sums, *laws))
    table = Table(("target", "critical points", "best rate", "amplitude"), rows)
    return Evidence([*_proof(), *map(about_code, code)], len(rows), setting.digits, table)


def _borderline(setting: Setting) -> Evidence:
    """``(1+t)^{-1/2}``: the gain tends to pi as w -> 0."""
    return Evidence((_power_law("-1/2")[0],), 1, setting.digits)


def _growing(setting: Setting) -> Evidence:
    """``(1+t)^{-1/4}``: the gain grows without bound as w -> 0."""
    return Evidence((_power_law("-3/4")[0],), 1, setting.digits)


def _half_gain(setting: Setting) -> Evidence:
    return Evidence(_proof(constant=1))


def draw(evidence: Evidence, ax: Axes) -> None:
    """The gain of one exponential against its rate: square-integrable kernels, and the borderline one."""

    exponents = np.linspace(-16, 6, 89)
    with precision(20):
        for omega in (*_OMEGAS[:4], "-1/2"):
            gain = Gain(sp.Rational(omega))
            values = [float(gain(arb(10) ** arb(float(x)))) for x in exponents]
            ax.plot(10.0**exponents, values, label=rf"$\omega = {omega}$")
    ax.set(xscale="log", yscale="log", xlabel="rate w", ylabel=r"$w\,L_0(w)^2$", ylim=(1e-6, 10))
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="lem-d.1",
    title="One exponential has a best rate",
    paper="curse-of-memory",
    section="D.1.1",
    claim=(
        r"\sqrt w\,L_0(w) \to 0 \ (w \to 0^+, \infty) \implies 1 \in I; \quad "
        r"\min_a J_1(a, w) = \|\rho\|^2 - 2 w L_0(w)^2 \text{ at } a = 2 w L_0(w)"
    ),
    hypotheses=("rho in L2, not 0",),
    provenance=Provenance.DERIVED,
    uses=("eq-18",),
    check=check,
    controls=(
        Control("the power law with omega = -1/2", _borderline),
        Control("the power law with omega = -3/4", _growing),
        Control("half the gain: ||rho||^2 - w L_0^2", _half_gain),
    ),
    figure=draw,
)
