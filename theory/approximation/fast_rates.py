r"""What sums of exponentials with fast rates cannot do: lower bounds on their distance from a kernel.

Let every rate of ``rho_hat = sum_i a_i e^{-w_i t}`` be at least `beta`, and let ``M``, ``T`` be the norms of the
kernel on ``[0, h]`` and ``[x, oo)``, ``h <= x``.

*Bounded amplitudes*, ``sum |a_i| <= A``: then ``|rho_hat(t)| <= A e^{-beta t}``, so

.. math:: \|\rho - \hat\rho\|_{L^1} \ge T_1(x) - \frac{A}{\beta} e^{-\beta x}.

*Positive amplitudes*, of any size: ``e^{beta t} rho_hat(t)`` does not rise and neither does ``rho_hat``, so for ``t
>= h``

.. math:: \hat\rho(t) \le e^{-\beta(t-h)} \hat\rho(h), \qquad h\,\hat\rho(h) \le \|\hat\rho\|_{L^1(0,h)}, \quad
          \sqrt h\,\hat\rho(h) \le \|\hat\rho\|_{L^2(0,h)},

and the norm on ``[x, oo)`` is at most ``kappa`` times that on ``[0, h]``, with ``kappa_1 = e^{-beta (x-h)}/(h beta)``
and ``kappa_2 = e^{-beta (x-h)}/sqrt(2 h beta)``. With the error e in the whole norm, ``T - e <= kappa (M + e)``:

.. math:: e \ge \frac{T - \kappa M}{1 + \kappa}.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


def bounded_floor(tail: Any, amplitudes: Any, beta: Any, x: Any) -> sp.Expr:
    """Least L1 distance with rates from `beta` on and ``sum |a_i| <= amplitudes``; `tail` is ``int_x^oo |rho|``."""
    return tail - amplitudes * sp.exp(-beta * x) / beta


def l1_ratio(beta: Any, x: Any, h: Any) -> sp.Expr:
    """``kappa_1``: the most that a positive sum has behind `x` in L1, relative to what it has before `h`."""
    return sp.exp(-beta * (x - h)) / (h * beta)


def l2_ratio(beta: Any, x: Any, h: Any) -> sp.Expr:
    """``kappa_2``: the same in L2."""
    return sp.exp(-beta * (x - h)) / sp.sqrt(2 * h * beta)


def positive_floor(tail: Any, head: Any, ratio: Any) -> sp.Expr:
    """Least distance with positive amplitudes, from the norms of the kernel behind x and before h."""
    return (tail - ratio * head) / (1 + ratio)
