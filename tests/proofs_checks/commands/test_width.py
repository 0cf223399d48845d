"""``memcurse width``: what it prints and writes, and how it exits."""

from __future__ import annotations

import json

import pytest

from memcurse.proofs_checks.commands.main import main

POWER = ["width", "--target", "(1+t)^-2"]


def test_table_shows_terms_error_and_what_is_proved(capsys):
    assert main([*POWER, "--error", "1/20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rate", "w", "amplitude", "a", "a/w"]
    assert len(lines) == 8
    assert lines[-3].startswith("m = 3, error [0.0412")
    assert lines[-3].endswith("<= 1/20  (L1 norm)")
    assert lines[-2].startswith("3 terms are enough, proved")


def test_json_can_be_read_back(capsys):
    from memcurse.numerics.approximation.l1.distance import l1_error
    from memcurse.theory.targets.kernels import PowerLaw

    assert main([*POWER, "--error", "0.01", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["m"], record["met"], record["norm"], record["error"]) == (5, True, "l1", "1/100")
    assert float(l1_error(PowerLaw(1), record["a"], record["w"])) == pytest.approx(
        float(record["error_enclosure"].strip("[]").split()[0]), rel=1e-12
    )


def test_out_writes_json_and_pictures(tmp_path, capsys):
    folder = tmp_path / "new"
    assert main([*POWER, "--error", "1/10", "--norm", "l2", "--out", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["rates.svg", "width.json", "width.svg"]
    assert json.loads((folder / "width.json").read_text())["m"] == 1
    assert (folder / "rates.svg").read_text().lstrip().startswith("<")
    capsys.readouterr()


def test_measure(capsys):
    words = ["width", "--target", "exp(-sqrt(t))", "--error", "1/2"]
    density = "exp(-1/(4*x))/(2*sqrt(pi)*x^(3/2))"
    assert main([*words, "--measure", density]) == 0
    assert "m = 1" in capsys.readouterr().out
    assert main([*words, "--measure", density.replace("x", "t")]) == 2
    assert "--measure must be an expression in x" in capsys.readouterr().err
    # The form tells the same measure; of other kernels it does not.
    assert main(words) == 0
    assert "m = 1" in capsys.readouterr().out
    assert main(["width", "--target", "exp(-t^2)", "--error", "1/2"]) == 3
    captured = capsys.readouterr()
    assert captured.out == "at least 1 needed, proved\n"
    assert "give --measure" in captured.err


def test_budget_that_is_too_small_is_undecided(capsys):
    assert main([*POWER, "--error", "1/1000", "--budget", "2"]) == 3
    captured = capsys.readouterr()
    assert "against 1/1000" in captured.out
    assert captured.err.startswith("memcurse: undecided: the error asked for was not met")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*POWER, "--error", "0"], "--error must be positive"),
        ([*POWER, "--error", "x"], "--error must be a decimal or rational number"),
        ([*POWER, "--error", "1", "--norm", "max"], "--norm must be one of"),
        ([*POWER, "--error", "1", "--interval", "1:2"], "--interval must be None unless norm = 'sup'"),
        (
            [*POWER, "--error", "1", "--norm", "sup", "--interval", "1"],
            "--interval must be a pair of numbers",
        ),
        ([*POWER, "--error", "1", "--norm", "sup", "--measure", "x"], "--measure must be None for the norm"),
        (["width", "--target", "(1+t)^-1", "--error", "1"], "`omega` > 0"),
    ],
)
def test_bad_input_exits_with_2(words, message, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("memcurse: error: ")
    assert message in captured.err
    assert captured.out == ""


def test_numbers_of_a_long_rule_can_be_read_back(capsys):
    import mpmath

    from memcurse.numerics.approximation.widths.certified_width import certified_width
    from memcurse.theory.targets.kernels import PowerLaw

    arguments = ["--target", "(1+t)^-2", "--error", "1e-13", "--budget", "300", "--json"]
    assert main(["width", *arguments]) == 0
    record = json.loads(capsys.readouterr().out)
    width = certified_width(PowerLaw(1), "1e-13", budget=300)
    assert record["method"] == "trapezoid rule"
    with mpmath.workprec(record["bits"]):
        assert [mpmath.mpf(x) for x in record["a"]] == list(width.a)
        assert [mpmath.mpf(x) for x in record["w"]] == list(width.w)


def test_the_caret_stands_under_the_measure_as_given(capsys):
    assert main([*POWER, "--error", "0.1", "--measure", "x+y"]) == 2
    assert capsys.readouterr().err.splitlines()[-2:] == ["  x+y", "    ^"]


def test_a_kernel_without_a_known_measure_has_its_lower_side(capsys):
    kernel = "exp(-(t-10)^2/2)+exp(-sqrt(t))"
    assert main(["width", "--target", kernel, "--error", "1/2", "--json"]) == 3
    captured = capsys.readouterr()
    record = json.loads(captured.out)
    assert (record["m"], record["met"], record["least"]) == (None, False, 6)
    assert "known measure on the rates" in captured.err
    assert "`" not in captured.err


def test_maximum_norm_on_an_interval(tmp_path, capsys):
    words = ["width", "--target", "1/t", "--norm", "sup", "--interval", "1:10"]
    assert main([*words, "--error", "1e-3", "--out", str(tmp_path), "--format", "svg"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[5].startswith("m = 3, error [0.0007145102")
    assert lines[5].endswith("<= 1/1000  (maximum on 1 <= t <= 10)")
    assert lines[6:8] == [
        "3 terms are enough, proved (best fit); fewer are not, proved",
        "at least 3 needed, proved",
    ]
    record = json.loads((tmp_path / "width.json").read_text())
    assert (record["least"], record["m"], record["interval"]) == (3, 3, ["1", "10"])
    assert main([*words, "--error", "1e-3", "--budget", "2"]) == 3
    captured = capsys.readouterr()
    assert captured.out.endswith("at least 3 needed, proved\n")
    assert "was not met: 3 terms are needed, proved" in captured.err


def test_a_bump_in_the_maximum_norm_has_its_lower_side(capsys):
    words = [
        "width",
        "--target",
        "exp(-(t-10)^2/2)",
        "--norm",
        "sup",
        "--interval",
        "0,20",
        "--error",
        "1/10",
    ]
    assert main(words) == 3
    captured = capsys.readouterr()
    assert captured.out == "at least 6 needed, proved\n"
    assert "--target must have sums of up to 16 terms" in captured.err


def test_help_has_an_example_for_each_norm(capsys):
    with pytest.raises(SystemExit):
        main(["width", "--help"])
    out = capsys.readouterr().out
    assert "--norm sup --interval 1:10" in out
    assert "--norm l2" in out
