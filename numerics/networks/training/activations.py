"""Activations of networks: linear, tanh, ReLU; each and its derivative in compiled code.

The hyperbolic tangent is a table and its addition theorem, ``tanh(a + b) = (tanh a + tanh b)/(1 + tanh a tanh b)``: it
runs in vector registers, where a call of the C library does not.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from memcurse.numerics.arithmetic.compiled import subroutine

#: Codes in compiled code, by name.
ACTIVATIONS: Final = {"linear": 0, "tanh": 1, "relu": 2}
_LINEAR, _TANH = ACTIVATIONS["linear"], ACTIVATIONS["tanh"]

#: Points of the table per unit, and where tanh is 1 to all digits.
_PER_UNIT, _END = 16.0, 20.0
_TABLE: Final = np.tanh(np.arange(int(_PER_UNIT * _END) + 1) / _PER_UNIT)


@subroutine
def activate(z: Any, code: int) -> None:
    """Replace z, shape (B, m), by phi(z).

    Notes
    -----
    Rigour: float64; tanh to 3 units in the last place (its series at ``|b| <= 1/32`` ends below 1e-17 relative).
    """
    if code == _LINEAR:
        return
    for b in range(z.shape[0]):
        for i in range(z.shape[1]):
            if code == _TANH:
                y = min(abs(z[b, i]), _END)
                k = np.int32(_PER_UNIT * y + 0.5)
                far, x = _TABLE[k], y - k / _PER_UNIT
                q = x * x
                near = x * (1.0 + q * (-1 / 3 + q * (2 / 15 + q * (-17 / 315 + q * (62 / 2835)))))
                z[b, i] = np.copysign((far + near) / (1.0 + far * near), z[b, i])
            else:
                z[b, i] = max(z[b, i], 0.0)


@subroutine
def multiply_by_slope(g: Any, s: Any, dt: float, code: int) -> None:
    """Replace s = phi(z), shape (B, m), by ``dt phi'(z) g``."""
    for b in range(s.shape[0]):
        for i in range(s.shape[1]):
            if code == _LINEAR:
                s[b, i] = dt * g[b, i]
            elif code == _TANH:
                s[b, i] = dt * (1.0 - s[b, i] * s[b, i]) * g[b, i]
            else:
                s[b, i] = dt * g[b, i] if s[b, i] > 0.0 else 0.0
