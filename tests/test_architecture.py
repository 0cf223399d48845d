"""The map of the rooms agrees with the folders, and every room says what it is for."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def rooms() -> ModuleType:
    specification = importlib.util.spec_from_file_location("rooms", ROOT / "docs" / "rooms.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_map_names_todays_rooms() -> None:
    assert rooms().rewritten(PAGE) == PAGE, "run `python docs/rooms.py`"


def test_every_room_says_what_it_is_for() -> None:
    module = rooms()
    for floor in module.FLOORS:
        for folder in module.folders(floor):
            assert module.purpose(folder).endswith("."), folder


def named_paths() -> list[str]:
    return sorted(set(re.findall(r"`((?:theory|numerics|proofs_checks|memcurse|docs|tests)/[\w/.]*)`", PAGE)))


@pytest.mark.parametrize("path", named_paths())
def test_what_the_page_names_exists(path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / f"{path}.py").exists()
