r"""The relative error for :math:`q^n` is :math:`|B(q)|` (fp-blaschke). With all poles at 0 (taps) it is :math:`r^K`
on :math:`|q| = r`. No poles do better: Jensen's formula gives the mean of :math:`\ln |(q - p)/(1 - \bar p q)|`
over the circle as :math:`\ln \max(r, |p|) \ge \ln r`, so the sup of :math:`\ln |B|` is at least :math:`K \ln r`.
Certified at instances: some point of 64 on the circle, in balls, has an error of at least :math:`r^K` (1 -
1e-12), for random poles, rings and taps; a ring's error at its worst point, :math:`(r^K + s^K)/(1 + r^K s^K)`, is
larger.
"""

from __future__ import annotations

import random
from fractions import Fraction

from flint import acb, arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement

_R = Fraction(9, 10)


def _circle(points: int) -> list[acb]:
    return [_r() * (2 * acb.pi() * acb(0, 1) * k / points).exp() for k in range(points)]


def _r() -> arb:
    return arb(_R.numerator) / _R.denominator


def _bases(setting: Setting) -> dict[str, list[acb]]:
    rng = random.Random(setting.seed_for("fp-width-disc"))
    bases = {f"taps, K = {K}": [acb(0)] * K for K in (1, 4)}
    for index in range(setting.pick(12, 4)):
        K = rng.randint(1, 8)
        poles = [(rng.randint(-60, 60), rng.randint(-60, 60)) for _ in range(K)]
        bases[f"random {index}, K = {K}"] = [acb(arb(x) / 100, arb(y) / 100) for x, y in poles]
    for K in (3, 6):
        bases[f"ring, K = {K}"] = [(2 * acb.pi() * acb(0, 1) * k / K).exp() * arb(4) / 5 for k in range(K)]
    return bases


def _largest(poles: list[acb]) -> arb:
    """Largest of 64 errors on the circle: a lower bound of the sup."""
    best = arb(0)
    for q in _circle(64):
        error = arb(1)
        for p in poles:
            error *= abs((q - p) / (1 - p.conjugate() * q))
        best = best.max(error)
    return best


def check(setting: Setting) -> Evidence:
    """No basis has a smaller sup than the taps."""
    with ball_precision(128):
        pairs = [
            (_r() ** len(poles) * (1 - arb("1e-12")), _largest(poles)) for poles in _bases(setting).values()
        ]
        return Evidence([BallInequalities("r^K against the largest error", pairs)], len(pairs))


def check_ring(setting: Setting) -> Evidence:
    """A ring has a smaller sup than the taps."""
    with ball_precision(128):
        rings = [poles for name, poles in _bases(setting).items() if name.startswith("ring")]
        pairs = [(_largest(poles), _r() ** len(poles)) for poles in rings]
        return Evidence([BallInequalities("the ring's largest error against r^K", pairs)], len(pairs))


STATEMENT = Statement(
    id="fp-width-disc",
    title="Fixed poles for all of a disc: taps are best",
    paper="fixed-pole",
    section="price",
    claim=r"\min_p \sup_{|q| \le r} \prod_k \rho(q, p_k) = r^K",
    hypotheses=(
        "all K-pole bases, r < 1; the bound by Jensen's formula",
        "checked for r = 0.9, K <= 8, poles of modulus below 0.85",
    ),
    provenance=Provenance.NEW,
    uses=("fp-blaschke",),
    check=check,
    controls=(Control("a ring beats taps", check_ring),),
)
