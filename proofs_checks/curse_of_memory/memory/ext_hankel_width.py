r"""The width of a late memory grows linearly in 1/omega: a lower bound in the norm of the functionals.

**Claim.** For every sum of m exponentials, real or complex, and for every stable network of m linear units,

.. math:: \|f - \hat f\|_{L^1} \ge \sigma_{m+1}(G_f), \qquad
   \|f - \hat f\|_{L^2}^2 \ge \frac{1}{\pi} \sum_{k>m} \sigma_k(H_f)^2,

with :math:`(G_f u)(t) = \int_0^\infty f(t+s) u(s) ds` and
:math:`(H_f u)(t) = \int_0^\infty (ts)^{-1/4} f(t+s) u(s) ds`.

**Proof.** (1) :math:`\langle v, G_f u\rangle = \int_0^\infty f(x) \int_0^x v(x-s) u(s) ds\,dx`, and the inner integral
is at most :math:`\|u\| \|v\|` by Cauchy and Schwarz: :math:`\|G_f\| \le \|f\|_{L^1}`. (2) A network has
:math:`\hat f(t+s) = c^* e^{At} e^{As} b`: :math:`G_{\hat f}` is a product through m dimensions, and so is
:math:`H_{\hat f}`. (3) The distance of an operator from those of rank m is its singular value number m + 1, in the
Hilbert-Schmidt norm the root of the sum of the squares of those behind the m-th (Eckart, Young, Schmidt). (4)
:math:`\|H_f\|_{HS}^2 = \int f(x)^2 \int_0^x (s(x-s))^{-1/2} ds\,dx = \pi \|f\|_{L^2}^2`, the inner integral being
B(1/2, 1/2). (5) A section :math:`PGP` has no larger singular values. The first bound is classical (Adamjan, Arov and
Krein); the weighted one is ours.

**Checked.** For the bump of eq. (125), sigma = 1: the inner integral is pi for every x; the number of terms needed for
an L1 error of 1/2 is at least T/2 (CERTIFIED, from sections in balls), and at small T the bound stays below the
certified distance of explicit sums.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.numerics.approximation.lower_bounds.least_width import distance_bounds, least_width
from memcurse.numerics.arithmetic.balls import precision
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Count, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.targets.kernels import GaussianBump

_ERROR = sp.Rational(1, 2)
_DELAYS, _QUICK = (5, 10, 20, 40), (5, 10)
#: Sums whose distance from the bump at 5 the bounds must stay below: (amplitudes, rates).
_SUMS = (
    ([1], [1]),
    ([sp.Rational(1, 2)], [sp.Rational(1, 5)]),
    ([4, -4], [sp.Rational(1, 5), sp.Rational(1, 4)]),
)


@lru_cache(maxsize=8)
def _width(delay: int) -> int:
    return least_width(GaussianBump(delay), _ERROR, "l1")


def _inner(exponent: sp.Expr) -> Finding:
    """``int_0^x (s (x - s))^-p ds`` by ``s = x v``: Euler's beta integral."""
    x, v = sp.symbols("x v", positive=True)
    s = x * v
    integrand = sp.powsimp(
        sp.expand_power_base(x * (s * (x - s)).factor() ** (-exponent), force=True), force=True
    )
    share = sp.simplify(integrand * (v * (1 - v)) ** exponent)
    value = share * sp.gamma(1 - exponent) ** 2 / sp.gamma(2 - 2 * exponent)
    return Identity("the weight integrates to pi for every x", sp.simplify(value), sp.pi)


def _counts(claim: Callable[[int], int], delays: tuple[int, ...], relation: str) -> list[Finding]:
    return [Count(f"terms needed at T = {T}", _width(T), claim(T), relation) for T in delays]


def _below(factor: int) -> Finding:
    """`factor` times the bounds against the distances of explicit sums from the bump at 5."""
    target = GaussianBump(5)
    bounds = distance_bounds(target)
    with precision(30):
        pairs = [(factor * bounds[len(a)], l1_error(target, a, w, digits=15)) for a, w in _SUMS]
    return BallInequalities("bounds below the distances of sums", pairs, strict=False)


def check(setting: Setting) -> Evidence:
    """The weight's integral, terms needed against T/2, and explicit sums."""
    delays = _QUICK if setting.quick else _DELAYS
    findings = [_inner(sp.Rational(1, 2)), *_counts(lambda T: T // 2, delays, ">="), _below(1)]
    rows = []
    for T in delays:
        bounds = distance_bounds(GaussianBump(T))
        one, half, *smaller = (sum(1 for x in bounds if x > arb(e)) for e in (1, 0.5, 0.1, 0.01))
        # The bounds are held against explicit sums: no more terms are needed than bounds lie above the error.
        findings.append(Count(f"terms needed and bounds above 1/2, T = {T}", _width(T), half))
        rows.append((T, one, half, *smaller))
    table = Table(("T", "error 1", "error 1/2", "error 0.1", "error 0.01"), tuple(rows))
    return Evidence(findings, len(delays) + len(_SUMS), setting.digits, table)


# --- controls ------------------------------------------------------------------------------------------------------


def _root(setting: Setting) -> Evidence:
    """Width sqrt(T) suffices: fewer than the terms that are needed."""
    delays = _QUICK if setting.quick else _DELAYS
    return Evidence(_counts(lambda T: int(T**0.5), delays, "<="), len(delays))


def _weight(setting: Setting) -> Evidence:
    """The weight ``(ts)^(-1/6)`` in place of ``(ts)^(-1/4)``."""
    return Evidence((_inner(sp.Rational(1, 3)),))


def _larger(setting: Setting) -> Evidence:
    """Four times the singular value, as if the norm were that of another operator."""
    return Evidence((_below(4),), len(_SUMS))


STATEMENT = Statement(
    id="ext-hankel-width",
    title="The singular values of the Hankel operator bound the width from below, linearly in 1/omega",
    paper="curse-of-memory",
    section="4",
    claim=(
        r"\|f - \hat\rho_m\|_{L^1} \ge \sigma_{m+1}(G_f), \quad "
        r"\|f - \hat\rho_m\|_{L^2}^2 \ge \frac{1}{\pi} \sum_{k > m} \sigma_k(H_f)^2"
    ),
    hypotheses=("f in L1, or in L2", "instances: bump of width 1 at T = 5 to 40, error 1/2"),
    provenance=Provenance.NEW,
    uses=("eq-125",),
    check=check,
    controls=(
        Control("width sqrt(T) suffices", _root),
        Control("weight (ts)^(-1/6)", _weight),
        Control("four times the singular value", _larger),
    ),
)
