r"""Equation (21): along the gradient flow the loss falls at the rate of the squared gradient.

.. math:: \frac{dJ}{d\tau} = \nabla J \cdot \dot\theta = -|\nabla J|^2

by the chain rule; it is checked here with SymPy's derivatives of the loss (18) on one side and the closed form (19) of
the gradient on the other, for a target that is not specified and a symbolic width: the two summands of the unit k.
Computed flows are then followed step by step: balls around the losses at the computed points, taken as the exact
numbers they are, must come in decreasing order; and so must the losses of the true flow, enclosed by a certified one.
Flows with momentum serve as controls: their loss rises now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.flow.certified.run import CertifiedRun
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.flow.momentum import heavy_ball
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLUE, VERMILION
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau._memory import (
    ONE_TERM,
    TWO_TERMS,
    ball_text,
    memory_target,
)
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.objective.gram_form import A, row
from memcurse.theory.objective.indexed_sums import canonical_sums, indexed_derivative
from memcurse.theory.targets.target import ExponentialSum, Target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Terms of the short part, delay, start; the last starts are away from the set where the model is the short part.
_FLOWS = (
    (ONE_TERM, 10, ("0.7", "0.3"), ("1", "1")),
    (ONE_TERM, 6, ("1", "1"), ("1/2", "3")),
    (ONE_TERM, 14, ("0.5", "0.3", "0.2"), ("1", "1", "1")),
    (TWO_TERMS, 8, ("1", "1/2", "-1/2"), ("1", "1", "5/2")),
)
_OSCILLATING = _FLOWS[0]
#: About this many points of a flow are enclosed, and marked in the picture.
_POINTS = 60


def _exact(values: Sequence[str]) -> tuple[sp.Rational, ...]:
    return tuple(sp.Rational(x) for x in values)


def dissipation(
    widths: Sequence[int], sign: int = -1, power: int = 2, target: Target | None = None
) -> Finding:
    """``dJ/dtau = sign |grad J|^power`` for ``dtheta/dtau = -grad J``, for every width and an unspecified target."""
    pairs = []
    for m in widths:
        a, w = amplitudes(m), rates(m)
        if target is None:
            loss, gradient = closed_forms.loss(a, w), closed_forms.gradient(a, w)
        else:
            loss = closed_forms.loss(a, w, target.moment, target.squared_norm())
            gradient = closed_forms.gradient(a, w, target.moment)
        slope = sp.Add(*(-g * sp.diff(loss, x) for x, g in zip((*a, *w), gradient, strict=True)))
        squared = sp.Add(*(g**2 for g in gradient))
        pairs.append((slope, sign * (squared if power == 2 else sp.sqrt(squared))))
    return Identities(
        f"dJ/dtau = {'-' if sign < 0 else '+'}|grad J|^{power}, m <= {widths[-1]}", tuple(pairs)
    )


def _every_width() -> Finding:
    """What the unit k adds to dJ/dtau: its two derivatives, times the closed forms with their signs turned."""
    loss, pairs = closed_forms.INDEXED.loss(), []
    for parameter, entry in zip((A[row], closed_forms.W[row]), closed_forms.INDEXED.gradient(), strict=True):
        slope, closed = canonical_sums(indexed_derivative(loss, parameter)), canonical_sums(entry)
        pairs.append((-slope * closed, -(closed**2)))
    return Identities("dJ/dtau = -|grad J|^2, summand by summand, every width", tuple(pairs))


def _objective(flow: tuple[Any, ...]) -> Any:

    terms, delay, _, _ = flow
    return Objective(memory_target(ExponentialSum(*terms), delay))


@lru_cache(maxsize=16)
def computed_flow(flow: tuple[Any, ...]) -> Any:
    """The gradient flow until the loss has dropped by 1/20."""

    return gradient_flow(_objective(flow), _exact(flow[2]), _exact(flow[3]), LossDrop("0.05"))


@lru_cache(maxsize=4)
def heavy_ball_flow(flow: tuple[Any, ...], friction: float) -> Any:
    """The heavy ball from the same start until the same event."""

    return heavy_ball(_objective(flow), _exact(flow[2]), _exact(flow[3]), LossDrop("0.05"), friction)


def losses(flow: tuple[Any, ...], run: Any, digits: int) -> list[Any]:
    """Balls around the loss at points of a computed flow; a float is the binary fraction that it is."""
    J = _objective(flow)
    stride = max(1, -(-len(run.t) // _POINTS))
    return [J.enclose(a, w, digits).loss for a, w in zip(run.a[::stride], run.w[::stride], strict=True)]


def true_losses(flow: tuple[Any, ...]) -> list[Any]:
    """Balls around the loss of the *true* flow at the ends of a certified flow's steps."""
    run = gradient_flow(
        _objective(flow), _exact(flow[2]), _exact(flow[3]), LossDrop("0.05"), rtol=1e-6, certify=True
    )
    if not isinstance(run, CertifiedRun) or run.proof is None or run.status != "reached":
        return []
    return run.proof.losses()


def _decreasing(name: str, values: Sequence[Any], digits: int) -> Finding:
    """Every loss below the one before it."""

    with precision(digits):
        return BallInequalities(name, tuple((after, before) for before, after in pairwise(values)))


def check(setting: Setting) -> Evidence:
    """The identity for an unspecified target, and losses along computed flows."""
    findings = [_every_width(), about_code(dissipation(range(1, 3)))]
    rows, curves = [], []
    for flow in _FLOWS[: setting.pick(4, 3)]:
        run = computed_flow(flow)
        values = losses(flow, run, setting.digits)
        where = f"a = ({', '.join(flow[2])}), w = ({', '.join(flow[3])}), T = {flow[1]}"
        in_order = _decreasing(f"losses in order along the flow from {where}", values, setting.digits)
        findings.append(about_code(in_order))
        rows.append((where, run.steps, str(run.event_time), ball_text(values[0]), ball_text(values[-1])))
        curves.append((where, run))
    true = true_losses(_FLOWS[0])
    proved = _decreasing("losses of the true flow in order, by a certified flow", true, setting.digits)
    findings.append(about_code(proved))
    table = Table(("start", "steps", "time", "first loss", "last loss"), tuple(rows))
    oscillating = heavy_ball_flow(_OSCILLATING, 0.02)
    return Evidence(
        tuple(findings), len(rows), setting.digits, table, {"curves": curves, "momentum": oscillating}
    )


def _heavy_ball(friction: float) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        values = losses(_OSCILLATING, heavy_ball_flow(_OSCILLATING, friction), setting.digits)
        finding = _decreasing(
            f"losses in order along the heavy ball, friction {friction}", values, setting.digits
        )
        return Evidence((finding,), 1, setting.digits)

    return refute


def _ascent(setting: Setting) -> Evidence:
    """A computed flow run backwards is a gradient ascent."""
    values = losses(_OSCILLATING, computed_flow(_OSCILLATING), setting.digits)[::-1]
    return Evidence(
        (_decreasing("losses in order along the ascent", values, setting.digits),), 1, setting.digits
    )


def _identity(sign: int, power: int) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        # Balls can evaluate the moments of this target, so that a false identity meets a counterexample.
        return Evidence((dissipation((1, 2), sign, power, ExponentialSum([1], [1])),))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """What the loss has dropped by along a gradient flow, and along a heavy ball from the same start."""
    _, run = evidence.data["curves"][0]
    ball = evidence.data["momentum"]
    for flow, style, colour, words in (
        (run, "o-", BLUE, "gradient flow"),
        (ball, "-", VERMILION, "heavy ball, friction 0.02 (control)"),
    ):
        every, drop = max(1, len(flow.t) // _POINTS), flow.loss[0] - flow.loss[1:]
        ax.plot(flow.t[1:], drop, style, color=colour, markersize=3, markevery=every, label=words)
    ax.set(xscale="log", yscale="log", xlabel=r"time $\tau$", ylabel=r"loss drop $J(\theta_0) - J(\theta)$")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="eq-21",
    title="The loss falls along the gradient flow",
    paper="curse-of-memory",
    section="5",
    claim=r"\dot\theta = -\nabla J(\theta) \;\Rightarrow\; \frac{dJ}{d\tau} = -|\nabla J|^2 \le 0",
    hypotheses=("all rates positive", "computed flows: at their computed points, taken as exact numbers"),
    provenance=Provenance.DERIVED,
    uses=("eq-18", "eq-19"),
    check=check,
    controls=(
        Control("gradient ascent", _ascent),
        Control("heavy ball without friction", _heavy_ball(0.0)),
        Control("heavy ball with a small friction", _heavy_ball(0.02)),
        Control("dJ/dtau = +|grad J|^2", _identity(1, 2)),
        Control("dJ/dtau = -|grad J|", _identity(-1, 1)),
    ),
    figure=draw,
    quick=False,
)
