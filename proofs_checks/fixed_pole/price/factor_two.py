r"""Learning the poles as well costs a factor of two in the excess prediction risk, at any separation of the poles.

For an efficient estimator the asymptotic excess risk is :math:`s^2/N` times the trace of information times covariance,
the number of complex parameters: K fixed, 2K learned, however badly the parameters themselves are known. Tried by
regression: white input through two modes, noise, least squares on the features of the gains alone or of gains and poles
(the linearised problem at the truth), and the risk of what was estimated by the closed forms of G and A. Features come
from filtering, the risk from the formulas; neither knows the other.

The resolution, where :math:`s^2 (A^{-1})_{pp}/(N s_x^2) = |\delta|^2`, is an identity in the formula of fp-confluent.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.proofs_checks.fixed_pole._measured import mean_is
from memcurse.theory.modes.cauchy import gram, pole_variance, separation
from memcurse.theory.modes.objective import Modes, gauss_newton, symbolic_modes

#: Samples of a run, and terms of the responses that are kept (poles are at most 3/5 in size).
_SAMPLES, _TERMS = 2000, 120
_SEPARATIONS = (sp.Rational(1, 2), sp.Rational(1, 8))


def _modes(gap: sp.Rational) -> Modes:
    """Two real poles at this distance, unit gains: the input and the noise are complex all the same."""
    unit, poles = (sp.S.One, sp.S.One), (sp.Rational(1, 10), sp.Rational(1, 10) + gap)
    return Modes(unit, unit, poles, poles)


def _features(gap: sp.Rational, x: np.ndarray) -> np.ndarray:
    """The input through the derivatives of the response by gains and poles, shape (samples, 4)."""
    n = np.arange(_TERMS)
    poles = [float(p) for p in _modes(gap).p]
    responses = [p**n for p in poles] + [n * p ** np.maximum(n - 1, 0) for p in poles]
    return np.stack([np.convolve(x, r)[_TERMS : _TERMS + _SAMPLES] for r in responses], axis=1)


@lru_cache(maxsize=16)
def _risks(gap: sp.Rational, runs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """N/s^2 times the excess risk, fixed and learned, one for each run."""
    rng = np.random.default_rng(seed)
    curvatures = [np.array(M(_modes(gap)).tolist(), dtype=float) for M in (gram, gauss_newton)]
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        x, noise = (
            (rng.standard_normal(size) + 1j * rng.standard_normal(size)) / np.sqrt(2)
            for size in (_SAMPLES + 2 * _TERMS, _SAMPLES)
        )
        Z = _features(gap, x)
        for k, curvature in enumerate(curvatures):
            count = len(curvature)
            error = np.linalg.lstsq(Z[:, :count], noise, rcond=None)[0]
            found[k].append((_SAMPLES - count) * float((error.conj() @ curvature @ error).real))
    return np.array(found[0]), np.array(found[1])


def _evidence(setting: Setting, diverges: bool) -> Evidence:
    runs = setting.pick(400, 150)
    findings: list[Finding] = []
    for gap in _SEPARATIONS:
        fixed, learned = _risks(gap, runs, setting.seed_for("fp-factor-two"))
        # In the control the price grows like the square of the separation that is lost.
        price = (_SEPARATIONS[0] / gap) ** 2 if diverges else 1
        findings.append(mean_is(f"K parameters, poles {gap} apart", 2.0, fixed))
        findings.append(mean_is(f"2K parameters, poles {gap} apart", 4.0 * float(price), learned))
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
    return _evidence(setting, diverges=False)


def check_diverges(setting: Setting) -> Evidence:
    """The quotient diverges as poles merge."""
    return _evidence(setting, diverges=True)


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
        "K = 2 with unit gains, 2000 samples, the problem linearised at the truth",
        "resolution to leading order in the separation",
    ),
    provenance=Provenance.NEW,
    uses=("fp-crb",),
    check=check,
    controls=(Control("the ratio diverges as poles merge", check_diverges),),
)
