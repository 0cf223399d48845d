r"""Theorem D.4 (Kammler 1979) with eqs. (142)-(145): completely monotone targets are fitted by positive amplitudes.

Let ``rho(t) = int e^{-s t} dmu(s)`` with a positive measure mu that has at least m points (Bernstein), and let (a, w)
be a critical point of J_m with distinct rates and no amplitude 0.

**Proof that every amplitude is positive.** By theorem D.5 ``sum_j a_j/(w_k + w_j)^i = int dmu(s)/(w_k + s)^i`` for
i = 1, 2 and all k. Let ``Pi(s) = prod_k (s + w_k)^2``. For a polynomial p of degree below 2m the quotient ``p/Pi`` is a
combination of ``1/(s + w_k)`` and ``1/(s + w_k)^2`` (partial fractions), so

.. math:: \sum_j \frac{p(w_j)}{\Pi(w_j)}\,a_j = \int \frac{p}{\Pi}\,d\mu

: the fit is the Gauss quadrature of ``dmu/Pi``. With ``p = prod_{i != j} (s - w_i)^2``, of degree 2m - 2, only ``a_j``
is left on the left, with a positive factor, and the right side is positive. With a sign-mixed mu it need not be.

The partial fractions are identities in s and all rates, reduced for m = 1, 2, 3. That a best approximation exists with
distinct rates is Kammler's theorem and is not proved here: at the instances the minima found are proved, local for
m > 1, with positive amplitudes and rates apart, and each further term lowers the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import sympy as sp
from flint import arb
from mpmath import nstr

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.notation import rates
from memcurse.theory.targets.kernels import PowerLaw

from ._fits import MIXED, Minimum, minimum, monotone_targets

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _partial_fractions(widths: Sequence[int], excess: int = 0) -> Finding:
    """``p/Pi`` by its partial fractions; with `excess` the degree of p grows past what they can give."""

    s = sp.Symbol("s", positive=True)
    pairs = []
    for m in widths:
        w = rates(m)
        # The order of the rates is free, so j = m stands for every j.
        p = sp.Mul(*((s - v) ** 2 for v in w[:-1])) * s**excess
        total = sp.S.Zero
        for k in range(m):
            # What multiplies 1/(s + w_k)^2 in p/Pi: its value and its derivative at the pole.
            rest = p / sp.Mul(*((s + w[i]) ** 2 for i in range(m) if i != k))
            value, slope = (f.subs(s, -w[k]) for f in (rest, sp.diff(rest, s)))
            total += value / (s + w[k]) ** 2 + slope / (s + w[k])
        pairs.append((p / sp.Mul(*((s + v) ** 2 for v in w)), total))
    return Identities(f"partial fractions of p/Pi, m <= {max(widths)}", tuple(pairs))


def _positive(found: Minimum) -> Finding:

    pairs = tuple((arb(0), a) for a in found.proof.a)
    return BallInequalities(f"{found.name}, m = {found.fit.m}: amplitudes are positive", pairs)


def _distinct(found: Minimum) -> Finding:
    pairs = tuple(pairwise(found.proof.w))
    return BallInequalities(f"{found.name}, m = {found.fit.m}: rates are distinct", pairs)


def _family(name: str, minima: Sequence[Minimum]) -> list[Finding]:
    """A proof, signs and distances for each minimum of one target, and falling losses."""
    parts: list[Finding] = []
    for found in minima:
        parts += [found.inclusion, _positive(found)]
        if found.fit.m > 1:
            parts.append(_distinct(found))
    losses = tuple((later.proof.loss, former.proof.loss) for former, later in pairwise(minima))
    if losses:
        parts.append(BallInequalities(f"{name}: each further term lowers the loss", losses))
    return parts


def check(setting: Setting) -> Evidence:
    """The partial fractions, then certified minima for power laws, positive sums and both together."""

    parts: list[Finding] = []
    rows = []
    for name, target, widest in monotone_targets(setting, "thm-d.4"):
        minima = [minimum(name, target, m, setting.digits) for m in range(1, widest + 1)]
        parts += _family(name, minima)
        rows += [
            (name, found.fit.m, str(nstr(found.fit.loss, 8)), str(nstr(min(found.fit.a), 8)))
            for found in minima
        ]
    findings = (
        _partial_fractions((1, 2) if setting.quick else (1, 2, 3)),
        Every("minima have positive amplitudes and distinct rates", tuple(parts)),
    )
    table = Table(("target", "m", "J", "smallest amplitude"), tuple(rows))
    return Evidence(findings, len(rows), setting.digits, table)


def _both_signs(setting: Setting) -> Evidence:
    """A sum with amplitudes of both signs in place of a completely monotone target."""
    minima = [minimum("sum of both signs", MIXED, m, setting.digits) for m in (1, 2)]
    return Evidence((Every("minima", tuple(_family("sum of both signs", minima))),), 2, setting.digits)


def _rising(setting: Setting) -> Evidence:
    """The fit with m + 1 terms is no better than that with m."""

    first, second = (minimum("(1+t)^-2", PowerLaw(1), m, setting.digits) for m in (1, 2))
    losses = ((first.proof.loss, second.proof.loss),)
    return Evidence((BallInequalities("a second term raises the loss", losses),), 1, setting.digits)


def _higher_degree(setting: Setting) -> Evidence:
    return Evidence((_partial_fractions((1, 2), excess=2),))


def draw(evidence: Evidence, ax: Axes) -> None:
    """Loss of the best fits found against their number of terms, one line a target."""
    if evidence.table is None:
        return
    for name in dict.fromkeys(row[0] for row in evidence.table.rows):
        points = [(row[1], float(row[2])) for row in evidence.table.rows if row[0] == name]
        ax.plot([m for m, _ in points], [loss for _, loss in points], "o-", markersize=4, label=name)
    ax.set(yscale="log", xlabel="number of terms m", ylabel="J, squared distance of the best fit found")
    ax.legend(fontsize=7, ncols=2, loc="lower left")


STATEMENT = Statement(
    id="thm-d.4",
    title="Completely monotone targets: positive amplitudes, distinct rates",
    paper="curse-of-memory",
    section="D.1.2",
    claim=(
        r"(-1)^k \rho^{(k)} \ge 0,\ \rho \notin V_{m-1},\ \nabla J_m(a, w) = 0,\ a_k \ne 0,\ w_i \ne w_j"
        r" \implies a_k > 0 \text{ for all } k; \text{ such a minimum exists and } \min J_m < \min J_{m-1}"
    ),
    hypotheses=("rho completely monotone, in L2", "m is at most the number of exponentials in rho"),
    provenance=Provenance.DERIVED,
    uses=("thm-d.5",),
    check=check,
    controls=(
        Control("a target of both signs", _both_signs),
        Control("Gauss quadrature exact for two degrees more", _higher_degree),
        Control("a further term raises the loss", _rising),
    ),
    figure=draw,
)
