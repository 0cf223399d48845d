r"""Closed forms of :math:`M_k(z) = (d/dz)^k \sum_n \rho_n z^n` against the series, both in balls with a bound for the
tail: fractional :math:`(d)_n/n!` and powers :math:`(n+1)^{-\alpha}`, at real and complex z. The coefficients are
at most 1, so the tail of the k-th derivative from N on is below :math:`\sum_{n \ge N} n^k |z|^{n-k}`, enclosed by
a ratio of consecutive terms.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial, perm

from flint import acb, arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.findings import BallInequalities
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


def _evidence(setting: Setting, shifted: bool) -> Evidence:
    pairs = []
    with ball_precision(16 * setting.digits):
        families = [_fractional(arb(3) / 10), _power(arb(3) / 2, shifted), _power(arb(1), shifted)]
        for coefficient, closed in families[: setting.pick(3, 2)]:
            for re, im in _POINTS:
                z = acb(arb(re.numerator) / re.denominator, arb(im.numerator) / im.denominator)
                for k in range(3):
                    difference = abs(closed(k, z) - _series(k, z, coefficient))
                    pairs.append((difference, 2 * _tail(k, z)))
    return Evidence(
        [BallInequalities("closed form and series, to the tail", pairs)], len(pairs), setting.digits
    )


def check(setting: Setting) -> Evidence:
    """The closed forms."""
    return _evidence(setting, shifted=True)


def check_unshifted(setting: Setting) -> Evidence:
    """The polylogarithm of the power sequence that starts at n = 1."""
    return _evidence(setting, shifted=False)


STATEMENT = Statement(
    id="fp-moments",
    title="Moments of targets with long memory",
    paper="fixed-pole",
    section="formulas",
    claim=(
        r"(d)_n/n!:\;M_k = (d)_k (1-z)^{-d-k};\quad (n+1)^{-\alpha}:\;M_0 = "
        r"\mathrm{Li}_\alpha(z)/z,\;M_1 = (\mathrm{Li}_{\alpha-1} - \mathrm{Li}_\alpha)/z^2"
    ),
    hypotheses=(
        "d = 3/10; alpha = 3/2 and 1",
        "three points z, k = 0, 1, 2",
    ),
    provenance=Provenance.DERIVED,
    uses=("fp-objective",),
    check=check,
    controls=(Control("polylogarithm without the shift", check_unshifted),),
)
