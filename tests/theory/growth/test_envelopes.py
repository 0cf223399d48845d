"""Growth by structure: envelopes against values at high precision, verdicts on known kernels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

import mpmath as mp
import pytest
import sympy as sp
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from memcurse.theory.growth.envelopes import (
    Envelope,
    admissible,
    envelope_at_infinity,
    envelope_at_zero,
    require_real,
    require_square_integrable,
)
from memcurse.theory.growth.errors import GrowthError
from memcurse.theory.growth.outward_rounding import rounded_exp, rounded_log, rounded_power
from memcurse.theory.notation import t
from memcurse.theory.targets.parsing import parse_expression
from memcurse.theory.targets.tokens import TargetSyntaxError

ADMISSIBLE = [
    "0*t",
    "exp(-t)",
    "exp(-t) + 2*exp(-3*t)",
    "exp(-t) - exp(-2*t)",
    "exp(-(t-10)**2/2)",
    "exp(-t) + exp(-(t-100)**2/2)",
    "exp(-(t-1000)**2/2)",
    "exp(-sqrt(t))",
    "exp(-1/(4*t))/t**(3/2)",
    "exp(-t - 1/sqrt(t))/t**2",
    "exp(t)*exp(-t**2)",
    "2**(-t)",
    "exp(-pi*t)*exp(sqrt(2)*t)",
    "1/(1+t)**2",
    "1/(1+(t-20)**2)",
    "(t**2-t+1)**(-1)",
    "1/sqrt(1+t**2)",
    "(1+t)**(-3/5)",
    "1/(1+sqrt(t)+t)",
    "t/(1+t**2)",
    "t**(-1/4)*exp(-t)",
    "t**5*exp(-t/100)",
    "exp(-t**2)*(t-3)**4",
    "log(t)*exp(-t)",
    "log(1+t)**3/(1+t)",
    "log(1+1/t)*exp(-t)",
    "log(1+exp(-t))",
    "exp(-t)*log(1+exp(t))",
    "1/(1+exp(t))",
    "exp(-exp(t))",
    "exp(-sqrt(1+t**2))",
    "exp(-t+sin(t))",
    "exp(-1/t)*exp(-t)",
    "sin(t)/t",
    "sin(t)/(1+t)",
    "exp(-t)*cos(10*t)",
    "cos(1/t)*exp(-t)",
    "exp(-t)/(2+sin(t))",
    "exp(-t)/sqrt(sin(t)**2+1)",
    "exp(-t)*sqrt(1+t)",
    "sqrt(1-exp(-t))*exp(-t)",
    "1/(2-exp(-(t-10)**2))/(1+t)",
    "erfc(t)",
    "erfc(t-5)",
    "erfc(sqrt(t))",
    "exp(-t)*erfc(-t)",
    "erf(t)*exp(-t)",
    "airyai(t)",
    "airyai(t-10)",
    "airyai(2*t-3) + exp(-t)",
    "airyai(t)**(1/3)",
    "airyai(-t)*exp(-t/10)",
    "besselj(1,t)/t",
    "besselj(5,t)/(1+t)",
    "besselj(0,t)*exp(-t)",
    "(1-exp(-t))/t",
    "exp(-t)*(1-cos(t))/t**2",
    "(exp(-t)-exp(-2*t))/t",
    "exp(-t)*(t-sin(t))/t**3",
    "(1-exp(-t)*cos(t))/t",
    "(1-1/sqrt(1+t))/t",
    "exp(-t)*((1-exp(-3*t))/t)**(1/2)",
    "1-exp(-1/t)",
]

NOT_SQUARE_INTEGRABLE = [
    ("exp(t)", "grows exponentially as t grows"),
    ("t", "grows like"),
    ("1", "stays away from 0"),
    ("erf(t)", "stays away from 0"),
    ("1/sqrt(1+t)", r"no faster than t\*\*\(-1/2\)"),
    ("1/sqrt(t)", r"t\*\*\(-1/2\)"),
    ("exp(-t)/t", "as t tends to 0"),
    ("t**(-1/2)*exp(-t)", "as t tends to 0"),
    ("exp(1/t)*exp(-t)", "grows exponentially as t tends to 0"),
    ("besselj(1,sqrt(t))/t", "as t tends to 0"),
    ("(1-exp(-sqrt(t)))/t", r"t\*\*\(-1/2\) as t tends to 0"),
]
NOT_SHOWN = ["sin(t)", "besselj(0,t)", "1/log(2+t)/sqrt(1+t)"]
NOT_REAL = [
    ("1/(1-t)", "denominator"),
    ("1/(t-1)**2", "denominator"),
    ("exp(-t)/(t-pi)**2", "denominator"),
    ("exp(-t)/sin(t)", "denominator"),
    ("exp(-t)/log(t)", "denominator"),
    ("sqrt(t-1)", "base t - 1 must be nonnegative"),
    ("exp(-t)*sqrt(sin(t))", "base"),
    ("(t-1)**(-1/3)", "base"),
    ("log(t-2)", "argument"),
    ("log(sin(t))*exp(-t)", "argument"),
]


def _rational(x: sp.Rational) -> mp.mpf:
    return mp.mpf(int(x.p)) / int(x.q)


def _assert_holds(expr: sp.Expr, envelope: Envelope, points: Iterable[float]) -> None:
    """Compare values with the bound at multiples of the start."""
    f = sp.lambdify(t, expr, "mpmath")
    assert envelope.constant >= 0
    assert envelope.rate >= 0
    assert envelope.stretch > 0
    assert envelope.start > 0
    # 600 digits still see exp(-1200) beside 1; the Airy function is slow at so many.
    with mp.workdps(60 if expr.has(sp.airyai) else 600):
        for multiple in points:
            x = _rational(envelope.start) * mp.mpf(multiple)
            decay = mp.exp(-_rational(envelope.rate) * x ** _rational(envelope.stretch))
            bound = mp.mpmathify(envelope.constant.n(60)) * x ** _rational(envelope.power) * decay
            # Some bounds are attained, so the comparison allows for the last digits of both values.
            assert abs(f(x)) <= bound * (1 + mp.mpf(10) ** -45), (expr, envelope, x)


FAR = (1, 1.0001, 1.01, 1.1, 1.3, 1.7, 2, 3, 5, 10, 30)
NEAR = (1, 0.99, 0.7, 0.3, 0.1, 1e-2, 1e-4, 1e-8)


@pytest.mark.parametrize("text", ADMISSIBLE)
def test_admissible_with_envelopes(text: str, call_budget) -> None:  # type: ignore[no-untyped-def]
    expr = parse_expression(text)
    with call_budget(1_500_000):
        admissible(expr)
    for start in (sp.Rational(1, 2), sp.Integer(3), sp.Integer(40)):
        envelope = envelope_at_infinity(expr, start)
        assert envelope.start >= start
        _assert_holds(expr, envelope, FAR)
    for end in (sp.Integer(2), sp.Rational(1, 10)):
        envelope = envelope_at_zero(expr, end)
        assert envelope.start <= end
        assert envelope.rate == 0
        _assert_holds(expr, envelope, NEAR)


@pytest.mark.parametrize("text", ADMISSIBLE[1:])
def test_tail_falls_below_any_error(text: str) -> None:
    """The squared tail, in closed form from the envelope, goes to zero as the start is raised."""
    expr = parse_expression(text)
    start = sp.Integer(10)
    for _ in range(60):
        envelope = envelope_at_infinity(expr, start)
        if _squared_tail(envelope) < mp.mpf(10) ** -3:
            return
        start *= 16
    pytest.fail(f"the tail of {text} stays above 1e-3")


def _squared_tail(envelope: Envelope) -> mp.mpf:
    c, p = mp.mpmathify(envelope.constant.n(30)), 2 * _rational(envelope.power)
    s, q, r = _rational(envelope.start), 2 * _rational(envelope.rate), _rational(envelope.stretch)
    if q == 0:
        return c**2 * s ** (p + 1) / (-p - 1) if p < -1 else mp.inf
    # Substituting v = q t**r turns the tail into an incomplete gamma function.
    return c**2 * mp.gammainc((p + 1) / r, q * s**r) / (r * q ** ((p + 1) / r))


@pytest.mark.parametrize(("text", "reason"), NOT_SQUARE_INTEGRABLE)
def test_refuses_with_a_lower_bound(text: str, reason: str) -> None:
    require_real(parse_expression(text))
    with pytest.raises(GrowthError, match=f"is not square-integrable.*{reason}"):
        require_square_integrable(parse_expression(text))


@pytest.mark.parametrize("text", NOT_SHOWN)
def test_refuses_without_a_proof(text: str) -> None:
    with pytest.raises(GrowthError, match="cannot be shown to be square-integrable"):
        admissible(parse_expression(text))


@pytest.mark.parametrize(("text", "role"), NOT_REAL)
def test_refuses_what_may_leave_the_reals(text: str, role: str) -> None:
    with pytest.raises(GrowthError, match=role):
        require_real(parse_expression(text))


def test_refuses_other_symbols_and_functions() -> None:
    with pytest.raises(GrowthError, match="depends on t alone; got x"):
        require_real(sp.Symbol("x") * t)
    with pytest.raises(GrowthError, match="not a function of the grammar"):
        require_real(sp.tan(t))
    with pytest.raises(ValueError, match="must be positive; got -1"):
        envelope_at_infinity(sp.exp(-t), sp.Integer(-1))


@pytest.mark.parametrize("text", ["exp(t)", "exp(exp(t))", "2**t"])
def test_growth_without_envelope(text: str) -> None:
    with pytest.raises(GrowthError, match="grow"):
        envelope_at_infinity(parse_expression(text), sp.Integer(1))


def test_envelopes_become_sharp() -> None:
    bump = envelope_at_infinity(parse_expression("exp(-(t-10)**2/2)"), sp.Integer(10**6))
    assert bump.constant == sp.exp(-50)
    assert bump.stretch == 2
    assert sp.Rational(1, 2) - bump.rate == sp.Rational(1, 10**5)
    rational = envelope_at_infinity(parse_expression("1/(1+(t-20)**2)"), sp.Integer(10**6))
    assert rational.power == -2
    assert 1 < rational.constant < sp.Rational(10001, 10000)


_kernels = st.recursive(
    st.sampled_from(
        [
            "t",
            "sqrt(t)",
            "(t-3)",
            "exp(-t)",
            "exp(-t/7)",
            "(1-exp(-t))",
            "(1-cos(t))",
            "exp(-(t-4)**2)",
            "exp(-sqrt(t))",
            "(1+t)**(-2/3)",
            "(1+t**2)**(-1)",
            "sin(t)",
            "cos(2*t)",
            "erf(t)",
            "erfc(t-2)",
            "airyai(t-2)",
            "besselj(2,t)",
            "log(1+t)",
            "log(t)",
            "3/2",
            "t**(-1/4)",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
        inner.map(lambda p: f"exp(-({p})^2)"),
        inner.map(lambda p: f"exp(-({p}))"),
        inner.map(lambda p: f"1/(1+({p})^2)"),
        inner.map(lambda p: f"sqrt(1+({p})^2)"),
        inner.map(lambda p: f"erfc({p})"),
        inner.map(lambda p: f"sin({p})"),
        inner.map(lambda p: f"airyai({p})"),
        inner.map(lambda p: f"besselj(1,{p})"),
        inner.map(lambda p: f"log(2+({p})^2)"),
    ),
    max_leaves=4,
)


@settings(max_examples=40, deadline=None)
@given(_kernels, st.sampled_from([sp.Rational(1, 2), sp.Integer(2), sp.Integer(9)]))
def test_generated_envelopes_hold(call_budget, text: str, start: sp.Rational) -> None:  # type: ignore[no-untyped-def]
    try:
        with call_budget(4_000_000):
            expr = parse_expression(text)
            require_real(expr)
            far, near = envelope_at_infinity(expr, start), envelope_at_zero(expr, 1 / start)
    except (TargetSyntaxError, GrowthError):
        return
    if far.start < 1000:
        _assert_holds(expr, far, FAR[:8])
    _assert_holds(expr, near, NEAR[:5])


REFUSAL = "|".join(
    [
        r"is not square-integrable: it .+ as t (grows|tends to 0)$",
        r"cannot be shown to be square-integrable as t (grows|tends to 0)$",
        r"is not shown to be real and finite for t > 0: .+ must be",
        r"no bound of .+ can be shown (for large t|near t = 0)",
        r"cannot be told from zero|no rule bounds|grows faster than every power",
    ]
)


def _refusal(expr: sp.Expr) -> str | None:
    try:
        admissible(expr)
    except GrowthError as refusal:
        return str(refusal)
    return None


@settings(max_examples=30, deadline=None)
@given(_kernels)
def test_every_generated_expression_is_decided(text: str) -> None:
    """What is accepted is real at points and decays at both ends; what is not is refused in words that say why."""
    try:
        expr = parse_expression(text)
    except TargetSyntaxError:
        reject()
    refusal = _refusal(expr)
    if refusal is not None:
        assert re.search(REFUSAL, refusal), refusal
        return
    far, near = envelope_at_infinity(expr, sp.Integer(2**64)), envelope_at_zero(expr, sp.Rational(1, 2**64))
    assert far.constant == 0 or far.rate > 0 or far.power < -sp.Rational(1, 2)
    assert near.power > -sp.Rational(1, 2)
    f = sp.lambdify(t, expr, "mpmath")
    with mp.workdps(60):
        for x in (mp.mpf("0.01"), mp.mpf("0.7"), mp.mpf(2), mp.mpf("6.5")):
            value = mp.mpmathify(f(x))
            assert value.imag == 0, (expr, x)
            assert mp.isfinite(value), (expr, x)


#: Why each is refused, or None.
LARGE = {
    "+".join(f"{k}*exp(-{k}*t)" for k in range(1, 50)): None,
    "exp(-(1+t+t**2)**32)": None,
    "1/((t-1/3)**32*(t-1/7)**32+1/7)": None,
    "1/(1+((t-1)*(t-2)*(t-3)*(t-4)*(t-5)*(t-6)*(t-7)*(t-8)*(t-9)*(t-10)*(t-11)*(t-12))**4)": None,
    # Its polynomial has zeros on the half line.
    "1/(1" + "".join(f"{'+-'[k % 2]}{7**35 * k}*t**{k}" for k in range(1, 38)) + "+t**64)": "must be nonzero",
    "*".join(f"(1+t/{k})" for k in range(1, 60)) + "*exp(-t)": None,
    "exp(-t)+exp(-t/2+1e20*sqrt(t))": None,
    "besselj(3,exp(2**(7/3)*t))": None,
    "exp(-((pi+1e20)-t)**2)*(2+exp(exp(airyai(t))-t))": None,
    "erf(t+2)*2**sqrt(1+(t+1e20-pi)**2)": "it grows exponentially as t grows",
    "exp(-(1/((1e20**8)/exp(-t**2)+t))**8)": "it stays away from 0 as t grows",
}


@pytest.mark.parametrize(("text", "reason"), LARGE.items(), ids=lambda text: str(text)[:24])
def test_large_expressions_are_decided_in_few_calls(text: str, reason: str | None, call_budget) -> None:  # type: ignore[no-untyped-def]
    expr = parse_expression(text)
    start = sp.Integer(3)
    with call_budget(4_000_000):
        if reason is None:
            admissible(expr)
        else:
            with pytest.raises(GrowthError, match=reason):
                admissible(expr)
        _assert_holds(expr, envelope_at_zero(expr, start), NEAR[:4])
        if reason == "it grows exponentially as t grows":
            with pytest.raises(GrowthError, match="its bound grows exponentially"):
                envelope_at_infinity(expr, start)
        else:
            _assert_holds(expr, envelope_at_infinity(expr, start), FAR[:4])


def test_the_polynomial_that_is_refused_vanishes() -> None:
    """Beside the refusal a second route: the denominator changes its sign on the half line."""
    text = next(text for text, reason in LARGE.items() if reason == "must be nonzero")
    denominator = sp.denom(sp.together(parse_expression(text)))
    assert denominator.subs(t, 0) == 1
    assert denominator.subs(t, sp.Rational(1, 2)) < 0


def test_large_factors_of_logarithms_are_refused() -> None:
    with pytest.raises(TargetSyntaxError, match="size and denominator at most 10000"):
        parse_expression("exp(-1/(1+(1e20*log(1e20)+sin(t))**2))")


@given(st.fractions(min_value="1/1000000", max_value=1500), st.fractions(-20, 20, max_denominator=12))
def test_rounded_functions_enclose(x: Fraction, e: Fraction) -> None:
    """The three functions below every bound, against mpmath at three times their precision."""
    with mp.workdps(90):
        value = mp.mpf(x.numerator) / x.denominator
        power = mp.mpf(e.numerator) / e.denominator
        pairs = [
            (rounded_exp(x, False), mp.exp(value), rounded_exp(x, True)),
            (rounded_exp(-x, False), mp.exp(-value), rounded_exp(-x, True)),
            (rounded_log(x, False), mp.log(value), rounded_log(x, True)),
            (rounded_power(x, e, False), value**power, rounded_power(x, e, True)),
        ]
        for low, exact, high in pairs:
            slack = abs(exact) * mp.mpf(10) ** -80
            assert mp.mpf(low.numerator) / low.denominator <= exact + slack
            assert mp.mpf(high.numerator) / high.denominator >= exact - slack
            assert high - low <= abs(high) / 10**20 + Fraction(1, 10**30)
