r"""Which parameters write a given sum of exponentials: the steps of lemma C.3, for every width and every partition.

Let :math:`v_1, \dots, v_l` be all rates that occur, of the model or of the target, and :math:`g_k` the place of
:math:`w_k` among them, as in `all_partitions`; the target has the amplitude :math:`b_i` at :math:`v_i`, 0 where it
has none. Then :math:`\hat\rho - \bar\rho = \sum_i (S_i - b_i) e^{-v_i t}` with the group sums
:math:`S_i = \sum_k a_k \delta_{i g_k}` (`by_groups`). It vanishes if all :math:`S_i = b_i`, and only then: with the
smallest rate v left, :math:`d/dt + v` takes it off and keeps the others, each times v minus its own rate, and from
one term alone its coefficient can be read (`one_rate_taken_off`). So the parameters are those with :math:`S_i = b_i`
for all i, which is the union of the spaces: an empty group has the sum 0, so no group of the target is empty.

With no group beside those of the target the conditions have a minor that is the identity, in the columns of one unit
of each group (`independent_conditions`); the m rates are fixed, which leaves m - l dimensions. Different maps g give
some unit different rates, hence different spaces; they are the maps onto 1..l, l! S(m, l) in number
(`number_of_spaces`).
"""

from __future__ import annotations

from typing import Final

import sympy as sp

from memcurse.theory.objective.continuous import W
from memcurse.theory.objective.gram_form import A, first_index, second_index, width_symbol
from memcurse.theory.objective.indexed_sums import canonical_sums, indexed_derivative

from .all_partitions import Pair, V, collapsed, group_of, groups, number_of_maps, on_the_space
from .equivalent_parameters import stirling2

_TIME: Final = sp.Symbol("t", real=True)
#: Group sums, and the target's amplitudes at all rates.
_SUMS: Final = sp.IndexedBase("S", real=True)
_TARGET: Final = sp.IndexedBase("b", real=True)


def by_groups(defect: sp.Expr = sp.S.Zero) -> list[Pair]:
    """The difference of model and target by groups; `defect` is added to every group sum (for controls)."""
    k, i = first_index, second_index
    model = on_the_space(sp.Sum(A[k] * sp.exp(-W[k] * _TIME), (k, 1, width_symbol)))
    target = sp.Sum(_TARGET[i] * sp.exp(-V[i] * _TIME), (i, 1, groups))
    difference = sp.Sum(_SUMS[i] * sp.exp(-V[i] * _TIME), (i, 1, groups))
    units = collapsed(difference, {_SUMS: lambda k: A[k] + defect})
    return [(canonical_sums(model - target), canonical_sums(units - target))]


def one_rate_taken_off(sign: int = 1) -> list[Pair]:
    """``(d/dt + v)`` kills ``c e^(-v t)`` and multiplies ``c e^(-(v + p) t)`` by -p; the way back divides by it."""
    v, p = sp.symbols("v p", positive=True)
    c = sp.Symbol("c", real=True)

    def applied(rate: sp.Expr) -> sp.Expr:
        f = c * sp.exp(-rate * _TIME)
        return sp.diff(f, _TIME) + sign * v * f

    kept = applied(v + p)
    return [
        (applied(v), sp.S.Zero),
        (kept, -p * c * sp.exp(-(v + p) * _TIME)),
        (c, -sp.exp((v + p) * _TIME) / p * kept),
    ]


def independent_conditions() -> list[Pair]:
    """The l conditions on the sums by the amplitudes of one unit r_j of each group j: the identity matrix.

    Then the dimension, 2m less m rates and l conditions.
    """
    i, j = sp.symbols("p q", integer=True, positive=True)
    unit = sp.Symbol("r", integer=True, positive=True)
    k, m = first_index, width_symbol
    condition = sp.Sum(A[k] * sp.KroneckerDelta(i, group_of[k]), (k, 1, m))
    minor = indexed_derivative(condition, A[unit]).xreplace({group_of[unit]: j})
    return [(minor, sp.KroneckerDelta(i, j)), (2 * m - m - groups, m - groups)]


def number_of_spaces() -> list[Pair]:
    """``l! S(m, l)`` by its recurrence, from no unit: one map onto no group, none onto more."""
    first = [(sp.Integer(stirling2(0, l)), sp.Integer(int(l == 0))) for l in range(3)]
    return [*number_of_maps(), *first]
