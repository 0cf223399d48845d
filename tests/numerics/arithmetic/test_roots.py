"""Positive roots of integer polynomials: every one, once, in a ball that holds it."""

from __future__ import annotations

import pytest
from flint import fmpq, fmpz_poly
from hypothesis import given
from hypothesis import strategies as st

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.roots import enclose_root, isolate_positive_roots, sign_variations

_RATIONALS = st.builds(fmpq, st.integers(-40, 40), st.integers(1, 12))


def _squarefree(p: fmpz_poly) -> fmpz_poly:
    return p // p.gcd(p.derivative())


def _count_by_complex_roots(p: fmpz_poly) -> int:
    with ball_precision(128):
        return sum(1 for root, _ in p.complex_roots() if root.imag == 0 and root.real > 0)


@given(st.sets(_RATIONALS, min_size=1, max_size=7))
def test_rational_roots_are_found_and_enclosed(roots: set[fmpq]) -> None:
    p = fmpz_poly([1])
    for root in roots:
        p *= fmpz_poly([-root.p, root.q])
    with ball_precision(200):
        balls = [enclose_root(root, 160) for root in isolate_positive_roots(p)]
        wanted = sorted(root for root in roots if root > 0)
        assert len(balls) == len(wanted)
        for ball, root in zip(sorted(balls, key=lambda b: float(b.mid())), wanted, strict=True):
            assert ball.contains(root)
            assert ball.rel_accuracy_bits() >= 150 or ball.is_exact()


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=10).filter(lambda c: c[-1] != 0))
def test_as_many_roots_as_the_certified_complex_roots_show(coefficients: list[int]) -> None:
    p = _squarefree(fmpz_poly(coefficients))
    assert len(isolate_positive_roots(p)) == _count_by_complex_roots(p)


def test_a_root_at_a_point_of_bisection_hides_no_other() -> None:
    # 1 is a point of bisection; the roots about 1/96 and 96 must not be lost to it.
    p = fmpz_poly([-1, 1]) * fmpz_poly([1, -97, 1])
    with ball_precision(200):
        balls = sorted(float(enclose_root(root, 100).mid()) for root in isolate_positive_roots(p))
    assert balls == pytest.approx([0.01031037, 1.0, 96.98968963], rel=1e-6)


def test_close_and_far_roots() -> None:
    near = fmpz_poly([-(10**12), 10**12 + 1]) * fmpz_poly([-(10**12) - 1, 10**12])
    far = fmpz_poly([-(10**9), 1]) * fmpz_poly([-1, 10**9])
    with ball_precision(300):
        assert len({str(enclose_root(r, 200)) for r in isolate_positive_roots(near * far)}) == 4


def test_sign_variations_and_bad_input() -> None:
    assert sign_variations(fmpz_poly([-1, 0, 2, -3])) == 2
    with pytest.raises(ValueError, match="`p` must be squarefree"):
        isolate_positive_roots(fmpz_poly([1, -2, 1]))
    with pytest.raises(ValueError, match="`p` must be squarefree and not 0"):
        isolate_positive_roots(fmpz_poly([0]))
