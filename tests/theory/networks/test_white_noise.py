"""The steps of Ito's isometry: true for every number of steps, false for correlated increments."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Inequalities
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.networks import white_noise


@pytest.mark.parametrize(
    "step",
    [white_noise.mean_squares, white_noise.ages, white_noise.antiderivatives],
    ids=lambda f: f.__name__,
)
def test_identities(step) -> None:
    assert Identities(step.__name__, step()).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "step", [white_noise.squares_in_the_limit, white_noise.square_integrable], ids=lambda f: f.__name__
)
def test_inequalities(step) -> None:
    assert Inequalities(step.__name__, step()).verdict is Verdict.PROVED


def test_the_sum_for_every_number_of_steps_is_the_one_written_out() -> None:
    (left, right), *_ = white_noise.mean_squares()
    (n,) = {x for x in left.free_symbols if str(x) == "n"}
    (direct, _), *_ = white_noise.mean_squares_of(3)
    for side in (left, right):
        found = side.subs(n, 3).doit()
        names = {x: sp.Symbol(f"{x.base}_{x.indices[0]}") for x in found.atoms(sp.Indexed)}
        plain = {x: sp.Symbol(x.name) for x in direct.free_symbols}
        assert sp.expand(found.xreplace(names) - direct.xreplace(plain)) == 0


def test_correlated_increments_have_another_mean_square() -> None:
    def correlated(j, k, length):
        return length * (sp.KroneckerDelta(j, k) + sp.KroneckerDelta(j, k + 1) / 100)

    assert Identities("every", white_noise.mean_squares(correlated)).verdict is Verdict.UNDECIDED
    assert Identities("five", white_noise.mean_squares_of(5, correlated)).verdict is Verdict.REFUTED
