"""``memcurse train``: what it prints and writes, and how it exits."""

from __future__ import annotations

import csv
import json
from contextlib import nullcontext

import pytest

import memcurse as mc
from memcurse.proofs_checks.commands import train as command
from memcurse.proofs_checks.commands.main import main

SMALL = ["--units", "4", "--horizon", "5", "--step", "0.25", "--batch", "8"]


def test_a_table(capsys):
    words = ["train", "--target", "exp(-t)", "--steps", "300", "--rate", "0.05", *SMALL]
    assert main(words) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    run = mc.train(
        "linear", mc.parse_target("exp(-t)"), rate=0.05, steps=300, units=4, horizon=5.0, step=0.25
    )
    assert lines["status"].startswith("budget: ")
    assert lines["steps"] == "300"
    assert lines["loss"] == f"{run.loss[0]:.6g} -> {run.loss[-1]:.6g}"


def test_json_and_files(tmp_path, capsys):
    table, picture = tmp_path / "losses.csv", tmp_path / "losses.svg"
    words = ["--network", "tanh", "--method", "adam", "--steps", "40", "--seed", "3", "--json"]
    files = ["--csv", str(table), "--plot", str(picture), "--out", str(tmp_path / "all")]
    assert main(["train", "--target", "exp(-t)", "--target", "exp(-2*t)", *SMALL, *words, *files]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["status"], record["steps"], record["seed"], record["units"]) == ("budget", 40, 3, 4)
    assert len(record["U"][0]) == 2
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["step", "loss", "relative loss"]
    assert rows[-1][0] == "40"
    assert float(rows[-1][1]) == record["loss"]["last"]
    assert picture.read_text().lstrip().startswith("<")
    assert json.loads((tmp_path / "all" / "train.json").read_text()) == record


def test_a_level_reached_or_not(capsys):
    words = ["train", "--target", "exp(-t)", "--stop", "20%", *SMALL]
    assert main([*words, "--steps", "2000"]) == 0
    assert "reached: the loss fell to `stop`" in capsys.readouterr().out
    assert main([*words, "--steps", "2"]) == 3
    assert main([*words[:-8], "--stop", "many", *SMALL]) == 2
    assert "must be a number or a share such as 5%; got many" in capsys.readouterr().err


def test_divergence_exits_with_3(capsys):
    assert main(["train", "--target", "exp(-t)", "--rate", "1e9", *SMALL]) == 3
    out = capsys.readouterr().out
    assert "diverged" in out
    assert "nan" not in out


def test_a_horizon_that_is_too_short_is_noted(capsys):
    assert main(["train", "--target", "exp(-t/20)", "--steps", "5", "--rate", "0.001", *SMALL]) == 0
    assert "note: the horizon 5 cuts off 60.7 % of the squared norm" in capsys.readouterr().err


@pytest.mark.slow
def test_a_site_of_lorenz(capsys):
    words = [
        "--network",
        "tanh",
        "--method",
        "adam",
        "--steps",
        "20",
        "--json",
        "--units",
        "3",
        "--horizon",
        "2",
    ]
    assert main(["train", "--lorenz96", "6", *words]) == 0
    assert json.loads(capsys.readouterr().out)["paths"] == "sequences"


def test_interrupted(monkeypatch, capsys):
    from memcurse.numerics.networks.training import train as module

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "advance", interrupted)
    assert main(["train", "--target", "exp(-t)", *SMALL]) == command.EXIT_INTERRUPTED
    assert "interrupted: the user interrupted; what was done is kept" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "exp(-t)", "--method", "adma"], "did you mean 'adam'"),
        (
            ["--target", "exp(-t)", "--network", "tahn"],
            "--network must be one of linear, tanh, relu; got 'tahn'",
        ),
        (["--target", "exp(-t)", "--units", "0"], "must be an integer from 1 on; got 0"),
        (["--target", "exp(-t)", "--rate", "-1"], "--rate must be positive; got -1"),
        (["--target", "exp(-t)", "--horizon", "0.01"], "--horizon must be at least one step of 0.1"),
        (["--target", "exp(-t)", "--step", "0"], "--step must be positive; got 0"),
        (
            ["--target", "exp(-t)", "--paths", "exact", "--network", "tanh"],
            "--paths can be 'exact' for linear",
        ),
        (["--target", "exp(t)"], "square-integrable"),
        (["--lorenz96", "9"], "--lorenz96 must be between 0 and 7; got 9"),
        (["--lorenz96", "1", "--step", "0"], "must be"),
        ([], "one of the arguments"),
    ],
)
def test_usage(words, message, capsys):
    with pytest.raises(SystemExit) if not words or "--units" in words else nullcontext():
        assert main(["train", *words]) == 2
    assert message in capsys.readouterr().err
