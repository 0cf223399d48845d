"""Random texts for `parse_target`: which exceptions come out, and which texts take the most calls.

Run ``python benchmarks/fuzz_expressions.py --texts 100000``. A text is either read or refused with a `ValueError` that
names the place or the reason; anything else is foreign and printed. The same seed draws the same texts for any number
of processes. Cost is counted in calls of Python functions, which no loaded machine moves.

Three kinds of texts, by turns: trees of the grammar with numbers at its edges; texts of the first kind with tokens
taken out, doubled or replaced; and tokens in any order.
"""

from __future__ import annotations

import argparse
import cProfile
import random
from collections import Counter
from dataclasses import dataclass, field

from joblib import Parallel, delayed

import memcurse as mc
from memcurse.theory.targets.tokens import TargetSyntaxError

BATCH = 500
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
    for _ in range(BATCH):
        text = text_of(rng)
        profile = cProfile.Profile(subcalls=False, builtins=False)
        profile.enable()
        outcome = outcome_of(text, losses)
        profile.disable()
        calls = sum(entry.callcount for entry in profile.getstats())
        meant = outcome.startswith(("read", "refused"))
        tally.outcomes[outcome if meant else "foreign"] += 1
        if not meant:
            tally.foreign.append((outcome, text))
        tally.costs.append((calls, text))
    tally.costs = sorted(tally.costs, reverse=True)[:keep]
    return tally


def main() -> None:
    """Draw, read, count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=10_000, help="rounded up to batches of 500")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first batch, to go on where a run ended"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--losses", action="store_true", help="evaluate the loss of every kernel that is read"
    )
    parser.add_argument("--keep", type=int, default=10, help="how many of the dearest texts to show")
    arguments = parser.parse_args()
    numbers = range(arguments.first, arguments.first + -(-arguments.texts // BATCH))
    calls = (delayed(batch)(arguments.seed, n, arguments.losses, arguments.keep) for n in numbers)
    total = Tally()
    for tally in Parallel(n_jobs=arguments.jobs, return_as="generator")(calls):
        total.add(tally, arguments.keep)
        for outcome, text in tally.foreign:
            print(f"FOREIGN {outcome[:300]}\n  {text!r}", flush=True)
    print(f"{total.outcomes.total()} texts, seed {arguments.seed}, batches from {arguments.first}")
    for name, count in total.outcomes.most_common():
        print(f"  {count:8d}  {name}")
    print(f"{len(total.foreign)} foreign exceptions; calls of the dearest texts:")
    for count, text in total.costs:
        print(f"  {count:10d}  {text[:150]}")


if __name__ == "__main__":
    main()
