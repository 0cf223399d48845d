r"""Escape times along a ladder of delays :math:`T = 1/\omega`: by integration, by reduction, and the linearised bound.

Linearised at its start the flow keeps :math:`|\dot\theta| \le g e^{\lambda\tau}`, with g the gradient's norm and
:math:`-\lambda` the Hessian's least eigenvalue there. Hence a distance d is not reached, and a drop d of the loss
(whose rate is :math:`|\dot\theta|^2`) does not come, before

.. math:: \frac1\lambda \ln\Bigl(1 + \frac{\lambda d}{g}\Bigr), \qquad
          \frac1{2\lambda} \ln\Bigl(1 + \frac{2\lambda d}{g^2}\Bigr).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import mpmath
import numpy as np
from flint import arb
from mpmath import mp
from numpy.typing import NDArray
from tqdm.auto import tqdm

from memcurse.numerics.arguments import constant_float
from memcurse.numerics.arithmetic.balls import mp_digits, to_mpf
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.events import Displacement, Event, LossDrop, validate_event
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_positive

from .slow_curve import SlowManifoldError
from .slow_manifold import slow_escape

Array = NDArray[np.float64]

#: The power of omega in front of the law, `theory.plateau.slow_manifold`.
LAW_POWER: Final = 6
#: The fewest points that a law is fitted to: through two every law goes.
LAW_POINTS: Final = 3


@dataclass(frozen=True)
class Rung(JsonResult):
    """One delay of a ladder.

    Attributes
    ----------
    delay : float
    direct : float or None
        Time by integration; None where it was not asked for or never came.
    status : str
        Of the integration, or "" without one.
    reduced, error : mpmath.mpf and float, or None
        Time by `slow_escape` and its estimated relative error, where the reduction applies.
    bound : mpmath.mpf
        Linearised bound.
    enclosure : flint.arb or None
        A ball that holds the time, where that was proved.
    """

    delay: float
    direct: float | None
    status: str
    reduced: mpmath.mpf | None
    error: float | None
    bound: mpmath.mpf
    enclosure: arb | None = None

    @property
    def time(self) -> mpmath.mpf | None:
        """The integrated time where there is one, else the reduced one."""
        return self.reduced if self.direct is None else mp.mpf(self.direct)


@dataclass(frozen=True, repr=False)
class EscapeLadder(JsonResult):
    """Escape times at growing delays."""

    rungs: tuple[Rung, ...]

    def __repr__(self) -> str:
        first, last = (self.rungs[k].delay for k in (0, -1))
        return f"EscapeLadder({len(self.rungs)} delays from {first:g} to {last:g})"

    def points(self) -> tuple[Array, Array]:
        """Delays and ``ln tau`` of the rungs with a time."""
        pairs = [(r.delay, float(mpmath.log(r.time))) for r in self.rungs if r.time is not None]
        delays, logs = np.array(pairs, dtype=float).reshape(-1, 2).T
        return delays, logs

    def local_exponents(self) -> tuple[Array, Array]:
        """Middles of neighbouring delays, and ``d ln tau/d(1/omega)`` between them."""
        delays, logs = self.points()
        return (delays[1:] + delays[:-1]) / 2, np.diff(logs) / np.diff(delays)

    def law(self) -> tuple[float, float] | None:
        """``(c, b)`` of ``ln tau = c T - 6 ln T + b`` by least squares over the upper half; None below 3 points."""
        delays, levels = self._upper_half()
        if len(delays) < LAW_POINTS:
            return None
        slope, offset = np.polyfit(delays, levels, 1)
        return float(slope), float(offset)

    def law_range(self) -> tuple[float, float] | None:
        """The least and the largest c of `law` when any one of its points is left out; None without a law.

        Nothing in it is random: this is how far the law depends on single points, and no confidence interval.
        """
        delays, levels = self._upper_half()
        if len(delays) < LAW_POINTS:
            return None
        without = [
            float(np.polyfit(np.delete(delays, i), np.delete(levels, i), 1)[0]) for i in range(len(delays))
        ]
        return min(without), max(without)

    def _upper_half(self) -> tuple[Array, Array]:
        """Delays and ``ln tau + 6 ln T`` of the points that the law is fitted to."""
        delays, logs = self.points()
        upper = slice(-max(LAW_POINTS, (len(delays) + 1) // 2), None)
        return delays[upper], (logs + LAW_POWER * np.log(delays))[upper]


def linearised_bound(J: Objective, a0: Any, w0: Any, stop: Event) -> mpmath.mpf:
    """The bound of the module's head at a start.

    Raises
    ------
    TypeError, ValueError
        For an event that is none or asks for more than the loss.

    Notes
    -----
    Rigour: midpoints of balls with at least 30 correct digits, eigenvalues by mpmath.
    """
    balls = J.enclose(a0, w0, digits=60)
    validate_event(stop, float(balls.loss.mid()))
    bits = max(
        200, 3 * max(-int(float(abs(x).log() / 0.693)) for x in balls.gradient.entries() if not x.is_zero())
    )
    digits = int(bits * 0.30103)
    balls = J.enclose(a0, w0, digits=digits)
    with mp_digits(digits):
        slope = mpmath.norm([to_mpf(x) for x in balls.gradient.entries()], 2)
        rows = mpmath.matrix([[to_mpf(x) for x in row] for row in balls.hessian.table()])
        growth = max(-min(mpmath.eigsy(rows, eigvals_only=True)), mp.mpf(10) ** (-digits // 2))
        if isinstance(stop, Displacement):
            return mpmath.log1p(growth * constant_float("distance", stop.distance) / slope) / growth
        drop = validate_event(stop, float(balls.loss.mid()))[1]
        return mpmath.log1p(2 * growth * drop / slope**2) / (2 * growth)


def escape_ladder(
    objectives: Mapping[Any, Objective],
    a0: Any,
    w0: Any,
    stop: LossDrop | Displacement,
    direct_to: Any = 24,
    rtol: Any = 1e-8,
    progress: bool = False,
    certify: bool = False,
) -> EscapeLadder:
    """Escape times from one start for several delays.

    Parameters
    ----------
    objectives : mapping from a delay (positive, time) to the loss
    a0, w0 : sequences of m numbers
        The start.
    stop : LossDrop or Displacement
        The event.
    direct_to : number
        Largest delay that is integrated; beyond it only the reduction gives a time, where it applies (starts
        on a critical manifold, `plateau_start`).
    rtol : number
        Of the integration.
    certify : bool
        Integrate with proof: `Rung.enclosure` then holds the time.

    Raises
    ------
    TypeError, ValueError
        As `gradient_flow`, and for an empty ladder.

    Notes
    -----
    Rigour: as `gradient_flow` and `slow_escape`; with `certify` the enclosures are proofs.
    """
    if not objectives:
        raise ValueError("`objectives` must hold at least one delay; got none")
    limit, rungs = float(exact_positive("direct_to", direct_to)), []
    for delay in tqdm(sorted(objectives, key=float), desc="escape times", disable=not progress, leave=False):
        J, direct, status, enclosure = objectives[delay], None, "", None
        if float(delay) <= limit:
            run = gradient_flow(J, a0, w0, stop, rtol=rtol, certify=certify)
            direct, status = None if run.event_time is None else float(run.event_time), run.status
            enclosure = run.enclosure if isinstance(run, CertifiedRun) else None
        reduced = error = None
        try:
            slow = slow_escape(J, a0, w0, stop)
            reduced, error = slow.event_time, slow.error
        except (SlowManifoldError, ValueError):
            # Not a start, or not a delay, that the reduction is for; the integration has checked the arguments.
            if float(delay) > limit:
                status = "no reduction"
        bound = linearised_bound(J, a0, w0, stop)
        rungs.append(Rung(float(delay), direct, status, reduced, error, bound, enclosure))
    return EscapeLadder(tuple(rungs))
