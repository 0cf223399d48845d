"""Bounds of section 4 on whole regions: exponents 1/40 to 1, errors over decades, every time and delay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sympy as sp

from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Every, ForAll, Identities
from memcurse.theory.approximation import trapezoid, truncation, witnesses
from memcurse.theory.approximation.jackson import rate_constant
from memcurse.theory.notation import t

exponent: Final = sp.Symbol("omega", positive=True)
error: Final = sp.Symbol("epsilon", positive=True)
delay: Final = sp.Symbol("T", positive=True)
#: Stands for ``Gamma(1 + omega)``, between its least value and 1.
_gamma: Final = sp.Symbol("Gamma", positive=True)
#: Time before T, and ``t/T - 1`` behind it.
_early: Final = sp.Symbol("t", nonnegative=True)
_late: Final = sp.Symbol("v", nonnegative=True)

EXPONENTS: Final = (sp.Rational(1, 40), sp.Integer(1))
ERRORS: Final = (sp.Rational(1, 1000), sp.Integer(1))
_GAMMAS: Final = (sp.Rational(885, 1000), sp.Integer(1))
_DELAYS: Final = (sp.Integer(1), sp.oo)


def terms_of_the_rule(constant: sp.Expr = trapezoid.BOUND_CONSTANT, power: int = 2) -> Finding:
    """``3 + (X + Y)/h``, the most terms that the rule of the proof has, below ``3 + ln(22/(omega eps))^2/(pi omega)``.

    ``Gamma(1 + omega)`` is replaced by a variable over all of its values; ``e^Y > 1``, so that Y is its logarithm.
    """
    gammas = {sp.gamma(1 + exponent): _gamma}
    step = trapezoid.trapezoid_step(exponent, error)
    reach = -trapezoid.slow_end(exponent, error).subs(gammas)
    fastest = trapezoid.fast_end_rate(exponent, error).subs(gammas)
    claimed = 3 + sp.log(constant / (exponent * error)) ** power / (sp.pi * exponent)
    box = {exponent: EXPONENTS, error: ERRORS, _gamma: _GAMMAS}
    omegas, errors = {exponent: EXPONENTS}, {error: ERRORS, _gamma: _GAMMAS}
    parts = (
        ForAll("Gamma(1 + omega) > 0.885", _GAMMAS[0], sp.gamma(1 + exponent), omegas),
        ForAll("Gamma(1 + omega) <= 1", sp.gamma(1 + exponent), _GAMMAS[1], omegas, strict=False),
        ForAll("e^Y > 1", sp.S.One, fastest, errors),
        ForAll("3 + (X + Y)/h", 3 + (reach + sp.log(fastest)) / step, claimed, box),
    )
    return Every("terms of the rule against the bound, on a region", parts)


def far_below_truncation(orders: Sequence[int], factor: sp.Expr = sp.S.One, reverse: bool = False) -> Finding:
    """The logarithm of the bound, times a factor, against that of (16)."""
    parts = []
    for alpha in orders:
        M = truncation.derivative_bound(exponent, alpha, alpha)
        log_bound = truncation.log_width_bound(exponent, error, sp.Integer(alpha), rate_constant(alpha) * M)
        pair = [sp.log(factor * trapezoid.width_bound(exponent, error)), log_bound]
        smaller, larger = reversed(pair) if reverse else pair
        box = {exponent: EXPONENTS, error: ERRORS}
        parts.append(ForAll(f"ln m against (16), alpha = {alpha}", smaller, larger, box))
    return Every("the bound lies below (16), on a region", tuple(parts))


def tail_below(share: sp.Expr = sp.S.One) -> Finding:
    """Tail of the power law over ``T^-omega/omega``: at most 1 (the limit for long delays)."""
    ratio = (delay / (1 + delay)) ** exponent
    tail = truncation.kernel_tail(exponent, delay) / truncation.truncation_bound(exponent, delay)
    box = {exponent: EXPONENTS, delay: _DELAYS}
    # (T/(1+T))^omega with one T, so that intervals see its limit.
    limit = (1 - 1 / (1 + delay)) ** exponent
    return Every(
        "tail <= T^-omega/omega, on a region",
        (
            Identities("tail over its bound", ((sp.log(tail / ratio), sp.S.Zero), (ratio, limit))),
            ForAll("tail over its bound", limit, share, box, strict=False),
        ),
    )


def derivatives_below(alphas: Sequence[int], share: sp.Expr = sp.S.One) -> Finding:
    """``|rho_T^(n)| <= M_n`` for n <= alpha, before T and behind it, for T >= 1."""
    parts: list[Finding] = []
    for alpha in alphas:
        for n in range(alpha + 1):
            most = share * truncation.derivative_bound(exponent, alpha, n)
            early = sp.rf(1 + exponent, n) * (1 + _early) ** (-(1 + exponent + n))
            box = {exponent: EXPONENTS, _early: (sp.Integer(0), sp.oo)}
            parts.append(ForAll(f"alpha = {alpha}, n = {n}, before T", early, most, box, strict=False))
            late = _late_derivative(alpha, n)
            for sign in (1, -1):
                box = {exponent: EXPONENTS, delay: _DELAYS, _late: (sp.Integer(0), sp.Integer(1))}
                name = f"alpha = {alpha}, n = {n}, behind T, sign {sign}"
                parts.append(ForAll(name, sign * late, most, box, strict=False))
    return Every("derivatives of the truncated kernel, on a region", tuple(parts))


def leibniz(alphas: Sequence[int]) -> Finding:
    """The derivatives as they are bounded are those of the kernels, for all parameters."""
    pairs = []
    for alpha in alphas:
        for n in range(alpha + 1):
            direct = sp.diff(truncation.truncated_kernel(exponent, delay, alpha), t, n)
            pairs.append((_late_derivative(alpha, n), direct.subs(t, delay * (1 + _late))))
            sign = (-1) ** n
            early = sign * sp.rf(1 + exponent, n) * (1 + t) ** (-(1 + exponent + n))
            pairs.append((early, sp.diff(truncation.kernel_derivative(exponent, 0), t, n)))
    return Identities("derivatives of the truncated kernel", tuple(pairs))


def waves_below(alphas: Sequence[int], factor: sp.Expr = sp.S.One, power: int = 0) -> Finding:
    """``e^(-t) sin(nu t)`` refutes no rate: its floor, ``factor m^power`` times, lies below ``C gamma/(m+1)^alpha``.

    For frequencies and widths over six decades; m is taken real, so that every integer is among them.
    """
    nu: Any = sp.Symbol("nu", positive=True)
    m: Any = sp.Symbol("m", positive=True)
    beta, sides = sp.Rational(15, 16), {nu: (sp.Integer(1), 10**6), m: (sp.Integer(1), 10**6)}
    parts = []
    for alpha in alphas:
        # What is bounded on both sides: the floor over gamma/(m + 1)^alpha.
        size = witnesses.wave_gamma(nu, alpha, beta) / (m + 1) ** alpha
        floor = factor * (m + 1) ** power * witnesses.wave_floor(nu, m)
        parts.append(ForAll(f"alpha = {alpha}", floor / size, rate_constant(alpha), sides, budget=5000))
    return Every("waves and the rate, on a region", tuple(parts))


def one_exponential_is_far(tenths: int = 3) -> Finding:
    """``e_* > tenths/10`` for `t e^-t` and one exponential: the ratio of the canonical points lies in [4, 9/2].

    The equation for the ratio is negative before and positive behind, as far as it is decided here; it increases.
    """
    r = sp.Symbol("r", positive=True)
    equation = witnesses.canonical_equation(r)
    parts = (
        ForAll("before the root", equation, 0, {r: (sp.Rational(11, 10), sp.Integer(4))}),
        ForAll("behind the root", 0, equation, {r: (sp.Rational(9, 2), sp.Integer(100))}),
        ForAll(
            "e_* at the root",
            sp.Rational(tenths, 10),
            witnesses.single_error(r),
            {r: (sp.Integer(4), sp.Rational(9, 2))},
        ),
    )
    return Every("one exponential stays away from t e^-t", parts)


def witness_weights(share: sp.Expr = sp.S.One) -> Finding:
    """``|t - j| e^(-t/2) <= j`` for orders j from 1 on and times up to 200: gamma of the witness, for every alpha."""
    time, j = sp.symbols("t j", nonnegative=True)
    box = {time: (sp.Integer(0), sp.Integer(200)), j: (sp.Integer(1), sp.Integer(100))}
    parts = [
        ForAll(f"sign {sign}", sign * (time - j) * sp.exp(-time / 2), share * j, box, strict=False)
        for sign in (1, -1)
    ]
    return Every("derivatives of t e^-t against their weight", tuple(parts))


def _late_derivative(alpha: int, n: int) -> sp.Expr:
    """The n-th derivative at ``T(1 + v)``, by Leibniz' rule: no T above a fraction line, so that it has limits."""
    step = truncation.smooth_step(alpha, _late)
    terms = (
        sp.binomial(n, j)
        * (-1) ** (n - j)
        * sp.rf(1 + exponent, n - j)
        * (1 + delay * (1 + _late)) ** (-(1 + exponent + n - j))
        * sp.factor(sp.diff(step, _late, j))
        / delay**j
        for j in range(n + 1)
    )
    return sp.Add(*terms)
