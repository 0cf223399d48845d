r"""`Objective(target)`: one object, three arithmetics, for ``J(a, w) = || sum a_i e^{-w_i t} - rho ||^2`` (eq. 18)."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mpmath
import numpy as np
import sympy as sp
from flint import arb, arb_mat
from numpy.typing import NDArray

from memcurse.numerics.arguments import (
    FloatRangeError,
    constant_ball,
    constant_float,
    exact_parameters,
    validate_parameters,
)
from memcurse.numerics.arithmetic.balls import (
    GUARD_BITS,
    ball_precision,
    bits_for,
    mp_precision,
    validate_digits,
)
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.matrices.columns import Column
from memcurse.numerics.objective.complex_modes.kernel_moments import KernelMoments
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective
from memcurse.numerics.plain import JsonResult
from memcurse.numerics.time_limit import check_time
from memcurse.theory.exact import exact_integer
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.objective.complex_form import SymbolicComplexObjective, symbolic_complex_objective
from memcurse.theory.objective.continuous import SymbolicObjective, symbolic_objective
from memcurse.theory.objective.formula import loss_latex
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import ExponentialSum, Target

from . import kernels
from .assembly import Parts, assemble, ball_moments, lowered_moments, lowered_norm, structural_zeros
from .cancellation import agree, equals_target, holds, precise_floats, range_message
from .judged import LOST, evaluate_batch
from .prepared import PreparedObjective

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Enclosure(JsonResult):
    """Balls that hold the exact values: `loss` (arb), `gradient` (arb_mat, 2m x 1), `hessian` (arb_mat, 2m x 2m)."""

    loss: arb
    gradient: arb_mat
    hessian: arb_mat

    def __repr__(self) -> str:
        return f"Enclosure(loss={self.loss.str(10)}, {self.gradient.nrows()} variables)"


class Objective:
    """Squared L2 distance between an exponential sum and a target kernel, with its derivatives.

    Parameters
    ----------
    target : Target or str
        The kernel to fit, or its text, as for `parse_target`.
    field : {"real", "complex"}
        "complex": complex amplitudes, and complex rates with positive real parts. Derivatives are those by the real
        variables (Re a, Im a, Re w, Im w), shapes (..., 4m) and (..., 4m, 4m): twice the real and imaginary parts of
        the derivatives by conj a and conj w.

    Notes
    -----
    Without `digits` the results are float64 from compiled kernels: stable for delays from 1 to 1e3, widths from 1e-3
    to 1e3 and rates from 1e-8 to 1e8; what float64 cannot hold raises `FloatRangeError`. With `digits` they are
    mpmath numbers, correct to that many digits; `enclose` gives balls, which are proofs. Order of the variables:
    all amplitudes, then all rates.
    """

    def __init__(self, target: Target | str, field: Literal["real", "complex"] = "real") -> None:
        self.target = as_target(target)
        if field not in ("real", "complex"):
            raise ValueError(f"`field` must be 'real' or 'complex'; got {field!r}")
        self.field = field
        self._complex = ComplexObjective(KernelMoments(self.target)) if field == "complex" else None

    def __repr__(self) -> str:
        return f"Objective({self.target!r}{'' if self._complex is None else ', field=' + repr(self.field)})"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {loss_latex(self.target, self.field)}$"

    # --- float64 -----------------------------------------------------------------------------------------------

    @functools.cached_property
    def _packed(self) -> tuple[Array, float]:
        if self._complex is not None:
            raise ValueError("`field` must be 'real' where real amplitudes and rates move; got 'complex'")
        with ball_precision(128):
            norm = constant_float("||rho||^2", self.target.squared_norm())
        return kernels.pack(self.target, norm)

    @functools.cached_property
    def _rounds(self) -> int:
        parts = [self.target.squared_norm(), *(self.target.moment(k, rate_symbol) for k in range(3))]
        return _ROUNDS_OF_QUADRATURE if any(x.has(sp.Integral) for x in parts) else _ROUNDS

    @property
    def packed(self) -> Array:
        """The target as the flat array that the kernels take."""
        return self._packed[0]

    @property
    def model_error(self) -> float:
        """Largest relative error of the Chebyshev models in the kernels, measured against balls; 0 without models."""
        return self._packed[1]

    def loss(self, a: Any, w: Any, digits: int | None = None) -> Any:
        """``J(a, w)``.

        Parameters
        ----------
        a, w : array_like, shape (..., m)
            Amplitudes, and positive rates (1/time). With `digits`: sequences of m exact numbers.
        digits : int, optional
            At least 15: decimal digits of an mpmath result.

        Returns
        -------
        float, ndarray of shape (...), or mpmath.mpf

        Raises
        ------
        TypeError, ValueError
            For input that is not finite, positive where it must be, or of one shape.
        FloatRangeError
            If float64 cannot hold the result.
        ArithmeticError
            With `digits`, if a result cannot be told from 0 where it is not 0.
        """
        if self._complex is not None:
            return self._complex.loss(a, w, digits)
        if digits is not None:
            return self._mpmath(a, w, digits, 0)
        losses = self._batch(a, w, 0)[0]
        return float(losses) if losses.ndim == 0 else losses

    def gradient(self, a: Any, w: Any, digits: int | None = None) -> Any:
        """Gradient (eq. 19), shape (..., 2m); with `digits` a column as `mpmath.matrix`. Arguments as in `loss`."""
        if self._complex is not None:
            return self._complex.gradient(a, w, digits)
        return self._batch(a, w, 1)[1] if digits is None else self._mpmath(a, w, digits, 1)

    def hessian(self, a: Any, w: Any, digits: int | None = None) -> Any:
        """Hessian (eqs. 97-101), shape (..., 2m, 2m); with `digits` an `mpmath.matrix`. Arguments as in `loss`."""
        if self._complex is not None:
            return self._complex.hessian(a, w, digits)
        return self._batch(a, w, 2)[2] if digits is None else self._mpmath(a, w, digits, 2)

    def evaluate(self, a: Any, w: Any) -> tuple[Any, Array, Array]:
        """Loss, gradient and Hessian in one float64 pass. Arguments as in `loss`."""
        pass_ = self._batch if self._complex is None else self._complex.batch
        loss, gradient, hessian = pass_(a, w, 2)
        return (float(loss) if loss.ndim == 0 else loss), gradient, hessian

    def slope(self, a: Array, w: Array) -> tuple[float, Array]:
        """Loss and gradient (2m,) in float64 at one point (m,) of real modes that `validate_parameters` returned."""
        n = 2 * len(a)
        loss, gradient = np.empty(1), np.empty((1, n))
        evaluate_batch(a[None], w[None], self.packed, loss, gradient, np.empty((1, n, n)), 1)
        if loss[0] > 0.0 and np.isfinite(gradient).all():
            return float(loss[0]), gradient[0]
        value, slope, _ = self.evaluate(a, w)
        return value, slope

    def prepare(self, m: int) -> Any:
        """The objective of one width for tight loops, a `PreparedObjective` or `PreparedComplexObjective`.

        No checks but the kernel's own; buffers are reused.
        """
        if self._complex is not None:
            return self._complex.prepare(m)
        return PreparedObjective(self.packed, exact_integer("m", m, least=1), self._precise)

    def _precise(self, a: Array, w: Array) -> tuple[float, Array, Array]:
        """At one point where float64 cancels."""
        return precise_floats(self.target, self.ball_parts, a, w, self._rounds)

    def _batch(self, a: Any, w: Any, order: int) -> tuple[Array, Array, Array]:
        a, w = validate_parameters(a, w)
        shape, m = a.shape[:-1], a.shape[-1]
        n = int(np.prod(shape, dtype=int))
        loss = np.empty(n)
        gradient = np.empty((n if order >= 1 else 1, 2 * m))
        hessian = np.empty((n if order == 2 else 1, 2 * m, 2 * m))
        flat_a, flat_w = a.reshape(n, m), w.reshape(n, m)
        evaluate_batch(flat_a, flat_w, self.packed, loss, gradient, hessian, order)
        for i in np.flatnonzero(loss == LOST) if loss.min() == LOST else ():
            loss[i], slope, curvature = self._precise(flat_a[i], flat_w[i])
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
            raise FloatRangeError(range_message(flat_a[worst], flat_w[worst]))
        if order == 0:
            return loss.reshape(shape), gradient, hessian
        gradient = gradient.reshape(*shape, 2 * m)
        return loss.reshape(shape), gradient, hessian.reshape(*shape, 2 * m, 2 * m) if order == 2 else hessian

    # --- any precision -----------------------------------------------------------------------------------------

    def _mpmath(self, a: Any, w: Any, digits: int, order: int) -> Any:
        """Evaluate in mpmath at rising precision until two results in a row agree to `digits`.

        An entry of a derivative that is tiny relative to the terms it is made of keeps what the last precision gave,
        if balls hold it. It may come out as 0 only where it can be 0: with a zero amplitude as a factor, or for a sum
        of exponentials; the loss only where the exponentials are those of the target.
        """
        digits = validate_digits(digits)
        amplitudes, rates = exact_parameters(a, w)
        if any(isinstance(x, arb) for x in (*amplitudes, *rates)):
            raise TypeError(
                "`a` and `w` must be exact numbers with `digits`; got a ball (arb), which `enclose` takes"
            )
        bits = bits_for(digits) + GUARD_BITS
        zeros = structural_zeros([x == 0 for x in amplitudes], order)
        before: list[Any] | None = None
        for _ in range(self._rounds):
            with mp_precision(bits):
                values = self._mpmath_values(amplitudes, rates, order)
                if before is not None and agree(before, values, zeros, bits_for(digits)):
                    break
            before, bits = values, bits * 2
        else:
            self._require_held(amplitudes, rates, values, zeros, bits // 2)
        with mp_precision(bits_for(digits) + 4):
            if order == 0:
                return +values[0]
            columns = 1 if order == 1 else 2 * len(amplitudes)
            rows = [[+x for x in values[i : i + columns]] for i in range(0, len(values), columns)]
            return mpmath.matrix(rows)

    def _require_held(
        self, amplitudes: Sequence[Any], rates: Sequence[Any], values: list[Any], zeros: list[bool], bits: int
    ) -> None:
        """Raise unless balls hold the values that no precision settled; an exact 0 of the loss is put in its place."""
        if len(values) == 1 and equals_target(self.target, amplitudes, rates):
            values[0] = mpmath.mpf(0)
            return
        with ball_precision(bits):
            parts = self.ball_parts(amplitudes, rates)
            balls = [*parts.gradient, *itertools.chain(*parts.hessian)]
            balls = (
                balls[: len(parts.gradient)] if len(values) == len(parts.gradient) else balls[-len(values) :]
            )
            held = len(values) > 1 and all(map(holds, balls, values))
        if not isinstance(self.target, ExponentialSum):
            held = held and all(y != 0 or zero for y, zero in zip(values, zeros, strict=True))
        if not held:
            raise ArithmeticError(
                "`a` and `w` must not make a result vanish against the terms it is made of; "
                f"got one that cannot be told from 0 with {bits} bits; `enclose` bounds it"
            )

    def _mpmath_values(self, amplitudes: Sequence[Any], rates: Sequence[Any], order: int) -> list[Any]:
        a = [lower(x, (), "mpmath")() for x in amplitudes]
        w = [lower(x, (), "mpmath")() for x in rates]
        moments, norm = lowered_moments(self.target), lowered_norm(self.target, "mpmath")()
        parts = assemble("continuous", a, w, [moments(x) for x in w], norm, order)
        if order == 2:
            return [x for row in parts.hessian for x in row]
        return parts.gradient if order == 1 else [parts.loss]

    def enclose(self, a: Any, w: Any, digits: int = 50) -> Enclosure:
        """Balls around loss, gradient and Hessian at exact parameters (or at balls of parameters).

        Parameters
        ----------
        a, w : sequences of m exact numbers or arb
            A float stands for the binary fraction that it is, a string for the decimal that it shows.
        digits : int
            Relative accuracy aimed at, at least 15. An entry that is 0, or that the radii of the arguments blur,
            comes with the radius it has.

        Notes
        -----
        Rigour: enclosure.
        """
        if self._complex is not None:
            return Enclosure(*self._complex.enclose(a, w, digits))
        digits = validate_digits(digits)
        amplitudes, rates = exact_parameters(a, w)
        exact = not any(isinstance(x, arb) for x in (*amplitudes, *rates))
        goal, bits = bits_for(digits), bits_for(digits) + GUARD_BITS
        for _ in range(self._rounds if exact else 1):
            with ball_precision(bits):
                parts = self.ball_parts(amplitudes, rates)
                # A ball that is exactly 0, a structural zero, counts as accurate to all bits.
                if min(map(arb.rel_accuracy_bits, parts.distinct())) >= goal:
                    break
            bits *= 2
        n = 2 * len(amplitudes)
        hessian = arb_mat(n, n)
        # Entry by entry, which copies as it is: arb_mat(rows) converts, which takes longer than computing some of them.
        for k, row in enumerate(parts.hessian):
            for j, entry in enumerate(row):
                hessian[k, j] = entry
        gradient = arb_mat(n, 1)
        for k, entry in enumerate(parts.gradient):
            gradient[k, 0] = entry
        return Enclosure(parts.loss, gradient, hessian)

    def ball_parts(self, amplitudes: Sequence[Any], rates: Sequence[Any], order: int = 2) -> Parts:
        """What `assemble` makes of balls, at the current precision."""
        check_time()
        a, w = [constant_ball(x) for x in amplitudes], [constant_ball(x) for x in rates]
        moments = list(zip(*ball_moments(self.target)(w), strict=True))
        return assemble("continuous", a, w, moments, lowered_norm(self.target, "ball")(), order)

    def ball_columns(self, amplitudes: Sequence[Column], rates: Sequence[Column], order: int = 2) -> Parts:
        """`ball_parts` at many points at once: entries are columns of as many balls as the arguments hold."""
        count, stacked = len(rates[0]), ball_moments(self.target)(list(itertools.chain(*rates)))
        moments = [[Column(x[k * count : (k + 1) * count]) for x in stacked] for k in range(len(rates))]
        return assemble("continuous", amplitudes, rates, moments, lowered_norm(self.target, "ball")(), order)

    def symbolic(self, m: int) -> SymbolicObjective | SymbolicComplexObjective:
        """The closed forms of width `m` as SymPy expressions: `.loss`, `.gradient`, `.hessian`, `.a`, `.w`.

        With complex modes a number and its conjugate are independent symbols: see `SymbolicComplexObjective`.
        """
        if self._complex is not None:
            return symbolic_complex_objective(m, self.target)
        return symbolic_objective(m, self.target)


#: Doublings of the precision before a value that may be 0 is returned as it is; fewer for moments by quadrature.
_ROUNDS, _ROUNDS_OF_QUADRATURE = 6, 3
