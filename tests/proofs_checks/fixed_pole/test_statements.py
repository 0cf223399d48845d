"""Every statement of the fixed-pole paper holds in a quick run, and every control is refuted."""

from __future__ import annotations

import pytest

import memcurse as mc
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

CARDS = {card.id: card for card in mc.statements()}
EXPECTED = {
    **dict.fromkeys(
        (
            "fp-objective",
            "fp-gradient",
            "fp-hessian",
            "fp-colour",
            "fp-prony",
            "fp-prony-sharp",
            "fp-convex",
            "fp-k1",
            "fp-gram",
            "fp-confluent",
            "fp-blaschke",
            "fp-pole-hessian",
            "fp-ring",
            "fp-tm",
            "fp-lru",
            "fp-inertia",
            "fp-index",
            "fp-trace",
            "fp-escape",
            "fp-crb",
            "fp-factor-two",
        ),
        Verdict.PROVED,
    ),
    "fp-moments": Verdict.CERTIFIED,
    "fp-full-hessian": Verdict.CERTIFIED,
    "fp-width-disc": Verdict.CERTIFIED,
    "fp-width-segment": Verdict.CERTIFIED,
    "fp-price-memory": Verdict.CERTIFIED,
    "fp-ill-conditioned": Verdict.OBSERVED,
    "fp-online": Verdict.OBSERVED,
    "fp-nstar": Verdict.OBSERVED,
    "fp-equalise": Verdict.OBSERVED,
    "fp-optimisers": Verdict.OBSERVED,
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "verdict"), EXPECTED.items(), ids=EXPECTED)
def test_statement(name, verdict):
    statement = load(CARDS[name])
    setting = Setting(quick=True)
    assert statement.paper == "fixed-pole"
    assert statement.check(setting).verdict is verdict
    for control in statement.controls:
        assert control.check(setting).verdict is Verdict.REFUTED, control.name


def test_none_is_forgotten():
    assert {name for name, card in CARDS.items() if card.paper == "fixed-pole"} == set(EXPECTED)


@pytest.mark.slow
def test_stable_parts_exist_for_real_modes_only():
    statement = load(CARDS["ext-complex-saddles"])
    setting = Setting(quick=True)
    assert statement.check(setting).verdict is Verdict.PROVED
    assert all(control.check(setting).verdict is Verdict.REFUTED for control in statement.controls)
