"""The symbolic form with complex modes: derivatives as SymPy takes them, and the numbers of the objective."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.theory.objective.complex_form import derivative_identities, symbolic_complex_objective


@pytest.mark.parametrize("discrete_time", [False, True])
def test_closed_forms_are_the_derivatives(discrete_time: bool) -> None:
    form = symbolic_complex_objective(2, discrete_time=discrete_time)
    pairs = derivative_identities(form)
    assert len(pairs) == 4 + 2 * 16
    assert form.gradient.shape == (4, 1)
    assert form.gram.shape == form.bend.shape == (4, 4)
    assert all(sp.simplify(left - right) == 0 for left, right in pairs)
    wrong = form.gram[0, 2].subs(form.x_conj[0], form.x[0])
    assert sp.simplify(wrong - sp.diff(form.gradient[0], form.x[0])) != 0


@pytest.mark.parametrize(
    ("objective", "x"),
    [
        (mc.Objective(mc.ExponentialSum([1, "-1/2"], ["1/2", 2]), field="complex"), [0.5 + 2j, 1.5 - 0.3j]),
        (mc.Objective(mc.parse_target("t*exp(-t/3)*cos(2*t)"), field="complex"), [0.5 + 2j, 1.5 - 0.3j]),
        (mc.DiscreteObjective(mc.GeometricSum([1 + 0.5j], [0.3j]), field="complex"), [0.5 + 0.2j, -0.9j]),
        (mc.DiscreteObjective(mc.FiniteSequence([1, 2j]), field="complex"), [0.5 + 0.2j, -0.9j]),
    ],
)
def test_symbols_give_the_numbers(objective: object, x: list[complex]) -> None:
    a, x = np.array([0.3 + 1j, 1.1 - 0.5j]), np.array(x)
    form = objective.symbolic(2)
    values = {s: complex(v) for s, v in zip((*form.a, *form.x), (*a, *x), strict=True)}
    values |= {s: complex(v).conjugate() for s, v in zip((*form.a_conj, *form.x_conj), (*a, *x), strict=True)}

    def number(expression: sp.Expr) -> complex:
        return complex(sp.N(expression.subs(values)))

    loss, gradient, hessian = objective.evaluate(a, x)
    assert number(form.loss) == pytest.approx(loss, rel=1e-12)
    slopes = np.array([number(v) for v in form.gradient])
    order = [0, 1, 4, 5, 2, 3, 6, 7]
    np.testing.assert_allclose(2 * np.concatenate([slopes.real, slopes.imag])[order], gradient, rtol=1e-11)
    A, C = (np.array([[number(m[i, j]) for j in range(4)] for i in range(4)]) for m in (form.gram, form.bend))
    blocks = np.block([[A.real + C.real, -A.imag - C.imag], [A.imag - C.imag, A.real - C.real]])
    np.testing.assert_allclose(2 * blocks[np.ix_(order, order)], hessian, rtol=1e-10, atol=1e-13)


def test_without_a_word_time_is_continuous() -> None:
    form = symbolic_complex_objective(1)
    assert (str(form.x[0]), str(form.x_conj[0])) == ("w_1", "wc_1")
    assert form.gram[0, 0] == 1 / (form.x[0] + form.x_conj[0])


@pytest.mark.parametrize("m", [0, 1.5, "2"])
def test_a_bad_width_is_named(m: object) -> None:
    with pytest.raises((TypeError, ValueError), match="`m` must be"):
        symbolic_complex_objective(m)
