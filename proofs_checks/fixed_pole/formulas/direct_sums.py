r"""The closed forms against sums of the sequences themselves, at random networks with up to eight modes and moduli of
poles up to 1 - 1e-6.

A sum of :math:`N = 2^b` terms of :math:`x^n` and of :math:`n x^{n-1}` is added up by doubling: the second half of it is
the first half times :math:`x^{N/2}`, N = 2^29. No closed form of a series enters. What is left out is below
:math:`N |x|^{N-1}/(1 - |x|)^2` for either sum. Loss, and the derivative of the loss by each conjugate gain and pole,
are made from these sums; compared with them, in balls, are the loss and the gradient of `DiscreteObjective`, and its
loss in float64, to 1e-12 relative to the loss.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from flint import acb, arb, fmpq

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.targets.sequences import GeometricSum

_DOUBLINGS, _BITS = 29, 200


@dataclass(frozen=True)
class _Network:
    """Gains and poles of the network, then of the target: exact."""

    gains: tuple[sp.Expr, ...]
    poles: tuple[sp.Expr, ...]
    target_gains: tuple[sp.Expr, ...]
    target_poles: tuple[sp.Expr, ...]


def _pole(rng: random.Random) -> sp.Expr:
    """Near a rational point of the unit circle times 1 - j 10^-k, k up to 6."""
    m, n = rng.randint(1, 12), rng.randint(1, 12)
    size, sign = m * m + n * n, rng.choice((1, -1))
    modulus = 1 - sp.Rational(rng.randint(1, 9), 10 ** rng.randint(1, 6))
    parts = (modulus * sp.Rational(m * m - n * n, size), modulus * sign * sp.Rational(2 * m * n, size))
    # Numbers that float64 holds, so that nothing is lost before its loss is computed.
    re, im = (sp.Rational(float(x)) for x in parts)
    return re + sp.I * im


def _gain(rng: random.Random) -> sp.Expr:
    return sp.Rational(rng.randint(-9, 9), 4) + sp.I * sp.Rational(rng.randint(1, 9), 4)


def _network(rng: random.Random) -> _Network:
    K, J = rng.randint(1, 8), rng.randint(1, 3)
    return _Network(
        tuple(_gain(rng) for _ in range(K)),
        tuple(_pole(rng) for _ in range(K)),
        tuple(_gain(rng) for _ in range(J)),
        tuple(_pole(rng) for _ in range(J)),
    )


def _ball(x: sp.Expr) -> acb:
    re, im = x.as_real_imag()
    return acb(arb(fmpq(int(re.p), int(re.q))), arb(fmpq(int(im.p), int(im.q))))


def _sums(x: acb) -> tuple[acb, acb, arb]:
    """``sum x^n`` and ``sum n x^(n-1)`` over 2^29 terms, and a bound of what either leaves out."""
    total, slope, power, power_slope, count = acb(1), acb(0), x, acb(1), 1
    for _ in range(_DOUBLINGS):
        # power = x^count and its derivative.
        total, slope = total + power * total, slope + power_slope * total + power * slope
        power, power_slope, count = power * power, 2 * power * power_slope, 2 * count
    size = abs(x).upper()
    return total, slope, count * size ** (count - 1) / (1 - size) ** 2


@dataclass(frozen=True)
class _Direct:
    """Loss and the derivatives by conjugate gains and poles from sums, each with a bound of its error."""

    loss: tuple[arb, arb]
    slopes: tuple[tuple[acb, arb], ...]


def _direct(net: _Network, swapped: bool) -> _Direct:
    gains = [_ball(x) for x in (*net.gains, *(-c for c in net.target_gains))]
    poles = [_ball(x) for x in (*net.poles, *net.target_poles)]
    loss, left_out = arb(0), arb(0)
    by_gain, by_pole = [], []
    known: dict[tuple[int, int], tuple[acb, acb, arb]] = {}
    for i, (g, x) in enumerate(zip(gains, poles, strict=True)):
        first, second, rest = acb(0), acb(0), arb(0)
        for j, (a, y) in enumerate(zip(gains, poles, strict=True)):
            if (i, j) not in known:
                total, slope, bound = known[i, j] = _sums((x if swapped else x.conjugate()) * y)
                known[j, i] = (
                    (total, slope, bound) if swapped else (total.conjugate(), slope.conjugate(), bound)
                )
            total, slope, bound = known[i, j]
            first, second, rest = first + a * total, second + a * y * slope, rest + abs(a) * bound
        loss += (g.conjugate() * first).real
        left_out += abs(g) * rest
        if i < len(net.gains):
            by_gain.append((first, rest))
            by_pole.append((g.conjugate() * second, abs(g) * rest))
    return _Direct((loss, left_out), tuple(by_gain + by_pole))


def _compared(net: _Network, swapped: bool) -> dict[str, list[tuple[arb, arb]]]:
    """Differences, and the bounds that they must stay below, for loss, gradient and the loss in float64."""
    J = DiscreteObjective(GeometricSum(net.target_gains, net.target_poles), field="complex")
    balls = J.enclose(net.gains, net.poles, 40)
    direct = _direct(net, swapped)
    loss, left_out = direct.loss
    K = len(net.gains)
    # The order of the objective: real parts of the gains, imaginary ones, then those of the poles.
    parts: list[tuple[arb, arb]] = []
    for group in (direct.slopes[:K], direct.slopes[K:]):
        parts += [(2 * z.real, 2 * rest) for z, rest in group] + [(2 * z.imag, 2 * rest) for z, rest in group]
    values: Any = J.loss([complex(x) for x in net.gains], [complex(x) for x in net.poles])
    return {
        "loss": [(abs(balls.loss - loss), left_out + loss * arb("1e-30"))],
        "gradient": [
            (abs(balls.gradient[k, 0] - x), rest + (1 + abs(x)) * arb("1e-20"))
            for k, (x, rest) in enumerate(parts)
        ],
        "float64": [(abs(arb(values) - loss), loss * arb("1e-12"))],
    }


def _evidence(setting: Setting, swapped: bool) -> Evidence:
    rng = random.Random(setting.seed_for("fp-direct-sums"))
    found: dict[str, list[tuple[arb, arb]]] = {"loss": [], "gradient": [], "float64": []}
    count, rows = setting.pick(200, 12), []
    with ball_precision(_BITS):
        for _ in range(count):
            net = _network(rng)
            for name, pairs in _compared(net, swapped).items():
                found[name] += pairs
            gap = min(1 - abs(complex(x)) for x in net.poles)
            error, bound = found["float64"][-1]
            rows.append((len(net.poles), gap, 1e-12 * float(error.mid() / bound.mid())))
    findings = [
        BallInequalities("loss: closed form and sums", found["loss"]),
        BallInequalities("gradient: closed form and sums", found["gradient"]),
        about_code(BallInequalities("loss in float64, to 1e-12", found["float64"])),
    ]
    columns = ("K", "least 1 - |p|", "relative error of the loss in float64")
    return Evidence(findings, count, 40, Table(columns, tuple(rows)))


def check(setting: Setting) -> Evidence:
    """Loss and gradient."""
    return _evidence(setting, swapped=False)


def check_unconjugated(setting: Setting) -> Evidence:
    """Sums of p_i p_j in place of conj(p_i) p_j."""
    return _evidence(replace(setting, quick=True), swapped=True)


STATEMENT = Statement(
    id="fp-direct-sums",
    title="Closed forms and direct sums agree",
    paper="fixed-pole",
    section="formulas",
    claim=r"J = \sum_n |h_n - \rho_n|^2,\quad \partial J/\partial \bar p_i = \bar g_i R_1(\bar p_i)",
    hypotheses=("K to 8, targets of up to 3 modes, moduli of poles up to 1 - 1e-6; 200 random networks",),
    provenance=Provenance.DERIVED,
    uses=("fp-objective", "fp-gradient"),
    check=check,
    controls=(Control("conjugate dropped", check_unconjugated),),
)
