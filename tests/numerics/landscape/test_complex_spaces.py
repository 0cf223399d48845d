"""Inertia on coincided critical spaces of complex modes: the theorem against certified and float Hessians."""

import itertools

import mpmath
import numpy as np
import pytest

from memcurse import (
    DiscreteObjective,
    FractionalSequence,
    GaussianBump,
    GeometricSum,
    Objective,
    count_critical_spaces,
    critical_spaces,
    parse_target,
)
from memcurse.theory.landscape.equivalent_parameters import Inertia

BUMP = GaussianBump(delay=5, width=1)
SEQUENCE = GeometricSum([1, "1/2", (0, 1)], [("1/2", "1/3"), "-7/10", (0, "4/5")])


def _coefficients(space, rng, zeros=0):
    a = np.zeros(sum(map(len, space.partition)), complex)
    for group, b in zip(space.partition, space.amplitudes, strict=True):
        shares = rng.normal(size=len(group)) + 1j * rng.normal(size=len(group))
        shares[1 : 1 + zeros] = 0
        a[list(group)] = complex(b) * shares / shares.sum()
    return [complex(x) for x in a]


@pytest.mark.parametrize(
    ("target", "l", "m"), [(BUMP, 1, 3), (BUMP, 2, 4), (SEQUENCE, 1, 2), (SEQUENCE, 2, 4)]
)
@pytest.mark.parametrize("zeros", [0, 1])
def test_inertia_is_that_of_the_hessian(target, l, m, zeros):
    J = (Objective if target is BUMP else DiscreteObjective)(target, field="complex")
    rng = np.random.default_rng(m)
    for space in itertools.islice(critical_spaces(target, m, l, field="complex"), 4):
        coefficients = _coefficients(space, rng, zeros)
        a, x = space.point(coefficients)
        a, x = np.array([complex(v) for v in a]), np.array([complex(v) for v in x])
        _, gradient, hessian = J.evaluate(a, x)
        assert abs(gradient).max() < 1e-12 * max(1, abs(hessian).max())
        values = np.linalg.eigvalsh(hessian)
        small = 1e-10 * abs(values).max()
        counted = Inertia((values > small).sum(), (abs(values) <= small).sum(), (values < -small).sum())
        assert space.inertia(coefficients) == counted


def test_every_split_is_a_strict_saddle_though_real_ones_are_stable():
    # The real modes of (1+t)^-2 have stable parts on the line of coincided rates (ext-basins); complex ones have none.
    target = parse_target("(1+t)^-2")
    real, mixed = next(critical_spaces(target, 2, 1)), next(critical_spaces(target, 2, 1, field="complex"))
    b = float(real.amplitudes[0])
    shares = [(0.5, 0.5), (2.0, -1.0)]
    found = [real.inertia([b * s, b * t]) for s, t in shares]
    assert sorted(x.negative for x in found) == [0, 1]
    for s, t in [*shares, (0.5 + 1j, 0.5 - 1j)]:
        assert mixed.inertia([b * s, b * t]) == Inertia(5, 2, 1)


def test_as_many_spaces_as_partitions():
    assert sum(1 for _ in critical_spaces(FractionalSequence("3/10"), 4, 2, field="complex")) == (
        count_critical_spaces(4, 2)
    )


def test_points_lie_on_the_space_to_all_digits():
    space = next(critical_spaces(SEQUENCE, 3, 2, digits=40, field="complex"))
    a, _ = space.point(_coefficients(space, np.random.default_rng(3)))
    with mpmath.workdps(50):
        for group, b in zip(space.partition, space.amplitudes, strict=True):
            assert abs(sum(a[k] for k in group) - b) < 1e-38 * abs(b)


def test_where_the_target_is_the_minimum_nothing_bends():
    space = next(critical_spaces(parse_target("exp(-t/10)*cos(t)"), 3, 2, field="complex"))
    assert space.inertia(_coefficients(space, np.random.default_rng(0))) == Inertia(8, 4, 0)


def test_bad_input():
    space = next(critical_spaces(BUMP, 2, 1, field="complex"))
    b = complex(space.amplitudes[0])
    with pytest.raises(ValueError, match="`coefficients` must have length 2; got 1"):
        space.inertia([b])
    with pytest.raises(ValueError, match=r"must sum to .* over the indices \(0, 1\)"):
        space.inertia([b, b])
    # However small, an exact coefficient is not 0.
    assert space.inertia([b, 1e-60]) == Inertia(5, 2, 1)
    assert space.inertia([b, 0]) == Inertia(4, 4, 0)
    with pytest.raises(ValueError, match="`every_point` must be False"):
        critical_spaces(BUMP, 2, 1, field="complex", every_point=True)
    with pytest.raises(ValueError, match="`field` must be 'real' or 'complex'"):
        critical_spaces(BUMP, 2, 1, field="both")
