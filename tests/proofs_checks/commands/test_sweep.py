"""``memcurse sweep``: what it prints and writes, and how it exits."""

from __future__ import annotations

import json
import re
import sys

import pytest

import memcurse as mc
from memcurse.proofs_checks.commands.main import main

ESCAPE = ["sweep", "escape", "--delays", "7:8:1", "--widths", "2,3", "--starts", "2", "--seed", "0"]


def test_the_last_line_holds_the_digest(capsys, tmp_path):
    words = [*ESCAPE, "--store", str(tmp_path / "runs.sqlite")]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["1/omega", "m", "split", "escaped", "10", "%", "median", "90", "%"]
    assert len(lines) == 1 + 4 + 3
    assert lines[-2] == "8 tasks: 8 computed, 0 taken up, 0 without a result"
    assert lines[-1] == f"digest {mc.sweep(mc.EscapeSweep('7:8:1', '2,3', starts=2)).digest}"
    assert main(words) == 0
    again = capsys.readouterr().out.splitlines()
    assert again[-2] == "8 tasks: 0 computed, 8 taken up, 0 without a result"
    assert (again[:-2], again[-1]) == (lines[:-2], lines[-1])


def test_json_tables_and_picture(capsys, tmp_path):
    csv, plot = tmp_path / "x.csv", tmp_path / "x.svg"
    assert main([*ESCAPE, "--json", "--csv", str(csv), "--plot", str(plot)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert re.fullmatch("[0-9a-f]{64}", found["digest"])
    assert len(found["results"]) == 8
    assert len(csv.read_text().splitlines()) == 9
    assert "median escape time" in plot.read_text()


def test_an_event_that_does_not_come_is_undecided(capsys):
    assert main(["sweep", "escape", "--delays", "8", "--until", "1", "--drop", "1%"]) == 3
    assert "0 of 1" in capsys.readouterr().out


def test_fits_and_widths(capsys):
    assert main(["sweep", "fit", "--target", "t*exp(-t)", "--widths", "1,2"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "target",
        "width",
        "norm",
        "field",
        "seed",
        "error",
        "a",
        "w",
        "scope",
        "failure",
    ]
    assert "0.375" in lines[1]
    assert lines[-2].endswith("1 without a result")
    assert main(["sweep", "width", "--target", "(1+t)^-2", "--errors", "0.1"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:5] == ["(1+t)^-2", "1/10", "l1", "1", "3"]


def test_a_folder_with_record_table_and_pictures(capsys, tmp_path):
    assert main([*ESCAPE, "--out", str(tmp_path / "out"), "--format", "svg,png"]) == 0
    captured = capsys.readouterr()
    digest = captured.out.splitlines()[-1].removeprefix("digest ")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "sweep.csv",
        "sweep.json",
        "sweep.png",
        "sweep.svg",
    ]
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())["digest"] == digest
    assert len((tmp_path / "out" / "sweep.csv").read_text().splitlines()) == 9
    assert "sweep.svg" in captured.err
    # Fits have no picture.
    words = ["sweep", "fit", "--target", "exp(-t)+exp(-3*t)", "--widths", "1", "--out", str(tmp_path / "fit")]
    assert main(words) == 0
    assert sorted(path.name for path in (tmp_path / "fit").iterdir()) == ["sweep.csv", "sweep.json"]
    assert '"[""' in (tmp_path / "fit" / "sweep.csv").read_text()


@pytest.mark.slow
def test_training(capsys, tmp_path):
    words = ["sweep", "train", "--delays", "4,12", "--seeds", "0:1:1", "--steps", "60"]
    assert main([*words, "--plot", str(tmp_path / "x.svg")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["network", "method", "delay", "seed"]
    assert [line.split()[4] for line in lines[1:5]] == ["reached", "reached", "budget", "budget"]
    assert lines[-1] == f"digest {mc.sweep(mc.TrainingSweep('4,12', seeds='0:1:1', steps=60)).digest}"
    assert "steps on the plateau" in (tmp_path / "x.svg").read_text()
    assert main([*words, "--methods", "sgd2"]) == 2
    assert "`methods` must be of" in capsys.readouterr().err


@pytest.mark.slow
def test_verdicts_over_seeds(capsys):
    assert main(["sweep", "verify", "swim-pair", "--quick", "--seeds", "0:1:1", "--digits", "30"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:4] for line in lines[1:3]] == [
        ["swim-pair", seed, "holds", "PROVED"] for seed in "01"
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*ESCAPE, "--jobs", "0"], "`jobs` must be at least 1; got 0"),
        (["sweep", "escape", "--delays", "8:9"], "`delays` must be 'first:last:step'"),
        ([*ESCAPE, "--backend", "slurm"], "`backend` must be one of 'loky', 'dask'; got 'slurm'"),
        ([*ESCAPE, "--store", "/nowhere/x.sqlite"], "`store` must be in a folder that exists"),
        ([*ESCAPE, "--csv", "/nowhere/x.csv"], "--csv must be a file in a folder that exists"),
        ([*ESCAPE, "--plot", "x.gif"], "--plot must end in"),
        ([*ESCAPE, "--out", "/dev/null"], "out"),
        (["sweep", "fit", "--target", "exp(-", "--widths", "1"], "never closed"),
        (["sweep", "verify", "eq-0"], "eq-0"),
    ],
)
def test_bad_input_exits_with_2(words, message, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("memcurse: error: ")
    assert message in captured.err
    assert captured.out == ""


def test_a_damaged_store_is_named(capsys, tmp_path):
    store = tmp_path / "runs.sqlite"
    store.write_text("no database" * 1000)
    assert main([*ESCAPE, "--store", str(store)]) == 2
    assert "`store` must be whole; got" in capsys.readouterr().err


def test_without_distributed_the_extra_is_named(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main([*ESCAPE, "--backend", "dask", "--address", "tcp://127.0.0.1:1"]) == 2
    assert "pip install 'memcurse[sweep]'" in capsys.readouterr().err
