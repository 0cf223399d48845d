r"""Symbols with their assumptions, and the table from the paper's letters to names in code.

The paper is Li, Han, E, Li, *On the Curse of Memory in Recurrent Neural Networks* (arXiv 2009.07799).
"""

from __future__ import annotations

from typing import Final

import sympy as sp

#: Time, on the half line where every kernel lives.
t: Final = sp.Symbol("t", nonnegative=True)
#: A decay rate (1/time) at which a moment is taken.
w: Final = sp.Symbol("w", positive=True)
#: Delay ``T = 1/omega``, width and height of a memory bump (eq. 125).
delay: Final = sp.Symbol("T", positive=True)
width: Final = sp.Symbol("sigma", positive=True)
height: Final = sp.Symbol("c_0", real=True, nonzero=True)


def amplitudes(m: int) -> tuple[sp.Symbol, ...]:
    """Symbols ``a_1 .. a_m``: real, of any sign."""
    return tuple(sp.Symbol(f"a_{i}", real=True) for i in range(1, m + 1))


def rates(m: int) -> tuple[sp.Symbol, ...]:
    """Symbols ``w_1 .. w_m``: positive, in 1/time."""
    return tuple(sp.Symbol(f"w_{i}", positive=True) for i in range(1, m + 1))
