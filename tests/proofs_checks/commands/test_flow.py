"""``memcurse flow`` and ``memcurse escape``: what they print and write, and how they exit."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from memcurse.numerics.flow.fields.reparametrised import NAMED
from memcurse.numerics.flow.tableaus import choice
from memcurse.proofs_checks.commands.flow import METHODS, METRICS
from memcurse.proofs_checks.commands.main import main

FLOW = ["flow", "--target", "exp(-t)+exp(-(t-10)^2/2)", "--start-a", "0.7,0.3", "--start-w", "1,1"]


def test_flow_reports_the_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FLOW, "--drop", "5%", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["status"] == "reached"
    first, last = record["loss"]
    assert last == pytest.approx(0.95 * first, rel=1e-10)
    assert float(record["event_time"]) == pytest.approx(586.5672834, rel=1e-6)


def test_flow_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FLOW, "--displacement", "0.1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "reached: the event came, at `event_time`"
    assert [line.split()[0] for line in lines[1:]] == ["event", "time", "loss", "a", "w", "steps"]


def test_flow_that_runs_out_of_time_is_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FLOW, "--drop", "5%", "--until", "10"]) == 3
    assert capsys.readouterr().out.startswith("until: ")


def test_flow_writes_steps_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, picture = tmp_path / "run.csv", tmp_path / "run.svg"
    assert main([*FLOW, "--drop", "0.01", "--csv", str(table), "--plot", str(picture)]) == 0
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    losses = [float(row["loss"]) for row in rows]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] - losses[-1] == pytest.approx(0.01, rel=1e-9)
    assert list(rows[0]) == ["time", "time_to_end", "loss", "a_1", "a_2", "w_1", "w_2"]
    assert picture.read_text(encoding="utf-8").lstrip().startswith("<")
    capsys.readouterr()


def test_flow_takes_methods_and_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    assert tuple(choice.METHODS) == METHODS
    assert ("euclidean", "natural", *NAMED) == METRICS

    def time_of(*options: str) -> float:
        apart = [*FLOW[:-2], "--start-w", "2,1", "--drop", "10%", "--json", *options]
        assert main(apart) == 0
        return float(json.loads(capsys.readouterr().out)["event_time"])

    plain = time_of()
    assert time_of("--method", "rosenbrock") == pytest.approx(plain, rel=1e-6)
    natural = time_of("--metric", "natural", "--damping", "1/10")
    assert time_of("--metric", "natural", "--damping", "1/10", "--method", "stabilised") == pytest.approx(
        natural, rel=1e-6
    )
    assert len({plain, natural, time_of("--metric", "natural"), time_of("--metric", "square")}) == 4
    assert main([*FLOW, "--drop", "5%", "--damping", "-1", "--metric", "natural"]) == 2
    assert "--damping must not be negative" in capsys.readouterr().err


def test_escape_ladder_bounds_times_and_reduces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, picture = tmp_path / "e.csv", tmp_path / "e.svg"
    words = ["escape", "--from", "18", "--to", "40", "--step", "11", "--direct-to", "18", "--json"]
    assert main([*words, "--csv", str(table), "--plot", str(picture)]) == 0
    rungs = json.loads(capsys.readouterr().out)["rungs"]
    assert [rung["delay"] for rung in rungs] == [18.0, 29.0, 40.0]
    assert float(rungs[0]["slow_manifold"]) == pytest.approx(rungs[0]["integrated"], rel=1e-2)
    assert [rung["integrated"] is None for rung in rungs] == [False, True, True]
    assert all(float(rung["slow_manifold"]) > float(rung["linearised_bound"]) for rung in rungs)
    assert len(table.read_text(encoding="utf-8").splitlines()) == 4
    assert picture.read_text(encoding="utf-8").lstrip().startswith("<")


def test_escape_of_more_exponentials_prints_the_law(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["escape", "--width", "3", "--from", "8", "--to", "12"]) == 0
    out = capsys.readouterr().out.splitlines()
    head = next(i for i, line in enumerate(out) if "slow manifold" in line and "its error" in line)
    assert [line.split()[0] for line in out[head + 1 : head + 4]] == ["8", "10", "12"]
    assert [line.split("  ")[0] for line in out[:5]] == [
        "1/omega", "integrated", "slow manifold", "bound", "exponent"
    ]  # fmt: skip
    assert out[-3].startswith("tau = ")
    low, high = map(float, out[-2].split("[")[1].split("]")[0].split(","))
    assert low < float(out[-3].split("exp(")[1].split("/")[0]) < high


def test_two_points_give_no_law(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["escape", "--width", "3", "--from", "8", "--to", "10"]) == 0
    assert capsys.readouterr().out.endswith("no law: it is fitted to at least 3 times\n")


def test_out_takes_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*FLOW, "--drop", "0.01", "--out", str(tmp_path), "--format", "png,pdf,svg"]
    assert main(words) == 0
    names = ["flow.csv", "flow.json", "flow.pdf", "flow.png", "flow.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert (tmp_path / "flow.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "flow.pdf").read_bytes().startswith(b"%PDF")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(words) == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    said = capsys.readouterr().err
    assert all(name in said for name in names)
    with pytest.raises(SystemExit):
        main([*words[:-1], "png,gif"])
    assert "argument --format: must be of svg, png, pdf; got 'gif'" in capsys.readouterr().err


def test_escape_without_a_time_is_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    """Three different rates start on no manifold that the reduction knows."""
    ladder = ["escape", "--from", "30", "--to", "30", "--direct-to", "24", "--width", "3"]
    assert main([*ladder, "--start-a", "0.3,0.3,0.4", "--start-w", "1,1.1,1.2"]) == 3
    assert "no reduction" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*FLOW, "--drop", "x"], "--drop must be"),
        ([*FLOW, "--drop", "x%"], "--drop must be"),
        ([*FLOW, "--displacement", "-1"], "--displacement must be positive; got -1"),
        ([*FLOW, "--drop", "5"], "`stop` must ask for a loss drop that can be reached"),
        ([*FLOW, "--drop", "0.1", "--until", "-1"], "--until must be positive"),
        ([*FLOW, "--drop", "0.1", "--digits", "1000000"], "--digits must be between 15"),
        ([*FLOW, "--drop", "0.1", "--plot", "x.gif"], "--plot must end in .svg, .png, .pdf; got x.gif"),
        ([*FLOW, "--drop", "0.1", "--csv", "/nowhere/x"], "--csv must be a file in a folder that exists"),
        ([*FLOW[:-1], "1,-1", "--drop", "0.1"], "--start-w must be positive; got -1.0 at index 1"),
        (["escape", "--from", "0"], "--from must be positive; got 0"),
        (["escape", "--from", "9", "--to", "8"], "--to must be at least --from = 9; got 8"),
        (["escape", "--step", "1/1000"], "--step must give at most 200 delays"),
        (["escape", "--width", "1"], "--width must be at least 2"),
        (["escape", "--width", "3", "--start-a", "1,1"], "--start-a must hold --width = 3 numbers; got 2"),
        (["escape", "--rate", "-1"], "must be positive"),
        (["escape", "--drop", "7", "--to", "8"], "`stop` must ask for a loss drop"),
    ],
)
def test_bad_input_exits_with_2(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("memcurse: error: ")
    assert message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("words", [FLOW, [*FLOW, "--drop", "1", "--displacement", "1"]])
def test_exactly_one_event(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    capsys.readouterr()
