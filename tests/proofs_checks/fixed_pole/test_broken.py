"""Break what a statement is about, or what it calls, and its check turns red."""

from __future__ import annotations

import importlib

import pytest
import sympy as sp
from flint import arb

import memcurse as mc
from memcurse.numerics.modes import many_flows, taylor_flow, zolotarev
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.proofs_checks.fixed_pole.conditioning import (
    _merging,
    ill_conditioned,
    lru,
    orthonormal_spectrum,
    ring,
)
from memcurse.proofs_checks.fixed_pole.experiments import price
from memcurse.proofs_checks.fixed_pole.formulas import direct_sums, moments
from memcurse.proofs_checks.fixed_pole.landscape import _points, escape_time
from memcurse.proofs_checks.fixed_pole.price import width_disc
from memcurse.theory.modes import blaschke, cauchy, coincidence, objective, vandermonde

CARDS = {card.id: card for card in mc.statements()}


def scaled(function, factor=2):
    """The function's value times a factor; of a list or tuple the last entry."""

    def wrong(*args, **kwargs):
        value = function(*args, **kwargs)
        if isinstance(value, list):
            return [*value[:-1], factor * value[-1]]
        return factor * value

    return wrong


def entry(function, i, j):
    """One entry of a matrix twice as large."""

    def wrong(*args, **kwargs):
        matrix = function(*args, **kwargs).as_mutable()
        matrix[i, j] *= 2
        return matrix

    return wrong


def transposed(function):
    return lambda *args, **kwargs: function(*args, **kwargs).T


honest_sums, honest_root = direct_sums._sums, ring._root
honest_cholesky, honest_covariance = orthonormal_spectrum._cholesky, orthonormal_spectrum._covariance
honest_fractional = moments._fractional


def doubled_sums(x):
    return tuple(2 * part for part in honest_sums(x))


#: Statement, the name in its module, and what takes its place.
BROKEN = [
    ("fp-objective", "loss", scaled(objective.loss)),
    ("fp-gradient", "gradient", scaled(objective.gradient)),
    ("fp-hessian", "gauss_newton", entry(objective.gauss_newton, -1, -1)),
    ("fp-hessian", "residual_part", entry(objective.residual_part, 0, 1)),
    (
        "fp-hessian",
        "real_hessian",
        transposed(lambda A, C: objective.real_hessian(A, C) + sp.eye(4)[:, ::-1]),
    ),
    ("fp-colour", "coloured_product", scaled(objective.coloured_product)),
    ("fp-prony", "gaps", scaled(vandermonde.gaps, -1)),
    ("fp-prony", "samples", lambda *args: [2 * x for x in vandermonde.samples(*args)]),
    ("fp-prony-sharp", "samples", scaled(vandermonde.samples)),
    ("fp-prony-sharp", "gaps", scaled(vandermonde.gaps)),
    ("fp-k1", "factor", lambda z, p, pc: (z - p) / (1 + pc * z)),
    ("fp-convex", "gram", transposed(cauchy.gram)),
    ("fp-gram", "fixed_variance", scaled(cauchy.fixed_variance)),
    ("fp-gram", "determinant", scaled(cauchy.determinant)),
    ("fp-confluent", "gain_variance", scaled(cauchy.gain_variance)),
    ("fp-confluent", "pole_variance", scaled(cauchy.pole_variance)),
    ("fp-confluent", "gauss_newton", entry(objective.gauss_newton, 0, -1)),
    ("fp-blaschke", "best_gains", scaled(blaschke.best_gains)),
    ("fp-blaschke", "product", scaled(blaschke.product)),
    ("fp-pole-hessian", "separation", scaled(cauchy.separation)),
    ("fp-tm", "factor", lambda z, p, pc: (z - p) / (1 + pc * z)),
    ("fp-trace", "gauss_newton", entry(objective.gauss_newton, -1, -1)),
    ("fp-trace", "real_hessian", entry(objective.real_hessian, 0, 0)),
    ("fp-crb", "gain_variance", scaled(cauchy.gain_variance)),
    ("fp-crb", "fixed_variance", scaled(cauchy.fixed_variance)),
    ("fp-escape", "gauss_newton", entry(objective.gauss_newton, -1, -1)),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "attribute", "wrong"), BROKEN, ids=[f"{x[0]}-{x[1]}-{i}" for i, x in enumerate(BROKEN)]
)
def test_a_broken_formula_is_refuted(name, attribute, wrong, monkeypatch):
    module = importlib.import_module(CARDS[name].module)
    monkeypatch.setattr(module, attribute, wrong)
    assert load(CARDS[name]).check(Setting(quick=True)).weakest is Verdict.REFUTED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "attribute", "wrong"),
    [
        # What holds for A holds for 0 and -A as far as groups go, so one entry is changed there.
        ("fp-inertia", "gauss_newton", entry(objective.gauss_newton, 0, 0)),
        ("fp-inertia", "residual_part", scaled(objective.residual_part, 0)),
        ("fp-index", "gauss_newton", scaled(objective.gauss_newton, -1)),
        ("fp-index", "residual_part", scaled(objective.residual_part, 0)),
    ],
)
def test_inertia_of_a_broken_hessian_is_refuted(name, attribute, wrong, monkeypatch):
    """Exact elimination knows nothing of the congruence."""
    monkeypatch.setattr(_points, attribute, wrong)
    _points._compiled.cache_clear()
    try:
        assert load(CARDS[name]).check(Setting(quick=True)).weakest is Verdict.REFUTED
    finally:
        _points._compiled.cache_clear()


#: What an experiment or an integration calls, at a quick run.
CALLED = [
    ("fp-traps", "curvatures", scaled(many_flows.curvatures, -1)),
    ("fp-price", "gain_variance", scaled(cauchy.gain_variance)),
    ("fp-price", "_risk", scaled(price._risk)),
    ("fp-full-hessian", "gain_variance", scaled(cauchy.gain_variance)),
    ("fp-full-hessian", "condition", scaled(_merging.condition)),
    ("fp-merging", "condition", lambda poles: _merging.condition(poles) ** 2),
    ("fp-direct-sums", "_sums", doubled_sums),
    ("fp-ill-conditioned", "_inverse", scaled(ill_conditioned._inverse)),
    ("fp-lru", "_sums", scaled(lru._sums)),
    ("fp-ring", "_root", lambda K: honest_root(K) ** 2),
    ("fp-tm-spectrum", "_cholesky", lambda G: honest_cholesky(G) * arb(3)),
    ("fp-tm-spectrum", "_covariance", lambda poles, c: honest_covariance(poles, c * arb("1.2"))),
    (
        "fp-moments",
        "_fractional",
        lambda d: (honest_fractional(d * arb("1.000001"))[0], honest_fractional(d)[1]),
    ),
    ("fp-moments", "_tail", scaled(moments._tail, arb(10) ** -6)),
    ("fp-factor-two", "pole_variance", scaled(cauchy.pole_variance)),
    ("fp-factor-two", "separation", scaled(cauchy.separation)),
    ("fp-factor-two", "gram", scaled(cauchy.gram)),
    ("fp-price-memory", "segment_nome", scaled(zolotarev.segment_nome, arb("1.1"))),
    ("fp-width-disc", "_largest", scaled(width_disc._largest, arb("0.999"))),
    ("fp-width-segment", "segment_nome", scaled(zolotarev.segment_nome, arb("1.1"))),
    ("fp-width-segment", "segment_width", scaled(zolotarev.segment_width, arb("1.000001"))),
    ("fp-width-segment", "segment_extrema", lambda s, K: zolotarev.segment_poles(s, K + 1)),
    ("fp-width-segment", "segment_poles", lambda s, K: zolotarev.segment_extrema(s, K)[:K]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "attribute", "wrong"), CALLED, ids=[f"{x[0]}-{x[1]}" for x in CALLED])
def test_what_an_experiment_calls_is_refuted_when_broken(name, attribute, wrong, monkeypatch):
    module = importlib.import_module(CARDS[name].module)
    clear_caches(module)
    honest = getattr(module, attribute)
    assert honest is not wrong
    monkeypatch.setattr(module, attribute, wrong)
    try:
        assert load(CARDS[name]).check(Setting(quick=True)).weakest is Verdict.REFUTED
    finally:
        clear_caches(module)


def clear_caches(module):
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


@pytest.mark.slow
def test_a_flow_that_is_too_fast_is_refuted(monkeypatch):
    """A flow that is a twentieth too fast is not that of the sums."""
    honest = taylor_flow._slopes
    monkeypatch.setattr(taylor_flow, "_slopes", lambda *args: [1.05 * x for x in honest(*args)])
    clear_caches(escape_time)
    try:
        assert load(CARDS["fp-escape-time"]).check(Setting(quick=True)).weakest is Verdict.REFUTED
    finally:
        clear_caches(escape_time)


def test_steps_that_are_wrong_are_seen():
    for left, right in (
        coincidence.turned_term(sign=1),
        objective.moved_mode(sign=1)[0],
        cauchy.meeting_pairs(power=2)[0],
        cauchy.price_quotient(power=2),
        vandermonde.elimination_steps(start=1)[1],
        vandermonde.meeting_nodes(power=2)[0],
    ):
        assert sp.cancel(left - right) != 0
