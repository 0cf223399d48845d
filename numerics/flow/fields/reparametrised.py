r"""Rates that are functions of other variables, ``w = f(v)``: the gradient flow of ``J(a, f(v))`` in (a, v).

In (a, w) it is the flow of the metric ``diag(1, f'^-2)``: ``w' = -f'(v)^2 dJ/dw``. Metrics of the base move along, so
that a natural gradient flow must not depend on f: a test of both.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.exact import is_real

from .arithmetic import Arithmetic, Midpoints, Numbers
from .field import Metric, Values
from .units import UnitField
from .wrapped import Wrapped

Array = NDArray[np.float64]

_V: Final = sp.Symbol("v", real=True)
_W: Final = sp.Symbol("w", positive=True)
#: Functions known by name, and their inverses.
NAMED: Final = {
    "exp": (sp.exp(_V), sp.log(_W)),
    "softplus": (sp.log(1 + sp.exp(_V)), sp.log(sp.exp(_W) - 1)),
    "square": (_V**2, sp.sqrt(_W)),
}


@dataclass(frozen=True, init=False)
class Reparametrised:
    """The metric of a gradient flow in v, where the modes are ``f(v)``.

    Parameters
    ----------
    function : str or sympy.Expr
        "exp", "softplus" or "square", or an expression in one symbol, increasing or decreasing near the start.
    inverse : sympy.Expr, optional
        Its inverse in one symbol, on the branch of the start; needed with an expression.

    Raises
    ------
    TypeError, ValueError
        For another name, an expression that has not one symbol, or one without its inverse.
    """

    function: sp.Expr
    inverse: sp.Expr

    def __init__(self, function: str | sp.Expr, inverse: sp.Expr | None = None) -> None:
        if isinstance(function, str):
            if function not in NAMED or inverse is not None:
                raise ValueError(
                    f"`function` must be one of {', '.join(NAMED)}, or an expression with its `inverse`; "
                    f"got {function!r}"
                )
            function, inverse = NAMED[function]
        for name, value, symbol in (("function", function, _V), ("inverse", inverse, _W)):
            if not isinstance(value, sp.Expr) or len(value.free_symbols) != 1:
                raise TypeError(f"`{name}` must be a SymPy expression in one symbol; got {value!r}")
            object.__setattr__(self, name, value.subs(value.free_symbols.pop(), symbol))

    def start(self, modes: Any) -> list[sp.Expr]:
        """The variables v at exact modes; checks that `function` gives the modes back."""
        found = [self.inverse.subs(_W, x) for x in modes]
        for i, (v, x) in enumerate(zip(found, modes, strict=True)):
            if not self._gives(v, x):
                raise ValueError(
                    f"`inverse` must be the inverse of `function` at the start; got {v} for {x} at index {i}"
                )
        return found

    def _gives(self, v: sp.Expr, x: sp.Expr) -> bool:
        if v.has(sp.oo, -sp.oo, sp.zoo, sp.nan) or not is_real(v):
            return False
        with ball_precision(200):
            gap = constant_ball(self.function.subs(_V, v) - x)
            return bool(gap.is_finite() and abs(gap) < 1e-40)


@functools.lru_cache(maxsize=16)
def _lowered(function: sp.Expr, ball: bool) -> Callable[[Any], list[Any]]:
    """f, f' and f''."""
    derivatives = [function, *(sp.diff(function, _V, k) for k in (1, 2))]
    return lower(derivatives, (_V,), "ball" if ball else "float64")


@dataclass(frozen=True)
class Image:
    """States (a, v) as amplitudes and modes."""

    by: Reparametrised
    half: int

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Amplitudes and modes."""
        evaluate = _lowered(self.by.function, False)
        return theta[..., : self.half], np.asarray(evaluate(theta[..., self.half :])[0])


class ReparametrisedField(Wrapped):
    """A field of units with its modes as functions of v: variables (a, v)."""

    base: Any

    def __init__(self, base: Any, units: UnitField, by: Reparametrised) -> None:
        super().__init__(base)
        self.half = len(base.start) // 2
        if units.parts != 1:
            raise ValueError("`metric` must not be Reparametrised for complex modes; got field='complex'")
        self.by = by
        self.start = [*base.start[: self.half], *by.start(base.start[self.half :])]

    def _modes(self, theta: Numbers, arithmetic: Arithmetic) -> tuple[Numbers, Numbers, Numbers]:
        """The base's variables, and f' and f'' of all variables (1 and 0 of amplitudes)."""
        evaluate = _lowered(self.by.function, isinstance(arithmetic, Midpoints))
        rows = [evaluate(v) for v in theta[self.half :]]
        f, first, second = (arithmetic.rounded(arithmetic.array(list(x))) for x in zip(*rows, strict=True))
        ones = arithmetic.array(np.ones(self.half))
        return (
            np.concatenate([theta[: self.half], f]),
            np.concatenate([ones, first]),
            np.concatenate([0 * ones, second]),
        )

    def evaluate(self, theta: Numbers, arithmetic: Arithmetic) -> Values | None:
        """The chain rule."""
        there, first, second = self._modes(theta, arithmetic)
        if not np.isfinite(arithmetic.floats(there)).all():
            return None
        values = self.base.evaluate(there, arithmetic)
        if values is None:
            return None
        hessian = first[:, None] * values.hessian * first
        i = np.arange(len(theta))
        hessian[i, i] += second * values.gradient
        return Values(values.loss, arithmetic.rounded(first * values.gradient), arithmetic.rounded(hessian))

    def metric(self, theta: Numbers, arithmetic: Arithmetic) -> Metric | None:
        """The base's metric in these variables."""
        there, first, second = self._modes(theta, arithmetic)
        metric = self.base.metric(there, arithmetic)
        if metric is None:
            return None
        i = np.arange(len(theta))

        def along(u: Numbers) -> Numbers:
            # M_v = D M D with D = diag(f'): both factors D and the point of M move.
            out = first[:, None] * metric.along(first * u) * first
            out = out + first[:, None] * metric.matrix * (second * u)
            out[i, i] += second * (metric.matrix @ (first * u))
            return arithmetic.rounded(out)

        return Metric(arithmetic.rounded(first[:, None] * metric.matrix * first), along)

    def scales(self, theta: Numbers, arithmetic: Arithmetic) -> Array:
        """Those of the base, over f'."""
        there, first, _ = self._modes(theta, arithmetic)
        return np.asarray(self.base.scales(there, arithmetic) / np.abs(arithmetic.floats(first)))

    def round_off(self, theta: Numbers, values: Values, arithmetic: Arithmetic) -> float:
        """That of the base, which its Hessian in amplitudes gives, times the largest f'."""
        there, first, _ = self._modes(theta, arithmetic)
        stretch = float(np.abs(arithmetic.floats(first)).max())
        return self.base.round_off(there, values, arithmetic) * stretch

    def position(self, theta: Numbers, arithmetic: Arithmetic) -> Numbers:
        """Amplitudes and modes: a `Displacement` is measured in these."""
        return self._modes(theta, arithmetic)[0]

    def stretch(self, theta: Numbers, arithmetic: Arithmetic) -> float:
        """The largest f'."""
        return float(np.abs(arithmetic.floats(self._modes(theta, arithmetic)[1])).max())

    def layout(self) -> Image:
        """Amplitudes, and modes by the function."""
        return Image(self.by, self.half)

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Amplitudes and modes."""
        return self.layout().parameters(theta)
