r"""`DiscreteObjective(sequence)`: ``J(a, p) = sum_n (sum_k a_k p_k^n - rho_n)^2`` in three arithmetics."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any, Literal

import mpmath
import numpy as np
import sympy as sp
from flint import arb, arb_mat, fmpq
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError, constant_ball, constant_float
from memcurse.numerics.arithmetic.balls import (
    GUARD_BITS,
    ball_precision,
    bits_for,
    mp_precision,
    to_mpf,
    validate_digits,
)
from memcurse.numerics.objective.complex_modes.coloured import ColouredObjective
from memcurse.numerics.objective.complex_modes.compiled_moments import add_moments
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective
from memcurse.numerics.objective.complex_modes.prepared import PreparedComplexObjective
from memcurse.numerics.objective.complex_modes.sequence_moments import SequenceMoments
from memcurse.theory.objective.complex_form import SymbolicComplexObjective, symbolic_complex_objective
from memcurse.theory.objective.discrete import SymbolicDiscreteObjective, symbolic_discrete_objective
from memcurse.theory.objective.formula import loss_latex
from memcurse.theory.targets.long_memory import FractionalSequence, PowerSequence
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, SampledTarget, TargetSequence

from . import sequences
from .assembly import Parts, assemble
from .cancellation import as_floats, lost, vanishing
from .objective import Enclosure
from .pole_arguments import exact_gains, validate_gains

Array = NDArray[np.float64]

#: Doublings of the precision: for closed forms, and for sums over samples, which cost more.
_ROUNDS, _ROUNDS_OF_SUMS = 6, 3


class DiscreteObjective:
    """Squared distance between ``sum_k a_k p_k^n`` and a target sequence, with its derivatives.

    Parameters
    ----------
    sequence : TargetSequence
        `GeometricSum`, `FiniteSequence`, `FractionalSequence`, `PowerSequence`, or a kernel at equal steps (`sampled`).
    field : {"real", "complex"}
        "complex": complex gains, and poles in the unit disc. Derivatives are those by the real variables
        (Re a, Im a, Re p, Im p), shapes (..., 4m) and (..., 4m, 4m): twice the real and imaginary parts of the
        derivatives by conj a and conj p.
    colour : number
        ``|colour| < 1``, with ``field="complex"`` and a `GeometricSum` or `FiniteSequence`: the loss is then the mean
        squared error of the outputs under the input ``x_n = colour x_{n-1} + e_n``, innovations of variance 1. White
        input, 0, gives the squared distance of the sequences.

    Notes
    -----
    The methods are those of `Objective`. Poles are real and in (-1, 1); order of the variables: gains, then poles.
    Without `digits` results are float64; with `digits` mpmath numbers rounded from balls; `enclose` gives the balls.
    Where everything is rational, `enclose` computes in rationals: a zero is then exactly 0.
    """

    def __init__(
        self, sequence: TargetSequence, field: Literal["real", "complex"] = "real", colour: Any = 0
    ) -> None:
        if not isinstance(sequence, TargetSequence):
            raise TypeError(f"`sequence` must be a target sequence such as GeometricSum; got {sequence!r}")
        if field not in ("real", "complex"):
            raise ValueError(f"`field` must be 'real' or 'complex'; got {field!r}")
        if field == "real" and not sequence.is_real:
            raise ValueError(f"`sequence` must be real unless field='complex' is given; got {sequence!r}")
        self.sequence = sequence
        self.field = field
        white = colour == 0
        if field == "real" and not white:
            raise ValueError(f"`field` must be 'complex' with `colour`; got colour = {colour!r}")
        self._colour = None if white else colour
        self._disc = None
        if field == "complex":
            self._disc = (
                ComplexObjective(SequenceMoments(sequence)) if white else ColouredObjective(sequence, colour)
            )

    def __repr__(self) -> str:
        field = "" if self._disc is None else ", field='complex'"
        colour = "" if self._colour is None else f", colour={self._colour!r}"
        return f"DiscreteObjective({self.sequence!r}{field}{colour})"

    def _repr_latex_(self) -> str | None:
        if self._colour is not None:
            return None
        return rf"$\displaystyle {loss_latex(self.sequence, self.field)}$"

    # --- float64 -----------------------------------------------------------------------------------------------

    def loss(self, a: Any, p: Any, digits: int | None = None) -> Any:
        """``J(a, p)``.

        Parameters
        ----------
        a, p : array_like, shape (..., m)
            Gains, and poles in (-1, 1). With `digits`: sequences of m exact numbers.
        digits : int, optional
            At least 15: decimal digits of an mpmath result.

        Returns
        -------
        float, ndarray of shape (...), or mpmath.mpf

        Raises
        ------
        TypeError, ValueError
            For input that is not finite, inside (-1, 1) where it must be, or of one shape.
        FloatRangeError
            If float64 cannot hold the result.
        ArithmeticError
            With `digits`, if a result cannot be told from 0.
        """
        if self._disc is not None:
            return self._disc.loss(a, p, digits)
        if digits is not None:
            return self._mpmath(a, p, digits, 0)
        losses = self._batch(a, p)[0]
        return float(losses) if losses.ndim == 0 else losses

    def gradient(self, a: Any, p: Any, digits: int | None = None) -> Any:
        """Gradient, shape (..., 2m); with `digits` a column as `mpmath.matrix`. Arguments as in `loss`."""
        if self._disc is not None:
            return self._disc.gradient(a, p, digits)
        return self._batch(a, p)[1] if digits is None else self._mpmath(a, p, digits, 1)

    def hessian(self, a: Any, p: Any, digits: int | None = None) -> Any:
        """Hessian, shape (..., 2m, 2m); with `digits` an `mpmath.matrix`. Arguments as in `loss`."""
        if self._disc is not None:
            return self._disc.hessian(a, p, digits)
        return self._batch(a, p)[2] if digits is None else self._mpmath(a, p, digits, 2)

    def evaluate(self, a: Any, p: Any) -> tuple[Any, Array, Array]:
        """Loss, gradient and Hessian in one float64 pass. Arguments as in `loss`."""
        loss, gradient, hessian = self._batch(a, p) if self._disc is None else self._disc.batch(a, p, 2)
        return (float(loss) if loss.ndim == 0 else loss), gradient, hessian

    @functools.cached_property
    def _float_norm(self) -> float:
        with ball_precision(128):
            return float(sequences.squared_norm(self.sequence).mid())

    @functools.cached_property
    def _float_terms(self) -> tuple[Array, Array, Array]:
        """Gains, poles, and ``1 - pole`` of a `GeometricSum`, the last without cancellation."""
        if not isinstance(self.sequence, GeometricSum):
            raise TypeError(f"`sequence` must be a GeometricSum; got {self.sequence!r}")
        gains = [constant_float("a", x) for x in self.sequence.a]
        poles = [constant_float("p", x) for x in self.sequence.p]
        gaps = [constant_float("1 - p", 1 - x) for x in self.sequence.p]
        return np.array(gains), np.array(poles), np.array(gaps)

    def _float_moments(self, p: Array) -> list[Array]:
        if isinstance(self.sequence, GeometricSum):
            b, q, gap = self._float_terms
            # 1 - p q without cancellation, for poles near 1.
            r = 1.0 / ((1.0 - p[..., None]) + p[..., None] * gap)
            return [(b * r).sum(-1), (b * q * r**2).sum(-1), 2 * (b * q**2 * r**3).sum(-1)]
        if isinstance(self.sequence, SampledTarget):
            count = sequences.terms_needed(float(np.max(np.abs(p))))
            return sequences.float_moments(
                sequences.float_samples(self.sequence, 1 << (count - 1).bit_length()), p
            )
        if isinstance(self.sequence, FractionalSequence | PowerSequence):
            found = np.zeros((p.size, 3), dtype=complex)
            add_moments(p.reshape(-1).astype(complex), SequenceMoments(self.sequence).packed, found)
            return [found[:, k].real.reshape(p.shape) for k in range(3)]
        return sequences.float_moments(self._float_values, p)

    @functools.cached_property
    def _float_values(self) -> Array:
        if not isinstance(self.sequence, FiniteSequence):
            raise TypeError(f"`sequence` must be one that this module knows; got {self.sequence!r}")
        return np.array([constant_float("values", x) for x in self.sequence.values])

    def _batch(self, a: Any, p: Any) -> tuple[Array, Array, Array]:
        a, p = validate_gains(a, p)
        # What overflows is found below.
        with np.errstate(all="ignore"):
            loss, gradient, hessian = self._float_parts(a, p)
            loss = np.array(loss)  # one number, too, can then be put right
            cancelled = lost(loss, a, 1 / ((1 - p) * (1 + p)), self._float_size)
        for i in np.argwhere(cancelled):
            at = tuple(i)
            loss[at], gradient[at], hessian[at] = self._precise(a[at], p[at])
        if not all(np.isfinite(z).all() for z in (loss, gradient, hessian)):
            raise FloatRangeError(
                "`a` and `p` must keep the results within what float64 can hold; use `digits`"
            )
        return loss, gradient, hessian

    @functools.cached_property
    def _float_size(self) -> float:
        """Squared sum of the norms of the geometric sequences; the squared norm of others."""
        if not isinstance(self.sequence, GeometricSum):
            return self._float_norm
        b, q, gap = self._float_terms
        return float((np.abs(b) / np.sqrt(gap * (1 + q))).sum()) ** 2

    def _precise(self, a: Array, p: Array) -> tuple[float, Array, Array]:
        """At one point where float64 cancels: from balls, or from rationals, where a zero is exactly 0."""
        balls = self.enclose(a, p, 17)
        if not (balls.loss.is_zero() or (balls.loss > 0 and balls.loss.rel_accuracy_bits() >= 53)):
            raise ArithmeticError(vanishing("p", a, p))
        message = f"`a` and `p` must keep the results within what float64 can hold; got a = {a}, p = {p}"
        gradient, hessian = balls.gradient.entries(), balls.hessian.table()
        return as_floats(balls.loss, gradient, hessian, False, message)

    def _float_parts(self, a: Array, p: Array) -> tuple[Array, Array, Array]:
        m = a.shape[-1]
        M = self._float_moments(p)
        x, y = p[..., :, None], p[..., None, :]
        r = 1.0 / ((1.0 - x) + x * (1.0 - y))
        row = a[..., None, :]
        missing = (row * r).sum(-1) - M[0]
        slopes = (row * y * r**2).sum(-1) - M[1]
        bends = 2 * (row * y**2 * r**3).sum(-1) - M[2]
        loss = (a * (missing - M[0])).sum(-1) + self._float_norm
        gradient = 2 * np.concatenate([missing, a * slopes], axis=-1)
        diagonal = np.eye(m)
        late = 2 * a[..., :, None] * row * (1 + x * y) * r**3 + 2 * (a * bends)[..., None] * diagonal
        mixed = 2 * row * x * r**2 + 2 * slopes[..., None] * diagonal
        hessian = np.concatenate(
            [np.concatenate([2 * r, mixed], -1), np.concatenate([np.swapaxes(mixed, -1, -2), late], -1)], -2
        )
        return loss, gradient, hessian

    def prepare(self, m: int) -> PreparedComplexObjective:
        """The objective of one width for tight loops, with ``field="complex"``: compiled, buffers reused."""
        if self._disc is None:
            raise ValueError("`field` must be 'complex' for `prepare` in discrete time; got 'real'")
        return self._disc.prepare(m)

    # --- any precision -----------------------------------------------------------------------------------------

    def _mpmath(self, a: Any, p: Any, digits: int, order: int) -> Any:
        digits = validate_digits(digits)
        gains, poles = exact_gains(a, p)
        if any(isinstance(x, arb) for x in (*gains, *poles)):
            raise TypeError(
                "`a` and `p` must be exact numbers with `digits`; got a ball (arb), which `enclose` takes"
            )
        balls = self.enclose(gains, poles, digits)
        chosen = [balls.loss] if order == 0 else (balls.gradient if order == 1 else balls.hessian).entries()
        goal = bits_for(digits)
        if any(x.rel_accuracy_bits() < goal and not x.is_zero() for x in chosen):
            raise ArithmeticError(
                "`a` and `p` must not make a result vanish against the terms it is made of; "
                "got one that cannot be told from 0; `enclose` bounds it"
            )
        with mp_precision(goal + 4):
            values = [+to_mpf(x) for x in chosen]
            if order == 0:
                return values[0]
            columns = 1 if order == 1 else 2 * len(gains)
            return mpmath.matrix([values[i : i + columns] for i in range(0, len(values), columns)])

    def enclose(self, a: Any, p: Any, digits: int = 50) -> Enclosure:
        """Balls around loss, gradient and Hessian at exact parameters (or at balls of parameters).

        Parameters
        ----------
        a, p : sequences of m exact numbers or arb
        digits : int
            Relative accuracy aimed at, at least 15. An entry that the radii of the arguments blur, or that is 0 but
            not rational, comes with the radius it has.

        Notes
        -----
        Rigour: enclosure.
        """
        if self._disc is not None:
            return Enclosure(*self._disc.enclose(a, p, digits))
        digits = validate_digits(digits)
        gains, poles = exact_gains(a, p)
        rational = all(isinstance(x, sp.Rational) for x in (*gains, *poles))
        if rational and sequences.is_rational(self.sequence):
            with ball_precision(bits_for(digits) + GUARD_BITS):
                return _enclosure(self._rational_parts(gains, poles), len(gains))
        blurred = any(isinstance(x, arb) for x in (*gains, *poles))
        goal, bits = bits_for(digits), bits_for(digits) + GUARD_BITS
        rounds = 1 if blurred else _ROUNDS_OF_SUMS if isinstance(self.sequence, SampledTarget) else _ROUNDS
        for _ in range(rounds):
            with ball_precision(bits):
                parts = self._ball_parts(gains, poles)
                if min(map(arb.rel_accuracy_bits, parts.distinct())) >= goal:
                    break
            bits *= 2
        with ball_precision(bits):
            return _enclosure(parts, len(gains))

    def _ball_parts(self, gains: Sequence[Any], poles: Sequence[Any]) -> Parts:
        a, p = [constant_ball(x) for x in gains], [constant_ball(x) for x in poles]
        moments = [sequences.moments(self.sequence, x) for x in p]
        return assemble("discrete", a, p, moments, sequences.squared_norm(self.sequence))

    def _rational_parts(self, gains: Sequence[Any], poles: Sequence[Any]) -> Parts:
        a, p = [_fmpq(x) for x in gains], [_fmpq(x) for x in poles]
        moments = [[_fmpq(y) for y in sequences.rational_moments(self.sequence, x)] for x in poles]
        return assemble("discrete", a, p, moments, _fmpq(self.sequence.squared_norm()))

    def symbolic(self, m: int) -> SymbolicDiscreteObjective | SymbolicComplexObjective:
        """The closed forms of width `m` as SymPy expressions: `.loss`, `.gradient`, `.hessian`, `.a`, `.p`.

        With complex modes a number and its conjugate are independent symbols: see `SymbolicComplexObjective`.
        """
        if self._colour is not None:
            raise ValueError(
                f"`colour` must be 0 for `symbolic`; got {self._colour!r}; the Gram matrix is "
                "theory.modes.objective.coloured_product"
            )
        if self._disc is not None:
            return symbolic_complex_objective(m, self.sequence)
        return symbolic_discrete_objective(m, self.sequence)


def _fmpq(x: sp.Rational) -> fmpq:
    return fmpq(int(x.p), int(x.q))


def _enclosure(parts: Parts, m: int) -> Enclosure:
    entries = [parts.loss, *parts.gradient, *itertools.chain(*parts.hessian)]
    balls = [x if isinstance(x, arb) else arb(x) for x in entries]
    return Enclosure(
        balls[0], arb_mat(2 * m, 1, balls[1 : 2 * m + 1]), arb_mat(2 * m, 2 * m, balls[2 * m + 1 :])
    )
