"""The loss with complex modes, in continuous and in discrete time, as a field of its real variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from flint import acb
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.objective.complex_modes.arguments import exact_modes
from memcurse.numerics.objective.complex_modes.assembly import assemble_complex
from memcurse.numerics.objective.complex_modes.moments import ComplexMoments
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective

from .arithmetic import Arithmetic, Midpoints, Numbers
from .field import Values
from .units import UnitField

Array = NDArray[np.float64]


def _parts(numbers: list[Any]) -> list[sp.Expr]:
    """Real parts, then imaginary parts."""
    pairs = [x.as_real_imag() for x in numbers]
    return [x for x, _ in pairs] + [y for _, y in pairs]


class ComplexField(UnitField):
    """``J(a, x)`` with complex amplitudes and modes: variables (Re a, Im a, Re x, Im x).

    Where the target is real, a set of units that starts real or closed under conjugation stays so: conjugate units are
    moved as one, and what starts on the real axis stays there, as under the exact flow.

    Parameters
    ----------
    moments : ComplexMoments
        Of the target; continuous or discrete time.
    a, x : sequences of m exact complex numbers
    real_target : bool
        Whether the target is real.

    Notes
    -----
    Rigour: float64, or midpoints of balls at any precision.
    """

    def __init__(self, moments: ComplexMoments, a: Any, x: Any, real_target: bool) -> None:
        amplitudes, modes = exact_modes(moments.time, a, x)
        super().__init__(_parts(amplitudes), _parts(modes), 2)
        self.moments, self.real_target = moments, real_target
        self._objective = ComplexObjective(moments)
        self._discrete = moments.time == "discrete"

    def edge(self, theta: Array) -> Array:
        """The distance from the imaginary axis, or from the unit circle."""
        _, modes = self.parameters(theta)
        return np.asarray(1.0 - np.abs(modes) if self._discrete else modes.real, dtype=float)

    def symmetry(self) -> tuple[NDArray[np.int64], Array]:
        """Equal units stay equal; with a real target real ones stay real, and pairs of conjugates pairs."""
        twins, signs = super().symmetry()
        if not self.real_target:
            return twins, signs
        m = self.m
        units = [tuple(self.start[k::m]) for k in range(m)]
        mirrored = [(a, -b, x, -y) for a, b, x, y in units]
        if any(unit not in units for unit in mirrored):
            return twins, signs
        for k, unit in enumerate(units):
            first = min(units.index(unit), units.index(mirrored[k]))
            sign = 0.0 if unit == mirrored[k] else 1.0 if units[first] == unit else -1.0
            for part in range(4):
                twins[part * m + k] = part * m + first
                signs[part * m + k] = sign if part % 2 else 1.0
        return twins, signs

    def evaluate(self, theta: Numbers, arithmetic: Arithmetic) -> Values | None:
        """Loss, gradient and Hessian by the real variables; None outside the half plane or the disc."""
        if isinstance(arithmetic, Midpoints):
            return self._in_balls(theta, arithmetic)
        amplitudes, modes = self.parameters(theta)
        if not (np.isfinite(theta).all() and (self.edge(theta) > 0.0).all()):
            return None
        try:
            loss, gradient, hessian = self._objective.batch(amplitudes, modes, 2)
        except FloatRangeError:
            return None
        return Values(float(loss), gradient, hessian)

    def _in_balls(self, theta: Numbers, arithmetic: Arithmetic) -> Values | None:
        m = self.m
        a = [acb(theta[k], theta[m + k]) for k in range(m)]
        x = [acb(theta[2 * m + k], theta[3 * m + k]) for k in range(m)]
        inside = (1 - v.real**2 - v.imag**2 if self._discrete else v.real for v in x)
        if not all(v.mid() > 0 for v in inside):
            return None
        target = [self.moments.ball_moments(v.conjugate()) for v in x]
        parts = assemble_complex(self.moments.time, a, x, target, self.moments.ball_norm())
        gradient = np.array(parts.real_gradient(), dtype=object)
        hessian = np.array(parts.real_hessian(), dtype=object)
        return Values(parts.loss.mid(), arithmetic.rounded(gradient), arithmetic.rounded(hessian))
