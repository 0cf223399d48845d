"""Results that were kept are taken up whole, under the same conditions, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memcurse.proofs_checks.evidence.scopes import Scope
from memcurse.proofs_checks.report.results import Result, error_result
from memcurse.proofs_checks.running import store as module
from memcurse.proofs_checks.running.runner import Plan, plan, run
from memcurse.proofs_checks.running.store import ResultStore

COUNTED = """
def counted(setting):
    with open({log!r}, "a") as file:
        file.write("x")
    return Evidence([Exact("one", [1], [1])], table=Table(("value",), ((1,),)))

def draw(evidence, ax):
    ax.plot([1, 2])
"""


@pytest.fixture
def runs(tmp_path: Path, write: Any):  # type: ignore[no-untyped-def]
    """A folder with two statements that count how often they are checked, and the number so far."""
    logs = {name: tmp_path / f"{name}.log" for name in ("eq-1", "eq-2")}
    for name, log in logs.items():
        folder = write(name, body=COUNTED.format(log=str(log)), check="counted", figure="draw")
    return folder, lambda: {name: len(log.read_text()) if log.exists() else 0 for name, log in logs.items()}


def store_of(out: Path, prepared: Plan) -> ResultStore:
    return ResultStore(out, prepared.cards, prepared.setting)


def kept(out: Path, folder: Path) -> list[Result]:
    """Both results, kept in `out`."""
    prepared = plan(folder=folder)
    results = run(prepared).results
    for result in results:
        store_of(out, prepared).keep(result)
    return list(results)


def test_what_is_kept_is_what_was_found(runs: Any, tmp_path: Path) -> None:
    folder, count = runs
    results = kept(tmp_path, folder)
    prepared = plan(folder=folder)
    found = store_of(tmp_path, prepared).found()
    assert [x.to_dict() for x in found.values()] == [x.to_dict() for x in results]
    assert [(x.csv, x.svg) for x in found.values()] == [(x.csv, x.svg) for x in results]
    assert all(x.svg and x.csv for x in results)
    report = run(prepared, kept=found)
    assert count() == {"eq-1": 1, "eq-2": 1}
    assert report.results == tuple(found.values())
    # One that is missing is run, and only that.
    del found["eq-1"]
    assert [x.id for x in run(prepared, kept=found).results] == ["eq-1", "eq-2"]
    assert count() == {"eq-1": 2, "eq-2": 1}


def test_results_of_every_kind_survive_writing(tmp_path: Path) -> None:
    prepared = plan(["eq-18", "prop-c.3"])
    store = store_of(tmp_path, prepared)
    box = Scope("region", box=(("a", "0", "1"), ("a", "2", "oo"), ("w", "1/3", "2")))
    for card in prepared.cards:
        found = replace(error_result(card, 50, "é \u2028"), scope=box, status="refuted", elapsed_s=1.5)
        store.keep(found)
        assert store.found()[card.id] == found


def test_another_setting_or_source_takes_up_nothing(
    runs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = runs
    kept(tmp_path, folder)
    for changes in ({"digits": 51}, {"seed": 1}, {"quick": True}):
        assert store_of(tmp_path, plan(folder=folder, **changes)).found() == {}
    assert len(store_of(tmp_path, plan(folder=folder, jobs=2, time_limit=7)).found()) == 2
    beside = folder / "beside.py"
    beside.write_text("")
    assert store_of(tmp_path, plan(folder=folder)).found() == {}
    beside.unlink()
    assert len(store_of(tmp_path, plan(folder=folder)).found()) == 2
    monkeypatch.setattr(module, "versions", lambda: {"python": "2.7"})
    assert store_of(tmp_path, plan(folder=folder)).found() == {}


def test_a_change_of_the_package_takes_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    for floor in ("theory", "numerics", "proofs_checks"):
        (package / floor).mkdir(parents=True)
    monkeypatch.setattr(module, "_PACKAGE", package)
    prepared = plan(["eq-18"])
    before = store_of(tmp_path, prepared)._keys
    (package / "notes.py").write_text("beside the floors")
    assert store_of(tmp_path, prepared)._keys == before
    (package / "theory" / "new.py").write_text("")
    assert store_of(tmp_path, prepared)._keys != before


@pytest.mark.parametrize("damage", ["cut", "empty", "verdict", "key", "folder", "list", "binary", "deep"])
def test_a_damaged_file_counts_as_missing(runs: Any, tmp_path: Path, damage: str) -> None:
    folder, _ = runs
    kept(tmp_path, folder)
    path = tmp_path / ".results" / "eq-1.json"
    text = path.read_text()
    record = json.loads(text)
    if damage == "folder":
        path.unlink()
        path.mkdir()
    elif damage == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    else:
        record["result"]["verdict"] = "PROVED"
        texts = {
            "cut": text[: len(text) // 2],
            "empty": "",
            "verdict": json.dumps(record),
            "key": text.replace('"key": "', '"key": "0'),
            "list": "[1, 2]",
            "deep": "[" * 100_000,
        }
        path.write_text(texts[damage])
    prepared = plan(folder=folder)
    store = store_of(tmp_path, prepared)
    found = store.found()
    assert list(found) == ["eq-2"]
    # It is run again, and kept again where no folder stands in its place.
    for result in run(prepared, kept=found).results:
        store.keep(result)
    assert (store.error is None) == (damage != "folder")
    assert len(store.found()) == (1 if damage == "folder" else 2)


def test_what_a_rerun_may_decide_is_not_kept(tmp_path: Path, write: Any) -> None:
    write("eq-1", body="def bad(setting):\n    return 1 / 0\n", check="bad")
    folder = write("eq-2", body="def slow(setting):\n    time.sleep(60)\n", check="slow")
    prepared = plan(folder=folder, time_limit=0.05)
    store = store_of(tmp_path, prepared)
    for result in run(prepared).results:
        store.keep(result)
    assert store.found() == {}
    assert store.error is None


def test_a_report_ends_the_keeping(runs: Any, tmp_path: Path) -> None:
    folder, _ = runs
    kept(tmp_path, folder)
    store_of(tmp_path, plan(["eq-1"], folder=folder)).reported()
    assert list(store_of(tmp_path, plan(folder=folder)).found()) == ["eq-2"]
    store_of(tmp_path, plan(folder=folder)).reported()
    assert not (tmp_path / ".results").exists()


def test_a_full_disk_is_noted_and_ends_nothing(runs: Any, tmp_path: Path) -> None:
    folder, _ = runs
    (tmp_path / "out").write_text("a file where a folder should be")
    prepared = plan(folder=folder)
    store = store_of(tmp_path / "out", prepared)
    assert store.found() == {}
    for result in run(prepared).results:
        store.keep(result)
    assert isinstance(store.error, OSError)
    store.reported()
