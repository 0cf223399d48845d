"""The command line: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from memcurse.proofs_checks.commands import main as cli
from memcurse.proofs_checks.commands import verify as cli_verify


@pytest.fixture
def ours(monkeypatch, write):
    """Let the command line see the statements that a test writes."""
    folder = write("eq-7", title="Solution of the state equation")
    monkeypatch.setenv("MEMCURSE_TEST_FOLDER", str(folder))
    return write


def main(words):
    """The command line, looking at the folder of `ours` where there is one."""
    folder = os.environ.get("MEMCURSE_TEST_FOLDER")
    if folder and words and words[0] in ("verify", "list", "show"):
        words = [words[0], "--folder", folder, *words[1:]]
    return cli.main(words)


def test_verify_prints_a_line_per_statement_and_writes_the_report(ours, tmp_path, capsys):
    out = tmp_path / "made" / "here"
    assert main(["verify", "--out", str(out), "--quick", "--digits", "20"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("CERTIFIED  eq-7       Solution of the state equation  (1 instance; ")
    assert last.startswith("1 statement: 1 certified; ")
    assert last.endswith(str(out / "report.html"))
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json"]
    settings = json.loads((out / "report.json").read_text())["settings"]
    assert (settings["digits"], settings["quick"]) == (20, True)


def test_verify_json_prints_the_report_and_nothing_else(ours, tmp_path, capsys):
    assert main(["verify", "eq-7", "--json", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == json.loads((tmp_path / "report.json").read_text())


@pytest.mark.parametrize(
    ("changes", "options", "code", "word"),
    [
        ({"check": "refuted"}, [], 1, "REFUTED"),
        ({"control": "equal"}, [], 1, "BROKEN"),
        ({"check": "still_open"}, [], 0, "UNDECIDED"),
        ({"check": "still_open"}, ["--strict"], 3, "UNDECIDED"),
        ({"check": "fails"}, [], 4, "ERROR"),
    ],
)
def test_exit_codes(ours, tmp_path, capsys, changes, options, code, word):
    body = """
def still_open(setting):
    return Evidence([BallEquality("open", flint.arb(1), flint.arb(1))])

def fails(setting):
    raise ArithmeticError("no luck")
"""
    ours("eq-8", body=body, **changes)
    assert main(["verify", "eq-8", "--out", str(tmp_path), *options]) == code
    assert capsys.readouterr().out.startswith(word)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["verify", "eq-8"], "ID must name known statements; got 'eq-8' (did you mean eq-7?)"),
        (["show", "eq-8"], "ID must name known statements; got 'eq-8' (did you mean eq-7?)"),
    ],
)
def test_bad_input_exits_with_2_and_writes_nothing(ours, tmp_path, capsys, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.err == f"memcurse: error: {message}\n"
    assert captured.out == ""
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("place", ["file", "file/below", "nul\0l"])
def test_a_folder_that_cannot_be_written_is_refused_before_any_work(ours, tmp_path, capsys, place):
    (tmp_path / "file").write_text("mine")
    ours("eq-7", body="raise SystemExit('worked')\n")
    assert main(["verify", "--out", str(tmp_path / place)]) == 2
    assert "--out must be a folder that can be written; got " in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["verfy"], "no command 'verfy' (did you mean verify?)"),
        (["prove"], "no command 'prove'"),
        (["verify", "--quik"], "unrecognized arguments: --quik (did you mean --quick?)"),
        (["list", "eq-7"], "unrecognized arguments: eq-7"),
        (["show"], "the following arguments are required: ID"),
        (["verify", "--quick", "--full"], "argument --full: not allowed with argument --quick"),
        (["verify", "--digits", "many"], "argument --digits: must be an integer from 15 on; got 'many'"),
        (["verify", "--digits", "14"], "argument --digits: must be an integer from 15 on; got 14"),
        (["verify", "--jobs", "0"], "argument --jobs: must be an integer from 1 on; got 0"),
        (["verify", "--seed", "-1"], "argument --seed: must be an integer from 0 on; got -1"),
        (
            ["verify", "--time-limit", "0"],
            "argument --time-limit: must be positive and finite, in seconds; got '0'",
        ),
        (["verify", "--time-limit", "nan"], "argument --time-limit: must be positive and finite, in seconds"),
    ],
)
def test_wrong_usage_exits_with_2_at_once_and_names_the_option(ours, capsys, monkeypatch, words, message):
    # What is wrong with the words is said before anything that computes is imported.
    monkeypatch.setitem(sys.modules, "memcurse.proofs_checks.running.runner", None)
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_progress_is_for_terminals(ours, tmp_path, capsys):
    assert main(["verify", "--out", str(tmp_path), "--jobs", "1"]) == 0
    assert capsys.readouterr().err == ""


def test_a_full_run_says_so(ours, tmp_path, capsys):
    body = """
def sized(setting):
    return Evidence([Exact("size", [setting.pick(1, 2, 3)], [3])])
"""
    ours("eq-9", body=body, check="sized")
    assert main(["verify", "eq-9", "--full", "--out", str(tmp_path), "--jobs", "1"]) == 0
    assert main(["verify", "eq-9", "--out", str(tmp_path), "--jobs", "1"]) == 1
    assert main(["verify", "eq-9", "--quick", "--out", str(tmp_path), "--jobs", "1"]) == 1
    assert "memcurse verify --quick --digits" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_options_and_ids(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for word in (*cli.COMMANDS, "--quick", "--target", "eq-7", "landscape", "fixed-pole"):
        assert word in script


def test_the_script_completes_in_bash(capsys, tmp_path):
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    asked = "COMP_WORDS=(memcurse verify eq-1); COMP_CWORD=2; _memcurse; echo ${COMPREPLY[@]}"
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("no bash")
    found = subprocess.run(
        [shell, "-c", f". {tmp_path / 'script'}; {asked}"], capture_output=True, text=True, check=True
    )
    assert "eq-12" in found.stdout.split()
    assert all(word.startswith("eq-1") for word in found.stdout.split())


def test_a_statement_that_cannot_be_read_is_named_and_hides_no_other(ours, tmp_path, capsys):
    ours("eq-8", uses="eq-7")
    assert main(["list"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("eq-7")
    assert "`uses` must be a tuple of texts" in printed.err
    assert main(["verify", "--out", str(tmp_path / "out")]) == 4
    assert not (tmp_path / "out").exists()


def test_interrupt(ours, tmp_path, capsys, monkeypatch):
    ours("eq-8")

    def stop(self, result):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_verify.Progress, "show", stop)
    assert main(["verify", "--out", str(tmp_path)]) == 130
    assert "interrupted after 1 statement: 1 certified" in capsys.readouterr().out
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["interrupted"]
    assert len(document["results"]) == 1


def test_a_run_is_taken_up_unless_told_otherwise(ours, tmp_path, capsys, monkeypatch):
    ours("eq-8")
    shown = cli_verify.Progress.show

    def stop(self, result, taken_up=False):
        shown(self, result, taken_up)
        if not taken_up:
            raise KeyboardInterrupt

    def lines(*words):
        code = main(["verify", "--out", str(tmp_path), "--jobs", "1", *words])
        return code, [
            line.split(";")[-1]
            for line in capsys.readouterr().out.splitlines()
            if "Title" in line or "Sol" in line
        ]

    monkeypatch.setattr(cli_verify.Progress, "show", stop)
    assert lines()[0] == 130
    code, ends = lines()
    assert (code, ends[0]) == (130, " taken up)")
    assert "the same command takes up" not in ends
    monkeypatch.setattr(cli_verify.Progress, "show", shown)
    code, ends = lines("--no-resume")
    assert code == 0
    assert " taken up)" not in ends
    assert lines("--resume")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_report_that_cannot_be_written_loses_nothing(ours, tmp_path, capsys, monkeypatch):
    from memcurse.proofs_checks.report.report import Report

    def full(self, folder):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Report, "write", full)
        assert main(["verify", "--out", str(tmp_path)]) == 4
    assert "the report could not be written ([Errno 28] No space left on device)" in capsys.readouterr().err
    assert main(["verify", "--out", str(tmp_path)]) == 0
    assert "taken up" in capsys.readouterr().out


def test_list_and_show(ours, capsys):
    ours("eq-12", uses=("eq-7",), claim=r"\sup_t \|H_t\| = \|\rho\|_{L^1}")
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "eq-7   5  derived  Solution of the state equation",
        "eq-12  5  derived  Title of eq-12",
    ]
    assert main(["list", "--json"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == ["eq-7", "eq-12"]
    assert main(["show", "eq-12"]) == 0
    shown = capsys.readouterr().out
    assert r"  \sup_t \|H_t\| = \|\rho\|_{L^1}" in shown
    assert "uses\n  eq-7" in shown
    assert "controls\n  one is two" in shown


def test_version_and_help(capsys):
    from memcurse import __version__

    for words, text in ((["--version"], f"memcurse {__version__}"), (["--help"], "exit codes:")):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
        assert text in capsys.readouterr().out


def test_every_registered_command_is_a_module_with_the_two_functions():
    import importlib

    for module, summary in cli.COMMANDS.values():
        command = importlib.import_module(f"memcurse.proofs_checks.commands.{module}")
        assert callable(command.configure)
        assert callable(command.run)
        assert summary
