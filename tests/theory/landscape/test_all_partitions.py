"""The steps for every partition, written out for some of them, and broken where they lean on a hypothesis."""

from __future__ import annotations

from functools import partial

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.landscape import all_partitions as steps
from memcurse.theory.landscape.equivalent_parameters import labelled_partitions
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous
from memcurse.theory.objective.gram_form import A, column, row, width_symbol

STEPS = (
    steps.residual_moments,
    steps.gradients,
    steps.double_sums,
    steps.single_sums,
    steps.completed_squares,
    steps.equal_columns,
    steps.counts,
    steps.number_of_maps,
    steps.pair_form,
    steps.squared_norm_of_direction,
    steps.one_rate_taken_off,
)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_each_step_is_an_identity(step) -> None:
    assert Identities(step.__name__, step()).verdict is Verdict.PROVED


def test_steps_lean_on_their_hypotheses() -> None:
    off = steps.residual_moments(sp.Symbol("d", positive=True))
    assert Identities("off the space", off).verdict is Verdict.UNDECIDED
    for false in (
        steps.equal_columns(same_group=False),
        steps.completed_squares(2),
        steps.squared_norm_of_direction(1),
    ):
        assert Identities("false", false).verdict is Verdict.REFUTED


def _written_out(form: sp.Expr, partition, k: int, n: int) -> sp.Expr:
    """An indexed expression at a partition: sums done, indices numbers, every unit's group put in."""
    m = sum(map(len, partition))
    owner = {i + 1: j + 1 for j, group in enumerate(partition) for i in group}
    a, v = amplitudes(m), rates(len(partition))
    found = form.subs({width_symbol: m, row: k, column: n}).doit()
    found = found.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base == steps.V,
        lambda e: v[owner[int(e.indices[0].indices[0])] - 1],
    )
    return found.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base == A, lambda e: a[int(e.indices[0]) - 1]
    )


@pytest.mark.parametrize("partition", [p for m in (2, 3) for l in (1, 2) for p in labelled_partitions(m, l)])
def test_the_space_is_the_one_of_the_written_out_gradient(partition) -> None:
    """What the steps call the gradient on the space is the closed form for the width, with the rates put in."""
    m, l = sum(map(len, partition)), len(partition)
    owner = {i: j for j, group in enumerate(partition) for i in group}
    a, v = amplitudes(m), rates(l)
    direct = continuous.gradient(a, [v[owner[i]] for i in range(m)])
    by_a, by_w = (steps.on_the_space(x) for x in continuous.INDEXED.gradient(row))
    at = partial(_written_out, partition=partition, n=1)
    for k in range(1, m + 1):
        assert sp.expand(sp.together(at(by_a, k=k) - direct[k - 1])) == 0
        assert sp.simplify(at(by_w, k=k) - direct[m + k - 1]) == 0
