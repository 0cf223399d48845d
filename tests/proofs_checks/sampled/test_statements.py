"""Every statement of the second paper holds in a quick run, and every control is refuted."""

from __future__ import annotations

import pytest

import memcurse as mc
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

CARDS = {card.id: card for card in mc.statements()}
EXPECTED = {
    "swim-pair": Verdict.PROVED,
    "ext-swim-symmetry": Verdict.PROVED,
    "edmd-exact": Verdict.PROVED,
    "edmd-optimal": Verdict.CERTIFIED,
    "ext-edmd-inert": Verdict.CERTIFIED,
    "edmd-rate": Verdict.OBSERVED,
    "ext-relift-instability": Verdict.CERTIFIED,
    "ext-relift-bounded": Verdict.PROVED,
    "ext-trajectory-contraction": Verdict.CERTIFIED,
    "ext-resdmd-pythagoras": Verdict.PROVED,
    "ext-pollution": Verdict.CERTIFIED,
    "lifted-horizon": Verdict.PROVED,
    "ext-relift-frequency": Verdict.OBSERVED,
    "exp-vanderpol": Verdict.OBSERVED,
    "exp-delay": Verdict.OBSERVED,
    "exp-weather": Verdict.OBSERVED,
}
SLOW = ("exp-forced", "exp-lorenz", "exp-rossler", "exp-jacobian-horizon")


def _holds(name, verdict):
    statement = load(CARDS[name])
    setting = Setting(quick=True)
    assert statement.paper == "sampled"
    assert statement.check(setting).verdict is verdict
    for control in statement.controls:
        assert control.check(setting).weakest is Verdict.REFUTED, control.name


@pytest.mark.parametrize(("name", "verdict"), EXPECTED.items(), ids=EXPECTED)
def test_statement(name, verdict):
    _holds(name, verdict)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_experiment(name):
    _holds(name, Verdict.OBSERVED)


def test_none_is_forgotten():
    assert {name for name, card in CARDS.items() if card.paper == "sampled"} == {*EXPECTED, *SLOW}
