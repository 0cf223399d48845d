"""Certified spectra of the Hessian at a point of the set: inertia about exact shifts, brackets, and their picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.matrices.inertia import inertia_about
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.evidence.statement import Evidence, Setting
from memcurse.theory.landscape.equivalent_parameters import Inertia

from ._memory import OnSpace, memory_target

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@lru_cache(maxsize=512)
def hessian_at(point: OnSpace, T: int, digits: int) -> Any:
    """Enclosure of ``H_omega``."""

    return Objective(memory_target(point.short, T)).enclose(point.a, point.w, digits).hessian


def inertia_at(point: OnSpace, T: int, shift: Any, digits: int) -> Inertia | None:
    """Certified inertia of ``H_omega - shift``."""

    return inertia_about(lambda working: hessian_at(point, T, working), shift, digits)


def spectrum(point: OnSpace, bound: Callable[[OnSpace, int], sp.Expr], setting: Setting) -> dict[str, Any]:
    """Every eigenvalue within a factor of two: how many exceed a power of two in size, by certified inertia."""

    def above(T: int, exponent: int, sign: int) -> int:
        shift = arb(2) ** exponent
        inertia = inertia_at(point, T, shift if sign > 0 else -shift, 40)
        return 0 if inertia is None else (inertia.positive if sign > 0 else inertia.negative)

    points, bounds = [], []
    for T in (4, 15, 30, 45, 60) if setting.quick else (4, 8, 15, 22, 30, 37, 45, 52, 60):
        for sign in (1, -1):
            total = above(T, -300, sign)
            for k in range(total):
                low, high = -300, 20
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if above(T, middle, sign) > k else (low, middle)
                points.append((T, sign, 2.0**low, 2.0**high))
        with precision(30):
            bounds.append((T, float(constant_ball(bound(point, T)).mid())))
    return {"points": points, "bounds": bounds, "text": point.text}


def draw(evidence: Evidence, ax: Axes) -> None:
    """The sizes of all eigenvalues against the delay, each known within a factor of two, and the bound B."""
    data = evidence.data
    for sign, colour, marker, words in ((1, BLUE, "o", "positive"), (-1, VERMILION, "v", "negative")):
        mine = [p for p in data["points"] if p[1] == sign]
        middle = [(p[2] * p[3]) ** 0.5 for p in mine]
        errors = [
            [x - p[2] for x, p in zip(middle, mine, strict=True)],
            [p[3] - x for x, p in zip(middle, mine, strict=True)],
        ]
        shift = 0.4 * sign
        ax.errorbar(
            [p[0] + shift for p in mine],
            middle,
            yerr=errors,
            fmt=marker,
            color=colour,
            markersize=5,
            label=f"{words} eigenvalues (certified)",
        )
    T, bounds = zip(*data["bounds"], strict=True)
    ax.plot(T, bounds, "-", color=BLACK, linewidth=1, label=r"$B = C\,T^2 e^{-cT}$")
    ax.set(
        yscale="log",
        xlabel=r"delay $T = 1/\omega$ (time)",
        ylabel=r"size of the eigenvalues of $\nabla^2 J_\omega$",
    )
    ax.set_title(data["text"], fontsize=9)
    ax.legend(fontsize=9)
