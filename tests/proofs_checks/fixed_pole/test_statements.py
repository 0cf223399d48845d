"""Every statement of the fixed-pole paper holds in a quick run, and every control is refuted."""

from __future__ import annotations

import importlib

import pytest
import sympy as sp

import memcurse as mc
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

CARDS = {card.id: card for card in mc.statements()}
EXPECTED = {
    **dict.fromkeys(
        (
            "fp-objective",
            "fp-gradient",
            "fp-hessian",
            "fp-colour",
            "fp-prony",
            "fp-prony-sharp",
            "fp-convex",
            "fp-k1",
            "fp-gram",
            "fp-confluent",
            "fp-blaschke",
            "fp-pole-hessian",
            "fp-full-hessian",
            "fp-ring",
            "fp-tm",
            "fp-lru",
            "fp-inertia",
            "fp-index",
            "fp-trace",
            "fp-escape",
            "fp-crb",
        ),
        Verdict.PROVED,
    ),
    "fp-tm-spectrum": Verdict.CERTIFIED,
    "fp-factor-two": Verdict.OBSERVED,
    "fp-escape-time": Verdict.VERIFIED,
    "fp-moments": Verdict.CERTIFIED,
    "fp-merging": Verdict.CERTIFIED,
    "fp-direct-sums": Verdict.CERTIFIED,
    "fp-width-disc": Verdict.CERTIFIED,
    "fp-width-segment": Verdict.CERTIFIED,
    "fp-price-memory": Verdict.CERTIFIED,
    "fp-ill-conditioned": Verdict.OBSERVED,
    "fp-online": Verdict.OBSERVED,
    "fp-nstar": Verdict.OBSERVED,
    "fp-equalise": Verdict.OBSERVED,
    "fp-optimisers": Verdict.OBSERVED,
    "fp-traps": Verdict.OBSERVED,
    "fp-price": Verdict.OBSERVED,
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "verdict"), EXPECTED.items(), ids=EXPECTED)
def test_statement(name, verdict):
    statement = load(CARDS[name])
    setting = Setting(quick=True)
    assert statement.paper == "fixed-pole"
    assert statement.check(setting).verdict is verdict
    for control in statement.controls:
        assert control.check(setting).weakest is Verdict.REFUTED, control.name


def test_none_is_forgotten():
    assert {name for name, card in CARDS.items() if card.paper == "fixed-pole"} == set(EXPECTED)


@pytest.mark.slow
def test_stable_parts_exist_for_real_modes_only():
    statement = load(CARDS["ext-complex-saddles"])
    setting = Setting(quick=True)
    assert statement.check(setting).verdict is Verdict.PROVED
    assert all(control.check(setting).weakest is Verdict.REFUTED for control in statement.controls)


def test_a_wrong_curvature_of_the_risk_turns_the_factor_two_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The regression knows nothing of the closed form: one entry too large, and the price is no longer two."""
    module = importlib.import_module(CARDS["fp-factor-two"].module)
    honest = module.gauss_newton

    def wrong(modes):
        A = honest(modes).as_mutable()
        A[2, 2] *= 2
        return A

    module._risks.cache_clear()
    monkeypatch.setattr(module, "gauss_newton", wrong)
    assert load(CARDS["fp-factor-two"]).check(Setting(quick=True)).verdict is Verdict.REFUTED
    module._risks.cache_clear()


def test_sizes_written_out_are_no_proof_for_all() -> None:
    x = sp.Symbol("x")
    finding = mc.Identity("one size", (x + 1) ** 2, x**2 + 2 * x + 1, sizes=1)
    assert (finding.verdict, finding.scope.kind) == (Verdict.CERTIFIED, "instances")
    assert mc.Identity("one size", x, x + 1, sizes=1).verdict is Verdict.REFUTED
