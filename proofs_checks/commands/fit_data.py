"""``memcurse fit --data FILE.csv``: exponentials through samples, with standard errors; a table, JSON and a picture."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import Files, require_places, write_files
from memcurse.proofs_checks.commands.console.tables import aligned
from memcurse.proofs_checks.commands.console.usage import UsageError, reported_as_usage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.approximation.samples.result import SampleFit

EXIT_UNDECIDED: Final = 3
#: Names of columns: of each the first that a file's first line may use, and what it means.
_COLUMNS: Final = {
    "t": "t", "time": "t", "x": "t",
    "y": "y", "value": "y", "re": "y",
    "im": "im",
    "sigma": "sigma", "error": "sigma", "std": "sigma",
}  # fmt: skip
_LARGEST: Final = 100_000_000
_POINTS: Final = 400


def run(arguments: argparse.Namespace) -> int:
    """Read, fit, print, and write what was asked for; 3 if no minimum was found or proved."""
    from memcurse.numerics.approximation.samples.fit_samples import fit_samples

    _validate_flags(arguments)
    columns = read_columns(arguments.data)
    with reported_as_usage():
        require_places(arguments, ("fit",), (), ("fit",))
        y: list[Any] = columns["y"]
        if "im" in columns:
            y = list(zip(y, columns["im"], strict=True))
        field = "complex" if arguments.complex else "real"
        try:
            fit = fit_samples(columns["t"], y, arguments.width, columns.get("sigma"), arguments.offset, field)
        except ArithmeticError as error:
            print(f"memcurse: undecided: {error}", file=sys.stderr)
            return EXIT_UNDECIDED
    record = {"data": str(arguments.data), **fit.to_dict()}
    print(json.dumps(record, indent=2) if arguments.json else table(fit))
    write_files(arguments, Files({"fit": record}, {}, {"fit": lambda ax: draw(fit, columns, ax)}))
    return 0


def _validate_flags(arguments: argparse.Namespace) -> None:
    given = (
        ("--norm", arguments.norm, "l2"),
        ("--digits", arguments.digits, 40),
        ("--time-limit", arguments.time_limit, None),
    )
    for flag, value, default in given:
        if value != default:
            raise UsageError(f"`{flag}` goes with --target; samples are fitted by least squares; got {value}")


def read_columns(path: Path) -> dict[str, list[str]]:
    """The columns t, y and, if there, im and sigma of a file, as the texts that they are.

    Values are separated by commas, semicolons, tabs or spaces. A first line that is no numbers names the columns;
    without it they are t, y and sigma. Empty lines and what follows ``#`` are left out.

    Raises
    ------
    UsageError
        If the file cannot be read, a line has another number of values, a name is unknown, or t or y is missing.
    """
    rows = _rows(path)
    if not rows:
        raise UsageError(f"`--data` must be a file with lines of numbers; got {path} without any")
    names = ["t", "y", "sigma"]
    if not _is_number(rows[0][1][0]):
        names = [_named(path, name) for name in rows.pop(0)[1]]
    elif len(rows[0][1]) not in (2, 3):
        found = len(rows[0][1])
        raise UsageError(
            f"`--data` must have two or three columns (t, y, sigma) or name them; got {found} in {path}"
        )
    else:
        names = names[: len(rows[0][1])]
    if "t" not in names or "y" not in names or len(set(names)) < len(names):
        raise UsageError(
            f"`--data` must have one column t and one column y (or re); got {', '.join(names)} in {path}"
        )
    if not rows:
        raise UsageError(f"`--data` must hold numbers below the names of its columns; got none in {path}")
    for line, values in rows:
        if len(values) != len(names):
            raise UsageError(
                f"`--data` must have {len(names)} values in every line; got {len(values)} in {path}, line {line}"
            )
        for value in values:
            if not _is_number(value):
                raise UsageError(
                    f"`--data` must hold finite numbers; got {value[:40]!r} in {path}, line {line}"
                )
    return {name: [values[k] for _, values in rows] for k, name in enumerate(names)}


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Numbers of lines, from 1, and what stands there."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"`--data` must be a file of at most {_LARGEST} bytes; got {path}")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"`--data` must be a text file that can be read; got {path} ({error})") from None
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.split("#")[0].strip()
        if content:
            rows.append((number, _values(content)))
    return rows


def _values(line: str) -> list[str]:
    for separator in ",;\t":
        if separator in line:
            return [value.strip() for value in next(csv.reader([line], delimiter=separator))]
    return line.split()


def _is_number(text: str) -> bool:
    from memcurse.theory.exact import exact_number

    try:
        exact_number("value", text)
    except ValueError:
        return False
    return True


def _named(path: Path, name: str) -> str:
    known = _COLUMNS.get(name.strip().lower())
    if known is None:
        raise UsageError(
            f"`--data` must name its columns t, y (or re), im and sigma; got {name[:40]!r} in {path}"
        )
    return known


def table(fit: SampleFit) -> str:
    """Rates and amplitudes with their standard errors, one term a line; below them what the fit leaves."""
    complex_modes = fit.field == "complex"
    parts = [fit.w.real, fit.w.imag, fit.a.real, fit.a.imag] if complex_modes else [fit.w, fit.a]
    names = ["Re w", "Im w", "Re a", "Im a"] if complex_modes else ["rate w", "amplitude a"]
    errors = _errors(fit, len(parts))
    columns = [x for name in names for x in (name, "+/-")]
    rows = [
        tuple(x for part, error in zip(parts, errors, strict=True) for x in (f"{part[k]:.12g}", error[k]))
        for k in range(fit.m)
    ]
    lines = [*aligned([tuple(columns), *rows]), ""]
    if len(errors) > 0 and fit.offset != 0:
        lines.append(f"offset = {fit.offset:.12g}{_offset_error(fit, len(parts))}")
    lines += [
        f"residual norm = {fit.residual_norm:.12g} with {fit.degrees_of_freedom} degrees of freedom",
        fit.scope,
    ]
    return "\n".join(lines)


def _errors(fit: SampleFit, parts: int) -> list[list[str]]:
    """Standard errors as texts, in the order of the table: rates before amplitudes."""
    if fit.covariance is None:
        return [["?"] * fit.m for _ in range(parts)]
    blocks = [fit.standard_errors[k * fit.m : (k + 1) * fit.m] for k in range(parts)]
    half = parts // 2
    return [[f"{x:.2g}" for x in block] for block in (*blocks[half:], *blocks[:half])]


def _offset_error(fit: SampleFit, parts: int) -> str:
    if fit.covariance is None:
        return ""
    errors = fit.standard_errors[parts * fit.m :]
    return " +/- " + ", ".join(f"{x:.2g}" for x in errors)


def draw(fit: SampleFit, columns: dict[str, list[str]], ax: Axes) -> None:
    """The samples and the fit against time; of complex data the real parts and, dashed, the imaginary ones."""
    import numpy as np

    from memcurse.numerics.plots.style import BLUE, VERMILION
    from memcurse.theory.exact import exact_number

    numbers = {name: [float(exact_number(name, x)) for x in values] for name, values in columns.items()}
    times = np.linspace(min(numbers["t"]), max(numbers["t"]), _POINTS)
    model = fit(times)
    ax.errorbar(
        numbers["t"], numbers["y"], yerr=numbers.get("sigma"), fmt="o", ms=3, color=BLUE, label="samples"
    )
    ax.plot(times, model.real, color=VERMILION, label=f"fit, m = {fit.m}")
    if "im" in numbers:
        ax.plot(
            numbers["t"], numbers["im"], "s", ms=3, mfc="none", color=BLUE, label="samples, imaginary part"
        )
        ax.plot(times, model.imag, "--", color=VERMILION, label="fit, imaginary part")
    ax.set(xlabel="time t", ylabel="value")
    ax.legend()
