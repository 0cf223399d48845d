"""The documentation: every example runs, every public name has one, pages hold the statements, Sphinx is content."""

from __future__ import annotations

import doctest
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import memcurse as mc
from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.report.drawing.formulas import formula
from memcurse.proofs_checks.report.drawing.sheet import Sheet

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = sorted(
    path for path in DOCS.rglob("*.md") if ">>> " in path.read_text() and "_generated" not in path.parts
)
#: Pages whose examples compile or search.
SLOW = {
    "flows",
    "fits",
    "networks",
    "objectives",
    "kernel",
    "statements",
    "statement",
    "start",
    "sweep",
    "data",
}


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=pytest.mark.slow if p.stem in SLOW else ()) for p in PAGES],
    ids=lambda p: p.stem,
)
def test_every_example_prints_what_it_says(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    failed, tried = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert tried > 0
    assert failed == 0


def test_every_public_name_has_an_example() -> None:
    without = []
    sections: dict[str, str] = {}
    for path in (DOCS / "reference").glob("*.md"):
        for part in re.split(r"^## ", path.read_text(), flags=re.MULTILINE)[1:]:
            sections[part.split("\n", 1)[0]] = part
    for name in mc.__all__:
        if ">>> " not in sections.get(name, "") or name not in sections[name].split("```{eval-rst}")[-1]:
            without.append(name)
    assert without == [], "add a section with an example to docs/reference"


def module(name: str) -> Any:
    """A module of the folder docs."""
    sys.path.insert(0, str(DOCS))
    try:
        spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        found = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(found)
        return found
    finally:
        sys.path.remove(str(DOCS))


@pytest.mark.slow
def test_pages_hold_every_statement_and_its_proof(tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.mkdir()
    result = {"id": "eq-7", "verdict": "PROVED", "scope": {"kind": "all"}, "code_verdict": "CERTIFIED"}
    (report / "report.json").write_text(json.dumps({"results": [result]}))
    module("pages").generate(tmp_path / "made", report)
    theory = {path.name: path.read_text() for path in (tmp_path / "made" / "theory").glob("*.md")}
    every = "".join(theory.values())
    for card in cards().values():
        assert every.count(f"## {card.id}: {card.title}\n") == 1
        assert f"<code>memcurse verify {card.id}</code>" in every
    assert "<strong>PROVED</strong>, all parameters; of the package's own code: CERTIFIED" in every
    assert every.count("Proof and notes") > 0.9 * len(cards())
    assert not re.search(r"(?i)https?:|<script", every)
    found = (tmp_path / "made" / "found.md").read_text()
    corrected = [card for card in cards().values() if card.corrects]
    assert len(corrected) > 10
    assert f"failed or are not sharp ({len(corrected)})" in found
    assert found.count("<strong>What the source says:</strong>") == len(corrected)


def test_proofs_become_html() -> None:
    text = """First :math:`a < b` and ``code``.

    .. math:: \\frac{a}{b}

- one
- **two** and *three*

| x | y |
|---|---|
| 1 | <b> |"""
    shown = module("proofs").proof_html(text, Sheet())
    assert '<div class="claim" tabindex="0"><span class="formula"' in shown
    assert "<ul><li>one</li><li><strong>two</strong> and <em>three</em></li></ul>" in shown
    assert "<td>&lt;b&gt;</td>" in shown
    assert "<code>code</code>" in shown
    assert str(formula("a < b", Sheet()))[:40] in shown


@pytest.mark.slow
def test_sphinx_builds_without_warnings(tmp_path: Path) -> None:
    for name in ("sphinx", "furo", "myst_nb"):
        pytest.importorskip(name)
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    words += [str(DOCS), str(tmp_path / "site")]
    environment = {**os.environ, "MEMCURSE_REPORT": str(tmp_path)}
    built = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert built.returncode == 0, built.stderr[-3000:]
    page = (tmp_path / "site" / "reference" / "fits.html").read_text()
    assert "memcurse.best_fit" in page
    assert "cdn" not in page
