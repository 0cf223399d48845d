"""The steps of lemma C.3 for every partition, written out for some of them, and broken."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.landscape import representations as steps
from memcurse.theory.landscape.all_partitions import V, group_of, groups
from memcurse.theory.landscape.equivalent_parameters import labelled_partitions
from memcurse.theory.objective.gram_form import A, width_symbol

STEPS = (steps.by_groups, steps.one_rate_taken_off, steps.independent_conditions, steps.number_of_spaces)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_a_step_is_an_identity_for_every_width(step) -> None:
    assert Identities(step.__name__, step()).verdict is Verdict.PROVED


def test_broken_steps_prove_nothing() -> None:
    defect = sp.Symbol("d", real=True)
    assert Identities("sums off", steps.by_groups(defect)).verdict is Verdict.UNDECIDED
    assert Identities("other operator", steps.one_rate_taken_off(-1)).verdict is Verdict.REFUTED


@pytest.mark.parametrize("partition", [p for m in (2, 3) for l in (1, 2) for p in labelled_partitions(m, l)])
def test_the_difference_by_groups_is_the_one_written_out(partition) -> None:
    """Both sides of the step with numbers for the indices, against the sums as they stand."""
    m, l = sum(map(len, partition)), len(partition)
    owner = {i: j for j, group in enumerate(partition) for i in group}
    t = steps._TIME
    a, v, b = sp.symbols(f"a1:{m + 1}"), sp.symbols(f"v1:{l + 1}"), sp.symbols(f"b1:{l + 1}")
    direct = sum(a[i] * sp.exp(-v[owner[i]] * t) for i in range(m))
    direct -= sum(b[j] * sp.exp(-v[j] * t) for j in range(l))
    values = {group_of[i + 1]: j + 1 for i, j in owner.items()}
    values |= {V[j + 1]: v[j] for j in range(l)} | {A[i + 1]: a[i] for i in range(m)}
    values |= {steps._TARGET[j + 1]: b[j] for j in range(l)}
    for side in steps.by_groups()[0]:
        found = side.subs({width_symbol: m, groups: l}).doit().subs(values).subs(values)
        assert sp.expand(found - direct) == 0


def test_conditions_that_count_a_unit_twice_are_another_minor(monkeypatch: pytest.MonkeyPatch) -> None:
    right = steps.indexed_derivative
    monkeypatch.setattr(steps, "indexed_derivative", lambda f, by: 2 * right(f, by))
    assert Identities("minor", steps.independent_conditions()).verdict is not Verdict.PROVED
