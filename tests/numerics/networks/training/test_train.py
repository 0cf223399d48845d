"""Runs: same seed, same bytes, however they are cut; divergence, budgets, interruptions; bad input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.networks.training import train as module
from memcurse.numerics.networks.training.network import RecurrentNetwork
from memcurse.numerics.networks.training.run import STATUSES, TrainingRun
from memcurse.numerics.networks.training.tasks import KernelTask, SequenceTask
from memcurse.numerics.networks.training.train import train, train_seeds

TARGET = mc.ExponentialSum(["1"], ["1"])
SMALL = {"units": 4, "horizon": 5.0, "step": 0.25, "batch": 8, "held_out": 16}


def sequences(seed: int = 0) -> SequenceTask:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(30, 12, 2))
    y = np.tanh(np.cumsum(x[..., 0] - x[..., 1], axis=1) / 4)
    return SequenceTask(x[:20], y[:20], x[20:], y[20:], 0.25)


def bytes_of(run: TrainingRun) -> tuple[Any, ...]:
    return (
        run.status,
        run.steps,
        run.passages,
        *(
            np.ascontiguousarray(x).tobytes()
            for x in (run.at, run.loss, run.network.theta, run.checkpoint_steps, run.checkpoints)
        ),
    )


CASES: list[tuple[str, Any, str, dict[str, Any]]] = [
    ("linear", TARGET, "gd", {"rate": 0.1, "levels": (0.3, 1e-9)}),
    ("linear", (TARGET, mc.GaussianBump("2")), "heavy-ball", {"paths": "fixed"}),
    ("tanh", TARGET, "adam", {"levels": (0.3,)}),
    ("relu", TARGET, "rmsprop", {}),
    ("tanh", sequences(), "nesterov", {}),
]


@pytest.mark.parametrize(("network", "target", "method", "options"), CASES)
def test_a_run_in_pieces_has_the_bytes_of_the_whole(
    network: str, target: Any, method: str, options: dict[str, Any]
) -> None:
    whole = train(network, target, method, steps=100, seed=3, **SMALL, **options)
    again = train(network, target, method, steps=100, seed=3, **SMALL, **options)
    pieces = train(network, target, method, steps=37, seed=3, **SMALL, **options).resume(50).resume(13)
    assert bytes_of(whole) == bytes_of(again) == bytes_of(pieces)
    other = train(network, target, method, steps=100, seed=4, **SMALL, **options)
    assert bytes_of(whole) != bytes_of(other)
    assert whole.status == "budget"
    assert whole.steps == whole.at[-1] == 100


def test_seeds_over_the_cores_have_the_bytes_of_one_by_one() -> None:
    for network, target, method, options in CASES[:1] + CASES[2:3]:
        alone = [
            train(network, target, method, steps=70, seed=seed, **SMALL, **options) for seed in (5, 1, 8)
        ]
        for jobs in (1, 3):
            together = train_seeds(
                network, target, method, seeds=(5, 1, 8), steps=70, jobs=jobs, **SMALL, **options
            )
            assert [bytes_of(run) for run in together] == [bytes_of(run) for run in alone]


def test_gradient_descent_by_hand() -> None:
    """Three steps of NumPy on the closed form of the population, with differences for the gradient."""
    start = RecurrentNetwork.random(2, 1, "linear", 0.5, seed=1)
    rho = np.exp(-0.5 * np.arange(8))

    def loss(theta: np.ndarray) -> float:
        c, W, U = theta[:2], theta[2:6].reshape(2, 2), theta[6:]
        kernel = [c @ np.linalg.matrix_power(np.eye(2) + 0.5 * W, k) @ U for k in range(8)]
        return float(0.5 * ((np.array(kernel) - rho) ** 2).sum())

    theta, losses = start.theta, []
    for _ in range(3):
        losses.append(loss(theta))
        slopes = [(loss(theta + 1e-6 * e) - loss(theta - 1e-6 * e)) / 2e-6 for e in np.eye(8)]
        theta = theta - 0.1 * np.array(slopes)
    run = train(start, KernelTask(TARGET, 4.0, 0.5), rate=0.1, steps=3)
    np.testing.assert_allclose(run.loss, [*losses, loss(theta)], rtol=1e-8)
    np.testing.assert_allclose(run.network.theta, theta, rtol=1e-7)
    assert run.norm == pytest.approx(0.5 * (rho**2).sum())


def test_the_loss_on_fresh_paths_is_one_of_paths_held_out() -> None:
    run = train("tanh", TARGET, "adam", steps=64, rate=0.01, seed=2, **SMALL)
    held = KernelTask(TARGET, 5.0, 0.25).held_out(2, 16)
    errors = (run.network.outputs(held.X) - held.Y)[-1]
    assert run.loss[-1] == pytest.approx((errors**2).mean(), rel=1e-12)
    assert run.norm == pytest.approx((held.Y[-1] ** 2).mean(), rel=1e-12)
    assert run.loss[-1] < 0.5 * run.loss[0]
    training = KernelTask(TARGET, 5.0, 0.25).training(2, 0, 8, fresh=True)
    assert len({p.X.tobytes() for p in training} | {held.X[:, :8].tobytes()}) == len(training) + 1


def test_levels_and_stop() -> None:
    run = train("linear", TARGET, rate=0.1, steps=400, levels=(0.3, 0.1, 1e-12), **SMALL)
    every = [
        train("linear", TARGET, rate=0.1, steps=n, **SMALL).loss[-1]
        for n in range(run.passages[1] - 1, run.passages[1] + 1)  # type: ignore[operator]
    ]
    assert every[0] > 0.1 >= every[1]
    assert run.passages[0] < run.passages[1]  # type: ignore[operator]
    assert run.passages[2] is None
    stopped = train("linear", TARGET, rate=0.1, steps=400, stop=0.1, **SMALL)
    assert (stopped.status, stopped.steps) == ("reached", run.passages[1])
    assert stopped.loss[-1] <= 0.1
    further = stopped.resume(400 - stopped.steps)
    np.testing.assert_array_equal(further.network.theta, run.network.theta)
    np.testing.assert_array_equal(np.unique(further.at), further.at)


def test_a_budget_that_runs_out_is_kept() -> None:
    run = train("linear", TARGET, rate=0.1, steps=5, stop=0.01, **SMALL)
    assert (run.status, run.steps) == ("budget", 5)
    assert run.resume(400, stop=0.01).status == "reached"


@pytest.mark.parametrize("rate", [30.0, 1e200])
def test_a_rate_that_diverges(rate: float) -> None:
    run = train("linear", TARGET, rate=rate, steps=400, **SMALL)
    assert run.status == "diverged"
    assert 0 < run.steps < 400
    for numbers in (run.loss, run.network.theta, run.checkpoints):
        assert np.isfinite(numbers).all()
    assert run.at[-1] < run.steps
    json.dumps(run.to_dict(), allow_nan=False)
    with pytest.raises(ValueError, match=f"this one did at step {run.steps}"):
        run.resume(10)


def test_divergence_on_the_last_step_is_seen() -> None:
    diverged = train("linear", TARGET, rate=1e200, steps=400, **SMALL)
    assert diverged.steps == 1
    assert train("linear", TARGET, rate=1e200, steps=1, **SMALL).status == "diverged"


def test_ctrl_c_keeps_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train("tanh", TARGET, "adam", steps=200, **SMALL)
    calls = [0]

    def interrupted(*arguments: Any) -> Any:
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        return compiled(*arguments)

    compiled = module.advance
    monkeypatch.setattr(module, "advance", interrupted)
    run = train("tanh", TARGET, "adam", steps=200, **SMALL)
    assert run.status == "interrupted"
    assert 0 < run.steps < 200
    assert bytes_of(run.resume(200 - run.steps)) == bytes_of(whole)


def test_ctrl_c_in_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "advance", interrupted)
    runs = train_seeds("linear", TARGET, seeds=range(4), steps=50, jobs=2, **SMALL)
    assert {run.status for run in runs} == {"interrupted"}
    assert {run.steps for run in runs} == {0}


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    train("linear", TARGET, steps=20, progress=True, **SMALL)
    out, err = capsys.readouterr()
    assert out == ""
    assert "20" in err


def test_what_a_run_says() -> None:
    run = train("linear", TARGET, steps=20, **SMALL)
    assert run.lost_share == pytest.approx(np.exp(-10), rel=1e-6)
    assert run.status in STATUSES
    assert run.checkpoint_steps.tolist() == [0, 1, 2, 4, 8, 16]
    np.testing.assert_array_equal(run.checkpoint(0).theta, run.start.theta)
    np.testing.assert_allclose(run.relative_loss, run.loss / run.norm)
    record = json.loads(json.dumps(run.to_dict(), allow_nan=False))
    assert record["steps"] == 20
    assert record["loss"]["last"] == run.loss[-1]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("linear", TARGET, "adma"), {}, "did you mean 'adam'"),
        (("tahn", TARGET), {}, "did you mean 'tanh'"),
        (("linear", TARGET), {"rate": -1}, "`rate` must be positive; got -1"),
        (("linear", TARGET), {"rate": float("inf")}, "`rate` must be finite; got inf"),
        (("linear", TARGET), {"steps": 0}, "`steps` must be at least 1; got 0"),
        (("linear", TARGET), {"units": 0}, "`units` must be at least 1; got 0"),
        (("linear", TARGET), {"seed": -1}, "`seed` must be at least 0; got -1"),
        (("linear", TARGET), {"batch": 2.5}, "`batch` must be an integer; got 2.5"),
        (("linear", TARGET), {"paths": "some"}, "`paths` must be one of exact, fresh, fixed; got 'some'"),
        (("tanh", TARGET), {"paths": "exact"}, "`paths` can be 'exact' for linear networks only; got tanh"),
        (("tanh", sequences()), {"paths": "fresh"}, "`paths` must be left out for sequences"),
        (
            ("linear", TARGET, "heavy-ball"),
            {"gamma": 1.0},
            r"`gamma` must be a number of a method \(rate, momentum",
        ),
        (("linear", TARGET, "heavy-ball"), {"momentum": 1.0}, "`momentum` must be at least 0 and below 1"),
        (("linear", TARGET, 3), {}, "`method` must be the name of a method; got 3"),
        ((RecurrentNetwork.random(3, 2), TARGET), {}, "`network` must have 1 inputs, as the target; got 2"),
        (
            (RecurrentNetwork.random(3, 2, step=0.5), sequences()),
            {},
            r"`network` must have the step 0\.25 of the target; got 0\.5",
        ),
        (("linear", TARGET), {"levels": (float("nan"),)}, "`levels` must be finite; got nan"),
    ],
)
def test_bad_input(arguments: tuple[Any, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        train(*arguments, **{**SMALL, **options})


def test_a_start_without_a_loss() -> None:
    start = RecurrentNetwork([1.0], [[1e200]], [1.0], 0.25, "linear")
    with pytest.raises(ValueError, match="`network` must have a finite loss at the start; got"):
        train(start, TARGET, **SMALL)


def test_a_method_of_ones_own() -> None:
    """Momentum changed by name, and a Method that is given: the same run."""
    changed = train("linear", TARGET, "heavy-ball", momentum=0.5, rate=0.05, steps=30, **SMALL)
    own = mc.Method("mine", "here", 0.05, momentum=0.5, gain=1.0, along_momentum=1.0, along_gradient=0.0)
    given = train("linear", TARGET, own, steps=30, **SMALL)
    np.testing.assert_array_equal(changed.loss, given.loss)
    assert (changed.method, given.method, given.rate) == ("heavy-ball", "mine", 0.05)
    assert not np.array_equal(
        changed.loss, train("linear", TARGET, "heavy-ball", rate=0.05, steps=30, **SMALL).loss
    )
