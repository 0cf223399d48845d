r"""Sequences of long memory: fractional integration and powers of the index.

Both decay like a power of n, and their generating functions have a branch point at 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from memcurse.theory.exact import exact_positive, is_positive

from .sequences import TargetSequence


@dataclass(frozen=True, init=False)
class FractionalSequence(TargetSequence):
    r"""``(d)_n/n!``, the response of fractional integration ``(1 - z)^-d``; about ``n^(d-1)/Gamma(d)``.

    Parameters
    ----------
    d : number
        ``0 < d < 1/2``: beyond, the squares have no sum.
    """

    d: sp.Expr

    def __init__(self, d: Any) -> None:
        number = exact_positive("d", d)
        if not is_positive("1/2 - d", sp.S.Half - number):
            raise ValueError(f"`d` must lie strictly between 0 and 1/2; got {d}")
        object.__setattr__(self, "d", number)

    def _term(self, n: Any) -> sp.Expr:
        return sp.rf(self.d, n) / sp.factorial(n)

    def moment(self, k: int, p: sp.Expr) -> sp.Expr:
        """``M_k(p) = (d)_k (1 - p)^(-d-k)``."""
        return sp.rf(self.d, k) * (1 - p) ** (-self.d - k)

    def squared_norm(self) -> sp.Expr:
        """``Gamma(1 - 2d)/Gamma(1 - d)^2``."""
        return sp.gamma(1 - 2 * self.d) / sp.gamma(1 - self.d) ** 2


def power_moment(alpha: sp.Expr, shift: sp.Expr, k: int, p: sp.Expr) -> sp.Expr:
    r"""``M_k(p)`` of ``(n + shift)^-alpha`` by Lerch's ``Phi(p, s, a) = sum_n p^n (n + a)^-s``: no pole at p = 0.

    ``n (n-1) .. (n-k+1)`` is a polynomial in ``m = n + shift``, and the sum begins at n = k.
    """
    m = sp.Symbol("m")
    factor = sp.Poly(sp.expand(sp.ff(m - shift, k)), m) if k else sp.Poly(1, m)
    return sp.Add(*(c * sp.lerchphi(p, alpha - j, k + shift) for (j,), c in factor.terms()))


@dataclass(frozen=True, init=False)
class PowerSequence(TargetSequence):
    r"""``(n + 1)^-alpha``.

    Parameters
    ----------
    alpha : number
        Above 1/2, where the squares have a sum.
    """

    alpha: sp.Expr

    def __init__(self, alpha: Any) -> None:
        number = exact_positive("alpha", alpha)
        if not is_positive("alpha - 1/2", number - sp.S.Half):
            raise ValueError(f"`alpha` must be above 1/2; got {alpha}")
        object.__setattr__(self, "alpha", number)

    def _term(self, n: Any) -> sp.Expr:
        return sp.Pow((sp.Integer(n) if isinstance(n, int) else n) + 1, -self.alpha)

    def moment(self, k: int, p: sp.Expr) -> sp.Expr:
        """``M_k(p)`` by Lerch's function."""
        return power_moment(self.alpha, sp.S.One, k, p)

    def squared_norm(self) -> sp.Expr:
        """``zeta(2 alpha)``."""
        return sp.zeta(2 * self.alpha)
