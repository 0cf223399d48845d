"""The basis of wide networks: poles, field and systems against pairs of units and dense matrices, and whole flows."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from memcurse.numerics.flow.engine.low_rank import work as low_rank_work
from memcurse.numerics.flow.engine.low_rank.field import BENDS, low_rank_field
from memcurse.numerics.flow.engine.low_rank.poles import (
    REMAINDER,
    leja_ordered,
    poles_for,
    remainder,
    zolotarev_points,
)
from memcurse.numerics.flow.engine.low_rank.systems import factor_low_rank, solve_low_rank
from memcurse.numerics.flow.engine.low_rank.work import (
    basis_for,
    dense_operations,
    low_rank_data,
    low_rank_operations,
    low_rank_workspace,
)
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.tableaus.radau import radau_arrays
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum

BUMP = Objective(ExponentialSum(["1"], ["1"]) + GaussianBump(delay=9))


@numba.njit
def _evaluate(theta: Any, data: Any, gradient: Any, hessian: Any, whole: bool) -> float:
    return low_rank_field(theta, data, gradient, hessian, whole)


@numba.njit
def _solve(
    h: float, sigma: Any, A: Any, inverse: Any, hessians: Any, arc: bool, right: Any, work: Any, rhs: Any
) -> bool:
    if not factor_low_rank(h, sigma, A, inverse, hessians, arc, right, 1.0, 1e-4, work):
        return False
    solve_low_rank(arc, hessians, work, rhs)
    return True


def _start(m: int, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=m) / m, np.exp(rng.uniform(-spread, spread, m))


def _low_rank(a: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    poles = poles_for(w.min(), w.max())
    assert poles is not None
    gradient, hessian = np.zeros(2 * len(a)), np.zeros((len(poles) + 1, 2, len(a)))
    loss = _evaluate(
        np.concatenate([a, w]), low_rank_data(BUMP.packed, poles, len(a)), gradient, hessian, True
    )
    return loss, gradient, hessian


def _dense(hessian: np.ndarray) -> np.ndarray:
    m = hessian.shape[2]
    B = hessian[:BENDS].reshape(-1, 2 * m).T
    cross, diagonal = np.diag(hessian[BENDS, 0]), np.diag(hessian[BENDS, 1])
    return 2 * B @ B.T + np.block([[np.zeros((m, m)), cross], [cross, diagonal]])


@pytest.mark.parametrize("ratio", [1.1, 1.6, 4.0, 30.0, 1e3])
def test_the_gram_matrix_is_that_of_the_basis(ratio: float) -> None:
    """``1/(w + w')`` against the sum over the basis, whose functions are evaluated by their product here."""
    poles, rates = poles_for(1.0, ratio), np.geomspace(1.0, ratio, 41)
    assert poles is not None
    V = np.array(
        [
            np.sqrt(2 * p) / (rates + p) * np.prod([(rates - q) / (rates + q) for q in poles[:j]], axis=0)
            for j, p in enumerate(poles)
        ]
    )
    np.testing.assert_allclose(V.T @ V, 1 / np.add.outer(rates, rates), rtol=1e-14)
    assert remainder(rates, poles) < REMAINDER
    assert remainder(rates, poles[:-1]) > REMAINDER / 100


def test_zolotarev_points_are_best() -> None:
    """Their product alternates between 2r extreme values of one size, which no other points can lower."""
    rates, poles = np.geomspace(1.0, 5.0, 20_001), zolotarev_points(5.0, 6)
    product = np.prod([(rates - p) / (rates + p) for p in poles], axis=0)
    inside = product[1:-1]
    peaks = inside[(np.abs(inside) >= np.abs(product[:-2])) & (np.abs(inside) >= np.abs(product[2:]))]
    extremes = np.concatenate([product[:1], peaks, product[-1:]])
    np.testing.assert_allclose(np.abs(extremes), np.abs(product).max(), rtol=1e-6)
    assert np.all(extremes[1:] * extremes[:-1] < 0)
    assert len(extremes) == 7


def test_lejas_order_makes_products_small_early() -> None:
    rates, poles = np.geomspace(1.0, 5.0, 101), zolotarev_points(5.0, 8)
    ordered = leja_ordered(poles)
    assert sorted(ordered) == sorted(poles)
    first, best = remainder(rates, ordered[:4]), remainder(rates, zolotarev_points(5.0, 4))
    assert best < first < 100 * best < remainder(rates, poles[:4])


@pytest.mark.parametrize(("m", "spread"), [(9, 0.05), (20, 0.3), (40, 1.5)])
def test_field_is_that_of_all_pairs(m: int, spread: float) -> None:
    a, w = _start(m, spread)
    loss, gradient, hessian = _low_rank(a, w)
    expected = BUMP.evaluate(a, w)
    assert loss == pytest.approx(expected[0], rel=1e-14)
    np.testing.assert_allclose(gradient, expected[1], atol=4e-15)
    np.testing.assert_allclose(_dense(hessian), expected[2], atol=1e-13)


def test_gradient_alone_is_the_same() -> None:
    a, w = _start(20, 0.1)
    poles = poles_for(w.min(), w.max())
    assert poles is not None
    data, alone, scratch = (
        low_rank_data(BUMP.packed, poles, 20),
        np.zeros(40),
        np.zeros((len(poles) + 1, 2, 20)),
    )
    loss, gradient, _ = _low_rank(a, w)
    assert _evaluate(np.concatenate([a, w]), data, alone, scratch, False) == loss
    np.testing.assert_array_equal(alone, gradient)
    assert not scratch.any()


def test_a_rate_beyond_the_basis_is_named() -> None:
    a, w = _start(20, 0.1)
    poles = poles_for(w.min(), w.max())
    assert poles is not None
    data, w[7] = low_rank_data(BUMP.packed, poles, 20), 4.0
    gradient, hessian = np.zeros(40), np.zeros((len(poles) + 1, 2, 20))
    assert np.isnan(_evaluate(np.concatenate([a, w]), data, gradient, hessian, True))
    assert data.missing[0] == 4.0


@pytest.mark.parametrize("h", [1e-3, 1.0, 1e3], ids=str)
@pytest.mark.parametrize("arc", [False, True], ids=["time", "arclength"])
@pytest.mark.parametrize("stages", [1, 3, 5])
def test_systems_are_those_of_dense_matrices(stages: int, arc: bool, h: float) -> None:
    """Solutions against NumPy's; what is left out of the matrix is 1e-4 of the identity, at most a few times."""
    rng, m, s = np.random.default_rng(1), 15, stages
    n, tableau = 2 * m, radau_arrays(stages)
    hessian = _low_rank(*_start(m, 0.1))[2]
    hessians, sigma = np.array([hessian * (1 + 0.1 * i) for i in range(s)]), rng.uniform(0.5, 1.0, s)
    work, right = low_rank_workspace(m, s, len(hessian) - 1), rng.normal(size=(s, n))
    work.u[:] = rng.normal(size=n)
    length = n + 1 if arc else n
    M = np.zeros((s, length, s, length))
    for i in range(s):
        for j in range(s):
            M[i, :n, j, :n] = tableau.inverse[i, j] * np.eye(n)
        M[i, :n, i, :n] += h * sigma[i] * _dense(hessians[i])
        if arc:
            M[i, :n, i, n], M[i, n, i, :n] = right[i], work.u
    rhs = rng.normal(size=s * length)
    x = rhs.copy()
    assert _solve(h, sigma, tableau.A, tableau.inverse, hessians, arc, right, work, x)
    expected = np.linalg.solve(M.reshape(s * length, s * length), rhs)
    np.testing.assert_allclose(x, expected, atol=1e-3 * np.abs(expected).max())


def test_operations_choose() -> None:
    """Narrow networks, rates far apart and units alike keep all pairs; wide ones get a basis."""
    assert dense_operations(100, 3) > 50 * low_rank_operations(100, 3, 8)
    assert dense_operations(5, 3) < low_rank_operations(5, 3, 8)
    for m, spread, chosen in ((2, 0.05, False), (30, 0.05, True), (30, 5.0, False)):
        a, w = _start(m, spread)
        assert (basis_for(w, np.concatenate([a, w]), 3) is not None) == chosen
    assert basis_for(np.ones(30), np.concatenate([np.full(30, 1 / 30), np.ones(30)]), 3) is None


@pytest.mark.parametrize(
    "stop", [LossDrop(fraction="0.05"), Displacement("0.2")], ids=["drop", "displacement"]
)
def test_whole_flows_are_those_of_all_pairs(monkeypatch: pytest.MonkeyPatch, stop: Any) -> None:
    """Through an escape, in which a rate leaves the first basis."""
    k = np.linspace(-1, 1, 12)
    start = 1 / 12 + 0.05 / 12 * k, 1 - 0.05 * k
    run = gradient_flow(BUMP, *start, stop=stop, rtol=1e-7)
    monkeypatch.setattr(low_rank_work, "low_rank_operations", lambda *_: np.inf)
    dense = gradient_flow(BUMP, *start, stop=stop, rtol=1e-7)
    assert run.status == dense.status == "reached"
    assert run.steps != dense.steps
    assert run.event_time == pytest.approx(dense.event_time, rel=1e-7)
