"""Sweeps of training: what they stand for alone, and the same bytes from any number of processes."""

from __future__ import annotations

from pathlib import Path

import pytest

import memcurse as mc
from memcurse.proofs_checks.curse_of_memory.optimisation.trained import _lengths


@pytest.fixture(scope="module")
def found() -> mc.Sweep:
    return mc.sweep(mc.TrainingSweep("4:5:1", ("gd", "adam"), (0, 1), steps=300))


@pytest.mark.slow
def test_runs_are_those_of_the_figure(found: mc.Sweep) -> None:
    """Against `_lengths`, which makes starts, tasks and levels of its own."""
    tasks = list(found.plan.tasks())
    assert [(t["method"], t["delay"], t["seed"]) for t in tasks[:3]] == [
        ("gd", "4", 0),
        ("gd", "4", 1),
        ("gd", "5", 0),
    ]
    training = _lengths.Training("linear", "gd", mc.train("linear", "exp(-t)", steps=1).rate, 300)
    for task, record in zip(tasks[:4], found.records, strict=False):
        alone = _lengths.one_run(training, int(task["delay"]), task["seed"])
        assert (record["reached"], record["left"]) == alone.passages
        assert (record["status"], record["steps"]) == (alone.status, alone.steps)
        assert record["loss"] == float(alone.loss[-1])
        assert record["plateau"] == record["left"] - record["reached"]


@pytest.mark.slow
def test_a_plateau_that_was_not_left_is_a_lower_bound() -> None:
    (record,) = mc.sweep(mc.TrainingSweep(12, steps=50)).records
    assert record["status"] == "budget"
    assert record["left"] is None
    assert record["plateau"] == 50 - record["reached"]


@pytest.mark.slow
def test_processes_give_the_same_bytes(found: mc.Sweep, tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    assert mc.sweep(found.plan, store, jobs=2).digest == found.digest
    again = mc.sweep(found.plan, store)
    assert (again.digest, again.computed) == (found.digest, 0)
    other = mc.TrainingSweep("4:5:1", ("gd", "adam"), (0, 1), steps=301)
    assert mc.sweep(other, store).computed == len(other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("0",), "`delays` must be positive; got 0"),
        (("4", "sgd2"), "`methods` must be of"),
        (("4", "gd", "0.5"), "`seeds` must hold whole numbers"),
        (("4", "gd", 0, "sigmoid"), "`networks` must be of 'linear', 'tanh', 'relu'"),
        (("4", "gd", 0, "linear", "-1"), "`rate` must be positive"),
        (("4", "gd", 0, "linear", None, 0), "`steps` must be at least 1"),
    ],
)
def test_bad_input(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mc.TrainingSweep(*arguments)


def test_levels_in_order() -> None:
    with pytest.raises(ValueError, match="`below` must be at most `above`"):
        mc.TrainingSweep("4", above="0.8")
