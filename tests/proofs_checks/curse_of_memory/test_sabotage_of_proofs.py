"""What proofs and regions rest on, broken on purpose: the verdict of the claim falls."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.curse_of_memory.approximation import _regions as approximation
from memcurse.proofs_checks.curse_of_memory.optimisation.plateau import _regions as plateau
from memcurse.proofs_checks.evidence.findings import ForAll, Identities, Inequalities
from memcurse.proofs_checks.evidence.statement import Evidence, Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.approximation import inverse_theorem, trapezoid, truncation, witnesses
from memcurse.theory.landscape import all_partitions, fubini_numbers, one_exponential, representations
from memcurse.theory.networks import assembly, functionals, stability, white_noise
from memcurse.theory.objective import gram_form
from memcurse.theory.objective.continuous import INDEXED
from memcurse.theory.plateau.delayed_part import GaussianTemplate

Patch = pytest.MonkeyPatch
CARDS = cards()


def _scaled(module: Any, name: str, factor: Any, patch: Patch) -> None:
    right: Callable[..., Any] = getattr(module, name)
    patch.setattr(module, name, lambda *args, **kwargs: factor * right(*args, **kwargs))


def _with_first(pairs: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The same steps, the left side of the first of them changed."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        (left, *right), *others = pairs(*args, **kwargs)
        return [(change(left), *right), *others]

    return broken


def _with_last(steps: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The same steps, the last part of the first of them changed."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        (*parts, last), *others = steps(*args, **kwargs)
        return [(*parts, change(last)), *others]

    return broken


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (plateau, "gaussian_scaled_moment"),
        (plateau, "gaussian_scaled_constant"),
        (plateau, "gaussian_scaled_floor"),
        (plateau, "gaussian_late_share"),
        (plateau, "box_scaled_moment"),
        (plateau, "delta_constant"),
        (plateau, "delta_floor"),
        (GaussianTemplate, "delta"),
    ],
)
def test_scaled_forms_are_held_against_the_moments(module: Any, name: str, monkeypatch: Patch) -> None:
    _scaled(module, name, sp.Rational(101, 100), monkeypatch)
    assert plateau.scaled_forms(range(3)).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("module", "name", "factor", "finding"),
    [
        (plateau, "gaussian_scaled_constant", sp.Rational(1, 4), lambda: plateau.moments_below((0, 1))),
        (plateau, "box_scaled_constant", sp.Rational(1, 4), lambda: plateau.box_moments_below((0,))),
        (plateau, "gaussian_scaled_floor", 4, plateau.moments_above),
        (trapezoid, "trapezoid_step", sp.Rational(1, 2), approximation.terms_of_the_rule),
        (truncation, "kernel_tail", 2, approximation.tail_below),
        (witnesses, "single_error", sp.Rational(1, 2), approximation.one_exponential_is_far),
        (witnesses, "wave_floor", 100, lambda: approximation.waves_below((1,))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bound_with_another_constant_fails_on_its_region(
    module: Any, name: str, factor: Any, finding: Callable[[], Any], monkeypatch: Patch
) -> None:
    _scaled(module, name, factor, monkeypatch)
    assert finding().verdict is Verdict.REFUTED


def test_a_wrong_hessian_is_no_gram_matrix_of_directions(monkeypatch: Patch) -> None:
    pairing = gram_form.CONTINUOUS
    wrong = replace(pairing, by_second=lambda x, y: 2 * pairing.by_second(x, y))
    monkeypatch.setattr(all_partitions, "INDEXED", replace(INDEXED, pairing=wrong))
    assert Identities("direction", all_partitions.squared_norm_of_direction()).verdict is not Verdict.PROVED


def test_a_residual_of_other_moments_is_not_on_the_space(monkeypatch: Patch) -> None:
    """A formula in which units of one group are not alike: with the index of the unit in it."""
    wrong = replace(INDEXED, moment=lambda n, x: INDEXED.moment(n, x) + gram_form.row)
    monkeypatch.setattr(all_partitions, "INDEXED", wrong)
    assert Identities("moments", all_partitions.residual_moments()).verdict is not Verdict.PROVED


def _broken_proof(name: str) -> Evidence:
    """The claim of a statement, by its check."""
    return load(CARDS[name]).check(Setting(digits=30, quick=True, seed=1))


@pytest.mark.parametrize(
    ("name", "factor", "part"),
    [
        ("bounded_floor", 2, "_positive"),
        ("l1_ratio", sp.Rational(101, 100), "_positive"),
        ("l2_ratio", sp.Rational(99, 100), "_positive"),
        ("positive_floor", sp.Rational(101, 100), "_positive"),
    ],
)
def test_the_inverse_theorem_rests_on_its_floors(
    name: str, factor: Any, part: str, monkeypatch: Patch
) -> None:
    _scaled(inverse_theorem, name, factor, monkeypatch)
    found = getattr(importlib.import_module(CARDS["thm-jmlr-inverse"].module), part)()
    assert min(finding.verdict for finding in found) is Verdict.REFUTED


@pytest.mark.parametrize("name", ["derivatives", "decay", "ratios"])
def test_the_inverse_theorem_rests_on_its_identities(name: str, monkeypatch: Patch) -> None:
    module = importlib.import_module(CARDS["thm-jmlr-inverse"].module)
    monkeypatch.setattr(
        module.steps, name, _with_first(getattr(inverse_theorem, name), lambda x: x * sp.Rational(101, 100))
    )
    found = [*module._bounded(), *module._positive()]
    assert min(finding.verdict for finding in found) is Verdict.REFUTED


def test_the_sum_of_terms_rests_on_its_canonical_form(monkeypatch: Patch) -> None:
    monkeypatch.setattr(inverse_theorem, "canonical_sums", lambda x: 2 * x + 1)
    found = Inequalities("sum", inverse_theorem.sum_of_terms())
    assert found.verdict <= Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("independent", lambda j, k, length: length * (1 + sp.KroneckerDelta(j, k))),
        ("deltasummation", lambda term, limits: 2 * term),
        ("mean_squares_of", _with_first(white_noise.mean_squares_of, lambda x: 2 * x)),
        ("squares_in_the_limit", _with_last(white_noise.squares_in_the_limit, lambda x: x / 2)),
        ("ages", _with_first(white_noise.ages, lambda x: 2 * x)),
        ("square_integrable", _with_first(white_noise.square_integrable, lambda x: 2 * x + 1)),
        ("antiderivatives", _with_first(white_noise.antiderivatives, lambda x: -x)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_isometry_rests_on_its_steps(name: str, broken: Any, monkeypatch: Patch) -> None:
    module = importlib.import_module(CARDS["eq-17"].module)
    monkeypatch.setattr(white_noise, name, broken)
    found = module._isometry(white_noise.independent)
    assert min(finding.verdict for finding in found) <= Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (functionals, "approaching", lambda eta, kept: kept / eta),
        (
            functionals,
            "approaching",
            lambda eta, kept: functionals._R * kept / (sp.Abs(functionals._R) + 2 * eta),
        ),
        (functionals, "norm_from_above", _with_first(functionals.norm_from_above, lambda x: 2 * x)),
        (functionals, "size_of_approaching", _with_first(functionals.size_of_approaching, lambda x: 2 * x)),
        (functionals, "costs", _with_last(functionals.costs, lambda x: x / 2)),
        (functionals, "domination", _with_first(functionals.domination, lambda x: 2 * x)),
        (stability, "next_matrix", lambda W, eigenvalue, P: W * P + eigenvalue * P),
        (stability, "variation_of_constants", _with_first(stability.variation_of_constants, lambda x: 2 * x)),
        (stability, "modulus", _with_first(stability.modulus, lambda x: 2 * x)),
        (stability, "powers", _with_first(stability.powers, lambda x: 2 * x)),
        (stability, "integrals", _with_first(stability.integrals, lambda x: 2 * x)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_functionals_of_networks_rest_on_their_steps(
    module: Any, name: str, broken: Any, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(module, name, broken)
    found = importlib.import_module(CARDS["prop-3.1"].module)._proof()
    assert min(finding.verdict for finding in found) <= Verdict.UNDECIDED


@pytest.mark.slow
def test_putzer_s_bound_is_held_against_norms(monkeypatch: Patch) -> None:
    for factor in (sp.Rational(99, 100), sp.Rational(101, 100)):
        with monkeypatch.context() as patch:
            _scaled(stability, "norm_bound", factor, patch)
            assert _broken_proof("prop-3.1").code_verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("_LN2", sp.log(3)),
        ("_LN2", 2 * sp.log(2)),
        ("relative_error_bound", lambda m, zeta: zeta * (sp.log(2) / (2 * sp.pi)) ** (m + 1)),
        ("relative_error_bound", lambda m, zeta: 2 * zeta * (sp.log(2) / (2 * sp.pi)) ** m),
        *(
            (name, _with_first(getattr(fubini_numbers, name), lambda x: 2 * x + 1))
            for name in ("generating_function", "fourier_coefficients", "poles", "derivatives", "law")
        ),
        ("distances", _with_first(fubini_numbers.distances, lambda x: 2 * x)),
        ("constants", _with_first(fubini_numbers.constants, lambda x: x + 1)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_law_of_fubini_numbers_rests_on_its_steps(name: str, broken: Any, monkeypatch: Patch) -> None:
    monkeypatch.setattr(fubini_numbers, name, broken)
    found = importlib.import_module(CARDS["ext-fubini"].module)._proof()
    assert min(finding.verdict for finding in found) <= Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("gain_bounds", lambda time: (one_exponential._W * time * one_exponential._NORM,) * 2),
        ("_DECAY", sp.exp(-one_exponential._W * one_exponential._TIME)),
        *(
            (name, _with_first(getattr(one_exponential, name), lambda x: 2 * x + 1))
            for name in ("cauchy_schwarz", "integrals", "pieces", "two_pieces", "ends")
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_gain_of_one_exponential_rests_on_its_steps(name: str, broken: Any, monkeypatch: Patch) -> None:
    monkeypatch.setattr(one_exponential, name, broken)
    found = importlib.import_module(CARDS["lem-d.1"].module)._proof()
    assert min(finding.verdict for finding in found) is Verdict.REFUTED


@pytest.mark.parametrize("part", ["loss", "squared_norm"])
def test_the_best_amplitude_rests_on_the_loss(part: str, monkeypatch: Patch) -> None:
    module = importlib.import_module(CARDS["lem-d.1"].module)
    right = getattr(module, part)
    monkeypatch.setattr(module, part, (lambda a, w: 2 * right(a, w)) if part == "loss" else 2 * right)
    assert min(finding.verdict for finding in module._least_over_amplitudes()) is Verdict.REFUTED


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("_next_to_last", lambda n: n * (n + 1) / 2),
        ("_second_to_last", lambda n: n * (n - 1) * (n - 2) * (3 * n - 4) / 24),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_count_of_spaces_rests_on_the_last_two_numbers(
    name: str, broken: Any, monkeypatch: Patch
) -> None:
    module = importlib.import_module(CARDS["thm-d.2"].module)
    monkeypatch.setattr(module, name, broken)
    assert min(finding.verdict for finding in module._proof()) is Verdict.REFUTED
    assert module._closed_forms().verdict is Verdict.REFUTED


def test_the_number_of_minimisers_rests_on_lemma_c_3(monkeypatch: Patch) -> None:
    module = importlib.import_module(CARDS["thm-d.2"].module)
    for name, broken in (("on_the_space", lambda x: x), ("stirling2", lambda m, l: 1)):
        with monkeypatch.context() as patch:
            patch.setattr(representations, name, broken)
            assert min(finding.verdict for finding in module._proof()) <= Verdict.UNDECIDED


def _coupled_blocks(matrices: Any, coupling: Any = None) -> Any:
    """Blocks with a 1 in the upper right corner."""
    joined = sp.diag(*matrices)
    joined[0, -1] += 1
    return sp.ImmutableMatrix(joined)


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (assembly, "blocks", _coupled_blocks),
        (assembly, "blocks", lambda matrices, coupling=None: sp.ImmutableMatrix(2 * sp.diag(*matrices))),
        (assembly, "kernels_of_blocks", _with_first(assembly.kernels_of_blocks, lambda x: 2 * x)),
        (assembly, "one_after_the_other", _with_first(assembly.one_after_the_other, lambda x: 2 * x)),
        (functionals, "approaching", lambda eta, kept: kept / eta),
        (functionals, "sums_of_suprema", _with_first(functionals.sums_of_suprema, lambda x: 2 * x)),
        (functionals, "canonical_sums", lambda x: x + 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_assembled_networks_rest_on_their_steps(
    module: Any, name: str, broken: Any, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(module, name, broken)
    found = importlib.import_module(CARDS["eq-42"].module)._proof(assembly.block_network)
    assert min(finding.verdict for finding in found) <= Verdict.UNDECIDED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (representations, "on_the_space", lambda x: x),
        (representations, "collapsed", lambda x, sums: x),
        (representations, "indexed_derivative", lambda x, by: 2 * sp.diff(x, by)),
        (representations, "stirling2", lambda m, l: 1),
        (representations, "number_of_maps", _with_first(all_partitions.number_of_maps, lambda x: 2 * x)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_lemma_c_3_rests_on_its_steps(module: Any, name: str, broken: Any, monkeypatch: Patch) -> None:
    monkeypatch.setattr(module, name, broken)
    assert _broken_proof("lem-c.3").verdict <= Verdict.UNDECIDED


def test_a_false_inequality_that_fails_in_a_small_part_only() -> None:
    """Losing that part of the box would certify it."""
    x, y = sp.symbols("x y", positive=True)
    hole = (x - sp.Rational(7, 11)) ** 2 + (y - sp.Rational(5, 13)) ** 2
    found = ForAll("hole", sp.Rational(1, 10**6), hole, {x: (0, 1), y: (0, 1)})
    assert found.verdict is Verdict.REFUTED
