"""Inequalities for all values of symbols: the form must be the difference, and its sign must be seen."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.closed_forms.inequalities import Inequalities
from memcurse.proofs_checks.evidence.closed_forms.signs import real_read_off, sign_read_off
from memcurse.proofs_checks.evidence.identities import sample_points
from memcurse.proofs_checks.evidence.scopes import ALL
from memcurse.proofs_checks.evidence.statement import Evidence
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.proofs_checks.running.exported import certificates

x, y = sp.symbols("x y", positive=True)
r, s = sp.symbols("r s", real=True)
d = sp.Symbol("d", nonnegative=True)
z = sp.Symbol("z")
k = sp.Symbol("k", integer=True, positive=True)
j = sp.Symbol("j", integer=True)
last = sp.Symbol("m", integer=True, nonnegative=True)
negative = sp.Symbol("n", integer=True, negative=True)
A, B = sp.IndexedBase("A", positive=True), sp.IndexedBase("B", real=True)


@pytest.mark.parametrize(
    ("expr", "sign"),
    [
        (x, 1),
        (d, 0),
        (r, None),
        (z, None),
        (-x, None),
        (x - y, None),
        (x + d, 1),
        (d + d**2, 0),
        (x * d, 0),
        (x * r, None),
        (x + r, None),
        (r**2, 0),
        (z**2, None),
        (r**3, None),
        (r**-2, None),
        (sp.Pow(r * x - s, 4), 0),
        (x**r, 1),
        (x**z, None),
        (sp.sqrt(d), 0),
        (d**-1, None),
        (sp.exp(r), 1),
        (sp.exp(z), None),
        (sp.exp(-x) * sp.Abs(r), 0),
        (1 - sp.exp(-x), 1),
        (1 - sp.exp(-d * x), 0),
        (1 - sp.exp(x), None),
        (1 - sp.exp(r), None),
        (1 - 2 * sp.exp(-x), None),
        (sp.Rational(1, 2) - sp.exp(-x), None),
        (2 - sp.exp(-x), None),
        (x + 1 - sp.exp(-x), None),
        (sp.pi - 3, 1),
        (sp.log(2) - 1, None),
        (sp.sqrt(2) - sp.sqrt(2) * 1, 0),
        (sp.Rational(-1, 2), None),
        (sp.I, None),
        (A[k], 1),
        (B[k], None),
        (B[k] ** 2, 0),
        (sp.Sum(A[k], (k, 1, last)), 0),
        (sp.Sum(A[k], (k, 1, j)), None),
        (sp.Sum(A[k] * r, (k, 1, last)), None),
        (sp.Sum(k, (k, 0, last)), None),
        (sp.Sum(B[j] ** 2, (j, -2, k)), 0),
        (sp.Sum(B[negative] ** 2, (negative, 1, k)), None),
        (sp.Sum(j**2, (j, r, 3)), None),
        (sp.factorial(k), 1),
        (sp.factorial(j), None),
        (sp.sin(r), None),
    ],
    ids=str,
)
def test_signs_that_are_seen(expr: sp.Expr, sign: int | None) -> None:
    assert sign_read_off(expr) == sign


@pytest.mark.parametrize(
    ("expr", "real"),
    [
        (r, True),
        (z, False),
        (r * s + sp.sin(r), True),
        (r**-3, True),
        (sp.sqrt(r), False),
        (sp.sqrt(x), True),
        (x**z, False),
        (sp.sqrt(2), True),
        (sp.sqrt(-2), False),
        (sp.I, False),
        (sp.Pow(sp.Integer(-2), sp.Rational(1, 3)), False),
        (B[k], True),
        (sp.Abs(z), False),
    ],
    ids=str,
)
def test_what_is_seen_to_be_real(expr: sp.Expr, real: bool) -> None:
    assert real_read_off(expr) is real


def _verdict(smaller: sp.Expr, larger: sp.Expr, form: sp.Expr, strict: bool = False) -> Verdict:
    return Inequalities("step", [(smaller, larger, form)], strict=strict).verdict


def test_what_is_proved_refuted_and_left_open() -> None:
    assert _verdict(2 * r * s, r**2 + s**2, (r - s) ** 2) is Verdict.PROVED
    # Equality where r = s: no strict inequality, and no point among the few shows it.
    assert _verdict(2 * r * s, r**2 + s**2, (r - s) ** 2, strict=True) is Verdict.UNDECIDED
    assert _verdict(2 * r * s, r**2 + s**2 + x, (r - s) ** 2 + x, strict=True) is Verdict.PROVED
    # A sign that holds and is not seen; a form that is not the difference.
    assert _verdict(2 * r * s, r**2 + s**2, r**2 - 2 * r * s + s**2) is Verdict.UNDECIDED
    assert _verdict(2 * r * s, r**2 + s**2, (r - s) ** 2 + r**2) is Verdict.UNDECIDED
    assert _verdict(3 * r * s, r**2 + s**2, (r - s) ** 2) is Verdict.REFUTED
    # False only where the gap is small: looked for where it is 0.
    assert _verdict(x * sp.Rational(101, 100), x + 9 * d, 9 * d - x / 100) is Verdict.REFUTED
    assert _verdict(sp.log(2), sp.pi, sp.pi - sp.log(2), strict=True) is Verdict.PROVED
    assert _verdict(x, x, sp.S.Zero) is Verdict.PROVED
    assert _verdict(x, x, sp.S.Zero, strict=True) is Verdict.REFUTED


def test_it_speaks_of_all_parameters_and_can_be_decided_again() -> None:
    found = Inequalities("means", [(2 * r * s, r**2 + s**2, (r - s) ** 2), (0, x, x)])
    assert found.scope is ALL
    assert found.held == 2
    assert "2 differences" in found.detail
    assert Evidence([found], 2).verdict is Verdict.PROVED
    kinds = [body["claim"] for body in certificates([found])]
    assert kinds == ["inequality", "inequality"]


def test_steps_are_exact_and_of_three_parts() -> None:
    with pytest.raises(ValueError, match="must hold steps"):
        Inequalities("short", [(x, y)])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="must not be empty"):
        Inequalities("none", [])
    with pytest.raises(TypeError, match="SymPy"):
        Inequalities("float", [(0.5, x, x)])


@pytest.mark.parametrize(("place", "verdict"), [(23, Verdict.REFUTED), (24, Verdict.UNDECIDED)])
def test_a_false_one_is_looked_for_at_two_dozen_points(place: int, verdict: Verdict) -> None:
    """False in a millionth around one of the points only; a search that goes on would say so of the next one too."""
    centre = list(sample_points((x,), 25))[place][x]
    dent = (x - centre) ** 2 - sp.Rational(1, 10**12)
    assert _verdict(sp.S.Zero, dent, dent) is verdict
