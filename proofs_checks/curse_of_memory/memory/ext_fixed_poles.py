r"""Poles spaced evenly in the logarithm of their rates beat random ones: the distances, certified.

**Claim.** For :math:`\rho_k = (1+k)^{-3/2}` and the modes :math:`l_i^k`, M = 32, the least relative l2 error with
rates :math:`-\ln l` even in the logarithm from 1e-5 to 10 is below that of rates drawn log-uniformly there, and below
1/100 of that of poles drawn uniformly in (0, 1); and 32 uniform poles are no better than 16 even ones.

**Proof.** None is given: instances. Each distance is a projection's, from the Gram matrix :math:`1/(1 - l_i l_j)`, the
moments :math:`\mathrm{Li}_{3/2}(l)/l` and the norm :math:`\zeta(3)`, solved in balls: certified for the poles drawn.

**Checked.** Draws of the root seed (CERTIFIED at instances). Memory at all scales needs poles at all scales: uniform
ones crowd at rates of order 1, where a power law has little to tell them apart.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l2.fixed_poles import fixed_pole_error, log_spaced_poles
from memcurse.numerics.arithmetic.balls import hull, precision, rational_ball
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

_ID = "ext-fixed-poles"
_POWER = sp.Rational(3, 2)
_SLOWEST, _FASTEST = 1e-5, 10.0
_MANY, _FEW = 32, 16


@lru_cache(maxsize=4)
def _errors(draws: int, seed: int) -> tuple[arb, arb, list[arb], list[arb]]:
    """Even poles, many and few; log-uniform draws; uniform draws."""
    random = np.random.default_rng(seed)
    even, few = (fixed_pole_error(_POWER, log_spaced_poles(m, _SLOWEST, _FASTEST)) for m in (_MANY, _FEW))
    first, last = float(np.log(_SLOWEST)), float(np.log(_FASTEST))
    spread = [
        fixed_pole_error(_POWER, np.exp(-np.exp(random.uniform(first, last, _MANY)))) for _ in range(draws)
    ]
    uniform = [fixed_pole_error(_POWER, random.uniform(0, 1, _MANY)) for _ in range(draws)]
    return even, few, spread, uniform


def _findings(setting: Setting, uniform_gain: int) -> tuple[list[Finding], int, Table]:
    draws = setting.pick(8, 3)
    even, few, spread, uniform = _errors(draws, setting.seed_for(_ID))
    findings: list[Finding] = [
        BallInequalities("even against log-uniform", [(even, x) for x in spread]),
        BallInequalities("even against uniform", [(uniform_gain * even, x) for x in uniform]),
        BallInequalities("16 even ones against 32 uniform ones", [(few, x) for x in uniform]),
    ]
    rows = [
        ("even, M = 32", even.str(5), even.str(5)),
        ("even, M = 16", few.str(5), few.str(5)),
        ("log-uniform, M = 32", min(spread, key=float).str(5), max(spread, key=float).str(5)),
        ("uniform, M = 32", min(uniform, key=float).str(5), max(uniform, key=float).str(5)),
    ]
    return findings, 2 * draws, Table(("poles", "least error", "largest error"), tuple(rows))


def _by_direct_sums(first: sp.Rational, second: sp.Rational) -> Finding:
    """The distance from two modes by Gram and Schmidt, with sums of 2000 terms and integrals around their tails."""
    terms = 2000
    with precision(30):
        x, y = rational_ball(first), rational_ball(second)
        sequence = [1 / (arb(1 + k) * arb(1 + k).sqrt()) for k in range(terms)]
        # sum_{k >= n} (1+k)^-3 lies between the integrals from n + 1 and from n.
        squares = sum((r * r for r in sequence), arb(0))
        norm = hull(squares + 1 / (2 * arb(terms + 1) ** 2), squares + 1 / (2 * arb(terms) ** 2))
        along, other = (
            sum((r * z**k for k, r in enumerate(sequence)), arb(0)) + hull(arb(0), z**terms / (1 - z))
            for z in (x, y)
        )
        xx, xy, yy = 1 / (1 - x * x), 1 / (1 - x * y), 1 / (1 - y * y)
        rest = other - xy / xx * along
        square = (norm - along**2 / xx - rest**2 / (yy - xy**2 / xx)) / norm
        found = fixed_pole_error(_POWER, [float(first), float(second)]) ** 2
        pairs = ((abs(found - square), square / 10**6),)
    return BallInequalities(f"poles {first}, {second}: distance by direct sums", pairs, about="code")


def check(setting: Setting) -> Evidence:
    """Distances of even, log-uniform and uniform poles."""
    findings, count, table = _findings(setting, 100)
    poles = (sp.Rational(1, 2), sp.Rational(7, 8))
    return Evidence((*findings, _by_direct_sums(*poles)), count, setting.digits, table)


def _uniform_as_good(setting: Setting) -> Evidence:
    """Uniform poles are no worse than even ones."""
    draws = setting.pick(8, 3)
    even, _, _, uniform = _errors(draws, setting.seed_for(_ID))
    return Evidence((BallInequalities("uniform against even", [(x, even) for x in uniform]),), draws)


def _far_better(setting: Setting) -> Evidence:
    """Even poles are better than uniform ones by a factor of a million."""
    findings, count, _ = _findings(setting, 10**6)
    return Evidence(findings, count)


STATEMENT = Statement(
    id="ext-fixed-poles",
    title="Poles even in log time approximate a power law, random uniform ones do not",
    paper="curse-of-memory",
    section="4",
    claim=(
        r"\min_c \|(1+k)^{-3/2} - \textstyle\sum_i c_i l_i^k\|: \quad "
        r"l \text{ even in log time} < l \text{ log-uniform},\ l \text{ uniform}"
    ),
    hypotheses=("M = 32 poles, those of the draws", "rates from 1e-5 to 10"),
    provenance=Provenance.NEW,
    uses=(),
    check=check,
    controls=(
        Control("uniform poles are as good", _uniform_as_good),
        Control("a million times better", _far_better),
    ),
)
