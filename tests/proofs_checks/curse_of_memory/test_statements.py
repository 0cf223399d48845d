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
    "def-3.1": ("CERTIFIED", "instances", None),
    "eq-7": ("PROVED", "all", "CERTIFIED"),
    "ext-discrete-time": ("CERTIFIED", "region", "VERIFIED"),
    "prop-3.1": ("PROVED", "all", "CERTIFIED"),
    "eq-12": ("CERTIFIED", "instances", "CERTIFIED"),
    "eq-15": ("CERTIFIED", "region", "CERTIFIED"),
    "eq-16": ("PROVED", "all", "CERTIFIED"),
    "ext-jmlr-inverse-jordan": ("CERTIFIED", "instances", "CERTIFIED"),
    "ext-l2-no-curse": ("CERTIFIED", "region", "CERTIFIED"),
    "ext-allpass-memory": ("CERTIFIED", "instances", None),
    "ext-delay-width": ("CERTIFIED", "region", "CERTIFIED"),
    "ext-fixed-poles": ("CERTIFIED", "instances", "CERTIFIED"),
    "ext-hankel-width": ("CERTIFIED", "instances", None),
    "ext-width-enclosed": ("CERTIFIED", "instances", None),
    "ext-power-law-width": ("CERTIFIED", "region", "CERTIFIED"),
    "ext-thm-4.2-scaling": ("CERTIFIED", "region", "CERTIFIED"),
    "thm-4.1": ("CERTIFIED", "instances", None),
    "thm-4.2": ("CERTIFIED", "instances", None),
    "thm-jmlr-inverse": ("PROVED", "all", "CERTIFIED"),
    "eq-17": ("PROVED", "all", "OBSERVED"),
    "eq-18": ("PROVED", "all", "VERIFIED"),
    "eq-19": ("PROVED", "all", "VERIFIED"),
    "eq-20": ("CERTIFIED", "region", "VERIFIED"),
    "eq-21": ("PROVED", "all", "CERTIFIED"),
    "ext-escape-law": ("OBSERVED", "instances", "CERTIFIED"),
    "ext-escape-signs": ("OBSERVED", "instances", None),
    "ext-escape-starts": ("OBSERVED", "instances", None),
    "ext-escape-templates": ("OBSERVED", "instances", None),
    "ext-escape-terms": ("OBSERVED", "instances", None),
    "ext-escape-units": ("OBSERVED", "instances", "CERTIFIED"),
    "fig-2": ("CERTIFIED", "instances", "VERIFIED"),
    "fig-3": ("OBSERVED", "instances", "CERTIFIED"),
    "thm-5.1": ("CERTIFIED", "instances", "VERIFIED"),
    "eq-42": ("PROVED", "all", "CERTIFIED"),
    "eq-47": ("PROVED", "all", "CERTIFIED"),
    "eq-97": ("PROVED", "all", "VERIFIED"),
    "lem-c.1": ("CERTIFIED", "region", "CERTIFIED"),
    "lem-c.2": ("PROVED", "all", "CERTIFIED"),
    "lem-c.3": ("PROVED", "all", "VERIFIED"),
    "prop-c.1": ("CERTIFIED", "region", "CERTIFIED"),
    "prop-c.2": ("CERTIFIED", "region", "CERTIFIED"),
    "prop-c.3": ("CERTIFIED", "region", "CERTIFIED"),
    "rem-c.3": ("CERTIFIED", "instances", "VERIFIED"),
    "eq-125": ("PROVED", "all", "VERIFIED"),
    "def-d.1": ("CERTIFIED", "instances", None),
    "ext-basins": ("CERTIFIED", "instances", "OBSERVED"),
    "ext-complex-saddles": ("PROVED", "all", "CERTIFIED"),
    "ext-fubini": ("PROVED", "all", "CERTIFIED"),
    "ext-inertia": ("PROVED", "all", "CERTIFIED"),
    "fig-landscape": ("CERTIFIED", "instances", None),
    "prop-d.1": ("PROVED", "all", "CERTIFIED"),
    "thm-d.1": ("PROVED", "all", "VERIFIED"),
    "thm-d.2": ("PROVED", "all", "VERIFIED"),
    "thm-d.3": ("PROVED", "all", "CERTIFIED"),
    "lem-d.1": ("PROVED", "all", "CERTIFIED"),
    "thm-d.4": ("CERTIFIED", "instances", None),
    "thm-d.5": ("PROVED", "all", "CERTIFIED"),
    "thm-d.6": ("VERIFIED", "instances", None),
    "app-e": ("PROVED", "all", None),
    "ext-momentum": ("OBSERVED", "instances", None),
    "fig-1": ("OBSERVED", "sample", None),
    "fig-4": ("OBSERVED", "sample", None),
    "ext-adam": ("OBSERVED", "instances", None),
    "ext-noise": ("OBSERVED", "sample", None),
    "ext-one-solve": ("OBSERVED", "sample", None),
    "ext-second-order": ("OBSERVED", "sample", None),
    "ext-spread-rates": ("OBSERVED", "instances", None),
    "ext-natural-gradient": ("OBSERVED", "instances", None),
    "ext-reparametrisation": ("OBSERVED", "instances", None),
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
