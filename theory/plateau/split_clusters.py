r"""More than two units near a manifold on which they are one: how they part, and what that makes of the escape time.

`slow_manifold` has m = 2. Let m units stand at :math:`w + d_i` with amplitudes :math:`a_i`, and :math:`\mu_k = \sum_i
a_i d_i^k`, :math:`\mu_0 = a`. The loss depends on the parameters through these moments alone, and what each is worth
to it, :math:`E_k = \partial J/\partial\mu_k`, gives the flow

.. math:: \dot a_i = -\sum_k E_k d_i^k, \qquad \dot d_i = -a_i \sum_k k E_k d_i^{k-1}.

As for two units :math:`\mu_0, \mu_1` relax at once, and :math:`\mu_2` grows to :math:`8 w^3 D_2 \sim T^2 e^{-wT}`.
**What is new:** for m = 2 that fixes the split; for m > 2 the splits that are left form a sphere of dimension m - 2
(for amplitudes of both signs, a hyperboloid), and there are three time scales instead of two.

1. **The splits settle first.** What drives both splits and amplitudes is :math:`E_3 \mu_3`, :math:`E_3 > 0`. It moves
   splits, of the size :math:`T e^{-wT/2}`, in a time :math:`\sim T^{-4} e^{3wT/2}`, and amplitudes, of the size one,
   in :math:`\sim T^{-6} e^{5wT/2}`. On the sphere the splits go downhill in :math:`\mu_3`: :math:`\dot d_i = -a_i
   q(d_i)`, with one quadratic polynomial :math:`q = 3 E_3 (x^2 - \beta x - \alpha)` for all units, whose
   :math:`\alpha, \beta` keep :math:`\mu_1, \mu_2`. At rest every split is a root of q: **the units form two
   clusters**, :math:`d_s < d_f`. With :math:`s = d_f - d_s` the second derivative there, on :math:`\sum_S a_i u_i =
   \sum_F a_i u_i = 0`, is :math:`3 E_3 s\,(\sum_F a_i u_i^2 - \sum_S a_i u_i^2)`. A form :math:`\sum a_i u_i^2` on
   :math:`\sum a_i u_i = 0` has one positive direction less than there are positive :math:`a_i` if their sum is
   positive, else one negative direction less. So, for :math:`a_i > 0`, **a split is stable if and only if the slow
   cluster is a single unit**; with amplitudes of both signs the stable ones are listed by `stable_splits`.
2. **Which unit?** From a start on the manifold the splits grow as :math:`\dot d = 2|E_2| \Pi A \Pi d`, A the diagonal
   of the amplitudes, :math:`\Pi` the projection off :math:`(a_i)`; they point along the first eigenvector, :math:`u_i
   = a_i/(a_i - \lambda)`, :math:`a_{(2)} < \lambda < a_{(1)}`, once the delay is large, as a factor :math:`e^{wT/2}`
   separates first and second. It has one sign at the largest amplitude and the other at all others; the first step,
   along :math:`\kappa a_i` with :math:`\kappa = 4 w^2 D_1/\sum a_i^2 < 0`, makes **the largest unit the slow one**
   (:math:`\sum_i (a_i - c) u_i = c a/\lambda > 0` for :math:`c = \sum a_i^2/a`). And :math:`\{d_1 < 0 < d_i, i > 1\}`
   is left by no flow on the sphere: with :math:`x = -d_1`, :math:`b = a_1^2` and :math:`S_k = \sum_{i>1} a_i^2 d_i^k`
   the polynomial q, orthogonal to 1 and x for the weights :math:`a_i^2`, has

   .. math:: q(0) \propto \frac{M_1 M_3 - M_2^2}{M_0 M_2 - M_1^2}, \qquad
      M_2^2 - M_1 M_3 = S_3 (b x - S_1) + S_2^2 + b x^2 (x S_1 + 2 S_2),

   and :math:`b x - S_1 = \sum_{i>1} a_i d_i (a_1 - a_i) \ge 0`: so q(0) < 0, and a split that comes to 0 from above
   is pushed back. The only point of rest in that region is {1} against all others, so that the flow ends there.
3. **The drift.** Units of a cluster share what it gains: for :math:`n_s, n_f` of them :math:`|d\theta|^2 = a^2 (1/n_s
   + 1/n_f)\, dP^2`, with P the share of the slow cluster. The energy is that of two units, so

   .. math:: \tau = \frac12 \Bigl(\frac1{n_s} + \frac1{n_f}\Bigr)\, \tau_2(P_0), \qquad
      \text{for positive amplitudes}\quad \tau_m = \frac{m}{2(m - 1)}\, \tau_2\bigl(\max_i a_i/a\bigr):

   **the exponent and the power of the delay are those of two units; more units gain a factor between 1 and 1/2.**

**Signs.** A far part with :math:`D_2 < 0 < D_3` (a negative bump) needs :math:`\mu_2 < 0`: no split of positive
amplitudes has it, and the flow stays. With amplitudes of both signs P lies outside (0, 1), and the integral of the
drift is :math:`\int_0^{|P|} (x (1 + x))^{3/2} dx` for P < 0, where the share of the slow cluster falls to nothing;
for P > 1 it grows without end, as :math:`\tau^{1/4}`: no escape by this drift. Likewise a positive bump does not part
two units of opposite signs. All of it is :math:`b\,Q < 0` of remark C.3, :math:`Q = -2 \partial J/\partial\mu_2` up
to a positive factor.

**Without a stable split** (three units and more, no positive one outweighs the negative ones, or the start is in the
basin of none) :math:`\mu_3` runs off along the hyperboloid, until its own square stops it, as :math:`\mu_2` was
stopped: at :math:`\mu_3 \sim D_3`, with splits :math:`\sim D_3^{1/3} \sim T e^{-wT/3}`, beside which :math:`\mu_2` is
nothing. What then moves the amplitudes is :math:`E_4 \mu_4 \sim D_4 D_3^{4/3}`. In general, with k moments stopped,

.. math:: \tau \sim \bigl(D_{k+1} D_k^{(k+1)/k}\bigr)^{-1} \sim \omega^{2(k+1)} e^{(2k+1) w/(k \omega)}:

k = 2 is the law above, k = 3 is :math:`\omega^8 e^{7w/(3\omega)}`. That is a count of sizes, without its constant; it
is measured for k = 3 (ext-escape-signs).

**A start off the manifold** comes down to it on the short part alone, where :math:`\mu_2` falls as :math:`1/\tau`
(algebraically: the loss is :math:`\mu_2^2/(32 w^5)`) until it meets :math:`8 w^3 D_2` after :math:`\sim e^{wT}/T^2`,
far before the escape. The law then holds with the share :math:`P_0` of **the slower unit at the landing point**,
which may be the smaller one. It may also land where a unit has died, :math:`a_k = 0` at a rate :math:`v > w`: that
unit is drawn to w in :math:`\sim e^{2wT}/T^2`, and the law holds with P = 1.

What is proved: 1 to 3 for the reduced flows (identities, any m). That the flow follows them is an expansion in the
split and in :math:`e^{-wT/2}`, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import sympy as sp

from .slow_manifold import drift_integral


class Split(NamedTuple):
    """Two clusters: the indices of the slow one, its share of the amplitude, and the factor of the drift's time."""

    slow: tuple[int, ...]
    share: sp.Expr
    factor: sp.Expr


def drift_factor(slow: int, fast: int) -> sp.Rational:
    """What clusters of so many units make of the time of two units."""
    return (sp.Rational(1, slow) + sp.Rational(1, fast)) / 2


def is_stable(slow: Sequence[sp.Expr], fast: Sequence[sp.Expr], sign: int = 1) -> bool:
    """Whether ``sign (sum_F a u^2 - sum_S a u^2)`` is positive definite on ``sum_S a u = sum_F a u = 0``.

    `sign` is that of D_2, and of E_3. Amplitudes and their sums are not 0.
    """
    upper, lower = (fast, slow) if sign > 0 else (slow, fast)
    negative = sum(1 for x in upper if x < 0)
    positive = sum(1 for x in lower if x > 0)
    return negative == bool(sp.Add(*upper) < 0) and positive == bool(sp.Add(*lower) > 0)


def split(amplitudes: Sequence[sp.Expr], slow: Sequence[int]) -> Split:
    """The split with this slow cluster."""
    chosen, total = sorted(set(slow)), sp.Add(*amplitudes)
    share = sp.Add(*(amplitudes[i] for i in chosen)) / total
    return Split(tuple(chosen), share, drift_factor(len(chosen), len(amplitudes) - len(chosen)))


def stable_splits(amplitudes: Sequence[sp.Expr], sign: int = 1) -> list[Split]:
    """All stable splits of a group of units, for a far part with D_2 of this sign.

    Those for which ``mu_2 = a P (1 - P) s^2`` has the sign of D_2; in lexical order of the slow cluster. Without one
    the splits find no rest: for amplitudes of one sign the units do not part, for both signs they run away.
    """
    m, found = len(amplitudes), []
    total = sp.Add(*amplitudes)
    for size in range(1, m):
        for slow in combinations(range(m), size):
            parts = [[amplitudes[i] for i in range(m) if (i in slow) is inside] for inside in (True, False)]
            sums = [sp.Add(*part) for part in parts]
            if sign * sums[0] * sums[1] * total > 0 and is_stable(parts[0], parts[1], sign):
                found.append(split(amplitudes, slow))
    return found


def two_cluster_moments(a: sp.Expr, share: sp.Expr, apart: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """``mu_1, mu_2, mu_3`` of two clusters this far apart."""
    slow, fast = -(1 - share) * apart, share * apart
    first, second, third = (a * share * slow**k + a * (1 - share) * fast**k for k in (1, 2, 3))
    return first, second, third


def signed_drift_integral(share: sp.Expr) -> sp.Expr:
    """``int |x (1 - x)|^(3/2) dx`` from 0 to the share; outside (0, 1) for a share below 0 only."""
    if share >= 0:
        return drift_integral(share)
    y = 1 - 2 * share
    root = sp.sqrt(y**2 - 1)
    return (y * (2 * y**2 - 5) * root / 8 + sp.Rational(3, 8) * sp.log(y + root)) / 16
