"""The strategies draw what they promise, and false claims shrink to counterexamples that one can read."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sympy as sp
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from memcurse.strategies import (
    PointOnSpace,
    decimals,
    exponential_sums,
    parameters,
    points_on_critical_spaces,
    register,
    targets,
)
from memcurse.theory.targets.target import ExponentialSum, Target

FEW = settings(max_examples=30, deadline=None)
SLOW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@FEW
@given(exponential_sums())
def test_sums_are_non_degenerate(target: ExponentialSum) -> None:
    assert all(target.a)
    assert list(target.w) == sorted(set(target.w))
    assert all((10 * x).is_integer for x in (*target.a, *target.w))


@FEW
@given(exponential_sums(2, positive=True))
def test_positive_sums_of_given_length(target: ExponentialSum) -> None:
    assert len(target.a) == 2
    assert min(target.a) > 0


@FEW
@given(parameters(3))
def test_parameters_have_the_width_and_positive_rates(point) -> None:
    a, w = point
    assert len(a) == len(w) == 3
    assert min(w) > 0


@FEW
@given(targets())
def test_targets_are_square_integrable_kernels(target: Target) -> None:
    assert isinstance(target, Target)
    assert target.expression != 0


@SLOW
@given(points_on_critical_spaces())
def test_points_lie_on_their_space(point: PointOnSpace) -> None:
    m, l = len(point.shares), len(point.partition)
    assert point.space.dimension == m - l
    assert sum(point.inertia) == 2 * m
    assert point.inertia.zero >= m - l
    a, _ = point.parameters
    assert [x == 0 for x in a] == [share == 0 for share in point.shares]


def test_numbers_shrink_to_integers() -> None:
    assert find(decimals(-5, 5), lambda x: x > sp.Rational(1, 2)) == 1
    assert find(exponential_sums(), lambda target: True) == ExponentialSum([1], [1])


CLAIM = """
from hypothesis import given, settings
from memcurse.strategies import points_on_critical_spaces

@settings(deadline=None, database=None, derandomize=True)
@given(points_on_critical_spaces())
def every_coincided_critical_point_is_a_saddle(point):
    assert point.inertia.negative > 0

every_coincided_critical_point_is_a_saddle()
"""


@pytest.mark.slow
def test_the_false_claim_of_the_documentation_shrinks_to_the_point_it_shows() -> None:
    run = subprocess.run([sys.executable, "-c", CLAIM], capture_output=True, text=True, check=False)
    shown = "".join(run.stderr.split())
    documented = "PointOnSpace(target=ExponentialSum(a=(1, 1), w=(1, 2)), partition=((0, 1),), shares=(0, 1))"
    assert "".join(documented.split()) in shown, run.stderr
    assert documented in (sys.modules["memcurse.strategies"].__doc__ or "")


def test_the_entry_point_names_the_hook() -> None:
    text = Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8")
    entry = tomllib.loads(text)["project"]["entry-points"]["hypothesis"]
    assert entry == {"memcurse": "memcurse.strategies:register"}


def test_registered_types_are_drawn_from_annotations() -> None:
    register()
    assert isinstance(find(st.from_type(Target), lambda x: True), Target)
    assert find(st.from_type(ExponentialSum), lambda x: True) == ExponentialSum([1], [1])


@pytest.mark.parametrize(
    ("strategy", "error", "message"),
    [
        (lambda: points_on_critical_spaces(2, 2).example(), ValueError, "`l` must be below m = 2; got 2"),
        (lambda: decimals(3, 1), ValueError, "`high` must be at least `low` = 3; got 1"),
    ],
)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_bad_input(strategy, error, message) -> None:
    with pytest.raises(error, match=message):
        strategy()
