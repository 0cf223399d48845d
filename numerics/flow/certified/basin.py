r"""A ball from which the flow does not come out again: proof that it converges, and that an event never comes.

Let c be a point with :math:`|\nabla J(c)| \le g`, and the Hessian at least :math:`\kappa > 0` within R of c. Along a
flow that starts within E of c, :math:`|\nabla J|` falls at least like :math:`e^{-\kappa s}` as long as it stays in the
ball, so from there it travels at most :math:`g'/\kappa`, where g' bounds the gradient within E of c. If
:math:`E + g'/\kappa < R` it never leaves, and converges to the one minimum that the ball holds.

A natural flow takes another way, but lowers the loss, too. It starts at most :math:`h = gE + \Lambda E^2/2` above the
loss at c, the Hessian at most :math:`\Lambda`, and at a distance r the loss is at least :math:`\kappa r^2/2 - gr`
above, which is more than h from :math:`r = 2g/\kappa + \sqrt{2h/\kappa}` on: it never comes that far. The metric is
positive definite in the ball, so the flow goes on for ever, to the one critical point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia, shifted
from memcurse.numerics.flow.events import Displacement

from .gradient_system import GradientSystem, norm_of
from .happening import Watch
from .natural_system import NaturalSystem
from .tube import hessian_change

#: The share of the smallest eigenvalue, as floats have it, that is proved; half of that is left to the ball's size.
_SHARE = 0.9


@dataclass(frozen=True)
class Basin:
    """What is proved of all flows near a point.

    Attributes
    ----------
    centre : list of arb
        The point, exact numbers.
    reach : arb
        All later points of the flow, and its limit, lie within this distance of the centre.
    curvature : arb
        Lower bound of the Hessian's eigenvalues there.
    slope : arb
        Bound of the gradient's norm at the centre.
    """

    centre: list[arb]
    reach: arb
    curvature: arb
    slope: arb


def basin_around(system: GradientSystem, centre: Sequence[arb], radius: arb) -> Basin | None:
    """The basin that holds every flow which is now within `radius` of `centre`; None if none is found.

    Notes
    -----
    Rigour: proof.
    """
    n = system.size
    parts = system.parts(centre)
    rough = np.linalg.eigvalsh([[float(x) for x in row] for row in parts.hessian])
    slope = norm_of(parts.gradient)
    if not (rough[0] > 0.0 and float(slope) < rough[0]):
        return None
    point = arb_mat(1, n, list(centre))
    proved = arb(float(rough[0]) * _SHARE)
    ball = (4 * (radius + slope / proved)).upper()
    change = hessian_change(system, point, ball)
    if change is None:
        return None
    curvature = (proved - change * ball).lower()
    if not curvature > proved / 2:
        return None
    inertia = ball_inertia(shifted(arb_mat(n, n, [x for row in parts.hessian for x in row]), proved))
    if inertia is None or inertia.positive != n:
        return None
    largest = norm_of([x for row in parts.hessian for x in row]) + change * ball
    if isinstance(system, NaturalSystem):
        if not system.is_definite_within(centre, ball):
            return None
        above = slope * radius + largest * radius**2 / 2
        reach = (2 * slope / curvature + (2 * above / curvature).sqrt()).upper()
    else:
        reach = (radius + (slope + largest * radius) / curvature).upper()
    return Basin(list(centre), reach, curvature, slope) if reach < ball else None


def never(watch: Watch, basin: Basin) -> bool:
    """Whether the event certainly does not come any more for a flow caught in `basin`.

    In the ball the loss is convex, so nowhere below its tangent plane at the centre.
    """
    if isinstance(watch.stop, Displacement):
        return bool(watch.amount(basin.centre, basin.reach) < 0)
    lowest = watch.system.parts(basin.centre, 1).loss - basin.slope * basin.reach
    return bool(watch.loss - lowest - watch.threshold < 0)
