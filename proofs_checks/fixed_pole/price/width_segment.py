r"""For real q in [-s, s] put :math:`k = s^2` and :math:`p_j = s\, \mathrm{sn}((2j - K - 1) K(k)/K)`. The product B
has the modulus :math:`E = \theta_2(Q)/\theta_3(Q)`, :math:`Q = \exp(-\pi K K(k')/K(k))`, at the K + 1 points
:math:`s\, \mathrm{sn}((2j - K) K(k)/K)`, with alternating signs: by de la Vallee-Poussin's argument for Blaschke
products no other K poles have a smaller sup (classical, Zolotarev). Certified in balls: signs and moduli to 30
digits, and E against :math:`2 q^{K/4}`, :math:`q = \exp(-\pi K(k')/K(k))`, from which E differs by a relative
:math:`O(q^K)`.
"""

from __future__ import annotations

from itertools import pairwise

from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.modes.zolotarev import segment_extrema, segment_nome, segment_poles, segment_width
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement


def _cases(setting: Setting) -> list[tuple[arb, int]]:
    segments = [arb(1) / 2, arb(9) / 10, arb(99) / 100]
    return [(s, K) for s in segments[: setting.pick(3, 2)] for K in (1, 2, 5, 8)]


def _alternation(setting: Setting) -> tuple[list[tuple[arb, arb]], list[tuple[arb, arb]]]:
    """|B| against E at the K + 1 points; products of neighbouring values against 0."""
    moduli, signs = [], []
    for s, K in _cases(setting):
        poles, E = segment_poles(s, K), segment_width(s, K)
        values = []
        for q in segment_extrema(s, K):
            value = arb(1)
            for p in poles:
                value *= (q - p) / (1 - p * q)
            values.append(value)
        moduli += [(abs(abs(value) - E), arb("1e-30")) for value in values]
        signs += [(x * y, arb(0)) for x, y in pairwise(values)]
    return moduli, signs


def _rate(setting: Setting, divisor: int) -> list[tuple[arb, arb]]:
    """E against 2 q^(K/divisor), to 4 q^K relative."""
    pairs = []
    for s, K in _cases(setting):
        q = segment_nome(s)
        ratio = segment_width(s, K) / (2 * q ** (arb(K) / divisor))
        pairs.append((abs(ratio - 1), 4 * q ** (arb(K) / 2)))
    return pairs


def _evidence(setting: Setting, divisor: int) -> Evidence:
    with ball_precision(256):
        moduli, signs = _alternation(setting)
        findings = [
            BallInequalities("|B| = E at the extrema, to 30 digits", moduli),
            BallInequalities("signs alternate", signs),
            BallInequalities(f"E against 2 q^(K/{divisor})", _rate(setting, divisor)),
        ]
        return Evidence(findings, len(moduli))


def check(setting: Setting) -> Evidence:
    """The rate 2 q^(K/4)."""
    return _evidence(setting, 4)


def check_rate(setting: Setting) -> Evidence:
    """The rate 2 q^(K/2)."""
    return _evidence(setting, 2)


STATEMENT = Statement(
    id="fp-width-segment",
    title="Fixed poles for a segment: Zolotarev's",
    paper="fixed-pole",
    section="price",
    claim=r"\min_p \sup_{-s \le q \le s} |B(q)| = \theta_2(Q)/\theta_3(Q) \approx 2 q^{K/4}",
    hypotheses=(
        "real q in [-s, s]; s = 1/2, 9/10, 99/100; K = 1, 2, 5, 8",
        "that alternation is optimal is classical",
    ),
    provenance=Provenance.RECALLED,
    uses=("fp-blaschke",),
    check=check,
    controls=(Control("rate 2 q^(K/2)", check_rate),),
)
