"""Sweeps over fits and widths: many kernels, numbers of terms, errors, norms and seeds."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from mpmath import nstr

from memcurse.numerics.approximation.l2.best_fit import best_fit
from memcurse.numerics.approximation.l2.complex_fit import ComplexFit
from memcurse.numerics.approximation.lower_bounds.least_width import least_width
from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.numerics.arithmetic.balls import validate_digits
from memcurse.theory.exact import exact_positive
from memcurse.theory.targets.recognition import parse_target
from memcurse.theory.targets.target import Target

from .plan import SweepPlan, failed, one_by_one
from .tasks import Record, Task, axis, texts, whole_axis


class FitSweep(SweepPlan):
    """Best fits of `best_fit`, for every combination.

    Parameters
    ----------
    targets : texts
        Kernels in t, as for `parse_target`; one text, or several.
    widths : whole numbers
        Numbers of terms m, at least 1.
    norms, fields : texts
        "l2" or "l1", "real" or "complex".
    digits : int
    seeds : whole numbers
        Of the starts.
    """

    kind: ClassVar[str] = "fit"
    found: ClassVar[tuple[str, ...]] = ("error", "a", "w", "scope")

    def __init__(
        self,
        targets: Any,
        widths: Any,
        norms: Any = ("l2",),
        fields: Any = ("real",),
        digits: int = 20,
        seeds: Any = (0,),
    ) -> None:
        axes = {
            "target": kernels(targets),
            "width": whole_axis("widths", widths, 1),
            "norm": texts("norms", norms, ("l2", "l1")),
            "field": texts("fields", fields, ("real", "complex")),
            "seed": whole_axis("seeds", seeds, 0),
        }
        super().__init__(axes, {"digits": validate_digits(digits)})

    @property
    def compute(self) -> Callable[[Sequence[Task]], list[Record]]:
        """`fits`."""
        return fits


class WidthSweep(SweepPlan):
    """Numbers of exponentials that are needed (`least_width`) and enough (`certified_width`) for an error.

    Parameters
    ----------
    targets : texts
        Kernels in t.
    errors : numbers
        Distances, positive.
    norms : texts
        "l1", "l2".
    """

    kind: ClassVar[str] = "width"
    found: ClassVar[tuple[str, ...]] = ("needed", "enough", "met", "distance")

    def __init__(self, targets: Any, errors: Any, norms: Any = ("l1",)) -> None:
        axes = {
            "target": kernels(targets),
            "error": [str(exact_positive("errors", x)) for x in axis("errors", errors)],
            "norm": texts("norms", norms, ("l1", "l2")),
        }
        super().__init__(axes, {})

    @property
    def compute(self) -> Callable[[Sequence[Task]], list[Record]]:
        """`widths`."""
        return widths


def kernels(targets: Any) -> tuple[str, ...]:
    """Texts of kernels, each of which `parse_target` understands."""
    found = texts("targets", targets)
    for text in found:
        _kernel(text)
    return found


_kernel: Callable[[str], Target] = functools.lru_cache(maxsize=256)(parse_target)


def fits(tasks: Sequence[Task]) -> list[Record]:
    """Amplitudes, rates, error and scope of each fit."""
    return one_by_one(_fit, tasks)


def _fit(task: Task) -> Record:
    digits = task["digits"]
    fit: Any = best_fit(
        _kernel(task["target"]),
        task["width"],
        task["norm"],
        digits,
        seed=task["seed"],
        field=task["field"],
    )
    modes = fit.modes if isinstance(fit, ComplexFit) else fit.w
    return {
        "a": [_text(x, digits) for x in fit.a],
        "w": [_text(x, digits) for x in modes],
        "error": _text(fit.error, digits),
        "scope": fit.scope,
    }


def _text(number: Any, digits: int) -> str:
    """Decimals; a complex number as Python would write it."""
    if hasattr(number, "imag") and number.imag != 0:
        return (
            f"{nstr(number.real, digits)}{'+' if number.imag > 0 else '-'}{nstr(abs(number.imag), digits)}j"
        )
    return str(nstr(number.real, digits))


def widths(tasks: Sequence[Task]) -> list[Record]:
    """How many terms are needed and enough for each task, and the certified distance of those."""
    return one_by_one(_width, tasks)


def _width(task: Task) -> Record:
    target, error, norm = _kernel(task["target"]), task["error"], task["norm"]
    needed = {"needed": least_width(target, error, norm)}
    try:
        enough = certified_width(target, error, norm)
    except (ValueError, ArithmeticError) as failure:
        # A kernel that is no transform of a known measure: the lower bound holds all the same.
        return needed | failed(failure)
    return needed | {
        "enough": enough.m,
        "met": enough.met,
        "distance": enough.error_enclosure.str(15),
    }
