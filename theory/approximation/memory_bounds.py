r"""What any m exponentials, real or complex, or any network of m states can hold of a memory: lower bounds on the
width.

Let f be square-integrable on t >= 0 and g a sum of m exponentials, or ``c^T e^{At} b`` with any stable A of order m.
All shifts ``g(. + s)`` lie in one space V of dimension m.

**Shifts (L2).** For shifts :math:`0 \le \delta_1 < \dots < \delta_n` let :math:`f_i = f(\cdot + \delta_i)` and
:math:`G_{ij} = \int_0^\infty f_i f_j`. Then for every such g

.. math:: \|f - g\|^2 \ge \frac1n \sum_{k > m} \lambda_k(G).

*Proof.* Cutting off what lies before :math:`\delta_i` makes no norm larger: :math:`\|f_i - g_i\| \le \|f - g\|`. The
:math:`g_i` lie in V, so :math:`\sum_i \|f_i - g_i\|^2` is at least the squared distance of the system ``(f_i)`` from
all systems of rank m, which is the sum of the other eigenvalues of its Gram matrix (Eckart, Young; Mirsky).

**Reproducing kernel (L2).** For the modes let :math:`A S + S A^* = -b b^*` and
:math:`K(t) = b^* e^{A^* t} S^{-1} e^{A t} b`. Then, multiplying Lyapunov's equation by :math:`S^{-1}` from both sides,

.. math:: K'(t) = b^* e^{A^* t} (A^* S^{-1} + S^{-1} A) e^{A t} b = -|b^* S^{-1} e^{A t} b|^2 \le 0,
          \qquad \int_0^\infty K = \operatorname{tr}(S^{-1} S) = m,

so :math:`t K(t) \le \int_0^t K \le m`. K is the reproducing kernel of V on its diagonal, :math:`|v(t)|^2 \le K(t)
\|v\|^2`, and with the projection P on V, :math:`\|P f\|^2 \le (\int |f| \sqrt K)^2`:

.. math:: \|f - g\|^2 \ge \|f\|^2 - m \Bigl(\int_0^\infty |f(t)|\, t^{-1/2}\,dt\Bigr)^2 .

A bump of fixed shape at T therefore needs a width that grows like T.

**Hankel operator (L1).** :math:`(G_f u)(t) = \int_0^\infty f(t+s) u(s)\,ds` has :math:`\|G_f\| \le \|f\|_{L^1}`
(Young), and rank at most m for a sum of m exponentials. So :math:`\|f - g\|_{L^1} \ge \|G_f - G_g\| \ge
\sigma_{m+1}(G_f)`. With step functions on cells, orthonormal, the section

.. math:: M_{ij} = \frac{1}{\sqrt{h_i h_j}} \int_{x_i}^{x_{i+1}} \int_{x_j}^{x_{j+1}} f(t + s)\,ds\,dt

is a compression, whose singular values are not larger; with ``F'' = f`` the double integral is
``F(x_i + x_j) - F(x_{i+1} + x_j) - F(x_i + x_{j+1}) + F(x_{i+1} + x_{j+1})`` (Adamjan, Arov, Krein 1971 for the
operator; Peller, *Hankel Operators and Their Applications*, 2003).
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp


def gram_of_modes(left: Sequence[sp.Expr], right: Sequence[sp.Expr]) -> sp.Matrix:
    """``S_ij = 1/(w_i + conj(w_j))``, which solves Lyapunov's equation for ``A = -diag(w)``, ``b = (1, .., 1)``.

    `left` are the rates, `right` their conjugates, which may be independent symbols.
    """
    return sp.Matrix(len(left), len(right), lambda i, j: 1 / (left[i] + right[j]))


def reproducing_kernel(left: Sequence[sp.Expr], right: Sequence[sp.Expr], time: sp.Expr) -> sp.Expr:
    """``K(t) = sum_ij e^{-conj(w_i) t} (S^-1)_ij e^{-w_j t}`` for the rates `left` and their conjugates `right`."""
    inverse = gram_of_modes(left, right).inv()
    m = len(left)
    return sp.Add(*(inverse[i, j] * sp.exp(-(right[i] + left[j]) * time) for i in range(m) for j in range(m)))


def kernel_identities(
    left: Sequence[sp.Expr], right: Sequence[sp.Expr], time: sp.Symbol
) -> list[tuple[sp.Expr, sp.Expr]]:
    """Pairs that must be equal: Lyapunov's equation, ``K'`` and its square with a sign, and ``int K = m``."""
    m, S = len(left), gram_of_modes(left, right)
    inverse = S.inv()
    pairs = [(left[i] * S[i, j] + S[i, j] * right[j], sp.S.One) for i in range(m) for j in range(m)]
    K = reproducing_kernel(left, right, time)
    column = sp.Add(*(inverse[i, j] * sp.exp(-left[j] * time) for i in range(m) for j in range(m)))
    row = sp.Add(*(inverse[i, j] * sp.exp(-right[i] * time) for i in range(m) for j in range(m)))
    pairs.append((sp.diff(K, time), -row * column))
    integral = sp.Add(*(inverse[i, j] / (right[i] + left[j]) for i in range(m) for j in range(m)))
    return [*pairs, (integral, sp.Integer(m))]
