r"""What any m units can hold: the kernel of the modes, and antiderivatives for Hankel operators.

Three facts, proved in `proofs_checks.curse_of_memory.memory`:

* the reproducing kernel of m modes integrates to m and does not rise, so it is at most m/t on the diagonal;
* the Hankel operator :math:`(G_f u)(t) = \int f(t+s) u(s) ds` of a sum of m exponentials has rank m at most, and
  :math:`\|G_f\| \le \|f\|_{L^1}`;
* with the weight :math:`(ts)^{-1/4}` its Hilbert-Schmidt norm is :math:`\sqrt\pi\,\|f\|_{L^2}`, because
  :math:`\int_0^u (t(u-t))^{-1/2} dt = \pi` for every u.
"""

from __future__ import annotations

import sympy as sp

from memcurse.theory.notation import t
from memcurse.theory.targets.target import Target


def modes_gram(rates: list[sp.Expr]) -> sp.Matrix:
    r"""``S_ij = 1/(w_i + conj(w_j))``: with ``A = -diag(w)``, b = 1 it solves ``A S + S A^* = -b b^*``."""
    return sp.Matrix(len(rates), len(rates), lambda i, j: 1 / (rates[i] + sp.conjugate(rates[j])))


def diagonal_kernel(rates: list[sp.Expr]) -> sp.Expr:
    r"""``K(t) = v^* S^{-1} v``, ``v_i = e^{-w_i t}``: the reproducing kernel of the modes at ``(t, t)``."""
    v = sp.Matrix([sp.exp(-w * t) for w in rates])
    return sp.together((v.H * modes_gram(rates).inv() * v)[0])


def memory_capacity(poles: list[sp.Expr], delay: int) -> sp.Expr:
    """``v^* S^{-1} v`` with ``S_ij = 1/(1 - l_i l_j)``, ``v_i = l_i^delay``, for real poles inside the circle."""
    n = len(poles)
    gram = sp.Matrix(n, n, lambda i, j: 1 / (1 - poles[i] * poles[j]))
    v = sp.Matrix([pole**delay for pole in poles])
    return sp.cancel((v.T * gram.inv() * v)[0])


def blaschke_coefficients(poles: list[sp.Expr], count: int) -> list[sp.Expr]:
    """Taylor coefficients at 0, `count` of them, of the product of ``(z - l_i)/(1 - l_i z)``."""
    series = [sp.S.One] + [sp.S.Zero] * (count - 1)
    for pole in poles:
        # (z - l)/(1 - l z) = -l + (1 - l^2) sum_k l^(k-1) z^k.
        factor = [-pole] + [(1 - pole**2) * pole ** (k - 1) for k in range(1, count)]
        series = [sp.expand(sp.Add(*(factor[j] * series[k - j] for j in range(k + 1)))) for k in range(count)]
    return series


def second_antiderivative(target: Target) -> sp.Expr | None:
    """A function of `notation.t` whose second derivative is the kernel; None where no closed form is known."""
    pieces = [part.second_antiderivative(t) for part in target.parts()]
    known = [piece for piece in pieces if piece is not None]
    return sp.Add(*known) if len(known) == len(pieces) else None
