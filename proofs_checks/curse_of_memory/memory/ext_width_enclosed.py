r"""The width of the late bump is enclosed from both sides, linearly in 1/omega.

**Claim.** For the bump of width 1 at T of eq. (125) the least m with an L1 error of 1/2 lies between T/2 and 5 T/2 at
T = 5, 10 and 20: neither less than linear in T = 1/omega nor exponential.

**Proof.** From below by ext-hankel-width. From above by explicit sums: rates near m/T, amplitudes from a linear system,
and with :math:`q = 1 + (t-T)^2/c^2`, by Cauchy and Schwarz,
:math:`\|r\|_1^2 \le c (\pi/2 + \arctan(T/c)) \int r^2 q`, in closed form and in balls.

**Checked.** Both sides at the instances (CERTIFIED). For every T the claim is not proved.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from memcurse.numerics.approximation.lower_bounds.least_width import least_width
from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Count
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.targets.kernels import GaussianBump

_ERROR = sp.Rational(1, 2)
_DELAYS, _QUICK = (5, 10, 20), (5, 10)


@lru_cache(maxsize=8)
def _sides(delay: int) -> tuple[int, int | None]:
    """Terms that are needed, and terms that are certainly enough."""
    bump = GaussianBump(delay)
    width = certified_width(bump, _ERROR)
    return least_width(bump, _ERROR, "l1"), width.m if width.met else None


def check(setting: Setting) -> Evidence:
    """Both sides of the width."""
    delays = _QUICK if setting.quick else _DELAYS
    findings: list[Finding] = []
    for T in delays:
        needed, enough = _sides(T)
        findings.append(Count(f"needed at T = {T}", needed, T // 2, ">="))
        findings.append(Count(f"enough at T = {T}", enough, 5 * T // 2, "<="))
    table = Table(("T", "needed", "enough"), tuple((T, *_sides(T)) for T in delays))
    return Evidence(findings, len(delays), setting.digits, table)


def _root(setting: Setting) -> Evidence:
    """Width sqrt(T) suffices: no more than that is needed."""
    delays = _QUICK if setting.quick else _DELAYS
    return Evidence([Count(f"T = {T}", _sides(T)[0], int(T**0.5), "<=") for T in delays], len(delays))


def _square(setting: Setting) -> Evidence:
    """Width T^2 is needed: no fewer are enough."""
    delays = _QUICK if setting.quick else _DELAYS
    return Evidence([Count(f"T = {T}", _sides(T)[1], T**2, ">=") for T in delays], len(delays))


STATEMENT = Statement(
    id="ext-width-enclosed",
    title="The width of a late bump is enclosed from both sides, linear in 1/omega",
    paper="curse-of-memory",
    section="4",
    claim=r"T/2 \le \min\{m : \|\rho_T - \hat\rho_m\|_{L^1} \le 1/2\} \le 5T/2",
    hypotheses=("instances: bump of width 1 at T = 5, 10, 20",),
    provenance=Provenance.NEW,
    uses=("ext-hankel-width",),
    check=check,
    controls=(Control("width sqrt(T) suffices", _root), Control("width T^2 is needed", _square)),
)
