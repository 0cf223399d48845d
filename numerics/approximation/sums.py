"""What every fit is beside its proofs: a function of time, a kernel, a line of text, a formula, JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import mpmath
import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import validate_times
from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, mp_precision
from memcurse.numerics.plain import JsonResult
from memcurse.theory.targets.target import ExponentialSum

#: Digits of a formula.
_SHOWN = 6


class ExponentialFit(JsonResult):
    """A sum of m exponentials near a target: real amplitudes `a` and rates `w`, and `norm`, `error`."""

    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]
    norm: str
    _told: ClassVar[tuple[str, ...]] = ("m",)

    @property
    def m(self) -> int:
        """Number of terms."""
        return len(self.w)

    @property
    def kernel(self) -> ExponentialSum:
        """The sum as a target, with exactly these amplitudes and rates."""
        return ExponentialSum(self.a, self.w)

    def __call__(self, t: Any) -> Any:
        """The sum at times t >= 0, of any shape: float64, from amplitudes and rates rounded to that."""
        return exponentials(self.a, self.w, t)

    def __repr__(self) -> str:
        error = mpmath.nstr(_distance(self), _SHOWN)
        return f"{type(self).__name__}(m={self.m}, {self.norm} error {error}{_note(self)})"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle \hat\rho(t) = {sum_latex(self.a, self.w)}$"


class RootOfLoss:
    """The distance in L2 of a fit that has its square: `loss`, `loss_enclosure`, `digits`."""

    loss: mpmath.mpf
    loss_enclosure: arb
    digits: int

    @property
    def error(self) -> mpmath.mpf:
        """The L2 (l2) distance from the target: the root of the loss."""
        with mp_precision(bits_for(self.digits) + GUARD_BITS):
            return mpmath.sqrt(self.loss)

    @property
    def error_enclosure(self) -> arb:
        """Ball of the distance at the exact minimum."""
        with ball_precision(bits_for(self.digits) + GUARD_BITS):
            return self.loss_enclosure.sqrt()


def _distance(fit: Any) -> Any:
    """The distance reached; a width's `error` is the one that was asked for."""
    ball = fit.error_enclosure
    return mpmath.mpf(float(ball.mid()))


def _note(fit: Any) -> str:
    scope = getattr(fit, "scope", "")
    return f", {scope.partition(':')[0].partition(';')[0]}" if scope else ""


def exponentials(a: Sequence[Any], w: Sequence[Any], t: Any) -> Any:
    """``sum_k a_k e^{-w_k t}`` in float64 or complex128; a float for one time."""
    times = validate_times("t", t)
    number = complex if any(isinstance(x, mpmath.mpc) for x in (*a, *w)) else float
    amplitudes, rates = (np.array([number(x) for x in values]) for values in (a, w))
    values: NDArray[Any] = np.exp(-np.multiply.outer(times, rates)) @ amplitudes
    return values[()]


def powers(a: Sequence[Any], p: Sequence[Any], n: Any) -> Any:
    """``sum_k a_k p_k^n`` in complex128 at whole numbers n >= 0 of any shape."""
    numbers = validate_times("n", n)
    if not (numbers == np.floor(numbers)).all():
        raise ValueError(f"`n` must hold whole numbers in discrete time; got {n!r}")
    gains, poles = (np.array([complex(x) for x in values]) for values in (a, p))
    values: NDArray[Any] = (poles ** numbers[..., None]) @ gains
    return values[()]


def sum_latex(a: Sequence[Any], w: Sequence[Any]) -> str:
    """The sum to six digits, in the paper's form ``sum a_i e^{-w_i t}``."""
    parts: list[str] = []
    for amplitude, rate in zip(a, w, strict=True):
        sign = "-" if amplitude < 0 else "+" if parts else ""
        parts.append(rf"{sign} {number_latex(abs(amplitude))}\,e^{{-{number_latex(rate)}\,t}}".strip())
    return " ".join(parts)


def number_latex(x: Any) -> str:
    """A positive number to six digits, without an e."""
    text = str(mpmath.nstr(x, _SHOWN))
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text
