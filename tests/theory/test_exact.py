"""Exact numbers: what is kept, and what is refused by name."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from sympy.core import random as sympy_random
from sympy.core.cache import clear_cache

from memcurse.theory import exact
from memcurse.theory.exact import (
    exact_integer,
    exact_number,
    exact_positive,
    exact_vector,
    is_positive,
    is_real,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, sp.Integer(3)),
        (np.int64(-2), sp.Integer(-2)),
        (Fraction(1, 3), sp.Rational(1, 3)),
        (Decimal("0.1"), sp.Rational(1, 10)),
        ("0.1", sp.Rational(1, 10)),
        (" -1e-3 ", sp.Rational(-1, 1000)),
        ("1/3", sp.Rational(1, 3)),
        ("0.5 / 1.5", sp.Rational(1, 3)),
        (".5", sp.Rational(1, 2)),
        (0.5, sp.Rational(1, 2)),
        (np.float32(0.25), sp.Rational(1, 4)),
        (sp.sqrt(2), sp.sqrt(2)),
        (sp.Float(0.5), sp.Rational(1, 2)),
    ],
)
def test_values_are_kept_exactly(value: object, expected: sp.Expr) -> None:
    assert exact_number("x", value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_binary_fraction_that_it_is(x: float) -> None:
    number = exact_number("x", x)
    assert Fraction(int(number.p), int(number.q)) == Fraction(x)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**9), max_value=10**9))
def test_a_decimal_text_is_the_number_it_shows(x: Decimal) -> None:
    number = exact_number("x", str(x))
    assert Fraction(int(number.p), int(number.q)) == Fraction(x)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (math.nan, ValueError),
        (-math.inf, ValueError),
        (Decimal("nan"), ValueError),
        (sp.nan, ValueError),
        (sp.oo, ValueError),
        ("nan", ValueError),
        ("inf", ValueError),
        ("", ValueError),
        ("1e999999999", ValueError),
        ("1/0", ValueError),
        ("__import__('os')", ValueError),
        ("9" * 10**6, ValueError),
        ("٣", ValueError),
        (True, TypeError),
        (np.True_, TypeError),
        (1j, TypeError),
        (None, TypeError),
        ([1], TypeError),
        (sp.Symbol("x"), TypeError),
        (sp.I, TypeError),
    ],
)
def test_what_is_no_finite_real_number_is_refused(value: object, error: type) -> None:
    with pytest.raises(error, match="`x`"):
        exact_number("x", value)


def test_sequences_name_the_index() -> None:
    assert exact_vector("w", ["1", 2], positive=True) == (1, 2)
    with pytest.raises(ValueError, match=r"`w` must be positive; got -0.3 at index 2"):
        exact_vector("w", [1, 2, -0.3], positive=True)
    with pytest.raises(ValueError, match=r"`a\[1\]` must be finite"):
        exact_vector("a", [1, math.nan])
    with pytest.raises(ValueError, match="must not be empty"):
        exact_vector("a", [])
    for value in ("12", 3, {"a": 1}):
        with pytest.raises(TypeError, match="sequence"):
            exact_vector("a", value)


def test_positive() -> None:
    assert exact_positive("width", "1e-3") == sp.Rational(1, 1000)
    with pytest.raises(ValueError, match="`width` must be positive; got 0"):
        exact_positive("width", 0)


def test_an_mpmath_number_keeps_all_its_digits():
    with mpmath.workdps(60):
        value = -mpmath.mpf(1) / 3
        number = exact_number("x", value)
        assert mpmath.mpf(int(number.p)) / int(number.q) == value
    assert exact_number("x", mpmath.mpf("0.5")) == sp.Rational(1, 2)
    with pytest.raises(ValueError, match="`x` must be finite"):
        exact_number("x", mpmath.inf)


@pytest.mark.parametrize("value", [1.0, True, "1", None, np.array([1, 2]), 1j])
def test_what_is_no_integer(value: object) -> None:
    with pytest.raises(TypeError, match="`n` must be an integer"):
        exact_integer("n", value)
    assert [exact_integer("n", x) for x in (3, np.int64(3), np.array(3), sp.Integer(3))] == [3] * 4


def test_every_number_that_is_read_can_be_shown() -> None:
    for text in ("1e999", "9" * 1900 + "e999", "1e999/1e-999"):
        assert str(exact_number("x", text))
    with pytest.raises(ValueError, match="exponents up to 999"):
        exact_number("x", "1e1000")


@pytest.mark.parametrize(
    "value", [mpmath.mpf("1e400"), Decimal("1e400"), mpmath.mpf("-1e-400"), mpmath.mpf(0), np.float32(0.1)]
)
def test_numbers_beyond_float64_are_finite(value: object) -> None:
    with mpmath.workdps(30):
        exact = exact_number("x", value)
        assert abs(mpmath.mpf(exact.p) / exact.q - mpmath.mpmathify(str(value))) <= abs(exact) * 1e-7


@pytest.mark.parametrize(
    "value",
    [
        mpmath.inf,
        -mpmath.inf,
        mpmath.nan,
        Decimal("-inf"),
        Decimal("nan"),
        np.float64("nan"),
        np.longdouble("inf"),
    ],
)
def test_infinite_numbers_of_any_kind(value: object) -> None:
    with pytest.raises(ValueError, match="`x` must be finite"):
        exact_number("x", value)


@pytest.mark.parametrize("value", [Decimal("1e9999999"), Decimal("-1e-9999999"), mpmath.mpf("1e999999999")])
def test_exponents_that_would_fill_the_memory_are_refused(value: object, call_budget) -> None:  # type: ignore[no-untyped-def]
    with (
        call_budget(1000),
        pytest.raises(ValueError, match=r"`x` must have an? (binary )?exponent of at most"),
    ):
        exact_number("x", value)
    assert exact_number("x", Decimal("0e9999999")) == 0


def test_constants_that_are_real_by_structure() -> None:
    for constant in (
        sp.airyai(2),
        sp.besselj(1, 2) * sp.exp(-3),
        sp.sqrt(sp.airyai(1)),
        sp.log(sp.airyai(0) + 1),
    ):
        assert exact_number("x", constant) == constant
    for constant in (
        sp.sqrt(-sp.airyai(1)),
        sp.I * sp.airyai(1),
        sp.besselj(sp.Rational(1, 2), sp.airyai(2) - 1),
    ):
        with pytest.raises(TypeError, match="`x` must be an exact real number"):
            exact_number("x", constant)


def test_a_constant_that_sympy_does_not_tell_from_0_has_no_sign() -> None:
    """SymPy's own answer to -log(erf(7)) > 0 is False; it is 4e-23."""
    for constant in (-1 / sp.log(sp.erf(30)), sp.sqrt(2) + sp.sqrt(3) - sp.sqrt(5 + 2 * sp.sqrt(6))):
        with pytest.raises(ValueError, match="`x` must be a real constant that can be told from 0"):
            exact_positive("x", constant)
    for constant in (-sp.log(sp.erf(7)), -1 / sp.log(sp.erf(7)), sp.exp(-2000), sp.exp(-sp.exp(30))):
        assert exact_positive("x", constant) == constant


def test_what_sympy_says_of_chance_does_not_decide_whether_a_constant_is_real(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its rules for -1/log(erf(7)) answer True, False or raise, by the order in which it asks them."""

    def by_chance(self: object) -> bool:
        raise TypeError("Invalid comparison of non-real log(erf(7))")

    for kind in (sp.Mul, sp.Pow, sp.log, sp.Add):
        monkeypatch.setattr(kind, "is_real", property(by_chance))
    constant = sp.Add(1, -sp.log(sp.erf(7)), evaluate=False)
    assert exact_number("x", constant) == constant
    with pytest.raises(TypeError, match="`x` must be an exact real number"):
        exact_number("x", sp.I * sp.airyai(1))


def _hard_constants() -> list[sp.Expr]:
    """Constants of known sign about which SymPy's rules answer by chance, or not at all."""
    near = -sp.log(sp.erf(7))
    return [
        near,
        1 / near,
        sp.Mul(near, near, evaluate=False),
        sp.Add(1, near, evaluate=False),
        sp.Pow(near, sp.Rational(1, 2), evaluate=False),
        sp.exp(sp.Mul(-1, near, evaluate=False)),
        sp.airyai(2),
        sp.sqrt(2) * sp.airyai(3),
        sp.erfc(sp.airyai(1)),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_signs_do_not_depend_on_the_order_in_which_sympy_asks(seed: int) -> None:
    """Its generator of chance set to several states, with nothing remembered, must change nothing."""
    for constant in _hard_constants():
        for sign in (1, -1):
            clear_cache()
            exact._sign.cache_clear()
            sympy_random.seed(seed)
            number = sp.Mul(sign, constant, evaluate=False) if sign < 0 else constant
            assert is_real(number)
            assert is_positive("x", number) == (sign > 0), number


def test_signs_are_those_of_the_proof_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy's digits are held against balls: what they contradict, or cannot tell, is not answered."""
    number = sp.sqrt(2) - sp.sqrt(3)
    for proved, outcome in ((-1, False), (1, True), (None, False)):
        monkeypatch.setattr(exact, "_proved_sign", lambda x, proved=proved: proved)
        exact._sign.cache_clear()
        assert is_positive("x", number) is outcome
    monkeypatch.setattr(exact, "_proved_sign", lambda x: 0)
    exact._sign.cache_clear()
    with pytest.raises(ValueError, match="`x` must be a real constant that can be told from 0"):
        is_positive("x", number)
    exact._sign.cache_clear()


def test_what_is_not_real_has_no_sign() -> None:
    for constant in (sp.I, sp.sqrt(2) * sp.I, 1 + sp.I * sp.airyai(1), sp.log(-sp.airyai(1))):
        assert not is_real(constant)
        with pytest.raises(ValueError, match="`x` must be a real constant"):
            is_positive("x", constant)
    assert is_real(sp.expand((1 + sp.I) * (1 - sp.I)))


def test_a_numpy_text_is_shown_as_a_text():
    with pytest.raises(ValueError, match="got 'nan'"):
        exact.exact_number("x", np.array(["nan"])[0])
