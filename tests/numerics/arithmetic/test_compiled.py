"""Compiled code on disk: valid for one state of all sources, and a damaged file is replaced."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from memcurse.numerics.arithmetic import compiled as module

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


@pytest.mark.parametrize("pattern", ["*.nbi", "*.nbc"])
@pytest.mark.parametrize("how", ["cut", "changed", "empty"])
def test_a_damaged_file_is_replaced(tmp_path: Path, pattern: str, how: str) -> None:
    hits(fresh(tmp_path))
    (path,) = tmp_path.rglob(pattern)
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


def test_the_stamp_is_of_every_compiled_module() -> None:
    before = module.sources_stamp()
    assert len(before) == 64
    assert before == module.sources_stamp.__wrapped__()
