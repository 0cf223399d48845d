r"""Loss, gradient and Hessian with complex modes in three arithmetics, once for both times.

Results are those of the real variables (Re a, Im a, Re x, Im x), x the rates or poles: shapes (..., 4m) and
(..., 4m, 4m), twice the (Re, Im) of the derivatives by the conjugates (`assembly`).
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from flint import acb, arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import (
    GUARD_BITS,
    ball_precision,
    bits_for,
    mp_precision,
    to_mpf,
    validate_digits,
)
from memcurse.numerics.objective.cancellation import as_floats, lost, settled, vanishing
from memcurse.numerics.time_limit import check_time
from memcurse.theory.exact import exact_integer

from .arguments import LETTER, complex_ball, exact_modes, range_message, validate_modes
from .assembly import ComplexParts, assemble_complex
from .compiled_form import evaluate_batch
from .moments import ComplexMoments
from .prepared import PreparedComplexObjective

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

_ROUNDS = 6


class ComplexObjective:
    """What `Objective` and `DiscreteObjective` are with ``field="complex"``: see there."""

    def __init__(self, moments: ComplexMoments) -> None:
        self.moments = moments

    # --- float64 -----------------------------------------------------------------------------------------------

    def loss(self, a: Any, x: Any, digits: int | None = None) -> Any:
        """The loss, shape (...)."""
        if digits is not None:
            return self._mpmath(a, x, digits, 0)
        value = self.batch(a, x, 0)[0]
        return float(value) if value.ndim == 0 else value

    def gradient(self, a: Any, x: Any, digits: int | None = None) -> Any:
        """The real gradient, shape (..., 4m)."""
        return self.batch(a, x, 1)[1] if digits is None else self._mpmath(a, x, digits, 1)

    def hessian(self, a: Any, x: Any, digits: int | None = None) -> Any:
        """The real Hessian, shape (..., 4m, 4m)."""
        return self.batch(a, x, 2)[2] if digits is None else self._mpmath(a, x, digits, 2)

    def batch(self, a: Any, x: Any, order: int) -> tuple[Array, Array, Array]:
        """Loss, gradient (order 1) and Hessian (order 2); what is not asked for is not to be read."""
        amplitudes, modes = validate_modes(self.moments.time, a, x)
        shape, m = amplitudes.shape[:-1], amplitudes.shape[-1]
        n = int(np.prod(shape, dtype=int))
        flat_a, flat_x = amplitudes.reshape(n, m), modes.reshape(n, m)
        loss, gradient, hessian = self._compiled(flat_a, flat_x, order)
        discrete = self.moments.time == "discrete"
        with np.errstate(all="ignore"):
            norms = 0.5 / flat_x.real if not discrete else 1 / ((1 - np.abs(flat_x)) * (1 + np.abs(flat_x)))
            cancelled = np.flatnonzero(lost(loss, flat_a, norms, self.moments.float_size))
        for i in cancelled:
            loss[i], slope, curvature = self.precise(flat_a[i], flat_x[i])
            if order >= 1:
                gradient[i] = slope
            if order == 2:
                hessian[i] = curvature
        finite = np.isfinite(loss)
        if order >= 1:
            finite &= np.isfinite(gradient).all(axis=-1)
        if order == 2:
            finite &= np.isfinite(hessian).all(axis=(-2, -1))
        if not finite.all():
            worst = int(np.argmin(finite))
            raise FloatRangeError(range_message(self.moments.time, flat_a[worst], flat_x[worst]))
        if order >= 1:
            gradient = gradient.reshape(*shape, 4 * m)
        if order == 2:
            hessian = hessian.reshape(*shape, 4 * m, 4 * m)
        return loss.reshape(shape), gradient, hessian

    def _compiled(self, a: Complex, x: Complex, order: int) -> tuple[Array, Array, Array]:
        """In float64 for rows of modes, shape (n, m); results that it cannot hold are not finite."""
        n, m = a.shape
        with np.errstate(all="ignore"):
            given = self.moments.open_moments(x.conj())
        loss = np.empty(n)
        gradient = np.empty((n if order >= 1 else 1, 4 * m))
        hessian = np.empty((n if order == 2 else 1, 4 * m, 4 * m))
        evaluate_batch(a, x, self.moments.packed, given, loss, gradient, hessian, order)
        return loss, gradient, hessian

    def prepare(self, m: Any) -> PreparedComplexObjective:
        """The objective of one width for tight loops."""
        return PreparedComplexObjective(self.moments, exact_integer("m", m, least=1), self.precise)

    def precise(self, a: Complex, x: Complex) -> tuple[float, Array, Array]:
        """At one point where float64 cancels."""
        points = [acb(z.real, z.imag) for z in a], [acb(z.real, z.imag) for z in x]
        exact = self.moments.is_target(a, x)
        parts = settled(lambda: self.ball_parts(*points), lambda found: found.loss, exact, _ROUNDS)
        if parts is None:
            raise ArithmeticError(vanishing(LETTER[self.moments.time], a, x))
        message = range_message(self.moments.time, a, x)
        return as_floats(parts.loss, parts.real_gradient(), parts.real_hessian(), exact, message)

    # --- any precision -----------------------------------------------------------------------------------------

    def enclose(self, a: Any, x: Any, digits: int = 50) -> tuple[arb, arb_mat, arb_mat]:
        """Balls at exact parameters, or at balls of them; the loss aims at `digits`."""
        goal = bits_for(validate_digits(digits))
        amplitudes, modes = exact_modes(self.moments.time, a, x)
        bits = goal + GUARD_BITS
        for _ in range(_ROUNDS):
            with ball_precision(bits):
                parts = self.ball_parts(amplitudes, modes)
                if parts.loss.rel_accuracy_bits() >= goal:
                    break
            bits *= 2
        n = 4 * len(amplitudes)
        with ball_precision(bits):
            entries = [v for row in parts.real_hessian() for v in row]
            return parts.loss, arb_mat(n, 1, parts.real_gradient()), arb_mat(n, n, entries)

    def ball_parts(self, amplitudes: list[Any], modes: list[Any]) -> ComplexParts:
        """Everything in balls at the current precision. Rigour: enclosure."""
        check_time()
        a, x = [complex_ball(v) for v in amplitudes], [complex_ball(v) for v in modes]
        target = [self.moments.ball_moments(v.conjugate()) for v in x]
        return assemble_complex(self.moments.time, a, x, target, self.moments.ball_norm())

    def _mpmath(self, a: Any, x: Any, digits: int, order: int) -> Any:
        goal = bits_for(validate_digits(digits))
        amplitudes, modes = exact_modes(self.moments.time, a, x)
        bits = goal + GUARD_BITS
        for _ in range(_ROUNDS):
            with ball_precision(bits):
                parts = self.ball_parts(amplitudes, modes)
                chosen = _chosen(parts, order)
            if all(v.is_zero() or v.rel_accuracy_bits() >= goal for v in chosen):
                break
            bits *= 2
        else:
            if order == 0 and self.moments.is_target(amplitudes, modes):
                return mpmath.mpf(0)
            letter = LETTER[self.moments.time]
            raise ArithmeticError(
                f"`a` and `{letter}` must not make a result vanish against the terms it is made of; "
                "got one that cannot be told from 0; `enclose` bounds it"
            )
        with mp_precision(goal + 4):
            values = [+to_mpf(v) for v in chosen]
            if order == 0:
                return values[0]
            columns = 1 if order == 1 else 4 * len(amplitudes)
            return mpmath.matrix([values[i : i + columns] for i in range(0, len(values), columns)])


def _chosen(parts: ComplexParts, order: int) -> list[arb]:
    if order == 0:
        return [parts.loss]
    return parts.real_gradient() if order == 1 else [v for row in parts.real_hessian() for v in row]
