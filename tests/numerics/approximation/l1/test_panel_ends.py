"""Where panels end: signs that hold behind a time, and exponentials slowed down without a change of sign."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb
from scipy.integrate import quad

import memcurse as mc
from memcurse.numerics.approximation.l1.distance import l1_residual
from memcurse.numerics.approximation.l1.panel_ends import last_end, slowed
from memcurse.numerics.approximation.l1.residual_parts import decomposed
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.jets import Exponentials


def test_slowed_exponentials_have_one_factor_in_common() -> None:
    with ball_precision(100):
        slow = arb("1.0001")
        parts = [Exponentials((arb(1), arb(-3), arb(2)), (arb(1), slow, arb(4)))]
        (found,) = slowed(parts)
        assert isinstance(found, Exponentials)
        assert found.b == parts[0].b
        gaps = [p - q for p, q in zip(parts[0].v, found.v, strict=True)]
        assert gaps[0] > 0
        assert all(x.overlaps(gaps[0]) for x in gaps)
        assert found.v[0] * 8 < slow - 1 + arb("1e-20")
        assert all(v > 0 for v in found.v)


@pytest.mark.parametrize(
    "v", [(arb(1),), (arb(1), arb("1.0", "0.5"))], ids=["one term", "rates that overlap"]
)
def test_what_cannot_be_slowed_is_left_alone(v: tuple[arb, ...]) -> None:
    parts = [Exponentials((arb(1),) * len(v), v)]
    assert slowed(parts) is parts


def test_other_kernels_are_left_alone() -> None:
    parts, _ = decomposed(mc.PowerLaw(1)).residual([arb(1), arb(1)], [arb(1), arb(2)])
    assert slowed(parts) is parts


@pytest.mark.parametrize(
    ("target", "sign"),
    [
        (mc.PowerLaw(1), -1),
        (mc.ExponentialSum([1], [3]), 1),
        (mc.ExponentialSum([-2], ["1/9"]), 1),
        (mc.GaussianBump(5), 1),
        (mc.parse_target("exp(-sqrt(t))"), -1),
        (mc.PowerLaw(1).delayed(2), -1),
        # These lead late: from about t = 15 and t = 10^4 on.
        (mc.ExponentialSum(["1/1000000"], ["1/9"]), -1),
        (mc.PowerLaw(1, 100) + mc.PowerLaw("1/2", -1), 1),
    ],
    ids=str,
)
def test_the_sign_behind_the_end_is_that_of_the_slowest_part(target: mc.Target, sign: int) -> None:
    with ball_precision(100):
        parts, _ = decomposed(target).residual([arb("0.5")], [arb(1)])
        end = last_end(parts, arb(1), arb(2) ** -60, True)
        assert end.sign == sign
        assert end.bound.is_zero()
        for k in range(1, 5):
            values = [part.jets([end.time * k])[0][0] for part in parts]
            assert sign * sum(values, arb(0)) > 0


def test_without_a_sign_the_tail_is_bounded() -> None:
    with ball_precision(100):
        parts, _ = decomposed(mc.parse_target("sin(3*t)*exp(-t)")).residual([arb("0.5")], [arb(2)])
        end = last_end(parts, arb(1), arb(2) ** -40, False)
        assert end.sign == 0
        assert end.bound < arb(2) ** -40
        # int_T^oo e^-t |sin 3t| < e^-T
        assert end.bound < 2 * (-end.time).exp()
    start = float(end.time)

    def size(t: float) -> float:
        return abs(0.5 * np.exp(-2 * t) - np.sin(3 * t) * np.exp(-t))

    tail = sum(quad(size, start + k / 2, start + (k + 1) / 2, epsabs=0)[0] for k in range(40))
    assert tail < float(end.bound)


def test_close_rates_are_decided() -> None:
    """``2 e^(-v t) - e^-t - e^-(1+h)t`` behind its zeros: the sign of -e^-t shows from about t = 1/h on only."""
    target = mc.ExponentialSum([1, 1], [1, "1.0001"])
    found = l1_residual(target, ["1.999999997911792"], ["1.0000499970582689"], digits=12, every_point=True)
    assert found.complete
    assert found.signs == (-1, 1, -1)
