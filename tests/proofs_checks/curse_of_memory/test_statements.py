"""Every statement of the paper in a quick run: its verdicts, its numbers and picture, and every false neighbour."""

from __future__ import annotations

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.proofs_checks.report.figures import csv_text, figure_svg

#: The verdict of the claim and how far it reaches, and the verdict of the code where there is one.
EXPECTED = {
EXPECTED_LINES
}
QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = {name: card for name, card in cards().items() if card.paper == "curse-of-memory"}
CONTROLS = [(name, control) for name, card in CARDS.items() for control in card.controls]


def test_every_statement_is_listed() -> None:
    assert list(CARDS) == sorted(EXPECTED, key=list(CARDS).index)


@pytest.mark.slow
@pytest.mark.parametrize("name", CARDS)
def test_a_quick_run_earns_the_verdicts_and_can_be_shown(name: str) -> None:
    statement = load(CARDS[name])
    evidence = statement.check(QUICK)
    code = evidence.code_verdict
    found = (evidence.verdict.name, evidence.scope.kind, None if code is None else code.name)
    assert found == EXPECTED[name], evidence.message
    if evidence.table is not None:
        assert csv_text(evidence.table).count("\n") > 1
    if statement.figure is not None:
        assert "<svg" in figure_svg(statement.figure, evidence, name)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "control"), CONTROLS, ids=[": ".join(pair) for pair in CONTROLS])
def test_a_false_neighbour_is_refuted(name: str, control: str) -> None:
    check = next(found.check for found in load(CARDS[name]).controls if found.name == control)
    evidence = check(QUICK)
    assert evidence.weakest is Verdict.REFUTED, evidence.message


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lem-c.3", "prop-c.3"])
def test_other_seeds_hold_too(name: str) -> None:
    for seed in (2, 3):
        assert load(CARDS[name]).check(Setting(30, True, seed)).verdict.name == EXPECTED[name][0]
