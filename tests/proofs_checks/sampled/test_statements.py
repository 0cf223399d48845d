"""Every statement of the second paper in a quick run: its verdicts, how far they reach, and every false neighbour."""

from __future__ import annotations

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

#: The verdict of the claim and how far it reaches, and the verdict of the code where there is one.
EXPECTED = {
    "swim-pair": ("PROVED", "all", None),
    "ext-swim-symmetry": ("PROVED", "all", None),
    "edmd-exact": ("PROVED", "all", None),
    "edmd-optimal": ("CERTIFIED", "instances", None),
    "ext-edmd-inert": ("CERTIFIED", "instances", None),
    "edmd-rate": ("OBSERVED", "sample", None),
    "ext-relift-instability": ("CERTIFIED", "region", "CERTIFIED"),
    "ext-relift-bounded": ("PROVED", "all", "CERTIFIED"),
    "ext-trajectory-contraction": ("CERTIFIED", "instances", None),
    "ext-resdmd-pythagoras": ("PROVED", "all", "CERTIFIED"),
    "ext-pollution": ("CERTIFIED", "instances", None),
    "lifted-horizon": ("PROVED", "all", "CERTIFIED"),
    "ext-relift-frequency": ("OBSERVED", "sample", None),
}
EXPERIMENTS = (
    "exp-vanderpol",
    "exp-delay",
    "exp-weather",
    "exp-forced",
    "exp-lorenz",
    "exp-rossler",
    "exp-jacobian-horizon",
)
ALL = EXPECTED | dict.fromkeys(EXPERIMENTS, ("OBSERVED", "sample", None))
CARDS = {name: card for name, card in cards().items() if card.paper == "sampled"}
CONTROLS = [(name, control) for name, card in CARDS.items() for control in card.controls]
QUICK = Setting(quick=True)


def _marked(*values: str) -> object:
    return pytest.param(*values, id=": ".join(values), marks=[pytest.mark.slow] * (values[0] in EXPERIMENTS))


@pytest.mark.parametrize("name", [_marked(name) for name in CARDS])
def test_statement(name: str) -> None:
    evidence = load(CARDS[name]).check(QUICK)
    code = evidence.code_verdict
    found = (evidence.verdict.name, evidence.scope.kind, None if code is None else code.name)
    assert found == ALL[name], evidence.message


@pytest.mark.parametrize(("name", "control"), [_marked(*pair) for pair in CONTROLS])
def test_a_false_neighbour_is_refuted(name: str, control: str) -> None:
    check = next(found.check for found in load(CARDS[name]).controls if found.name == control)
    evidence = check(QUICK)
    assert evidence.weakest is Verdict.REFUTED, evidence.message


def test_none_is_forgotten() -> None:
    assert CARDS.keys() == ALL.keys()
    assert {name for name, _ in CONTROLS} == ALL.keys()
