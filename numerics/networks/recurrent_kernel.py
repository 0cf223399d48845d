r"""Kernels ``c^T e^{W s} U`` of networks with any stable state matrix (eqs. 6-9): enclosures, moments, norms.

The matrices are rational, so that stability is decided exactly, by Routh's table of the characteristic polynomial;
defective and far from normal matrices are as good as any. Scalar networks are assembled to one with several inputs
(eqs. 42-46).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, arb, arb_mat, fmpq, fmpq_mat, fmpq_poly
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, validate_digits
from memcurse.numerics.objective.functionals import fraction_ball
from memcurse.theory.exact import exact_integer, exact_number

from .panels import InputKernel, Rows, exact_matrix, lyapunov_system

Array = NDArray[np.float64]
_ROUNDS, _FLOAT_BITS = 6, 60


def _rational(name: str, value: Any) -> Fraction:
    number = exact_number(name, value)
    if not isinstance(number, sp.Rational):
        raise ValueError(f"`{name}` must be rational; got {value}")
    return Fraction(int(number.p), int(number.q))


def _vector(name: str, values: Any) -> tuple[Fraction, ...]:
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__iter__"):
        raise TypeError(f"`{name}` must be a sequence of numbers; got {values!r}")
    return tuple(_rational(f"{name}[{i}]", x) for i, x in enumerate(values))


def _matrix(name: str, values: Any) -> Rows:
    if isinstance(values, sp.MatrixBase):
        values = values.tolist()
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__iter__"):
        raise TypeError(f"`{name}` must be a sequence of rows; got {values!r}")
    rows = tuple(_vector(f"{name}[{i}]", row) for i, row in enumerate(values))
    if not rows or not rows[0]:
        raise ValueError(f"`{name}` must not be empty; got {values!r}")
    if len({len(row) for row in rows}) > 1:
        raise ValueError(f"`{name}` must have rows of one length; got lengths {[len(row) for row in rows]}")
    return rows


def _is_flat(U: Any) -> bool:
    """Whether `U` is a sequence of numbers, the column of one input."""
    if isinstance(U, sp.MatrixBase | str | bytes) or not hasattr(U, "__iter__"):
        return False
    return all(isinstance(x, str) or not hasattr(x, "__iter__") for x in U)


def _along_diagonal(matrices: Sequence[Rows]) -> Rows:
    width, rows, before = sum(len(matrix[0]) for matrix in matrices), [], 0
    for matrix in matrices:
        after = width - before - len(matrix[0])
        rows += [(*[Fraction(0)] * before, *row, *[Fraction(0)] * after) for row in matrix]
        before += len(matrix[0])
    return tuple(rows)


def is_stable(W: fmpq_mat) -> bool:
    """Whether every eigenvalue has a negative real part, by Routh's table. Rigour: exact."""
    coefficients = [Fraction(int(x.p), int(x.q)) for x in reversed(W.charpoly().coeffs())]
    upper, lower = coefficients[0::2], coefficients[1::2]
    while lower:
        if lower[0] <= 0:
            return False
        padded = [*lower[1:], *[Fraction(0)] * (len(upper) - len(lower))]
        following = [x - upper[0] / lower[0] * y for x, y in zip(upper[1:], padded, strict=True)]
        upper, lower = lower, following
    return True


@dataclass(frozen=True, init=False)
class RecurrentKernel:
    """The kernel ``c^T e^{W s} U`` of a stable linear network with d inputs.

    Parameters
    ----------
    c : sequence of m rational numbers
        Readout.
    W : m rows of m rational numbers
        State matrix (1/time); every eigenvalue must have a negative real part.
    U : m rows of d rational numbers, or m numbers for one input
        Input matrix.

    Raises
    ------
    TypeError, ValueError
        If an entry is no rational number, the shapes do not fit, or `W` is not stable.

    Notes
    -----
    Strings, ints, Fractions and floats (as the binary fractions they are) are kept exactly. Rigour: stability exact;
    `enclose`, `l1_norms`, `spectral_abscissa` enclosures; `moment`, `squared_norms` exact; `at` float64.
    """

    c: tuple[Fraction, ...]
    W: Rows
    U: Rows

    def __init__(self, c: Any, W: Any, U: Any) -> None:
        readout = _vector("c", [x for row in c.tolist() for x in row] if isinstance(c, sp.MatrixBase) else c)
        state = _matrix("W", W)
        m = len(state)
        entry = _matrix("U", [[x] for x in U] if _is_flat(U) else U)
        if len(state[0]) != m:
            raise ValueError(f"`W` must be square; got {m} rows of length {len(state[0])}")
        for name, length in (("c", len(readout)), ("U", len(entry))):
            if length != m:
                raise ValueError(f"`{name}` must have {m} rows, the order of `W`; got {length}")
        object.__setattr__(self, "c", readout)
        object.__setattr__(self, "W", state)
        object.__setattr__(self, "U", entry)
        if not is_stable(self._W):
            worst = max(self.eigenvalues(15), key=lambda z: float(z.real.mid()))
            raise ValueError(
                f"`W` must be stable, all eigenvalues with a negative real part; got the eigenvalue {worst.str(6)}"
            )

    @classmethod
    def diagonal(cls, a: Any, w: Any) -> RecurrentKernel:
        """The network of ``sum_i a_i e^{-w_i s}``: ``W = -diag(w)``, amplitudes in the readout, ones in `U`."""
        amplitudes, rates = _vector("a", a), _vector("w", w)
        if len(amplitudes) != len(rates):
            raise ValueError(f"`a` and `w` must have the same length; got {len(amplitudes)} and {len(rates)}")
        return cls(amplitudes, _along_diagonal([((-rate,),) for rate in rates]), [1] * len(rates))

    @classmethod
    def blocks(cls, kernels: Sequence[RecurrentKernel]) -> RecurrentKernel:
        """One network with the inputs of all `kernels`, state matrices on a diagonal (eqs. 42-46).

        Its order is the sum of theirs, and its kernel the row of theirs. Rigour: exact.
        """
        parts = list(kernels) if hasattr(kernels, "__iter__") else []
        if not parts or not all(isinstance(k, RecurrentKernel) for k in parts):
            raise TypeError(f"`kernels` must be a sequence of at least one RecurrentKernel; got {kernels!r}")
        c = [x for k in parts for x in k.c]
        return cls(c, _along_diagonal([k.W for k in parts]), _along_diagonal([k.U for k in parts]))

    def __sub__(self, other: object) -> RecurrentKernel:
        """The network, of order m + m', whose kernel is the difference of two kernels with as many inputs."""
        if not isinstance(other, RecurrentKernel):
            return NotImplemented
        if other.d != self.d:
            raise ValueError(f"`other` must have {self.d} inputs; got {other.d}")
        c = (*self.c, *(-x for x in other.c))
        return RecurrentKernel(c, _along_diagonal([self.W, other.W]), (*self.U, *other.U))

    @property
    def m(self) -> int:
        """Order of the state."""
        return len(self.c)

    @property
    def d(self) -> int:
        """Number of inputs."""
        return len(self.U[0])

    @functools.cached_property
    def _W(self) -> fmpq_mat:
        return exact_matrix(self.W)

    def matrices(self) -> tuple[arb_mat, arb_mat, arb_mat]:
        """`c` as a row, `W` and `U` as balls at the current precision."""
        return arb_mat(exact_matrix((self.c,))), arb_mat(self._W), arb_mat(exact_matrix(self.U))

    def eigenvalues(self, digits: int = 20) -> list[acb]:
        """The distinct eigenvalues of `W`. Rigour: each ball holds exactly one of them."""
        with ball_precision(bits_for(validate_digits(digits)) + GUARD_BITS):
            return [root for root, _ in fmpq_poly(self._W.charpoly()).complex_roots()]

    def spectral_abscissa(self, digits: int = 20) -> arb:
        """Enclosure of the largest real part of an eigenvalue (1/time), negative."""
        return functools.reduce(arb.max, [z.real for z in self.eigenvalues(digits)])

    def at(self, t: Any) -> Array:
        """Float64 values at the ages `t` of shape (...), as an array of shape (..., d).

        Rounded from balls, so as good where modes cancel as elsewhere; below 1e-308 they are 0.
        """
        ages = np.asarray(t)
        if ages.dtype.kind not in "iuf":
            raise TypeError(f"`t` must be real numbers; got {t!r}")
        ages = ages.astype(float)
        if not np.isfinite(ages).all() or (ages < 0).any():
            raise ValueError(f"`t` must be finite and nonnegative; got {t!r}")
        rows = [[float(x.mid()) for x in self._balls(Fraction(age), _FLOAT_BITS)] for age in ages.ravel()]
        return np.array(rows, dtype=float).reshape(*ages.shape, self.d)

    def enclose(self, t: Any, digits: int = 30) -> list[arb]:
        """Balls of the d components at the rational age `t`, to `digits` digits relative to the largest."""
        age = _rational("t", t)
        if age < 0:
            raise ValueError(f"`t` must be nonnegative; got {t}")
        return self._balls(age, bits_for(validate_digits(digits)))

    def _balls(self, age: Fraction, goal: int) -> list[arb]:
        bits = goal + GUARD_BITS
        for _ in range(_ROUNDS):
            with ball_precision(bits):
                c, W, U = self.matrices()
                values: list[arb] = (c * (W * fraction_ball(age)).exp() * U).entries()
                if max(x.rel_accuracy_bits() for x in values) >= goal or all(self._zero_inputs):
                    break
            bits *= 2
        if not all(x.is_finite() for x in values):
            about = age.numerator.bit_length() - age.denominator.bit_length()
            raise ArithmeticError(f"`t` must be an age at which balls hold the kernel; got about 2^{about}")
        return [arb(0) if gone else x for gone, x in zip(self._zero_inputs, values, strict=True)]

    @functools.cached_property
    def _zero_inputs(self) -> list[bool]:
        return [self.input(i).is_zero() for i in range(self.d)]

    def moment(self, k: int, w: Any) -> tuple[Fraction, ...]:
        """``int_0^oo t^k e^{-w t} kernel(t) dt = k! c^T (w - W)^{-(k+1)} U`` for rational w >= 0. Rigour: exact."""
        rate, k, m = _rational("w", w), exact_integer("k", k, 0), self.m
        if rate < 0:
            raise ValueError(f"`w` must be nonnegative; got {w!r}")
        shift = fmpq(rate.numerator, rate.denominator)
        A = fmpq_mat(m, m, [shift * int(i == j) - self._W[i, j] for i in range(m) for j in range(m)])
        X = exact_matrix(self.U)
        for _ in range(k + 1):
            X = A.solve(X)
        values = (exact_matrix((self.c,)) * X).entries()
        return tuple(factorial(k) * Fraction(int(x.p), int(x.q)) for x in values)

    def squared_norms(self) -> tuple[Fraction, ...]:
        """``int_0^oo kernel_i(t)^2 dt`` of each input: ``u_i^T P u_i`` with ``W^T P + P W = -c c^T``. Rigour: exact."""
        m = self.m
        pairs, A = lyapunov_system(self._W, fmpq_mat)
        c = exact_matrix((self.c,)).entries()
        p = A.solve(fmpq_mat(len(pairs), 1, [-c[i] * c[j] for i, j in pairs])).entries()
        P = fmpq_mat(m, m, [p[pairs[min(i, j), max(i, j)]] for i in range(m) for j in range(m)])
        U = exact_matrix(self.U)
        Q = U.transpose() * P * U
        return tuple(Fraction(int(Q[i, i].p), int(Q[i, i].q)) for i in range(self.d))

    def input(self, i: int) -> InputKernel:
        """The kernel of one input, with what `norms.Kernel` offers: value, tails, signs, L1 norm, answers."""
        place = exact_integer("i", i)
        if not 0 <= place < self.d:
            raise ValueError(f"`i` must be an input between 0 and {self.d - 1}; got {i!r}")
        return InputKernel(self.c, self.W, tuple(row[place] for row in self.U))

    def l1_norms(self, digits: int = 15) -> tuple[arb, ...]:
        """``int_0^oo |kernel_i|`` of each input to `digits` digits. Rigour: enclosure.

        Their sum is the norm of the functional on inputs with ``|x_i(t)| <= 1`` (eq. 12).
        """
        return tuple(self.input(i).l1_to(digits) for i in range(self.d))
