r"""Linear recurrent networks in continuous time: ``h' = W h + U x``, ``y = c^T h`` (eqs. 6-9).

A state matrix comes with its propagator ``e^{W s}`` written out in closed form. Nothing here is taken from a
routine for matrix exponentials: that the closed form starts at the identity and obeys ``E' = W E`` is what
`eq-7` checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Recurrence:
    """A state matrix `W` of order m and its propagator ``e^{W s}`` as a matrix in the symbol `s`."""

    W: sp.ImmutableMatrix
    propagator: sp.ImmutableMatrix
    s: sp.Symbol

    def after(self, time: Any) -> sp.ImmutableMatrix:
        """The propagator over a span `time`."""
        return self.propagator.xreplace({self.s: time if isinstance(time, sp.Expr) else sp.Rational(time)})


_s = sp.Symbol("s", real=True)


def _recurrence(W: Any, propagator: Any) -> Recurrence:
    return Recurrence(sp.ImmutableMatrix(W), sp.ImmutableMatrix(propagator), _s)


def diagonal(rates: Sequence[Any]) -> Recurrence:
    """``W = -diag(rates)``: the ansatz of section 5 with `rates` positive."""
    return _recurrence(sp.diag(*(-rate for rate in rates)), sp.diag(*(sp.exp(-rate * _s) for rate in rates)))


def jordan(rate: Any, m: int) -> Recurrence:
    """One Jordan block of order `m` with the eigenvalue ``-rate``: polynomials times an exponential."""
    W = sp.Matrix(m, m, lambda i, j: -rate if i == j else int(j == i + 1))
    decay = sp.exp(-rate * _s)
    E = sp.Matrix(m, m, lambda i, j: decay * _s ** (j - i) / sp.factorial(j - i) if j >= i else 0)
    return _recurrence(W, E)


def oscillating(rate: Any, frequency: Any, x: Any, y: Any) -> Recurrence:
    r"""Any real 2 x 2 matrix with eigenvalues ``-rate +- i frequency``.

    ``W = -rate I + N`` with ``N = [[x, y], [-(x^2 + frequency^2)/y, -x]]``, `y` not 0, so ``N^2 =
    -frequency^2 I``.
    """
    N = sp.Matrix([[x, y], [-(x**2 + frequency**2) / y, -x]])
    rotation = sp.cos(frequency * _s) * sp.eye(2) + sp.sin(frequency * _s) / frequency * N
    return _recurrence(-rate * sp.eye(2) + N, sp.exp(-rate * _s) * rotation)


def overdamped(rate: Any, split: Any, x: Any, y: Any) -> Recurrence:
    """Any real 2 x 2 matrix with eigenvalues ``-rate +- split`` and `y` not 0 above the diagonal."""
    N = sp.Matrix([[x, y], [(split**2 - x**2) / y, -x]])
    up, down = sp.exp((split - rate) * _s), sp.exp(-(split + rate) * _s)
    return _recurrence(-rate * sp.eye(2) + N, (up + down) / 2 * sp.eye(2) + (up - down) / (2 * split) * N)


@dataclass(frozen=True)
class LinearRNN:
    """A linear network: readout `c` (m x 1), `recurrence` of order m, input matrix `U` (m x d)."""

    c: sp.ImmutableMatrix
    recurrence: Recurrence
    U: sp.ImmutableMatrix

    def kernel(self, s: Any) -> sp.ImmutableMatrix:
        """``c^T e^{W s} U``, a row of length d: the kernel of eq. (7) at the age `s`."""
        return self.c.T * self.recurrence.after(s) * self.U

    def derivative(self, h: sp.Matrix, x: sp.Matrix) -> sp.Matrix:
        """``W h + U x``, the right-hand side of eq. (6) without an activation."""
        return self.recurrence.W * h + self.U * x

    def residual_step(self, h: sp.Matrix, x: sp.Matrix, step: Any) -> sp.Matrix:
        """One layer of the residual network: what came in, plus `step` times the derivative."""
        return h + step * self.derivative(h, x)

    def transfer(self, z: Any) -> sp.ImmutableMatrix:
        """``c^T (z - W)^{-1} U``: the answer to ``x_t = e^{z t}`` is this times ``e^{z t}``."""
        m = self.recurrence.W.rows
        return self.c.T * (z * sp.eye(m) - self.recurrence.W).inv(method="ADJ") * self.U

    def ramp_response(self, u: Any) -> sp.ImmutableMatrix:
        """``int_0^u (u - s) kernel(s) ds = c^T W^{-2} (e^{W u} - I - W u) U``, to a ramp begun `u` ago."""
        W = self.recurrence.W
        m = W.rows
        inverse = W.inv(method="ADJ")
        return self.c.T * inverse * inverse * (self.recurrence.after(u) - sp.eye(m) - W * u) * self.U


def diagonal_rnn(a: Sequence[Any], w: Sequence[Any]) -> LinearRNN:
    """One input, ``kernel(s) = sum_i a_i e^{-w_i s}``: amplitudes in the readout, ones in `U`."""
    return LinearRNN(sp.ImmutableMatrix(list(a)), diagonal(w), sp.ImmutableMatrix([1] * len(a)))


def laplace_of_exponentials(expression: sp.Expr, s: sp.Symbol, z: sp.Expr) -> sp.Expr:
    r"""``int_0^oo e^{-z s} expression ds`` term by term, for sums of ``s^n e^{-k s}`` times cos or sin.

    Uses ``int_0^oo s^n e^{-k s} ds = n!/k^{n+1}`` for Re k > 0 only, after writing circular functions as
    complex exponentials; SymPy's own integrator is not asked.
    """
    total = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(expression)):
        constant, dependent = term.as_independent(s, as_Add=False)
        for part in sp.Add.make_args(sp.expand(dependent.rewrite(sp.exp))):
            total += constant * _laplace_of_term(part, s, z)
    return total


def _laplace_of_term(term: sp.Expr, s: sp.Symbol, z: sp.Expr) -> sp.Expr:
    constant, dependent = term.as_independent(s, as_Add=False)
    power, exponent = sp.S.Zero, sp.S.Zero
    for factor in sp.Mul.make_args(dependent):
        base, degree = factor.as_base_exp()
        if isinstance(factor, sp.exp):
            exponent += factor.args[0]
        elif base == s and degree.is_Integer and degree > 0:
            power += degree
        elif factor != 1:
            raise ValueError(f"`expression` must be a sum of s^n e^(-k s); got the term {term}")
    rate = z - sp.cancel(exponent / s)
    if rate.has(s):
        raise ValueError(f"`expression` must be a sum of s^n e^(-k s); got the term {term}")
    return constant * sp.factorial(power) / rate ** (power + 1)
