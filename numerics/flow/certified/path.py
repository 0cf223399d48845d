"""One step of a computed path: polynomials whose coefficients are exact, made by collocation.

Nothing here is proved, and nothing needs to be: the proof starts from the polynomials as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat

from memcurse.numerics.time_limit import check_time

from . import chebyshev_series as series
from .factors import FACTORS, exact_factors
from .gradient_system import Forces, GradientSystem, in_rows

#: Newton's steps for an implicit Euler step, and for all collocation equations, before a step counts as too long.
_MOST_EULER, _MOST_STEPS = 12, 60
#: Accuracy of the Euler steps, which only lead the way.
_LEADS = 1e-6
#: Nodes that one Euler step goes over.
_LED_TOGETHER = 2
#: Newton's steps shrink at least this much, or the matrix is made anew; and if it was new, in a way that holds more.
_KEEPS_MATRIX, _NEEDS_MORE = 1e-3, 0.2
#: How far below the last coefficients Newton's step is when they count as known.
_BESIDE = 10.0
#: Largest change that a step of the path may be corrected by, in units of the variables.
_LOST = 10.0


@dataclass(frozen=True)
class Path:
    """A step of the path.

    Attributes
    ----------
    begin, length : arb
        Time at its start, and its length; exact numbers.
    coefficients : arb_mat, shape (degree + 1, 2m)
        Exact numbers: the path in Chebyshev's polynomials of ``x = 2 (time - begin)/length - 1``.
    """

    begin: arb
    length: arb
    coefficients: arb_mat

    def point(self, x: arb) -> list[arb]:
        """The path at `x`, in balls that hold the exact value of the polynomial."""
        row = series.at(x, self.coefficients.nrows()) * self.coefficients
        return [row[0, i] for i in range(row.ncols())]

    def tail(self) -> float:
        """The size of the last coefficients: what the degree cuts off."""
        last = self.coefficients.nrows()
        return max(
            abs(float(self.coefficients[k, i]))
            for k in range(last - 2, last)
            for i in range(self.coefficients.ncols())
        )


def collocate(
    system: GradientSystem,
    begin: arb,
    start: Sequence[arb],
    length: arb,
    degree: int,
    accuracy: float,
    most_tail: float = math.inf,
) -> Path | None:
    """The polynomial through `start` that solves the flow at the `degree` later extreme points of ``T_degree``.

    Implicit Euler steps from point to point lead the way, or explicit ones where the flow is not stiff. Then Newton's
    method on all equations, the residual in midpoints of balls, the correction by what `factors` makes. A path whose
    last coefficients will certainly be above `most_tail` is left as it is.

    Returns
    -------
    Path or None
        None if Newton's method finds nothing: the step is too long.
    """
    led = _led(system, start, length, degree)
    values = None if led is None else _solved(system, led, length, degree, accuracy, most_tail)
    if values is None:
        return None
    return Path(begin, length, (series.lobatto_to_coefficients(degree) * values).mid())


def _led(system: GradientSystem, start: Sequence[arb], length: arb, degree: int) -> arb_mat | None:
    """Values at the nodes, one a row: a leading step to some of them, straight lines to those between."""
    nodes = series.lobatto_nodes(degree)
    step = _euler if system.stiff else _runge_kutta
    values = [list(start)]
    for first in range(0, degree, _LED_TOGETHER):
        check_time()
        last = min(first + _LED_TOGETHER, degree)
        before, after = (
            values[-1],
            step(system, values[-1], (length * (nodes[last] - nodes[first]) / 2).mid()),
        )
        if after is None:
            return None
        for k in range(first + 1, last + 1):
            share = (nodes[k] - nodes[first]) / (nodes[last] - nodes[first])
            values.append([(x + share * (y - x)).mid() for x, y in zip(before, after, strict=True)])
    return arb_mat(degree + 1, system.size, [x for row in values for x in row])


def _euler(system: GradientSystem, start: Sequence[arb], h: arb) -> list[arb] | None:
    """An implicit Euler step; None if Newton's method does not find it."""
    n, y = system.size, list(start)
    for _ in range(_MOST_EULER):
        forces = system.forces(y, [((x - z) / h).mid() for x, z in zip(y, start, strict=True)])
        residual = [(h * x).mid() for x in forces.residual]
        matrix = arb_mat(n, n, [h * x for row in forces.stiffness for x in row]) + _mass(forces, n)
        try:
            change = matrix.mid().solve(arb_mat(n, 1, residual), algorithm="approx").entries()
        except ZeroDivisionError:
            return None
        y = [(x - z).mid() for x, z in zip(y, change, strict=True)]
        size = max(abs(float(x)) for x in change)
        if not (size < _LOST and all(x > 0 for x in y[system.m :])):
            return None
        if size < _LEADS:
            return y
    return None


def _runge_kutta(system: GradientSystem, start: Sequence[arb], h: arb) -> list[arb] | None:
    """The classical explicit step; None where it leaves the domain."""
    point, slopes = list(start), []
    for following in (h / 2, h / 2, h, None):
        slope = _velocity(system, point)
        if slope is None:
            return None
        slopes.append(slope)
        if following is not None:
            point = _moved(start, slope, following)
    mean = [(p + 2 * q + 2 * r + s) / 6 for p, q, r, s in zip(*slopes, strict=True)]
    end = _moved(start, mean, h)
    near = all(abs(float(x - y)) < _LOST for x, y in zip(end, start, strict=True))
    return end if near and all(x > 0 for x in end[system.m :]) else None


def _velocity(system: GradientSystem, point: Sequence[arb]) -> list[arb] | None:
    """The field at a point; None where rates are not positive, or the metric is singular."""
    n = system.size
    if not all(x > 0 for x in point[system.m :]):
        return None
    forces = system.forces(point, [arb(0)] * n, 1)
    try:
        force = arb_mat(n, 1, forces.residual).mid()
        return [-x for x in _mass(forces, n).mid().solve(force, algorithm="approx").entries()]
    except ZeroDivisionError:
        return None


def _moved(start: Sequence[arb], slope: Sequence[arb], h: arb) -> list[arb]:
    return [(x + h * v).mid() for x, v in zip(start, slope, strict=True)]


def _mass(forces: Forces, n: int) -> arb_mat:
    """The metric at one point."""
    if forces.mass is None:
        return arb_mat(n, n, [arb(int(i == j)) for i in range(n) for j in range(n)])
    return arb_mat(n, n, [x for row in forces.mass for x in row])


def _solved(
    system: GradientSystem, values: arb_mat, length: arb, degree: int, accuracy: float, most_tail: float
) -> arb_mat | None:
    """Newton's method on the values behind the first, to a step below `accuracy`, else None.

    It ends early when the step has become small beside last coefficients that are larger than `most_tail`.
    """
    n = system.size
    D = (series.differentiation(degree) * (2 / length)).mid()
    solve: Any = None
    last, kinds = math.inf, iter(FACTORS)
    make = next(kinds)
    for _ in range(_MOST_STEPS):
        later = arb_mat(degree, n, values.entries()[n:])
        slopes = arb_mat(degree, n, (D * values).entries()[n:])
        forces = system.forces_along(later, slopes, 2 if solve is None else 1)
        residual = [x.mid() for x in in_rows(forces.residual)]
        fresh = solve is None
        if solve is None:
            solve = make(D, forces)
            if solve is None:
                return None
        change = solve(residual)
        size = max(abs(float(x)) for x in change)
        if not size < _LOST:
            return None
        values = (values - arb_mat(degree + 1, n, [arb(0)] * n + change)).mid()
        if not all(values[k, i] > 0 for k in range(degree + 1) for i in range(system.m, n)):
            return None
        if size <= accuracy or _stays_above(most_tail, values, size):
            return values
        if make is exact_factors or not size <= _KEEPS_MATRIX * last:
            # New factors that contract badly near the solution do not hold what the matrix is made of.
            if fresh and last < _LEADS and size > _NEEDS_MORE * last:
                make = next(kinds, make)
            solve = None
        last = size
    return None


def _stays_above(most: float, values: arb_mat, size: float) -> bool:
    """Whether the last coefficients are above `most`, and above what steps of this size can change."""
    last = series.lobatto_to_last_coefficients(values.nrows() - 1) * values
    tail = max(abs(float(x)) for x in last.entries())
    return tail > most and tail > _BESIDE * size


def degree_for(accuracy: float) -> int:
    """The degree whose coefficients fall to `accuracy` on an ellipse of about 3, which allows for long steps."""
    return max(16, 2 * math.ceil(-math.log10(accuracy)))
