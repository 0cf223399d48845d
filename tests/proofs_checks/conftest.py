"""Small statements, written to a folder of their own; and those of the package, imported before any is broken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load

# A module that is imported for the first time while a test has broken what it imports keeps the broken name for good.
for _card in cards().values():
    load(_card)


@pytest.fixture(autouse=True)
def _fresh_caches(request: pytest.FixtureRequest) -> Iterator[None]:
    """What statements keep of earlier calls is forgotten before and after a test that breaks what they call."""
    breaks = "monkeypatch" in request.fixturenames
    if breaks:
        _forget()
    yield
    if breaks:
        _forget()


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(_STATEMENTS):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


#: Where statements of the package lie.
_STATEMENTS = tuple(
    f"memcurse.proofs_checks.{paper}" for paper in ("curse_of_memory", "fixed_pole", "sampled")
)

HEAD = """
import flint
import mpmath
import random
import time
from fractions import Fraction
from memcurse.proofs_checks.evidence.findings import *
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Statement, Table

def refuted(setting):
    return Evidence([Exact("one is two", 1, 2)])

def equal(setting):
    return Evidence([Exact("one is one", 1, 1)])
"""

STATEMENT = """
STATEMENT = Statement(
    id={id!r}, title={title!r}, section={section!r}, claim={claim!r}, hypotheses={hypotheses!r},
    provenance=Provenance.DERIVED, uses={uses!r}, check={check}, controls=(Control("one is two", {control}),),
    figure={figure},
)
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """``write(id, body="", check="equal", ...)`` adds a statement and returns the folder of all of them."""
    folder = tmp_path / "statements"
    nothing = tmp_path / "no statements of the package"
    nothing.mkdir()
    monkeypatch.setattr("memcurse.proofs_checks.catalogue.cards.STATEMENTS", nothing)

    def add(name: str, body: str = "", **changes: object) -> Path:
        fields = {
            "id": name,
            "title": f"Title of {name}",
            "section": "5",
            "claim": r"1 \leq 1",
            "hypotheses": ("none",),
            "uses": (),
            "check": "equal",
            "control": "refuted",
            "figure": "None",
        }
        part = folder / "objective"
        part.mkdir(parents=True, exist_ok=True)
        text = HEAD + body + STATEMENT.format(**(fields | changes))
        (part / f"{name.replace('.', '_').replace('-', '_')}.py").write_text(text, encoding="utf-8")
        return folder

    return add
