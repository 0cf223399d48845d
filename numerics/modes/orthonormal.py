r"""`orthonormal_modes`: Takenaka-Malmquist coordinates of a target, without a Gram matrix.

The functions with the transforms

.. math:: \frac{\sqrt{2 \Re w_k}}{s + w_k} \prod_{l<k} \frac{s - \bar w_l}{s + w_l},
          \qquad \frac{\sqrt{1 - |p_k|^2}}{1 - p_k z} \prod_{l<k} \frac{z - \bar p_l}{1 - p_l z}

(kernels; sequences) are orthonormal and span what the first k modes span (`theory.modes.blaschke`). For distinct modes
their partial fractions are products (`_row`), so coordinates, best gains and least loss need no system to be solved:
:math:`c_k = \langle e_k, \rho \rangle`, :math:`\min J = \|\rho\|^2 - \sum |c_k|^2`, :math:`g_j = \sum_k c_k T_{kj}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, validate_digits
from memcurse.numerics.objective.assembly import Time
from memcurse.numerics.objective.complex_modes.arguments import complex_array, exact_modes
from memcurse.numerics.objective.complex_modes.arguments import complex_ball as ball
from memcurse.numerics.objective.complex_modes.kernel_moments import KernelMoments
from memcurse.numerics.objective.complex_modes.sequence_moments import SequenceMoments
from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_complex_vector
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.sequences import TargetSequence
from memcurse.theory.targets.target import Target

_ROUNDS = 6


@dataclass(frozen=True, repr=False)
class Coordinates(JsonResult):
    """A target in orthonormal coordinates.

    Attributes
    ----------
    values : tuple of acb, length m
        ``c_k``, the inner products of the basis with the target. The loss of the first k modes alone is the squared
        norm less the sum of the first k ``|c|^2``.
    gains : tuple of acb, length m
        Amplitudes of the best fit by the modes themselves.
    loss : arb
        What no gains of these modes do better than.
    """

    values: tuple[acb, ...]
    gains: tuple[acb, ...]
    loss: arb

    def __repr__(self) -> str:
        return f"Coordinates(m={len(self.values)}, loss {self.loss.str(6)})"


class OrthonormalModes:
    """The orthonormal basis of m distinct modes, in the order given. Made by `orthonormal_modes`."""

    def __init__(self, time: Time, modes: Sequence[Any]) -> None:
        self.time = time
        self.modes = tuple(modes)

    def __repr__(self) -> str:
        return f"orthonormal_modes({list(self.modes)}, time={self.time!r})"

    def transform(self, digits: int = 30) -> list[list[acb]]:
        """The lower triangular T with ``e_k = sum_j T_kj mode_j``, entries to `digits`.

        Raises
        ------
        ArithmeticError
            If modes lie too near each other for the precision tried.
        """
        goal = bits_for(validate_digits(digits))
        for extra in range(_ROUNDS):
            with ball_precision((goal + GUARD_BITS) << extra):
                rows = self._rows()
            if all(x.is_zero() or x.rel_accuracy_bits() >= goal for row in rows for x in row):
                return rows
        raise ArithmeticError(f"`modes` must be apart enough for {digits} digits; got {list(self.modes)}")

    def _rows(self) -> list[list[acb]]:
        x = [ball(v) for v in self.modes]
        return [self._row(x, k) for k in range(len(x))]

    def _row(self, x: Sequence[acb], k: int) -> list[acb]:
        """Partial fractions of ``e_k``: its value at each mode's pole, without the factor that is infinite there."""
        size = (self._pairing(x[k], x[k])).real.sqrt()
        row = []
        for j in range(len(x)):
            value = acb(size) if j <= k else acb(0)
            if j < k:
                value *= self._pairing(x[j], x[j]) / (x[j] - x[k])
            for l in range(k):
                if l != j and j <= k:
                    value *= self._pairing(x[l], x[j]) / (x[j] - x[l])
            row.append(value)
        return row

    def _pairing(self, x: acb, y: acb) -> acb:
        """What two modes have in the denominator of their inner product."""
        return x.conjugate() + y if self.time == "continuous" else 1 - x.conjugate() * y

    def basis(self, at: Any) -> NDArray[np.complex128]:
        """The basis at times (kernels) or indices (sequences) of shape (n,): float64, shape (m, n).

        Notes
        -----
        Rigour: float64 of exact partial fractions, which cancel where modes lie near each other.
        """
        points = np.atleast_1d(complex_array("at", at)).real
        x = np.array([complex(ball(v)) for v in self.modes])
        rows = np.array([[complex(v) for v in row] for row in self.transform(17)])
        waves = np.exp(-np.outer(x, points)) if self.time == "continuous" else x[:, None] ** points
        result: NDArray[np.complex128] = rows @ waves
        return result

    def coordinates(self, target: Target | TargetSequence | str, digits: int = 30) -> Coordinates:
        """Coordinates, best gains and least loss of a kernel or a sequence.

        Raises
        ------
        TypeError, ValueError
            If the target is of the other time.
        ArithmeticError
            If modes lie too near each other for the precision tried.

        Notes
        -----
        Rigour: enclosures; coordinates to `digits` of the target's norm. Gains and loss to as many of their own, but
        where the loss cannot be told from 0: the target then lies in the span, or very near it.
        """
        moments = _moments(target, self.time)
        goal = bits_for(validate_digits(digits))
        for extra in range(_ROUNDS):
            with ball_precision((goal + GUARD_BITS) << extra):
                x = [ball(v) for v in self.modes]
                given = [moments.ball_moments(v.conjugate())[0] for v in x]
                rows = self._rows()
                values = [
                    sum((t.conjugate() * L for t, L in zip(row, given, strict=True)), acb(0)) for row in rows
                ]
                gains = [
                    sum((c * row[j] for c, row in zip(values, rows, strict=True)), acb(0))
                    for j in range(len(x))
                ]
                norm = moments.ball_norm()
                loss = norm - sum((abs(c) ** 2 for c in values), arb(0))
                small = norm.sqrt() * arb(2) ** -goal
                settled = all(abs(c).rad() <= small for c in values)
            if settled and all(v.rel_accuracy_bits() >= goal for v in (*gains, loss)):
                return Coordinates(tuple(values), tuple(gains), loss)
        if settled and loss.contains(0):
            return Coordinates(tuple(values), tuple(gains), loss)
        raise ArithmeticError(f"`modes` must be apart enough for {digits} digits; got {list(self.modes)}")


def _moments(target: Any, time: Time) -> KernelMoments | SequenceMoments:
    if time == "continuous" and isinstance(target, str | Target):
        return KernelMoments(as_target(target))
    if time == "discrete" and isinstance(target, TargetSequence):
        return SequenceMoments(target)
    kind = "kernel" if time == "continuous" else "target sequence"
    raise TypeError(f"`target` must be a {kind} for modes in {time} time; got {target!r}")


def orthonormal_modes(modes: Sequence[Any], time: Time = "continuous") -> OrthonormalModes:
    """The Takenaka-Malmquist basis of distinct modes.

    Parameters
    ----------
    modes : sequence of m exact numbers
        Rates with positive real parts (1/time), or poles in the unit disc.
    time : {"continuous", "discrete"}
        Which of the two.

    Raises
    ------
    TypeError, ValueError
        For other modes, and for two that are equal.
    """
    if time not in ("continuous", "discrete"):
        raise ValueError(f"`time` must be 'continuous' or 'discrete'; got {time!r}")
    numbers = exact_complex_vector("modes", modes)
    for i, x in enumerate(numbers):
        if x in numbers[:i]:
            raise ValueError(f"`modes` must be distinct; got {x} at indices {numbers.index(x)} and {i}")
    exact_modes(time, [0] * len(numbers), numbers)
    return OrthonormalModes(time, numbers)
