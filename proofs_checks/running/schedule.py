"""In which order statements are started, so that all processes have work until the end.

Nothing but the time that a run takes depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from memcurse.proofs_checks.catalogue.reading import Card

#: Statements that follow flows. The first one compiles the integrator for all of them; started at the same time
#: as another it would be compiled twice.
FLOWS: Final = (
    "eq-21",
    "thm-5.1",
    "ext-momentum",
    "fig-2",
    "ext-escape-law",
    "ext-escape-units",
    "ext-escape-starts",
    "ext-escape-terms",
    "ext-escape-templates",
    "ext-escape-signs",
    "ext-basins",
    "fig-3",
    "rem-c.3",
)
#: What takes longest of the others, by measured time.
LONGEST: Final = (
    "fp-escape-time",
    "fig-1",
    "ext-natural-gradient",
    "fig-4",
    "thm-d.5",
    "eq-19",
    "eq-97",
    "ext-width-enclosed",
    "eq-18",
    "thm-4.2",
    "exp-rossler",
    "exp-lorenz",
    "fp-traps",
    "thm-d.4",
    "ext-l2-no-curse",
    "fp-direct-sums",
    "ext-power-law-width",
    "lem-c.1",
    "exp-jacobian-horizon",
)
#: How many of these every other process has while the first one compiles.
_MEANWHILE: Final = 2


def in_order_of_start(cards: Iterable[Card], jobs: int) -> tuple[Card, ...]:
    """The same statements: one that compiles, long ones, all others of its kind, and what is short at the end.

    Parameters
    ----------
    cards : iterable of Card
    jobs : int
        Number of processes. One keeps the order as it is.
    """
    given = tuple(cards)
    if jobs == 1:
        return given
    by_id = {card.id: card for card in given}
    flows = [by_id[name] for name in FLOWS if name in by_id]
    long = [by_id[name] for name in LONGEST if name in by_id]
    known = {card.id for card in (*flows, *long)}
    rest = [card for card in given if card.id not in known]
    # What a quick run leaves out is long.
    rest.sort(key=lambda card: card.quick)
    meanwhile = _MEANWHILE * (jobs - 1)
    return (*flows[:1], *long[:meanwhile], *flows[1:], *long[meanwhile:], *rest)
