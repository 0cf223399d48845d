r"""Poles uniform in the disc of radius .9; condition of the normalised Gram matrix. The median is tried by the share of
draws below the claimed one, which is 1/2 at the median: 81, 2e4, 6.2e8 and 3.3e17 for K = 4, 8, 16, 32. **The paper's
premise that fixing the poles leaves a well conditioned problem fails for random poles**; it holds for a ring or for
orthonormal states.

In float64 the least eigenvalue is lost from K = 16 on. The condition here is the product of the largest eigenvalues of
the matrix and of its inverse, whose entries have a closed form without cancellation,
:math:`(G^{-1})_{ij} = d_i \bar d_j/(1 - p_i \bar p_j)`, :math:`d_i = (1 - t_i)/\prod_{l \ne i} b_l(p_i)` (its diagonal
is that of fp-gram); a finding about the code holds it against elimination in balls. The medians claimed come from 8,000
to 40,000 draws with another seed; a note's 9.7e8 and 9e16, from fewer draws and float64's limit, do not hold.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import acb, acb_mat, arb
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding, about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.proofs_checks.fixed_pole._measured import mean_is, mean_less

if TYPE_CHECKING:
    from matplotlib.axes import Axes
_MEDIANS = {4: 81.1, 8: 1.95e4, 16: 6.2e8, 32: 3.3e17}


def _poles(K: int, draws: int, rng: np.random.Generator) -> Any:
    return 0.9 * np.sqrt(rng.uniform(size=(draws, K))) * np.exp(2j * np.pi * rng.uniform(size=(draws, K)))


def _inverse(p: Any) -> Any:
    """Inverses of the Gram matrices ``1/(1 - conj(p_i) p_j)``, shape (draws, K, K)."""
    k = np.arange(p.shape[1])
    b = (p[:, :, None] - p[:, None, :]) / (1 - p.conj()[:, None, :] * p[:, :, None])
    b[:, k, k] = 1
    d = (1 - abs(p) ** 2) / b.prod(axis=2)
    inverse = d[:, :, None] * d.conj()[:, None, :] / (1 - p[:, :, None] * p.conj()[:, None, :])
    return (inverse + inverse.conj().swapaxes(1, 2)) / 2


def _conditions(p: Any) -> NDArray[np.float64]:
    """Condition numbers of the normalised Gram matrices, shape (draws,)."""
    size = np.sqrt(1 - abs(p) ** 2)
    scale = size[:, :, None] * size[:, None, :]
    largest = np.linalg.eigvalsh(scale / (1 - p.conj()[:, :, None] * p[:, None, :]))[:, -1]
    conditions: NDArray[np.float64] = largest * np.linalg.eigvalsh(_inverse(p) / scale)[:, -1]
    return conditions


def _inverse_by_balls(p: Any) -> Finding:
    """Entries of the closed inverse in float64 against elimination in balls: 1e-10 of the largest."""
    pairs = []
    with ball_precision(800):
        for row, closed in zip(p, _inverse(p), strict=True):
            poles = [acb(complex(x)) for x in row]
            G = acb_mat([[1 / (1 - x.conjugate() * y) for y in poles] for x in poles])
            exact, K = G.inv(), len(poles)
            size = max((abs(x) for x in exact.entries()), key=lambda x: float(x.mid()))
            entries = [(exact[i, j], acb(complex(closed[i, j]))) for i in range(K) for j in range(K)]
            pairs += [(abs(x - y), size * arb("1e-10")) for x, y in entries]
    return about_code(BallInequalities("closed inverse and elimination in balls, K = 16", pairs))


@lru_cache(maxsize=4)
def _drawn(seed: int, draws: int) -> dict[int, NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    return {K: _conditions(_poles(K, draws, rng)) for K in _MEDIANS}


def _measured(setting: Setting) -> dict[int, NDArray[np.float64]]:
    return _drawn(setting.seed_for("fp-ill-conditioned"), setting.pick(2000, 300, 10_000))


def check(setting: Setting) -> Evidence:
    """Shares of draws below the medians; the average power of ten at K = 8 is above 3."""
    drawn = _measured(setting)
    findings: list[Finding] = [
        mean_is(f"share below {median:.3g}, K = {K}", 0.5, drawn[K] < median)
        for K, median in _MEDIANS.items()
    ]
    findings.append(mean_less("log10 kappa above 3, K = 8", -np.log10(drawn[8]), -3.0))
    findings.append(_inverse_by_balls(_poles(16, setting.pick(3, 1), np.random.default_rng(1))))
    rows = tuple((K, float(np.median(x))) for K, x in drawn.items())
    return Evidence(
        findings,
        sum(map(len, drawn.values())),
        table=Table(("K", "median kappa"), rows),
        data={str(K): x for K, x in drawn.items()},
    )


def check_well(setting: Setting) -> Evidence:
    """kappa below 100 at K = 8."""
    return Evidence([mean_less("log10 kappa below 2, K = 8", np.log10(_measured(setting)[8]), 2.0)])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distribution of the condition numbers."""
    for (K, x), colour in zip(evidence.data.items(), (BLUE, VERMILION, BLACK, GREEN), strict=True):
        ax.plot(np.sort(x), np.linspace(0, 1, len(x)), color=colour, label=f"K = {K}")
    ax.set(xscale="log", xlabel="condition of the normalised Gram matrix", ylabel="share of draws below")
    ax.legend()


STATEMENT = Statement(
    id="fp-ill-conditioned",
    title="Fixed poles drawn at random are ill conditioned",
    paper="fixed-pole",
    section="conditioning",
    claim=(
        r"\text{median } \kappa = 81.1,\; 1.95 \cdot 10^4,\; 6.2 \cdot 10^8,\; 3.3 \cdot 10^{17} "
        r"\text{ for } K = 4, 8, 16, 32"
    ),
    hypotheses=("poles uniform in the disc of radius 0.9",),
    provenance=Provenance.NEW,
    uses=("fp-gram",),
    check=check,
    controls=(Control("kappa < 100 at K = 8", check_well),),
    figure=draw,
)
