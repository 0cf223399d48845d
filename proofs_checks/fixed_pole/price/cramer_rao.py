r"""White input of variance :math:`s_x^2`, output noise of variance :math:`s^2`: Fisher's information of N samples is
:math:`N s_x^2/s^2` times G for fixed poles, times A for learned ones, so the bounds on the variance of a gain are
the diagonals of the inverses (fp-gram, fp-confluent). Their quotient, for all K in the product of the squared
distances, and its growth as two poles merge: :math:`4 \rho^{-4}`. The package's own formulas for K = 1, 2, 3.
"""

from __future__ import annotations

import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import fixed_variance, gain_variance, price_quotient, separation, slope
from memcurse.theory.modes.objective import symbolic_modes


def _evidence(power: int) -> Evidence:
    findings = [Identity("price, all K", *price_quotient())]
    for K in (1, 2, 3):
        h = symbolic_modes(K)
        t = h.p[0] * h.p_conj[0]
        size = (h.p[0] + (1 - t) * slope(h, 0)) * (h.p_conj[0] + (1 - t) * slope(h.conjugate, 0))
        others = sp.Mul(*(separation(h, 0, j) for j in range(1, K)))
        price = gain_variance(h, 0) / fixed_variance(h, 0)
        ratio = sp.cancel(price / ((1 + size) / others))
        findings.append(Identity(f"price, K = {K}", ratio, 1, about="code"))
    h, d, e = symbolic_modes(2), sp.Symbol("d"), sp.Symbol("e")
    merged = {h.p[1]: h.p[0] + d, h.p_conj[1]: h.p_conj[0] + e}
    price = (gain_variance(h, 0) / fixed_variance(h, 0)).subs(merged, simultaneous=True)
    # Times a power of rho, a rational function of the two shifts: at 0 it has the limit's value. A power that is too
    # low leaves a pole there, so the inverse is taken.
    rho2 = separation(h, 0, 1).subs(merged, simultaneous=True)
    scaled = sp.cancel(sp.together((price * rho2**power) ** (1 if power > 1 else -1)))
    limit = scaled.subs({d: 0, e: 0})
    claimed = sp.Integer(4) ** (1 if power > 1 else -1)
    findings.append(Identity(f"price rho^{2 * power} as poles merge", limit, claimed))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """The rate rho^-4."""
    return _evidence(2)


def check_square(setting: Setting) -> Evidence:
    """The rate rho^-2."""
    return _evidence(1)


def check_rate(setting: Setting) -> Evidence:
    """The rate rho^-6."""
    return _evidence(3)


STATEMENT = Statement(
    id="fp-crb",
    title="Cramer-Rao: the price of learning the poles",
    paper="fixed-pole",
    section="price",
    claim=(
        r"\frac{(A^{-1})_{g_k g_k}}{(G^{-1})_{kk}} = \frac{1 + |p_k + (1 - t_k) "
        r"\beta_k|^2}{\prod_{j \ne k} \rho_{kj}^2} \sim 4 \rho^{-4}"
    ),
    hypotheses=("K = 1: 1 + |p|^2; the rate for two merging poles",),
    provenance=Provenance.NEW,
    uses=("fp-gram", "fp-confluent"),
    check=check,
    controls=(Control("rate rho^-2", check_square), Control("rate rho^-6", check_rate)),
)
