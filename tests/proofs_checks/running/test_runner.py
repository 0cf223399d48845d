"""The runner gives the same results however it is run, and survives whatever a check does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import flint
import mpmath
import pytest

from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.proofs_checks.running.runner import plan, statements, verify

RANDOM = """
def draws(setting):
    value = random.Random(setting.seed_for("eq")).getrandbits(40)
    number = setting.pick(9, 3)
    found = [Exact("drawn", [value] * number, [value] * number)]
    return Evidence(found, instances=number, digits=setting.digits, data={"value": value},
                    table=Table(("value",), ((value,),)))
"""
PRECISION = """
def leak(setting):
    found = (flint.ctx.prec, mpmath.mp.prec)
    flint.ctx.prec = mpmath.mp.prec = 777
    return Evidence([Exact("precisions", list(found), [53, 53])])
"""


def stripped(report):
    """The JSON without the times."""
    document = json.loads(report.to_json())
    document.pop("elapsed_s")
    for result in document["results"]:
        result.pop("elapsed_s")
    return document


def test_a_statement_that_holds(write):
    report = verify(folder=write("eq-18", body=RANDOM, check="draws"))
    (result,) = report.results
    assert (result.status, result.verdict, result.instances, result.digits) == (
        "holds",
        Verdict.CERTIFIED,
        9,
        50,
    )
    assert [(c.name, c.verdict) for c in result.controls] == [("one is two", Verdict.REFUTED)]
    assert result.method == "exact arithmetic"
    assert (report.exit_code(), report.exit_code(strict=True)) == (0, 0)


def test_settings_reach_the_check(write):
    folder = write("eq-18", body=RANDOM, check="draws")
    details = {seed: verify(folder=folder, seed=seed).results[0].csv for seed in (0, 1)}
    assert details[0] != details[1]
    quick = verify(folder=folder, quick=True, digits=20).results[0]
    assert (quick.instances, quick.digits) == (3, 20)


def test_results_do_not_depend_on_jobs_or_selection(write):
    for i in (3, 1, 2):
        folder = write(f"eq-{i}", body=RANDOM, check="draws")
    one = verify(folder=folder)
    assert [result.id for result in one.results] == ["eq-1", "eq-2", "eq-3"]
    assert stripped(verify(folder=folder, jobs=2)) == stripped(one)
    alone = verify(["eq-2"], folder=folder)
    assert stripped(alone)["results"] == [stripped(one)["results"][1]]


def test_a_control_that_survives_breaks_the_statement(write):
    report = verify(folder=write("eq-18", control="equal"))
    assert report.results[0].status == "broken"
    assert report.results[0].verdict is Verdict.UNDECIDED
    assert report.results[0].message == "control survived: one is two"
    assert report.exit_code() == 1


def test_refuted_and_undecided_exit_codes(write):
    folder = write("eq-1", check="refuted")
    assert verify(folder=folder).exit_code() == 1
    body = (
        "def open_question(setting):\n    return Evidence([BallEquality('e', flint.arb(1), flint.arb(1))])\n"
    )
    write("eq-2", body=body, check="open_question")
    report = verify(["eq-2"], folder=folder)
    assert (report.exit_code(), report.exit_code(strict=True)) == (0, 3)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def bad(setting):\n    return 1 / 0\n", "ZeroDivisionError: division by zero [eq_1.py:"),
        ("def bad(setting):\n    return 3\n", "`check` must return Evidence; got int"),
        ("def bad(setting):\n    return Evidence([])\n", "`findings` must not be empty"),
        (
            "def bad(setting):\n    return Evidence([Exact('a', 1, 1)], instances=0)\n",
            "`instances` must be at least 1",
        ),
        (
            "def bad(setting):\n    return Evidence([Exact('a', 1, 1)], instances=10**9)\n",
            "`instances` must be at most the 1 that the findings hold; got 1000000000",
        ),
        ("def bad(setting):\n    raise SystemExit(3)\n", "SystemExit: 3"),
        (
            "class Mine:\n    name = method = detail = 'x'\n    verdict = 5\n"
            "def bad(setting):\n    return Evidence([Mine()])\n",
            "`findings` must hold findings of",
        ),
        ("def bad(setting):\n    raise SystemError('x')\n", "SystemError: x"),
        (
            "def bad(setting):\n    table = Table(('v',), ((float('nan'),),))\n"
            "    return Evidence([Exact('a', 1, 1)], table=table)\n",
            "`rows` must hold finite numbers; got nan in row 0",
        ),
    ],
)
def test_an_error_is_contained(write, body, message):
    write("eq-1", body=body, check="bad")
    report = verify(folder=write("eq-2"))
    assert [result.status for result in report.results] == ["error", "holds"]
    assert message in report.results[0].message
    assert report.exit_code() == 4


def test_an_error_in_a_picture_keeps_the_verdict(write):
    report = verify(
        folder=write("eq-1", body="def draw(evidence, ax):\n    raise KeyError('x')\n", figure="draw")
    )
    (result,) = report.results
    assert (result.status, result.verdict) == ("error", Verdict.CERTIFIED)
    assert "while running the picture: KeyError" in result.message


def test_a_control_that_raises_leaves_no_verdict(write):
    body = "def bad(setting):\n    return 1 / 0\n"
    (result,) = verify(folder=write("eq-1", body=body, control="bad")).results
    assert (result.status, result.verdict) == ("error", Verdict.UNDECIDED)
    assert (
        json.loads(verify(folder=write("eq-1", control="equal")).to_json())["results"][0]["verdict"]
        == "UNDECIDED"
    )


def test_claim_and_code_are_reported_apart(write):
    body = (
        "import sympy\nX = sympy.Symbol('X')\ndef both(setting):\n"
        "    return Evidence([Identity('all', X + X, 2 * X), Exact('code', [1, 2], [1, 2], about='code')], 2)\n"
        "def wrong(setting):\n"
        "    return Evidence([Identity('all', X + X, 2 * X), Exact('code', [1, 2], [1, 3], about='code')], 2)\n"
    )
    write("eq-1", body=body, check="both")
    report = verify(folder=write("eq-2", body=body, check="wrong"))
    good, bad = report.results
    assert (good.status, good.verdict, good.scope.kind, good.code_verdict) == (
        "holds",
        Verdict.PROVED,
        "all",
        Verdict.CERTIFIED,
    )
    assert (bad.status, bad.verdict, bad.code_verdict) == ("refuted", Verdict.PROVED, Verdict.REFUTED)
    assert report.exit_code() == 1


def test_an_import_that_fails_is_contained(write):
    report = verify(folder=write("eq-1", body="import nothing_of_this_name\n"))
    assert "while running the import: ModuleNotFoundError" in report.results[0].message


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_time_limit_stops_a_check_that_swallows_exceptions(write, jobs):
    body = """
def forever(setting):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass
"""
    for i in (1, 2):
        folder = write(f"eq-{i}", body=body, check="forever")
    for slow in verify(folder=folder, time_limit=0.3, jobs=jobs).results:
        assert (slow.status, slow.verdict) == ("undecided", Verdict.UNDECIDED)
        # On a slow machine it may pass before the check is reached.
        assert slow.message.startswith("the time limit of 0.3 s passed while running the ")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    (after,) = verify(["eq-3"], folder=write("eq-3"), jobs=jobs).results
    assert after.status == "holds"


def test_a_time_limit_in_a_control_leaves_no_verdict_but_keeps_a_counterexample(write):
    # What the alarm does when it rings there.
    body = (
        "from memcurse.proofs_checks.running.signals import TimeUpError\n"
        "def forever(setting):\n    raise TimeUpError\n"
    )
    write("eq-1", body=body, control="forever")
    folder = write("eq-2", body=body, control="forever", check="refuted")
    held, failed = verify(folder=folder).results
    assert (held.status, held.verdict) == ("undecided", Verdict.UNDECIDED)
    assert "while running the control 'one is two'" in held.message
    assert (failed.status, failed.verdict) == ("refuted", Verdict.REFUTED)


def test_global_precisions_do_not_leak(write):
    write("eq-1", body=PRECISION, check="leak", control="leak")
    folder = write("eq-2", body=PRECISION, check="leak")
    with mpmath.workprec(111), flint.ctx.workprec(99):
        report = verify(folder=folder)
        assert (mpmath.mp.prec, flint.ctx.prec) == (111, 99)
    assert [result.verdict for result in report.results] == [Verdict.UNDECIDED, Verdict.CERTIFIED]
    assert [result.evidence[0].verdict for result in report.results] == [Verdict.CERTIFIED] * 2
    assert report.results[0].status == "broken"


def test_a_process_that_dies_leaves_an_error(write):
    write("eq-1", body="import os\ndef die(setting):\n    os._exit(3)\n", check="die")
    report = verify(folder=write("eq-2"), jobs=2)
    assert len(report.results) == 2
    assert report.results[0].status == "error"
    assert "a worker process died" in report.results[0].message
    assert report.exit_code() == 4


def test_a_process_that_dies_while_calls_are_handed_out(write, monkeypatch):
    from concurrent.futures.process import BrokenProcessPool

    import joblib

    def broken(parallel, calls):
        raise BrokenProcessPool("a process died before the last call was handed out")

    monkeypatch.setattr(joblib.Parallel, "__call__", broken)
    write("eq-1")
    report = verify(folder=write("eq-2"), jobs=2)
    assert [result.status for result in report.results] == ["error", "error"]
    assert report.exit_code() == 4


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupt_keeps_what_is_finished(write, jobs):
    for i in range(1, 5):
        folder = write(f"eq-{i}")

    def stop(result):
        raise KeyboardInterrupt

    report = verify(folder=folder, jobs=jobs, progress=stop)
    assert report.interrupted
    assert len(report.results) == 1
    assert report.exit_code() == 130


@pytest.mark.slow
def test_control_c_from_outside(write, tmp_path):
    write("eq-1")
    body = "def slow(setting):\n    time.sleep(60)\n    return equal(setting)\n"
    write("eq-2", body=body, check="slow")
    folder = write("eq-3", body=body, check="slow")
    code = (
        "import signal, sys, pathlib\n"
        # Where the tests run in the background of a shell, interrupts are ignored from the start.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from memcurse.proofs_checks.running.runner import verify\n"
        "show = lambda result: print(result.id, flush=True)\n"
        f"report = verify(folder=pathlib.Path({str(folder)!r}), jobs=2, progress=show)\n"
        "print(len(report.results), report.interrupted)\n"
        "sys.exit(report.exit_code())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    if process.stdout is None:
        pytest.fail("no output")
    assert process.stdout.readline() == "eq-1\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate()[0] == "1 True\n"
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"digits": 14}, ValueError, "`digits` must be at least 15; got 14"),
        ({"digits": 50.0}, TypeError, "`digits` must be an integer; got 50.0"),
        ({"digits": True}, TypeError, "`digits` must be an integer; got True"),
        ({"jobs": 0}, ValueError, "`jobs` must be at least 1; got 0"),
        ({"seed": -1}, ValueError, "`seed` must be at least 0; got -1"),
        ({"seed": "1"}, TypeError, "`seed` must be an integer; got '1'"),
        ({"time_limit": 0}, ValueError, "`time_limit` must be positive and finite; got 0"),
        ({"time_limit": float("nan")}, ValueError, "`time_limit` must be positive and finite; got nan"),
        ({"time_limit": float("inf")}, ValueError, "`time_limit` must be positive and finite; got inf"),
        ({"time_limit": "1"}, TypeError, "`time_limit` must be a number of seconds; got '1'"),
        ({"ids": ["eq-99"]}, ValueError, "`ids` must name known statements; got 'eq-99'"),
        ({"ids": []}, ValueError, "`ids` must not be empty"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(write, arguments, error, message):
    folder = write("eq-1", body="raise SystemExit('worked')\n")
    with pytest.raises(error) as caught:
        verify(folder=folder, **arguments)
    assert message in str(caught.value)


def test_statements_are_cards_in_order():
    found = statements()
    assert [card.id for card in found] == [card.id for card in plan().cards]


def test_a_folder_without_statements_is_refused_by_its_name(tmp_path):
    (tmp_path / "other.py").write_text("STATEMENT = 3\n")
    with pytest.raises(ValueError, match=r"`folder` must hold files with .* without any"):
        verify(folder=tmp_path)
