r"""The memory capacity of N fixed poles at delay T is at most N/(T + 1).

**Claim.** For distinct poles inside the circle let :math:`S_{ij} = 1/(1 - l_i l_j)`, :math:`v_T = (l_i^T)` and
:math:`M_T = v_T^* S^{-1} v_T`. Then :math:`M_T = 1 - \sum_{s \le T} b_s^2` with the Taylor coefficients b of the
Blaschke product of the poles. So M does not rise, :math:`\sum_T M_T = N` and :math:`M_T \le N/(T+1)`; the shift
register (all poles at 0, :math:`B = z^N`) has equality at T = N - 1.

**Proof.** M_T is the squared length of the projection of :math:`z^T` on the span K of the functions
:math:`1/(1 - l_i z)`, whose complement in the Hardy space is B times that space. The projection on it has the
coefficients :math:`\langle z^T, B z^k\rangle = b_{T-k}`, so its squared length is :math:`\sum_{s \le T} b_s^2`. This
does not fall with T; the sum of all M_T is the trace of the projection on K, its dimension N. T + 1 numbers that do not
rise and sum to at most N have their last at most N/(T + 1). Complex poles: the same, with conjugates.

**Checked.** The formula for all real poles, symbolically at N = 1 and 2, T up to 2 (PROVED); at rational poles up to
N = 4 exactly, with the bound (CERTIFIED).
"""

from __future__ import annotations

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import rational_ball
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.approximation.memory_operators import blaschke_coefficients, memory_capacity

_POLES = (
    [sp.Rational(1, 2)],
    [sp.Rational(9, 10), -sp.Rational(1, 3)],
    [sp.Rational(4, 5), sp.Rational(1, 2), -sp.Rational(7, 10)],
    [sp.Rational(19, 20), sp.Rational(9, 10), sp.Rational(1, 7), -sp.Rational(4, 5)],
)


def _lost(poles: list[sp.Expr], delay: int) -> sp.Expr:
    return sp.Add(*(b**2 for b in blaschke_coefficients(poles, delay + 1)))


def _formula(last: int) -> list[Finding]:
    """The formula, summed up to the delay plus `last`."""
    x, y = sp.symbols("x y", real=True)
    pairs = [
        (memory_capacity(poles, T), 1 - _lost(poles, T + last))
        for poles, delays in (([x], range(3)), ([x, y], range(2)))
        for T in delays
    ]
    left, right = zip(
        *((memory_capacity(p, T), 1 - _lost(p, T + last)) for p in _POLES for T in (0, 1, 3, 6)), strict=True
    )
    return [Identities("memory and Blaschke product", pairs), Exact("at rational poles", left, right)]


def _shift_register(shift: int) -> Finding:
    """Poles at 0: ``B = z^N``, whose memory at T = N - 1 is 1."""
    values = [1 - _lost([sp.S.Zero] * n, n - 1) for n in (1, 2, 5)]
    bounds = [sp.Rational(n, n - 1 + shift) for n in (1, 2, 5)]
    return Exact("shift register against the bound", values, bounds)


def _bounded(shift: int) -> Finding:
    pairs = [
        (rational_ball(memory_capacity(p, T)), arb(len(p)) / (T + shift))
        for p in _POLES
        for T in (0, 1, 3, 6)
    ]
    return BallInequalities("memory against N/(T + 1)", pairs, strict=False)


def check(setting: Setting) -> Evidence:
    """The formula, the bound, and the shift register's equality."""
    return Evidence([*_formula(0), _bounded(1), _shift_register(1)], 4 * len(_POLES), setting.digits)


STATEMENT = Statement(
    id="ext-allpass-memory",
    title="N poles remember at most N/(T + 1) of what came T steps ago",
    paper="curse-of-memory",
    section="4",
    claim=r"v_T^* S^{-1} v_T = 1 - \sum_{s \le T} b_s^2 \le \frac{N}{T+1}",
    hypotheses=("distinct poles inside the circle", "instances: N <= 4 rational poles, T <= 6"),
    provenance=Provenance.NEW,
    uses=(),
    check=check,
    controls=(
        Control("N/(T + 2)", lambda setting: Evidence([_shift_register(2)], 3)),
        Control("one coefficient more", lambda setting: Evidence(_formula(1), 4 * len(_POLES))),
    ),
)
