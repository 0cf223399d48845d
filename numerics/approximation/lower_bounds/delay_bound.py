r"""The L2 distance of a kernel from every sum of m exponentials, from how late the kernel is.

The reproducing kernel of the span of m modes is at most m/t at (t, t) (`ext-delay-width`), so

.. math:: \|f - \hat f\|^2 \ge \|f\|^2 - m \Bigl(\int_0^\infty |f(t)|\,t^{-1/2} dt\Bigr)^2 .
"""

from __future__ import annotations

from flint import acb, arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

#: Standard deviations behind a bump's centre at which its tail is bounded instead of integrated.
_DEVIATIONS = 12


def early_weight(target: Target) -> arb | None:
    """An upper bound on ``int |f| t^(-1/2) dt``, or None for kernels that are not known here. Rigour: enclosure."""
    total = arb(0)
    for part in target.parts():
        if isinstance(part, ExponentialSum):
            for a, w in zip(part.a, part.w, strict=True):
                total += abs(constant_ball(a)) * (arb.pi() / constant_ball(w)).sqrt()
        elif isinstance(part, PowerLaw):
            half, late = arb(1) / 2, constant_ball(part.omega) + arb(1) / 2
            beta = half.gamma() * late.gamma() / (half + late).gamma()
            total += abs(constant_ball(part.amplitude)) * beta
        elif isinstance(part, GaussianBump):
            total += _bump_weight(part)
        else:
            return None
    return total


def _bump_weight(bump: GaussianBump) -> arb:
    """With ``t = u^2`` the integrand is entire; behind the last point ``t^(-1/2)`` is at most its value there."""
    delay, width = constant_ball(bump.delay), constant_ball(bump.width)
    last = (delay + _DEVIATIONS * width).sqrt().upper()

    def integrand(u: acb, _: bool) -> acb:
        return 2 * (-((u * u - delay) ** 2) / (2 * width**2)).exp()

    early = acb.integral(integrand, acb(0), acb(last)).real
    behind = width * (arb.pi() / 2).sqrt() * (arb(_DEVIATIONS) / arb(2).sqrt()).erfc() / last
    return abs(constant_ball(bump.amplitude)) * (early + arb(0).union(behind))


def delay_bounds(target: Target, count: int) -> list[arb]:
    """Lower bounds on the L2 distance from sums of 0, ..., count - 1 exponentials; empty where unknown."""
    weight = early_weight(target)
    if weight is None:
        return []
    square = lower(target.squared_norm(), (), "ball")()
    gaps = [arb.max(square - m * weight**2, arb(0)) for m in range(count)]
    return [arb.max(arb(gap.sqrt().lower()), arb(0)) if gap > 0 else arb(0) for gap in gaps]
