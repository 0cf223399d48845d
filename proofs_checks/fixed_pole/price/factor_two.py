r"""The asymptotic excess prediction risk of an efficient estimator is :math:`s^2/N` times the trace of information
times covariance: the number of complex parameters, K fixed or 2K learned. So the quotient is 2 at any separation,
however badly the parameters are known: the trace of :math:`A^{-1} A`, both built apart, for K = 1 with gains and
K = 2 with unit gains at a generic point of one parameter. The resolution: :math:`s^2 (A^{-1})_{pp}/(N s_x^2) =
|\delta|^2` at the stated N, by the formula of fp-confluent.
"""

from __future__ import annotations

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.modes.cauchy import gram, pole_variance, separation
from memcurse.theory.modes.objective import Modes, gauss_newton, symbolic_modes


def _risk(matrix: sp.Matrix) -> sp.Expr:
    """Trace of the covariance of the parameters times the curvature of the risk."""
    information = DomainMatrix.from_Matrix(matrix).to_field()
    return (information.inv() * information).to_Matrix().trace()


def _evidence(diverges: bool) -> Evidence:
    one, x = symbolic_modes(1), sp.Symbol("x")
    R = sp.Rational
    unit = (sp.S.One, sp.S.One)
    two = Modes(unit, unit, (R(1, 3), R(1, 3) + x), (R(1, 3), R(1, 3) + x))
    # Independent of the separation: a multiple of x^-2 in the control.
    factor = (1 + 1 / x**2) if diverges else sp.S.One
    findings = [
        Identity("fixed, K = 1", _risk(gram(one)), 1),
        Identity("learned, K = 1", _risk(gauss_newton(one)), 2),
        Identity("fixed, K = 2", _risk(gram(two)), 2),
        Identity("learned, K = 2", _risk(gauss_newton(two)), 4 * factor),
    ]
    h = symbolic_modes(2)
    t = h.p[0] * h.p_conj[0]
    gap = (h.p[0] - h.p[1]) * (h.p_conj[0] - h.p_conj[1])
    # At equal moduli to first order |delta|^2 = rho^2 (1 - t)^2.
    rho2 = separation(h, 0, 1)
    N = (1 - t) / (h.g[0] * h.g_conj[0] * rho2**3)
    across = (1 - h.p[0] * h.p_conj[1]) * (1 - h.p_conj[0] * h.p[1])
    findings.append(Identity("resolution", pole_variance(h, 0) / N / gap, (1 - t) ** 2 / across))
    return Evidence(findings, instances=len(findings))


def check(setting: Setting) -> Evidence:
    """A factor of two."""
    return _evidence(diverges=False)


def check_diverges(setting: Setting) -> Evidence:
    """The quotient diverges as poles merge."""
    return _evidence(diverges=True)


STATEMENT = Statement(
    id="fp-factor-two",
    title="The excess risk is only twice as large",
    paper="fixed-pole",
    section="price",
    claim=(
        r"\frac{2 K s^2/N}{K s^2/N} = 2;\quad \text{resolution at } N = \frac{s^2 (1 - "
        r"t)}{s_x^2 |g|^2} \rho^{-6}"
    ),
    hypotheses=(
        "N to infinity, efficient estimators, distinct poles",
        "K = 1, 2; resolution to leading order in the separation",
    ),
    provenance=Provenance.NEW,
    uses=("fp-crb",),
    check=check,
    controls=(Control("the ratio diverges as poles merge", check_diverges),),
)
