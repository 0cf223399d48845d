"""Pictures of the loss and of the signs of the Hessian on coincided critical spaces.

The signs are exact (`CriticalSpace.inertia`); losses and eigenvalues are float64, for the eye only.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from memcurse.numerics.landscape.critical_spaces import CriticalSpace, critical_spaces
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_number
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.targets.target import Target

from .style import BLACK, BLUE, GREY, LIGHT_GREY, ORANGE, PURPLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Corner = tuple[Fraction, Fraction]
#: Coefficients of s_1, s_2 and 1 in what vanishes with an amplitude.
_LINES = ((1, 0, 0), (0, 1, 0), (-1, -1, 1))

#: Colours for 0, 1, 2, ... negative eigenvalues; distinct without colour vision.
COLOURS = (BLUE, ORANGE, VERMILION, PURPLE, BLACK)


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues of the Hessian along the line ``(s b, (1 - s) b, v, v)``, ascending, with their exact signs.

    Attributes
    ----------
    space : CriticalSpace
        The line.
    shares : ndarray, shape (n,)
        s, dimensionless.
    eigenvalues : ndarray, shape (n, 4)
        float64.
    inertias : tuple of Inertia, length n
        Exact.
    """

    space: CriticalSpace
    shares: Array
    eigenvalues: Array
    inertias: tuple[Inertia, ...]


def line_spectrum(target: Target, shares: Any = None) -> Spectrum:
    """The spectrum along the line of proposition D.1, over the best fit with one rate.

    Rigour: signs exact, eigenvalues float64.
    """
    space = next(critical_spaces(target, 2, 1))
    s = np.linspace(-1, 2, 121) if shares is None else np.asarray(shares, dtype=float)
    points = [_on_line(space, x) for x in s]
    floats = np.array([[float(x) for x in a] for a in points])
    rates = np.full_like(floats, float(space.rates[0]))
    eigenvalues = np.linalg.eigvalsh(Objective(target).hessian(floats, rates))
    return Spectrum(space, s, eigenvalues, tuple(space.inertia(a) for a in points))


def _on_line(space: CriticalSpace, share: float) -> tuple[Any, Any]:
    b = space.reduced.amplitudes[0]
    first = exact_number("shares", share) * b
    return first, b - first


def plot_smallest_eigenvalue(spectrum: Spectrum, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """The smallest eigenvalue along the line: heavy where it is negative, light where it is exactly 0."""
    ax = _axes(ax)
    smallest = np.where([i.negative > 0 for i in spectrum.inertias], spectrum.eigenvalues[:, 0], 0.0)
    ax.plot(spectrum.shares, smallest, **{"color": COLOURS[0], **kw})
    for end in (0, 1):
        ax.axvline(end, color=LIGHT_GREY, linewidth=0.8, linestyle=":")
    ax.set(xlabel="share s, at (s b, (1 - s) b, v, v)", ylabel=r"smallest eigenvalue of $\nabla^2 J_2$")
    return ax


def plot_line_spectrum(spectrum: Spectrum, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """All four eigenvalues along the line, on a scale that shows both signs."""
    ax = _axes(ax)
    for i in range(spectrum.eigenvalues.shape[1]):
        ax.plot(
            spectrum.shares,
            spectrum.eigenvalues[:, i],
            **{"color": COLOURS[i], "linewidth": 1.5, "label": f"$\\lambda_{i + 1}$", **kw},
        )
    size = np.abs(spectrum.eigenvalues)
    ax.set_yscale("symlog", linthresh=float(np.median(size[size > size.max() * np.finfo(float).eps * 8])))
    for end in (0, 1):
        ax.axvline(end, color=LIGHT_GREY, linewidth=0.8, linestyle=":")
    ax.set(xlabel="share s, at (s b, (1 - s) b, v, v)", ylabel=r"eigenvalues of $\nabla^2 J_2$")
    ax.legend(fontsize=9, ncols=2)
    return ax


def plot_line_through(
    space: CriticalSpace,
    coefficients: Any,
    direction: Any,
    *,
    reach: float = 1.0,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """J from a point of the space along a direction (a and w, length 2m), both ways; the level of the space dashed."""
    ax = _axes(ax)
    theta, step = _float_point(space, coefficients), np.asarray(direction, dtype=float)
    if step.shape != theta.shape:
        raise ValueError(f"`direction` must have length {len(theta)}; got shape {step.shape}")
    x = np.linspace(-reach, reach, 201)
    losses = _losses(space.target, theta + x[:, None] * step)
    ax.plot(x, losses, **{"color": COLOURS[0], **kw})
    ax.axhline(float(_losses(space.target, theta[None])[0]), color=LIGHT_GREY, linestyle="--", linewidth=0.8)
    ax.set(xlabel="step along the direction", ylabel="loss J")
    return ax


def plot_lines_through(space: CriticalSpace, *, ax: Axes | None = None, **kw: Any) -> Axes:
    """J from the point with equal shares, along every eigenvector of its Hessian, coloured by the sign it shows."""
    ax = _axes(ax)
    owner = {
        k: (b, len(group))
        for group, b in zip(space.partition, space.reduced.amplitudes, strict=True)
        for k in group
    }
    coefficients = [owner[k][0] / owner[k][1] for k in range(len(owner))]
    theta, inertia = _float_point(space, coefficients), space.inertia(coefficients)
    m = len(theta) // 2
    vectors = np.linalg.eigh(Objective(space.target).hessian(theta[:m], theta[m:]))[1]
    x = np.linspace(-0.5, 0.5, 101) * theta[m:].min()
    # Ascending eigenvalues: the exact counts say which of them are negative, zero and positive.
    kinds = [("negative", COLOURS[2])] * inertia.negative + [("zero", COLOURS[1])] * inertia.zero
    kinds += [("positive", COLOURS[0])] * inertia.positive
    level, shown = float(_losses(space.target, theta[None])[0]), set()
    for i, (kind, color) in enumerate(kinds):
        losses = _losses(space.target, theta + x[:, None] * vectors[:, i])
        label = None if kind in shown else f"{kind} eigenvalue"
        ax.plot(x, losses - level, **{"color": color, "linewidth": 1, "label": label, **kw})
        shown.add(kind)
    ax.set_yscale("symlog", linthresh=max(level, 1e-12) * 1e-3)
    ax.set(xlabel="step along an eigenvector", ylabel="J minus J on the space")
    ax.legend(fontsize=9)
    return ax


def plot_plane_through(
    space: CriticalSpace,
    *,
    shares: tuple[float, float] = (-1.0, 2.0),
    split: float = 0.5,
    ax: Axes | None = None,
    **kw: Any,
) -> Axes:
    """J over (s, d) at ``(s b, (1 - s) b, v + d, v - d)``: the critical line d = 0 coloured by its inertia (m = 2).

    `split` is the largest d as a share of v, below 1; `kw` is for the contours.
    """
    _require_line(space)
    if not 0 < split < 1:
        raise ValueError(f"`split` must lie between 0 and 1; got {split}")
    ax = _axes(ax)
    b, v = (float(x[0]) for x in (space.amplitudes, space.rates))
    s, d = np.meshgrid(np.linspace(*shares, 91), np.linspace(-split * v, split * v, 61))
    losses = Objective(space.target).loss(np.stack([s * b, (1 - s) * b], -1), np.stack([v + d, v - d], -1))
    level = float(Objective(space.target).loss([b, 0], [v, v]))
    contours = ax.contourf(s, d, np.log10(losses / level), **{"levels": 16, "cmap": "Greys", **kw})
    ax.contour(s, d, losses, [level], colors=GREY, linewidths=0.6)
    ax.figure.colorbar(contours, ax=ax, label=r"$\log_{10}(J / J_{\rm line})$")
    _coloured_line(space, shares, ax)
    ax.set(xlabel="share s of the amplitude", ylabel="half the difference d of the rates (1/time)")
    return ax


def _coloured_line(space: CriticalSpace, shares: tuple[float, float], ax: Axes) -> None:
    ends = sorted({*shares, *(x for x in (0.0, 1.0) if shares[0] < x < shares[1])})
    shown: set[int] = set()
    for left, right in itertools.pairwise(ends):
        # Between two vanishing amplitudes no sign changes, so that one point tells for all.
        negative = space.inertia(_on_line(space, (left + right) / 2)).negative
        label = None if negative in shown else f"{negative} negative eigenvalue{'s' * (negative != 1)}"
        style: dict[str, Any] = {"linestyle": "-", "linewidth": 4, "solid_capstyle": "butt"}
        ax.plot([left, right], [0, 0], color=COLOURS[negative], label=label, **style)
        shown.add(negative)
    # The contours behind are dark: the legend needs a ground of its own.
    ax.legend(fontsize=9, loc="upper right", frameon=True, facecolor="white", framealpha=0.9)


def plot_inertia_plane(
    space: CriticalSpace, *, reach: tuple[float, float] = (-1.0, 2.0), ax: Axes | None = None, **kw: Any
) -> Axes:
    """Number of negative eigenvalues over the plane ``(s_1 b, s_2 b, (1 - s_1 - s_2) b)`` of a space with m = 3, l = 1.

    J is constant on the plane. The inertia changes only where an amplitude vanishes: these three lines cut the plane
    into regions, each drawn as one polygon and coloured by the exact inertia inside. `kw` is for the polygons.

    Raises
    ------
    ValueError
        For another space, or a `reach` that is no interval.
    """
    if len(space.rates) != 1 or space.dimension != 2:
        raise ValueError(f"`space` must have m = 3 and l = 1; got the partition {space.partition}")
    if not reach[0] < reach[1]:
        raise ValueError(f"`reach` must be an interval; got {reach}")
    ax = _axes(ax)
    shown: set[int] = set()
    for corners in _regions(Fraction(str(reach[0])), Fraction(str(reach[1]))):
        negative = _negative_inside(space, corners)
        style: dict[str, Any] = {"facecolor": COLOURS[negative], "edgecolor": BLACK, "linewidth": 0.8}
        ax.add_patch(Polygon([(float(x), float(y)) for x, y in corners], **{**style, **kw}))
        shown.add(negative)
    ax.set(xlim=reach, ylim=reach, aspect="equal", xlabel=r"$a_1 / b$", ylabel=r"$a_2 / b$")
    ax.grid(visible=False)
    ax.legend(handles=[Patch(color=COLOURS[k], label=f"{k} negative") for k in sorted(shown)], fontsize=9)
    return ax


def _regions(low: Fraction, high: Fraction) -> list[list[Corner]]:
    """The square cut along s_1 = 0, s_2 = 0 and s_1 + s_2 = 1, as corners in order; exact."""
    regions: list[list[Corner]] = [[(low, low), (high, low), (high, high), (low, high)]]
    for line in _LINES:
        halves = [_half(corners, line, side) for corners in regions for side in (1, -1)]
        regions = [corners for corners in halves if len(corners) > 2]
    return regions


def _half(corners: Sequence[Corner], line: tuple[int, int, int], side: int) -> list[Corner]:
    """The part of a convex polygon on one side of a line (Sutherland and Hodgman); empty where it has no area."""
    heights = [side * (line[0] * x + line[1] * y + line[2]) for x, y in corners]
    if not any(height > 0 for height in heights):
        return []
    kept: list[Corner] = []
    for k, (corner, height) in enumerate(zip(corners, heights, strict=True)):
        before, lower = corners[k - 1], heights[k - 1]
        if height * lower < 0:
            share = lower / (lower - height)
            kept.append(
                (before[0] + share * (corner[0] - before[0]), before[1] + share * (corner[1] - before[1]))
            )
        if height >= 0:
            kept.append(corner)
    return kept


def _negative_inside(space: CriticalSpace, corners: Sequence[Corner]) -> int:
    """Negative eigenvalues at the mean of the corners, which lies inside."""
    x, y = (sum((corner[i] for corner in corners), Fraction(0)) / len(corners) for i in (0, 1))
    b = space.reduced.amplitudes[0]
    first, second = exact_number("reach", x) * b, exact_number("reach", y) * b
    return space.inertia([first, second, b - first - second]).negative


def _require_line(space: CriticalSpace) -> None:
    if len(space.rates) != 1 or space.dimension != 1:
        raise ValueError(f"`space` must have m = 2 and l = 1; got the partition {space.partition}")


def _float_point(space: CriticalSpace, coefficients: Any) -> Array:
    a, w = space.point(coefficients)
    return np.array([float(x) for x in (*a, *w)])


def _losses(target: Target, theta: Array) -> Array:
    m = theta.shape[-1] // 2
    return np.asarray(Objective(target).loss(theta[..., :m], theta[..., m:]))


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax

    return plt.subplots()[1]
