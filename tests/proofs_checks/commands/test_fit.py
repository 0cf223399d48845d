"""``memcurse fit``: what it prints and writes, and how it exits."""

from __future__ import annotations

import json
import sys

import pytest

from memcurse.proofs_checks.commands.main import main

SUM = ["fit", "--target", "exp(-t)+2*exp(-3*t)"]


def test_table_shows_terms_error_and_what_is_proved(capsys):
    assert main([*SUM, "--width", "2", "--digits", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rate", "w", "amplitude", "a", "L_0", "residual", "L_1", "residual"]
    assert [line.split()[:2] for line in lines[1:3]] == [["1.0", "1.0"], ["3.0", "2.0"]]
    assert lines[4].startswith("error = 0.0  ")
    assert lines[5].startswith("J = 0.0  ")
    assert lines[6].startswith("global minimum, proved: the fit is the target; ")


def test_json_holds_every_digit(capsys):
    assert main(["fit", "--target", "t*exp(-t)", "--width", "1", "--digits", "30", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["w"] == ["0." + "3" * 30]
    assert record["a"] == ["0.375"]
    # J = 5/128, and the error is a distance.
    assert record["loss"] == "0.0390625"
    assert record["error"] == "0.197642353760523708249930846527"
    assert "0.19764235376052370824" in record["error_enclosure"]
    assert (record["m"], record["norm"], record["digits"], record["inertia"]) == (1, "l2", 30, [2, 0, 0])


def test_out_writes_json_and_picture(tmp_path, capsys):
    folder = tmp_path / "new"
    assert main([*SUM, "--width", "1", "--out", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["fit.json", "fit.svg"]
    assert json.loads((folder / "fit.json").read_text())["m"] == 1
    assert (folder / "fit.svg").read_text().lstrip().startswith("<")
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*SUM, "--width", "3"], "--width must be at most 2, the target's number of terms"),
        ([*SUM, "--width", "1", "--norm", "l3"], "--norm must be one of 'l2', 'l1', 'sup'; got 'l3'"),
        ([*SUM, "--width", "7", "--norm", "l1"], "--width must be between 1 and 6 for the norm 'l1'; got 7"),
        (["fit", "--target", "(1+t)^-1", "--width", "1", "--norm", "l1"], "--target must be integrable"),
        ([*SUM, "--width", "1", "--norm", "l1", "--complex"], "--norm must be 'l2' with field='complex'"),
        ([*SUM, "--width", "9", "--complex"], "--width must be between 1 and 8; got 9"),
        (["fit", "--target", "exp(-t)+", "--width", "1"], "the expression stops too early"),
        (["fit", "--target", "0", "--width", "1"], "--target must not be 0"),
    ],
)
def test_bad_input_exits_with_2(words, message, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("memcurse: error: ")
    assert message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--width", "0"], "argument --width: must be an integer from 1 on; got 0"),
        (["--width", "1", "--digits", "3"], "argument --digits: must be an integer from 15 on; got 3"),
        (["--width", "1", "--seed", "-1"], "argument --seed: must be an integer from 0 on; got -1"),
    ],
)
def test_numbers_out_of_range_are_refused_before_anything_is_imported(words, message, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "memcurse.numerics.approximation.l2.best_fit", None)
    with pytest.raises(SystemExit) as stopped:
        main([*SUM, *words])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_l1_table_shows_canonical_points_and_the_enclosed_error(capsys):
    assert main(["fit", "--target", "t*exp(-t)", "--width", "1", "--norm", "l1", "--digits", "20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rate", "w", "amplitude", "a", "int", "s", "e^-wt", "int", "s", "t", "e^-wt"]
    assert lines[1].split()[:2] == ["0.5", "0.5635234513001442295"]
    assert lines[3].startswith("error = [0.3573388246405597228")
    assert lines[5].endswith("canonical points t = 0.871103  3.8359")
    assert "sign + at t = 0" in lines[5]
    assert lines[6].startswith("proved: best amplitudes for these rates")


def test_l1_with_endless_sign_changes_lists_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fit", "--target", "exp(-t)*cos(3*t)", "--width", "1", "--norm", "l1", "--digits", "15"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "changes it 310 times up to the time 324.0, first at t = 0.0954515  0.419149  1.57259" in out
    assert "9.94838" not in out
    assert "changes it only" not in out


def test_l1_json_and_picture(tmp_path, capsys):
    words = ["fit", "--target", "(1+t)^-2", "--width", "2", "--norm", "l1", "--digits", "20"]
    assert main([*words, "--json", "--out", str(tmp_path)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["norm"], record["first_sign"], record["inertia"]) == ("l1", -1, [4, 0, 0])
    assert len(record["canonical_points"]) == 4
    assert float(record["dual_gap"]) < 1e-20
    assert record["error"].startswith("0.102931669038356997")
    assert "canonical points" in (tmp_path / "fit.svg").read_text()


def test_l1_exact_fit(capsys):
    assert main([*SUM, "--width", "2", "--norm", "l1", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["error"], record["inertia"], record["canonical_points"]) == ("0.0", None, [])


def test_no_minimum_is_undecided(capsys):
    assert main(["fit", "--target", "exp(-(t-4)^2)", "--width", "2"]) == 3
    assert capsys.readouterr().err.startswith(
        "memcurse: undecided: --width must allow a best fit; with m = 2 none is attained: 2 rates coalesce at 0.432776"
    )


WAVE = ["fit", "--target", "exp(-t/10)*cos(t)", "--digits", "20", "--complex"]


def test_complex_table(capsys):
    assert main([*WAVE, "--width", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:8] == ["Re", "w", "Im", "w", "Re", "a", "Im", "a"]
    assert lines[1].split()[0] == "0.10833333333333333333"
    assert lines[3].startswith("error = 1.1066853551247187045")
    assert lines[4].startswith("J = 1.224752475247")
    assert lines[5] == "the fit is not proved to be real"
    assert "4 positive, 0 zero, 0 negative" in lines[6]
    assert main([*WAVE, "--width", "2"]) == 0
    assert "the fit is real: real rates and conjugate pairs, proved" in capsys.readouterr().out


def test_complex_json_and_picture(tmp_path, capsys):
    words = ["fit", "--target", "exp(-t)+exp(-t/5)*sin(3*t)", "--width", "2", "--complex"]
    assert main([*words, "--json", "--out", str(tmp_path)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == json.loads((tmp_path / "fit.json").read_text())
    assert record["w"][0][0] == record["w"][1][0]
    assert record["w"][0][1] == "-" + record["w"][1][1]
    assert record["w"][1][1].startswith("2.95414473719929")
    assert record["loss"].startswith("0.328288200237")
    assert (record["field"], record["conjugate_pairs"], record["inertia"]) == ("complex", True, [8, 0, 0])
    assert (tmp_path / "fit.svg").read_text().lstrip().startswith("<")


def test_the_maximum_norm_on_an_interval(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fit", "--target", "1/t", "--width", "2", "--norm", "sup", "--digits", "20"]
    assert main([*words, "--interval", "1,10"]) == 0
    out = capsys.readouterr().out
    assert "error = [0.008752261736135" in out
    assert "global, proved" in out
    assert main([*words, "--interval", "1,10", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["norm"] == "sup"
    assert main(words) == 2
