"""Formulas that are kept: the same letters again, and nothing of a file that is damaged or of another state."""

from __future__ import annotations

from pathlib import Path

import pytest

from memcurse.proofs_checks.report.drawing import formulas, glyphs
from memcurse.proofs_checks.report.drawing.glyphs import KeptGlyphs

FORMULA, NONE = r"\frac{a}{b} + a^2", r"\nothing{"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "new" / "formulas.json"
    kept = KeptGlyphs(path)
    for latex in (FORMULA, NONE):
        kept[latex] = formulas._set(latex)
    kept.write()
    return path


def test_kept_formulas_are_those_that_were_set(file: Path) -> None:
    kept = KeptGlyphs(file)
    assert kept[FORMULA] == formulas._set(FORMULA) is not None
    assert NONE in kept
    assert kept[NONE] is None
    assert "c" not in kept


def test_a_changed_file_counts_as_missing(file: Path) -> None:
    whole = file.read_text()
    for text in (whole[:-5], whole.replace("[", "[ ", 1), "", whole[:64] + "[[], {}]"):
        file.write_text(text)
        assert FORMULA not in KeptGlyphs(file)
    file.write_bytes(b"\xff" * 80)
    assert FORMULA not in KeptGlyphs(file)


def test_formulas_of_other_sources_count_as_missing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_stamp", lambda: "0" * 64)
    assert FORMULA not in KeptGlyphs(file)


def test_nothing_is_written_where_nothing_is_new(file: Path) -> None:
    before = file.stat().st_mtime_ns
    KeptGlyphs(file).write()
    assert file.stat().st_mtime_ns == before


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptGlyphs(tmp_path / "file" / "formulas.json")
    kept["a"] = formulas._set("a")
    kept.write()
    assert kept["a"] is not None
