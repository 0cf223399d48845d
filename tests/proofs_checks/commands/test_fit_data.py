"""``memcurse fit --data``: what it reads, prints and writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from memcurse.proofs_checks.commands.main import main

NIST = Path(__file__).parents[2] / "numerics" / "approximation" / "samples" / "nist"
T = np.linspace(0, 4, 30)
Y = np.exp(-T) + 0.3 * np.exp(-4 * T) + 1e-3 * np.cos(9 * T)


def written(tmp_path, text):
    path = tmp_path / "samples.csv"
    path.write_text(text)
    return str(path)


def test_table_shows_rates_amplitudes_and_errors(capsys):
    assert main(["fit", "--data", str(NIST / "mgh17.csv"), "--width", "2", "--offset"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rate", "w", "+/-", "amplitude", "a", "+/-"]
    assert lines[1].split() == ["0.0128675346401", "0.00045", "1.93584691271", "0.22"]
    assert lines[4] == "offset = 0.375410052107 +/- 0.0021"
    assert lines[5] == "residual norm = 0.00739249260905 with 28 degrees of freedom"


@pytest.mark.parametrize("form", ["{}, {}\n", "{};{}\n", "{}\t{}\n", "{}  {}\n"])
def test_separators(form, tmp_path, capsys):
    path = written(tmp_path, "# measured\n\n" + "".join(form.format(t, y) for t, y in zip(T, Y, strict=True)))
    assert main(["fit", "--data", path, "--width", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["w"] == pytest.approx([1, 4], abs=0.2)


def test_complex_columns_and_picture(tmp_path, capsys):
    z = np.exp(-(0.5 + 2j) * T)
    rows = "".join(f"{a},{b},{x},0.1\n" for a, b, x in zip(z.imag, T, z.real, strict=True))
    path = written(tmp_path, "im,time,Re,sigma\n" + rows)
    out = tmp_path / "out"
    assert main(["fit", "--data", path, "--width", "1", "--complex", "--json", "--out", str(out)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["w"][0] == pytest.approx([0.5, 2])
    assert json.loads((out / "fit.json").read_text()) == record
    assert (out / "fit.svg").read_text().lstrip().startswith("<")


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        ("", [], "`--data` must be a file with lines of numbers"),
        ("t,y\n", [], "`--data` must hold numbers below the names"),
        ("0,1\n1,x\n", [], "`--data` must hold finite numbers; got 'x' in"),
        ("0,1\n1\n", [], "`--data` must have 2 values in every line; got 1 in"),
        ("0,1,2,3\n", [], "`--data` must have two or three columns (t, y, sigma) or name them; got 4"),
        ("t,z\n0,1\n", [], "`--data` must name its columns t, y (or re), im and sigma; got 'z'"),
        ("t,t\n0,1\n", [], "`--data` must have one column t and one column y (or re); got t, t"),
        ("0,1\n1,2\n", ["--norm", "l1"], "`--norm` goes with --target"),
        ("0,1\n1,2\n", ["--digits", "30"], "`--digits` goes with --target"),
        ("0,1\n0,2\n", [], "`t` must hold at least 2m = 2 different times; got 1"),
        ("t,re,im\n0,1,2\n1,2,3\n", [], "`y` must be real numbers unless field='complex' is given"),
    ],
)
def test_bad_files_exit_with_2(text, words, message, tmp_path, capsys):
    assert main(["fit", "--data", written(tmp_path, text), "--width", "1", *words]) == 2
    assert message in capsys.readouterr().err


def test_missing_file_and_offset_of_a_kernel(tmp_path, capsys):
    assert main(["fit", "--data", str(tmp_path / "none.csv"), "--width", "1"]) == 2
    assert "`--data` must be a text file that can be read" in capsys.readouterr().err
    assert main(["fit", "--target", "exp(-t)", "--width", "1", "--offset"]) == 2
    assert "`--offset` goes with --data" in capsys.readouterr().err


def test_no_best_fit_exits_with_3(tmp_path, capsys):
    path = written(tmp_path, "".join(f"{t},{t * np.exp(-t)}\n" for t in np.linspace(0, 10, 60)))
    assert main(["fit", "--data", path, "--width", "2"]) == 3
    assert (
        "memcurse: undecided: `m` must allow a best fit; with 2 rates rates coalesce"
        in capsys.readouterr().err
    )
