r"""Kernels of stable networks are integrable, for every order: Putzer's form of ``e^(W s)``.

Let :math:`\lambda_1, \dots, \lambda_m` be the eigenvalues of W, repeated, all with real part at most
:math:`-\beta`, and :math:`P_1 = I`, :math:`P_{k+1} = (W - \lambda_k) P_k`, so that :math:`P_{m+1} = 0` (Cayley and
Hamilton). With

.. math:: r_1' = \lambda_1 r_1,\ r_1(0) = 1, \qquad r_k' = \lambda_k r_k + r_{k-1},\ r_k(0) = 0

the sum :math:`E_n = \sum_{k \le n} r_k P_k` has :math:`E_n' - W E_n = -r_n P_{n+1}`, by induction (`partial_sums`), so
that :math:`E_m = e^{Ws}`. Since :math:`r_k(s) = \int_0^s e^{\lambda_k (s-u)} r_{k-1}(u)\,du` (`variation_of_constants`)
and :math:`|e^{\lambda v}| \le e^{-\beta v}` (`modulus`),

.. math:: |r_k(s)| \le \frac{s^{k-1}}{(k-1)!} e^{-\beta s}, \qquad
          \int_0^\infty |c^\top e^{Ws} U|\,ds \le \sum_{k=1}^m \frac{|c^\top P_k U|}{\beta^k}

by induction (`powers`, `integrals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sympy as sp

Pair = tuple[sp.Expr, sp.Expr]
Step = tuple[Any, Any, Any]

_N: Final = sp.Symbol("n", integer=True, nonnegative=True)


def next_matrix(W: Any, eigenvalue: Any, P: Any) -> Any:
    """``(W - lambda) P``: Putzer's next matrix."""
    return W * P - eigenvalue * P


def partial_sums() -> list[Pair]:
    """``E_n' - W E_n = -r_n P_(n+1)`` from the same for n - 1, which is 0 for no term."""
    W, P = sp.symbols("W P", commutative=False)
    eigenvalue, r, before = sp.symbols("lambda r_n r_b")
    slope = (eigenvalue * r + before) * P
    return [(-before * P + slope - r * W * P, -r * next_matrix(W, eigenvalue, P))]


def variation_of_constants() -> list[Pair]:
    """``int_0^s e^(lambda (s-u)) f(u) du`` solves ``r' = lambda r + f`` from 0."""
    s, u = sp.symbols("s u", nonnegative=True)
    eigenvalue = sp.Symbol("lambda")
    f = sp.Function("f")
    inner = sp.Integral(sp.exp(-eigenvalue * u) * f(u), (u, 0, s))
    r = sp.exp(eigenvalue * s) * inner
    return [(sp.diff(r, s), eigenvalue * r + f(s)), (inner.subs(s, 0).doit(), sp.S.Zero)]


def modulus(sign: int = 1) -> list[Step]:
    """``e^(-(beta + q) v) <= e^(-beta v)``: the modulus of ``e^(lambda v)`` is that of the real part.

    With `sign` -1 the real part is above -beta, for controls.
    """
    beta = sp.Symbol("beta", positive=True)
    q, v = sp.symbols("q v", nonnegative=True)
    bound = sp.exp(-beta * v)
    return [(sp.exp(-(beta + sign * q) * v), bound, bound * (1 - sp.exp(-q * v)))]


def powers() -> list[Pair]:
    """``int_0^s e^(-beta (s-u)) u^n/n! e^(-beta u) du = s^(n+1)/(n+1)! e^(-beta s)``, by an antiderivative in u."""
    beta, s, u = sp.symbols("beta s u", positive=True)
    integrand = sp.exp(-beta * (s - u)) * u**_N / sp.factorial(_N) * sp.exp(-beta * u)
    primitive = sp.exp(-beta * s) * u ** (_N + 1) / (sp.factorial(_N) * (_N + 1))
    return [(sp.diff(primitive, u), integrand)]


def integrals() -> list[Pair]:
    """``int s^n/n! e^(-beta s) ds`` over the half line is 1/beta times that of n - 1, and 1/beta for n = 0."""
    beta, s = sp.symbols("beta s", positive=True)
    n = sp.Symbol("n", integer=True, positive=True)
    # s^n/n! e^(-beta s) less 1/beta times the one before is the derivative of what vanishes at both ends.
    difference = s**n * sp.exp(-beta * s) / (n * sp.factorial(n - 1))
    difference -= s ** (n - 1) * sp.exp(-beta * s) / (beta * sp.factorial(n - 1))
    primitive = -(s**n) * sp.exp(-beta * s) / (beta * n * sp.factorial(n - 1))
    return [(sp.diff(primitive, s), difference), (sp.diff(-sp.exp(-beta * s) / beta, s), sp.exp(-beta * s))]


def norm_bound(c: Sequence[Any], W: Any, U: Sequence[Any], eigenvalues: Sequence[Any], beta: Any) -> sp.Expr:
    """``sum_k |c^T P_k U|/beta^k``, at least the L1 norm of the kernel of a network with one input."""
    row, column = sp.Matrix([list(c)]), sp.Matrix(list(U))
    P, total = sp.eye(len(c)), sp.S.Zero
    for k, eigenvalue in enumerate(eigenvalues, 1):
        value = sp.expand((row * P * column)[0, 0])
        # The modulus of a complex number, by the sum of two squares.
        total += sp.sqrt(sp.expand(value * sp.conjugate(value))) / beta**k
        P = next_matrix(sp.Matrix(W), eigenvalue, P)
    return total
