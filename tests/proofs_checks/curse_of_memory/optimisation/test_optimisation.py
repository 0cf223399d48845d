"""Every statement of the folder holds, every control is refuted, and breaking a formula turns a check red."""

import importlib
from pathlib import Path

import pytest

import memcurse.proofs_checks.curse_of_memory.optimisation as folder
from memcurse.proofs_checks.evidence.statement import Setting, Verdict
from memcurse.proofs_checks.report.figures import csv_text, figure_svg

PATHS = sorted(
    ".".join(p.parts[-2:]).removesuffix(".py")
    for p in Path(folder.__file__).parent.glob("*/*.py")
    if not p.stem.startswith("_")
)
EXPECTED = {
    "fig-2": Verdict.VERIFIED,
    "fig-3": Verdict.OBSERVED,
    "ext-escape-law": Verdict.OBSERVED,
    "ext-momentum": Verdict.OBSERVED,
    "thm-5.1": Verdict.VERIFIED,
    "rem-c.3": Verdict.VERIFIED,
    "app-e": Verdict.PROVED,
    "eq-21": Verdict.CERTIFIED,
    "eq-20": Verdict.VERIFIED,
    "eq-125": Verdict.VERIFIED,
    "lem-c.1": Verdict.CERTIFIED,
    "lem-c.2": Verdict.CERTIFIED,
    "lem-c.3": Verdict.VERIFIED,
    "prop-c.1": Verdict.CERTIFIED,
    "prop-c.2": Verdict.CERTIFIED,
    "prop-c.3": Verdict.CERTIFIED,
}
QUICK = Setting(digits=30, quick=True)


def statement(stem):
    return importlib.import_module(f"{folder.__name__}.{stem}").STATEMENT


def test_every_module_is_listed():
    assert {statement(stem).id for stem in PATHS} == set(EXPECTED)


@pytest.mark.parametrize("stem", PATHS)
def test_statement_holds(stem):
    claim = statement(stem)
    evidence = claim.check(QUICK)
    assert evidence.verdict is EXPECTED[claim.id], evidence.message
    assert evidence.instances > 0
    assert evidence.table is None or csv_text(evidence.table).count("\n") > 1
    if claim.figure is not None:
        assert "<svg" in figure_svg(claim.figure, evidence, claim.id)


@pytest.mark.parametrize(
    ("stem", "name"), [(stem, control.name) for stem in PATHS for control in statement(stem).controls]
)
def test_control_is_refuted(stem, name):
    control = next(c for c in statement(stem).controls if c.name == name)
    evidence = control.check(QUICK)
    assert evidence.verdict is Verdict.REFUTED, evidence.message


@pytest.mark.parametrize("stem", ["plateau.lem_c_3_equivalent_parameters", "plateau.prop_c_3_hessian"])
def test_other_seeds_hold_too(stem):
    claim = statement(stem)
    for seed in (1, 2):
        assert claim.check(Setting(30, True, seed)).verdict is EXPECTED[claim.id]
