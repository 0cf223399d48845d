"""Online learners against least squares, white covariances and differences of the loss; streams against one block."""

from __future__ import annotations

import numpy as np
import pytest

from memcurse import LMS, RLS, DelayLine, LearnedPoles, PoleStates

RNG = np.random.default_rng(3)
X = RNG.normal(size=300) + 1j * RNG.normal(size=300)
POLES = np.array([0.5 + 0.4j, -0.3 + 0.2j, 0.7j])


def test_states_are_sums_of_powers():
    rows = PoleStates(POLES).run(X[:50])
    direct = [[sum(p**n * X[t - n] for n in range(t + 1)) for p in POLES] for t in range(50)]
    assert rows == pytest.approx(np.array(direct), rel=1e-12)


def test_orthonormal_states_have_orthonormal_responses():
    impulse = np.zeros(600, dtype=complex)
    impulse[0] = 1
    E = PoleStates(POLES, orthonormal=True).run(impulse)
    products = E.conj().T @ E
    assert products == pytest.approx(np.eye(3), abs=1e-12)
    raw = PoleStates(POLES).run(impulse)
    projection = E @ (E.conj().T @ raw)
    assert projection == pytest.approx(raw, abs=1e-10)


@pytest.mark.parametrize("forgetting", [1.0, 0.99])
def test_rls_is_least_squares(forgetting):
    rows, y = DelayLine(5).run(X), RNG.normal(size=300) + 1j * RNG.normal(size=300)
    learner = RLS(5, forgetting, ridge=0.3)
    learner.run(rows[:100], y[:100])
    learner.run(rows[100:], y[100:])
    weights = forgetting ** np.arange(299, -1, -1)
    A = (rows.conj().T * weights) @ rows + 0.3 * forgetting**300 * np.eye(5)
    assert learner.gains == pytest.approx(np.linalg.solve(A, (rows.conj().T * weights) @ y), rel=1e-9)


def test_lms_converges_without_noise():
    h = np.array([1, -0.5j, 0.25])
    rows = DelayLine(3).run(X)
    learner = LMS(3)
    errors = learner.run(rows, rows @ h)
    assert learner.gains == pytest.approx(h, abs=1e-6)
    assert abs(errors[-1]) < 1e-5


def test_learned_step_is_the_gradient_of_the_last_error():
    g, p, x = np.array([0.5 + 0.2j, -0.4j]), POLES[:2], X[:30]
    y = np.zeros(30, dtype=complex)
    y[-1] = 1.0

    def last_error(gains, poles):
        return abs(y[-1] - PoleStates(poles).run(x)[-1] @ gains) ** 2

    # All errors but the last are made 0 by the target, so only the last sample moves the parameters.
    y[:-1] = (PoleStates(p).run(x) @ g)[:-1]
    learner = LearnedPoles(g, p, "sgd", 1e-9)
    learner.run(x, y)
    for k in range(2):
        for unit in (1, 1j):
            step = np.zeros(2, dtype=complex)
            step[k] = 1e-6 * unit
            by_g = (last_error(g + step, p) - last_error(g - step, p)) / 2e-6
            by_p = (last_error(g, p + step) - last_error(g, p - step)) / 2e-6
            moved_g, moved_p = (learner.gains - g)[k] / -1e-9, (learner.poles - p)[k] / -1e-9
            assert 2 * (np.conj(unit) * moved_g).real == pytest.approx(by_g, rel=1e-4, abs=1e-5)
            assert 2 * (np.conj(unit) * moved_p).real == pytest.approx(by_p, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("method", ["sgd", "momentum", "adam", "rmsprop"])
def test_blocks_of_a_stream_are_one_run(method):
    y = PoleStates(POLES).run(X) @ np.ones(3)
    one, two = (LearnedPoles([0.1, 0.2], [0.3, -0.2j], method, 1e-3) for _ in range(2))
    errors = one.run(X, y)
    parts = np.concatenate([two.run(X[:7], y[:7]), two.run(X[7:], y[7:])])
    assert (errors == parts).all()
    assert (one.poles == two.poles).all()


def test_a_pole_that_leaves_is_reported():
    learner = LearnedPoles([1.0], [0.9], "sgd", 0.5)
    errors = learner.run(X, PoleStates([0.99]).run(X)[:, 0] * 3)
    assert learner.left == len(errors) < len(X)
    with pytest.raises(ValueError, match="left the disc at sample"):
        learner.run(X, X)


def test_blocks_of_rows_are_one_run():
    line, states, other = (
        DelayLine(5),
        PoleStates(POLES, orthonormal=True),
        PoleStates(POLES, orthonormal=True),
    )
    parts = [line.run(X[:3]), line.run(X[3:3]), line.run(X[3:])]
    assert (np.concatenate(parts) == DelayLine(5).run(X)).all()
    assert DelayLine(3).run([1, 2])[1] == pytest.approx([2, 1, 0])
    assert (np.concatenate([states.run(X[:9]), states.run(X[9:])]) == other.run(X)).all()


def test_gains_that_diverge_are_no_result():
    rows = DelayLine(3).run(X)
    learner = LMS(3, rate=5.0, normalised=False)
    learner.run(rows[:2], np.ones(2))
    before = learner.gains.copy()
    with pytest.raises(ArithmeticError, match="`rate` must be small enough"):
        learner.run(np.tile(rows, (20, 1)), np.ones(20 * len(rows)))
    assert (learner.gains == before).all()
    learned = LearnedPoles([1.0], [0.5], "sgd", 10.0, fixed=True)
    with pytest.raises(ArithmeticError, match="`rate` must be small enough"):
        learned.run(np.tile(X, 20), np.ones(20 * len(X)))
    assert learned.gains == pytest.approx([1.0])


def test_an_inverse_that_lost_its_positivity_is_no_result():
    """Forgetting without input blows the inverse up."""
    learner = RLS(2, forgetting=0.5)
    with pytest.raises(ArithmeticError, match="`ridge` and `forgetting`"):
        learner.run(np.zeros((2000, 2)), np.zeros(2000))
    assert learner.inverse == pytest.approx(np.eye(2) / 1e-2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PoleStates([1.0]), "`poles` must have moduli below 1; got"),
        (lambda: PoleStates([0.1, np.nan]), "`poles` must be finite; got .* at index 1"),
        (lambda: PoleStates([]), "`poles` must hold at least one pole"),
        (lambda: DelayLine(0), "`count` must be at least 1; got 0"),
        (lambda: DelayLine(2).run([[1.0]]), "`x` must have 1 axes"),
        (lambda: RLS(3, forgetting=1.1), "`forgetting`"),
        (lambda: RLS(3, forgetting=float("nan")), "`forgetting`"),
        (lambda: RLS(3, ridge=0), "`ridge`"),
        (lambda: RLS(0), "`order`"),
        (lambda: LMS(3, rate=-1), "`rate`"),
        (lambda: LMS(3, rate=float("inf")), "`rate`"),
        (lambda: LearnedPoles([1], [0.5, 0.1]), "`gains`"),
        (lambda: LearnedPoles([1], [0.5], "lbfgs"), "`method`"),
        (lambda: LearnedPoles([1], [0.5]).run([1, 2], [1]), "`y` must have the shape of `x`"),
        (lambda: RLS(3).run(np.ones((2, 2)), np.ones(2)), "`X` must have the shape"),
        (lambda: RLS(2).run([[1, 2], [3]], np.ones(2)), "`X` must be an array with rows of one length"),
        (lambda: RLS(2).run([[1, np.inf]], [1]), r"`X` must be finite; got .* at index \(0, 1\)"),
    ],
)
def test_bad_input(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: RLS(2.0), "`order` must be an integer"),
        (lambda: LMS(2, rate="fast"), "`rate` must be a number"),
        (lambda: PoleStates(["a"]), "`poles` must be numbers"),
        (lambda: LMS(1).run([["a"]], [1]), "`X` must be numbers"),
    ],
)
def test_wrong_types(make, words):
    with pytest.raises(TypeError, match=words):
        make()
