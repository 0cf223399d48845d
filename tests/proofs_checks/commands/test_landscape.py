"""The command against the library, its errors, and its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memcurse.numerics.landscape.critical_spaces import critical_spaces
from memcurse.proofs_checks.commands.landscape import EXIT_UNDECIDED
from memcurse.proofs_checks.commands.main import EXIT_USAGE, main
from memcurse.theory.targets.target import ExponentialSum

TARGET = ["landscape", "--target", "exp(-t)+2*exp(-3*t)"]


def test_table_names_the_spaces_and_the_signs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TARGET, "--width", "3", "--groups", "1"]) == 0
    shown = capsys.readouterr().out
    assert "1 critical affine spaces of dimension 2 (m = 3, l = 1)" in shown
    assert "{1,2,3}" in shown
    assert "{3 0 0}     2         2     2         saddle" in shown
    assert "{1 1 1}" in shown


def test_json_is_what_the_library_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TARGET, "--width", "2", "--groups", "1", "--json", "--at=-1,3.7946670215088"]) == 0
    record = json.loads(capsys.readouterr().out)
    space = next(critical_spaces(ExponentialSum([1, 2], [1, 3]), 2, 1))
    assert record["count"] == 1
    assert record["at"]["inertia"] == list(space.inertia(["-1", "3.7946670215088"])) == [3, 1, 0]
    assert record["reduced"]["signs_of_Q"] == [-1]
    assert [row["inertia"] for row in record["inertia"]] == [[2, 1, 1], [2, 2, 0], [3, 1, 0]]


def test_every_row_is_the_inertia_of_a_point_with_those_signs(capsys: pytest.CaptureFixture[str]) -> None:
    target = ExponentialSum([1, 2, 1], [1, 3, 9])
    words = ["landscape", "--target", "exp(-t)+2*exp(-3*t)+exp(-9*t)", "--width", "4", "--groups", "2"]
    assert main([*words, "--space", "3", "--limit", "100", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    space = list(critical_spaces(target, 4, 2))[2]
    assert len(record["inertia"]) == 9
    for row in record["inertia"]:
        a = dict.fromkeys(range(4), 0)
        for group, counts, b in zip(
            space.partition, row["amplitudes"], space.reduced.amplitudes, strict=True
        ):
            positive, zero, negative = counts
            share = (b + negative * b / 7) / positive
            values = [share] * positive + [0] * zero + [-b / 7] * negative
            a.update(zip(group, values, strict=True))
        assert list(space.inertia(list(a.values()))) == row["inertia"]


def test_files_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for m, l in ((2, 1), (3, 1), (4, 1)):
        folder = tmp_path / f"{m}{l}"
        assert main([*TARGET, "--width", str(m), "--groups", str(l), "--out", str(folder)]) == 0
        assert json.loads((folder / "landscape.json").read_text())["m"] == m
        assert (folder / "landscape.svg").read_text().lstrip().startswith("<")
    capsys.readouterr()


def test_json_is_whole_or_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["landscape", "--target", "exp(-t)+2*exp(-3*t)+exp(-9*t)", "--width", "5", "--groups", "2"]
    assert main([*words, "--json"]) == 0
    shown = capsys.readouterr()
    record = json.loads(shown.out)
    assert len(record["spaces"]) == record["count"] == 30
    assert record["left_out"] == {"spaces": 0, "rows of inertia": 0}
    assert shown.err == ""
    assert main([*words, "--json", "--limit", "7"]) == 0
    shown = capsys.readouterr()
    short = json.loads(shown.out)
    assert short["spaces"] == record["spaces"][:7]
    rows = len(record["inertia"])
    assert short["left_out"] == {"spaces": 23, "rows of inertia": rows - 7}
    assert f"--limit left out 23 spaces, {rows - 7} rows of inertia" in shown.err
    assert main(words) == 0
    assert "spaces (first 12 of 30; --limit shows more)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--width", "2", "--groups", "3"], "--groups must be at most m = 2"),
        (["--width", "4", "--groups", "3"], "--groups must be at most the number 2 of terms"),
        (["--width", "3", "--groups", "1", "--space", "2"], "--space must be at most the number 1"),
        (["--width", "2", "--groups", "1", "--at", "1,1"], "--at must sum to"),
    ],
)
def test_wrong_usage(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*TARGET, *words]) == EXIT_USAGE
    assert message in capsys.readouterr().err


def test_a_sign_that_stays_open_is_undecided(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from memcurse.numerics.landscape import critical_spaces as landscape
    from memcurse.numerics.landscape.nondegenerate_points import UndecidedSignError

    def undecided(*_: object, **__: object) -> None:
        raise UndecidedSignError("`target` must have Q_j with signs that 40 digits decide; got none")

    monkeypatch.setattr(landscape, "reduced_points", undecided)
    assert main([*TARGET, "--width", "2", "--groups", "1"]) == EXIT_UNDECIDED
    assert "undecided" in capsys.readouterr().err
