from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import sympy as sp
from flint import arb, fmpq_mat
from hypothesis import given
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel, is_stable

DEFECTIVE = RecurrentKernel([1, -2, 1], [[-1, 2, 0], [0, -1, 2], [0, 0, -1]], [[0, 1], [0, 1], [1, 0]])
SPIRAL = RecurrentKernel([1, 0], [["-1/2", -3], [3, "-1/2"]], [1, "1/3"])
NON_NORMAL = RecurrentKernel([1, 1, 1], [[-1, 50, 0], [0, -2, 50], [0, 0, -3]], [0, 0, 1])
DENSE = RecurrentKernel([1, -1, 2], [[-2, 1, "1/3"], [-1, -1, 1], ["1/2", -2, -3]], [[1, 0], [0, 1], [2, -1]])
NETWORKS = [DEFECTIVE, SPIRAL, NON_NORMAL, DENSE]


def integral(network: RecurrentKernel, i: int, power: int) -> float:
    """``int |kernel_i|^power`` by Gauss rules of 24 nodes between the zeros, which Brent's method finds."""
    # A step that no zero of these kernels is a multiple of.
    grid = np.linspace(0, 60, 601) * 0.9987
    values = network.at(grid)[:, i]
    cells = [k for k in range(600) if values[k] * values[k + 1] < 0 and abs(values[k]) > 1e-12]
    zeros = [scipy.optimize.brentq(lambda t: network.at(t)[i], grid[k], grid[k + 1]) for k in cells]
    edges = np.unique([0.0, *zeros, 0.05, 0.1, 0.2, 0.35, 0.6, *range(1, 13), 16.0, 20.0, 30.0, 60.0])
    x, weights = np.polynomial.legendre.leggauss(24)
    total = 0.0
    for a, b in itertools.pairwise(edges):
        values = network.at((a + b) / 2 + (b - a) / 2 * x)[:, i]
        total += (b - a) / 2 * float(weights @ np.abs(values) ** power)
    return total


def test_kernel_by_hand() -> None:
    # One Jordan block of order 2: e^{-t} (c_1 u_1 + c_2 u_2 + c_1 u_2 t).
    network = RecurrentKernel([2, 3], [[-1, 1], [0, -1]], [5, 7])
    with precision(30):
        assert network.enclose("3/2")[0].contains((-arb(3) / 2).exp() * (31 + 14 * arb(3) / 2))
    assert network.at([0.0, 1.5])[1, 0] == pytest.approx(np.exp(-1.5) * 52)


def test_oscillating_kernel_by_hand() -> None:
    values = SPIRAL.at(np.array([0.0, 0.4, 2.0]))[:, 0]
    ages = np.array([0.0, 0.4, 2.0])
    assert values == pytest.approx(np.exp(-ages / 2) * (np.cos(3 * ages) - np.sin(3 * ages) / 3), abs=1e-14)


@pytest.mark.parametrize("network", NETWORKS)
def test_enclosures_hold_float64(network: RecurrentKernel) -> None:
    for t in ("0", "1/3", "4"):
        for ball, value in zip(network.enclose(t), network.at(float(Fraction(t))), strict=True):
            assert abs(float(ball.mid()) - value) < 1e-12 * max(1, np.max(np.abs(network.at(0.0))))


@pytest.mark.parametrize("network", NETWORKS)
def test_l1_and_squared_norms_against_quadrature(network: RecurrentKernel) -> None:
    for i, (norm, square) in enumerate(zip(network.l1_norms(), network.squared_norms(), strict=True)):
        assert norm.rel_accuracy_bits() >= 49
        assert float(norm.mid()) == pytest.approx(integral(network, i, 1), rel=1e-8)
        assert float(square) == pytest.approx(integral(network, i, 2), rel=1e-8)


def test_moments_against_quadrature_and_the_exponential_sum() -> None:
    target = mc.ExponentialSum(["2", "-3"], ["1/2", "4"])
    network = RecurrentKernel.diagonal(["2", "-3"], ["1/2", "4"])
    for k in range(3):
        assert network.moment(k, "3/2") == (Fraction(str(target.moment(k, sp.Rational(3, 2)))),)
    assert network.squared_norms() == (Fraction(str(target.squared_norm())),)
    value = scipy.integrate.quad(lambda t: t * np.exp(-t) * DEFECTIVE.at(t)[0], 0, 60)[0]
    assert float(DEFECTIVE.moment(1, 1)[0]) == pytest.approx(value, rel=1e-8)


def test_stability_is_decided_exactly() -> None:
    # Eigenvalues +-i, a zero eigenvalue, and one that misses the axis by 10^-30.
    for W in ([[0, 1], [-1, 0]], [[-1, 1], [1, -1]], [[-1, 0], [0, 0]]):
        assert not is_stable(fmpq_mat(W))
        with pytest.raises(ValueError, match="`W` must be stable"):
            RecurrentKernel([1, 1], W, [1, 1])
    near = Fraction(1, 10**30)
    assert RecurrentKernel([1, 1], [[-near, 1], [-1, -near]], [1, 1]).m == 2
    with pytest.raises(ValueError, match="got the eigenvalue"):
        RecurrentKernel([1, 1], [[near, 1], [-1, near]], [1, 1])


@given(st.lists(st.integers(-9, 9), min_size=9, max_size=9))
def test_routh_against_the_eigenvalues(entries: list[int]) -> None:
    W = np.array(entries, dtype=float).reshape(3, 3) / 3 - np.eye(3)
    largest = np.max(np.linalg.eigvals(W).real)
    if abs(largest) > 1e-6:
        rows = [[Fraction(entries[3 * i + j], 3) - int(i == j) for j in range(3)] for i in range(3)]
        exact = fmpq_mat(3, 3, [x.numerator for row in rows for x in [3 * y for y in row]])
        assert is_stable(exact) == (largest < 0)


def test_spectral_abscissa_and_eigenvalues() -> None:
    assert SPIRAL.spectral_abscissa().contains(-arb(1) / 2)
    assert DENSE.spectral_abscissa().overlaps(
        arb(np.max(np.linalg.eigvals(np.array(DENSE.W, dtype=float)).real), 1e-12)
    )
    assert len(DEFECTIVE.eigenvalues()) == 1


def test_assembly() -> None:
    parts = [SPIRAL, NON_NORMAL, RecurrentKernel.diagonal([1, -1], [1, 2])]
    joined = RecurrentKernel.blocks(parts)
    assert (joined.m, joined.d) == (7, 3)
    for whole, part in zip(joined.l1_norms(), parts, strict=True):
        assert whole.overlaps(part.l1_norms()[0])
    assert joined.moment(2, 1) == tuple(part.moment(2, 1)[0] for part in parts)
    assert joined.at([0.5, 2.0]) == pytest.approx(
        np.hstack([part.at([0.5, 2.0]) for part in parts]), abs=1e-12
    )
    with pytest.raises(TypeError, match="`kernels`"):
        RecurrentKernel.blocks([])


def test_difference() -> None:
    gap = DEFECTIVE - DENSE
    assert (gap.m, gap.d) == (6, 2)
    assert gap.at([0.3, 2.0]) == pytest.approx(DEFECTIVE.at([0.3, 2.0]) - DENSE.at([0.3, 2.0]), abs=1e-12)
    assert all(x.is_zero() for x in (DENSE - DENSE).l1_norms())
    with pytest.raises(ValueError, match="`other` must have 2 inputs"):
        DEFECTIVE - SPIRAL


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([1], [[-1, 0]], [1]), ValueError, "`W` must be square"),
        (([1, 2], [[-1]], [1]), ValueError, "`c` must have 1 rows"),
        (([1], [[-1]], [1, 2]), ValueError, "`U` must have 1 rows"),
        (([1], [[-1], [0, 1]], [1]), ValueError, "`W` must have rows of one length"),
        (([1], [["x"]], [1]), ValueError, r"`W\[0\]\[0\]`"),
        (([1], [[float("nan")]], [1]), ValueError, "must be finite"),
        (([sp.sqrt(2)], [[-1]], [1]), ValueError, "must be rational"),
        (("1", [[-1]], [1]), TypeError, "`c` must be a sequence"),
        (([1], [], [1]), ValueError, "`W` must not be empty"),
        (([1], [[-1]], 1), TypeError, "`U` must be"),
    ],
)
def test_bad_input_is_named(arguments: tuple[object, ...], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        RecurrentKernel(*arguments)


def test_bad_ages_and_rates_are_named() -> None:
    with pytest.raises(ValueError, match="`t` must be"):
        SPIRAL.at([-1.0])
    with pytest.raises(ValueError, match="`t` must be"):
        SPIRAL.enclose(-1)
    with pytest.raises(ValueError, match="`w` must be"):
        SPIRAL.moment(0, -1)
    with pytest.raises(ValueError, match="`k`"):
        SPIRAL.moment(-1, 1)
    with pytest.raises(ValueError, match="`i` must be"):
        SPIRAL.input(1)


def test_ages_beyond_balls_are_no_nan() -> None:
    kernel = RecurrentKernel([1, 1], [[-1, 2], [0, -3]], [1, 1])
    with pytest.raises(ArithmeticError, match="`t` must be an age at which balls hold the kernel"):
        kernel.enclose(10**9999)
    assert kernel.enclose("1e300")[0] < 1e-300


@pytest.mark.parametrize("ages", ["1", b"1", True, 1j, ["1"], {}])
def test_ages_that_are_no_numbers(ages: object) -> None:
    with pytest.raises(TypeError, match="`t` must be real numbers"):
        RecurrentKernel([1], [[-1]], [1]).at(ages)


@pytest.mark.parametrize("rate", ["1e100", "1e300"])
def test_rates_too_far_apart_are_refused(rate: str) -> None:
    slow = RecurrentKernel([1, 1], [[f"-{rate}", 0], [0, f"-1/{rate}"]], [1, 1])
    with pytest.raises(ArithmeticError, match="`W` must have rates that are not so far apart"):
        slow.l1_norms()


def test_texts_and_nothing_are_no_columns_and_no_kernels() -> None:
    with pytest.raises(TypeError, match="`U` must be a sequence of rows"):
        RecurrentKernel([1], [[-1]], b"1")
    with pytest.raises(TypeError, match="`kernels` must be a sequence of at least one"):
        RecurrentKernel.blocks(3)  # type: ignore[arg-type]


def test_integers_of_any_kind() -> None:
    kernel = RecurrentKernel([1], [[-1]], [1])
    assert kernel.moment(np.int64(2), 1) == kernel.moment(2, 1) == (Fraction(1, 4),)
    assert kernel.input(np.int64(0)) == kernel.input(0)
    with pytest.raises(TypeError, match="`k` must be an integer"):
        kernel.moment(True, 1)
    with pytest.raises(TypeError, match="`i` must be an integer"):
        kernel.input(0.0)  # type: ignore[arg-type]
