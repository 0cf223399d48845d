r"""How many exponentials are certainly needed: a lower bound on the width, in the L1 and in the L2 norm.

In L1 the distance from every sum of m exponentials, real or complex, is at least the singular value number m + 1 of
the Hankel operator; in L2 its square is at least :math:`\pi^{-1}` times the sum of the squares of those behind the
m-th of the weighted operator (`hankel_sections`), or what `shifts` and `delay_bound` say. For power laws the windows of
`widths.hankel_bound` are tried too.
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.approximation.l1.residual_parts import decomposed, validate_integrable
from memcurse.numerics.approximation.sup.width import sup_least_width
from memcurse.numerics.approximation.widths.hankel_bound import hankel_lower_bound
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.approximation.memory_operators import second_antiderivative
from memcurse.theory.exact import exact_positive
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import ExponentialSum, Target

from .delay_bound import delay_bounds
from .hankel_sections import hankel_matrix, rank_distances, section, singular_values
from .shifts import shifted_bounds

_NORMS = ("l1", "l2", "sup")
_BITS = 192
#: Cells of a section, and of one whose masses come from quadrature.
_CELLS, _FEW_CELLS = 160, 24
#: Bits of the length of even cells.
_STEP_BITS = 20
#: Standard deviations of a bump and lengths of an exponential that a section covers.
_DEVIATIONS, _LENGTHS = 6.0, 40.0
#: Logarithm of the longest time that a section covers, and how far a power law falls inside it.
_LONGEST, _FALL = 300.0, 4.0
#: Windows of `hankel_bound` tried for a power law.
_WINDOWS = 12


def least_width(target: Target | str, error: Any, norm: str = "l2", *, interval: Any = None) -> int:
    """A number of terms below which no exponential sum is within `error` of the kernel: real or complex, "sup": real.

    Parameters
    ----------
    target : Target or str
        Any kernel, or its text; integrable for "l1", finite on `interval` for "sup".
    error : number
        Positive distance, exact; for "l2" the norm, not its square.
    norm : {"l1", "l2", "sup"}
        Norm of the distance; "sup" is the maximum on `interval`.
    interval : pair of numbers, optional
        For "sup" only: the times ``A <= t <= B``, as for `best_fit`.

    Returns
    -------
    int
        0 if it is not seen that the zero function is further away than `error`.

    Raises
    ------
    TypeError, ValueError
        For input out of range, an unknown norm, or a kernel not seen to be integrable.

    Notes
    -----
    Rigour: proved. That so many terms are enough is not: `certified_width` bounds the width from above. In the maximum
    norm the bound is about real rates and amplitudes (`sup.proof`).
    """
    tolerance, norm = exact_positive("error", error), _validate_norm(norm)
    if norm == "sup":
        return sup_least_width(target, tolerance, interval)
    if interval is not None:
        raise ValueError(f"`interval` must be None unless norm = 'sup'; got {interval!r} for {norm!r}")
    target = as_target(target)
    if norm == "l1":
        target = validate_integrable(target)
    with ball_precision(_BITS):
        distance = constant_ball(tolerance)
        needed = int(bool(_zero_distance(target, norm) > distance))
        more = shifted_bounds(target) if norm == "l2" else ()
        for bounds in itertools.chain(_bounds(target, norm, distance), more):
            needed = max(needed, sum(1 for bound in bounds if bound > distance))
        if norm == "l1" and isinstance(target, PowerLaw) and target.amplitude != 0:
            share = distance / abs(constant_ball(target.amplitude))
            while needed > 0 and hankel_lower_bound(target.omega, needed, _WINDOWS) > share:
                needed += 1
    return needed


def distance_bounds(target: Target, norm: str = "l1") -> list[arb]:
    """Lower bounds on the distance from every sum of 0, 1, 2, ... exponentials, falling. Rigour: proved.

    Empty for kernels without a closed second antiderivative.
    """
    norm = _validate_norm(norm)
    if norm == "sup":
        raise ValueError("`norm` must be 'l1' or 'l2'; got 'sup'")
    with ball_precision(_BITS):
        found = _closed_bounds(target, norm)
        return [max(column, key=float) for column in zip(*found, strict=False)]


def _validate_norm(norm: Any) -> str:
    if not isinstance(norm, str) or norm not in _NORMS:
        close = difflib.get_close_matches(str(norm).lower(), _NORMS, 1, 0.4)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"`norm` must be one of {', '.join(map(repr, _NORMS))}; got {norm!r}{hint}")
    return norm


def _zero_distance(target: Target, norm: str) -> arb:
    """Lower bound on the norm of the kernel: its L2 norm, or the size of its integral."""
    if norm == "l2":
        return lower(target.squared_norm(), (), "ball")().sqrt()
    return abs(_tails(target, [arb(0)])[0])


def _tails(target: Target, times: list[arb]) -> list[arb]:
    parts, _ = decomposed(target).residual()
    columns = [part.tails(times) for part in parts]
    return [sum((column[k] for column in columns), arb(0)) for k in range(len(times))]


def _bounds(target: Target, norm: str, distance: arb) -> list[list[arb]]:
    found = _closed_bounds(target, norm)
    return found if found or norm == "l2" else _mass_bounds(target, distance)


def _closed_bounds(target: Target, norm: str) -> list[list[arb]]:
    """Bounds from sections in closed form, one list for each choice of cells."""
    expression = second_antiderivative(target)
    if expression is None:
        return []
    second: Callable[..., arb] = lower(expression, (t,), "ball")
    weighted = norm == "l2"
    scale = arb.pi().sqrt() if weighted else arb(1)
    found = [delay_bounds(target, _CELLS)] if weighted else []
    for edges in _cells(target):
        matrix = section(second, [arb(x) for x in edges], weighted)
        found.append([arb((x / scale).lower()) for x in _rank_bounds(matrix, weighted)])
    return found


def _rank_bounds(matrix: arb_mat, hilbert_schmidt: bool) -> list[arb]:
    values, radius = singular_values(matrix)
    return rank_distances(values, radius, hilbert_schmidt)


def _cells(target: Target) -> list[list[float]]:
    """Ends of cells: even ones for bumps, even in the logarithm for tails, and both together."""
    even: set[float] = set()
    late: set[float] = set()
    for part in target.parts():
        if isinstance(part, GaussianBump):
            end = float(part.delay) + _DEVIATIONS * float(part.width)
            even |= set(_even_ends(end))
        if isinstance(part, ExponentialSum):
            first, last = 0.1 / float(max(part.w)), _LENGTHS / float(min(part.w))
            late |= {0.0, *np.geomspace(first, last, _CELLS).tolist()}
        if isinstance(part, PowerLaw):
            decay = max(float(part.omega), 0.01)
            late |= set(np.expm1(np.linspace(0.0, min(_FALL / decay, _LONGEST), _CELLS + 1)).tolist())
    choices = [even, late, even | late] if even and late else [even or late]
    return [sorted(choice) for choice in choices]


def _even_ends(end: float) -> list[float]:
    """Multiples of a number of few bits, up to `end` at least: `section` evaluates sums that coincide once."""
    mantissa, exponent = math.frexp(end / _CELLS)
    step = math.ldexp(math.ceil(mantissa * 2.0**_STEP_BITS), exponent - _STEP_BITS)
    return [k * step for k in range(_CELLS + 1)]


def _mass_bounds(target: Target, distance: arb) -> list[list[arb]]:
    """Hankel matrices of the integrals over even cells, on spans that double."""
    parts, _ = decomposed(target).residual()
    found, span = [], arb(1)
    for _ in range(60):
        ends = [span * k / (2 * _FEW_CELLS - 1) for k in range(2 * _FEW_CELLS)]
        tails = _tails(target, ends)
        matrix = hankel_matrix([x - y for x, y in itertools.pairwise(tails)])
        found.append(_rank_bounds(matrix, False))
        if sum((part.absolute_tail(span / 2) for part in parts), arb(0)) < distance / 2:
            break
        span *= 2
    return found
