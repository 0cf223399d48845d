r"""`field_flow`: the flow of any field, ``theta' = -M(theta)^{-1} grad J(theta)``, with one's own loss or metric.

Radau IIA with the exact Jacobian, or what else `method` asks for, in float64, and where the field allows it in balls'
midpoints of as many digits as its round-off asks for. Statuses, events and step control are those of `gradient_flow`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.balls import validate_digits
from memcurse.numerics.flow.engine.solve import Trace
from memcurse.numerics.flow.engine.state import UNREACHABLE, UNTIL
from memcurse.numerics.flow.fields.arithmetic import FLOAT64, Midpoints, arithmetic_of
from memcurse.numerics.flow.fields.field import Field, Point
from memcurse.numerics.flow.stepping.walk import Task, Walk
from memcurse.numerics.flow.tableaus.choice import Integrator, validate_method
from memcurse.theory.exact import exact_integer

from .events import Event, validate_event
from .levels import FINER, carried, choose_stages, hidden_in_float64, missed_nearly
from .problem import TIGHTEST, TIGHTEST_FINE, validate_rtol, validate_until
from .run import FlowRun, assembled

__all__ = ["field_flow"]

#: Digits tried in turn.
LADDER = (15, 31, 50, 80, 120, 180, 270, 400)
#: Where a gradient this small is 0 is decided with so many digits.
_SMALL, _EXACT_DIGITS, _ZERO = 1e-10, 40, 1e-36


def field_flow(
    field: Field,
    stop: Event,
    until: Any = 1e100,
    rtol: Any = 1e-8,
    digits: int | None = None,
    max_steps: int = 100_000,
    method: Any = "auto",
    progress: bool = False,
) -> FlowRun:
    """Follow a field from its start until the event, the time limit, or a reason to end.

    Parameters
    ----------
    field : Field
        One of `fields`, or your own subclass.
    stop : LossDrop or Displacement
        The event; a distance is measured in `Field.position`.
    until, rtol, digits, max_steps
        As in `gradient_flow`; more than 15 digits only for a field with `any_digits`.
    method : str, ExplicitPair or Rosenbrock
        As in `gradient_flow`, here all of them in any arithmetic, for metrics and momentum too: "auto" is "radau";
        "rosenbrock" has the exact derivative of the velocity; "stabilised" takes steps as long as a power iteration
        of that derivative allows.
    progress : bool
        Show a progress bar on stderr.

    Returns
    -------
    FlowRun
        With `.a` and `.w` from `Field.parameters`.

    Raises
    ------
    TypeError, ValueError
        For input that breaks the rules, a start outside the domain, or one where the flow stands still.

    Notes
    -----
    Rigour: local errors are estimated; round-off is as the field estimates it, and the arithmetic rises until its share
    of the time is below `rtol`.
    """
    if not isinstance(field, Field):
        raise TypeError(f"`field` must be a Field; got {field!r}")
    fine = digits is not None
    digits = None if digits is None else validate_digits(digits)
    if digits is not None and digits > FLOAT64.digits and not field.any_digits:
        raise ValueError(f"`digits` must be at most {FLOAT64.digits} for this field; got {digits}")
    tolerance = validate_rtol(rtol, fine)
    integrator = validate_field_method(method, field, tolerance)
    limit, budget = validate_until(until), exact_integer("max_steps", max_steps, 1)
    point = _first_point(field)
    loss = float(point.values.loss)
    kind, threshold = validate_event(stop, loss)
    stages = choose_stages(tolerance, len(field.start) // 2)
    task = Task(field, stop, kind, threshold, limit, tolerance, budget, stages, integrator)
    trace = follow_field(task, digits, hidden_in_float64(kind, threshold, loss, tolerance), progress)
    stages = trace.stages.shape[1]
    return assembled(np.asarray(point.theta), loss, trace, stages, fine, field.layout())


def validate_field_method(method: Any, field: Field, rtol: float) -> Integrator:
    """The integrator that `method` names or is.

    Raises
    ------
    ValueError
        For a Rosenbrock method on a field that depends on the time and does not say how; for a tolerance below what
        tables of 16 digits carry.
    """
    integrator = validate_method(method)
    if integrator.rosenbrock is not None and not field.autonomous and type(field).drift is Field.drift:
        raise ValueError(
            f"`method` must not be a Rosenbrock method for a field that depends on the time and has no `drift`; "
            f"got {method!r}"
        )
    if (integrator.rosenbrock is not None or integrator.stabilised) and not rtol >= TIGHTEST:
        raise ValueError(
            f"`rtol` must be at least {TIGHTEST:g} for the method {integrator.name!r}, whose tables have 16 digits; "
            f"got {rtol:g}"
        )
    return integrator


def _first_point(field: Field) -> Point:
    """The start in float64; refuses one outside the domain, or at rest."""
    with FLOAT64.context():
        point = field.at(0.0, FLOAT64.exact(field.start), FLOAT64)
    if point is None:
        raise ValueError(f"`start` must lie inside the domain of the field; got {list(field.start)}")
    gradient = np.abs(point.values.gradient).max()
    if gradient < _SMALL and field.any_digits:
        arithmetic = Midpoints(_EXACT_DIGITS)
        with arithmetic.context():
            values = field.evaluate(arithmetic.exact(field.start), arithmetic)
            gradient = 0.0 if values is None else np.abs(arithmetic.floats(values.gradient)).max()
    if gradient < _ZERO:
        raise ValueError(
            f"`start` must not be a critical point, where the flow stands still; got {list(field.start)}"
        )
    return point


def follow_field(task: Task, digits: int | None, hidden: bool, progress: bool = False) -> Trace:
    """The flow at the digits asked for, or with the first of `LADDER` that carries it.

    A displacement that was missed by no more than a few tolerances is followed once more with a finer one.
    """
    if digits is not None:
        trace = Walk(task, arithmetic_of(digits)).run(progress)
    else:
        most = task.field.most_digits if task.field.any_digits else FLOAT64.digits
        rungs = [rung for rung in LADDER if rung <= most and not (hidden and rung == LADDER[0] < most)]
        for rung in rungs:
            trace = Walk(task, arithmetic_of(rung), rung == rungs[-1]).run(progress)
            if carried(trace.code, trace.noise, task.rtol):
                break
    finer = max(task.rtol * FINER, TIGHTEST if digits is None else TIGHTEST_FINE)
    if (
        finer < task.rtol
        and trace.code in (UNREACHABLE, UNTIL)
        and missed_nearly(trace.closest, task.kind, task.threshold, task.rtol)
    ):
        return follow_field(replace(task, rtol=finer), digits, hidden, progress)
    return trace
