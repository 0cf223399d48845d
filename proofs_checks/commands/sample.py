"""``memcurse sample``: fit a network without gradients, and forecast what it has not seen."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import warnings
from pathlib import Path
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

    from memcurse.numerics.sampled.experiments.held_out import HeldOut

EXIT_UNDECIDED: Final = 3
_SYSTEMS: Final = ("lorenz", "rossler", "vanderpol", "weather")
_TIMES: Final = ("t", "time")
_MOST_PANELS: Final = 6


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = (
        "Fits a recurrent network whose hidden weights are made of pairs of data and whose outer weights are least "
        "squares, and forecasts rows that were held out. A column named t or time is checked for equal steps."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--system", choices=_SYSTEMS, help="a system of the package")
    source.add_argument("--data", type=Path, metavar="FILE", help="CSV with a header, one state a row")
    parser.add_argument("--width", type=integer(1), default=200, metavar="M", help="neurons (default 200)")
    parser.add_argument(
        "--forecast", type=integer(1), default=500, metavar="N", help="steps held out (default 500)"
    )
    parser.add_argument("--lags", type=integer(1), metavar="L", help="observations that make a state")
    parser.add_argument("--readout", default="koopman", metavar="R", help="koopman (K C, default) or direct")
    parser.add_argument("--pairs", default="swim", metavar="P", help="swim (default), uniform or normal")
    parser.add_argument(
        "--activation", default="tanh", metavar="A", help="tanh, relu, or one of scipy.special"
    )
    parser.add_argument("--seed", type=integer(0), default=0, metavar="N", help="seed (default 0)")
    add_out(parser, "sample.json, sample.csv with truth and forecast, and a picture")
    add_single_files(parser, "truth and forecast")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Fit, forecast, print, and write what was asked for; 3 if the forecast left the bound."""
    require_places(arguments, ("sample",), ("sample",), ("sample",))
    with reported_as_usage(), warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always", UserWarning)
        result = _result(arguments)
    for note in notes:
        print(f"memcurse: note: {note.message}", file=sys.stderr)
    record = as_record(result)
    print(json.dumps(record, indent=2) if arguments.json else text(record))
    table = forecast_table(result)
    write_files(
        arguments, Files({"sample": record}, {"sample": table}, {"sample": lambda ax: draw(result, ax)})
    )
    return 0 if result.forecast.status == "complete" else EXIT_UNDECIDED


def _result(arguments: argparse.Namespace) -> HeldOut:
    from memcurse.numerics.sampled.experiments.held_out import held_out_rows, held_out_system

    options = {key: getattr(arguments, key) for key in ("readout", "pairs", "activation")}
    if arguments.lags is not None:
        options["lags"] = arguments.lags
    if arguments.data is None:
        return held_out_system(
            arguments.system, arguments.width, arguments.forecast, arguments.seed, **options
        )
    columns, rows, times = read_rows(arguments.data)
    return held_out_rows(
        rows, arguments.width, arguments.forecast, arguments.seed, times=times, columns=columns, **options
    )


def read_rows(path: Path) -> tuple[tuple[str, ...], list[list[float]], list[float] | None]:
    """Names, rows, and times of a CSV file with a header.

    Raises
    ------
    UsageError
        If the file cannot be read, a row has another length than the header, or a cell is no number.
    """
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"`data` must be a readable CSV file; got {error}") from None
    lines = [line for line in lines if line and not line[0].startswith("#")]
    if len(lines) < 2:
        raise UsageError(f"`data` must have a header and rows; got {len(lines)} lines in {path}")
    header = [name.strip() for name in lines[0]]
    rows = [_numbers(line, header, number) for number, line in enumerate(lines[1:], start=1)]
    clock = next((i for i, name in enumerate(header) if name.lower() in _TIMES), None)
    names = tuple(name for i, name in enumerate(header) if i != clock)
    if not names:
        raise UsageError(f"`data` must have a column beside the time; got {', '.join(header)}")
    times = None if clock is None else [row[clock] for row in rows]
    return names, [[x for i, x in enumerate(row) if i != clock] for row in rows], times


def _numbers(line: list[str], header: list[str], number: int) -> list[float]:
    if len(line) != len(header):
        raise UsageError(f"`data` must have {len(header)} cells a row; got {len(line)} in row {number}")
    values = []
    for name, cell in zip(header, line, strict=True):
        try:
            values.append(float(cell))
        except ValueError:
            raise UsageError(
                f"`data` must hold numbers; got {cell!r} in row {number}, column {name}"
            ) from None
    return values


def as_record(result: HeldOut) -> dict[str, Any]:
    """The result for JSON."""
    network = result.network
    found = network.eigenvalues()
    return {
        "width": network.dictionary.layer.width,
        "features": network.dictionary.size,
        "samples": network.data.rows,
        "rank": network.rank,
        "training_error": network.training_error(),
        "spectral_radius": found.radius,
        "its_residual": float(found.residuals[0]),
        "status": result.forecast.status,
        "steps": result.forecast.steps,
        "valid_steps": result.valid,
        "valid_time": result.valid * result.step,
        "lyapunov_exponent": result.exponent,
        "exponent_from": "literature" if result.known else "Jacobians of the network",
        "valid_lyapunov_times": result.horizon,
    }


def text(record: dict[str, Any]) -> str:
    """One line each."""
    lyapunov = record["valid_lyapunov_times"]
    rows = [
        ("neurons, features, rank", f"{record['width']}, {record['features']}, {record['rank']}"),
        ("samples", str(record["samples"])),
        ("training error (rms)", f"{record['training_error']:.4g}"),
        ("spectral radius of K", f"{record['spectral_radius']:.8g}, residual {record['its_residual']:.2g}"),
        ("forecast", f"{record['status']}, {record['steps']} steps"),
        ("valid", f"{record['valid_steps']} steps, time {record['valid_time']:.6g}"),
        ("Lyapunov exponent", f"{record['lyapunov_exponent']:.4g} ({record['exponent_from']})"),
        ("horizon", "errors do not grow" if lyapunov is None else f"{lyapunov:.4g} Lyapunov times"),
    ]
    return "\n".join(f"{name.ljust(24)}{value}" for name, value in rows)


def forecast_table(result: HeldOut) -> Table:
    """Time, truth and forecast; cells after the forecast's end are empty."""
    columns = ("time", *result.columns, *(f"{name} forecast" for name in result.columns))
    rows = []
    for k, truth in enumerate(result.truth):
        states = result.states[k].tolist() if k < len(result.states) else [""] * len(truth)
        rows.append((k * result.step, *truth.tolist(), *states))
    return Table(columns, tuple(rows))


def draw(result: HeldOut, ax: Axes) -> None:
    """All variables below each other: truth, forecast, and how long it is valid."""
    from memcurse.numerics.plots.sampled import plot_forecast

    count = min(len(result.columns), _MOST_PANELS)
    figure = ax.get_figure(root=True)
    if figure is None:
        return
    figure.set_size_inches(6.8, 1.2 + 1.8 * count)
    grid = figure.add_gridspec(count, 1)
    ax.set_subplotspec(grid[0])
    for column in range(count):
        panel = ax if column == 0 else figure.add_subplot(grid[column], sharex=ax)
        plot_forecast(result, column=column, ax=panel)
