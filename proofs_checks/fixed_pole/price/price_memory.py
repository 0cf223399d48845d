r"""How many fixed poles reach the relative error 1e-3 for all modes of memory up to T, that is :math:`|q| \le 1 -
1/T`. Complex modes: :math:`K = \ln(1/\varepsilon)/\ln(1/r)`, about :math:`T \ln(1/\varepsilon)` (fp-width-disc).
Real modes: :math:`2 q^{K/4} = \varepsilon`, so :math:`K = 4 \ln(2/\varepsilon)/\ln(1/q)` with :math:`\ln(1/q)
\sim \pi^2/\ln(4T)` (fp-width-segment). One learned pole is exact. The numbers, in balls.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.modes.zolotarev import segment_nome
from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Enclosed
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
_REAL = {10: Fraction(112, 10), 100: Fraction(184, 10), 1000: Fraction(255, 10), 10**6: Fraction(468, 10)}
_COMPLEX = {10: 66, 100: 688, 1000: 6905, 10**6: 6907752}


def _evidence(logarithmic: bool) -> Evidence:
    parts: list[Finding] = []
    rows = []
    with ball_precision(256):
        for T, claimed in _REAL.items():
            K = 4 * arb(2000).log() / -segment_nome(1 - arb(1) / T).log()
            half = Fraction(5, 100)
            parts.append(Enclosed(f"real modes, T = {T}", K, (claimed - half, claimed + half)))
            rows.append((T, "real", float(K.mid())))
        for T, least in _COMPLEX.items():
            K = arb(1000).log() / -(1 - arb(1) / T).log()
            # The claim: least is the smallest integer K that is enough. For the control: logarithmic in T.
            bounds = (least - 1, least) if not logarithmic else (0, Fraction(_REAL[T] * 2))
            parts.append(Enclosed(f"complex modes, T = {T}", K, bounds))
            rows.append((T, "complex", float(K.mid())))
    return Evidence(parts, len(parts), table=Table(("T", "modes", "K"), tuple(rows)))


def check(setting: Setting) -> Evidence:
    """Logarithmic for real modes, linear for complex ones."""
    return _evidence(logarithmic=False)


def check_logarithmic(setting: Setting) -> Evidence:
    """log T for the disc."""
    return _evidence(logarithmic=True)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Number of poles against the memory."""
    if evidence.table is None:
        return
    for modes, colour, marker in (("real", BLUE, "o"), ("complex", VERMILION, "s")):
        rows = [row for row in evidence.table.rows if row[1] == modes]
        ax.plot(
            [r[0] for r in rows], [r[2] for r in rows], marker + "-", color=colour, label=f"{modes} modes"
        )
    ax.axhline(1, color=BLACK, linestyle="--", label="learned")
    ax.set(xscale="log", yscale="log", xlabel="memory T", ylabel="poles for a relative error of 1e-3")
    ax.legend()


STATEMENT = Statement(
    id="fp-price-memory",
    title="What fixed poles cost, in memory",
    paper="fixed-pole",
    section="price",
    claim=(
        r"K = \Theta(\log T \log 1/\varepsilon) \text{ real poles},\quad K \sim T "
        r"\ln(1/\varepsilon) \text{ complex ones}"
    ),
    hypotheses=("relative error 1e-3, T = 10, 100, 1e3, 1e6",),
    provenance=Provenance.NEW,
    uses=("fp-width-disc", "fp-width-segment"),
    check=check,
    controls=(Control("log T for the disc", check_logarithmic),),
    figure=draw,
)
