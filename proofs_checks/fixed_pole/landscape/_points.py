"""Critical points of complex modes in exact numbers, coincided or not: Gaussian rationals, Hessians of rationals.

Gains b and poles v are drawn, and poles q of a target; its gains follow from ``R_0 = R_1 = 0`` at conj v, a linear
system over the Gaussian rationals with one term more than equations, so that Q is not tied to the rest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp
from sympy.polys.domains import QQ_I
from sympy.polys.matrices import DomainMatrix

from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.modes.objective import (
    Modes,
    gauss_newton,
    gradient,
    mode_product,
    real_hessian,
    residual_moment,
    residual_part,
    symbolic_modes,
)

#: A Gaussian rational of SymPy's domain.
Number = Any


def number(re: int, im: int, below: int) -> Number:
    """``(re + i im)/below``."""
    return QQ_I(sp.QQ(re, below), sp.QQ(im, below))


def conjugate(x: Number) -> Number:
    """The conjugate."""
    return QQ_I(x.x, -x.y)


def _symbols(modes: Modes) -> tuple[sp.Symbol, ...]:
    return (*modes.g, *modes.g_conj, *modes.p, *modes.p_conj)


@lru_cache(maxsize=32)
def _compiled(what: str, count: int, terms: int) -> Callable[..., Any]:
    """The package's expressions as functions of Gaussian rationals."""
    h, target = symbolic_modes(count), symbolic_modes(terms, "c", "q")
    kinds: dict[str, Callable[[], Any]] = {
        "A": lambda: gauss_newton(h).tolist(),
        "C": lambda: residual_part(h, target).tolist(),
        "gradient": lambda: gradient(h, target),
        "Q": lambda: [residual_moment(2, k, h, target) for k in range(count)],
    }
    expressions = kinds[what]()
    function: Callable[..., Any] = sp.lambdify((*_symbols(h), *_symbols(target)), expressions, modules=[])
    return function


@dataclass(frozen=True)
class Point:
    """Gains and poles of a network, and of the target."""

    gains: tuple[Number, ...]
    poles: tuple[Number, ...]
    target_gains: tuple[Number, ...]
    target_poles: tuple[Number, ...]

    def _values(self, what: str) -> Any:
        numbers = (self.gains, self.poles, self.target_gains, self.target_poles)
        g, p, c, q = numbers
        gc, pc, cc, qc = (tuple(map(conjugate, x)) for x in numbers)
        return _compiled(what, len(g), len(c))(*g, *gc, *p, *pc, *c, *cc, *q, *qc)

    @property
    def gradient(self) -> list[Number]:
        """Derivatives by conj g and conj p."""
        return [QQ_I.convert(x) for x in self._values("gradient")]

    @property
    def curvatures(self) -> list[Number]:
        """``Q_k``, the second moments of the residual."""
        return [QQ_I.convert(x) for x in self._values("Q")]

    def inertia(self) -> Inertia:
        """Inertia of the real Hessian, by elimination in rationals."""
        A, C = (
            sp.Matrix([[QQ_I.to_sympy(QQ_I.convert(x)) for x in row] for row in self._values(what)])
            for what in ("A", "C")
        )
        return exact_inertia(real_hessian(A, C).tolist())

    def split(self, shares: Sequence[Sequence[Number]]) -> Point:
        """Each mode as a group with the same pole, its gain shared out; shares of a group sum to 1."""
        pairs = list(zip(self.gains, self.poles, shares, strict=True))
        gains = tuple(b * x for b, _, group in pairs for x in group)
        poles = tuple(v for _, v, group in pairs for _ in group)
        return Point(gains, poles, self.target_gains, self.target_poles)


def _in_disc(rng: random.Random) -> Number:
    while True:
        x, y = rng.randint(-8, 8), rng.randint(-8, 8)
        if 0 < x * x + y * y < 81:
            return number(x, y, 10)


def _solved(gains: Sequence[Number], poles: Sequence[Number], q: Sequence[Number]) -> tuple[Number, ...]:
    """Target gains that make the point critical; the last is 1."""
    rows, right = [], []
    for order in (0, 1):
        for v in poles:
            x = conjugate(v)
            rows.append([mode_product(order, x, y) for y in q])
            right.append(
                sum((b * mode_product(order, x, y) for b, y in zip(gains, poles, strict=True)), QQ_I(0))
            )
    entries = [[QQ_I.convert(x) for x in row] for row in rows]
    square = DomainMatrix([row[:-1] for row in entries], (len(rows), len(rows)), QQ_I)
    rest = DomainMatrix([[b - row[-1]] for b, row in zip(right, entries, strict=True)], (len(rows), 1), QQ_I)
    return (*(x[0] for x in square.lu_solve(rest).to_list()), QQ_I(1))


def critical_points(rng: random.Random, count: int, widths: Sequence[int]) -> list[Point]:
    """Critical points with distinct poles, nonzero gains and nonzero Q."""
    found: list[Point] = []
    while len(found) < count:
        width = widths[len(found) % len(widths)]
        poles = [_in_disc(rng) for _ in range(3 * width + 1)]
        if len(set(poles)) < len(poles):
            continue
        gains = tuple(number(rng.randint(1, 6), rng.randint(-6, 6), 4) for _ in range(width))
        v, q = tuple(poles[:width]), tuple(poles[width:])
        point = Point(gains, v, _solved(gains, v, q), q)
        if all(point.curvatures):
            found.append(point)
    return found


def shares(rng: random.Random, sizes: Sequence[int], zeros: int = 0) -> list[list[Number]]:
    """Random complex shares that sum to 1 in each group; the first `zeros` groups get one share of zero more."""
    groups = []
    for index, size in enumerate(sizes):
        while True:
            free = [number(rng.randint(-5, 5), rng.randint(-5, 5), 3) for _ in range(size - 1)]
            last = QQ_I(1) - sum(free, QQ_I(0))
            if all([*free, last]):
                break
        groups.append([*free, last] + ([QQ_I(0)] if index < zeros else []))
    return groups
