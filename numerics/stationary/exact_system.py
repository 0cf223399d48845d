r"""Zeros of systems that are written out exactly: Krawczyk's proof from the expressions and derivatives of them.

A second route beside `krawczyk`, which takes its gradients and Hessians from the objective's own ball arithmetic.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from fractions import Fraction

import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import ball_precision, relative_accuracy
from memcurse.numerics.arithmetic.lowering import lower

#: Bits beyond twice what the box says of its point: the residual at its centre is smaller than the box by as much.
_SPARE_BITS = 200


def working_bits(box: Sequence[arb]) -> int:
    """Bits at which a system is worth evaluating at the centre of a box; a side of one point asks for none."""
    accuracies = (relative_accuracy(side) for side in box if not side.is_exact())
    return 2 * max(0, max(accuracies, default=0)) + _SPARE_BITS


def enclosed_zero(
    system: Sequence[sp.Expr], variables: Sequence[sp.Symbol], box: Sequence[arb]
) -> tuple[arb, ...] | None:
    """Where in the box the one zero of the system lies: the image under Krawczyk's operator; None if it proves nothing.

    Parameters
    ----------
    system : sequence of sympy.Expr, length n
        Exact expressions in `variables` alone.
    variables : sequence of sympy.Symbol, length n
    box : sequence of arb, length n
        Sides with positive radius.

    Raises
    ------
    ValueError
        If there are not as many equations and sides as variables.

    Notes
    -----
    Rigour: proof. What is returned holds exactly one zero of the system, and it is the only one in the box.
    """
    n = len(variables)
    if not len(system) == len(box) == n:
        raise ValueError(
            f"`system` and `box` must be as long as `variables`, {n}; got {len(system)}, {len(box)}"
        )
    values = lower(list(system), variables, "ball")
    slopes = _slopes(tuple(system), tuple(variables))
    with ball_precision(working_bits(box)):
        centre = [side.mid() for side in box]
        at_centre = arb_mat(n, 1, values(*centre))
        try:
            inverse = arb_mat(n, n, slopes(*centre)).mid().inv().mid()
        except ZeroDivisionError:
            return None
        identity = arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        offset = arb_mat(n, 1, [side - x for side, x in zip(box, centre, strict=True)])
        shift = (identity - inverse * arb_mat(n, n, slopes(*box))) * offset - inverse * at_centre
        image = tuple(x + shift[i, 0] for i, x in enumerate(centre))
        inside = all(side.contains_interior(x) for side, x in zip(box, image, strict=True))
    return image if inside else None


@functools.lru_cache(maxsize=128)
def _slopes(system: tuple[sp.Expr, ...], variables: tuple[sp.Symbol, ...]) -> Callable[..., list[arb]]:
    """The derivatives of the entries, row by row, as a function of balls; a claim and its controls share systems."""
    slopes = []
    for entry in system:
        inside = entry.free_symbols
        slopes += [sp.diff(entry, x) if x in inside else sp.S.Zero for x in variables]
    found: Callable[..., list[arb]] = lower(slopes, variables, "ball")
    return found


def approximate_inverse(
    system: Sequence[sp.Expr], variables: Sequence[sp.Symbol], box: Sequence[arb]
) -> list[list[Fraction]]:
    """Of the derivative at the centre of a box where `enclosed_zero` proves a zero, to 53 bits.

    Raises
    ------
    ZeroDivisionError
        If the derivative is singular there as far as balls can tell.

    Notes
    -----
    Rigour: none, and none is needed: Krawczyk's operator proves what it proves with any matrix.
    """
    n = len(variables)
    slopes = _slopes(tuple(system), tuple(variables))
    with ball_precision(working_bits(box)):
        inverse = arb_mat(n, n, slopes(*(side.mid() for side in box))).mid().inv()
        return [[Fraction(float(inverse[i, j].mid())) for j in range(n)] for i in range(n)]
