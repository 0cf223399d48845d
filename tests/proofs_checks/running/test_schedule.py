"""The order of starts: every statement once, one that compiles first, the long ones before the short ones."""

from __future__ import annotations

import pytest

from memcurse.proofs_checks.running.runner import statements
from memcurse.proofs_checks.running.schedule import FLOWS, LONGEST, in_order_of_start


def test_every_statement_that_is_named_exists() -> None:
    ids = {card.id for card in statements()}
    assert len({*FLOWS, *LONGEST}) == len(FLOWS) + len(LONGEST)
    assert {*FLOWS, *LONGEST} <= ids


@pytest.mark.parametrize("jobs", [2, 3, 8])
def test_every_statement_is_started_once(jobs: int) -> None:
    cards = statements()
    order = in_order_of_start(cards, jobs)
    assert sorted(card.id for card in order) == sorted(card.id for card in cards)
    assert order[0].id == FLOWS[0]
    # No second process compiles while the first one does.
    assert not {card.id for card in order[1:jobs]} & set(FLOWS)
    short = [card.quick for card in order if card.id not in (*FLOWS, *LONGEST)]
    assert short == sorted(short)


def test_one_process_keeps_the_order() -> None:
    cards = statements()
    assert in_order_of_start(cards, 1) == cards


def test_some_statements_alone() -> None:
    cards = [card for card in statements() if card.id in ("eq-18", "fig-2", "eq-20")]
    assert [card.id for card in in_order_of_start(cards, 2)] == ["fig-2", "eq-18", "eq-20"]
