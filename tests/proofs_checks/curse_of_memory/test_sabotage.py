"""One function broken on purpose, then the statement that rests on it: its verdict falls."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import rational_ball
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Evidence, Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()
Patch = pytest.MonkeyPatch


def module_of(name: str) -> ModuleType:
    return importlib.import_module(CARDS[name].module)


def checked(name: str) -> Evidence:
    return load(CARDS[name]).check(QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ext-inertia", "prop-d.1"])
def test_a_hessian_made_regular_in_balls(name: str, monkeypatch: Patch) -> None:
    right = Objective.enclose

    def wrong(self: Any, a: Any, w: Any, digits: int = 50) -> Any:
        found = right(self, a, w, digits)
        n = found.hessian.nrows()
        lifted = arb_mat(
            n, n, [found.hessian[i, j] + (arb(10) ** -9 if i == j else 0) for i in range(n) for j in range(n)]
        )
        return (
            found._replace(hessian=lifted) if hasattr(found, "_replace") else replace(found, hessian=lifted)
        )

    monkeypatch.setattr(Objective, "enclose", wrong)
    assert checked(name).code_verdict is Verdict.REFUTED


@pytest.mark.slow
def test_errors_of_averaged_sums_a_thousand_times_too_small(monkeypatch: Patch) -> None:
    module = module_of("thm-4.1")
    right = module._sum

    def wrong(text: str, m: int) -> Any:
        found = right(text, m)
        return replace(found, error_enclosure=found.error_enclosure / 1000)

    monkeypatch.setattr(module, "_sum", wrong)
    assert checked("thm-4.1").verdict is Verdict.REFUTED


@pytest.mark.slow
def test_errors_of_constructed_sums_a_thousand_times_too_small(monkeypatch: Patch) -> None:
    module = module_of("thm-4.2")
    right = module._constructed_sum

    def wrong(text: str, m: int, rate: Any) -> Any:
        found = right(text, m, rate)
        return replace(found, error_enclosure=found.error_enclosure / 1000)

    monkeypatch.setattr(module, "_constructed_sum", wrong)
    assert checked("thm-4.2").verdict is Verdict.REFUTED


@pytest.mark.slow
@pytest.mark.parametrize("name", ["approximation_error", "gamma_enclosed"])
def test_the_error_of_the_approximation_replaced_by_0(name: str, monkeypatch: Patch) -> None:
    monkeypatch.setattr(module_of("eq-15"), name, lambda *args: arb(0))
    assert checked("eq-15").code_verdict is Verdict.REFUTED


@pytest.mark.slow
def test_reduced_points_that_vanish_after_the_first_call(monkeypatch: Patch) -> None:
    module = module_of("thm-d.2")
    right, calls = module.reduced_points, []

    def wrong(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        return right(*args, **kwargs) if len(calls) == 1 else []

    monkeypatch.setattr(module, "reduced_points", wrong)
    assert checked("thm-d.2").code_verdict <= Verdict.UNDECIDED
    monkeypatch.setattr(module, "reduced_points", lambda *args, **kwargs: [])
    assert checked("thm-d.2").code_verdict is Verdict.REFUTED


@pytest.mark.slow
def test_the_global_minimum_dropped(monkeypatch: Patch) -> None:
    module = module_of("lem-d.1")
    right = module.critical_points

    def wrong(*args: Any) -> Any:
        found = list(right(*args))
        return found[1:] if len(found) > 1 else found

    monkeypatch.setattr(module, "critical_points", wrong)
    assert checked("lem-d.1").code_verdict is Verdict.REFUTED


@pytest.mark.slow
@pytest.mark.parametrize(("name", "order"), [("eq-18", "loss"), ("eq-19", "gradient"), ("eq-97", "hessian")])
def test_compiled_kernels_that_always_raise(name: str, order: str, monkeypatch: Patch) -> None:
    right: Callable[..., Any] = getattr(Objective, order)

    def wrong(self: Any, a: Any, w: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            return right(self, a, w, *args, **kwargs)
        raise FloatRangeError("broken on purpose")

    monkeypatch.setattr(Objective, order, wrong)
    evidence = checked(name)
    assert evidence.verdict is Verdict.PROVED
    assert evidence.code_verdict is Verdict.REFUTED


@pytest.mark.slow
def test_events_that_never_come(monkeypatch: Patch) -> None:
    module = module_of("thm-5.1")
    right = module.proved_time
    monkeypatch.setattr(
        module, "proved_time", lambda start, T, stop: None if T == 8 else right(start, T, stop)
    )
    assert checked("thm-5.1").verdict <= Verdict.UNDECIDED


@pytest.mark.slow
@pytest.mark.parametrize("sign", [-1, 0])
def test_a_hessian_of_the_wrong_sign_catches_other_boxes(sign: int, monkeypatch: Patch) -> None:
    module = module_of("ext-basins")
    right = Objective.ball_parts

    def wrong(self: Any, a: Any, w: Any, order: int = 2) -> Any:
        found = right(self, a, w, order)
        return replace(found, hessian=[[sign * x for x in row] for row in found.hessian])

    module._fate.cache_clear()
    monkeypatch.setattr(Objective, "ball_parts", wrong)
    assert checked("ext-basins").verdict <= Verdict.UNDECIDED
    module._fate.cache_clear()


def _scaled(name: str, attribute: str, factor: Any) -> Callable[..., Any]:
    """The function of the statement's module, its value times a factor."""
    right = getattr(module_of(name), attribute)

    def wrong(*args: Any, **kwargs: Any) -> Any:
        value = right(*args, **kwargs)
        return value * rational_ball(sp.Rational(factor)) if isinstance(value, arb) else value * factor

    return wrong


#: Statement, the name in its module, and what its value is multiplied by.
SCALED = [
    ("ext-allpass-memory", "memory_capacity", 2),
    ("ext-allpass-memory", "blaschke_coefficients", 2),
    ("ext-delay-width", "diagonal_kernel", 2),
    ("ext-delay-width", "modes_gram", 2),
    ("ext-fixed-poles", "fixed_pole_error", 100),
    ("ext-l2-no-curse", "hankel_lower_bound", 0),
    ("ext-power-law-width", "l1_error", 100),
    ("ext-power-law-width", "power_law_floor", 100),
    ("eq-16", "power_law_floor", 0),
    ("eq-47", "transformed_derivative", 2),
    ("eq-47", "transform_bound", sp.Rational(1, 1000)),
    ("ext-thm-4.2-scaling", "single_error", 2),
    ("ext-thm-4.2-scaling", "witness_gamma", 2),
    ("ext-thm-4.2-scaling", "l1_error", 0),
    ("ext-discrete-time", "gram", 2),
    ("ext-discrete-time", "gram_determinant", 2),
    ("ext-discrete-time", "hessian", 2),
    ("ext-hankel-width", "least_width", 100),
    ("ext-width-enclosed", "least_width", 100),
    ("eq-7", "laplace_of_exponentials", 2),
    ("thm-5.1", "proved_time", sp.Rational(1, 10**12)),
    ("fig-3", "proved_time", sp.Rational(100_001, 100_000)),
    ("ext-escape-law", "proved_time", sp.Rational(100_001, 100_000)),
    ("ext-escape-units", "drift_factor", sp.Rational(100, 99)),
    ("ext-escape-starts", "split_shift", sp.Rational(100, 99)),
    ("ext-escape-signs", "signed_drift_integral", sp.Rational(100, 99)),
    ("ext-escape-templates", "bump_strength", sp.Rational(100, 99)),
    ("ext-escape-terms", "drift_time_off", sp.Rational(100, 99)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "attribute", "factor"), SCALED, ids=[f"{x[0]}-{x[1]}" for x in SCALED])
def test_a_function_whose_value_is_wrong(name: str, attribute: str, factor: Any, monkeypatch: Patch) -> None:
    monkeypatch.setattr(module_of(name), attribute, _scaled(name, attribute, factor))
    assert checked(name).weakest is Verdict.REFUTED
