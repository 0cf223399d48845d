"""``memcurse fit``: the best exponential sum of a given width, certified, as a table, JSON and a picture."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .arguments import validate_integer
from .cli import reported_as_usage
from .statement import Evidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..numerics.fits import Fit
    from ..theory.targets import Target

EXIT_UNDECIDED: Final = 3
_POINTS: Final = 400


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--target",
        required=True,
        metavar="EXPR",
        help="kernel in t, such as '(1+t)^-2' or 'exp(-t)+2*exp(-3*t)'",
    )
    parser.add_argument("--width", type=int, required=True, metavar="M", help="number of terms, 1 to 12")
    parser.add_argument("--digits", type=int, default=40, metavar="N", help="digits, from 15 (default 40)")
    parser.add_argument("--norm", default="l2", metavar="NORM", help="norm of the error: l2 (default)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the starts (default 0)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write fit.json and fit.svg there")


def run(arguments: argparse.Namespace) -> int:
    """Fit, print, and write what was asked for; 3 if no minimum was found or proved."""
    from ..numerics.fits import best_fit
    from ..theory.recognition import parse_target

    start = time.perf_counter()
    with reported_as_usage():
        target = parse_target(arguments.target)
        seed = validate_integer("seed", arguments.seed, 0)
        if arguments.out is not None:
            from .report.files import writable_folder

            writable_folder(arguments.out)
        try:
            fit = best_fit(target, arguments.width, arguments.norm, arguments.digits, seed=seed)
        except ArithmeticError as error:
            print(f"memcurse: undecided: {error}", file=sys.stderr)
            return EXIT_UNDECIDED
    record = as_record(fit, arguments.target, time.perf_counter() - start)
    print(json.dumps(record, indent=2) if arguments.json else table(fit))
    if arguments.out is not None:
        _write(arguments.out, record, fit, target)
    return 0


def table(fit: Fit) -> str:
    """Rates, amplitudes and residuals, one term a line; below it the error and what is proved."""
    from mpmath import nstr

    m, columns = fit.m, ("rate w", "amplitude a", "L_0 residual", "L_1 residual")
    rows = [
        (nstr(w, fit.digits), nstr(a, fit.digits), nstr(fit.residuals[k], 2), nstr(fit.residuals[m + k], 2))
        for k, (a, w) in enumerate(zip(fit.a, fit.w, strict=True))
    ]
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    lines = [
        "  ".join(x.ljust(n) for x, n in zip(row, widths, strict=True)).rstrip() for row in (columns, *rows)
    ]
    positive, zero, negative = fit.inertia
    return "\n".join(
        [
            *lines,
            "",
            f"J = {nstr(fit.error, fit.digits)}  (squared L2 distance)",
            f"{fit.scope}; eigenvalues of the Hessian: {positive} positive, {zero} zero, {negative} negative",
        ]
    )


def as_record(fit: Fit, target: str, seconds: float) -> dict[str, Any]:
    """The fit for JSON, numbers as texts with all their digits."""
    from mpmath import nstr

    def texts(values: Any) -> list[str]:
        return [str(nstr(x, fit.digits)) for x in values]

    ball = fit.error_enclosure
    return {
        "target": target,
        "m": fit.m,
        "norm": fit.norm,
        "digits": fit.digits,
        "a": texts(fit.a),
        "w": texts(fit.w),
        "error": nstr(fit.error, fit.digits),
        "error_enclosure": ball.str(fit.digits),
        "residuals": [str(nstr(x, 3)) for x in fit.residuals],
        "inertia": list(fit.inertia),
        "scope": fit.scope,
        "elapsed_s": round(seconds, 3),
    }


def _write(folder: Path, record: dict[str, Any], fit: Fit, target: Target) -> None:
    from .report.figures import figure_svg

    (folder / "fit.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    picture = figure_svg(draw, Evidence((), data={"fit": fit, "target": target}), "fit")
    (folder / "fit.svg").write_text(picture, encoding="utf-8")
    print(f"{folder / 'fit.json'}, {folder / 'fit.svg'}", file=sys.stderr)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distance of the fit from the target against time, with the size of the target."""
    import numpy as np

    from ..numerics.lower import lower
    from ..theory.notation import t

    fit, target = evidence.data["fit"], evidence.data["target"]
    a, w = (np.array([float(x) for x in values]) for values in (fit.a, fit.w))
    # From well inside the fastest term to well past the slowest.
    times = np.geomspace(0.01 / w.max(), 30 / w.min(), _POINTS)
    rho = np.broadcast_to(lower(target.expression, (t,), "float64")(times), times.shape)
    model = np.exp(-np.outer(times, w)) @ a
    ax.plot(times, np.abs(rho), label=r"$|\rho(t)|$")
    ax.plot(times, np.abs(model - rho), label=rf"$|\hat\rho - \rho|$, m = {fit.m}")
    ax.set(xscale="log", yscale="log", xlabel="time t", ylabel="size")
    ax.set_ylim(bottom=1e-3 * float(np.abs(model - rho).max()) + 1e-300)
    ax.legend()
