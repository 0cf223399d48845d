"""Lower bounds on the distance of a kernel from every sum of m exponentials, in L1 and in L2, and on the width.

The bounds and their proofs stand in `theory.approximation.memory_bounds`. Rates and amplitudes may be complex; a
network with any stable state matrix of order m is covered.
"""

from __future__ import annotations

import difflib
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from memcurse.numerics.approximation.l1.residual_parts import validate_integrable
from memcurse.numerics.approximation.lower_bounds.terms_needed import terms_needed
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.matrices.eigenvalues import eigenvalue_balls
from memcurse.numerics.objective.functionals import Kernel
from memcurse.theory.exact import exact_integer, exact_positive
from memcurse.theory.notation import t
from memcurse.theory.targets.target import Target, inner_product

from .certified_width import WIDTH_NORMS
from .hankel_bound import hankel_lower_bound

Array = NDArray[np.float64]

_BITS = 128
#: Cells of the sections that are tried, one after the other while the count grows.
_CELLS = (16, 32, 64, 96)
#: Shifts of a kernel that are tried in L2; fewer where every product is a quadrature.
_SHIFTS, _SHIFTS_BY_QUADRATURE = (12, 24, 48, 72), (8,)
#: Share of the kernel's mass behind which no cell and no shift lies.
_LEFT_OUT = 1e-3
_WINDOWS = 6


def least_width(target: Target, error: Any, norm: str = "l2") -> int:
    """A width below which certainly no sum of exponentials comes within `error` of the target.

    Parameters
    ----------
    target : Target
        The kernel; integrable for the norm "l1".
    error : number
        Positive: a distance, for both norms.
    norm : {"l2", "l1"}

    Returns
    -------
    int
        m with the proof that every sum of fewer than m terms, with real or complex amplitudes and rates, is farther
        from the target than `error`. 0 where nothing is proved, which is right for an `error` of the target's norm or
        more.

    Raises
    ------
    TypeError, ValueError
        For a target that is none or not integrable in L1, an error that is not positive, or an unknown norm.

    Notes
    -----
    Rigour: proof, by balls. The best of the bounds in `theory.approximation.memory_bounds`; that it is the least width
    is not claimed.
    """
    tolerance = exact_positive("error", error)
    if norm not in WIDTH_NORMS:
        near = difflib.get_close_matches(str(norm), WIDTH_NORMS, n=1)
        guess = f" (did you mean {near[0]!r}?)" if near else ""
        raise ValueError(f"`norm` must be one of {', '.join(map(repr, WIDTH_NORMS))}; got {norm!r}{guess}")
    if not isinstance(target, Target):
        raise TypeError(f"`target` must be a memcurse target such as ExponentialSum; got {target!r}")
    with ball_precision(_BITS):
        bound = constant_ball(tolerance)
        if norm == "l1":
            least = _least_in_l1(validate_integrable(target), bound)
        else:
            least = _least_in_l2(target, bound)
    # Weighted sections, logarithmic cells and the delay bound: sometimes more, sometimes less.
    return max(least, terms_needed(target, tolerance, norm))


def l1_lower_bounds(target: Target, cells: int, geometric: bool = False) -> list[arb]:
    """Lower bounds on the L1 distance from every sum of 0, 1, 2, ... terms: singular values of a finite section.

    Parameters
    ----------
    target : Target
        Integrable.
    cells : int
        Order of the section, at least 1.
    geometric : bool
        Cells that grow with time, for kernels that decay slowly, in place of equal ones.

    Notes
    -----
    Rigour: proved lower bounds (each an exact ball), falling.
    """
    count = exact_integer("cells", cells, 1)
    with ball_precision(max(_BITS, ctx.prec)):
        return _singular_values(target, _grid(target, count, geometric))


def l2_lower_bounds(target: Target, shifts: Sequence[Any]) -> list[arb]:
    """Lower bounds on the L2 distance from every sum of 0, 1, 2, ... terms, from a kernel and its shifts.

    Parameters
    ----------
    target : Target
        The kernel.
    shifts : sequence of nonnegative exact numbers, increasing
        Times by which it is moved to the left.

    Notes
    -----
    Rigour: proved lower bounds (each an exact ball), falling.
    """
    with ball_precision(max(_BITS, ctx.prec)):
        n = len(shifts)
        eigenvalues = eigenvalue_balls(_gram(target, tuple(shifts)))
        sums, total = [], arb(0)
        for value in reversed(eigenvalues):
            total += arb(value.lower()).max(arb(0))
            sums.append(arb((total / n).sqrt().lower()))
        return list(reversed(sums))


def _least_in_l1(target: Target, error: arb) -> int:
    best = 0
    for geometric in (False, True):
        before = -1
        for cells in _CELLS:
            values = _singular_values(target, _grid(target, cells, geometric))
            found = sum(bool(value > error) for value in values)
            best = max(best, found)
            # A section that is far from full, and adds little, will not be overtaken by a finer one.
            if found < cells // 2 and found <= before:
                break
            before = found
    return _raised_by_windows(target, error, best)


def _raised_by_windows(target: Target, error: arb, m: int) -> int:
    """The older bound for a single power law, where it proves more."""
    omega = getattr(target, "omega", None)
    if omega is None or not omega > 0:
        return m
    size = abs(constant_ball(target.amplitude))  # type: ignore[attr-defined]
    while m == 0 or size * hankel_lower_bound(omega, m, _WINDOWS) > error:
        m += 1
    return m


def _least_in_l2(target: Target, error: arb) -> int:
    best = 0
    closed = all(part.seen_from(sp.S.Zero) is not None for part in target.parts())
    for n in _SHIFTS if closed else _SHIFTS_BY_QUADRATURE:
        found = 0
        for shifts in _shifts(target, n, float(error)):
            found = max(found, sum(bool(bound > error) for bound in l2_lower_bounds(target, shifts)))
        if found <= best and n > _SHIFTS[0]:
            break
        best = max(best, found)
    return best


# --- L1: sections of the Hankel operator ---------------------------------------------------------------------------


def _grid(target: Target, cells: int, geometric: bool) -> tuple[sp.Rational, ...]:
    """Ends of cells up to where little of the kernel's mass is left, as short fractions."""
    end = _end(target)
    if not geometric:
        return tuple(
            sp.Rational(Fraction(end * i / cells).limit_denominator(2**20)) for i in range(cells + 1)
        )
    first = min(0.25, end / cells)
    ratio = (1 + end / first) ** (1 / cells)
    times = [first * (ratio**i - 1) for i in range(cells + 1)]
    return tuple(sp.Rational(*Fraction(x).limit_denominator(2**20).as_integer_ratio()) for x in times)


@functools.lru_cache(maxsize=64)
def _end(target: Target) -> float:
    """A time behind which about `_LEFT_OUT` of the mass lies; heuristic, it only steers."""
    times = np.concatenate([[0.0], np.geomspace(1e-3, 1e12, 6000)])
    with np.errstate(all="ignore"):
        values = np.abs(lower(target.expression, (t,), "float64")(times))
    values = np.where(np.isfinite(values), values, 0.0)
    masses = np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(times))])
    return float(times[min(np.searchsorted(masses, (1 - _LEFT_OUT) * masses[-1]) + 1, len(times) - 1)])


def _singular_values(target: Target, ends: Sequence[sp.Rational]) -> list[arb]:
    """Lower ends of the singular values of the section on these cells, falling."""
    n = len(ends) - 1
    F = _second_antiderivative(target)
    values: dict[sp.Rational, arb] = {}
    for i in range(n + 1):
        for j in range(i + 1):
            time = ends[i] + ends[j]
            if time not in values:
                values[time] = F(time)
    widths = [constant_ball(y - x) for x, y in itertools.pairwise(ends)]
    section = arb_mat(n, n)
    for i in range(n):
        for j in range(i + 1):
            corners = values[ends[i] + ends[j]] + values[ends[i + 1] + ends[j + 1]]
            corners -= values[ends[i + 1] + ends[j]] + values[ends[i] + ends[j + 1]]
            section[i, j] = section[j, i] = corners / (widths[i] * widths[j]).sqrt()
    sizes = [arb(abs(value).lower()) for value in eigenvalue_balls(section)]
    return sorted(sizes, key=float, reverse=True)


def _second_antiderivative(target: Target) -> Callable[[sp.Rational], arb]:
    """A function F of exact times with ``F'' = rho``, in balls: closed forms where there are any, else tails."""
    x = sp.Symbol("x", nonnegative=True)
    closed, tails = sp.S.Zero, []
    for part in target.parts():
        form = part.second_antiderivative(x)
        if form is None:
            tails.append(Kernel(part.expression))
        else:
            closed += form
    run = lower(closed, (x,), "ball")

    def value(time: sp.Rational) -> arb:
        total = run(constant_ball(time))
        moment = Fraction(int(time.p), int(time.q))
        return sum((kernel.tail(moment, 1) for kernel in tails), total)

    return value


# --- L2: a kernel and its shifts -----------------------------------------------------------------------------------


def _shifts(target: Target, n: int, error: float) -> Iterator[tuple[sp.Rational, ...]]:
    """Systems of shifts worth a proof: equal steps up to several times, the best of them in float64 first."""
    limits = [float(part.delay) for part in target.parts() if hasattr(part, "delay")]
    last = min(limits) if limits else _end(target)
    for share in (1, Fraction(3, 4), Fraction(1, 2)):
        step = Fraction(last).limit_denominator(2**16) * share / n
        if step > 0:
            yield tuple(sp.Rational(step.numerator * i, step.denominator) for i in range(n))


def _gram(target: Target, shifts: tuple[sp.Rational, ...]) -> arb_mat:
    """``int rho(t + x_i) rho(t + x_j) dt`` over t >= 0."""
    n = len(shifts)
    moved = [target.seen_from(x) for x in shifts]
    gram = arb_mat(n, n)
    for i in range(n):
        for j in range(i + 1):
            p, q = moved[i], moved[j]
            if p is None or q is None:
                early, late = (target.expression.subs(t, t + x) for x in (shifts[i], shifts[j]))
                product: sp.Expr = sp.Integral(early * late, (t, 0, sp.oo))
            else:
                product = inner_product(p, q)
            gram[i, j] = gram[j, i] = lower(product, (), "ball")()
    return gram
