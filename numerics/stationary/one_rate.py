r"""All critical points with one rate, for an exponential sum with rational data: roots of polynomials.

With ``L_0 = N/D``, ``D = prod (w + v_j)``, the gradient of ``J_1`` vanishes if ``a = 2 w L_0(w)`` and either

* ``N(w) = 0``: then a = 0, and the Hessian is ``[[1/w, 2 L_1], [2 L_1, 0]]`` with ``L_1 = -N'/D``: a saddle where the
  root is simple, a zero eigenvalue where it is not; or
* ``P(w) = 0`` with ``P = N D + 2 w (N' D - N D')``, the numerator of ``L_0 - 2 w L_1``: eliminating a leaves
  ``||rho||^2 - 2 w L_0^2`` with derivative ``-2 N P / D^3``: the second eigenvalue has the sign of ``-N P'``.

No other case exists, the roots are isolated in integers, and signs at simple roots are certain at some precision: the
list is complete and every type is exact.
"""

from __future__ import annotations

from flint import arb, fmpq, fmpq_poly, fmpz_poly

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, certain_sign
from memcurse.numerics.arithmetic.roots import (
    IsolatedRoot,
    enclose_root,
    isolate_positive_roots,
    sign_variations,
)
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.targets.target import ExponentialSum, Target

from .points import CriticalPoint, CriticalPoints, critical_point

_SADDLE, _FLAT, _MINIMUM = Inertia(1, 0, 1), Inertia(1, 1, 0), Inertia(2, 0, 0)
_REASON = "every positive root of the two polynomials that the gradient leaves is isolated exactly"


def all_critical_points(target: Target, digits: int) -> CriticalPoints:
    """The complete list for a rational `ExponentialSum`; points at which the Hessian is singular are in it.

    Notes
    -----
    Rigour: proof. Uniqueness in an enclosure: a ball of rates holds one root, which determines the amplitude.
    """
    if not isinstance(target, ExponentialSum):
        raise TypeError(f"`target` must be an ExponentialSum; got {target!r}")
    sums = RationalSum(target)
    found = []
    for factor, multiplicity in _squarefree(sums.N):
        for root in isolate_positive_roots(factor):
            found.append(sums.zero_amplitude(root, multiplicity, digits))
    for factor, multiplicity in _squarefree(_without_common_roots(sums.P, sums.N)):
        for root in isolate_positive_roots(factor):
            found.append(sums.stationary(root, multiplicity, digits))
    return CriticalPoints(found, True, _REASON)


def _squarefree(p: fmpz_poly) -> list[tuple[fmpz_poly, int]]:
    # Without a change of sign there is no positive root, and nothing to factor.
    return [] if sign_variations(p) == 0 else list(p.factor_squarefree()[1])


def _without_common_roots(p: fmpz_poly, q: fmpz_poly) -> fmpz_poly:
    common = p.gcd(q)
    while common.degree() > 0:
        p = p // common
        common = p.gcd(common)
    return p


class RationalSum:
    """The target's transform as a quotient of polynomials, and the critical points at given roots."""

    def __init__(self, target: ExponentialSum) -> None:
        terms = [(a, v) for a, v in zip(target.a, target.w, strict=True) if a != 0]
        self.a = [fmpq(int(a.p), int(a.q)) for a, _ in terms]
        self.v = [fmpq(int(v.p), int(v.q)) for _, v in terms]
        D = fmpq_poly([1])
        for v in self.v:
            D *= fmpq_poly([v, 1])
        N = fmpq_poly([0])
        for a, v in zip(self.a, self.v, strict=True):
            N += a * (D // fmpq_poly([v, 1]))
        w = fmpq_poly([0, 1])
        P = N * D + 2 * w * (N.derivative() * D - N * D.derivative())
        self.D, self.full_numerator = D, N
        # Denominators are positive: the numerators with integer coefficients have the signs that matter.
        self.N, self.P = N.numer(), P.numer()
        pairs = list(zip(self.a, self.v, strict=True))
        self.norm = sum((a * b / (v + u) for a, v in pairs for b, u in pairs), fmpq(0))

    def transform(self, w: arb) -> arb:
        """``L_0(w)``."""
        return sum((arb(a) / (w + arb(v)) for a, v in zip(self.a, self.v, strict=True)), arb(0))

    def zero_amplitude(self, root: IsolatedRoot, multiplicity: int, digits: int) -> CriticalPoint:
        """The critical point with a = 0 at a root of ``N``; its loss is that of the zero function."""
        bits = bits_for(digits)
        with ball_precision(bits + GUARD_BITS):
            w = enclose_root(root, bits)
            inertia = _SADDLE if multiplicity == 1 else _FLAT
            return critical_point([arb(0)], [w], arb(self.norm), inertia, True)

    def stationary(self, root: IsolatedRoot, multiplicity: int, digits: int) -> CriticalPoint:
        """The critical point at a root of ``P`` that is no root of ``N``; precision rises until signs are certain."""
        goal = bits = bits_for(digits)
        slope = self.P.derivative()
        while True:
            with ball_precision(bits + GUARD_BITS):
                w = enclose_root(root, bits)
                L = self.transform(w)
                a, loss = 2 * w * L, arb(self.norm) - 2 * w * L * L
                sign = 0 if multiplicity > 1 else certain_sign(-self.N(w) * slope(w))
                if sign is not None and min(a.rel_accuracy_bits(), w.rel_accuracy_bits()) >= goal:
                    inertia = {1: _MINIMUM, 0: _FLAT, -1: _SADDLE}[sign]
                    return critical_point([a], [w], loss, inertia, True)
            bits *= 2
