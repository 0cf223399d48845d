"""The two arithmetics of a field: float64 arrays, and arrays of balls' midpoints at any precision.

A field and the integrator are written once, over NumPy arrays: of floats, or of `arb` objects whose radii are thrown
away by `rounded` after every few operations. What differs between the two is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any, cast

import numpy as np
import sympy as sp
from flint import arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for
from memcurse.theory.exact import exact_number

Array = NDArray[np.float64]
Numbers = NDArray[Any]

_GUARD_BITS = 16
_middle = np.frompyfunc(lambda x: x.mid(), 1, 1)
_float = np.frompyfunc(float, 1, 1)
_ball = np.frompyfunc(lambda x: x if isinstance(x, arb) else arb(x), 1, 1)


def _exact(number: Any) -> arb:
    """A ball of an exact number: SymPy's, or what `exact_number` takes."""
    return constant_ball(number if isinstance(number, sp.Expr) else exact_number("start", number))


class Arithmetic(ABC):
    """What numbers a flow is computed in.

    Attributes
    ----------
    name : str
    digits : int
        Decimal digits carried.
    unit : float
        Relative rounding of one operation.
    newton : float
        Newton's corrections must fall below this share of the tolerance, twice.
    """

    name: str
    digits: int
    unit: float
    newton: float

    @abstractmethod
    def context(self) -> AbstractContextManager[None]:
        """The precision in force while a flow runs."""

    @abstractmethod
    def exact(self, numbers: Sequence[Any]) -> Numbers:
        """Exact numbers, rounded once."""

    @abstractmethod
    def array(self, values: Any) -> Numbers:
        """Floats or balls, nested as arrays are, as an array of this arithmetic."""

    @abstractmethod
    def rounded(self, x: Numbers) -> Numbers:
        """The same numbers without what errors they carry along."""

    @abstractmethod
    def floats(self, x: Numbers) -> Array:
        """To float64."""

    @abstractmethod
    def solve(self, M: Numbers, b: Numbers) -> Numbers | None:
        """``M^-1 b`` for M (n, n) and b (n,) or (n, k); None where M is singular."""

    def fractions(self, numbers: Sequence[Fraction]) -> Numbers:
        """Fractions, rounded once."""
        return self.exact([sp.Rational(x.numerator, x.denominator) for x in numbers])

    def zeros(self, *shape: int) -> Numbers:
        """An array of zeros."""
        return self.array(np.zeros(shape))

    def identity(self, n: int) -> Numbers:
        """The unit matrix, not to be written to."""
        known = self.__dict__.setdefault("_identities", {})
        if n not in known:
            known[n] = self.array(np.eye(n))
            known[n].setflags(write=False)
        return cast(Numbers, known[n])


class Float64(Arithmetic):
    """Hardware arithmetic; systems by LAPACK."""

    name, digits, unit, newton = "float64", 15, 2.0**-53, 0.1

    def context(self) -> AbstractContextManager[None]:
        """Times are balls here too: an escape of length 1 shows at a time of 1e16."""
        return ball_precision(200)

    def exact(self, numbers: Sequence[Any]) -> Array:
        """Exact numbers, rounded once."""
        return np.array([float(_exact(x).mid()) for x in numbers], dtype=float)

    def array(self, values: Any) -> Array:
        """Floats or balls as an array of this arithmetic."""
        return np.asarray(values, dtype=float)

    def rounded(self, x: Numbers) -> Numbers:
        """The same numbers without their errors."""
        return x

    def floats(self, x: Numbers) -> Array:
        """To float64."""
        return x

    def solve(self, M: Numbers, b: Numbers) -> Numbers | None:
        """``M^-1 b``."""
        try:
            found = np.linalg.solve(M, b)
        except np.linalg.LinAlgError:
            return None
        return found if np.isfinite(found).all() else None


class Midpoints(Arithmetic):
    """Balls' midpoints with so many decimal digits."""

    newton = 1e-4

    def __init__(self, digits: int) -> None:
        self.name, self.digits = "midpoints of balls", digits
        self.bits = bits_for(digits) + _GUARD_BITS
        self.unit = 2.0**-self.bits

    def context(self) -> AbstractContextManager[None]:
        """The precision in force while a flow runs."""
        return ball_precision(self.bits)

    def exact(self, numbers: Sequence[Any]) -> Numbers:
        """Exact numbers, rounded once."""
        return self.rounded(np.array([_exact(x) for x in numbers], dtype=object))

    def array(self, values: Any) -> Numbers:
        """Floats or balls as an array of this arithmetic."""
        return np.asarray(_ball(np.asarray(values, dtype=object)), dtype=object)

    def rounded(self, x: Numbers) -> Numbers:
        """The same numbers without their errors."""
        return np.asarray(_middle(x), dtype=object)

    def zeros(self, *shape: int) -> Numbers:
        """An array of zeros; balls do not change, so that one will do for all."""
        return np.full(shape, arb(0), dtype=object)

    def floats(self, x: Numbers) -> Array:
        """To float64."""
        return np.asarray(_float(x), dtype=float)

    def solve(self, M: Numbers, b: Numbers) -> Numbers | None:
        """``M^-1 b``, by midpoints alone: what errors M and b carry along are not looked at."""
        columns = b.reshape(len(b), -1)
        left, right = arb_mat(M.tolist()), arb_mat(columns.tolist())
        try:
            found = left.solve(right, algorithm="approx")
        except ZeroDivisionError:
            return None
        out = self.rounded(np.array(found.entries(), dtype=object)).reshape(b.shape)
        return out if np.isfinite(self.floats(out)).all() else None


FLOAT64 = Float64()


def arithmetic_of(digits: int) -> Arithmetic:
    """The arithmetic that carries so many digits."""
    return FLOAT64 if digits <= FLOAT64.digits else Midpoints(digits)
