"""``memcurse sample``: what it prints and writes, and how it exits."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from memcurse.proofs_checks.commands.main import main


def _file(tmp_path, rows=200, header="t,x,y", step=0.1):
    t = step * np.arange(rows)
    lines = [header, *(f"{a:.17g},{np.cos(a):.17g},{np.sin(a):.17g}" for a in t)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_system_with_table(capsys):
    assert main(["sample", "--system", "vanderpol", "--width", "40", "--forecast", "50"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[-3:] == ["40,", "40,", "40"]
    assert "complete, 50 steps" in lines[4]


def test_data_with_json_csv_and_picture(tmp_path, capsys):
    table, picture = tmp_path / "out.csv", tmp_path / "out.svg"
    words = ["--width", "20", "--forecast", "30", "--json", "--csv", str(table), "--plot", str(picture)]
    assert main(["sample", "--data", str(_file(tmp_path)), *words]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["samples"] == 169
    assert record["valid_steps"] == 31
    assert record["exponent_from"] == "Jacobians of the network"
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["time", "x", "y", "x forecast", "y forecast"]
    assert len(rows) == 32
    # The first row is the last one that was learnt from.
    assert float(rows[1][1]) == pytest.approx(np.cos(0.1 * 169))
    assert float(rows[31][3]) == pytest.approx(np.cos(0.1 * 199), abs=0.05)
    assert picture.read_text().lstrip().startswith("<")


def test_lyapunov_times_of_lorenz(capsys):
    assert main(["sample", "--system", "lorenz", "--width", "60", "--forecast", "100", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["valid_lyapunov_times"] == pytest.approx(record["valid_steps"] * 0.01 * 0.9056)
    assert record["exponent_from"] == "literature"


def test_a_forecast_that_leaves_the_bound_exits_with_3(tmp_path, capsys):
    path = tmp_path / "data.csv"
    # A growing signal whose held-out rows do not matter: relu and the state run away.
    values = [f"{1.3**k:.17g}" for k in range(60)]
    path.write_text("x\n" + "\n".join(values), encoding="utf-8")
    words = ["--width", "10", "--forecast", "30", "--activation", "relu"]
    assert main(["sample", "--data", str(path), *words]) == 3
    assert "left the bound" in capsys.readouterr().out


def test_fewer_samples_than_features_is_said(tmp_path, capsys):
    assert main(["sample", "--data", str(_file(tmp_path, 40)), "--width", "60", "--forecast", "5"]) in (0, 3)
    assert "34 samples for 60 features" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("x\n1\n2\n", "--forecast"),
        ("x\n", "header"),
        ("x,y\n1,2\n3\n", "row 2"),
        ("x\n1\nabc\n", "column x"),
        ('x\n1\n""\n', "column x"),
        ("t\n1\n2\n", "beside the time"),
        ("t,x\n" + "".join(f"{k if k < 20 else k + 1},{k % 7}\n" for k in range(60)), "equal steps"),
        ("x\n" + "5\n" * 60, "vary"),
        ("x\n" + "1\n2\nnan\n" * 30, "finite"),
    ],
)
def test_bad_data(tmp_path, capsys, content, words):
    path = tmp_path / "data.csv"
    path.write_text(content, encoding="utf-8")
    assert main(["sample", "--data", str(path), "--width", "5", "--forecast", "20"]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--width", "0"], "--width"),
        (["--forecast", "0"], "--forecast"),
        (["--lags", "0"], "--lags"),
        (["--seed", "-1"], "seed"),
        (["--pairs", "best"], "--pairs"),
        (["--activation", "none"], "--activation"),
        (["--plot", "picture.gif"], "--plot"),
    ],
)
def test_bad_options(capsys, options, words):
    try:
        code = main(["sample", "--system", "vanderpol", "--forecast", "5", *options])
    except SystemExit as stopped:
        code = stopped.code
    assert code == 2
    assert words in capsys.readouterr().err


def test_missing_file(capsys):
    assert main(["sample", "--data", "nowhere.csv"]) == 2
    assert "--data" in capsys.readouterr().err
