r"""One exponential against a kernel in L2: steps by which the gain :math:`G(w) = w L_0(w)^2` tends to 0 at both ends.

Let c be the integral of :math:`e^{-wt} \rho` over a piece of the half line, A that of :math:`e^{-2wt}` and B that of
:math:`\rho^2`. The integral of :math:`(B e^{-wt} - c \rho)^2` is :math:`B (A B - c^2)`, so :math:`c^2 \le A B`
(`cauchy_schwarz`). On either side of T, A is at most T and 1/(2w), or 1/(2w) and :math:`e^{-2wT}/(2w)` (`pieces`), and
with :math:`(x + y)^2 \le 2 x^2 + 2 y^2` (`two_pieces`)

.. math:: G \le 2 w T \|\rho\|^2 + \|\rho\|_{L^2(T, \infty)}^2, \qquad
          G \le \|\rho\|_{L^2(0, T)}^2 + e^{-2wT} \|\rho\|^2 .

With :math:`T = w^{-1/2}` the first tends to 0 with w, the second as w grows (`ends`).
"""

from __future__ import annotations

from typing import Any, Final

import sympy as sp

Pair = tuple[sp.Expr, sp.Expr]
Step = tuple[Any, Any, Any]

_W, _T, _TIME = sp.symbols("w T t", positive=True)
#: Squared norms of the kernel: on the half line, before T and behind T.
_NORM, _HEAD, _TAIL = sp.symbols("N N_0 N_1", nonnegative=True)
_DECAY: Final = sp.exp(-2 * _W * _TIME)


def cauchy_schwarz() -> list[Pair]:
    """``int (B e - c rho)^2``, term by term, with ``int e^2 = A``, ``int e rho = c``, ``int rho^2 = B``."""
    A, B, c, e, rho = sp.symbols("A B c e rho", real=True)
    square = sp.Poly((B * e - c * rho) ** 2, e, rho)
    integral = sp.Add(
        *(factor * {(2, 0): A, (1, 1): c, (0, 2): B}[powers] for powers, factor in square.terms())
    )
    return [(integral, B * (A * B - c**2))]


def integrals() -> list[Pair]:
    """``int e^(-2wt) dt`` over [0, T] and over [T, oo), by an antiderivative that vanishes at infinity."""
    primitive = -_DECAY / (2 * _W)
    behind = -primitive.subs(_TIME, _T)
    return [
        (sp.diff(primitive, _TIME), _DECAY),
        (behind, sp.exp(-2 * _W * _T) / (2 * _W)),
        (-primitive.subs(_TIME, 0) - behind, (1 - sp.exp(-2 * _W * _T)) / (2 * _W)),
    ]


def pieces() -> list[Step]:
    """``e^(-2wt) <= 1``, whose integral over [0, T] is T; the other three bounds on the integrals."""
    late, half = sp.exp(-2 * _W * _T), 1 / (2 * _W)
    return [
        (_DECAY, 1, 1 - _DECAY),
        (late * half, half, half * (1 - late)),
        ((1 - late) * half, half, late * half),
    ]


def two_pieces() -> list[Step]:
    """``(x + y)^2 <= 2 x^2 + 2 y^2``; and ``x^2 <= A B`` with its gap, times 2w."""
    x, y = sp.symbols("x y", real=True)
    bound, gap = sp.symbols("A g", nonnegative=True)
    return [
        ((x + y) ** 2, 2 * x**2 + 2 * y**2, (x - y) ** 2),
        (2 * _W * (bound - gap), 2 * _W * bound, 2 * _W * gap),
    ]


def gain_bounds(time: Any) -> tuple[sp.Expr, sp.Expr]:
    """The two bounds on the gain, for small and for large rates."""
    return 2 * _W * time * _NORM + _TAIL, _HEAD + sp.exp(-2 * _W * time) * _NORM


def ends() -> list[Pair]:
    """The bounds are what the pieces give; at ``T = w^(-1/2)`` their factors are powers and exponentials of sqrt(w)."""
    small, large = gain_bounds(_T)
    late = sp.exp(-2 * _W * _T)
    at_small, at_large = gain_bounds(1 / sp.sqrt(_W))
    root = sp.sqrt(_W)
    return [
        (small, 2 * _W * (_T * _NORM + _TAIL / (2 * _W))),
        (large, 2 * _W * (_HEAD / (2 * _W) + late / (2 * _W) * _NORM)),
        (at_small, 2 * root * _NORM + _TAIL),
        (at_large, _HEAD + sp.exp(-2 * root) * _NORM),
    ]
