r"""The discrete objective with complex modes; a number and its conjugate are independent symbols.

.. math:: J = \sum_{ij} \bar g_i g_j/(1 - \bar p_i p_j) - 2 \Re \sum_i \bar g_i M_0(\bar p_i) + \|\rho\|^2,
          \qquad |p_i| < 1

J is real-analytic in the real and imaginary parts, hence polynomial identities in p, conj p taken as independent are
identities for all complex parameters. The target is :math:`\sum_j c_j q_j^n`. Both sides of every identity here are
linear (or sesquilinear) in the target, and the coefficient of :math:`q^D` is the identity for a pulse at D; so an
identity for all c, q is one for every square-summable target.

**All K.** The loss is the squared distance of two sequences, so a mode may stand in the target with its sign turned:
neither the loss nor a residual moment changes (`moved_mode`; what is said for one mode beside one more and the target
holds for any number, since every product is of two). Hence a derivative by the mode i is that of a loss of one mode, a
second derivative by the modes i, j that of a loss of two: identities for K = 1, 2 and every target are identities for
all K.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp


@dataclass(frozen=True)
class Modes:
    """Gains and poles with their conjugates, each a tuple of K expressions."""

    g: tuple[sp.Expr, ...]
    g_conj: tuple[sp.Expr, ...]
    p: tuple[sp.Expr, ...]
    p_conj: tuple[sp.Expr, ...]

    @property
    def conjugate(self) -> Modes:
        """Every symbol exchanged with its conjugate."""
        return Modes(self.g_conj, self.g, self.p_conj, self.p)


def _family(name: str, count: int) -> tuple[sp.Symbol, ...]:
    return tuple(sp.Symbol(f"{name}{k + 1}") for k in range(count))


def symbolic_modes(count: int, gain: str = "g", pole: str = "p") -> Modes:
    """`count` modes of independent symbols ``g1, gc1, p1, pc1, ...``; c for conjugate."""
    names = (gain, gain + "c", pole, pole + "c")
    g, gc, p, pc = (_family(name, count) for name in names)
    return Modes(g, gc, p, pc)


def mode_product(n: int, x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """The n-th derivative in x of ``1/(1 - x y)``, the inner product of the modes conj x and y."""
    return sp.factorial(n) * y**n / (1 - x * y) ** (n + 1)


def moment(n: int, z: sp.Expr, target: Modes) -> sp.Expr:
    """``M_n(z)`` of the target ``sum_j c_j q_j^k``."""
    return sp.Add(*(c * mode_product(n, z, q) for c, q in zip(target.g, target.p, strict=True)))


def squared_norm(target: Modes) -> sp.Expr:
    """Sum of ``conj(c_i) c_j/(1 - conj(q_i) q_j)``."""
    return sp.Add(*(cc * moment(0, qc, target) for cc, qc in zip(target.g_conj, target.p_conj, strict=True)))


def loss(modes: Modes, target: Modes) -> sp.Expr:
    """The squared distance of the two sequences."""
    conj = modes.conjugate
    mixed = [gc * moment(0, pc, target) for gc, pc in zip(modes.g_conj, modes.p_conj, strict=True)]
    mixed += [g * moment(0, p, target.conjugate) for g, p in zip(conj.g_conj, conj.p_conj, strict=True)]
    return squared_norm(modes) - sp.Add(*mixed) + squared_norm(target)


def residual_moment(n: int, k: int, modes: Modes, target: Modes) -> sp.Expr:
    """``R_n(conj p_k)``: the n-th derivative of the residual's generating function."""
    z = modes.p_conj[k]
    return moment(n, z, modes) - moment(n, z, target)


def joined(modes: Modes, others: Modes, sign: int = 1) -> Modes:
    """The modes of both, the gains of the second times `sign`."""
    return Modes(
        modes.g + tuple(sign * x for x in others.g),
        modes.g_conj + tuple(sign * x for x in others.g_conj),
        modes.p + others.p,
        modes.p_conj + others.p_conj,
    )


def moved_mode(sign: int = -1) -> list[tuple[sp.Expr, sp.Expr]]:
    """Loss and residual moments of one mode and one more, and with that one in the target instead."""
    h, other, target = symbolic_modes(1), symbolic_modes(1, "a", "v"), symbolic_modes(1, "c", "q")
    both, shifted = joined(h, other), joined(target, other, sign)
    pairs = [(loss(both, target), loss(h, shifted))]
    return pairs + [
        (residual_moment(n, 0, both, target), residual_moment(n, 0, h, shifted)) for n in range(3)
    ]


def gradient(modes: Modes, target: Modes) -> list[sp.Expr]:
    """Derivatives in ``conj g`` and ``conj p``; the real gradient is twice (Re, Im) of them."""
    K = range(len(modes.g))
    by_gain = [residual_moment(0, k, modes, target) for k in K]
    return by_gain + [modes.g_conj[k] * residual_moment(1, k, modes, target) for k in K]


def gauss_newton(modes: Modes) -> sp.Matrix:
    """``A``: derivatives of the loss by ``conj x_i`` and ``x_j``; a Gram matrix, order 2K, gains first."""
    K, A = len(modes.g), sp.zeros(2 * len(modes.g))
    for i in range(K):
        for j in range(K):
            x, y = modes.p_conj[i], modes.p[j]
            q = 1 - x * y
            A[i, j] = 1 / q
            A[i, K + j] = modes.g[j] * x / q**2
            A[K + i, j] = modes.g_conj[i] * y / q**2
            A[K + i, K + j] = modes.g_conj[i] * modes.g[j] * (1 + x * y) / q**3
    return A


def residual_part(modes: Modes, target: Modes) -> sp.Matrix:
    """``C``: derivatives by ``x_i`` and ``x_j``, from the conjugate residual moments."""
    K, C = len(modes.g), sp.zeros(2 * len(modes.g))
    for k in range(K):
        C[k, K + k] = C[K + k, k] = residual_moment(1, k, modes.conjugate, target.conjugate)
        C[K + k, K + k] = modes.g[k] * residual_moment(2, k, modes.conjugate, target.conjugate)
    return C


def real_hessian(A: sp.Matrix, C: sp.Matrix) -> sp.Matrix:
    """``2 [[Re A + Re C, -Im A - Im C], [Im A - Im C, Re A - Re C]]`` for complex matrices of real symbols."""
    re_a, im_a = A.applyfunc(sp.re), A.applyfunc(sp.im)
    re_c, im_c = C.applyfunc(sp.re), C.applyfunc(sp.im)
    top = (re_a + re_c).row_join(-im_a - im_c)
    return 2 * top.col_join((im_a - im_c).row_join(re_a - re_c))


def coloured_product(x: sp.Expr, y: sp.Expr, c: sp.Expr, c_conj: sp.Expr) -> sp.Expr:
    """Covariance of the states of conj x and y under AR(1) input of coefficient c with innovations of variance 1."""
    den = (1 - c * c_conj) * (1 - x * y) * (1 - c * x) * (1 - c_conj * y)
    return (1 - c * c_conj * x * y) / den


def midpoint_of_permuted(c: Sequence[sp.Expr], q: Sequence[sp.Expr], n: int) -> sp.Expr:
    """The residual's n-th sample at the midpoint of the optima (c, q) and (c, q) with the two modes exchanged."""
    middle = sp.Rational(1, 2) * (q[0] + q[1])
    return sp.expand((c[0] + c[1]) * middle**n - c[0] * q[0] ** n - c[1] * q[1] ** n)
