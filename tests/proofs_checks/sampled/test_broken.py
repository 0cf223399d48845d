"""Break what a statement on sampled networks is about, or what it calls, and its check turns red."""

from __future__ import annotations

import importlib

import pytest
import sympy as sp
from flint import arb, fmpq

import memcurse as mc
from memcurse.numerics.sampled.least_squares import least_squares
from memcurse.proofs_checks.catalogue.loading import load
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.proofs_checks.sampled import _instances
from memcurse.proofs_checks.sampled.regression import edmd_rate
from memcurse.proofs_checks.sampled.stability import ext_relift_instability, ext_trajectory_contraction
from memcurse.theory.sampled import neurons, regression, torus

CARDS = {card.id: card for card in mc.statements()}


def scaled(function, factor=2):
    """The function's value times a factor."""
    return lambda *args: function(*args) * factor


def entry(function):
    """The first entry of a matrix one larger."""

    def wrong(*args):
        matrix = function(*args)
        if isinstance(matrix, sp.MatrixBase):
            matrix = matrix.as_mutable()
        matrix[0, 0] += 1
        return matrix

    return wrong


def stretched(function):
    """The neuron of a pair with its first weight twice as large."""

    def wrong(*args):
        weights, bias = function(*args)
        return weights + sp.Matrix([*weights[:1], *(0 * x for x in weights[1:])]), bias

    return wrong


def last_block_left_out(blocks):
    return least_squares(list(blocks)[:-1])


def transposed(function):
    return lambda *args: function(*args).T


honest_part, honest_attractor = ext_trajectory_contraction._part, ext_relift_instability._attractor

#: Statement, the name in its module, and what takes its place.
BROKEN = [
    ("swim-pair", "pair_neuron", stretched(neurons.pair_neuron)),
    ("swim-pair", "preactivation", scaled(neurons.preactivation)),
    ("swim-pair", "tanh", lambda z: neurons.tanh(2 * z)),
    ("ext-swim-symmetry", "pair_neuron", stretched(neurons.pair_neuron)),
    ("ext-swim-symmetry", "preactivation", lambda neuron, x: neurons.preactivation(neuron, 2 * x)),
    ("edmd-exact", "koopman_matrix", entry(regression.koopman_matrix)),
    ("edmd-exact", "koopman_matrix", transposed(regression.koopman_matrix)),
    ("edmd-optimal", "least_squares", last_block_left_out),
    ("edmd-optimal", "best_squares", scaled(_instances.best_squares, arb("0.999999"))),
    ("edmd-rate", "limit", scaled(edmd_rate.limit, 1.05)),
    ("ext-edmd-inert", "pseudo_solution", entry(regression.pseudo_solution)),
    ("ext-edmd-inert", "exact_solution", entry(_instances.exact_solution)),
    ("ext-pollution", "linear_map_koopman", entry(torus.linear_map_koopman)),
    ("ext-pollution", "linear_map_koopman", scaled(torus.linear_map_koopman)),
    (
        "ext-relift-instability",
        "one_neuron_koopman",
        scaled(neurons.one_neuron_koopman, sp.Rational(101, 100)),
    ),
    ("ext-relift-instability", "one_neuron_multiplier", scaled(neurons.one_neuron_multiplier)),
    ("ext-relift-instability", "critical_contraction", scaled(neurons.critical_contraction)),
    ("ext-relift-instability", "_attractor", lambda K: (honest_attractor(K)[0], arb(2))),
    ("ext-relift-bounded", "tanh", lambda z: neurons.tanh(z / 2)),
    ("ext-resdmd-pythagoras", "exact_solution", entry(_instances.exact_solution)),
    ("ext-trajectory-contraction", "_part", lambda rows, i, j: honest_part(rows, i, j) * fmpq(i + 1)),
    ("ext-trajectory-contraction", "exact_solution", scaled(_instances.exact_solution, fmpq(2))),
]


@pytest.mark.parametrize(
    ("name", "attribute", "wrong"), BROKEN, ids=[f"{x[0]}-{x[1]}-{i}" for i, x in enumerate(BROKEN)]
)
def test_a_broken_function_is_refuted(name, attribute, wrong, monkeypatch):
    module = importlib.import_module(CARDS[name].module)
    assert getattr(module, attribute) is not wrong
    monkeypatch.setattr(module, attribute, wrong)
    assert load(CARDS[name]).check(Setting(quick=True)).weakest is Verdict.REFUTED
