"""What the statements on memory are about, broken: each turns red."""

from __future__ import annotations

import pytest
import sympy as sp
from flint import arb

from memcurse.proofs_checks.curse_of_memory.memory import (
    ext_allpass_memory,
    ext_delay_width,
    ext_fixed_poles,
    ext_hankel_width,
)
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

QUICK = Setting(digits=30, quick=True, seed=1)


def test_wrong_blaschke_product(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ext_allpass_memory.blaschke_coefficients
    monkeypatch.setattr(
        ext_allpass_memory, "blaschke_coefficients", lambda poles, n: [b * 2 for b in right(poles, n)]
    )
    assert any(x.verdict is Verdict.REFUTED for x in ext_allpass_memory.check(QUICK).findings)


def test_wrong_gram_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ext_delay_width.modes_gram
    monkeypatch.setattr(ext_delay_width, "modes_gram", lambda rates: 2 * right(rates))
    assert any(x.verdict is Verdict.REFUTED for x in ext_delay_width._lyapunov(1))


def test_wrong_widths_and_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ext_hankel_width, "_width", lambda delay: delay // 4)
    monkeypatch.setattr(ext_hankel_width, "distance_bounds", lambda target: [arb(10)] * 4)
    assert ext_hankel_width._counts(lambda T: T // 2, (10,), ">=")[0].verdict is Verdict.REFUTED
    assert ext_hankel_width._below(1).verdict is Verdict.REFUTED


def test_wrong_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    ext_fixed_poles._errors.cache_clear()
    monkeypatch.setattr(ext_fixed_poles, "fixed_pole_error", lambda power, poles: arb(len(poles)))
    try:
        assert any(x.verdict is Verdict.REFUTED for x in ext_fixed_poles.check(QUICK).findings)
    finally:
        ext_fixed_poles._errors.cache_clear()


def test_weight_of_another_exponent_is_refuted() -> None:
    assert ext_hankel_width._inner(sp.Rational(1, 2)).verdict is Verdict.PROVED
    assert ext_hankel_width._inner(sp.Rational(2, 5)).verdict is Verdict.REFUTED
