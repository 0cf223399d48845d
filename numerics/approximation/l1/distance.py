r"""Certified L1 distances between an exponential sum and a kernel.

With the residual ``r`` and any function ``s`` of values 1 and -1,

.. math:: \int_0^\infty s\,r\,dt \;\le\; \int_0^\infty |r|\,dt
          \;=\; \int_0^\infty s\,r\,dt + 2 \int_{s r < 0} |r|\,dt .

The left side is a few differences of antiderivatives where `s` changes sign a few times. So only the places where the
sign of the residual was not told go into the radius, with their length times the size that ``r`` has there.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from memcurse.numerics.arguments import exact_parameters
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, hull
from memcurse.numerics.arithmetic.bernstein import Stretch, bernstein_table, certified_signs
from memcurse.numerics.arithmetic.jets import EXACT_BITS, Model, Panel, Part, fraction, panel
from memcurse.numerics.objective.functionals import fraction_ball
from memcurse.theory.exact import exact_integer
from memcurse.theory.targets.target import Target

from .panel_ends import End, last_end, slowed
from .residual_parts import Decomposition, decomposed
from .smooth_jets import Smooth

MIN_DIGITS, MAX_DIGITS = 3, 1000
_ROUNDS = 6
_GUARD = 40
_FIRST_ORDER, _MAX_ORDER = 24, 500
#: Errors of Taylor polynomials may be this many bits above ``2^-order``.
_SLACK = 12
#: Halvings of a panel for every bit asked for (a singularity at 0 takes many), and how many panels there may be.
_SPLITS_PER_BIT, _MAX_PANELS = 2, 4000
#: Bits that a kernel's far tail counts for where signs must be decided.
_DECIDED_BITS = 400


@dataclass(frozen=True)
class L1Residual:
    """An exponential sum minus a kernel: its L1 norm and where it changes sign.

    Attributes
    ----------
    norm : arb
        Ball of ``int_0^oo |r|``.
    sign_changes : tuple of arb
        Balls in rising order (times). Between two of them, before the first and behind the last, the residual keeps its
        sign except where it was not told; from one to the next the sign changes.
    signs : tuple of int
        The signs 1 or -1, one more than there are sign changes; all 0 for the residual 0.
    undecided : arb
        Bound on ``int |r|`` over all places where the sign is not proved.
    complete : bool
        Whether the sign is proved everywhere but in the balls of `sign_changes`.
    decided : arb
        Time up to which that is so; infinite if `complete`.
    """

    norm: arb
    sign_changes: tuple[arb, ...]
    signs: tuple[int, ...]
    undecided: arb
    complete: bool
    decided: arb


def l1_error(target: Target | Decomposition, a: Any, w: Any, *, digits: int = 20) -> arb:
    """Ball of ``int_0^oo |sum_k a_k exp(-w_k t) - target(t)| dt``.

    Parameters
    ----------
    target : Target
        An integrable kernel.
    a, w : sequences of numbers or of arb, length m
        Amplitudes and positive rates (1/time). Floats and mpf stand for the binary numbers they are.
    digits : int
        Digits aimed at, 3 to 1000, relative to the error. What the balls in `a` and `w` leave open stays open.

    Raises
    ------
    TypeError, ValueError
        For input out of range, or a kernel that is not, or cannot be shown to be, integrable.

    Notes
    -----
    Rigour: enclosure.
    """
    return l1_residual(target, a, w, digits=digits).norm


def l1_residual(
    target: Target | Decomposition, a: Any, w: Any, *, digits: int = 20, every_point: bool = False
) -> L1Residual:
    """The norm and the sign changes of the residual; parameters and errors as for `l1_error`.

    With `every_point` the signs hold for all points of balls in `a` and `w`; otherwise they are those of the midpoints,
    and the norm alone holds for all points (its ball is then tighter).
    """
    digits = validate_l1_digits(digits)
    kernel = decomposed(target)
    amplitudes, rates = exact_parameters(a, w)
    goal, order = bits_for(digits), _FIRST_ORDER + bits_for(digits) // 2
    best: L1Residual | None = None
    for _ in range(_ROUNDS):
        with ball_precision(order + goal + _GUARD):
            residual = kernel.residual(amplitudes, rates, every_point)
            known = None if best is None else arb(best.norm.upper())
            try:
                found = _attempt(residual, order, goal, every_point, known)
            except ArithmeticError as error:
                raise ArithmeticError(
                    f"`target` must have a residual that can be bounded everywhere ({error}); got {kernel.target}"
                ) from error
        stuck = best is not None and not 2 * found.norm.rad() < best.norm.rad()
        best = best if best is not None and best.norm.rad() < found.norm.rad() else found
        short = goal - _accuracy(found.norm)
        # More digits do not help where the balls in `a` and `w`, or the budget of panels, set the radius.
        if short <= 0 or order >= _MAX_ORDER or stuck:
            break
        order = min(_MAX_ORDER, order + max(16, short // 2 + 8))
    best = best or found
    if not best.norm.is_finite():
        raise ArithmeticError(
            f"`target` must have a residual that can be bounded everywhere; got {kernel.target}"
        )
    return best


def _accuracy(x: arb) -> int:
    return 10**9 if x.is_exact() else int(x.rel_accuracy_bits())


def validate_l1_digits(digits: Any) -> int:
    """`digits` as an int from 3 to 1000."""
    value = exact_integer("digits", digits)
    if not MIN_DIGITS <= value <= MAX_DIGITS:
        raise ValueError(f"`digits` must be between {MIN_DIGITS} and {MAX_DIGITS}; got {value}")
    return value


# --- one attempt ---------------------------------------------------------------------------------------------------


def _attempt(
    residual: tuple[list[Part], arb], order: int, goal: int, decide: bool, known: arb | None
) -> L1Residual:
    parts, slack = residual
    if not parts:
        return L1Residual(
            hull(arb(0), slack),
            (),
            (0,),
            slack,
            slack.is_zero(),
            arb.pos_inf() if slack.is_zero() else arb(0),
        )
    # Where signs must be decided, a kernel's far tail counts for more than its mass.
    shown = slowed(parts) if decide else parts
    small = arb(2) ** (-_DECIDED_BITS if decide else 0)
    # Where terms cancel the parts are no measure of the norm; an earlier attempt is.
    size = _size(shown) if known is None else _size(shown).min(known)
    scale = arb(2) ** min(part.log2_scale for part in shown)
    end = last_end(shown, scale, size * arb(2) ** (-goal - 4), decide)
    tolerance = size * small * arb(2) ** (-order - goal // 2)
    panels = _edges(shown, scale, end.time)
    panels, total = _settled(shown, panels, order, tolerance, _SPLITS_PER_BIT * goal)
    table = bernstein_table(total.rows)
    halves = [p.half for p in panels]
    rough = sum((h * max(map(abs, row), key=float) for h, row in zip(halves, table, strict=True)), arb(0))
    tolerances = [rough * small * arb(2) ** (-goal - 10) / h for h in halves]
    found = certified_signs(total.rows, table, total.errors, tolerances)
    if not total.errors[0].is_finite() and (sign := _sign_near_zero(shown, panels[0])):
        found[0] = [Stretch(arb(-1), arb(1), sign, arb(0))]
    return _assembled(parts, slack, panels, found, end)


def _size(parts: Sequence[Part]) -> arb:
    """About the L1 norm of the parts, as a scale."""
    sizes = [
        abs(part.tails([arb(0)])[0]) if isinstance(part, Smooth) else part.absolute_tail(arb(0))
        for part in parts
    ]
    finite = [x.mid() for x in sizes if x.is_finite()]
    return sum(finite, arb(0))


def _edges(parts: Sequence[Part], scale: arb, end: arb) -> list[Panel]:
    """Panels from 0 to `end`, each as long as all before it together; delays lie between panels."""
    edges = {fraction(end), Fraction(0)}
    x = scale
    while x < end:
        edges.add(fraction(x))
        x = 2 * x
    for point in (point for part in parts for point in part.breaks()):
        edges |= {fraction(y) for y in (point.lower(), point.upper()) if y < end}
    with ball_precision(EXACT_BITS):
        points = [fraction_ball(x) for x in sorted(edges)]
    return [panel(x, y) for x, y in itertools.pairwise(points)]


def _sign_near_zero(parts: Sequence[Part], first: Panel) -> int:
    """Sign of the residual on the panel that begins at 0, where one part is infinite and outweighs all others."""
    for part in parts:
        sign, least = part.sign_near_zero(first.end)
        models = [other.model([first], 0) for other in parts if other is not part]
        if sum((abs(m.rows[0][0]) + m.errors[0] for m in models), arb(0)) < least:
            return sign
    return 0


def _settled(
    parts: Sequence[Part], panels: list[Panel], order: int, tolerance: arb, splits: int
) -> tuple[list[Panel], Model]:
    """Panels, halved until the Taylor polynomials are good, and the sums of the polynomials there."""
    breaks = [point for part in parts for point in part.breaks()]
    done: list[tuple[Panel, list[arb], arb]] = []
    for left in range(splits, -1, -1):
        models = [part.model(panels, order) for part in parts]
        bad: list[Panel] = []
        for i, p in enumerate(panels):
            error = sum((model.errors[i] for model in models), arb(0))
            local = sum((max(map(abs, model.rows[i][:3]), key=float) for model in models), arb(0))
            small = error * arb(2) ** (order - _SLACK) <= local or error * p.half <= tolerance
            # A delay that is no binary number lies in a panel as long as its rounding: no half of it would do better.
            within = any(not (p.end <= x or p.start >= x) for x in breaks)
            if small or within or not left or len(panels) + len(done) + len(bad) > _MAX_PANELS:
                row = [sum(column, arb(0)) for column in zip(*(m.rows[i] for m in models), strict=True)]
                done.append((p, row, arb(error.upper())))
            else:
                bad.append(p)
        if not bad:
            break
        panels = [half for p in bad for half in (panel(p.start, p.centre), panel(p.centre, p.end))]
    done.sort(key=lambda item: fraction(item[0].start))
    return [p for p, _, _ in done], Model([row for _, row, _ in done], [error for _, _, error in done])


# --- assembly ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """Exact ends of times over which one sign is certain."""

    start: arb
    end: arb
    sign: int


def _assembled(
    parts: Sequence[Part], slack: arb, panels: Sequence[Panel], found: Sequence[list[Stretch]], end: End
) -> L1Residual:
    runs: list[_Run] = []
    undecided, decided, complete, gap = end.bound, arb(0), True, False
    for p, stretches in zip(panels, found, strict=True):
        for stretch in stretches:
            if stretch.sign:
                run = _Run(_time(p, stretch.start), _time(p, stretch.end), stretch.sign)
                complete = _append(runs, run, gap) and complete
                decided = run.end if complete else decided
            else:
                undecided += _left_open(parts, p, stretch)
            gap = not stretch.sign
    complete = complete and end.sign != 0
    if end.sign:
        complete = _append(runs, _Run(end.time, end.time, end.sign), gap) and complete
    gaps = [(x.end, y.start) for x, y in itertools.pairwise(runs)]
    with ball_precision(EXACT_BITS):
        changes = [((x + y) / 2).mid() for x, y in gaps]
    signs_in_order = tuple(run.sign for run in runs) or (1,)
    tails = [part.tails([arb(0), *changes]) for part in parts]
    values = [sum(column, arb(0)) for column in zip(*tails, strict=True)]
    value = arb(0)
    for sign, x, y in zip(signs_in_order, values, [*values[1:], arb(0)], strict=True):
        value += sign * (x - y)
    norm = value if runs else abs(value)
    norm = norm + hull(arb(0), 2 * undecided) + hull(-slack, slack)
    norm = norm if norm > 0 else hull(arb(0), arb(norm.upper()).max(arb(0)))
    changes = [hull(x, y) for x, y in gaps]
    decided = arb.pos_inf() if complete else decided
    return L1Residual(norm, tuple(changes), signs_in_order if runs else (0,), undecided, complete, decided)


def _append(runs: list[_Run], run: _Run, gap: bool) -> bool:
    """Add a run; whether a gap before it is where the sign changes."""
    if runs and runs[-1].sign == run.sign:
        runs[-1] = _Run(runs[-1].start, run.end, run.sign)
        return not gap
    before = bool(runs)
    runs.append(run)
    return before or not gap


def _time(p: Panel, u: arb) -> arb:
    with ball_precision(EXACT_BITS):
        return p.centre + p.half * u


def _left_open(parts: Sequence[Part], p: Panel, stretch: Stretch) -> arb:
    """Bound on the integral of the absolute value over a stretch without a sign."""
    bound = stretch.bound * (stretch.end - stretch.start) * p.half
    return arb((bound if bound.is_finite() else _mass(parts, p)).upper())


def _mass(parts: Sequence[Part], p: Panel) -> arb:
    """Bound on the integral of the absolute value over a panel where a part has no finite bound."""
    total = arb(0)
    for part in parts:
        model = part.model([p], 0)
        largest = abs(model.rows[0][0]) + model.errors[0]
        total += 2 * p.half * largest if largest.is_finite() else part.head(p.end)
    return total
