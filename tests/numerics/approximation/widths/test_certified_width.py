"""Certified widths: known numbers of terms, distances by another route, and refusals."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import memcurse as mc
from memcurse.numerics.approximation.l2.distance import l2_error
from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum

LONG = PowerLaw("1/10")


def distance(width, rho, tail, cuts):
    """The L1 distance up to a time from which `tail` is left, by mpmath's quadrature between its sign changes."""

    def size(t):
        return abs(
            mpmath.fsum(a * mpmath.exp(-w * t) for a, w in zip(width.a, width.w, strict=True)) - rho(t)
        )

    return mpmath.quad(size, cuts) + tail


@pytest.mark.parametrize(
    ("target", "error", "terms"),
    [
        (LONG, "0.1", 35),
        (PowerLaw(1), "1/1000", 9),
        (PowerLaw("1/2", "-3") + ExponentialSum([2], [3]), "1/10", 9),
        (ExponentialSum([1, 2], [1, 3]), "1/100", 2),
        (LONG, 9, 1),
        (LONG, "1e6", 1),
    ],
    ids=str,
)
def test_so_many_terms_are_enough(target, error, terms):
    width = certified_width(target, error)
    assert width.met
    assert width.m <= terms
    assert len(width.a) == len(width.w) == width.m
    assert list(width.w) == sorted(width.w)
    assert float(width.error_enclosure.upper()) <= float(sp.Rational(error))


def test_distance_by_quadrature():
    width = certified_width(PowerLaw(1), "1/50")
    cuts = [0, *(mpmath.mpf(10) ** (mpmath.mpf(k) / 4) for k in range(-8, 17))]
    direct = distance(width, lambda t: (1 + t) ** -2, 1 / (1 + cuts[-1]), cuts)
    assert float(width.error_enclosure) == pytest.approx(float(direct), rel=1e-4)


def test_a_smaller_error_needs_more_terms_and_a_larger_budget():
    widths = [certified_width(PowerLaw("1/3"), f"1/{10**k}") for k in range(1, 5)]
    assert [w.m for w in widths] == sorted({w.m for w in widths})
    short = certified_width(LONG, "0.1", budget=20)
    assert (short.met, short.m) == (False, 20)
    assert "not met" in short.message
    assert float(short.error_enclosure) == pytest.approx(0.452590395597, rel=1e-9)


@pytest.mark.slow
def test_beyond_float64_the_trapezoid_rule_takes_over():
    width = certified_width(PowerLaw(2), "1e-14", budget=300)
    assert (width.met, width.method) == (True, "trapezoid rule")
    assert float(width.error_enclosure.lower()) > 0


def test_own_terms():
    target = ExponentialSum([1, "1/3"], [2, 1])
    width = certified_width(target, "1e-30")
    assert (width.m, width.met, width.method) == (2, True, "the target's own terms")
    assert width.message.startswith("2 terms are enough")
    assert [float(x) for x in width.w] == [1, 2]
    exact = certified_width(ExponentialSum([1, 3], [2, "1/4"]), "1e-30")
    assert exact.error_enclosure.is_zero()
    assert exact.message.startswith("2 terms are enough")


@pytest.mark.parametrize("target", [LONG, PowerLaw(0), ExponentialSum([1, 2, 3], [1, 3, 8])], ids=str)
def test_l2(target):
    width = certified_width(target, "1/20", "l2")
    assert width.met
    loss = mc.Objective(target).enclose(width.a, width.w, 20).loss
    assert float(width.error_enclosure) == pytest.approx(float(loss) ** 0.5, rel=1e-12)
    assert float(l2_error(target, width.a, width.w)) == pytest.approx(float(loss) ** 0.5, rel=1e-12)


@pytest.mark.slow
def test_l2_ends_where_its_search_does():
    width = certified_width(PowerLaw(0), "1e-9", "l2")
    assert not width.met
    assert width.m <= 28
    assert float(width.error_enclosure) < 1e-5


def test_kernel_with_a_given_measure():
    x = sp.Symbol("x", positive=True)
    density = sp.exp(-1 / (4 * x)) / (2 * sp.sqrt(sp.pi) * x ** sp.Rational(3, 2))
    width = certified_width(mc.parse_target("exp(-sqrt(t))"), "1/10", measure=density)
    assert width.met
    assert width.m <= 3


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((LONG, 0), {}, "`error` must be positive; got 0"),
        ((LONG, float("inf")), {}, "`error` must be finite"),
        ((LONG, 1, "l3"), {}, "`norm` must be one of 'l1', 'l2', 'sup'; got 'l3'"),
        ((LONG, 1), {"budget": 0}, "`budget` must be between 1 and 2000; got 0"),
        ((PowerLaw(0), 1), {}, "`target` must be integrable, with `omega` > 0"),
        ((ExponentialSum([0], [1]), 1), {}, "`target` must not be 0"),
        ((GaussianBump(3) + PowerLaw(1), 1), {}, "must be the transform of a known measure"),
        ((LONG.delayed(1), 1), {}, "a causal delay is 0 at first"),
        ((LONG, 1), {"digits": 3}, "`digits` must be between 15"),
    ],
)
def test_refusals(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        certified_width(*arguments, **keywords)


def test_refusals_by_type():
    with pytest.raises(TypeError, match="`target` must be a memcurse target"):
        certified_width(3, 1)
    with pytest.raises(TypeError, match="`budget` must be an integer"):
        certified_width(LONG, 1, budget=2.5)


@pytest.mark.parametrize(
    ("target", "error", "terms"),
    [
        (PowerLaw(1, "1e-200"), "1e-203", 9),
        (PowerLaw(1, "1e200"), "1e197", 10),
        (PowerLaw(10**6), "1e-9", 1),
    ],
    ids=["small", "large", "fast"],
)
def test_targets_whose_squares_float64_does_not_hold(target, error, terms):
    width = certified_width(target, error)
    assert width.met
    assert width.m >= terms
    assert width.error_enclosure.rel_accuracy_bits() >= 30


@pytest.mark.parametrize("omega", ["1e-9", "1e-200", "1e200"])
def test_memories_beyond_every_search_are_refused(omega):
    with pytest.raises(
        ArithmeticError, match="`target` must be within reach of float64, or of a rule of at most 100"
    ):
        certified_width(PowerLaw(omega), "1e-1")


@pytest.mark.parametrize("error", ["1e-160", "1e-400"])
def test_errors_below_every_search_are_not_met(error):
    width = certified_width(PowerLaw("1/2"), error, budget=12)
    assert not width.met
    assert width.m == 12
