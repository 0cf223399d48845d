"""What equations (15), (16) and the statements on widths are checked with, by second routes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.widths.certified_width import certified_width
from memcurse.numerics.arithmetic.balls import precision
from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.curse_of_memory.approximation import _truncation
from memcurse.proofs_checks.curse_of_memory.approximation.ext_l2_no_curse import cover
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import PowerLaw

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()


def test_truncation_error_and_approximation_by_float_quadrature() -> None:
    from scipy.integrate import quad

    instance = _truncation.Instance(sp.Rational(1, 2), sp.Integer(2), 1)
    late = sp.lambdify(t, _truncation.theory.truncated_kernel(instance.omega, instance.T, 1), "numpy")

    def truncated(x: float) -> float:
        return float((1 + x) ** -1.5 if x < 2 else late(x) if x < 4 else 0.0)

    with precision(20):
        missing = float(_truncation.truncation_error(instance))
        bound = float(_truncation.approximation_error(instance, 6))
    assert missing == pytest.approx(
        quad(lambda x: (1 + x) ** -1.5 - truncated(x), 0, 4, points=[2])[0] + 2 * 5**-0.5
    )
    # The polynomial of the least squares, by Gauss's rule on pieces that end where the kernel is cut.
    scale = 2 / float(instance.beta)
    edges = [0, *np.exp(-np.array([4, 3, 2, 1, 0]) / scale)]
    nodes, weights = np.polynomial.legendre.leggauss(60)
    pieces = [((a + b) / 2 + (b - a) / 2 * nodes, (b - a) / 2 * weights) for a, b in pairwise(edges)]
    s, weights = (np.concatenate(x) for x in zip(*pieces, strict=True))
    q = np.array([truncated(-scale * np.log(x)) for x in s]) / s
    legendre = np.polynomial.legendre.legvander(2 * s - 1, 5)
    fit = legendre @ [(2 * k + 1) * (weights * q * legendre[:, k]).sum() for k in range(6)]
    l1 = scale * float((weights * np.abs(q - fit)).sum())
    l2 = scale * float((weights * (q - fit) ** 2).sum()) ** 0.5
    assert l1 <= bound
    assert bound == pytest.approx(l2, rel=1e-3)


def test_supremum_is_above_every_value_and_close() -> None:
    f = sp.exp(t / 3) * sp.cos(3 * t)
    x = np.linspace(0, 2, 2001)
    largest = float(np.abs(np.exp(x / 3) * np.cos(3 * x)).max())
    with precision(20):
        found = float(_truncation.supremum(f, Fraction(0), Fraction(2)))
    assert largest <= found < 1.1 * largest


@pytest.mark.slow
def test_sums_of_the_cover_are_good_at_the_ends_of_their_intervals() -> None:
    from memcurse.numerics.approximation.l2.distance import l2_error
    from memcurse.numerics.approximation.widths.certified_width import certified_width
    from memcurse.theory.targets.kernels import PowerLaw

    for piece in cover()[:4]:
        width = certified_width(PowerLaw(piece.eta), "7/100", "l2")
        for end in (piece.eta - piece.radius, piece.eta + piece.radius):
            if end >= 0:
                assert float(l2_error(PowerLaw(end), width.a, width.w)) <= 0.1


def test_a_sum_that_misses_refutes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upper bound that is too large leaves a statement open."""
    from memcurse.proofs_checks.curse_of_memory.approximation import (
        eq_15_truncation,
        eq_16_width_bound,
        thm_4_1_density,
    )

    monkeypatch.setattr(thm_4_1_density, "INTEGRABLE", (("slow decay", "exp(-t/4)", ("1/1000",)),))
    monkeypatch.setattr(thm_4_1_density, "_WIDTHS", (2,))
    with precision(20):
        assert thm_4_1_density._density(1, 1)[0].verdict is Verdict.UNDECIDED
        instance = _truncation.Instance(sp.Rational(1, 2), sp.Integer(2), 1)
        monkeypatch.setattr(eq_15_truncation, "approximation_error", lambda x, m: arb(10) ** 9)
        findings, _ = eq_15_truncation._rates([instance], [_truncation.truncation_error(instance)])
    assert [finding.verdict for finding in findings[2:]] == [Verdict.UNDECIDED] * 2
    far = certified_width(PowerLaw(1), 1, budget=1)
    monkeypatch.setattr(eq_16_width_bound, "_widths", lambda chosen: [far])
    monkeypatch.setattr(eq_16_width_bound, "_INSTANCES", (("1", "1/10"),))
    findings, _ = eq_16_width_bound._at_instances(QUICK)
    assert findings[0].verdict is Verdict.UNDECIDED
