from __future__ import annotations

import pytest
import sympy as sp

import memcurse as mc
from memcurse.theory.notation import t
from memcurse.theory.targets.sequences import (
    FiniteSequence,
    GeometricSum,
    SampledTarget,
    TargetSequence,
    sampled,
)

R, p = sp.Rational, sp.Symbol("p", real=True)


@pytest.mark.parametrize(
    "sequence",
    [GeometricSum([2, -1], [R(1, 2), R(-3, 4)]), GeometricSum([1], [0]), FiniteSequence([1, 2, R(1, 3), 4])],
)
def test_moments_against_partial_sums_and_derivatives(sequence: TargetSequence) -> None:
    at = R(1, 3)
    for k in range(3):
        terms = [sp.ff(n, k) * at ** (n - k) * sequence.term(n) for n in range(k, 80)]
        assert abs(sp.Add(*terms) - sequence.moment(k, at)) < R(1, 10**12)
        assert sp.simplify(sp.diff(sequence.moment(k, p), p) - sequence.moment(k + 1, p)) == 0
    assert abs(sp.Add(*(sequence.term(n) ** 2 for n in range(120))) - sequence.squared_norm()) < R(1, 10**12)


def test_equal_poles_are_merged() -> None:
    assert GeometricSum([1, 2, 3], ["1/2", "1/3", "1/2"]) == GeometricSum([4, 2], ["1/2", "1/3"])


def test_sampled_exponentials_are_geometric() -> None:
    sequence = sampled(mc.ExponentialSum([1, 2], [3, 4]), "1/2")
    assert sequence == GeometricSum([1, 2], [sp.exp(-R(3, 2)), sp.exp(-2)])
    other = sampled(mc.PowerLaw(1), "1/2")
    assert isinstance(other, SampledTarget)
    assert other.term(4) == R(1, 9)
    assert other.term(3) == mc.PowerLaw(1).expression.subs(t, R(3, 2))


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (
            lambda: GeometricSum([1], [1]),
            ValueError,
            "`p` must lie strictly between -1 and 1; got 1 at index 0",
        ),
        (lambda: GeometricSum([1], ["-3/2"]), ValueError, "`p` must lie strictly"),
        (lambda: GeometricSum([1, 2], ["1/2"]), ValueError, "`a` and `p` must have the same length"),
        (lambda: GeometricSum([], []), ValueError, "`a` must not be empty"),
        (lambda: FiniteSequence("12"), TypeError, "`values` must be a sequence"),
        (lambda: sampled(mc.PowerLaw(1), 0), ValueError, "`step` must be positive"),
        (lambda: sampled(mc.PowerLaw(1), sp.pi), ValueError, "`step` must be rational"),
        (lambda: sampled(mc.PowerLaw(1).delayed(sp.pi), 1), ValueError, "`target` must have rational delays"),
        (lambda: sampled(3, 1), TypeError, "`target` must be a memcurse target"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_named(make: object, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        make()  # type: ignore[operator]


@pytest.mark.parametrize(
    "sequence",
    [GeometricSum([1], ["1/2"]), FiniteSequence([1, 2, 3]), sampled(mc.PowerLaw(1), 1)],
    ids=["geometric", "finite", "sampled"],
)
def test_there_is_no_term_before_the_first(sequence: TargetSequence) -> None:
    with pytest.raises(ValueError, match="`n` must be at least 0; got -1"):
        sequence.term(-1)
    with pytest.raises(TypeError, match=r"`n` must be an integer; got 1\.0"):
        sequence.term(1.0)
    assert sequence.term(sp.Symbol("n")).has(sp.Symbol("n"))
