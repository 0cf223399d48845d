r"""Samples of a sum of modes ``h_n = sum_k g_k p_k^n``: Hankel matrices, Vandermonde determinants, also in pairs.

The steps of proofs for all K, as identities in symbols, the exponents included.
"""

from __future__ import annotations

import sympy as sp

from .objective import Modes

Pair = tuple[sp.Expr, sp.Expr]


def samples(modes: Modes, count: int, start: int = 0) -> list[sp.Expr]:
    """``h_start, ..., h_{start+count-1}``."""
    terms = list(zip(modes.g, modes.p, strict=True))
    return [sp.Add(*(g * p**n for g, p in terms)) for n in range(start, start + count)]


def gaps(modes: Modes, power: int) -> sp.Expr:
    """Differences of all pairs of poles, to a power."""
    p = modes.p
    return sp.Mul(*((p[i] - p[j]) ** power for i in range(len(p)) for j in range(i)))


def _exponents() -> tuple[sp.Symbol, sp.Symbol]:
    i, j = sp.symbols("i j", integer=True, positive=True)
    return i, j


def hankel_entry() -> Pair:
    """One mode's term of the sample ``i + j`` and of the entry of ``V^T diag(g) V``."""
    g, p = sp.symbols("g p")
    i, j = _exponents()
    return g * p ** (i + j), p**i * g * p**j


def pencil_entry() -> Pair:
    """One mode's term of the entry ``h_{i+j+1} - z h_{i+j}`` of the pencil, and of its factors."""
    g, p, z = sp.symbols("g p z")
    i, j = _exponents()
    return g * p ** (i + j + 1) - z * g * p ** (i + j), p**i * (g * (p - z)) * p**j


def elimination_steps(start: int = 0) -> list[Pair]:
    """A column less ``r`` times the one before it, and the first column, which has to be 1."""
    p, r = sp.symbols("p r")
    n, _ = _exponents()
    return [(p**n - r * p ** (n - 1), p ** (n - 1) * (p - r)), (p**start, sp.S.One)]


def meeting_nodes(power: int = 4) -> list[Pair]:
    """Two pairs of nodes that meet: limits of the product of the gaps across, and of a divided difference."""
    p, r, d, e, g = sp.symbols("p r d e g")
    n, _ = _exponents()
    across = (p - r) * (p - r - e) * (p + d - r) * (p + d - r - e)
    slope = sp.diff(g * p**n, p)
    return [(across.subs({d: 0, e: 0}), (p - r) ** power), (slope, g * n * p ** (n - 1))]
