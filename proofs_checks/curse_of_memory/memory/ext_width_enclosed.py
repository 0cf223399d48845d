r"""The width of the late bump is enclosed from both sides, linearly in 1/omega.

**Claim.** For the bump of width 1 at T, and for the paper's example (125), which is that bump and :math:`e^{-t}`, the
least m with an L1 error of 1/2 lies between T/2 and 5 T/2 at T = 5, 10 and 20: neither less than linear in T = 1/omega
nor exponential.

**Proof.** From below by ext-hankel-width. From above by explicit sums: rates near m/T, amplitudes from a linear system,
and with :math:`q = 1 + (t-T)^2/c^2`, by Cauchy and Schwarz,
:math:`\|r\|_1^2 \le c (\pi/2 + \arctan(T/c)) \int r^2 q`, in closed form and in balls.

**Checked.** Both sides at the instances (CERTIFIED). For every T the claim is not proved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import sympy as sp

from memcurse.numerics.approximation.lower_bounds.least_width import least_width
from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.numerics.plots.widths import plot_width_bounds
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Count
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import Target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ERROR = sp.Rational(1, 2)
_DELAYS, _QUICK = (5, 10, 20), (5, 10)
_KERNELS: Final[dict[str, Callable[[int], Target]]] = {"bump": GaussianBump, "eq. (125)": example_target}


@lru_cache(maxsize=8)
def _sides(name: str, delay: int) -> tuple[int, int | None]:
    """Terms that are needed, and terms that are certainly enough."""
    target = _KERNELS[name](delay)
    width = certified_width(target, _ERROR)
    return least_width(target, _ERROR, "l1"), width.m if width.met else None


def _instances(setting: Setting) -> list[tuple[str, int]]:
    return [(name, T) for name in _KERNELS for T in (_QUICK if setting.quick else _DELAYS)]


def check(setting: Setting) -> Evidence:
    """Both sides of the width."""
    findings: list[Finding] = []
    rows = []
    for name, T in _instances(setting):
        needed, enough = _sides(name, T)
        findings.append(Count(f"needed, {name} at T = {T}", needed, T // 2, ">="))
        findings.append(Count(f"enough, {name} at T = {T}", enough, 5 * T // 2, "<="))
        if enough is not None:
            findings.append(Count(f"needed <= enough, {name} at T = {T}", needed, enough, "<="))
        rows.append((name, T, needed, enough))
    return Evidence(
        findings, len(rows), setting.digits, Table(("kernel", "T", "needed", "enough"), tuple(rows))
    )


def _root(setting: Setting) -> Evidence:
    """Width sqrt(T) suffices: no more than that is needed."""
    found = _instances(setting)
    return Evidence(
        [Count(f"{name}, T = {T}", _sides(name, T)[0], int(T**0.5), "<=") for name, T in found], len(found)
    )


def _square(setting: Setting) -> Evidence:
    """Width T^2 is needed: no fewer are enough."""
    found = _instances(setting)
    return Evidence(
        [Count(f"{name}, T = {T}", _sides(name, T)[1], T**2, ">=") for name, T in found], len(found)
    )


def draw(evidence: Evidence, ax: Axes) -> None:
    """Both sides of the width against the memory."""
    series: dict[str, dict[float, tuple[int, int]]] = {name: {} for name in _KERNELS}
    for name, T, needed, enough in evidence.table.rows if evidence.table else ():
        if enough is not None:
            series[name][float(T)] = (needed, enough)
    plot_width_bounds(series, ax=ax)


STATEMENT = Statement(
    id="ext-width-enclosed",
    title="The width of a late bump is enclosed from both sides, linear in 1/omega",
    paper="curse-of-memory",
    section="4",
    claim=r"T/2 \le \min\{m : \|\rho_T - \hat\rho_m\|_{L^1} \le 1/2\} \le 5T/2",
    hypotheses=("bump of width 1 at T, alone and beside e^(-t)", "T = 5, 10, 20"),
    provenance=Provenance.NEW,
    uses=("ext-hankel-width",),
    check=check,
    figure=draw,
    controls=(Control("width sqrt(T) suffices", _root), Control("width T^2 is needed", _square)),
)
