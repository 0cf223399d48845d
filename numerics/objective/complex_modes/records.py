r"""Targets as records for compiled code: exponentials and geometric sequences with complex rates and poles.

A power law is a mixture of exponentials with positive weights,

.. math:: (1 + t)^{-p} = \frac{1}{\Gamma(p)} \int_{-\infty}^\infty e^{p x - s}\, e^{-s t}\,dx, \qquad s = e^x,

and so are its samples of geometric sequences. Under the integral its moments have their poles at
``Im x = +-(pi - |arg z|)``, at least pi/2 away for every stable mode, and those of samples at
``arg(log z + 2 pi i k)``, likewise. The trapezoidal rule of step h is therefore good to about ``exp(-pi^2/h)``: 3e-20
for h = 0.22.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball, constant_float
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.long_memory import FractionalSequence, PowerSequence
from memcurse.theory.targets.oscillations import DampedOscillations
from memcurse.theory.targets.sequences import GeometricSum, SampledTarget, TargetSequence
from memcurse.theory.targets.target import ExponentialSum, Target

from .arguments import rounded
from .compiled_moments import FRACTIONAL, GEOMETRIC

Record = tuple[complex, complex, complex, complex]
Array = NDArray[np.float64]

#: Step of the trapezoidal rule in x, and the exponents beyond which its terms are below 1e-17 of any moment.
_STEP, _TOP, _NEGLIGIBLE = 0.22, 4.2, 41.0
#: The least |z|, or 1 - |z|, down to which mixtures are cut to serve.
LOWEST = 2.0**-28
_BITS = 160


def mixture(power: sp.Expr, amplitude: sp.Expr) -> tuple[Array, Array]:
    """Weights and rates of ``amplitude (1 + t)^-power`` as a mixture of exponentials."""
    with ball_precision(_BITS):
        p = constant_ball(power)
        scale = constant_ball(amplitude) * _STEP / p.gamma()
        last = int(_TOP / _STEP)
        first = int((np.log(LOWEST) - _NEGLIGIBLE / float(p.mid())) / _STEP)
        points = [arb(k) * _STEP for k in range(first, last + 1)]
        rates = [x.exp() for x in points]
        weights = [scale * (p * x - s).exp() for x, s in zip(points, rates, strict=True)]
        return np.array([float(v.mid()) for v in weights]), np.array([float(s.mid()) for s in rates])


def kernel_records(part: Target) -> list[Record] | None:
    """One part of a kernel as records ``(c, v, rest, n + i lag)``; None if it is of no kind with closed forms here."""
    lag, base = part.lag, part.undelayed
    with ball_precision(_BITS):
        if isinstance(base, ExponentialSum):
            rows: list[Any] = [(c, 0, rounded(v)) for c, v in zip(_rounded(base.a), base.w, strict=True)]
        elif isinstance(base, DampedOscillations):
            rows = [row for x in base.terms for row in _pair(x.power, x.rate, x.frequency, x.cosine, x.sine)]
        elif isinstance(base, PowerLaw):
            weights, rates = mixture(1 + base.omega, base.amplitude)
            rows = [(c, 0, (s, 0.0)) for c, s in zip(weights, rates, strict=True)]
        else:
            return None
    delay = constant_float("delay", lag)
    return [(complex(c), complex(v), complex(rest), complex(n, delay)) for c, n, (v, rest) in rows]


def bump_record(part: GaussianBump) -> Record:
    """A bump as ``(c, T, s, e^{-T^2/(2 s^2)})``."""
    T, s = constant_float("delay", part.delay), constant_float("width", part.width)
    amplitude = constant_float("amplitude", part.amplitude)
    return complex(amplitude), complex(T), complex(s), complex(np.exp(-0.5 * (T / s) ** 2))


def _rounded(values: Sequence[sp.Expr]) -> list[complex]:
    return [rounded(x)[0] for x in values]


def _pair(power: int, rate: sp.Expr, frequency: sp.Expr, cosine: sp.Expr, sine: sp.Expr) -> list[Any]:
    """A real oscillation as two complex exponentials."""
    if frequency == 0:
        return [(rounded(cosine)[0], power, rounded(rate))]
    c = rounded((cosine - sp.I * sine) / 2)[0]
    v, rest = rounded(rate - sp.I * frequency)
    return [(c, power, (v, rest)), (c.conjugate(), power, (v.conjugate(), rest.conjugate()))]


def sequence_records(sequence: TargetSequence) -> list[Record] | None:
    """A sequence as records ``(c, q, rest, kind)``; None if it is of no kind with closed forms here."""
    if isinstance(sequence, GeometricSum):
        with ball_precision(_BITS):
            poles = [rounded(q) for q in sequence.p]
            return [
                (c, q, rest, complex(GEOMETRIC))
                for c, (q, rest) in zip(_rounded(sequence.a), poles, strict=True)
            ]
    if isinstance(sequence, FractionalSequence):
        return [(1.0 + 0j, complex(constant_float("d", sequence.d)), 0j, complex(FRACTIONAL))]
    if isinstance(sequence, PowerSequence):
        return [_fading(c, s) for c, s in zip(*mixture(sequence.alpha, sp.S.One), strict=True)]
    if isinstance(sequence, SampledTarget):
        found = [_sampled_records(part, sequence.step) for part in sequence.target.parts()]
        return [record for records in found for record in records or ()] if None not in found else None
    return None


def _fading(c: float, s: float) -> Record:
    """``c e^{-s n}``: near 1 a pole is given by what it lacks."""
    pole, rest = (1.0, np.expm1(-s)) if s < 0.5 else (np.exp(-s), 0.0)
    return complex(c), complex(pole), complex(rest), complex(GEOMETRIC)


def _sampled_records(part: Target, step: sp.Rational) -> list[Record] | None:
    if isinstance(part, PowerLaw):
        weights, rates = mixture(1 + part.omega, part.amplitude)
        return [_fading(c, s) for c, s in zip(weights, rates * float(step), strict=True)]
    poles = sampled_geometric(part, step)
    return None if poles is None else sequence_records(poles)


def sampled_geometric(part: Target, step: sp.Rational) -> GeometricSum | None:
    """One part of a kernel, sampled, as a sum of geometric sequences; None if it is none."""
    if isinstance(part, ExponentialSum):
        return GeometricSum(part.a, [sp.exp(-v * step) for v in part.w])
    if not isinstance(part, DampedOscillations) or any(x.power for x in part.terms) or not part.terms:
        return None
    gains, poles = [], []
    for x in part.terms:
        radius, angle = sp.exp(-x.rate * step), x.frequency * step
        for sign in (1, -1):
            gains.append((x.cosine - sign * sp.I * x.sine) / 2)
            poles.append(radius * (sp.cos(angle) + sign * sp.I * sp.sin(angle)))
    return GeometricSum(gains, poles)
