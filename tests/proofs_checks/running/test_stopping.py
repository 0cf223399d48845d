"""However a run is ended from outside: what is finished is reported or kept, and no worker goes on."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memcurse.proofs_checks.running.runner import verify
from memcurse.proofs_checks.running.signals import StopRequest, signal_of, stopping

#: A check that says by an open pipe that its process lives, and then waits for longer than anybody does.
WAITS = """
def waits(setting):
    alive = open({pipe!r}, "w")
    time.sleep(3600)
    return equal(setting)
"""
#: Seconds after which a test gives up that would hang otherwise.
GUARD = 300.0


@pytest.fixture
def started(tmp_path: Path, write: Any):  # type: ignore[no-untyped-def]
    """``started(jobs)``: a run that has finished eq-1 and waits in eq-2; with the read end of its worker's pipe."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    write("eq-1")
    folder = write("eq-2", body=WAITS.format(pipe=str(pipe)), check="waits")
    out = tmp_path / "out"
    processes, ends = [], []

    def start(jobs: int, *before: str) -> tuple[subprocess.Popen[str], Any, list[str]]:
        words = [sys.executable, "-m", "memcurse", "verify", "--folder", str(folder), "--out", str(out)]
        words += ["--jobs", str(jobs)]
        process = subprocess.Popen(
            [*before, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # What starts the tests (nohup, for one) may ignore what is sent here, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("CERTIFIED  eq-1")
        ends.append(open(pipe))  # noqa: SIM115 - waits until the worker has opened it
        return process, ends[-1], words

    yield start, folder, out
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()
    for end in ends:
        end.close()


def ended(pipe: Any) -> bool:
    """Whether the process at the other end of a pipe ends."""
    return bool(select.select([pipe], [], [], GUARD)[0]) and pipe.read() == ""


def documented(out: Path) -> tuple[bool, list[str]]:
    document = json.loads((out / "report.json").read_text())
    return document["interrupted"], [result["id"] for result in document["results"]]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_request_to_stop_ends_with_a_report(started: Any, jobs: int, name: str, code: int) -> None:
    start, folder, out = started
    process, pipe, _ = start(jobs)
    process.send_signal(getattr(signal, name))
    printed, _ = process.communicate(timeout=GUARD)
    assert process.returncode == code
    assert ended(pipe)
    assert "interrupted after 1 statement: 1 certified" in printed
    assert documented(out) == (True, ["eq-1"])
    taken_up = verified(folder, out, "eq-1")
    assert taken_up.stdout.startswith("CERTIFIED  eq-1       Title of eq-1  (1 instance; taken up)")


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_kill_leaves_no_worker_and_loses_no_result(started: Any, jobs: int) -> None:
    start, folder, out = started
    process, pipe, _ = start(jobs)
    process.kill()
    assert ended(pipe)
    assert not (out / "report.json").exists()
    assert "eq-1       Title of eq-1  (1 instance; taken up)" in verified(folder, out, "eq-1").stdout
    # A report holds it now.
    assert "taken up" not in verified(folder, out, "eq-1").stdout


@pytest.mark.slow
def test_a_worker_ends_without_the_help_of_linux() -> None:
    """The watch that every platform has, alone."""
    code = (
        "import os, time, sys\n"
        "sys.platform = 'darwin'\n"
        "from memcurse.numerics.sweeps.workers import follow_parent\n"
        "read, write = os.pipe()\n"
        "parent = os.getpid()\n"
        "if os.fork() == 0:\n"
        "    follow_parent(parent)\n"
        "    os.write(write, b'x')\n"
        "    time.sleep(3600)\n"
        "os.read(read, 1)\n"
        "os._exit(0)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    # The child holds the other end of the pipe: the output ends when it does.
    assert process.communicate(timeout=GUARD)[0] == b""


def verified(folder: Path, out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "memcurse",
        "verify",
        "--folder",
        str(folder),
        "--out",
        str(out),
        "--jobs",
        "1",
    ]
    return subprocess.run([*command, *words], capture_output=True, text=True, timeout=GUARD)


def test_only_the_first_request_counts() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(StopRequest) as caught, stopping():
        _stopped_twice()
    assert signal_of(caught.value) == signal.SIGTERM
    assert signal_of(KeyboardInterrupt()) == signal.SIGINT
    assert signal.getsignal(signal.SIGTERM) is before


def _stopped_twice() -> None:
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.raise_signal(signal.SIGTERM)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


LOST = {
    "in compiled code": """
def stops(setting):
    flint.acb.integral(lambda x, analytic: [signal.raise_signal({number}), x][1], 0, 1)
    return equal(setting)
""",
    "swallowed": """
def stops(setting):
    try:
        signal.raise_signal({number})
    except BaseException:
        pass
    return equal(setting)
""",
}


@pytest.mark.parametrize("way", LOST)
def test_a_request_that_compiled_code_swallows_still_counts(write: Any, way: str) -> None:
    number = int(signal.SIGTERM)
    write("eq-1")
    write("eq-2", body="import signal\n" + LOST[way].format(number=number), check="stops")
    folder = write("eq-3")
    with stopping():
        report = verify(folder=folder)
    assert (report.interrupted, report.exit_code()) == (True, 143)
    assert [result.id for result in report.results] == ["eq-1"]
    # The next run knows nothing of it.
    assert verify(["eq-1"], folder=folder).exit_code() == 0


def test_an_interrupt_and_the_end_of_the_time_pass_through_compiled_code(write: Any) -> None:
    body = "import signal\n" + LOST["in compiled code"].format(number=int(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        report = verify(folder=write("eq-1", body=body, check="stops"))
    finally:
        signal.signal(signal.SIGINT, before)
    assert report.exit_code() == 130
    body = "import signal\n" + LOST["in compiled code"].format(number=int(signal.SIGALRM))
    (result,) = verify(["eq-2"], folder=write("eq-2", body=body, check="stops")).results
    assert result.message == "the time limit of 600 s passed while running the check"
    assert result.status == "undecided"


@pytest.mark.slow
def test_a_second_run_in_the_same_folder_is_refused_by_name_while_the_first_goes_on(started: Any) -> None:
    start, _, out = started
    process, pipe, words = start(1)
    second = subprocess.run(words, capture_output=True, text=True, timeout=GUARD)
    assert second.returncode == 2
    assert "must be a folder that no other run is writing to" in second.stderr
    assert str(out) in second.stderr
    assert second.stdout == ""
    # The first is as it was: it still waits, and what it has kept is still there.
    assert process.poll() is None
    assert (out / ".results" / "eq-1.json").exists()
    # Another folder is another run's own, and a kill frees the first.
    elsewhere = [*words[:-4], "--out", str(out.with_name("other")), "--jobs", "1", "eq-1"]
    assert subprocess.run(elsewhere, capture_output=True, timeout=GUARD).returncode == 0
    process.kill()
    process.wait()
    assert ended(pipe)
    again = subprocess.run([*words, "eq-1"], capture_output=True, text=True, timeout=GUARD)
    assert again.returncode == 0
    assert documented(out) == (False, ["eq-1"])
