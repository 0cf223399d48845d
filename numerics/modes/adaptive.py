r"""Adaptive filters that are linear in their gains: recursive least squares, least mean squares, normalised or not.

Rows of features come from `features`. Every learner holds its state and takes samples in blocks of any length; errors
returned are a priori, those of the prediction before the sample was used.

| compiled argument | type | shape |
|---|---|---|
| X | complex128 | (N, n) |
| y, errors | complex128 | (N,) |
| P | complex128 | (n, n) |
| w | complex128 | (n,) |

Rigour: float64. Where rounding or divergence makes a result meaningless the learner raises and keeps its state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from memcurse.numerics.arithmetic.compiled import compiled
from memcurse.theory.exact import exact_integer

from .features import Complex, finite_complex

#: What is added to the power of a row, so that a row of zeros moves nothing.
_FLOOR: Final = 1e-8


def positive_float(name: str, value: Any) -> float:
    """`value` as a positive finite float."""
    if isinstance(value, bool | str | bytes):
        raise TypeError(f"`{name}` must be a number; got {value!r}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"`{name}` must be a number; got {value!r}") from None
    if not 0 < number < np.inf:
        raise ValueError(f"`{name}` must be positive and finite; got {value!r}")
    return number


def _rows(X: Any, y: Any, order: int) -> tuple[Complex, Complex]:
    rows, targets = finite_complex("X", X, 2), finite_complex("y", y)
    if rows.shape != (len(targets), order):
        raise ValueError(f"`X` must have the shape {(len(targets), order)}; got {rows.shape}")
    return rows, targets


@compiled
def _rls(X: Any, y: Any, w: Any, P: Any, forgetting: float, errors: Any) -> int:
    """Number of samples used: fewer than all where P is no longer positive definite or finite."""
    n = len(w)
    k = np.empty(n, dtype=np.complex128)
    for t in range(len(y)):
        power, e = 0.0, y[t]
        for i in range(n):
            e -= X[t, i] * w[i]
            total = 0j
            for j in range(n):
                total += P[i, j] * np.conj(X[t, j])
            k[i] = total
            power += (X[t, i] * total).real
        # X P X^* is positive; rounding takes less than a share of the forgetting from it while P is sound.
        if not -0.01 * forgetting <= power < np.inf:
            return t
        power += forgetting
        errors[t] = e
        for i in range(n):
            w[i] += k[i] / power * e
            # The upper half, then its mirror: P stays Hermitian whatever is rounded.
            for j in range(i, n):
                P[i, j] = (P[i, j] - k[i] * np.conj(k[j]) / power) / forgetting
                P[j, i] = np.conj(P[i, j])
            P[i, i] = P[i, i].real
    return len(y)


@dataclass
class RLS:
    """Recursive least squares: ``min sum_t forgetting^(N-t) |y_t - X_t w|^2 + forgetting^N ridge |w|^2``.

    Attributes
    ----------
    order : int
        Number of gains n.
    forgetting : float
        In (0, 1]; 1 remembers everything.
    ridge : float
        Positive.
    gains : ndarray, shape (n,)
    inverse : ndarray, shape (n, n)
        Inverse of the regularised correlation matrix of the rows.
    """

    order: int
    forgetting: float = 1.0
    ridge: float = 1e-2
    gains: Complex = field(init=False)
    inverse: Complex = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.order = exact_integer("order", self.order, least=1)
        self.forgetting = positive_float("forgetting", self.forgetting)
        if self.forgetting > 1:
            raise ValueError(f"`forgetting` must lie in (0, 1]; got {self.forgetting}")
        self.ridge = positive_float("ridge", self.ridge)
        self.gains = np.zeros(self.order, dtype=np.complex128)
        self.inverse = np.eye(self.order, dtype=np.complex128) / self.ridge

    def run(self, X: Any, y: Any) -> Complex:
        """A priori errors of the next samples, shape (N,).

        Raises
        ------
        ValueError, TypeError
            For rows (N, n) and targets (N,) that are not finite or do not match.
        ArithmeticError
            If rounding has cost the inverse its positivity; the learner is then as before this block.
        """
        X, y = _rows(X, y, self.order)
        errors = np.empty(len(y), dtype=np.complex128)
        gains, inverse = self.gains.copy(), self.inverse.copy()
        used = _rls(X, y, gains, inverse, self.forgetting, errors)
        if used < len(y) or not (np.isfinite(gains).all() and np.isfinite(inverse).all()):
            raise ArithmeticError(
                f"`ridge` and `forgetting` must keep the inverse positive and finite; got {self.ridge} and "
                f"{self.forgetting}, with which it was lost at row {used} of this block"
            )
        self.gains, self.inverse = gains, inverse
        return errors


@compiled
def _lms(X: Any, y: Any, w: Any, rate: float, normalised: bool, floor: float, errors: Any) -> None:
    for t in range(len(y)):
        e, power = y[t], floor
        for i in range(len(w)):
            e -= X[t, i] * w[i]
            power += X[t, i].real ** 2 + X[t, i].imag ** 2
        errors[t] = e
        step = rate / power if normalised else rate
        for i in range(len(w)):
            w[i] += step * np.conj(X[t, i]) * e


@dataclass
class LMS:
    """Least mean squares; normalised by the power of the row (NLMS) unless told otherwise.

    Attributes
    ----------
    order : int
        Number of gains n.
    rate : float
        Positive; normalised, it converges for rates below 2.
    normalised : bool
    gains : ndarray, shape (n,)
    """

    order: int
    rate: float = 0.5
    normalised: bool = True
    gains: Complex = field(init=False)

    def __post_init__(self) -> None:
        self.order = exact_integer("order", self.order, least=1)
        self.rate = positive_float("rate", self.rate)
        self.gains = np.zeros(self.order, dtype=np.complex128)

    def run(self, X: Any, y: Any) -> Complex:
        """A priori errors of the next samples, shape (N,).

        Raises
        ------
        ValueError, TypeError
            For rows (N, n) and targets (N,) that are not finite or do not match.
        ArithmeticError
            If the gains diverge; the learner is then as before this block.
        """
        X, y = _rows(X, y, self.order)
        errors, gains = np.empty(len(y), dtype=np.complex128), self.gains.copy()
        _lms(X, y, gains, self.rate, self.normalised, _FLOOR, errors)
        if not (np.isfinite(errors).all() and np.isfinite(gains).all()):
            raise ArithmeticError(
                f"`rate` must be small enough for these rows; with {self.rate} the gains diverged"
            )
        self.gains = gains
        return errors
