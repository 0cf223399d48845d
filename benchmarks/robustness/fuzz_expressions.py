"""Random texts for `parse_target`: which exceptions come out, and which texts take the most calls.

Run ``python benchmarks/robustness/fuzz_expressions.py --texts 100000``. A text is either read or refused with a
`ValueError` that names the place or the reason; anything else is foreign and printed. The same seed draws the same
texts for any number of processes. Cost is counted in calls of Python functions, which no loaded machine moves, in
every tenth batch; a text that takes more than `LIMIT` seconds of CPU is given up, counted and printed.

With ``--store FILE`` every batch is a line of that file once it is done, and a later run with the same seed goes on
where an earlier one ended, however it ended. Progress is printed as batches come in. Every text goes through the
parser, the recognition and the proof of growth; with ``--losses N`` the kernels of every N-th batch are evaluated, too.

Three kinds of texts, by turns: trees of the grammar with numbers at its edges; texts of the first kind with tokens
taken out, doubled or replaced; and tokens in any order.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from joblib import Parallel, delayed

import memcurse as mc
from memcurse.theory.targets.tokens import TargetSyntaxError

BATCH = 500
#: CPU seconds for one text.
LIMIT = 20.0
#: Calls are counted in one batch of so many: counting takes half of the time.
COUNTED = 10
#: Seconds between two lines of progress.
EVERY = 10.0
FUNCTIONS = ("exp", "sin", "cos", "cosh", "sinh", "sqrt", "erf", "erfc", "log", "airyai")
NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "30",
    "64",
    "65",
    "100",
    "700",
    "0.1",
    "0.5",
    "1.13",
    "1e-9",
    "1e50",
    "1e51",
)
NUMBERS += ("3.14159265358979", "99999999999999999999", "2.5e-50")
TOKENS = (
    *FUNCTIONS,
    "besselj",
    "t",
    "t",
    "pi",
    "(",
    ")",
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "**",
    "^",
    ",",
    *NUMBERS,
)
TOKENS += ("I", "oo", "x", "__import__", "'", "[", "]", ".", "1e999", "²", "\n")
#: Kernels that are admitted, so that random factors meet something that decays.
DECAYING = ("exp(-t)", "exp(-2*t)", "1/(1+t)^2", "exp(-(t-3)^2/2)", "airyai(t+1)", "exp(-sqrt(t))", "erfc(t)")


@dataclass
class Tally:
    """What came of a number of texts."""

    outcomes: Counter[str] = field(default_factory=Counter)
    foreign: list[tuple[str, str]] = field(default_factory=list)
    costs: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Tally:
        """The tally that `run` wrote."""
        return cls(
            Counter(record["outcomes"]),
            [(outcome, text) for outcome, text in record["foreign"]],
            [(int(calls), text) for calls, text in record["costs"]],
        )

    def add(self, other: Tally, keep: int) -> None:
        """Add another tally, keeping the dearest texts."""
        self.outcomes += other.outcomes
        self.foreign += other.foreign
        self.costs = sorted(self.costs + other.costs, reverse=True)[:keep]


def tree(rng: random.Random, depth: int) -> str:
    """A text of the grammar."""
    if depth == 0 or rng.random() < 0.1:
        return rng.choice(("t", "t", "t", "pi", *NUMBERS))
    kind = rng.random()
    left = tree(rng, depth - 1)
    if kind < 0.3:
        return f"{left}{rng.choice('+-')}{tree(rng, depth - 1)}"
    if kind < 0.55:
        return f"({left}){rng.choice('*/')}({tree(rng, depth - 1)})"
    if kind < 0.68:
        exponent = rng.choice((*NUMBERS, "(1/2)", "(-3/2)", "(-1)", tree(rng, 1)))
        return f"({left}){rng.choice(('**', '^'))}{exponent}"
    if kind < 0.72:
        return f"besselj({rng.choice(('0', '1', '2', '100', '101', 't'))}, {left})"
    if kind < 0.76:
        return f"-({left})"
    return f"{rng.choice(FUNCTIONS)}({left})"


def text_of(rng: random.Random) -> str:
    """One random text."""
    kind = rng.randrange(4)
    if kind == 0:
        return tree(rng, rng.randint(1, 6))
    decaying = f"{rng.choice(DECAYING)}*({tree(rng, rng.randint(1, 4))})"
    if kind == 1:
        return decaying if rng.random() < 0.7 else f"{decaying} + {rng.choice(DECAYING)}"
    if kind == 2:
        parts = list(decaying)
        for _ in range(rng.randint(1, 3)):
            i = rng.randrange(len(parts))
            parts[i : i + rng.randint(0, 2)] = [rng.choice(TOKENS)] * rng.randint(0, 2)
            parts = parts or ["t"]
        return "".join(parts)
    return "".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 30)))


class TooLongError(BaseException):
    """A text took more than its share of CPU; no `except Exception` on the way keeps it."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End what runs inside after so much CPU time, where the system has such an alarm."""
    if not hasattr(signal, "SIGVTALRM"):
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def outcome_of(text: str, losses: bool) -> str:
    """What became of a text: one of the outcomes that are meant to be, or the name of a foreign exception."""
    try:
        target = mc.parse_target(text)
    except TargetSyntaxError:
        return "refused: grammar or size"
    except ValueError as error:
        return "refused: not admissible" if str(error).startswith("`text` must") else f"ValueError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if losses:
        try:
            mc.Objective(target).loss(["1/2"], ["3/2"], digits=15)
        except (ArithmeticError, ValueError) as error:
            return (
                "read, loss refused"
                if str(error).startswith("`")
                else f"loss {type(error).__name__}: {error}"
            )
        except Exception as error:
            return f"loss {type(error).__name__}: {error}"
    return "read"


def batch(seed: int, number: int, losses: bool, keep: int) -> Tally:
    """One batch of texts; the order of batches does not matter."""
    rng = random.Random(f"{seed}:{number}")
    tally = Tally()
    counted = number % COUNTED == 0
    for _ in range(BATCH):
        text = text_of(rng)
        profile = cProfile.Profile(subcalls=False, builtins=False)
        if counted:
            profile.enable()
        try:
            with limited(LIMIT):
                outcome = outcome_of(text, losses)
        except TooLongError:
            outcome = f"more than {LIMIT:g} CPU-s"
        if counted:
            profile.disable()
        calls = sum(entry.callcount for entry in profile.getstats())
        meant = outcome.startswith(("read", "refused"))
        tally.outcomes[outcome if meant else "foreign"] += 1
        if not meant:
            tally.foreign.append((outcome, text))
        if counted:
            tally.costs.append((calls, text))
    tally.costs = sorted(tally.costs, reverse=True)[:keep]
    return tally


def stored(path: Path | None, seed: int) -> dict[tuple[int, bool], Tally]:
    """The batches of this seed that a file holds; a last line that was cut off is left out."""
    found: dict[tuple[int, bool], Tally] = {}
    if path is None or not path.exists():
        return found
    for line in path.read_text().splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            record = json.loads(line)
            if record["seed"] == seed:
                found[record["batch"], record["losses"]] = Tally.from_record(record)
    return found


def run(
    tasks: list[tuple[int, bool]], seed: int, jobs: int, keep: int, path: Path | None
) -> Iterator[tuple[tuple[int, bool], Tally]]:
    """The batches that the file lacks, each written to it as it comes."""
    done = stored(path, seed)
    yield from ((task, done[task]) for task in tasks if task in done)
    missing = [task for task in tasks if task not in done]
    calls = (delayed(batch)(seed, number, losses, keep) for number, losses in missing)
    started = shown = time.monotonic()
    tallies = Parallel(n_jobs=jobs, return_as="generator")(calls)
    for count, ((number, losses), tally) in enumerate(zip(missing, tallies, strict=True), 1):
        if path is not None:
            record = {"seed": seed, "batch": number, "losses": losses} | vars(tally)
            with path.open("a") as file:
                file.write(json.dumps(record) + "\n")
        yield (number, losses), tally
        now = time.monotonic()
        if now - shown > EVERY:
            shown = now
            left = (now - started) / count * (len(missing) - count)
            print(f"{count} of {len(missing)} batches of {BATCH}, about {left:.0f} s left", flush=True)


def arguments_of() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=10_000, help="rounded up to batches of 500")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first batch")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--store", type=Path, help="a file of finished batches, to go on where a run ended")
    parser.add_argument("--losses", type=int, default=0, metavar="N", help="losses in every N-th batch")
    parser.add_argument("--keep", type=int, default=10, help="how many of the dearest texts to show")
    return parser.parse_args()


def main() -> None:
    """Draw, read, count."""
    asked = arguments_of()
    numbers = range(asked.first, asked.first + -(-asked.texts // BATCH))
    tasks = [(n, asked.losses > 0 and n % asked.losses == 0) for n in numbers]
    total, evaluated = Tally(), 0
    for (_, losses), tally in run(tasks, asked.seed, asked.jobs, asked.keep, asked.store):
        total.add(tally, asked.keep)
        evaluated += losses * tally.outcomes.total()
        for outcome, text in tally.foreign:
            print(f"FOREIGN {outcome[:300]}\n  {text!r}", flush=True)
    print(f"{total.outcomes.total()} texts, {evaluated} of them with losses, seed {asked.seed}")
    for name, count in total.outcomes.most_common():
        print(f"  {count:8d}  {name}")
    print(f"{len(total.foreign)} foreign exceptions; calls of the dearest texts, of every {COUNTED}th batch:")
    for count, text in total.costs:
        print(f"  {count:10d}  {text[:150]}")


if __name__ == "__main__":
    main()
