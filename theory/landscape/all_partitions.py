r"""The steps of theorem D.1, theorem D.3 and ext-inertia for a symbolic width and every partition.

The unit k belongs to the group :math:`g_k`, an index among 1..l: :math:`w_k = v_{g_k}`, and
:math:`b_i = \sum_k a_k \delta_{i g_k}`. Sums over the units and over the groups run to the symbols m and l. Whatever
is multiplied by a group sum is exchanged by collapsing the delta,
:math:`\sum_i f_i \sum_k x_k \delta_{i g_k} = \sum_k x_k f_{g_k}`, which SymPy does (`collapsed`); so each identity
below holds for every m, every l <= m and every map g onto 1..l.

**Second derivative.** In the direction (u, s) it is a double sum over units and a single one. The double sum depends on
:math:`U_i = \sum u_k` and :math:`S_i = \sum a_k s_k` over the groups alone, as that of :math:`J_l` at
:math:`(b, v)` in the direction :math:`(U, \sigma)`, :math:`\sigma_i = S_i/b_i` (`double_sums`). The single one is
:math:`\sum_k 2 a_k s_k^2 Q_{g_k}` where :math:`R_1 = 0` (`single_sums`, `residual_moments`), and with
:math:`s_k = \sigma_{g_k} + z_k`, :math:`\sum_{G_i} a_k z_k = 0`, it is
:math:`\sum_i 2 b_i \sigma_i^2 Q_i + \sum_i 2 Q_i \sum_{G_i} a_k z_k^2` (`completed_squares`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import sympy as sp
from sympy.concrete.delta import deltasummation

from memcurse.theory.objective.continuous import INDEXED, W
from memcurse.theory.objective.gram_form import A, column, first_index, row, width_symbol
from memcurse.theory.objective.indexed_sums import canonical_sums

Pair = tuple[sp.Expr, sp.Expr]

#: Number of groups, and the group of a unit.
groups: Final = sp.Symbol("l", integer=True, positive=True)
group_of: Final = sp.IndexedBase("g", integer=True, positive=True)
#: The critical point (b, v) of J_l, and its residual's second moments.
B: Final = sp.IndexedBase("b", real=True, nonzero=True)
V: Final = sp.IndexedBase("v", positive=True)
Q: Final = sp.IndexedBase("Q", real=True)
#: A direction: of amplitudes and rates of the units; its group sums.
U_UNIT: Final = sp.IndexedBase("u", real=True)
S_UNIT: Final = sp.IndexedBase("s", real=True)
U_GROUP: Final = sp.IndexedBase("U", real=True)
S_GROUP: Final = sp.IndexedBase("S", real=True)

_SAME: Final = sp.KroneckerDelta(row, column)


def on_the_space(expression: sp.Expr) -> sp.Expr:
    """Every rate is that of the unit's group."""
    return expression.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base == W, lambda e: V[group_of[e.indices[0]]]
    )


def of_the_groups(expression: sp.Expr, *units: sp.Symbol) -> sp.Expr:
    """What the expression for J_m is for J_l at (b, v), its free indices those of the groups of `units`."""
    bases = {A: B, W: V}
    swapped = expression.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base in bases, lambda e: bases[e.base][e.indices[0]]
    )
    return swapped.xreplace({width_symbol: groups}).xreplace({k: group_of[k] for k in units})


def collapsed(expression: sp.Expr, sums: dict[sp.IndexedBase, Callable[[sp.Symbol], sp.Expr]]) -> sp.Expr:
    """Sums over groups as sums over units: each group sum in `sums` is that of its summand over the units."""

    def over_units(total: sp.Sum) -> sp.Expr:
        ((i, _, last),) = total.limits
        if last != groups:
            return total
        terms = []
        for term in sp.Add.make_args(sp.expand(total.function)):
            (base,) = {x.base for x in term.atoms(sp.Indexed) if x.base in sums and x.indices[0] == i}
            # Linear in the group sum, whose summand at the unit k comes with a delta.
            single = (term / base[i]) * sums[base](first_index) * sp.KroneckerDelta(i, group_of[first_index])
            terms.append(sp.Sum(_at_its_group(single, i), (first_index, 1, width_symbol)))
        return sp.Add(*terms)

    return expression.replace(lambda e: isinstance(e, sp.Sum), over_units)


def _at_its_group(term: sp.Expr, i: sp.Symbol) -> sp.Expr:
    """The sum over i of a term with a delta; every group of a unit is one of 1..l, which is its first case."""
    found = deltasummation(term, (i, 1, groups))
    return found.args[0].expr if isinstance(found, sp.Piecewise) else found


def _sums(left: sp.Expr, right: sp.Expr) -> Pair:
    return canonical_sums(left), canonical_sums(right)


def residual_moments(wrong_sum: sp.Expr = sp.S.Zero) -> list[Pair]:
    """``R_n`` of the model (a, w) at the unit k is that of (b, v) at its group, n = 0, 1, 2.

    `wrong_sum` is added to every amplitude of the sum over units: the control's point off the space.
    """
    pairs = []
    for n in range(3):
        units = on_the_space(INDEXED.residual_moment(n, row))
        group = collapsed(
            of_the_groups(INDEXED.residual_moment(n, row), row), {B: lambda k: A[k] + wrong_sum}
        )
        pairs.append(_sums(units, group))
    return pairs


def gradients() -> list[Pair]:
    """Gradient of J_m from that of J_l: ``dJ_m/da_k = dJ_l/db_i`` and ``b_i dJ_m/dw_k = a_k dJ_l/dv_i``, i = g_k."""
    by_a, by_w = (on_the_space(x) for x in INDEXED.gradient(row))
    by_b, by_v = (of_the_groups(x, row) for x in INDEXED.gradient(row))
    b = sp.Symbol("b_g", real=True, nonzero=True)
    to_units = {B: lambda k: A[k]}
    own = {B[group_of[row]]: b}
    return [
        _sums(by_a, collapsed(by_b.xreplace(own), to_units)),
        _sums(b * by_w, A[row] * collapsed(by_v.xreplace(own), to_units)),
    ]


def _entries() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The Hessian's entries ``(a_k, a_n), (a_k, w_n), (w_k, w_n)`` beside those with k = n."""
    return tuple(x.subs(_SAME, 0) for x in INDEXED.hessian(row, column))


def _form(entries: tuple[sp.Expr, ...], u: sp.IndexedBase, s: sp.IndexedBase) -> sp.Expr:
    aa, aw, ww = entries
    other = aw.xreplace({row: column, column: row})
    k, n = row, column
    return u[k] * u[n] * aa + u[k] * s[n] * aw + u[n] * s[k] * other + s[k] * s[n] * ww


def double_sums() -> list[Pair]:
    """The double sum over units is that over groups, with ``U`` and ``S = b sigma`` for the direction."""
    units = on_the_space(_form(_entries(), U_UNIT, S_UNIT))
    sigma = sp.IndexedBase("sigma", real=True)
    group = of_the_groups(_form(_entries(), U_GROUP, sigma))
    group = sp.expand(group.xreplace({sigma[x]: S_GROUP[x] / B[x] for x in (row, column)}))
    summands = {U_GROUP: lambda k: U_UNIT[k], S_GROUP: lambda k: A[k] * S_UNIT[k]}
    fresh = {
        row: sp.Symbol("p", integer=True, positive=True),
        column: sp.Symbol("q", integer=True, positive=True),
    }
    out = []
    for term in sp.Add.make_args(group):
        for index, unit in fresh.items():
            (base,) = {x.base for x in term.atoms(sp.Indexed) if x.base in summands and x.indices[0] == index}
            term = term / base[index] * summands[base](unit) * sp.KroneckerDelta(index, group_of[unit])
            term = _at_its_group(term, index)
        out.append(term.xreplace({unit: index for index, unit in fresh.items()}))
    return [(sp.expand(units), sp.expand(sp.Add(*out)))]


def single_sums() -> list[Pair]:
    """What the Hessian has beside the double sum: ``2 R_1`` at (a_k, w_k), with its sign, and ``2 a_k R_2``."""
    aa, aw, ww = INDEXED.hessian(row, column)
    extra = [(x - x.subs(_SAME, 0)).subs(_SAME, 1) for x in (aa, aw, ww)]
    claimed = (
        sp.S.Zero,
        2 * INDEXED.pairing.sign * INDEXED.residual_moment(1, row),
        2 * A[row] * INDEXED.residual_moment(2, row),
    )
    return [_sums(x, y) for x, y in zip(extra, claimed, strict=True)]


def completed_squares(factor: int = 1) -> list[Pair]:
    """``a (sigma + z)^2`` term by term, where z is centred, and what is left of the group's sum.

    The same with Q = 1 takes the sign of b from those of the a_k: the vector of ones is orthogonal to the centred ones.
    """
    a, sigma, z, S, b = sp.symbols("a sigma z S b", real=True)
    nonzero = sp.Symbol("b", real=True, nonzero=True)
    return [
        (a * (sigma + z) ** 2, a * sigma**2 + 2 * factor * sigma * (a * z) + a * z**2),
        # sum of a z = S - b sigma = 0 at sigma = S/b.
        ((S - b * sigma).subs({sigma: S / nonzero, b: nonzero}), sp.S.Zero),
    ]


def equal_columns(same_group: bool = True) -> list[Pair]:
    """The columns of two amplitudes of one group are equal, but for ``R_1 = 0``: entries with a_n and with a_r."""
    r = sp.Symbol("r", integer=True, positive=True)
    aa, aw, _ = _entries()
    by_rate = aw.xreplace({row: column, column: row})
    pairs = []
    for entry in (aa, by_rate):
        first, second = (on_the_space(x) for x in (entry, entry.xreplace({column: r})))
        if same_group:
            second = second.xreplace({group_of[r]: group_of[column]})
        pairs.append((first, second))
    return pairs


def counts() -> list[Pair]:
    """Dimensions: 2l of (U, sigma), m - l of z and m - l of the u without sums make 2m; rank bound and its value."""
    m, l = width_symbol, groups
    return [(2 * l + (m - l) + (m - l), 2 * m), (2 * m - (m - l), m + l), (2 * l + (m - l), m + l)]


def squared_norm_of_direction(sign: int = -1) -> list[Pair]:
    r"""The double sum is :math:`2\|\sum_k (u_k - a_k s_k t) e^{-w_k t}\|^2`, summand by summand.

    First the integrals of ``t^p e^(-x t)``, p = 0, 1, 2, by antiderivatives that vanish at infinity.
    """
    t, x = sp.symbols("t x", positive=True)
    k, n = row, column
    primitives = [
        sp.exp(-x * t)
        * sp.Add(*(sp.factorial(p) / sp.factorial(i) * t**i / x ** (p - i + 1) for i in range(p + 1)))
        for p in range(3)
    ]
    pairs = [(-sp.diff(F, t), t**p * sp.exp(-x * t)) for p, F in enumerate(primitives)]
    square = sp.expand((U_UNIT[k] + sign * A[k] * S_UNIT[k] * t) * (U_UNIT[n] + sign * A[n] * S_UNIT[n] * t))
    values = [F.subs(t, 0).subs(x, W[k] + W[n]) for F in primitives]
    integral = sp.Add(*(square.coeff(t, p) * value for p, value in enumerate(values)))
    return [*pairs, (_form(_entries(), U_UNIT, S_UNIT), 2 * integral)]


def one_rate_taken_off() -> list[Pair]:
    """``(d/dt + v)^2`` kills ``(U - S t) e^(-v t)`` and leaves of another rate's the leading terms times ``(v - y)^2``.

    So a sum of such functions with distinct rates is 0 only if every S is, and then every U.
    """
    t, v, y = sp.symbols("t v y", positive=True)
    U, S = sp.symbols("U S", real=True)

    def left(rate: sp.Expr) -> sp.Expr:
        f = (U - S * t) * sp.exp(-rate * t)
        once = sp.diff(f, t) + v * f
        return sp.expand((sp.diff(once, t) + v * once) * sp.exp(rate * t))

    return [(left(v), sp.S.Zero), (left(y), (v - y) ** 2 * (U - S * t) - 2 * (v - y) * S)]


def number_of_maps() -> list[Pair]:
    """``l! S(m, l)`` obeys the recurrence of the maps onto 1..l, as S(m, l) does that of the partitions.

    One unit more goes to one of the l values of a map onto 1..l, or alone to one of them beside a map onto the rest.
    """
    one, other = sp.symbols("S_l S_m", positive=True)
    l = groups
    left = sp.gamma(l + 1) * (l * one + other)
    right = l * (sp.gamma(l + 1) * one + sp.gamma(l) * other)
    return [(sp.expand_func(left), sp.expand_func(right))]


def pair_form() -> list[Pair]:
    """Width 2, one group: ``a z_1^2 + (b - a) z_2^2`` on the centred z = (b - a, -a) is ``a (b - a) b``."""
    a, b = sp.symbols("a b", real=True)
    z = (b - a, -a)
    return [(a * z[0] + (b - a) * z[1], sp.S.Zero), (a * z[0] ** 2 + (b - a) * z[1] ** 2, a * (b - a) * b)]
