"""The result of a certified gradient flow as users see it, and the check of what they hand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball, exact_parameters
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, mp_precision, to_mpf, validate_digits
from memcurse.numerics.flow.events import Event, validate_event
from memcurse.numerics.flow.problem import exact_until, refuse_critical, validate_rtol
from memcurse.numerics.flow.run import FlowRun
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.time_limit import time_limit as limited_time
from memcurse.theory.exact import exact_integer

from .enclosed_flow import MOST_DIGITS, EnclosedFlow, enclose_flow
from .natural_system import NaturalSystem

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class CertifiedRun(FlowRun):
    """A gradient flow whose status and event time are proved.

    Attributes
    ----------
    enclosure : flint.arb or None
        A ball that holds the time at which the event comes first, for every start of the box; None unless the status
        is "reached". `event_time` is its midpoint, an mpmath number.
    tube : ndarray, shape (steps,)
        Upper bounds of the Euclidean distance between the true flow and the computed path along each step.
    limit : flint.arb or None
        With "unreachable": a bound of the distance between the last state and the minimum to which the flow converges.
    reason : str
        With "undecided": why, and where.
    proof : EnclosedFlow
        The path's polynomials and what was proved of each.

    Notes
    -----
    `stages` holds the degree of the path's polynomials; `round_off` the relative radius of the enclosure.
    Rigour: proof, given in `numerics.flow.certified.tube`.
    """

    enclosure: arb | None = None
    tube: Array | None = None
    limit: arb | None = None
    reason: str = ""
    proof: EnclosedFlow | None = None

    _untold: ClassVar[tuple[str, ...]] = ("trace", "layout", "proof")

    def __repr__(self) -> str:
        what = self.reason if self.enclosure is None else self.enclosure.str(20)
        return f"CertifiedRun(status={self.status!r}, {what}, steps={self.steps}, digits={self.digits})"

    def at(self, times: Any) -> tuple[Array, Array]:
        """Amplitudes and rates of the path at `times` within the run, shape (..., m); off by at most `tube`."""
        wanted = np.asarray(times, dtype=float)
        outside = ~((wanted >= 0.0) & (wanted <= self.t[-1]))
        if outside.any():
            raise ValueError(
                f"`times` must lie between 0 and {self.t[-1]:g}; got {wanted[outside].flat[0]:g}"
            )
        m = self.a.shape[1]
        points = np.array([self._point(float(x)) for x in wanted.ravel()])
        points = points.reshape(*wanted.shape, 2 * m)
        return points[..., :m], points[..., m:]

    def _point(self, time: float) -> Array:
        paths = [] if self.proof is None else self.proof.paths
        if not paths:
            return np.concatenate([self.a[0], self.w[0]])
        i = min(int(np.searchsorted(self.t[1:], time, side="left")), len(paths) - 1)
        x = 2 * (arb(time) - paths[i].begin) / paths[i].length - 1
        return np.array([float(y) for y in paths[i].point(x.mid().max(arb(-1)).min(arb(1)))])


def certified_flow(
    J: Any,
    a0: Any,
    w0: Any,
    stop: Event,
    until: Any,
    rtol: Any,
    digits: Any,
    max_steps: Any,
    progress: bool,
    damping: Any = None,
    time_limit: Any = None,
) -> CertifiedRun:
    """Check the arguments, follow the flow with proof, and make the run; with a `damping`, the natural flow.

    Raises
    ------
    TypeError, ValueError
        As `gradient_flow`; starts may be balls (arb), for every point of which the result then holds.
    """
    if not isinstance(J, Objective) or J.field == "complex":
        raise TypeError(
            f"`J` must be an Objective of real modes in continuous time with `certify`; got {J!r}"
        )
    width = validate_rtol(rtol, True)
    digits = None if digits is None else validate_digits(digits)
    limit, budget = exact_until(until), exact_integer("max_steps", max_steps, 1)
    amplitudes, rates = exact_parameters(a0, w0)
    with ball_precision(bits_for(20)):
        middle = [float(constant_ball(x)) for x in (*amplitudes, *rates)]
    m = len(amplitudes)
    loss, gradient, _ = J.evaluate(middle[:m], middle[m:])
    validate_event(stop, loss)
    if not any(isinstance(x, arb) for x in (*amplitudes, *rates)):
        refuse_critical(J, a0, w0, gradient)
    if damping is not None:
        _refuse_singular(J, amplitudes, rates, damping)
    with limited_time(time_limit):
        flow = enclose_flow(J, amplitudes, rates, stop, limit, width, digits, budget, progress, damping)
    return _made(J, middle, loss, flow)


def _refuse_singular(J: Objective, a: Sequence[Any], w: Sequence[Any], damping: Any) -> None:
    with ball_precision(bits_for(MOST_DIGITS)):
        place = [constant_ball(x) for x in (*a, *w)]
        if not NaturalSystem(J, len(a), damping).is_definite([x.mid() for x in place], arb(0)):
            raise ValueError(
                "`a0` and `w0` must have distinct rates and no amplitude of 0, where the natural metric is singular; "
                f"got {list(map(str, a))} and {list(map(str, w))}"
            )


def _made(J: Objective, start: list[float], loss: float, flow: EnclosedFlow) -> CertifiedRun:
    m = len(start) // 2
    with ball_precision(bits_for(flow.digits)):
        ends = [path.point(arb(1)) for path in flow.paths]
        losses = [float(J.ball_parts(point[:m], point[m:], 0).loss) for point in ends]
        last = arb(0)
        if flow.paths:
            last = flow.paths[-1].begin + flow.paths[-1].length
        left = [float(last - path.begin) for path in flow.paths] + [0.0]
        time = None
        if flow.enclosure is not None:
            with mp_precision(bits_for(flow.digits)):
                time = +to_mpf(flow.enclosure)
    theta = np.array([start, *[[float(x) for x in point] for point in ends]])
    return CertifiedRun(
        status=flow.status,
        event_time=time,
        t=np.array([0.0, *(float(path.begin + path.length) for path in flow.paths)]),
        a=theta[:, :m],
        w=theta[:, m:],
        loss=np.array([loss, *losses]),
        time_to_end=np.array(left),
        steps=len(flow.paths),
        rejected=flow.rejected,
        iterations=0,
        digits=flow.digits,
        arithmetic="balls",
        round_off=0.0 if flow.enclosure is None else float(flow.enclosure.rad() / flow.enclosure),
        trace=None,
        begin=theta[0],
        stages=0 if not flow.paths else flow.paths[-1].coefficients.nrows() - 1,
        enclosure=flow.enclosure,
        tube=np.array([float(tube.radius) for tube in flow.tubes]),
        limit=None if flow.basin is None else flow.basin.reach,
        reason=flow.reason,
        proof=flow,
    )
