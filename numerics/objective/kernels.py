r"""Compiled float64 loss, gradient and Hessian of the objective.

A target is packed once into one flat array of parameters (`pack`), so that every kernel takes a handful of plain
arrays: exponentials, damped oscillations and Gaussian bumps by their closed forms, anything else by a piecewise
Chebyshev model of ``L_0, L_1, L_2`` in ``log w`` (`moment_model`).

Gaussian bump, with ``nu = T/s - w s`` and ``I_k(nu) = int_0^oo x^k e^{-x^2/2 + nu x} dx``: the moment is
``L_k = c_0 e^{-T^2/(2 s^2)} s^{k+1} I_k(nu)``. For ``nu <= 0`` (the bump's mass sits at t = 0) the usual recurrence
in k cancels, so ``I_0, I_1, I_2`` come from a table of polynomials in ``y = 3/(3 - nu)``; for ``nu > 0`` all terms of
the recurrence are positive and the exponentials are joined before they can overflow.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import DIGITS_HOLD, FloatRangeError, constant_float
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.chebyshev import PiecewiseModel, interpolate, piecewise_model
from memcurse.numerics.arithmetic.compiled import uncounted
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.assembly import float_squared_norm
from memcurse.numerics.objective.fixed_quadrature import FixedQuadrature
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.oscillations import DampedOscillations, Oscillation
from memcurse.theory.targets.target import ExponentialSum, Target

Array = NDArray[np.float64]

#: Rates for which a kernel without a closed form is modelled: 2^-28 to 2^28, a little more than 1e-8 to 1e8.
MODEL_RATES = (2.0**-28, 2.0**28)
_TABLE_PIECES, _TABLE_TERMS, _TABLE_SCALE = 32, 11, 3.0

#: Precisions tried in turn for moments in balls; the last covers any closed form that the parser accepts.
_MODEL_BITS = (90, 200, 400, 800, 1600, 6400)
#: A model that measures worse than this, relative, is refused.
_MODEL_ERROR = 1e-12

# Layout of the packed parameters. SIZE: the squared sum of the norms of the target's parts. UNIT: the share of the
# terms below which a loss has too few digits.
_N_EXPONENTIALS, _N_WAVES, _N_BUMPS, _N_MODELS, _TABLE, NORM, SIZE, UNIT, _HEADER = 0, 1, 2, 3, 4, 5, 6, 7, 8
_EXPONENTIAL_SIZE, _WAVE_SIZE, _BUMP_SIZE, _MODEL_SIZE = 3, 6, 4, 6
#: Relative errors of a bump's moments and of a rounding, and what a loss may lose to cancellation: five digits stay.
_BUMP_ERROR, _ROUNDING, _LOSABLE = 1e-13, 2.0**-52, 2.0**17
#: Below this a moment has lost digits to underflow; a result as small as this that involves it is not trusted.
UNDERFLOW = 1e-290


@functools.cache
def bump_table() -> Array:
    """Coefficients of ``(x+3)^{k+1} I_k(-x)``, k = 0, 1, 2, on 32 equal pieces in ``y = 3/(3+x)``; x = -nu >= 0.

    Notes
    -----
    Rigour: interpolated in balls; truncation below 1e-17 relative, so what remains is float64 rounding.
    """
    rows = []
    with ball_precision(240):
        for piece in range(_TABLE_PIECES):
            a, b = arb(piece) / _TABLE_PIECES, arb(piece + 1) / _TABLE_PIECES
            rows.append(interpolate(_scaled_half_gaussian, a, b, _TABLE_TERMS)[0])
    return np.array(rows)


def _scaled_half_gaussian(y: arb) -> list[arb]:
    with ball_precision(400):
        x = _TABLE_SCALE * (1 - y) / y
        zero = (arb.pi() / 2).sqrt() * (x * x / 2).exp() * (x / arb(2).sqrt()).erfc()
        first = 1 - x * zero
        second = zero - x * first
        return [value * (x + _TABLE_SCALE) ** (k + 1) for k, value in enumerate((zero, first, second))]


@functools.lru_cache(maxsize=64)
def moment_model(target: Target) -> PiecewiseModel:
    """Model of ``L_0, L_1, L_2`` in ``log w`` over `MODEL_RATES`, with its measured error.

    Samples come from the closed form in balls where there is one, else from one quadrature rule for all rates.

    Raises
    ------
    FloatRangeError
        If no model reaches `_MODEL_ERROR`.
    """
    expressions = [target.moment(k, rate_symbol) for k in range(3)]
    in_balls = lower(expressions, (rate_symbol,), "ball")
    lower_end, upper_end = (math.log(rate) for rate in MODEL_RATES)

    def exact(x: arb) -> list[arb]:
        # Closed forms cancel by a power of the rate that grows with the kernel's own exponent.
        for bits in _MODEL_BITS:
            with ball_precision(bits):
                values = list(in_balls(x.exp()))
            if all(value.rel_accuracy_bits() >= 70 for value in values):
                break
        return values

    if any(e.has(sp.Integral) for e in expressions):
        rule = FixedQuadrature(target.expression, *MODEL_RATES)
        model = piecewise_model(
            lambda x: rule.moments(x.exp()),
            lower_end,
            upper_end,
            exact,
            terms=lambda x: rule.terms(math.exp(x)),
        )
    else:
        model = piecewise_model(exact, lower_end, upper_end)
    if len(model.breaks) == 1:
        raise FloatRangeError(
            f"`target` must have moments that float64 can hold; got {target.expression}; {DIGITS_HOLD}"
        )
    if model.error > _MODEL_ERROR:
        raise FloatRangeError(
            f"`target` must have moments that a float64 model holds to {_MODEL_ERROR}; "
            f"got an error of {model.error:.1e} for {target.expression}; {DIGITS_HOLD}"
        )
    return model


def pack(target: Target, squared_norm: float) -> tuple[Array, float]:
    """The target as one flat array for the kernels, and the largest measured error of its models (0 without)."""
    parts = [(part.undelayed, constant_float("delay", part.lag)) for part in target.parts()]
    exponentials, waves, bumps, models = [], [], [], []
    size = 0.0
    for part, lag in parts:
        if isinstance(part, ExponentialSum):
            pairs = zip(part.a, part.w, strict=True)
            terms = [(constant_float("a", a), constant_float("w", w), lag) for a, w in pairs]
            size += sum(abs(a) / math.sqrt(2.0 * w) for a, w, _ in terms)
            exponentials += terms
        elif isinstance(part, DampedOscillations):
            waves += [(*_wave(x), lag) for x in part.terms]
            size += math.sqrt(float_squared_norm(part))
        elif isinstance(part, GaussianBump):
            T, s = constant_float("delay", part.delay), constant_float("width", part.width)
            bumps.append(
                (constant_float("amplitude", part.amplitude), T, s, math.exp(-0.5 * (T / s) * (T / s)))
            )
            size += abs(bumps[-1][0]) * math.sqrt(s * math.sqrt(math.pi))
        else:
            models.append((moment_model(part), lag))
            size += math.sqrt(squared_norm if len(parts) == 1 else float_squared_norm(part))
    table = bump_table().ravel() if bumps else np.empty(0)
    start = _HEADER + _EXPONENTIAL_SIZE * len(exponentials) + _WAVE_SIZE * len(waves)
    start += _BUMP_SIZE * len(bumps) + _MODEL_SIZE * len(models)
    error = max((model.error for model, _ in models), default=0.0)
    unit = _LOSABLE * max(_ROUNDING, error, _BUMP_ERROR if bumps else 0.0)
    counts = [len(x) for x in (exponentials, waves, bumps, models)]
    header = [*counts, start, squared_norm, size * size, unit]
    records, tail, end = [], [table], start + len(table)
    for model, lag in models:
        at_breaks, at_coefficients = end, end + len(model.breaks)
        records += [lag, len(model.breaks) - 1, model.coefficients.shape[2], at_breaks, at_coefficients]
        records += [float(model.truncated)]
        tail += [model.breaks, model.coefficients.ravel()]
        end = at_coefficients + model.coefficients.size
    flat = [np.ravel(np.array(x, dtype=float)) for x in (header, exponentials, waves, bumps, records)]
    return np.concatenate([*flat, *tail]), error


def _wave(x: Oscillation) -> tuple[float, ...]:
    amplitudes = (constant_float("cosine", x.cosine), constant_float("sine", x.sine))
    return x.power, constant_float("rate", x.rate), constant_float("frequency", x.frequency), *amplitudes


@uncounted
def _wave_moments(w: float, p: Any, at: int) -> tuple[float, float, float]:
    """Real parts of ``c (n+k)! / (w + s - i f)^(n+k+1)``, ``c = cosine - i sine``."""
    n, real, f = int(p[at]), w + p[at + 1], p[at + 2]
    d = 1.0 / (real * real + f * f)
    r = complex(real * d, f * d)
    l0 = complex(p[at + 3], -p[at + 4]) * r
    for k in range(1, n + 1):
        l0 *= k * r
    l1 = (n + 1) * l0 * r
    l2 = (n + 2) * l1 * r
    return l0.real, l1.real, l2.real


@uncounted
def _half_gaussian(x: float, p: Any, table: int) -> tuple[float, float, float]:
    """``I_0, I_1, I_2`` at ``nu = -x <= 0``."""
    r = 1.0 / (x + _TABLE_SCALE)
    scaled = r * (_TABLE_SCALE * _TABLE_PIECES)
    piece = min(int(scaled), _TABLE_PIECES - 1)
    u = 2.0 * (scaled - piece) - 1.0
    at = table + piece * 3 * _TABLE_TERMS
    f0, f1, f2 = 0.0, 0.0, 0.0
    for i in range(_TABLE_TERMS - 1, -1, -1):
        f0 = f0 * u + p[at + i]
        f1 = f1 * u + p[at + _TABLE_TERMS + i]
        f2 = f2 * u + p[at + 2 * _TABLE_TERMS + i]
    return f0 * r, f1 * r * r, f2 * r * r * r


@uncounted
def _half_gaussian_mass(x: float, p: Any, table: int) -> float:
    """``I_0`` alone at ``nu = -x <= 0``; even and odd powers in two chains that run side by side."""
    r = 1.0 / (x + _TABLE_SCALE)
    scaled = r * (_TABLE_SCALE * _TABLE_PIECES)
    piece = min(int(scaled), _TABLE_PIECES - 1)
    u = 2.0 * (scaled - piece) - 1.0
    at = table + piece * 3 * _TABLE_TERMS
    square, even, odd = u * u, p[at + _TABLE_TERMS - 1], 0.0
    for i in range(_TABLE_TERMS - 3, -1, -2):
        even = even * square + p[at + i]
        odd = odd * square + p[at + i + 1]
    return (even + u * odd) * r


@uncounted
def _bump_moments(w: float, p: Any, at: int) -> tuple[float, float, float]:
    c, T, s, edge = p[at], p[at + 1], p[at + 2], p[at + 3]
    nu = T / s - w * s
    table = int(p[_TABLE])
    if nu <= 0.0:
        i0, i1, i2 = _half_gaussian(-nu, p, table)
        scale = c * edge * s
        return scale * i0, scale * s * i1, scale * s * s * i2
    # 2.5066... = sqrt(2 pi): the whole Gaussian, less what lies before t = 0.
    l0 = s * 2.5066282746310002 * math.exp(w * (0.5 * w * s * s - T))
    if nu < 9.0:
        l0 -= edge * s * _half_gaussian_mass(nu, p, table)
    mu = nu * s
    l1 = mu * l0 + s * s * edge
    l2 = mu * l1 + s * s * l0
    return c * l0, c * l1, c * l2


@uncounted
def _model_moments(w: float, p: Any, at: int) -> tuple[float, float, float]:
    pieces, terms = int(p[at + 1]), int(p[at + 2])
    breaks, coefficients = int(p[at + 3]), int(p[at + 4])
    x = math.log(w)
    if x < p[breaks] or x > p[breaks + pieces]:
        # Past the end of a truncated model every moment underflows; elsewhere nothing is known.
        return (0.0, 0.0, 0.0) if p[at + 5] == 1.0 and x > p[breaks] else (math.nan, math.nan, math.nan)
    low, high = 0, pieces - 1
    while low < high:
        middle = (low + high + 1) // 2
        if x >= p[breaks + middle]:
            low = middle
        else:
            high = middle - 1
    a, b = p[breaks + low], p[breaks + low + 1]
    u = ((x - a) - (b - x)) / (b - a)
    start = coefficients + low * 3 * terms
    f0, f1, f2 = 0.0, 0.0, 0.0
    for i in range(terms - 1, -1, -1):
        f0 = f0 * u + p[start + i]
        f1 = f1 * u + p[start + terms + i]
        f2 = f2 * u + p[start + 2 * terms + i]
    return f0, f1, f2


@uncounted
def _late(w: float, lag: float, l0: float, l1: float, l2: float) -> tuple[float, float, float]:
    """Moments of the kernel a time `lag` later."""
    if lag == 0.0:
        return l0, l1, l2
    decay = math.exp(-w * lag)
    return decay * l0, decay * (l1 + lag * l0), decay * (l2 + 2.0 * lag * l1 + lag * lag * l0)


@uncounted
def moments(w: float, p: Any) -> tuple[float, float, float, bool]:
    """``L_0, L_1, L_2`` of the packed target at the rate `w`, and whether a part of them underflowed."""
    s0, s1, s2, underflow = 0.0, 0.0, 0.0, False
    at = _HEADER
    for _ in range(int(p[_N_EXPONENTIALS])):
        r = 1.0 / (w + p[at + 1])
        l0 = p[at] * r
        l0, l1, l2 = _late(w, p[at + 2], l0, l0 * r, 2.0 * l0 * r * r)
        s0, s1, s2 = s0 + l0, s1 + l1, s2 + l2
        underflow |= p[at] != 0.0 and min(abs(l0), abs(l1), abs(l2)) < UNDERFLOW
        at += _EXPONENTIAL_SIZE
    for _ in range(int(p[_N_WAVES])):
        l0, l1, l2 = _wave_moments(w, p, at)
        l0, l1, l2 = _late(w, p[at + 5], l0, l1, l2)
        s0, s1, s2 = s0 + l0, s1 + l1, s2 + l2
        # A wave's moment may pass through 0: only all three together tell.
        underflow |= max(abs(l0), abs(l1), abs(l2)) < UNDERFLOW
        at += _WAVE_SIZE
    for _ in range(int(p[_N_BUMPS])):
        l0, l1, l2 = _bump_moments(w, p, at)
        s0, s1, s2 = s0 + l0, s1 + l1, s2 + l2
        underflow |= p[at] != 0.0 and min(abs(l0), abs(l1), abs(l2)) < UNDERFLOW
        at += _BUMP_SIZE
    for _ in range(int(p[_N_MODELS])):
        l0, l1, l2 = _model_moments(w, p, at)
        l0, l1, l2 = _late(w, p[at], l0, l1, l2)
        s0, s1, s2 = s0 + l0, s1 + l1, s2 + l2
        underflow |= max(abs(l0), abs(l1), abs(l2)) < UNDERFLOW
        at += _MODEL_SIZE
    return s0, s1, s2, underflow


@uncounted
def evaluate(a: Any, w: Any, p: Any, gradient: Any, hessian: Any, order: int) -> float:
    """Loss; fills `gradient` (2m,) for order >= 1 and `hessian` (2m, 2m) for order 2. nan for a bad input or result.

    A residual moment that is tiny and holds an underflowed part has no correct digit, which counts as bad.
    """
    m = a.shape[0]
    # Stays 0 until something is infinite or nan.
    quadratic, linear, bad, spoilt = 0.0, 0.0, False, 0.0
    for k in range(m):
        ak, wk = a[k], w[k]
        if not (wk > 0.0 and wk < math.inf):
            return math.nan
        l0, l1, l2, underflow = moments(wk, p)
        s0, s1, s2 = 0.0, 0.0, 0.0
        for j in range(m):
            r = 1.0 / (wk + w[j])
            t0 = a[j] * r
            t1 = t0 * r
            t2 = 2.0 * t1 * r
            s0 += t0
            s1 += t1
            s2 += t2
            if order == 2:
                hessian[k, j] = 2.0 * r
                hessian[k, m + j] = -2.0 * t1
                hessian[m + j, k] = -2.0 * t1
                hessian[m + k, m + j] = 2.0 * ak * t2
                spoilt += hessian[m + k, m + j] * 0.0
        quadratic += ak * s0
        linear += ak * l0
        r0, r1, r2 = s0 - l0, s1 - l1, s2 - l2
        if order >= 1:
            gradient[k] = 2.0 * r0
            gradient[m + k] = -2.0 * ak * r1
            bad |= underflow and min(abs(r0), abs(r1)) < UNDERFLOW
        if order == 2:
            hessian[k, m + k] -= 2.0 * r1
            hessian[m + k, k] -= 2.0 * r1
            hessian[m + k, m + k] += 2.0 * ak * r2
            bad |= underflow and abs(r2) < UNDERFLOW
            spoilt += (hessian[k, m + k] + hessian[m + k, m + k]) * 0.0
    loss = quadratic - 2.0 * linear + p[NORM]
    return math.nan if bad or spoilt + loss * 0.0 != 0.0 else loss
