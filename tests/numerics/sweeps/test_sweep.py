"""Sweeps of a toy plan in this process: order, digest, resumption, failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

import memcurse as mc
from memcurse.numerics.sweeps.backends import SweepVersionError, answered
from memcurse.numerics.sweeps.plan import one_by_one
from memcurse.numerics.sweeps.tasks import Record, Task

CALLS: list[Task] = []


def squares(tasks: Sequence[Task]) -> list[Record]:
    def square(task: Task) -> Record:
        CALLS.append(task)
        if task["x"] == 13:
            raise ArithmeticError("unlucky")
        return {"square": task["x"] ** 2, "list": [task["x"]]}

    return one_by_one(square, tasks)


class Squares(mc.SweepPlan):
    kind: ClassVar[str] = "squares"
    found: ClassVar[tuple[str, ...]] = ("square", "list")
    batch: ClassVar[int] = 3
    together: ClassVar[tuple[str, ...]] = ("x",)

    def __init__(self, y: Sequence[int], x: Sequence[int]) -> None:
        super().__init__({"y": y, "x": x}, {"z": 0})

    @property
    def compute(self) -> Callable[[Sequence[Task]], list[Record]]:
        return squares


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


def test_records_are_in_the_order_of_the_plan_and_batches_hold_one_group() -> None:
    plan = Squares((1, 2), range(5))
    found = mc.sweep(plan)
    assert [x["square"] for x in found.records] == [0, 1, 4, 9, 16] * 2
    assert len(CALLS) == len(plan) == len(found) == 10
    assert repr(plan) == "Squares(2 y x 5 x)"
    assert repr(found).startswith("Sweep(squares, 10 tasks, digest ")


def test_what_is_kept_is_not_computed_again(tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    small = mc.sweep(Squares((1,), range(4)), store)
    assert (small.computed, small.taken_up) == (4, 0)
    large = mc.sweep(Squares((1, 2), range(6)), store)
    assert (large.computed, large.taken_up) == (8, 4)
    assert len(CALLS) == 12
    again = mc.sweep(Squares((1, 2), range(6)), store)
    assert (again.computed, again.taken_up) == (0, 12)
    assert again.digest == large.digest == mc.sweep(Squares((1, 2), range(6))).digest
    assert again.digest != small.digest


def test_an_interrupted_sweep_keeps_what_had_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, plan = tmp_path / "runs.sqlite", Squares((1, 2, 3), range(7))

    def interrupted(tasks: Sequence[Task]) -> list[Record]:
        if len(CALLS) >= 10:
            raise KeyboardInterrupt
        return squares(tasks)

    with monkeypatch.context() as patch:
        patch.setattr(Squares, "compute", property(lambda self: interrupted))
        with pytest.raises(KeyboardInterrupt):
            mc.sweep(plan, store)
    kept = len(CALLS)
    found = mc.sweep(plan, store)
    assert (found.computed, found.taken_up) == (21 - kept, kept)
    assert found.digest == mc.sweep(plan).digest


def test_an_unforeseen_error_ends_the_sweep_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(tasks: Sequence[Task]) -> list[Record]:
        raise MemoryError("no more")

    monkeypatch.setattr(Squares, "compute", property(lambda self: broken))
    with pytest.raises(MemoryError):
        mc.sweep(Squares((1,), (1,)))


def test_a_task_without_a_result_says_why_and_counts() -> None:
    found = mc.sweep(Squares((1,), (12, 13)))
    assert found.records[1] == {"failure": "ArithmeticError: unlucky"}
    assert found.failures == (({"kind": "squares", "z": 0, "y": 1, "x": 13}, "ArithmeticError: unlucky"),)
    assert "1 failed" in repr(found)


def test_other_sources_are_another_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, plan = tmp_path / "runs.sqlite", Squares((1,), range(3))
    mc.sweep(plan, store)
    for module in ("sweep", "backends"):
        monkeypatch.setattr(f"memcurse.numerics.sweeps.{module}.stamp", lambda: "tomorrow")
    found = mc.sweep(plan, store)
    assert (found.computed, found.taken_up) == (3, 0)


def test_a_worker_with_other_sources_is_refused() -> None:
    with pytest.raises(SweepVersionError, match="workers must have the stamp 'yesterday'"):
        answered(squares, [{"x": 1}], "yesterday")


def test_a_changed_record_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Squares((1,), range(3))
    before = mc.sweep(plan).digest

    def off(tasks: Sequence[Task]) -> list[Record]:
        return [{"square": x["x"] ** 2 + (x["x"] == 2) * 1e-15, "list": [x["x"]]} for x in tasks]

    monkeypatch.setattr(Squares, "compute", property(lambda self: off))
    assert mc.sweep(plan).digest != before


def test_tables(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = mc.sweep(Squares((1,), (2, 13)))
    found.to_csv(tmp_path / "x.csv")
    lines = (tmp_path / "x.csv").read_text().splitlines()
    assert lines == ["y,x,square,list,failure", "1,2,4,[2],", "1,13,,,ArithmeticError: unlucky"]
    found.to_parquet(tmp_path / "x.parquet")
    columns = parquet.read_table(tmp_path / "x.parquet").to_pydict()
    assert columns["square"] == [4, None]
    assert columns["list"] == [[2], None]
    assert sorted(x.name for x in tmp_path.iterdir()) == ["x.csv", "x.parquet"]
    assert json.loads(json.dumps(found.to_dict()))["results"][0] == {
        "task": {"kind": "squares", "z": 0, "y": 1, "x": 2},
        "record": {"square": 4, "list": [2]},
    }


def test_missing_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    found = mc.sweep(Squares((1,), (2,)))
    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'memcurse\[sweep\]'"):
        found.to_parquet(tmp_path / "x.parquet")
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'memcurse\[sweep\]'"):
        mc.sweep(Squares((1,), (2,)), backend="dask", address="tcp://127.0.0.1:1")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"jobs": 0}, ValueError, "`jobs` must be at least 1"),
        ({"jobs": 1.5}, TypeError, "`jobs` must be an integer"),
        ({"backend": "ray"}, ValueError, "`backend` must be one of 'loky', 'dask'; got 'ray'"),
        ({"address": "tcp://x:1"}, ValueError, "`address` must be a text, and needs backend='dask'"),
    ],
)
def test_bad_input(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        mc.sweep(Squares((1,), (2,)), **options)
    with pytest.raises(TypeError, match="`plan` must be a plan"):
        mc.sweep("escape")  # type: ignore[arg-type]


def test_a_task_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="`plan` must give no task twice; got 1 again"):
        mc.sweep(Squares((1,), (2, 2)))
