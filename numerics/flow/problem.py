"""The arguments of a gradient flow, checked before any work, as one problem."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from memcurse.numerics.arguments import exact_parameters, validate_parameters
from memcurse.numerics.flow.engine.solve import Problem
from memcurse.numerics.flow.fields.reparametrised import Reparametrised
from memcurse.numerics.flow.tableaus.choice import validate_method
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_integer, exact_number, exact_positive, is_positive

from .events import validate_event

Array = NDArray[np.float64]
#: Relative tolerances that make sense: the loosest, and the tightest in float64 and double-double states.
LOOSEST, TIGHTEST, TIGHTEST_FINE = 1e-2, 1e-13, 1e-22


def validate_rtol(rtol: Any, fine: bool) -> float:
    """The tolerance as a float within what the arithmetic holds."""
    value = _positive("rtol", rtol)
    tightest = TIGHTEST_FINE if fine else TIGHTEST
    if not tightest <= value <= LOOSEST:
        hint = "" if fine else "; use `digits` for less"
        raise ValueError(f"`rtol` must be between {tightest:g} and {LOOSEST:g}; got {value:g}{hint}")
    return value


#: The time limit that stands for none.
_ENDLESS = 1e300


def validate_until(until: Any) -> float:
    """The time limit as a positive float; infinity is no limit."""
    if isinstance(until, float | np.floating) and until == math.inf:
        return _ENDLESS
    limit = _positive("until", until)
    if not np.finfo(float).tiny <= limit:
        raise ValueError(f"`until` must be a time that float64 can hold, from 2.3e-308; got {until}")
    return min(limit, _ENDLESS)


def exact_until(until: Any) -> sp.Expr:
    """The time limit as an exact number; infinity is no limit."""
    endless = validate_until(until) == _ENDLESS
    return sp.Integer(10) ** 300 if endless else exact_positive("until", until)


def _positive(name: str, x: Any) -> float:
    """A positive number as a float; the exact road takes as long as two steps of a flow."""
    if type(x) is float and 0.0 < x < math.inf:
        return x
    return float(exact_positive(name, x))


def validate_metric(metric: Any, damping: Any) -> sp.Expr:
    """The damping of a metric, both checked.

    Raises
    ------
    TypeError, ValueError
        For another metric, a negative damping, or a damping of another metric than the natural one.
    """
    if metric == "euclidean" and type(damping) is int and damping == 0:
        return sp.S.Zero
    if not isinstance(metric, Reparametrised) and metric not in ("euclidean", "natural"):
        raise ValueError(f"`metric` must be 'euclidean', 'natural' or a Reparametrised; got {metric!r}")
    shift = exact_number("damping", damping)
    if shift != 0 and not is_positive("damping", shift):
        raise ValueError(f"`damping` must not be negative; got {damping}")
    if metric != "natural" and shift != 0:
        raise ValueError(f"`damping` must be 0 unless the metric is 'natural'; got {damping}")
    return shift


def make_problem(
    J: Objective, a0: Any, w0: Any, stop: Any, until: Any, rtol: float, max_steps: Any, method: Any = "auto"
) -> Problem:
    """Everything checked and lowered, before any work."""
    if not isinstance(J, Objective):
        raise TypeError(f"`J` must be an Objective; got {J!r}")
    integrator = validate_method(method)
    limit, budget = validate_until(until), exact_integer("max_steps", max_steps, 1)
    a, w = validate_parameters(a0, w0)
    if a.ndim != 1:
        raise ValueError(f"`a0` and `w0` must have one axis (flow_ensemble takes more); got shape {a.shape}")
    loss, gradient = J.slope(a, w)
    kind, threshold = validate_event(stop, loss)
    refuse_critical(J, a0, w0, gradient)
    return Problem(
        J, np.concatenate([a, w]), (a0, w0), stop, kind, threshold, loss, limit, rtol, budget, integrator
    )


def needs_exact_gradient(gradient: Array) -> bool:
    """Whether a start with this gradient may be a critical point."""
    return bool(np.abs(gradient).max() < 1e-10)


def refuse_critical(J: Objective, a0: Any, w0: Any, gradient: Array) -> None:
    """Raise if the start, whose float64 gradient is given, is a critical point."""
    if not needs_exact_gradient(gradient):
        return
    exact = J.gradient(*exact_parameters(a0, w0), digits=40)
    if max(abs(g) for g in exact) < 1e-36:
        raise ValueError(
            f"`a0` and `w0` must not be a critical point, where the flow stands still; got a0 = {a0}, w0 = {w0}"
        )
