"""Pictures of results: ``plot_x(result, *, ax=None, **kw) -> Axes``.

Every function draws on the axes given, or on new ones, and returns them; none shows or saves anything. Keywords go to
matplotlib's own call. Colours are Okabe and Ito's, which people with any kind of colour vision can tell apart, and no
curve is told by its colour alone.

Rigour: none is added. What is drawn of balls is their midpoints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import mpmath
import numpy as np
from flint import arb_mat
from matplotlib.figure import Figure

from memcurse.numerics.arithmetic.balls import mp_digits, to_mpf
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.objective import Enclosure, Objective
from memcurse.theory.notation import t

from .style import BLUE, GREEN, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.theory.targets.target import Target

_MARKERS: Final = "osD^vP*X"
#: Exact entries have endless digits.
_MOST_DIGITS: Final = 2000


def axes_or_new(ax: Axes | None) -> Axes:
    """`ax`, or the axes of a new figure that no window belongs to."""
    if ax is not None:
        return ax

    return Figure(figsize=(6.4, 3.6), layout="constrained").subplots()


def plot_target(target: Target, *, until: float = 20.0, ax: Axes | None = None, **kw: Any) -> Axes:
    """The kernel ``rho(t)`` for ``0 <= t <= until``, and each of its parts when it is a sum.

    Parameters
    ----------
    target : Target
        With parts that float64 can evaluate.
    until : float
        Last time shown, positive.
    """
    if not until > 0:
        raise ValueError(f"`until` must be positive; got {until}")
    axes = axes_or_new(ax)
    times = np.linspace(0.0, until, 800)
    parts = target.parts()
    for part, colour, style in zip(parts, (VERMILION, GREEN, GREY), ("--", ":", "-."), strict=False):
        if len(parts) > 1:
            label = type(part).__name__
            axes.plot(times, _values(part, times), style, color=colour, linewidth=2.5, label=label)
    axes.plot(times, _values(target, times), **{"color": BLUE, "label": r"target $\rho$", **kw})
    axes.set(xlabel="time $t$", ylabel=r"kernel $\rho(t)$")
    axes.legend(frameon=False)
    return axes


def _values(target: Target, times: Any) -> Any:
    values = lower(target.expression, (t,), "float64")(times)
    return np.broadcast_to(np.asarray(values, dtype=float), times.shape)


def plot_loss_surface(
    objective: Objective,
    *,
    a: Sequence[Any],
    rates: tuple[float, float] = (0.02, 5.0),
    points: int = 81,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """Contours of the loss of two exponentials over their two rates (1/time, log axes), amplitudes `a` fixed."""
    axes = axes_or_new(ax)
    grid = np.geomspace(*rates, points)
    w = np.stack(np.meshgrid(grid, grid), axis=-1)
    losses = objective.loss(np.asarray(a, dtype=float), w)
    filled = axes.contourf(grid, grid, np.log10(losses), **{"levels": 20, "cmap": "cividis", **kw})
    axes.set(xscale="log", yscale="log", xlabel="rate $w_1$ (1/time)", ylabel="rate $w_2$ (1/time)")
    axes.figure.colorbar(filled, ax=axes, label=r"$\log_{10} J$")
    return axes


def plot_gradient_decay(
    enclosures: Mapping[Any, Enclosure], *, rate: float | None = None, ax: Axes | None = None, **kw: Any
) -> Axes:
    """Norm of the gradient against the delay, logarithmic.

    Parameters
    ----------
    enclosures : mapping from a delay (time) to an `Enclosure`
    rate : float, optional
        Also draw ``e^{-rate * delay}`` through the first point, for comparison.
    """
    axes = axes_or_new(ax)
    delays = np.array([float(delay) for delay in enclosures])
    norms = [_log10(_norm(ball.gradient)) for ball in enclosures.values()]
    axes.plot(delays, norms, **{"marker": "o", "color": BLUE, "label": r"$\|\nabla J\|$", **kw})
    if rate is not None:
        line = norms[0] - rate * (delays - delays[0]) / np.log(10)
        label = rf"$\propto e^{{-{rate:g}/\omega}}$"
        axes.plot(delays, line, color=VERMILION, linestyle="--", label=label)
    axes.set(xlabel=r"delay $1/\omega$ (time)", ylabel=r"$\log_{10}$ of the gradient's norm")
    axes.legend(frameon=False)
    return axes


def plot_eigenvalue_decay(enclosures: Mapping[Any, Enclosure], *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Size of the eigenvalues of the Hessian against the delay, logarithmic; hollow markers where they are negative.

    Eigenvalues are those of the midpoints at the digits that the balls hold; one that these digits do not tell from 0
    is left out, so enclose with more digits to see it.
    """
    axes = axes_or_new(ax)
    delays = np.array([float(delay) for delay in enclosures])
    spectra = [_eigenvalues(ball.hessian) for ball in enclosures.values()]
    for i, values in enumerate(zip(*spectra, strict=True)):
        heights = [_log10(abs(x)) for x in values]
        colour, marker = (BLUE, VERMILION, GREEN, GREY)[i % 4], _MARKERS[i % len(_MARKERS)]
        style = {"color": colour, "marker": marker, "label": rf"$|\lambda_{{{i + 1}}}|$", **kw}
        (line,) = axes.plot(delays, heights, markevery=[x >= 0 for x in values], **style)
        below = [x < 0 for x in values]
        axes.plot(delays[below], np.array(heights)[below], marker, color=line.get_color(), fillstyle="none")
    axes.set(xlabel=r"delay $1/\omega$ (time)", ylabel=r"$\log_{10}|\lambda|$ of the Hessian")
    axes.legend(frameon=False, ncols=2)
    return axes


def _log10(x: mpmath.mpf) -> float:
    # In mpmath: a norm of 1e-400 is what these pictures are for.
    return float(mpmath.log10(x)) if x else float("nan")


def _norm(column: arb_mat) -> mpmath.mpf:
    return mpmath.norm([to_mpf(x) for x in column.entries()], 2)


def _eigenvalues(matrix: arb_mat) -> list[mpmath.mpf]:
    """Eigenvalues of the midpoints, largest absolute value first; 0 for those that the digits do not tell from 0."""
    digits = int(min(x.rel_accuracy_bits() for x in matrix.entries() if not x.is_zero()) * 0.30103)
    with mp_digits(min(max(digits, 15), _MOST_DIGITS)):
        rows = [[to_mpf(x) for x in row] for row in matrix.table()]
        values = sorted(mpmath.eigsy(mpmath.matrix(rows), eigvals_only=True), key=abs, reverse=True)
        floor = abs(values[0]) * mpmath.mpf(10) ** (3 - mpmath.mp.dps)
        return [x if abs(x) > floor else mpmath.mpf(0) for x in values]
