"""What becomes of a run of `memcurse verify` when its surroundings fail: a table of faults and outcomes.

Run ``python benchmarks/robustness/faults.py``. Every fault is brought about for real, with signals, limits and, where
the rights suffice, small file systems of their own; then the same command is run again without the fault, and must
take up what was kept and end with a whole report. No time is looked at: each step waits for a line of output or the
end of a pipe.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STATEMENT = """
import os, time
import memcurse as mc
from memcurse.proofs_checks.evidence.findings import Exact

def check(setting):
    if {number} == 2 and os.path.exists({pipe!r}):
        alive = open({pipe!r}, "w")
        {trouble}
    return mc.Evidence([Exact("one is one", 1, 1)])

STATEMENT = mc.Statement(
    id="s-{number}", title="Statement {number}", section="1", claim="1 = 1", hypotheses=("none",), uses=(),
    provenance=mc.Provenance.OURS, check=check,
    controls=(mc.Control("one is two", lambda setting: mc.Evidence([Exact("one is two", 1, 2)])),),
)
"""
WAIT = "time.sleep(3600)"
#: Fills the file system of the folder, and leaves it full.
FILL = """
        with open({filler!r}, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass"""
#: Seconds after which a step counts as hanging.
GUARD = 600.0


@dataclass(frozen=True)
class Scene:
    """A folder of three statements, the pipe that the second one opens, and the report's folder."""

    folder: Path
    pipe: Path
    out: Path

    def command(self, jobs: int = 2) -> list[str]:
        """The command that is tried."""
        words = [
            sys.executable,
            "-m",
            "memcurse",
            "verify",
            "--folder",
            str(self.folder),
            "--out",
            str(self.out),
        ]
        return [*words, "--jobs", str(jobs)]


@contextmanager
def scene(trouble: str = WAIT, out: Path | None = None) -> Iterator[Scene]:
    """A new scene; `trouble` happens in the second statement while the pipe is there."""
    with tempfile.TemporaryDirectory() as root:
        made = Scene(Path(root) / "statements", Path(root) / "pipe", out or Path(root) / "out")
        made.folder.mkdir()
        os.mkfifo(made.pipe)
        for number in (1, 2, 3):
            text = STATEMENT.format(number=number, pipe=str(made.pipe), trouble=trouble)
            (made.folder / f"s{number}.py").write_text(text)
        yield made


def again(tried: Scene) -> str:
    """What a second run does when nothing is in the way any more."""
    tried.pipe.unlink(missing_ok=True)
    done = subprocess.run(tried.command(), capture_output=True, text=True, timeout=GUARD)
    if done.returncode != 0:
        return f"FAILED: exit {done.returncode}: {done.stderr.strip()[-200:]}"
    whole = len(json.loads((tried.out / "report.json").read_text())["results"]) == 3
    left = sorted(x.name for x in tried.out.iterdir() if x.name.startswith("."))
    kept = done.stdout.count("taken up")
    return f"{'whole report' if whole and not left else 'FAILED'}, {kept} taken up{' ' + str(left) if left else ''}"


def signalled(number: int, jobs: int) -> tuple[str, str]:
    """A signal while the second statement is being checked."""
    with scene() as tried:
        process = subprocess.Popen(
            tried.command(jobs),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        if process.stdout is None or "s-1" not in process.stdout.readline():
            return "FAILED: no first result", ""
        with open(tried.pipe) as pipe:
            process.send_signal(number)
            process.communicate(timeout=GUARD)
            ended = bool(select.select([pipe], [], [], GUARD)[0]) and pipe.read() == ""
        report = "report" if (tried.out / "report.html").exists() else "no report"
        workers = "no worker left" if ended else "FAILED: a worker is left"
        return f"exit {process.returncode}, {report}, {workers}", again(tried)


def streams(redirection: str) -> tuple[str, str]:
    """A whole run whose streams are closed, full or not read."""
    with scene() as tried:
        tried.pipe.unlink()
        words = " ".join(map(str, tried.command()))
        done = subprocess.run(["bash", "-c", f"{words} {redirection}"], capture_output=True, timeout=GUARD)
        report = "report" if (tried.out / "report.html").exists() else "FAILED: no report"
        return f"exit {done.returncode}, {report}", ""


def refused(spoil: Callable[[Path], None], limit: int | None = None) -> tuple[str, str]:
    """An output folder that cannot do; nothing may have been checked."""
    with scene() as tried:
        tried.pipe.unlink()
        tried.out.parent.mkdir(exist_ok=True)
        spoil(tried.out)
        limits = resource.RLIMIT_FSIZE, (limit or resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        done = subprocess.run(
            tried.command(),
            capture_output=True,
            text=True,
            timeout=GUARD,
            preexec_fn=lambda: resource.setrlimit(*limits),
        )
        worked = "CERTIFIED" in done.stdout
        reason = done.stderr.strip().splitlines()[-1][-60:] if done.stderr else ""
        return f"exit {done.returncode}, {'FAILED: worked' if worked else 'before any work'}: {reason}", ""


def full_disk() -> tuple[str, str]:
    """A file system that is full when the second result comes; room is made before the second run."""
    with tempfile.TemporaryDirectory() as root:
        small = Path(root)
        if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", root], capture_output=True
        ).returncode:
            return "not tried: no right to mount", ""
        try:
            with scene(FILL.format(filler=str(small / "filler")), small / "out") as tried:
                with (
                    subprocess.Popen(
                        tried.command(1), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
                    ) as process,
                    open(tried.pipe),
                ):
                    _, said = process.communicate(timeout=GUARD)
                seen = process.returncode
                half = [x.name for x in tried.out.iterdir() if x.suffix and x.stat().st_size == 0]
                (small / "filler").unlink()
                reason = said.strip().splitlines()[-1][:110]
                return f"exit {seen}, half-written files: {len(half)}: {reason}", again(tried)
        finally:
            subprocess.run(["umount", root], check=False)


def read_only() -> tuple[str, str]:
    """A file system that may only be read."""
    with tempfile.TemporaryDirectory() as root:
        mounting = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", root]
        if subprocess.run(mounting, capture_output=True).returncode:
            return "not tried: no right to mount", ""
        try:
            return refused(lambda out: out.symlink_to(root))
        finally:
            subprocess.run(["umount", root], check=False)


def corrupt_store() -> tuple[str, str]:
    """A kept result that was cut in two, and one of another verdict."""
    with scene() as tried:
        process = subprocess.Popen(
            tried.command(1),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        if process.stdout is None or "s-1" not in process.stdout.readline():
            return "FAILED: no first result", ""
        with open(tried.pipe):
            process.kill()
        process.communicate()
        kept = tried.out / ".results" / "s-1.json"
        text = kept.read_text()
        kept.write_text(text[: len(text) // 2])
        first = again(tried)
        return "half of a file counts as missing", first


def corrupt_cache() -> tuple[str, str]:
    """Compiled code whose cache files were overwritten with noise."""
    with tempfile.TemporaryDirectory() as root:
        code = "import memcurse as mc; print(mc.Objective(mc.ExponentialSum([1], [1])).loss([2], [1]))"
        environment = os.environ | {"NUMBA_CACHE_DIR": root}

        def loss() -> str:
            done = subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True
            )
            return done.stdout.strip() or f"FAILED: {done.stderr[-200:]}"

        before = loss()
        files = [x for x in Path(root).rglob("*") if x.suffix == ".nbc"]
        for file in files:
            file.write_bytes(os.urandom(200))
        after = loss()
        return (
            f"{len(files)} files of noise: loss {before}, then {after}",
            "compiled anew" if after == before else "FAILED",
        )


def faults() -> Iterator[tuple[str, Callable[[], tuple[str, str]]]]:
    """Name of each fault, and what tries it."""
    for jobs in (1, 2):
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"):
            yield (
                f"{name}, {jobs} job(s)",
                lambda name=name, jobs=jobs: signalled(getattr(signal, name), jobs),
            )
    for redirection in (
        "| head -1; exit ${PIPESTATUS[0]}",
        ">&-",
        "2>&-",
        "<&- >&- 2>&-",
        ">/dev/full",
        "2>/dev/full",
    ):
        yield f"verify {redirection}", lambda redirection=redirection: streams(redirection)
    yield "full disk while running", full_disk
    yield "no room at the start", lambda: refused(lambda out: None, limit=100_000)
    yield "read-only file system", read_only
    yield "a file where the folder should be", lambda: refused(lambda out: out.write_text("") and None)
    yield "report.html is a folder", lambda: refused(lambda out: (out / "report.html").mkdir(parents=True))
    yield "s-2.csv is a folder", lambda: refused(lambda out: (out / "s-2.csv").mkdir(parents=True))
    yield "kept result cut in two", corrupt_store
    yield "compiler's cache damaged", corrupt_cache


def main() -> None:
    """Print the table."""
    if shutil.which("bash") is None:
        sys.exit("bash is needed")
    print("| fault | outcome | the same command again |\n|---|---|---|")
    for name, tried in faults():
        outcome, then = tried()
        print(f"| {name} | {outcome} | {then} |", flush=True)


if __name__ == "__main__":
    main()
