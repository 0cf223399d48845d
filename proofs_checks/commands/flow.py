"""``memcurse flow``: follow the gradient flow from a start until it leaves its plateau."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import (
    Files,
    add_out,
    add_single_files,
    require_places,
    write_files,
)
from memcurse.proofs_checks.commands.console.numbers import integer
from memcurse.proofs_checks.commands.console.usage import reported_as_usage
from memcurse.proofs_checks.evidence.statement import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.flow.run import FlowRun

EXIT_UNDECIDED: Final = 3
FLAGS: Final = {
    "a0": "--start-a", "w0": "--start-w", "a": "--start-a", "w": "--start-w", "drop": "--drop",
    "fraction": "--drop", "distance": "--displacement",
}  # fmt: skip
#: Names of `tableaus.choice.METHODS`, and metrics: two of their own, then the named functions of `Reparametrised`.
METHODS: Final = ("auto", "radau", "rosenbrock", "stabilised")
METRICS: Final = ("euclidean", "natural", "exp", "softplus", "square")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--target", required=True, metavar="EXPR", help="kernel in t, such as 'exp(-t)+exp(-(t-10)^2/2)'"
    )
    parser.add_argument(
        "--start-a",
        required=True,
        metavar="A,A,...",
        help="amplitudes at the start; write --start-a=-1,2 if the first is negative",
    )
    parser.add_argument("--start-w", required=True, metavar="W,W,...", help="rates at the start, positive")
    add_events(parser, required=True)
    parser.add_argument("--until", default="1e100", metavar="TIME", help="time limit (default 1e100)")
    parser.add_argument("--rtol", default="1e-8", metavar="X", help="relative accuracy (default 1e-8)")
    parser.add_argument(
        "--digits",
        type=integer(15),
        metavar="N",
        help="decimal digits to carry, from 15 (default: as needed)",
    )
    parser.add_argument("--method", choices=METHODS, default="auto", help="integrator (default auto)")
    parser.add_argument(
        "--metric",
        choices=METRICS,
        default="euclidean",
        help="what the gradient is taken in: natural, or rates as a function w = f(v) (default euclidean)",
    )
    parser.add_argument(
        "--damping", default="0", metavar="X", help="added to the diagonal of the natural metric (default 0)"
    )
    parser.add_argument(
        "--certify", action="store_true", help="prove status and time: an interval that holds the time"
    )
    add_out(parser, "flow.json, flow.csv with every step, and a picture of loss, rates and amplitudes")
    add_single_files(parser, "every step")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_events(parser: argparse.ArgumentParser, required: bool) -> None:
    """The two events that end a flow, of which one may be given."""
    events = parser.add_mutually_exclusive_group(required=required)
    events.add_argument(
        "--drop", metavar="X", help="stop when the loss has dropped by X; 5%% is a share of it"
    )
    events.add_argument("--displacement", metavar="X", help="stop X away from the start (Euclidean distance)")


def event_of(arguments: argparse.Namespace) -> Any:
    """The event asked for; None without one."""
    from memcurse.numerics.flow.events import Displacement, LossDrop
    from memcurse.theory.exact import exact_number

    if arguments.displacement is not None:
        return Displacement(arguments.displacement)
    if arguments.drop is None:
        return None
    if arguments.drop.endswith("%"):
        return LossDrop(fraction=exact_number("drop", arguments.drop[:-1]) / 100)
    return LossDrop(arguments.drop)


def metric_of(name: str) -> Any:
    """The metric of this name."""
    from memcurse.numerics.flow.fields.reparametrised import Reparametrised

    return name if name in METRICS[:2] else Reparametrised(name)


def listed(words: str) -> list[str]:
    """Numbers between commas."""
    return [word.strip() for word in words.split(",")]


def run(arguments: argparse.Namespace) -> int:
    """Follow, print, and write what was asked for; 3 if the event did not come."""
    from memcurse.numerics.flow.gradient_flow import gradient_flow
    from memcurse.numerics.objective.objective import Objective
    from memcurse.theory.targets.recognition import parse_target

    require_places(arguments, ("flow",), ("flow",), ("flow",))
    with reported_as_usage():
        objective = Objective(parse_target(arguments.target))
        flow = gradient_flow(
            objective,
            listed(arguments.start_a),
            listed(arguments.start_w),
            event_of(arguments),
            until=arguments.until,
            rtol=arguments.rtol,
            digits=arguments.digits,
            progress=sys.stderr.isatty(),
            method=arguments.method,
            metric=metric_of(arguments.metric),
            damping=arguments.damping,
            certify=arguments.certify,
        )
    record = as_record(flow, arguments.target)
    print(json.dumps(record, indent=2) if arguments.json else text(flow))
    write_files(
        arguments, Files({"flow": record}, {"flow": steps_table(flow)}, {"flow": lambda ax: draw(flow, ax)})
    )
    return 0 if flow.status == "reached" else EXIT_UNDECIDED


def as_record(flow: FlowRun, target: str) -> dict[str, Any]:
    """The run for JSON."""
    return {
        "target": target,
        "status": flow.status,
        "event_time": None if flow.event_time is None else str(flow.event_time),
        "time": float(flow.t[-1]),
        "a": flow.a[-1].tolist(),
        "w": flow.w[-1].tolist(),
        "loss": [float(flow.loss[0]), float(flow.loss[-1])],
        "steps": flow.steps,
        "rejected": flow.rejected,
        "digits": flow.digits,
        "round_off": float(flow.round_off),
        **_proof(flow),
    }


def _proof(flow: FlowRun) -> dict[str, Any]:
    """What was proved of a certified run."""
    from memcurse.numerics.arithmetic.balls import ends_text
    from memcurse.numerics.flow.certified.run import CertifiedRun

    if not isinstance(flow, CertifiedRun):
        return {}
    ends = None if flow.enclosure is None else ends_text(flow.enclosure)
    return {"proved_between": ends, "reason": flow.reason}


def text(flow: FlowRun) -> str:
    """What became of the flow, and where it ended."""
    from memcurse.numerics.flow.run import STATUSES

    lines = [f"{flow.status}: {STATUSES[flow.status]}"]
    if flow.event_time is not None:
        lines.append(f"event time  {flow.event_time}")
    for name, value in _proof(flow).items():
        if value:
            shown = value if isinstance(value, str) else f"[{value[0]}, {value[1]}]"
            lines.append(f"{name.replace('_', ' ')}  {shown}")
    lines += [
        f"time        {flow.t[-1]:.12g}",
        f"loss        {flow.loss[0]:.12g} -> {flow.loss[-1]:.12g}",
        f"a           {'  '.join(f'{x:.12g}' for x in flow.a[-1])}",
        f"w           {'  '.join(f'{x:.12g}' for x in flow.w[-1])}",
        f"steps       {flow.steps} ({flow.rejected} rejected), {flow.digits} digits",
    ]
    return "\n".join(lines)


def steps_table(flow: FlowRun) -> Table:
    """One row per step."""
    m = flow.a.shape[1]
    names = [f"{letter}_{i + 1}" for letter in "aw" for i in range(m)]
    rows = [
        (
            float(flow.t[i]),
            float(flow.time_to_end[i]),
            float(flow.loss[i]),
            *map(float, (*flow.a[i], *flow.w[i])),
        )
        for i in range(flow.steps + 1)
    ]
    return Table(("time", "time_to_end", "loss", *names), tuple(rows))


def draw(flow: FlowRun, ax: Axes) -> None:
    """The loss in `ax`, rates and amplitudes in two new axes below, and an escape on the time that is left."""
    from memcurse.numerics.plots import flow as plots

    figure = ax.get_figure(root=True)
    if figure is None or flow.steps == 0:
        return
    rows = 3 if flow.event_time is None else 4
    figure.set_size_inches(6.8, 2.8 * rows)
    grid = figure.add_gridspec(rows, 1)
    ax.set_subplotspec(grid[0])
    plots.plot_flow_loss(flow, ax=ax)
    plots.plot_flow_rates(flow, ax=figure.add_subplot(grid[1], sharex=ax))
    plots.plot_flow_amplitudes(flow, ax=figure.add_subplot(grid[2], sharex=ax))
    if flow.event_time is not None:
        plots.plot_escape(flow, ax=figure.add_subplot(grid[3]))
