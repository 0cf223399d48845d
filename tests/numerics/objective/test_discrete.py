from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.best_gains import best_gains
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, TargetSequence, sampled

SEQUENCES: dict[str, TargetSequence] = {
    "geometric": GeometricSum([1, "1/2"], ["9/10", "-1/3"]),
    "finite": FiniteSequence([1, -2, "1/2", 3]),
    "sampled sum": sampled(mc.ExponentialSum([1, 2], ["1/2", 3]), "1/10"),
    "sampled power law": sampled(mc.PowerLaw("1/2"), "1/4"),
    "sampled bump": sampled(example_target(5), "1/10"),
}
A, P = ["7/10", "-1/5", 2], ["4/5", "-1/10", 0]
FLOATS = [0.7, -0.2, 2.0], [0.8, -0.1, 0.0]


def entries(matrix: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([float(x.mid()) for x in matrix.entries()])


@pytest.mark.parametrize("name", SEQUENCES)
def test_float64_against_balls(name: str) -> None:
    J = DiscreteObjective(SEQUENCES[name])
    balls = J.enclose(A, P, digits=20)
    assert J.loss(*FLOATS) == pytest.approx(float(balls.loss.mid()), rel=1e-13)
    assert J.gradient(*FLOATS) == pytest.approx(entries(balls.gradient), rel=1e-12, abs=1e-12)
    assert J.hessian(*FLOATS).ravel() == pytest.approx(entries(balls.hessian), rel=1e-12, abs=1e-12)
    assert balls.loss.rel_accuracy_bits() >= 66


@pytest.mark.parametrize("name", ["geometric", "finite", "sampled sum"])
def test_balls_against_the_symbolic_forms(name: str) -> None:
    J = DiscreteObjective(SEQUENCES[name])
    symbolic, balls = J.symbolic(3), J.enclose(A, P, digits=30)
    values = [sp.Rational(x) for x in (*A, *P)]
    symbols = (*symbolic.a, *symbolic.p)
    with ball_precision(150):
        for expressions, found in (
            ([symbolic.loss], [balls.loss]),
            (list(symbolic.gradient), balls.gradient.entries()),
            (list(symbolic.hessian), balls.hessian.entries()),
        ):
            evaluated = lower(expressions, symbols, "ball")(*(lower(x, (), "ball")() for x in values))
            assert all(x.overlaps(y) for x, y in zip(evaluated, found, strict=True))


def test_loss_against_the_sum_of_squares() -> None:
    n = np.arange(400)
    g = FLOATS[0] @ np.array(FLOATS[1])[:, None] ** n
    rho = 0.9**n + 0.5 * (-1 / 3) ** n
    assert DiscreteObjective(SEQUENCES["geometric"]).loss(*FLOATS) == pytest.approx(
        np.sum((g - rho) ** 2), rel=1e-12
    )


def test_a_network_run_step_by_step_answers_an_impulse_with_the_sequence() -> None:
    a, p = np.array([1.0, -0.5]), np.array([0.9, 0.2])
    h, out = np.zeros(2), []
    for n in range(40):
        h = p * h + (1.0 if n == 0 else 0.0)
        out.append(a @ h)
    sequence = GeometricSum(a, p)
    assert out == pytest.approx([float(sequence.term(n)) for n in range(40)])


def test_at_a_rational_target_everything_is_exactly_0() -> None:
    J = DiscreteObjective(SEQUENCES["geometric"])
    at = J.enclose([1, "1/2"], ["9/10", "-1/3"])
    assert at.loss.is_zero()
    assert all(x.is_zero() for x in at.gradient.entries())
    assert J.loss([1, "1/2"], ["9/10", "-1/3"], digits=30) == 0


def test_poles_near_1_keep_their_digits() -> None:
    J = DiscreteObjective(sampled(mc.ExponentialSum([1], [1]), "1/1000000"))
    p = [1 - 3e-6]
    assert J.loss([2.0], p) == pytest.approx(float(J.loss([2], p, digits=20)), rel=1e-13)


def test_batches_and_digits() -> None:
    J = DiscreteObjective(SEQUENCES["sampled sum"])
    a, p = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([0.3, 0.6])
    assert J.loss(a, p).shape == (2,)
    assert J.gradient(a, p).shape == (2, 4)
    assert J.hessian(a, p).shape == (2, 4, 4)
    for i in range(2):
        assert J.loss(a, p)[i] == pytest.approx(float(J.loss(a[i], p, digits=20)), rel=1e-13)
        assert J.gradient(a, p)[i] == pytest.approx(
            np.array(J.gradient(a[i], p, digits=20).tolist(), float).ravel()
        )
        assert J.hessian(a, p)[i] == pytest.approx(np.array(J.hessian(a[i], p, digits=20).tolist(), float))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-0.95, 0.95)), min_size=1, max_size=4), st.randoms())
def test_order_of_the_terms_does_not_matter(terms: list[tuple[float, float]], random: Any) -> None:
    J = DiscreteObjective(SEQUENCES["geometric"])
    shuffled = random.sample(terms, len(terms))
    first, second = (J.loss([a for a, _ in x], [p for _, p in x]) for x in (terms, shuffled))
    assert first == pytest.approx(second, rel=1e-9, abs=1e-9)
    assert first >= -1e-9


@settings(max_examples=20)
@given(
    st.lists(st.floats(-0.9, 0.9), min_size=2, max_size=2), st.lists(st.floats(-2, 2), min_size=2, max_size=2)
)
def test_gradient_and_hessian_are_slopes(p: list[float], a: list[float]) -> None:
    J = DiscreteObjective(SEQUENCES["sampled sum"])
    theta, h = np.array([*a, *p]), 1e-5
    for i, step in enumerate(h * np.eye(4)):
        up, down = theta + step, theta - step
        slope = (J.loss(up[:2], up[2:]) - J.loss(down[:2], down[2:])) / (2 * h)
        assert slope == pytest.approx(J.gradient(a, p)[i], rel=1e-5, abs=1e-5)
        bend = (J.gradient(up[:2], up[2:]) - J.gradient(down[:2], down[2:])) / (2 * h)
        assert bend == pytest.approx(J.hessian(a, p)[i], rel=1e-4, abs=1e-4)


def test_fixed_poles_leave_no_slope() -> None:
    sequence = SEQUENCES["sampled power law"]
    poles = ["1/2", "9/10", "-1/5"]
    gains = best_gains(sequence, poles).gains
    assert all(x.rel_accuracy_bits() >= 99 for x in gains)
    slope = DiscreteObjective(sequence).enclose(gains, poles).gradient.entries()[:3]
    assert all(x.contains(0) and x.rad() < 1e-25 for x in slope)
    with pytest.raises(ValueError, match="`modes` must be distinct"):
        best_gains(sequence, ["1/2", "1/2"])


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([1.0], [1.0]), ValueError, "`p` must lie strictly between -1 and 1; got 1.0"),
        (([1.0, 2.0], [0.5]), ValueError, "same width"),
        (([float("nan")], [0.5]), ValueError, "`a` must be finite"),
        ((1.0, [0.5]), TypeError, "`a` must be a nonempty array"),
        (([1j], [0.5]), TypeError, "real numbers"),
    ],
)
def test_bad_input_is_named(arguments: tuple[Any, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        DiscreteObjective(SEQUENCES["geometric"]).loss(*arguments)


def test_bad_exact_input_is_named() -> None:
    J = DiscreteObjective(SEQUENCES["geometric"])
    with pytest.raises(ValueError, match="`p` must lie strictly between -1 and 1; got 3/2 at index 1"):
        J.enclose([1, 1], ["1/2", "3/2"])
    with pytest.raises(ValueError, match="`a` and `p` must have the same length"):
        J.enclose([1, 1], ["1/2"])
    with pytest.raises(TypeError, match="got a ball"):
        J.loss([arb(1)], ["1/2"], digits=20)
    with pytest.raises(ValueError, match="`p` must lie strictly"):
        J.enclose([1], [arb(1, 0.5)])
    with pytest.raises(TypeError, match="`sequence` must be"):
        DiscreteObjective(mc.PowerLaw(1))  # type: ignore[arg-type]
    with pytest.raises(ArithmeticError, match="cannot be told from 0"):
        DiscreteObjective(SEQUENCES["sampled sum"]).loss(
            SEQUENCES["sampled sum"].a,
            SEQUENCES["sampled sum"].p,
            digits=20,  # type: ignore[attr-defined]
        )


def test_overflow_is_an_error_and_no_warning() -> None:
    with pytest.raises(FloatRangeError, match="`a` and `p` must keep the results"):
        DiscreteObjective(GeometricSum([1], ["1/2"])).loss([1e300], [0.3])
