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


#: paper -> (name in code, meaning)
PAPER_NAMES: Final[dict[str, tuple[str, str]]] = {
    "m": ("m", "width: number of exponentials"),
    "a_i": ("a", "amplitudes, any sign"),
    "w_i": ("w", "decay rates, positive, 1/time"),
    "theta": ("(a, w)", "parameters in R^{2m}, amplitudes first"),
    "rho(t)": ("target", "target kernel on t >= 0"),
    "L_k(w)": ("target.moment(k, w)", "int_0^inf t^k exp(-w t) rho(t) dt"),
    "omega": ("1/delay", "memory parameter; T = 1/omega"),
    "rho_bar": ("short", "short-memory part of the target, an exponential sum"),
    "rho_0": ("bump", "template of the long-memory part"),
    "S(m, l)": ("stirling2(m, l)", "Stirling number of the second kind"),
}
