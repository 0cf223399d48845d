"""Closed forms of the objective: SymPy's own derivatives, and integrals taken term by term."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.theory.notation import t
from memcurse.theory.objective import gram_form
from memcurse.theory.objective.continuous import (
    Moment,
    derivative_identities,
    indexed_identities,
    symbolic_objective,
)
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_gradient_and_hessian_are_the_derivatives_for_an_unspecified_target(m: int) -> None:
    pairs = derivative_identities(symbolic_objective(m))
    assert len(pairs) == 2 * m + 4 * m * m
    assert all(sp.expand(left - right) == 0 for left, right in pairs)


def test_gradient_and_hessian_are_the_derivatives_for_a_symbolic_width() -> None:
    names = [name for name, left, right in indexed_identities() if left == right]
    assert names == ["dJ/da_k", "dJ/dw_k", "d2J/da_k da_n", "d2J/da_k dw_n", "d2J/dw_k dw_n"]


def test_a_wrong_coefficient_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = gram_form.residual_moment
    monkeypatch.setattr(gram_form, "residual_moment", lambda g, n, *rest: honest(g, n, *rest) * (1 + n))
    pairs = derivative_identities(symbolic_objective(2))
    assert any(sp.expand(left - right) != 0 for left, right in pairs)


@pytest.mark.parametrize(
    "target", [GaussianBump("3"), PowerLaw("1/2"), ExponentialSum([1, -2], [1, 3])], ids=str
)
def test_derivatives_hold_for_targets_with_closed_forms(target: object) -> None:
    pairs = derivative_identities(symbolic_objective(1, target))  # type: ignore[arg-type]
    for left, right in pairs:
        difference = (left - right).subs(
            {symbolic_objective(1).a[0]: sp.Rational(2, 3), symbolic_objective(1).w[0]: 2}
        )
        assert abs(sp.N(difference, 30, maxn=300)) < 1e-25


def test_loss_is_the_integral_of_the_squared_residual() -> None:
    # Elementary integrals only, term by term: what SymPy can do without a special function.
    target = ExponentialSum([2, -1], [1, 4])
    form = symbolic_objective(2, target)
    model = sum(a * sp.exp(-w * t) for a, w in zip(form.a, form.w, strict=True))
    residual = sp.expand((model - target.expression) ** 2)
    by_terms = 0
    for term in residual.args:
        factor, exponential = term.as_independent(t)
        exponent = sp.powsimp(exponential).args[0]
        by_terms += factor / (-sp.cancel(exponent / t))
    assert sp.cancel(by_terms - form.loss) == 0


def test_moment_has_one_rule() -> None:
    w = sp.Symbol("w", positive=True)
    assert sp.diff(Moment(2, w), w) == -Moment(3, w)
    assert sp.diff(Moment(0, w**2), w) == -2 * w * Moment(1, w**2)
    assert "L_{1}" in sp.latex(Moment(1, w))


@pytest.mark.parametrize(
    ("m", "error"), [(0, ValueError), (-3, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_bad_widths(m: object, error: type) -> None:
    with pytest.raises(error, match="`m` must be"):
        symbolic_objective(m)  # type: ignore[arg-type]
