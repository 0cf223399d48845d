r"""Stable parts of a critical space are local minima that attract the flow, and are not global.

Let a point of a coincided critical space have no negative eigenvalue and exactly m - l zeros, as ext-inertia tells.
The null space of the Hessian is then the direction of the space, and the Hessian is positive on the complement, near
the point too. By Taylor's theorem across the space, on which J is constant, J is larger at every nearby point off the
space: the point is a local minimum, not isolated, with the loss of the best fit of *fewer* terms. Near it the gradient
flow descends to the space exponentially and stays: an open set of starts never reaches the global minimum, and the flow
does not merely slow down there. Where an eigenvalue is negative, some nearby losses are lower, and the flow leaves.

**Proof that a whole box of starts is caught** (`_caught_box`). Let u be the coordinate along the line and y those
across it, on a box B around a point of the line. J and its gradient do not change along the line, so with the Hessian
at least :math:`\kappa > 0` across the line on B, and its mixed entries at most c,

.. math:: \dot{|y|} \le -\kappa |y|, \qquad |\dot u| = |\partial_u J(u, y) - \partial_u J(u, 0)| \le c |y|,

so a flow that starts with :math:`|y| \le \rho` moves along the line by at most :math:`c\rho/\kappa`. If the box is
larger than that it never leaves it, and y goes to 0: it ends on the line, at the line's loss.

Checked for two targets of two terms, m = 2, l = 1 (proposition D.1): losses next to the line, in balls; boxes of starts
that are caught, by this proof, and starts that leave, by certified flows; where the integrator's flows go, which start
farther from the line. Flows from starts drawn at random are listed in the table and drawn: some are caught too. The
table also says how near each trajectory passes to the line.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia, shifted
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.landscape.critical_spaces import critical_spaces
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLACK, BLUE, LIGHT_GREY, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Count, Counted, Every
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.targets.target import ExponentialSum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.landscape.critical_spaces import CriticalSpace

_TARGETS = (ExponentialSum([1, 2], [1, 3]), ExponentialSum([2, -1], [1, 3]))
#: Shares of b of the first index, well between and well beyond the points where an amplitude vanishes.
_SHARES = tuple(sp.Rational(x) for x in ("-1/2", "-1/3", "1/3", "1/2", "2/3", "4/3", "3/2"))
#: Size of a step off the space, relative to the rate.
_STEP = sp.Rational(1, 100)
#: Half the side of the boxes of starts that are proved to be caught.
_BOX = sp.Rational(1, 10_000)
#: Flow times: many times the slowest rate of the Hessian off the line for starts next to it; random ones take longer.
_UNTIL, _UNTIL_RANDOM, _RTOL = 300.0, 5000.0, 1e-3


@dataclass(frozen=True)
class Ending:
    """Where a flow went: `left` for less than 0.9 of the loss on the space, `caught` if it came closer to the space.

    `distances` are those of its start and of its nearest point from the space, with amplitudes in units of b and rates
    in units of v.
    """

    kind: str
    share: sp.Rational | None
    left: bool
    caught: bool
    end: tuple[float, ...]
    distances: tuple[float, float]


@lru_cache(maxsize=8)
def _line(target: ExponentialSum) -> CriticalSpace:

    return next(critical_spaces(target, 2, 1))


def _is_stable(space: CriticalSpace, share: sp.Rational) -> bool:
    """No negative eigenvalue and exactly m - l zeros: by ext-inertia."""
    b = space.reduced.amplitudes[0]
    inertia = space.inertia([share * b, b - share * b])
    return inertia.negative == 0 and inertia.zero == space.dimension


def _near(
    space: CriticalSpace, share: sp.Rational, rng: random.Random
) -> tuple[list[sp.Rational], list[sp.Rational]]:
    """A point next to the line, at a random step that moves the rates apart."""
    b, v = space.reduced.amplitudes[0], space.reduced.rates[0]
    steps = [sp.Rational(rng.randint(-100, 100), 100) for _ in range(3)]
    apart = sp.Rational(rng.choice((-1, 1)) * rng.randint(50, 100), 100)
    a = [share * b + _STEP * steps[0] * b, b - share * b + _STEP * steps[1] * b]
    return a, [v * (1 + _STEP * (steps[2] + apart)), v * (1 + _STEP * (steps[2] - apart))]


def _losses(stable: Callable[[CriticalSpace, sp.Rational], bool], points: int, setting: Setting) -> Finding:
    """Next to stable points every loss is higher than on the line; along the way down next to the others, lower."""

    rng, pairs = random.Random(setting.seed_for("ext-basins, losses")), []
    with precision(30):
        for target in _TARGETS:
            space, J = _line(target), Objective(target)
            for share in _SHARES:
                if stable(space, share):
                    near = [J.enclose(*_near(space, share, rng), 30).loss for _ in range(points)]
                    pairs += [(space.reduced.loss, loss) for loss in near]
                else:
                    pairs.append((J.enclose(*_way_down(space, share), 30).loss, space.reduced.loss))
    return BallInequalities("losses next to the line, against the loss on it", tuple(pairs))


def _way_down(space: CriticalSpace, share: sp.Rational) -> tuple[list[sp.Rational], list[sp.Rational]]:
    """The direction z with sum a_k z_k = 0 in the rates: the one on which ext-inertia has the sign of Q a (b - a)."""
    b, v = space.reduced.amplitudes[0], space.reduced.rates[0]
    z = (1 - share, -share)
    return [share * b, b - share * b], [v * (1 + _STEP * x) for x in z]


def _flow(space: CriticalSpace, a: Sequence[Any], w: Sequence[Any], kind: str, share: Any) -> Ending | None:
    """Follow the gradient flow; None if the start is below the loss of the line."""

    J, level = Objective(space.target), float(space.reduced.loss.mid())
    a, w = [float(x) for x in a], [float(x) for x in w]
    start, until = J.loss(a, w), _UNTIL_RANDOM if share is None else _UNTIL
    if start <= level:
        return None
    run = gradient_flow(J, a, w, LossDrop(start - 0.9 * level), until, _RTOL)
    left = run.event_time is not None
    closer = bool(abs(run.loss[-1] - level) < abs(start - level))
    b, v = float(space.amplitudes[0]), float(space.rates[0])
    end = (float(run.a[-1][0]) / b, *(float(x) / v for x in run.w[-1]))
    # Off the line {a_1 + a_2 = b, w_1 = w_2 = v}: the rates, and the amplitudes' sum along its unit normal.
    off = [((run.a.sum(axis=1) - b) / b) ** 2 / 2, *((run.w / v - 1) ** 2).T]
    distances = sum(off) ** 0.5
    return Ending(kind, share, left, not left and closer, end, (float(distances[0]), float(distances.min())))


@lru_cache(maxsize=8)
def _endings(setting: Setting, per_share: int, starts: int) -> tuple[tuple[ExponentialSum, Ending], ...]:
    rng, found = random.Random(setting.seed_for("ext-basins")), []
    for target in _TARGETS:
        space = _line(target)
        for share in _SHARES:
            tries = (
                _flow(space, *_near(space, share, rng), "next to the line", share) for _ in range(per_share)
            )
            found += [(target, ending) for ending in tries if ending is not None]
        for _ in range(starts):
            a, w = [rng.gauss(0, 2) for _ in range(2)], [rng.uniform(0.3, 5) for _ in range(2)]
            if (ending := _flow(space, a, w, "random", None)) is not None:
                found.append((target, ending))
    return tuple(found)


def _flows(setting: Setting, stable: Callable[[CriticalSpace, sp.Rational], bool]) -> Finding:
    parts: list[Finding] = []
    for target, ending in _endings(setting, *_sizes(setting)):
        if ending.share is not None:
            expected = stable(_line(target), ending.share)
            name = f"caught from next to share {ending.share}, {target.expression}"
            parts.append(Counted(name, int(expected), int(ending.caught), single_run=True))
    return Every("flows from next to the line", tuple(parts))


def _caught_box(space: CriticalSpace, share: sp.Rational) -> bool:
    """Whether every start within `_BOX` of this point of the line is certainly caught by it, as the module proves."""
    box = space.reduced.enclosure
    if box is None:
        return False
    J, b, v = Objective(space.target), box.a[0], box.w[0]
    part = rational_ball(share) * b
    half = rational_ball(_BOX)
    widened = [x.mid() + arb(0, (4 * half).upper()) for x in (part, b - part, v, v)]
    hessian = arb_mat(4, 4, [x for row in J.ball_parts(widened[:2], widened[2:]).hessian for x in row])
    root = arb(2).sqrt() / 2
    axes = arb_mat(4, 4, [root, root, 0, 0, -root, root, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    turned = axes.transpose() * hessian * axes
    across = arb_mat(3, 3, [turned[i, j] for i in (1, 2, 3) for j in (1, 2, 3)])
    middle = np.linalg.eigvalsh([[float(across[i, j]) for j in range(3)] for i in range(3)])
    if not middle[0] > 0.0:
        return False
    curvature = arb(float(middle[0]) / 2)
    inertia = ball_inertia(shifted(across, curvature))
    mixed = sum((turned[0, i].abs_upper() ** 2 for i in (1, 2, 3)), arb(0)).sqrt()
    # Corners of the box of starts, and how far the point itself is known.
    farthest = 2 * half + sum((x.rad() for x in (part, b, v)), arb(0)) * 2
    moved = farthest + farthest * mixed / curvature
    return bool(inertia is not None and inertia.positive == 3 and moved < 4 * half)


def _leaves(space: CriticalSpace, share: sp.Rational, rng: random.Random) -> bool:
    """Whether a flow from next to the line certainly falls below 0.9 of the loss on the line."""
    a, w = _near(space, share, rng)
    a, w = [sp.Rational(float(x)) for x in a], [sp.Rational(float(x)) for x in w]
    J, level = Objective(space.target), float(space.reduced.loss.mid())
    drop = LossDrop(float(J.loss([float(x) for x in a], [float(x) for x in w])) - 0.9 * level)
    return gradient_flow(J, a, w, drop, certify=True, rtol=1e-3).status == "reached"


@lru_cache(maxsize=64)
def _fate(target: ExponentialSum, share: sp.Rational, seed: int) -> int | None:
    """1 if all starts next to this point of the line are proved to be caught, 0 if one is to leave, else None."""
    space = _line(target)
    with precision(30):
        if _caught_box(space, share):
            return 1
    # Where nothing points down a flow would be followed for ever.
    down = not _is_stable(space, share)
    return 0 if down and _leaves(space, share, random.Random(seed)) else None


def _fates(setting: Setting, stable: Callable[[CriticalSpace, sp.Rational], bool]) -> Finding:
    """Whether the starts next to each point of the line are caught, by proof."""
    parts = [
        Count(
            f"boxes caught at share {share}, {target.expression}",
            _fate(target, share, setting.seed_for("ext-basins, fates")),
            int(stable(_line(target), share)),
        )
        for target in _TARGETS
        for share in _SHARES
    ]
    return Every("starts next to the line are caught, or leave", tuple(parts))


def _sizes(setting: Setting) -> tuple[int, int]:
    return setting.pick(8, 1), setting.pick(60, 0)


def check(setting: Setting) -> Evidence:
    """Losses next to the line, and flows."""
    losses, fates = _losses(_is_stable, setting.pick(12, 4), setting), _fates(setting, _is_stable)
    flows = about_code(_flows(setting, _is_stable))
    rows = tuple(
        (str(t.expression), e.kind, str(e.share or ""), int(e.caught), *e.end, *e.distances)
        for t, e in _endings(setting, *_sizes(setting))
    )
    ends = ("end: share of b", "end: w_1/v", "end: w_2/v")
    distances = ("distance from the line at the start", "and at the nearest point")
    columns = ("target", "start", "share", "caught", *ends, *distances)
    # Random starts, in the table, show how often a line catches; nothing is claimed of them.
    return Evidence((losses, fates, flows), losses.held + fates.held, 30, Table(columns, rows))


def _always_stable(setting: Setting) -> Evidence:
    return Evidence((_fates(setting, lambda space, share: True),))


def _never_stable(setting: Setting) -> Evidence:
    """Every coincided critical point is a saddle, and the flow leaves from next to it."""
    return Evidence((_fates(setting, lambda space, share: False),))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Ends of the flows that were caught (on the line of equal rates) and of those that left."""
    if evidence.table is None:
        return
    target = evidence.table.rows[0][0]
    for caught, colour, marker, words in ((0, LIGHT_GREY, ".", "left"), (1, BLUE, "o", "caught")):
        rows = [row for row in evidence.table.rows if row[0] == target and row[3] == caught]
        ax.plot(
            [r[4] for r in rows], [r[5] - r[6] for r in rows], marker, color=colour, label=words, linestyle=""
        )
    ax.axvspan(0, 1, color=VERMILION, alpha=0.12, label="saddles")
    ax.axhline(0, color=BLACK, linewidth=0.8)
    ax.set(
        xlim=(-2, 3), ylim=(-2.5, 2.5), xlabel="share of b at the end", ylabel=r"$(w_1 - w_2)/v$ at the end"
    )
    ax.set_title(f"flows for {target}", fontsize=10)
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="ext-basins",
    title="Stable parts of critical spaces catch the flow",
    paper="curse-of-memory",
    section="D.1",
    claim=(
        r"\text{no negative and exactly } m - l \text{ zero eigenvalues at a point of a coincided critical "
        r"space } \Rightarrow J \text{ is larger at all nearby points off the space, and the gradient flow "
        r"from an open set of starts ends on it, above the global minimum}"
    ),
    hypotheses=(
        "on a space of theorem D.1 whose J_l has a minimum above that of J_m",
        "shown for m = 2, l = 1 and two targets of two terms, of equal and of opposite signs: for all starts within "
        "1/10000 of stable points of the line, by proof",
    ),
    provenance=Provenance.NEW,
    uses=("thm-d.1", "ext-inertia", "prop-d.1"),
    check=check,
    controls=(
        Control("every coincided critical point is a saddle: all flows leave", _never_stable),
        Control("the flow returns to every point of the line", _always_stable),
    ),
    figure=draw,
    quick=False,
)
