"""``memcurse fit``: the best exponential sum of a given width, certified, as a table, JSON and a picture."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from memcurse.proofs_checks.commands.console.files import Files, add_out, require_places, write_files
from memcurse.proofs_checks.commands.console.numbers import integer, interval
from memcurse.proofs_checks.commands.console.tables import aligned
from memcurse.proofs_checks.commands.console.usage import UsageError, reported_as_usage, undecided
from memcurse.theory.exact import exact_integer

from . import fit_data

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.approximation.l1.best_fit import L1Fit
    from memcurse.numerics.approximation.l2.complex_fit import ComplexFit
    from memcurse.numerics.approximation.l2.fit import Fit
    from memcurse.numerics.approximation.sup.best_fit import SupFit
    from memcurse.numerics.approximation.sup.kernel import IntervalKernel
    from memcurse.theory.targets.target import Target

EXIT_UNDECIDED: Final = 3
_EXAMPLES: Final = """examples:
  memcurse fit --target '(1+t)^-2' --width 2
  memcurse fit --target '1/t' --width 3 --norm sup --interval 1:10
  memcurse fit --data decay.csv --width 2"""
FLAGS: Final = {"m": "--width", "text": "--target"}
#: Digits of the canonical points in the table; JSON has them all.
_SHORT: Final = 6
#: Changes of sign that are listed where they have no end.
_FIRST_POINTS: Final = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = _EXAMPLES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--target",
        metavar="EXPR",
        help="kernel in t, such as '(1+t)^-2' or 'exp(-t)+2*exp(-3*t)'",
    )
    what.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="samples instead: lines 't, y' or 't, y, sigma', or columns named t, y (or re), im, sigma",
    )
    parser.add_argument(
        "--width",
        type=integer(1),
        required=True,
        metavar="M",
        help="number of terms, 1 to 12; to 6 in l1, to 16 in sup, to 8 with --complex or --data",
    )
    parser.add_argument("--offset", action="store_true", help="with --data: fit a constant as well")
    parser.add_argument(
        "--complex", action="store_true", help="complex amplitudes and rates (positive real parts), in l2"
    )
    parser.add_argument(
        "--digits", type=integer(15), default=40, metavar="N", help="digits, from 15 (default 40)"
    )
    parser.add_argument(
        "--norm",
        default="l2",
        metavar="NORM",
        help="norm of the error: l2 (default; root of the integral of its square), l1 (integral of its size), both on "
        "t >= 0; or sup (its largest size on --interval)",
    )
    parser.add_argument(
        "--interval", metavar="A:B", help="with --norm sup: the times, such as 1:10 or 1:inf (default 0:inf)"
    )
    parser.add_argument(
        "--seed", type=integer(0), default=0, metavar="N", help="seed of the starts (default 0)"
    )
    parser.add_argument(
        "--time-limit", metavar="SECONDS", help="give up after so long and say what was found until then"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_out(parser, "fit.json and a picture")


def run(arguments: argparse.Namespace) -> int:
    """Fit, print, and write what was asked for; 3 if no minimum was found or proved."""
    from memcurse.numerics.approximation.l2.best_fit import best_fit
    from memcurse.numerics.approximation.sup.kernel import interval_kernel
    from memcurse.theory.targets.recognition import parse_target

    if arguments.data is not None:
        return fit_data.run(arguments)
    if arguments.offset:
        raise UsageError("`--offset` goes with --data: a kernel that is square-integrable has none")
    start = time.perf_counter()
    with reported_as_usage():
        times = interval(arguments.interval)
        sup = arguments.norm == "sup" and not arguments.complex
        target = interval_kernel(arguments.target, times) if sup else parse_target(arguments.target)
        fitted: Any = arguments.target if sup else target
        seed = exact_integer("seed", arguments.seed, 0)
        require_places(arguments, ("fit",), (), ("fit",))
        try:
            field = "complex" if arguments.complex else "real"
            fit = best_fit(
                fitted,
                arguments.width,
                arguments.norm,
                arguments.digits,
                seed=seed,
                field=field,
                time_limit=arguments.time_limit,
                interval=times,
                progress=_told if sys.stderr.isatty() else None,
            )
        except ArithmeticError as error:
            undecided(str(error), arguments.flags)
            return EXIT_UNDECIDED
    record = as_record(fit, arguments.target, time.perf_counter() - start)
    print(json.dumps(record, indent=2) if arguments.json else table(fit))
    write_files(arguments, Files({"fit": record}, {}, {"fit": lambda ax: draw(fit, target, ax)}))
    return 0


def _told(line: str) -> None:
    print(f"memcurse: {line}", file=sys.stderr)


def table(fit: Fit | L1Fit | SupFit | ComplexFit) -> str:
    """Rates, amplitudes and residuals, one term a line; below it the error and what is proved."""
    from memcurse.numerics.approximation.l1.best_fit import L1Fit
    from memcurse.numerics.approximation.l2.complex_fit import ComplexFit
    from memcurse.numerics.approximation.sup.best_fit import SupFit

    if isinstance(fit, SupFit):
        return "\n".join([*_sup_terms(fit), "", *_sup_lines(fit)])
    if isinstance(fit, ComplexFit):
        return "\n".join([*_complex_terms(fit), "", *_complex_lines(fit)])
    return "\n".join([*_terms(fit), "", *(_l1_lines(fit) if isinstance(fit, L1Fit) else _l2_lines(fit))])


def _terms(fit: Fit | L1Fit) -> list[str]:
    from mpmath import nstr

    conditions = ("L_0 residual", "L_1 residual") if fit.norm == "l2" else ("int s e^-wt", "int s t e^-wt")
    m, columns = fit.m, ("rate w", "amplitude a", *conditions)
    rows = [
        (nstr(w, fit.digits), nstr(a, fit.digits), nstr(fit.residuals[k], 2), nstr(fit.residuals[m + k], 2))
        for k, (a, w) in enumerate(zip(fit.a, fit.w, strict=True))
    ]
    return aligned([columns, *rows])


def _sup_terms(fit: SupFit) -> list[str]:
    from mpmath import nstr

    rows = [(nstr(w, fit.digits), nstr(a, fit.digits)) for a, w in zip(fit.a, fit.w, strict=True)]
    return aligned([("rate w", "amplitude a"), *rows])


def _sup_lines(fit: SupFit) -> list[str]:
    from mpmath import nstr

    start, end = fit.interval
    points = "  ".join(nstr(x, _SHORT) for x in fit.alternation)
    return [
        f"error = {fit.error_enclosure.str(fit.digits)}  (maximum on {start} <= t <= {end}, enclosed)",
        f"target - fit is largest, with alternating signs, at t = {points}",
        fit.scope,
    ]


def _complex_terms(fit: ComplexFit) -> list[str]:
    from mpmath import nstr

    columns = ("Re w", "Im w", "Re a", "Im a", "L_0 residual", "L_1 residual")
    rows = [
        (
            *(nstr(x, fit.digits) for x in (w.real, w.imag, a.real, a.imag)),
            *(nstr(abs(fit.residuals[k + shift]), 2) for shift in (0, fit.m)),
        )
        for k, (a, w) in enumerate(zip(fit.a, fit.modes, strict=True))
    ]
    return aligned([columns, *rows])


def _complex_lines(fit: ComplexFit) -> list[str]:

    positive, zero, negative = fit.inertia
    kind = "real: real rates and conjugate pairs, proved" if fit.conjugate_pairs else "not proved to be real"
    return [
        *_loss_lines(fit),
        f"the fit is {kind}",
        f"{fit.scope}; eigenvalues of the Hessian: {positive} positive, {zero} zero, {negative} negative",
    ]


def _loss_lines(fit: Fit | ComplexFit) -> list[str]:
    from mpmath import nstr

    return [
        f"error = {nstr(fit.error, fit.digits)}  (L2 distance)",
        f"J = {nstr(fit.loss, fit.digits)}  (its square, the loss)",
    ]


def _l2_lines(fit: Fit) -> list[str]:

    positive, zero, negative = fit.inertia
    return [
        *_loss_lines(fit),
        f"{fit.scope}; eigenvalues of the Hessian: {positive} positive, {zero} zero, {negative} negative",
    ]


def _l1_lines(fit: L1Fit) -> list[str]:
    from mpmath import nstr

    lines = [f"error = {fit.error_enclosure.str(fit.digits)}  (L1 norm, enclosed)"]
    if fit.canonical_points:
        sign = "-" if fit.first_sign < 0 else "+"
        shown = fit.canonical_points if fit.window is None else fit.canonical_points[:_FIRST_POINTS]
        points = "  ".join(nstr(x, _SHORT) for x in shown)
        where = "changes it only at the canonical points t"
        if fit.window is not None:
            until = f"up to the time {nstr(fit.window, _SHORT)}"
            where = f"changes it {len(fit.canonical_points)} times {until}, first at t"
        lines += [
            f"no amplitudes do better at these rates by more than {nstr(fit.dual_gap, 2)}",
            f"fit - target has the sign {sign} at t = 0 and {where} = {points}",
        ]
    return [*lines, fit.scope]


def as_record(fit: Fit | L1Fit | SupFit | ComplexFit, target: str, seconds: float) -> dict[str, Any]:
    """The fit for JSON: what the fit tells of itself, beside the kernel's text and the time that it took."""
    return {"target": target, **fit.to_dict(), "elapsed_s": round(seconds, 3)}


def draw(fit: Any, target: Target | IntervalKernel, ax: Axes) -> None:
    """Kernel, fit and the size of their difference against time."""
    from memcurse.numerics.plots.fits import plot_fit

    plot_fit(target, fit, ax=ax)
