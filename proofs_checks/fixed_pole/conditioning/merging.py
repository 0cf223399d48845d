r"""K poles that merge: the condition of the full A grows like :math:`\delta^{-2(2K - 1)}`.

The argument: gains and poles of K modes at distances of order delta hold the derivatives of the kernel at the point
where they meet up to order 2K - 1, the last one with a factor :math:`\delta^{2K-1}`, whose square is the least
eigenvalue. Certified at instances: from one separation to a tenth of it the condition grows by :math:`10^{2(2K-1)}` to
a percent, K = 2, 3, 4, three shapes of poles about p = 1/4 + i/2.
"""

from __future__ import annotations

import random
from fractions import Fraction

from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

from ._merging import Pole, condition

_CENTRE = (Fraction(1, 4), Fraction(1, 2))
_EXPONENTS = (4, 5)


def _shape(rng: random.Random, K: int) -> list[Pole]:
    """K distinct points of a grid of width 1."""
    cells = rng.sample([(x, y) for x in range(-2, 3) for y in range(-2, 3)], K)
    return [(Fraction(x, 4), Fraction(y, 4)) for x, y in cells]


def _evidence(setting: Setting, offset: int) -> Evidence:
    rng = random.Random(setting.seed_for("fp-merging"))
    pairs, rows = [], []
    with ball_precision(1200):
        for K in (2, 3, 4)[: setting.pick(3, 2)]:
            power = 2 * (2 * K - 1) + offset
            for index in range(setting.pick(3, 1)):
                shape = _shape(rng, K)
                kappas = []
                for exponent in _EXPONENTS:
                    gap = Fraction(1, 10**exponent)
                    kappas.append(condition([(_CENTRE[0] + gap * x, _CENTRE[1] + gap * y) for x, y in shape]))
                growth = kappas[1] / kappas[0] / arb(10) ** power
                pairs.append((abs(growth - 1), arb("0.01")))
                rows.append((K, index, float((kappas[1] / kappas[0]).log().mid() / arb(10).log().mid())))
    finding = BallInequalities("growth of the condition to a percent", pairs)
    return Evidence([finding], len(pairs), table=Table(("K", "shape", "log10 of the growth"), tuple(rows)))


def check(setting: Setting) -> Evidence:
    """The power 2(2K - 1)."""
    return _evidence(setting, 0)


def check_determinant(setting: Setting) -> Evidence:
    """One power of the separation more."""
    return _evidence(setting, 1)


STATEMENT = Statement(
    id="fp-merging",
    title="Condition of K merging poles",
    paper="fixed-pole",
    section="P4",
    claim=r"\kappa(A) \sim \delta^{-2(2K - 1)}",
    hypotheses=("unit gains; K = 2, 3, 4; separations 1e-4 and 1e-5, three shapes",),
    provenance=Provenance.NEW,
    uses=("fp-full-hessian",),
    check=check,
    controls=(Control("power 2(2K - 1) + 1", check_determinant),),
)
