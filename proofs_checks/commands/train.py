"""``memcurse train``: train a network on a kernel or a system, and say how long its loss stood still."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import (
    Files,
    add_out,
    add_single_files,
    require_places,
    write_files,
)
from memcurse.proofs_checks.commands.console.numbers import integer
from memcurse.proofs_checks.commands.console.usage import UsageError, reported_as_usage
from memcurse.proofs_checks.evidence.statement import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.networks.training.run import TrainingRun

EXIT_UNDECIDED: Final = 3
EXIT_INTERRUPTED: Final = 130
#: What the library calls otherwise.
FLAGS: Final = {"activation": "--network", "site": "--lorenz96"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        "Trains h_{k+1} = h_k + dt phi(W h_k + U x_k), y = c^T h, from a random start. Linear networks follow their "
        "expected loss for white noise, others sampled paths. The loss shown is that on paths held out."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--target", action="append", metavar="EXPR", help="kernel in t; once for each input of the network"
    )
    source.add_argument(
        "--lorenz96", type=integer(0), metavar="SITE", help="a site of Lorenz' system of 1996, driven at 0"
    )
    parser.add_argument("--network", default="linear", metavar="PHI", help="linear (default), tanh or relu")
    parser.add_argument("--units", type=integer(1), default=16, metavar="M", help="hidden units (default 16)")
    parser.add_argument(
        "--method",
        default="gd",
        metavar="NAME",
        help="gd (default), heavy-ball, nesterov, adam, rmsprop, ...",
    )
    parser.add_argument("--rate", type=float, metavar="X", help="step size (default: the method's own)")
    parser.add_argument("--steps", type=integer(1), default=10_000, metavar="N", help="steps (default 10000)")
    parser.add_argument(
        "--stop", metavar="X", help="end when the loss is X; 5%% is a share of that of silence"
    )
    parser.add_argument(
        "--horizon", type=float, default=6.4, metavar="T", help="length of the paths (default 6.4)"
    )
    parser.add_argument("--step", type=float, default=0.1, metavar="DT", help="time step (default 0.1)")
    parser.add_argument("--paths", metavar="P", help="exact (default where it can be), fresh or fixed")
    parser.add_argument(
        "--batch", type=integer(1), default=64, metavar="B", help="paths in a step (default 64)"
    )
    parser.add_argument("--seed", type=integer(0), default=0, metavar="N", help="seed (default 0)")
    add_out(parser, "train.json with the parameters, train.csv with the losses, and a picture")
    add_single_files(parser, "the losses")
    parser.add_argument(
        "--json", action="store_true", help="print JSON, with the parameters, instead of a table"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, print, and write what was asked for; 3 if it diverged or did not reach `stop`."""
    require_places(arguments, ("train",), ("train",), ("train",))
    with reported_as_usage(), warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always", UserWarning)
        found = _trained(arguments)
    for note in notes:
        print(f"memcurse: note: {note.message}", file=sys.stderr)
    record = found.to_dict()
    print(json.dumps(record, indent=2) if arguments.json else text(found))
    pictures = {"train": lambda ax: draw(found, ax)}
    write_files(arguments, Files({"train": record}, {"train": losses_table(found)}, pictures))
    if found.status == "interrupted":
        return EXIT_INTERRUPTED
    missed = found.status == "diverged" or (arguments.stop is not None and found.status != "reached")
    return EXIT_UNDECIDED if missed else 0


def _trained(arguments: argparse.Namespace) -> TrainingRun:
    from memcurse.numerics.networks.training.train import train

    task = _task(arguments)
    options = {
        name: getattr(arguments, name) for name in ("rate", "units", "steps", "paths", "batch", "seed")
    }
    return train(
        arguments.network,
        task,
        arguments.method,
        stop=_stop(arguments.stop, task.norm),
        progress=sys.stderr.isatty(),
        **options,
    )


def _task(arguments: argparse.Namespace) -> Any:
    from memcurse.numerics.networks.training.lorenz96 import Lorenz96
    from memcurse.numerics.networks.training.tasks import KernelTask
    from memcurse.theory.targets.recognition import parse_target

    if arguments.target is None:
        # The constructor of a kernel's task rounds the horizon in the same way.
        steps = round(arguments.horizon / arguments.step) if arguments.step > 0 else 0
        return Lorenz96().task(arguments.lorenz96, steps=steps, step=arguments.step, seed=arguments.seed)
    return KernelTask([parse_target(words) for words in arguments.target], arguments.horizon, arguments.step)


def _stop(words: str | None, norm: float) -> float | None:
    if words is None:
        return None
    try:
        return float(words[:-1]) / 100 * norm if words.endswith("%") else float(words)
    except ValueError:
        raise UsageError(f"`stop` must be a number or a share such as 5%; got {words}") from None


def text(found: TrainingRun) -> str:
    """What became of the run, one line each."""
    from memcurse.numerics.networks.training.run import STATUSES

    relative, plateau = found.relative_loss, found.plateau
    if plateau is None:
        stood = "none"
    else:
        bound = "" if plateau.left else "at least "
        stood = (
            f"{bound}{plateau.length} steps, from {plateau.start} to {plateau.end}, "
            f"at {plateau.level / found.norm:.4g} of the loss of silence"
        )
    paths = found.paths if found.paths == "sequences" else f"{found.paths} paths"
    rows = [
        ("status", f"{found.status}: {STATUSES[found.status]}"),
        ("network", f"{found.network!r}"),
        ("method", f"{found.method}, rate {found.rate:g}, {paths}, seed {found.seed}"),
        ("steps", str(found.steps)),
        ("loss", f"{found.loss[0]:.6g} -> {found.loss[-1]:.6g}"),
        ("relative to silence", f"{relative[0]:.6g} -> {relative[-1]:.6g}"),
        ("plateau", stood),
        ("norm beyond the horizon", f"{100 * found.lost_share:.3g} %"),
    ]
    return "\n".join(f"{name.ljust(25)}{value}" for name, value in rows)


def losses_table(found: TrainingRun) -> Table:
    """Step, loss and relative loss, one row a record."""
    rows = zip(found.at.tolist(), found.loss.tolist(), found.relative_loss.tolist(), strict=True)
    return Table(("step", "loss", "relative loss"), tuple(rows))


def draw(found: TrainingRun, ax: Axes) -> None:
    """The loss against steps, with its plateau."""
    from memcurse.numerics.plots.training import plot_training

    plot_training(found, ax=ax)
