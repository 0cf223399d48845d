r"""Coincided critical affine spaces (appendix D): how many there are, and the inertia of the Hessian on them.

Let :math:`(b, v)` be a critical point of :math:`J_l` with all :math:`b_j \ne 0` and distinct rates, and let the
groups :math:`G_1 .. G_l` partition the indices 1..m. On the affine space :math:`\sum_{G_j} a_k = b_j`,
:math:`w_k = v_j` for k in :math:`G_j`, the model and the residual r are those of :math:`(b, v)`.

**Theorem (ext-inertia).** With :math:`Q_j = \int t^2 e^{-v_j t} r\,dt`, the Hessian of :math:`J_m` on the space is
congruent to

.. math:: H_l \oplus \bigoplus_j 2 Q_j \operatorname{diag}(a_k)_{k \in G_j}\Big|_{\{\sum a_k u_k = 0\}} \oplus 0_{m-l}

*Proof.* In a direction (u, s) of (a, w) the model changes by :math:`\varphi = \sum_k (u_k - a_k s_k t) e^{-w_k t}` and,
to second order, by :math:`\sum_k (-2 u_k s_k t + a_k s_k^2 t^2) e^{-w_k t}`. So the second derivative of
:math:`\|r\|^2` is

.. math:: 2\|\varphi\|^2 - 4 \sum_j R_j \sum_{G_j} u_k s_k + 2 \sum_j Q_j \sum_{G_j} a_k s_k^2,
          \qquad R_j = \int t e^{-v_j t} r\,dt = 0,

where :math:`R_j = 0` because :math:`b_j \ne 0` and :math:`\partial J_l/\partial v_j = -2 b_j R_j = 0`. Now
:math:`\varphi = \sum_j (U_j - S_j t) e^{-v_j t}` depends on :math:`U_j = \sum u_k` and :math:`S_j = \sum a_k s_k`
only. Write :math:`s = \sigma_j + z` on :math:`G_j` with :math:`\sigma_j = S_j/b_j` and :math:`\sum a_k z_k = 0`; then
:math:`\sum a_k s_k^2 = b_j \sigma_j^2 + \sum a_k z_k^2`. What depends on :math:`(U, \sigma)` is the form of
:math:`H_l`; what is left is :math:`2 Q_j \sum a_k z_k^2`; nothing depends on the m - l differences of the :math:`u_k`
within groups. This is a change of basis (`congruence_basis`), with determinant
:math:`\prod_j \pm a_{p_j}^{|G_j| - 2} b_j` over the groups of more than one index. QED

The vector of ones is orthogonal, for diag(a), to :math:`\{\sum a_k z_k = 0\}`, and its square is :math:`b_j`. Hence
the restricted form has the signs of the :math:`a_k`, less the sign of :math:`b_j`: with p positive, q negative and z
vanishing :math:`a_k` the inertia is (p - 1, z, q) for :math:`b_j > 0` and (p, z, q - 1) for :math:`b_j < 0`;
:math:`Q_j < 0` swaps the outer two, :math:`Q_j = 0` makes all of it zeros (`group_inertia`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import sympy as sp

from memcurse.theory.exact import exact_integer
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective import continuous as objective

from .equivalent_parameters import Inertia, Partition, count_labelled_partitions


def validate_groups(m: int, l: int) -> tuple[int, int]:
    """Width m and number of groups l as integers with ``1 <= l <= m``."""
    m, l = exact_integer("m", m, 1), exact_integer("l", l, 1)
    if l > m:
        raise ValueError(f"`l` must be at most m = {m}: every group needs an index; got {l}")
    return m, l


def count_critical_spaces(m: int, l: int) -> int:
    """``l! S(m, l)``: coincided critical affine spaces over one non-degenerate critical point of J_l (thm-d.1).

    Raises
    ------
    TypeError, ValueError
        If m, l are no integers with ``1 <= l <= m``.
    """
    return count_labelled_partitions(*validate_groups(m, l))


def fubini(m: int) -> int:
    """Fubini number: ``sum_l l! S(m, l)``, the ordered partitions of m things, by splitting off the first group."""
    m = exact_integer("m", m, 0)
    numbers = [1]
    for n in range(1, m + 1):
        numbers.append(sum(math.comb(n, k) * numbers[n - k] for k in range(1, n + 1)))
    return numbers[m]


def count_all_critical_spaces(m: int) -> int:
    """``sum_{l<m} l! S(m, l) = fubini(m) - m!``: the spaces beside m! minimisers, for a target of m terms."""
    return fubini(m) - math.factorial(exact_integer("m", m, 1))


def paper_lower_bound(m: int) -> sp.Rational:
    """The last two terms of the sum, ``m! (3m - 2)(m + 1)/24`` (thm-d.2): what the paper keeps of it."""
    m = exact_integer("m", m, 2)
    return sp.Rational(math.factorial(m) * (3 * m - 2) * (m + 1), 24)


# --- inertia -------------------------------------------------------------------------------------------------------


def _validated_sign(name: str, value: int) -> int:
    if value not in (-1, 0, 1):
        raise ValueError(f"`{name}` must be -1, 0 or 1; got {value!r}")
    return int(value)


def group_inertia(coefficients: Sequence[int], amplitude: int, curvature: int) -> Inertia:
    """Inertia of ``Q_j diag(a_k)`` restricted to ``sum a_k u_k = 0``, from signs alone.

    Parameters
    ----------
    coefficients : sequence of {-1, 0, 1}
        Signs of the a_k of the group.
    amplitude : {-1, 1}
        Sign of their sum b_j.
    curvature : {-1, 0, 1}
        Sign of Q_j.

    Raises
    ------
    ValueError
        If a sign is none, or no a_k has the sign of b_j.
    """
    signs = [_validated_sign("coefficients", s) for s in coefficients]
    b, Q = _validated_sign("amplitude", amplitude), _validated_sign("curvature", curvature)
    if b == 0 or b not in signs:
        raise ValueError(f"`amplitude` must have the sign of one of the coefficients {signs}; got {b}")
    if Q == 0:
        return Inertia(0, len(signs) - 1, 0)
    positive, negative = signs.count(1) - (b > 0), signs.count(-1) - (b < 0)
    if Q < 0:
        positive, negative = negative, positive
    return Inertia(positive, signs.count(0), negative)


def space_inertia(
    partition: Partition,
    coefficients: Sequence[int],
    amplitudes: Sequence[int],
    curvatures: Sequence[int],
    reduced: Inertia,
) -> Inertia:
    """Inertia of the Hessian of J_m on a critical space (ext-inertia), from signs and the inertia of H_l.

    Parameters
    ----------
    partition : tuple of tuples of int
        The groups G_j of 0..m-1.
    coefficients : sequence of {-1, 0, 1}, length m
        Signs of the a_k.
    amplitudes, curvatures : sequences, length l
        Signs of the b_j and of the Q_j.
    reduced : Inertia
        Inertia of H_l, the Hessian of J_l at (b, v).
    """
    l, m = len(partition), len(coefficients)
    if sum(reduced) != 2 * l or len(amplitudes) != l or len(curvatures) != l:
        raise ValueError(f"`reduced` and the signs must belong to l = {l} groups; got {reduced}")
    total = [reduced.positive, reduced.zero + m - l, reduced.negative]
    for group, b, Q in zip(partition, amplitudes, curvatures, strict=True):
        for i, count in enumerate(group_inertia([coefficients[k] for k in group], b, Q)):
            total[i] += count
    return Inertia(*total)


# --- the congruence, for symbolic amplitudes -----------------------------------------------------------------------


def assigned(partition: Partition, values: Sequence[sp.Expr]) -> list[sp.Expr]:
    """The value of its group for every index."""
    owner = {k: j for j, group in enumerate(partition) for k in group}
    return [values[owner[k]] for k in range(len(owner))]


def group_sums(partition: Partition, a: Sequence[sp.Expr]) -> list[sp.Expr]:
    """``b_j``: the sum of the amplitudes of every group."""
    return [sp.Add(*(a[k] for k in group)) for group in partition]


class ResidualMoments:
    """Moments of a target whose residual at (b, v) has the moments ``(R0_j, R1_j, Q_j)`` against ``t^n e^(-v_j t)``.

    Nothing else of the target enters gradient and Hessian on a critical space; symbols for the residual's moments
    therefore stand for *every* target.
    """

    def __init__(
        self, b: Sequence[sp.Expr], v: Sequence[sp.Expr], residual: Sequence[Sequence[sp.Expr]]
    ) -> None:
        self.b, self.v, self.residual = tuple(b), tuple(v), tuple(tuple(row) for row in residual)

    def __call__(self, n: int, w: sp.Expr) -> sp.Expr:
        """``L_n(w)`` at one of the rates v_j."""
        terms = zip(self.b, self.v, strict=True)
        model = sp.Add(*(sp.factorial(n) * b / (w + v) ** (n + 1) for b, v in terms))
        return model - self.residual[self.v.index(w)][n]


def congruence_basis(partition: Partition, a: Sequence[sp.Expr]) -> sp.Matrix:
    """The basis of the proof: columns ``(U_j), (sigma_j)``, then z of each group, then the m - l null vectors.

    The vectors ``z = a_p e_k - a_k e_p`` take the last index p of the group as pivot; any p with ``a_p != 0`` does.
    """
    m, columns = len(a), []

    def column(entries: dict[int, sp.Expr]) -> list[sp.Expr]:
        return [entries.get(i, sp.S.Zero) for i in range(2 * m)]

    columns += [column({group[0]: sp.S.One}) for group in partition]
    columns += [column({m + k: sp.S.One for k in group}) for group in partition]
    for *others, p in partition:
        columns += [column({m + k: a[p], m + p: -a[k]}) for k in others]
    for first, *others in partition:
        columns += [column({k: sp.S.One, first: -sp.S.One}) for k in others]
    return sp.Matrix(columns).T


def congruent_form(
    partition: Partition, a: Sequence[sp.Expr], curvatures: Sequence[sp.Expr], reduced: sp.Matrix
) -> sp.Matrix:
    """``H_l (+) 2 Q_j diag(a) restricted (+) 0`` in the basis of `congruence_basis`."""
    blocks = [reduced]
    for (*others, p), Q in zip(partition, curvatures, strict=True):
        if others:
            z = sp.Matrix([[a[p] * int(k == i) - a[i] * int(k == p) for i in others] for k in (*others, p)])
            blocks.append(2 * Q * z.T * sp.diag(*(a[k] for k in (*others, p))) * z)
    return sp.diag(*blocks, sp.zeros(len(a) - len(partition)))


def congruence_identities(partition: Partition, *, critical: bool = True) -> list[tuple[sp.Expr, sp.Expr]]:
    """Pairs equal by the theorem, for symbolic amplitudes, rates and Q_j: ``T^T H_m T`` and its blocks, ``det T``.

    With ``critical=False`` the hypothesis is dropped that (b, v) is critical; the pairs then differ.
    """
    m, l = sum(map(len, partition)), len(partition)
    a, v, Q = amplitudes(m), rates(l), sp.symbols(f"Q_1:{l + 1}", real=True)
    slopes = [sp.S.Zero] * l if critical else sp.symbols(f"R_1:{l + 1}", real=True)
    b = group_sums(partition, a)
    moment = ResidualMoments(b, v, [(0, R, q) for R, q in zip(slopes, Q, strict=True)])
    T = congruence_basis(partition, a)
    left = T.T * objective.hessian(a, assigned(partition, v), moment) * T
    right = congruent_form(partition, a, Q, objective.hessian(b, v, moment))
    pairs = [(left[i, j], right[i, j]) for i in range(2 * m) for j in range(i, 2 * m)]
    factors = [
        a[group[-1]] ** (len(group) - 2) * bj for group, bj in zip(partition, b, strict=True) if group[1:]
    ]
    return [*pairs, (T.det(method="berkowitz") ** 2, sp.Mul(*factors) ** 2)]


def restriction_identities(size: int) -> list[tuple[sp.Expr, sp.Expr]]:
    """``(1, Z)^T diag(a) (1, Z) = b (+) Z^T diag(a) Z`` for a basis Z of {sum a_k z_k = 0} and b = sum a_k."""
    a = amplitudes(size)
    *others, p = range(size)
    z = sp.Matrix([[a[p] * int(k == i) - a[i] * int(k == p) for i in others] for k in range(size)])
    basis = sp.Matrix.hstack(sp.ones(size, 1), z)
    left = basis.T * sp.diag(*a) * basis
    right = sp.diag(sp.Add(*a), z.T * sp.diag(*a) * z)
    return [(left[i, j], right[i, j]) for i in range(size) for j in range(i, size)]


def gradient_identities(partition: Partition) -> list[tuple[sp.Expr, sp.Expr]]:
    """On the space the gradient of J_m is that of J_l: ``dJ/da_k = dJ_l/db_j``, ``b_j dJ/dw_k = a_k dJ_l/dv_j``.

    For symbolic amplitudes and rates, and symbols for the residual's moments: for every target.
    """
    l = len(partition)
    residual = [sp.symbols(f"R0_{j} R1_{j} Q_{j}", real=True) for j in range(1, l + 1)]
    a, b, wide, narrow = _gradients(partition, residual)
    pairs = []
    for j, group in enumerate(partition):
        for k in group:
            pairs += [(wide[k], narrow[j]), (b[j] * wide[len(a) + k], a[k] * narrow[l + j])]
    return pairs


def critical_gradient(partition: Partition, defect: sp.Expr = sp.S.Zero) -> list[sp.Expr]:
    """Gradient of J_m over a critical (b, v), for symbolic parameters whose first group misses b_1 by `defect`.

    All entries are 0 on the space, where `defect` is 0.
    """
    residual = [(0, 0, sp.Symbol(f"Q_{j}", real=True)) for j in range(1, len(partition) + 1)]
    return list(_gradients(partition, residual, defect)[2])


def _gradients(
    partition: Partition, residual: Sequence[Sequence[sp.Expr]], defect: sp.Expr = sp.S.Zero
) -> tuple[tuple[sp.Symbol, ...], list[sp.Expr], sp.Matrix, sp.Matrix]:
    """Amplitudes, their group sums b, and the gradients of J_m and of J_l."""
    a, v = amplitudes(sum(map(len, partition))), rates(len(partition))
    b = group_sums(partition, a)
    b[0] += defect
    moment = ResidualMoments(b, v, residual)
    wide = objective.gradient(a, assigned(partition, v), moment)
    return a, b, wide, objective.gradient(b, v, moment)


def rank_bound_identities(partition: Partition) -> list[tuple[sp.Expr, sp.Expr]]:
    """Columns of the Hessian of J_m that agree on the space (thm-d.3): those of the amplitudes of one group."""
    m, l = sum(map(len, partition)), len(partition)
    a, v, Q = amplitudes(m), rates(l), sp.symbols(f"Q_1:{l + 1}", real=True)
    moment = ResidualMoments(group_sums(partition, a), v, [(0, 0, q) for q in Q])
    H = objective.hessian(a, assigned(partition, v), moment)
    return [(H[i, first], H[i, k]) for first, *others in partition for k in others for i in range(2 * m)]
