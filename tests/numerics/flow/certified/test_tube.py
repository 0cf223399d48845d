"""The proof of one step, on paths that were spoilt on purpose."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.flow.certified import chebyshev_series as series
from memcurse.numerics.flow.certified.gradient_system import GradientSystem
from memcurse.numerics.flow.certified.path import Path, collocate
from memcurse.numerics.flow.certified.tube import Failure, Tube, enclose_step
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import PowerLaw

START = [arb(x) for x in (0.75, 0.25, 1.0, 1.125)]


def step(system: GradientSystem, length: float, degree: int = 32, accuracy: float = 1e-24) -> Path:
    path = collocate(system, arb(0), START, arb(length), degree, accuracy)
    assert path is not None
    return path


def spoilt(path: Path, column: int, power: int, size: float) -> Path:
    """The path with a Chebyshev polynomial added that vanishes at its start."""
    coefficients = arb_mat(path.coefficients)
    coefficients[power, column] = coefficients[power, column] + arb(size)
    coefficients[0, column] = coefficients[0, column] - arb(size) * (-1) ** power
    return Path(path.begin, path.length, coefficients.mid())


@pytest.mark.parametrize("target", [example_target(6), PowerLaw("1/2")])
@pytest.mark.parametrize("size", [1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize("column", [0, 3])
def test_a_tube_reaches_from_a_spoilt_path_to_the_true_flow(target: object, size: float, column: int) -> None:
    with ball_precision(160):
        system = GradientSystem(Objective(target), 2)  # type: ignore[arg-type]
        path = step(system, 0.5)
        exact = enclose_step(system, path, arb(0))
        bad = enclose_step(system, spoilt(path, column, 3, size), arb(0))
        assert isinstance(exact, Tube)
        assert isinstance(bad, Tube)
        # The spoilt path is off by 2 size where T_3 = 1.
        assert bad.radius >= 2 * arb(size) - exact.radius
        assert bad.radius < 100 * size
        assert exact.radius < 1e-20


def test_a_gap_at_the_start_is_carried_along() -> None:
    with ball_precision(160):
        system = GradientSystem(Objective(example_target(6)), 2)
        path = step(system, 0.5)
        found = enclose_step(system, path, arb("1e-6"))
        assert isinstance(found, Tube)
        assert 1e-6 <= found.radius < 2e-6


def test_a_gap_that_is_too_wide_is_no_tube() -> None:
    with ball_precision(160):
        system = GradientSystem(Objective(example_target(6)), 2)
        found = enclose_step(system, step(system, 0.5), arb("0.2"))
    assert isinstance(found, Failure)
    assert found.digits


def test_growth_is_that_of_the_hessian() -> None:
    with ball_precision(160):
        system = GradientSystem(Objective(example_target(6)), 2)
        path = step(system, 0.5)
        found = enclose_step(system, path, arb(0))
        assert isinstance(found, Tube)
        lowest = min(
            np.linalg.eigvalsh([[float(x) for x in row] for row in system.parts(path.point(arb(x))).hessian])[
                0
            ]
            for x in np.linspace(-1, 1, 21)
        )
        assert -lowest <= found.growth <= 1.6 * max(-lowest, 0) + 0.01


def test_interpolation_is_bounded_and_nearly_attained() -> None:
    # 1/(c - x) has its pole at c: on the ellipse through rho it is at most 1/(c - (rho + 1/rho)/2).
    with ball_precision(200):
        n, c, rho = 24, arb("1.5"), arb("2.4")
        nodes = series.values_at_points(n, 2)
        values = arb_mat(n, 1, [1 / (c - nodes[k, 1]) for k in range(n)])
        coefficients = series.to_coefficients(n) * values
        size = 1 / (c - (rho + 1 / rho) / 2)
        bound = size * series.truncation(rho, n)
        errors = []
        for x in np.linspace(-1, 1, 101):
            point = arb(float(x))
            errors.append(abs((series.at(point, n) * coefficients)[0, 0] - 1 / (c - point)))
        assert all(error < bound for error in errors)
        assert max(float(error) for error in errors) > 1e-3 * float(bound)


def test_transforms_invert_each_other() -> None:
    with ball_precision(160):
        n = 12
        for product in (
            series.to_coefficients(n) * series.values_at_points(n, n),
            series.lobatto_to_coefficients(n)
            * arb_mat([series.at(x, n + 1).entries() for x in series.lobatto_nodes(n)]),
        ):
            size = product.nrows()
            assert all(product[i, j].contains(int(i == j)) for i in range(size) for j in range(size))
        cubes = arb_mat(n + 1, 1, [x**3 for x in series.lobatto_nodes(n)])
        slopes = series.differentiation(n) * cubes
        assert all(slopes[i, 0].overlaps(3 * x**2) for i, x in enumerate(series.lobatto_nodes(n)))
        again = series.derivative(n + 1) * (series.lobatto_to_coefficients(n) * cubes)
        expected = series.lobatto_to_coefficients(n) * slopes
        assert all(again[k, 0].overlaps(expected[k, 0]) for k in range(n + 1))
