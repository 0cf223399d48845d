r"""Closed forms of :math:`M_k(z) = (d/dz)^k \sum_n \rho_n z^n` and of squared norms against the series.

Moments in balls with a bound for the tail: fractional :math:`(d)_n/n!` and powers :math:`(n+1)^{-\alpha}`, at real and
complex z. The coefficients are at most 1, so the tail of the k-th derivative from N on is below
:math:`\sum_{n \ge N} n^k |z|^{n-k}`, enclosed by a ratio of consecutive terms.

Norms, slowly convergent, with tails between two bounds. For :math:`u_n = ((d)_n/n!)^2` the differences of :math:`n u_n`
are :math:`(1 - 2d) u_n (1 - \kappa/(n+1))`, :math:`\kappa = 1 + d^2/(1 - 2d)` (an identity, checked), so the tail from
N on lies between :math:`N u_N/(1 - 2d)` and that over :math:`1 - \kappa/(N+1)`; for powers integrals bound it. A pulse
at D, and with it every finite sequence, by differentiation for symbolic D. (A Gaussian pulse has no closed form:
`sampled` encloses its tail.)
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial, perm

import sympy as sp
from flint import acb, arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement

_N = 400
_POINTS = (
    (Fraction(1, 3), Fraction(1, 4)),
    (Fraction(-1, 2), Fraction(0)),
    (Fraction(1, 5), Fraction(-3, 5)),
)


def _tail(k: int, z: acb) -> arb:
    """A bound of the k-th derivative's terms from N on, all coefficients at most 1 in modulus."""
    size = z.abs_upper()
    ratio = size * (arb(_N + 1) / _N) ** k
    return arb(_N) ** k * size ** (_N - k) / (1 - ratio)


def _series(k: int, z: acb, coefficient: Callable[[int], arb]) -> acb:
    total = acb(0)
    for n in reversed(range(k, _N)):
        total += coefficient(n) * arb(perm(n, k)) * z ** (n - k)
    return total


def _fractional(d: arb) -> tuple[Callable[[int], arb], Callable[[int, acb], acb]]:
    return lambda n: d.rising(n) / arb(factorial(n)), lambda k, z: d.rising(k) * (1 - z) ** (-d - k)


def _power(alpha: arb, shifted: bool) -> tuple[Callable[[int], arb], Callable[[int, acb], acb]]:
    def closed(k: int, z: acb) -> acb:
        Li = [z.polylog(acb(alpha - j)) for j in range(3)]
        if not shifted:
            return (Li[0], Li[1] / z, (Li[2] - Li[1]) / z**2)[k]
        return (Li[0] / z, (Li[1] - Li[0]) / z**2, (Li[2] - 3 * Li[1] + 2 * Li[0]) / z**3)[k]

    return lambda n: arb(n + 1) ** (-alpha), closed


def _pulses() -> list[tuple[sp.Expr, sp.Expr]]:
    """``z^D`` differentiated, against ``D!/(D-k)! z^(D-k)``; one step of the tail's telescoping sum."""
    z, D = sp.Symbol("z"), sp.Symbol("D", integer=True, positive=True)
    n, d = sp.symbols("n d", positive=True)
    pairs = [(sp.diff(z**D, z, k), sp.expand(sp.ff(D, k)) * z ** (D - k)) for k in range(3)]
    kappa = 1 + d**2 / (1 - 2 * d)
    return [*pairs, (n - (n + 1) * ((n + d) / (n + 1)) ** 2, (1 - 2 * d) * (1 - kappa / (n + 1)))]


def _norms(shift: int, count: int) -> list[tuple[arb, arb]]:
    """Closed norm above the partial sum with the least tail, and below that with the largest."""
    pairs = []
    for d in (arb(3) / 10, arb(1) / 10):
        total, u = arb(0), arb(1)
        for n in range(count):
            total += u
            u *= ((n + d) / (n + 1)) ** 2
        tail = count * u / (1 - 2 * d)
        closed = (1 - 2 * d).gamma() / (1 - d).gamma() ** 2
        kappa = 1 + d**2 / (1 - 2 * d)
        pairs += [(total + tail, closed), (closed, total + tail / (1 - kappa / (count + 1)))]
    for alpha in (arb(3) / 2, arb(1)):
        s = 2 * alpha
        total = sum((arb(n + 1) ** -s for n in range(count)), arb(0))
        closed = (s + shift).zeta()
        pairs += [(total + arb(count + 1) ** (1 - s) / (s - 1), closed)]
        pairs += [(closed, total + arb(count) ** (1 - s) / (s - 1))]
    return pairs


def _evidence(setting: Setting, shifted: bool = True, norm_shift: int = 0) -> Evidence:
    pairs = []
    with ball_precision(16 * setting.digits):
        families = [_fractional(arb(3) / 10), _power(arb(3) / 2, shifted), _power(arb(1), shifted)]
        for coefficient, closed in families[: setting.pick(3, 2)]:
            for re, im in _POINTS:
                z = acb(arb(re.numerator) / re.denominator, arb(im.numerator) / im.denominator)
                for k in range(3):
                    difference = abs(closed(k, z) - _series(k, z, coefficient))
                    pairs.append((difference, 2 * _tail(k, z)))
    with ball_precision(128):
        norms = _norms(norm_shift, setting.pick(4000, 800))
    findings = [
        BallInequalities("closed form and series, to the tail", pairs),
        BallInequalities("squared norms between sums and bounds of their tails", norms),
        Identities("pulses", _pulses()),
    ]
    return Evidence(findings, len(pairs) + len(norms), setting.digits)


def check(setting: Setting) -> Evidence:
    """The closed forms."""
    return _evidence(setting)


def check_unshifted(setting: Setting) -> Evidence:
    """The polylogarithm of the power sequence that starts at n = 1."""
    return _evidence(setting, shifted=False)


def check_norm(setting: Setting) -> Evidence:
    """zeta(2 alpha + 1) for the squared norm of powers."""
    return _evidence(setting, norm_shift=1)


STATEMENT = Statement(
    id="fp-moments",
    title="Moments of targets with long memory",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"(d)_n/n!:\;M_k = (d)_k (1-z)^{-d-k};\quad (n+1)^{-\alpha}:\;M_0 = "
        r"\mathrm{Li}_\alpha(z)/z,\;M_1 = (\mathrm{Li}_{\alpha-1} - \mathrm{Li}_\alpha)/z^2;\quad "
        r"\|\rho\|^2 = \Gamma(1-2d)/\Gamma(1-d)^2,\;\zeta(2\alpha)"
    ),
    hypotheses=(
        "d = 3/10; alpha = 3/2 and 1",
        "three points z, k = 0, 1, 2; norms also for d = 1/10; pulses at all D",
    ),
    provenance=Provenance.DERIVED,
    uses=("fp-objective",),
    check=check,
    controls=(
        Control("polylogarithm without the shift", check_unshifted),
        Control("norm zeta(2 alpha + 1)", check_norm),
    ),
)
