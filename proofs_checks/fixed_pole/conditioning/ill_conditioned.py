r"""Poles uniform in the disc of radius .9; condition of the normalised Gram matrix. Medians by the share of draws
below the claimed one, which is 1/2 at the median: 77 for K = 4, 2e4 for K = 8, 9.7e8 for K = 16. **The paper's
premise that fixing the poles leaves a well conditioned problem fails for random poles**; it holds for a ring or
for orthonormal states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.plots.style import BLACK, BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.proofs_checks.fixed_pole._measured import mean_is, mean_less

if TYPE_CHECKING:
    from matplotlib.axes import Axes
_MEDIANS = {4: 77.0, 8: 2e4, 16: 9.7e8}


def _conditions(K: int, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Condition numbers of normalised Gram matrices, shape (draws,)."""
    radius = 0.9 * np.sqrt(rng.uniform(size=(draws, K)))
    p = radius * np.exp(2j * np.pi * rng.uniform(size=(draws, K)))
    scale = np.sqrt(1 - abs(p) ** 2)
    G = scale[:, :, None] * scale[:, None, :] / (1 - p.conj()[:, :, None] * p[:, None, :])
    eigenvalues = np.linalg.eigvalsh(G)
    return eigenvalues[:, -1] / np.maximum(eigenvalues[:, 0], 1e-17)


def _drawn(setting: Setting) -> dict[int, NDArray[np.float64]]:
    rng = np.random.default_rng(setting.seed_for("fp-ill-conditioned"))
    return {K: _conditions(K, setting.pick(1000, 300), rng) for K in _MEDIANS}


def check(setting: Setting) -> Evidence:
    """Shares of draws below the medians; the average power of ten at K = 8 is above 3."""
    drawn = _drawn(setting)
    findings: list[Finding] = [
        mean_is(f"share below {median:.3g}, K = {K}", 0.5, drawn[K] < median)
        for K, median in _MEDIANS.items()
    ]
    findings.append(mean_less("log10 kappa above 3, K = 8", -np.log10(drawn[8]), -3.0))
    rows = tuple((K, float(np.median(x))) for K, x in drawn.items())
    return Evidence(
        findings,
        sum(map(len, drawn.values())),
        table=Table(("K", "median kappa"), rows),
        data={str(K): x for K, x in drawn.items()},
    )


def check_well(setting: Setting) -> Evidence:
    """kappa below 100 at K = 8."""
    return Evidence([mean_less("log10 kappa below 2, K = 8", np.log10(_drawn(setting)[8]), 2.0)])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distribution of the condition numbers."""
    for (K, x), colour in zip(evidence.data.items(), (BLUE, VERMILION, BLACK), strict=True):
        ax.plot(np.sort(x), np.linspace(0, 1, len(x)), color=colour, label=f"K = {K}")
    ax.set(xscale="log", xlabel="condition of the normalised Gram matrix", ylabel="share of draws below")
    ax.legend()


STATEMENT = Statement(
    id="fp-ill-conditioned",
    title="Fixed poles drawn at random are ill conditioned",
    paper="fixed-pole",
    section="conditioning",
    claim=(r"\text{median } \kappa = 77,\; 2 \cdot 10^4,\; 9.7 \cdot 10^8 \text{ for } K = 4, 8, " r"16"),
    hypotheses=("poles uniform in the disc of radius 0.9",),
    provenance=Provenance.NEW,
    uses=("fp-gram",),
    check=check,
    controls=(Control("kappa < 100 at K = 8", check_well),),
    figure=draw,
)
