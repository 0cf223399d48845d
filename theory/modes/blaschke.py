r"""Best gains for fixed poles through Blaschke products.

**Least loss, all K.** With :math:`b_k(z) = (z - p_k)/(1 - \bar p_k z)`, :math:`B_k = b_1 \cdots b_k` and the
Takenaka-Malmquist functions :math:`e_k(z) = \sqrt{1 - t_k}/(1 - \bar p_k z)\, B_{k-1}(z)`, `kernel_step` says

.. math:: \frac{B_{k-1}(y) \overline{B_{k-1}(x)} - B_k(y) \overline{B_k(x)}}{1 - \bar x y} = e_k(y) \overline{e_k(x)} .

Summing over k: :math:`(1 - B(y) \overline{B(x)})/(1 - \bar x y)` is the kernel of the span of the modes, repeated poles
allowed, so :math:`B(y) \overline{B(x)}/(1 - \bar x y)` is the product of the parts of the modes x, y off the span.

**Best gains, all K, distinct poles.** That kernel at :math:`x = q` is the best fit itself; as a function of y it is a
sum of :math:`1/(1 - \bar p_k y)`, and the coefficient of the mode k is what the factors give at :math:`y = 1/\bar p_k`,
where only :math:`b_k(y)` has a pole (`pole_part` for b_k and the denominator, `other_part` for each other factor;
conjugated they are the gains of `best_gains`).

The e_k are orthonormal: e_k has the zeros p_1, ..., p_{k-1} (so it is orthogonal to those modes, hence to the e_j
before it), and its norm is 1 because :math:`|b| = 1` on the circle (`unimodular`).
"""

from __future__ import annotations

import sympy as sp

from .objective import Modes

Pair = tuple[sp.Expr, sp.Expr]


def factor(z: sp.Expr, p: sp.Expr, p_conj: sp.Expr) -> sp.Expr:
    """``(z - p)/(1 - conj(p) z)``."""
    return (z - p) / (1 - p_conj * z)


def product(z: sp.Expr, modes: Modes) -> sp.Expr:
    """The Blaschke product of all poles, at z."""
    return sp.Mul(*(factor(z, p, pc) for p, pc in zip(modes.p, modes.p_conj, strict=True)))


def kernel_step() -> Pair:
    """One pole taken off the kernel of the Hardy space."""
    x, y, p, pc = sp.symbols("x y p pc")
    left = (1 - factor(y, p, pc) * factor(x, pc, p)) / (1 - x * y)
    return left, (1 - p * pc) / ((1 - pc * y) * (1 - p * x))


def pole_part() -> Pair:
    """``-b_k(y) (1 - conj(p_k) y) conj(b_k(q))/(1 - conj(q) y)`` at ``y = 1/conj(p_k)``: the gain's own factor."""
    p, pc, qc = sp.symbols("p pc qc")
    y = 1 / pc
    return -(y - p) * factor(qc, pc, p) / (1 - qc * y), (1 - p * pc) / (1 - p * qc)


def other_part() -> Pair:
    """``b_l`` at ``y = 1/conj(p_k)``, and its share of the gain's factor."""
    pc, r, rc = sp.symbols("pc r rc")
    return factor(1 / pc, r, rc), (1 - r * pc) / (pc - rc)


def unimodular() -> Pair:
    """On the circle, where conj z is 1/z."""
    z, p, pc = sp.symbols("z p pc")
    return factor(z, p, pc) * factor(1 / z, pc, p), sp.S.One


def best_gains(modes: Modes, q: sp.Expr) -> list[sp.Expr]:
    """Gains of the best fit of ``q^n`` by the modes, distinct poles."""
    K, p, pc = range(len(modes.p)), modes.p, modes.p_conj
    return [
        (1 - p[k] * pc[k])
        / (1 - pc[k] * q)
        * sp.Mul(*(factor(q, p[j], pc[j]) * (1 - pc[j] * p[k]) / (p[k] - p[j]) for j in K if j != k))
        for k in K
    ]


def section(orthonormal: bool = True) -> list[Pair]:
    r"""Entries of ``U U*`` and of the identity, for one section of the filter that makes Takenaka-Malmquist states.

    With :math:`x = r s`, :math:`r^2 = 1 - |p|^2`, a section takes state and input (x, u) to :math:`x' = p x + r u`, and
    passes :math:`u' = s - \bar p s' = r x - \bar p u` on to the next. A network of raw states passes u itself on.
    """
    p, pc = sp.symbols("p pc")
    r = sp.sqrt(1 - p * pc)
    U = sp.Matrix([[p, r], [r, -pc] if orthonormal else [0, 1]])
    adjoint = sp.Matrix([[pc, r], [r, -p] if orthonormal else [0, 1]]).T
    product = (U * adjoint).applyfunc(sp.expand)
    return list(zip(product, sp.eye(2), strict=True))
