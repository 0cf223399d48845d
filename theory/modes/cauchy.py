r"""Cauchy matrices ``1/(1 - x_i y_j)`` with their determinants and inverses, also where nodes meet in pairs.

**Determinant, all K.** Subtracting multiples of the last row takes the entry (i, j) to

.. math:: \frac{1}{1 - x_i y_j} - \frac{1 - x_K y_K}{(1 - x_i y_K)(1 - x_K y_j)}
          = \frac{(x_i - x_K)(y_j - y_K)}{(1 - x_K y_j)(1 - x_i y_K)}\, \frac{1}{1 - x_i y_j}

(`elimination_step`): rows and columns of a Cauchy matrix of order K - 1, each scaled. By induction
:math:`\det = \prod_{i<j} (x_i - x_j)(y_i - y_j) / \prod_{ij} (1 - x_i y_j)`.

**Confluent, all K.** Take 2K nodes in pairs :math:`x_k, x_k + \epsilon_k`, subtract and divide by :math:`\epsilon_k` in
rows and columns. As the pairs meet, the entries become derivatives (`confluent_entries`) and the determinant over the
:math:`\epsilon` becomes :math:`\prod_{i<j} [(x_i - x_j)(y_i - y_j)]^4 / \prod_{ij} (1 - x_i y_j)^4`: two pairs have
four gaps of x, four of y and as many denominators between them (`meeting_pairs`). With one pair left single the same
gives the minor for :math:`(A^{-1})_{p_k p_k}`: two of each between the single node and a pair. The quotient of minor
and determinant has the factors `minor_quotient`.

**(A^{-1}) of a gain, all K.** It is the least :math:`\|f\|^2` in the Hardy space over f with :math:`f(p_k) = 1`, zero
derivative there, double zeros at the other :math:`p_j`. So :math:`f = B_k^2 u`, with the Blaschke product
:math:`B_k` of the others, which keeps norms: u has given value and slope at one point, the slope being
:math:`-2 B_k'/B_k` times the value; `blaschke_slope` gives that and `least_norm` the norm for K = 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from .objective import Modes

Pair = tuple[sp.Expr, sp.Expr]


def gram(modes: Modes) -> sp.Matrix:
    """``1/(1 - conj(p_i) p_j)``."""
    K = len(modes.p)
    return sp.Matrix(K, K, lambda i, j: 1 / (1 - modes.p_conj[i] * modes.p[j]))


def separation(modes: Modes, k: int, j: int) -> sp.Expr:
    """Square of the pseudo-hyperbolic distance of two poles."""
    p, pc = modes.p, modes.p_conj
    return (p[k] - p[j]) * (pc[k] - pc[j]) / ((1 - pc[k] * p[j]) * (1 - p[k] * pc[j]))


def determinant(modes: Modes, power: int = 1, denominator_power: int | None = None) -> sp.Expr:
    """The closed form: distances to `power` over ``prod_ij (1 - conj(p_i) p_j)`` to `denominator_power`."""
    p, pc, K = modes.p, modes.p_conj, range(len(modes.p))
    top = sp.Mul(*(((p[i] - p[j]) * (pc[i] - pc[j])) ** power for i in K for j in K if i < j))
    lower = power if denominator_power is None else denominator_power
    return top / sp.Mul(*((1 - pc[i] * p[j]) ** lower for i in K for j in K))


def cleared(matrix: sp.Matrix, rows: Sequence[sp.Expr], closed: sp.Expr) -> Pair:
    """Determinant of `matrix` and its closed form, both times the factors `rows` that clear the denominators.

    The determinant is taken in the ring of polynomials, without a division; both sides come back expanded.
    """
    polynomial = sp.Matrix(*matrix.shape, lambda i, j: sp.cancel(matrix[i, j] * rows[i]))
    ring = DomainMatrix.from_Matrix(polynomial)
    size = matrix.rows
    left = ring.domain.to_sympy(ring.charpoly()[-1] * (-1) ** size)
    return sp.expand(left), sp.expand(sp.cancel(closed * sp.Mul(*rows)))


def row_factors(modes: Modes, power: int = 1) -> list[sp.Expr]:
    """``prod_j (1 - conj(p_i) p_j)`` to a power, for every row."""
    return [sp.Mul(*((1 - x * y) ** power for y in modes.p)) for x in modes.p_conj]


def elimination_step() -> Pair:
    """One step of the elimination that the determinant's induction rests on."""
    x, y, u, v = sp.symbols("x y u v")
    left = 1 / (1 - x * y) - (1 - u * v) / ((1 - x * v) * (1 - u * y))
    return left, (x - u) * (y - v) / ((1 - u * y) * (1 - x * v) * (1 - x * y))


def confluent_entries() -> list[Pair]:
    """Limits of the divided differences of ``1/(1 - x y)``: the entries of A for unit gains."""
    x, y = sp.symbols("x y")
    f = 1 / (1 - x * y)
    return [
        (sp.diff(f, y), x / (1 - x * y) ** 2),
        (sp.diff(f, x), y / (1 - x * y) ** 2),
        (sp.diff(f, x, y), (1 + x * y) / (1 - x * y) ** 3),
    ]


def meeting_pairs(power: int = 4) -> list[Pair]:
    """Factors of Cauchy's determinant between two pairs of nodes, and between a node and a pair, as the pairs meet."""
    x, y, u, v = sp.symbols("x y u v")
    d, e, dy, ey = sp.symbols("d e dy ey")
    met = {d: 0, e: 0, dy: 0, ey: 0}

    def between(first: list[Pair], second: list[Pair]) -> sp.Expr:
        gaps = [(a - c) * (b - f) for a, b in first for c, f in second]
        lower = [(1 - a * f) * (1 - c * b) for a, b in first for c, f in second]
        return sp.Mul(*gaps) / sp.Mul(*lower)

    one, two = [(x, y), (x + d, y + dy)], [(u, v), (u + e, v + ey)]
    factor = (x - u) * (y - v) / ((1 - x * v) * (1 - u * y))
    return [
        (between(one, two).subs(met), (x - u) ** power * (y - v) ** power / ((1 - x * v) * (1 - u * y)) ** 4),
        (between(one[:1], two).subs(met), factor**2),
    ]


def minor_quotient() -> list[Pair]:
    """Minor without a pole over the determinant: the factor of the mode itself, and of each other mode."""
    x, y, u, v = sp.symbols("x y u v")
    distance = (x - u) * (y - v) / ((1 - y * u) * (1 - x * v))
    between = (x - u) * (y - v) / ((1 - x * v) * (1 - u * y))
    own = (1 / (1 - x * y)) / (1 / (1 - x * y) ** 4)
    return [(own, (1 - x * y) ** 3), (between**2 / between**4, distance**-2)]


def price_quotient(power: int = 1) -> Pair:
    """Variance of a gain, learned over fixed: t, the square s of the slope's part, all squared distances P."""
    t, s, P = sp.symbols("t s P")
    return ((1 - t) * (1 + s) / P**2) / ((1 - t) / P), (1 + s) / P**power


def slope(modes: Modes, k: int) -> sp.Expr:
    """``beta_k``: twice the logarithmic slope of the other poles' Blaschke product at p_k, conjugated."""
    p, pc = modes.p, modes.p_conj
    terms = [(1 - pc[j] * p[j]) / ((pc[k] - pc[j]) * (1 - p[j] * pc[k])) for j in range(len(p)) if j != k]
    return 2 * sp.Add(*terms)


def blaschke_slope() -> Pair:
    """Logarithmic derivative of ``(z - p)/(1 - conj(p) z)``."""
    z, p, pc = sp.symbols("z p pc")
    factor = (z - p) / (1 - pc * z)
    return sp.diff(factor, z) / factor, (1 - p * pc) / ((z - p) * (1 - pc * z))


def least_norm() -> Pair:
    """Least squared norm of u with ``u(p) = 1`` and ``u'(p) = -b``, from the inverse for K = 1."""
    p, pc, b, bc = sp.symbols("p pc b bc")
    t = p * pc
    # Gram matrix of the kernel at p and of its derivative by conj p, which represents the slope.
    A = sp.Matrix([[1 / (1 - t), p / (1 - t) ** 2], [pc / (1 - t) ** 2, (1 + t) / (1 - t) ** 3]])
    value = (sp.Matrix([[1, -bc]]) * A.inv() * sp.Matrix([1, -b]))[0]
    return value, (1 - t) * (1 + (p + (1 - t) * bc) * (pc + (1 - t) * b))


def gain_variance(modes: Modes, k: int) -> sp.Expr:
    """``(A^-1)`` at the gain k."""
    t = modes.p[k] * modes.p_conj[k]
    left = modes.p[k] + (1 - t) * slope(modes, k)
    right = modes.p_conj[k] + (1 - t) * slope(modes.conjugate, k)
    others = sp.Mul(*(separation(modes, k, j) ** 2 for j in range(len(modes.p)) if j != k))
    return (1 - t) * (1 + left * right) / others


def pole_variance(modes: Modes, k: int) -> sp.Expr:
    """``(A^-1)`` at the pole k."""
    t = modes.p[k] * modes.p_conj[k]
    others = sp.Mul(*(separation(modes, k, j) ** 2 for j in range(len(modes.p)) if j != k))
    return (1 - t) ** 3 / (modes.g[k] * modes.g_conj[k] * others)


def fixed_variance(modes: Modes, k: int, power: int = 1) -> sp.Expr:
    """``(G^-1)_kk``; `power` is that of the squared distances."""
    others = sp.Mul(*(separation(modes, k, j) ** power for j in range(len(modes.p)) if j != k))
    return (1 - modes.p[k] * modes.p_conj[k]) / others
