"""Compiled code on disk: valid for one state of all sources, and a damaged file is replaced."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from memcurse.numerics.arithmetic.compilation import cache as module

SOURCE = """
from memcurse.numerics.arithmetic.compiled import compiled

@compiled
def double(x):
    return 2.0 * x
"""


def fresh(folder: Path) -> ModuleType:
    """The little module, imported anew."""
    path = folder / "doubling.py"
    if not path.exists():
        path.write_text(SOURCE, encoding="utf-8")
    specification = importlib.util.spec_from_file_location("doubling", path)
    assert specification is not None
    assert specification.loader is not None
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded


def hits(loaded: ModuleType) -> int:
    """How many signatures came from disk when called."""
    assert loaded.double(1.5) == 3.0
    return sum(loaded.double.stats.cache_hits.values())


def test_code_is_kept_on_disk(tmp_path: Path) -> None:
    assert hits(fresh(tmp_path)) == 0
    assert hits(fresh(tmp_path)) == 1


def test_another_state_of_the_sources_compiles_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hits(fresh(tmp_path))
    monkeypatch.setattr(module, "sources_stamp", lambda: "another")
    assert hits(fresh(tmp_path)) == 0
    assert hits(fresh(tmp_path)) == 1


@pytest.mark.parametrize("how", ["cut", "changed", "empty"])
def test_a_damaged_file_is_replaced(tmp_path: Path, how: str) -> None:
    hits(fresh(tmp_path))
    (path,) = tmp_path.rglob("*.nbc")
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "cut": content[:middle],
            "changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            "empty": b"",
        }[how]
    )
    hits(fresh(tmp_path))
    assert hits(fresh(tmp_path)) == 1


def test_an_entry_under_the_name_of_another_counts_as_missing(tmp_path: Path) -> None:
    first = fresh(tmp_path)
    assert first.double(1.5) == 3.0
    (of_floats,) = tmp_path.rglob("*.nbc")
    assert first.double(1.5j) == 3.0j
    (of_complex,) = set(tmp_path.rglob("*.nbc")) - {of_floats}
    of_floats.write_bytes(of_complex.read_bytes())
    assert hits(fresh(tmp_path)) == 0
    assert hits(fresh(tmp_path)) == 1


def test_processes_that_write_at_the_same_time_take_nothing_from_each_other(tmp_path: Path) -> None:
    # Both looked what there is before either wrote: numba's own files would both have the number 1.
    processes = [fresh(tmp_path), fresh(tmp_path)]
    files = [process.double._cache._cache_file for process in processes]
    for file in files:
        overloads = getattr(file, "_load_index", dict)()
        file._load_index = lambda overloads=overloads: dict(overloads)
    assert processes[0].double(1.5) == 3.0
    assert processes[1].double(1.5j) == 3.0j
    later = fresh(tmp_path)
    assert (later.double(1.5), later.double(1.5j)) == (3.0, 3.0j)
    assert sum(later.double.stats.cache_hits.values()) == 2


def test_edited_code_replaces_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hits(fresh(tmp_path))
    files = set(tmp_path.rglob("*.nbc"))
    monkeypatch.setattr(module, "sources_stamp", lambda: "another")
    hits(fresh(tmp_path))
    assert set(tmp_path.rglob("*.nbc")) == files


def test_the_stamp_is_of_every_compiled_module() -> None:
    before = module.sources_stamp()
    assert len(before) == 64
    assert before == module.sources_stamp.__wrapped__()
