r"""The second derivative at coincided critical points of complex modes, in discrete and in continuous time.

Let (b, v) be critical for l modes, all b_j nonzero, v distinct. Split each mode into a group with the same v_j whose
gains a_k sum to b_j. With :math:`x = (u, s)` the changes of gains and modes

.. math:: d^2 J = 2 x^* A x + 2 \Re(x^T C x),\qquad C_{p_k p_k} = a_k \bar Q_j,
          \quad C_{g_k p_k} = \overline{R_1(\bar v_j)} = 0,

where A sees a group only through :math:`U_j = \sum u_k` and :math:`T_j = \sum a_k s_k`: the term of two modes k, n is
linear in :math:`(u_k, a_k s_k)` and in :math:`(u_n, a_n s_n)`, with coefficients that know the two poles only
(`pair_term`). Put :math:`S_j = T_j/b_j` and :math:`s_k = S_j + z_k`, so that :math:`\sum a_k z_k = 0`; the term of C of
each mode splits as in `curvature_term`, whose middle part sums to 0. Then, for all partitions (`congruence` writes it
out for one)

.. math:: d^2 J_m(u, s) = d^2 J_l(U, S) + \sum_j 2 \Re\Bigl(\bar Q_j \sum_k a_k z_k^2\Bigr).

The last form changes its sign under :math:`z \to i z` (`turned_term`; `turned` for a group): its signature is (d, d),
where d is the rank of the complex quadratic form :math:`\sum a_k z_k^2` on the hyperplane. With all a nonzero z is in
its null space if :math:`a_k z_k = \lambda a_k` for all k, so all z_k are :math:`\lambda`, and
:math:`0 = \sum a_k z_k = \lambda b_j` (`null_vector`) makes z = 0: d is the size of the group less 1
(`restricted_determinant` is not 0). A zero gain leaves its own z_k free, two real zeros. So for all Q_j nonzero
:math:`\operatorname{In}(H_m) = \operatorname{In}(H_l) + (m - l,\; 2(m - l) \text{ zeros},\; m - l)` for nonzero gains:
the differences of the u in a group are the zeros. Every group of two nonzero gains has a direction down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp

Pair = tuple[sp.Expr, sp.Expr]
#: Product of the modes conj x and y.
Product = Callable[[sp.Expr, sp.Expr], sp.Expr]


def discrete(x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Poles: ``1/(1 - x y)``."""
    return 1 / (1 - x * y)


def continuous(x: sp.Expr, y: sp.Expr) -> sp.Expr:
    """Rates: ``1/(x + y)``."""
    return 1 / (x + y)


def pair_term(product: Product = discrete) -> Pair:
    """The term of ``x^* A x`` of two modes, as a form in ``(u, a s)`` of each whose coefficients are of the poles."""
    ac, vc, uc, sc = sp.symbols("ac vc uc sc")
    b, y, w, r = sp.symbols("b y w r")
    f, fy, fx, fxy = _derivatives(product, vc, y)
    form = sp.Matrix([[uc, ac * sc]]) * sp.Matrix([[f, fy], [fx, fxy]]) * sp.Matrix([w, b * r])
    entries = sp.Matrix([[f, b * fy], [ac * fx, ac * b * fxy]])
    return (sp.Matrix([[uc, sc]]) * entries * sp.Matrix([w, r]))[0], form[0]


def curvature_term() -> Pair:
    """``a Q (S + z)^2`` split; the middle term is ``2 Q S`` times ``a z``, which sums to 0 over a group."""
    a, Q, S, z = sp.symbols("a Q S z")
    return a * Q * (S + z) ** 2, Q * a * S**2 + 2 * Q * S * (a * z) + Q * (a * z**2)


def turned_term(sign: int = -1) -> Pair:
    """One term of a group's form at ``i z``."""
    a, z = sp.symbols("a z")
    return a * (sp.I * z) ** 2, sign * a * z**2


def null_vector() -> Pair:
    """A multiplier times the gains, over the gains: every entry of a null vector is the multiplier."""
    a, multiplier = sp.symbols("a lambda")
    return (multiplier * a) / a, multiplier


def _derivatives(product: Product, x: sp.Expr, y: sp.Expr) -> list[sp.Expr]:
    a, b = sp.symbols("_a _b")
    f = product(a, b)
    return [d.subs({a: x, b: y}) for d in (f, sp.diff(f, b), sp.diff(f, a), sp.diff(f, a, b))]


def _gram_form(
    product: Product, gains: Sequence[Pair], modes: Sequence[Pair], u: Sequence[Pair], s: Sequence[Pair]
) -> sp.Expr:
    """``x^* A x``; every entry a pair (value, conjugate)."""
    total = sp.S.Zero
    for i in range(len(gains)):
        for j in range(len(gains)):
            f, fy, fx, fxy = _derivatives(product, modes[i][1], modes[j][0])
            ui, si = u[i][1], gains[i][1] * s[i][1]
            uj, sj = u[j][0], gains[j][0] * s[j][0]
            total += ui * uj * f + ui * sj * fy + si * uj * fx + si * sj * fxy
    return total


def _pairs(name: str, count: int) -> list[Pair]:
    return [(sp.Symbol(f"{name}{k}"), sp.Symbol(f"{name}c{k}")) for k in range(count)]


def _off_average(gains: Sequence[sp.Expr], z: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Vectors with ``sum a_k z_k = 0``, parametrised by all entries but the last."""
    return [*z, -sp.Add(*(a * x for a, x in zip(gains, z, strict=False))) / gains[-1]]


def congruence(sizes: Sequence[int], product: Product = discrete, critical: bool = True) -> list[Pair]:
    """Both sides of the congruence for groups of these sizes, the Gram part and the residual's part apart.

    The second moments Q_j of the residual, and its first ones R_j where the point is not critical, are symbols: this
    covers every target.
    """
    m = sum(sizes)
    a, u, z = _pairs("a", m), _pairs("u", m), _pairs("z", m)
    v, S = _pairs("v", len(sizes)), _pairs("S", len(sizes))
    s: list[Pair] = []
    U: list[Pair] = []
    b: list[Pair] = []
    left, right, start = sp.S.Zero, sp.S.Zero, 0
    for j, size in enumerate(sizes):
        group = range(start, start + size)
        sides = [_off_average([a[k][c] for k in group], [z[k][c] for k in group[:-1]]) for c in (0, 1)]
        s += [(S[j][0] + x, S[j][1] + y) for x, y in zip(*sides, strict=True)]
        U.append((sp.Add(*(u[k][0] for k in group)), sp.Add(*(u[k][1] for k in group))))
        b.append((sp.Add(*(a[k][0] for k in group)), sp.Add(*(a[k][1] for k in group))))
        Q, R = sp.Symbol(f"Q{j}"), sp.S.Zero if critical else sp.Symbol(f"R{j}")
        left += sp.Add(*(a[k][0] * Q * s[k][0] ** 2 + 2 * R * u[k][0] * s[k][0] for k in group))
        right += b[j][0] * Q * S[j][0] ** 2
        right += Q * sp.Add(*(a[k][0] * x**2 for k, x in zip(group, sides[0], strict=True)))
        start += size
    modes = [v[j] for j, size in enumerate(sizes) for _ in range(size)]
    return [(_gram_form(product, a, modes, u, s), _gram_form(product, b, v, U, S)), (left, right)]


def turned(size: int, sign: int = -1) -> Pair:
    """The form of a group at ``i z``, and `sign` times the form at z."""
    a, z = sp.symbols(f"a0:{size}"), sp.symbols(f"z0:{size - 1}")
    at = [
        sp.Add(*(x * y**2 for x, y in zip(a, _off_average(a, w), strict=True)))
        for w in (z, [sp.I * x for x in z])
    ]
    return sp.expand(at[1]), sign * sp.expand(at[0])


def restricted_determinant(size: int) -> Pair:
    """Determinant of ``sum a_k z_k^2`` on the hyperplane, and its closed form."""
    a = sp.symbols(f"a0:{size}")
    Z = sp.eye(size - 1).col_join(sp.Matrix([[-x / a[-1] for x in a[:-1]]]))
    return (Z.T * sp.diag(*a) * Z).det(), sp.Mul(*a) * sp.Add(*a) / a[-1] ** 2
