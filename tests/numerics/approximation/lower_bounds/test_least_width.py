"""Lower bounds on the width: against quadrature, explicit sums, known ranks; and with their parts broken."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp
from flint import arb, arb_mat

import memcurse as mc
from memcurse.numerics.approximation.lower_bounds import hankel_sections
from memcurse.numerics.approximation.lower_bounds import least_width as module
from memcurse.numerics.approximation.lower_bounds.delay_bound import early_weight
from memcurse.numerics.approximation.lower_bounds.hankel_sections import rank_distances, singular_values
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.theory.approximation.memory_operators import second_antiderivative
from memcurse.theory.notation import t

HALF = sp.Rational(1, 2)


@pytest.fixture(autouse=True)
def few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CELLS", 64)


@pytest.mark.parametrize(
    "target",
    [
        mc.GaussianBump(3, 2, 5),
        mc.PowerLaw(0),
        mc.PowerLaw(1),
        mc.PowerLaw(HALF, 3),
        mc.ExponentialSum([1, -2], [1, 3]),
    ],
)
def test_second_antiderivative(target: mc.Target) -> None:
    second = second_antiderivative(target)
    assert second is not None
    assert abs((sp.diff(second, t, 2) - target.expression).subs(t, sp.Rational(7, 3)).evalf(30)) < 1e-25


def test_section_entries_by_quadrature() -> None:
    from scipy.integrate import dblquad

    edges, target = [0.0, 1.0, 2.5, 3.0], mc.GaussianBump(3)
    second = module.lower(second_antiderivative(target), (t,), "ball")
    for weighted in (False, True):
        matrix = hankel_sections.section(second, [arb(x) for x in edges], weighted)
        p = 0.5 if weighted else 0.0
        for i, j in ((0, 0), (0, 2), (1, 2)):
            (a, b), (c, d) = edges[i : i + 2], edges[j : j + 2]
            integral = dblquad(lambda x, y: np.exp(-((x + y - 3) ** 2) / 2), a, b, c, d)[0]
            norms = [(y ** (p + 1) - x ** (p + 1)) / (p + 1) for x, y in ((a, b), (c, d))]
            assert float(matrix[i, j]) == pytest.approx(integral / np.sqrt(norms[0] * norms[1]), rel=1e-9)


def test_singular_values_of_a_known_matrix() -> None:
    matrix = arb_mat([[0, 2, 0], [2, 0, 0], [0, 0, -1]])
    values, radius = singular_values(matrix)
    assert values == pytest.approx([2, 2, 1], abs=1e-14)
    assert radius < 1e-13
    assert [float(x) for x in rank_distances(values, radius, False)] == pytest.approx([2, 2, 1, 0], abs=1e-12)
    assert [float(x) for x in rank_distances(values, radius, True)] == pytest.approx(
        [3, 5**0.5, 1, 0], abs=1e-12
    )


def test_wrong_vectors_cost_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np.linalg, "eigh", lambda x: (np.array([5.0, 4.0]), np.eye(2)))
    values, radius = singular_values(arb_mat([[1, 0], [0, 1]]))
    assert [float(x) for x in rank_distances(values, radius, False)] == [0, 0, 0]


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("terms", [1, 2, 3])
def test_no_more_than_a_sums_own_terms(norm: str, terms: int) -> None:
    target = mc.ExponentialSum(list(range(1, terms + 1)), [1, 5, 25][:terms])
    assert module.least_width(target, sp.Rational(1, 10**6), norm) == terms


def test_late_bump_needs_many_terms() -> None:
    assert module.least_width(mc.GaussianBump(20), HALF, "l1") == 12
    assert module.least_width(mc.GaussianBump(20), HALF, "l2") >= 7


def test_power_law_stays_below_the_sums_found() -> None:
    target, error = mc.PowerLaw(sp.Rational(1, 3)), sp.Rational(1, 10)
    for norm in ("l1", "l2"):
        assert 1 <= module.least_width(target, error, norm) <= mc.certified_width(target, error, norm).m


def test_generic_kernel_by_masses() -> None:
    assert module.least_width(mc.AiryKernel(1, 5), sp.Rational(1, 10), "l1") >= 3


@pytest.mark.parametrize(("text", "rank"), [("t*exp(-t)", 2), ("t**2*exp(-t)/2", 3)])
def test_masses_over_even_cells_have_the_rank_of_the_kernel(text: str, rank: int) -> None:
    """Uneven cells would give a matrix of full rank: a lower bound that holds for no width."""
    kernel = mc.parse_target(text)
    with ball_precision(module._BITS):
        found = module._mass_bounds(kernel, arb("0.01"))
    assert all(bounds[rank - 1] > arb("0.0001") for bounds in found)
    assert all(bound <= arb(10) ** -20 for bounds in found for bound in bounds[rank:])
    # The first span is [0, 1]: the same matrix by quadrature, its singular values by another program.
    f = sp.lambdify(t, kernel.expression)
    ends = np.linspace(0, 1, 2 * module._FEW_CELLS)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    masses = [
        (y - x) / 2 * sum(w * f((x + y) / 2 + (y - x) / 2 * z) for z, w in zip(nodes, weights, strict=True))
        for x, y in itertools.pairwise(ends)
    ]
    n = module._FEW_CELLS
    hankel = np.array([[masses[i + j] for j in range(n)] for i in range(n)])
    largest = np.linalg.svd(hankel, compute_uv=False)[:rank]
    np.testing.assert_allclose([float(x) for x in found[0][:rank]], largest, rtol=1e-9)


def test_large_error_needs_nothing() -> None:
    for norm in ("l1", "l2"):
        assert module.least_width(mc.GaussianBump(20), 10, norm) == 0


def test_early_weight_by_quadrature() -> None:
    from scipy.integrate import quad

    with ball_precision(128):
        found = early_weight(mc.GaussianBump(10) + mc.PowerLaw(HALF) + mc.ExponentialSum([-1], [2]))
    expected = quad(lambda u: 2 * (np.exp(-((u * u - 10) ** 2) / 2)), 0, 6)[0]
    expected += quad(lambda u: 2 * (1 + u * u) ** -1.5, 0, np.inf)[0]
    expected += quad(lambda u: 2 * np.exp(-2 * u * u), 0, np.inf)[0]
    assert found is not None
    assert float(found) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("error", [0, -1, "x"])
def test_bad_errors(error: object) -> None:
    with pytest.raises((TypeError, ValueError), match="error"):
        module.least_width(mc.GaussianBump(5), error)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="did you mean 'l2'"):
        module.least_width(mc.GaussianBump(5), 1, "L2")
    with pytest.raises(TypeError, match="target"):
        module.least_width(3, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="integrable"):
        module.least_width(mc.PowerLaw(0), 1, "l1")


def test_sums_of_even_cells_are_evaluated_once() -> None:
    calls: list[arb] = []

    def second(x: arb) -> arb:
        calls.append(x)
        return (-x).exp()

    even = [arb(k) / 8 for k in range(9)]
    A = hankel_sections.section(second, even, False)
    assert len(calls) == 2 * 8 + 1
    # The same sums, not known to coincide.
    wide = [x + arb(0, 1e-30) for x in even]
    B = hankel_sections.section(second, wide, False)
    assert len(calls) == 2 * 8 + 1 + 9 * 10 // 2
    assert all(x.overlaps(y) for x, y in zip(A.entries(), B.entries(), strict=True))


def test_even_cells_reach_their_end_in_exact_steps() -> None:
    for end in (1.0, 11.3, 1e-9, 47.0, 1e6):
        ends = module._even_ends(end)
        assert end <= ends[-1] <= end * (1 + 1e-5)
        assert {b - a for a, b in itertools.pairwise(ends)} == {ends[1]}
