r"""Kinds of target kernels: Gaussian bumps, power laws, Airy functions, and any expression.

Each gives its moments and the inner products it knows in closed form; what it does not know stays an unevaluated
`sympy.Integral`, which the numerical side turns into certified quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from memcurse.theory.exact import exact_number, exact_positive, is_positive
from memcurse.theory.growth.envelopes import admissible
from memcurse.theory.notation import t

from .complete_monotonicity import expression_is_completely_monotone
from .target import Target, _nonnegative


def laplace_integral(expression: sp.Expr, k: int, w: sp.Expr) -> sp.Integral:
    """``int_0^oo t^k e^(-w t) expression dt``, unevaluated: SymPy's own answers here are not to be trusted."""
    return sp.Integral(t**k * sp.exp(-w * t) * expression, (t, 0, sp.oo))


def gaussian_moment(k: int, w: sp.Expr, delay: sp.Expr, width: sp.Expr, amplitude: sp.Expr) -> sp.Expr:
    r"""``L_k(w)`` of ``amplitude * exp(-(t - delay)^2/(2 width^2))`` on ``t >= 0``, for numbers or symbols.

    Completing the square gives ``L_0`` through erfc; integration by parts gives
    ``L_{k+1} = mu L_k + k width^2 L_{k-1}`` with ``mu = delay - w width^2``, and a boundary term at k = 0.
    """
    mu = delay - w * width**2
    edge = amplitude * sp.exp(-(delay**2) / (2 * width**2))
    z = (w * width**2 - delay) / (width * sp.sqrt(2))
    lower = amplitude * width * sp.sqrt(sp.pi / 2) * sp.exp(w * (w * width**2 / 2 - delay)) * sp.erfc(z)
    if k == 0:
        return lower
    upper = mu * lower + width**2 * edge
    for n in range(1, k):
        lower, upper = upper, mu * upper + n * width**2 * lower
    return upper


def gaussian_inner_product(p: tuple[sp.Expr, ...], q: tuple[sp.Expr, ...]) -> sp.Expr:
    """Inner product on ``t >= 0`` of two bumps ``(delay, width, amplitude)``: their product is a bump."""
    (d1, s1, c1), (d2, s2, c2) = p, q
    total = s1**2 + s2**2
    width = s1 * s2 / sp.sqrt(total)
    centre = (d1 * s2**2 + d2 * s1**2) / total
    height = c1 * c2 * sp.exp(-((d1 - d2) ** 2) / (2 * total))
    return height * width * sp.sqrt(sp.pi / 2) * sp.erfc(-centre / (width * sp.sqrt(2)))


@dataclass(frozen=True, init=False)
class GaussianBump(Target):
    """``amplitude * exp(-(t - delay)^2 / (2 width^2))``, the memory bump of eq. (125).

    Parameters
    ----------
    delay : number
        Centre ``T = 1/omega``, nonnegative, in units of time.
    width : number
        Standard deviation, positive, in units of time.
    amplitude : number
        Height of the peak.
    """

    delay: sp.Expr
    width: sp.Expr
    amplitude: sp.Expr

    def __init__(self, delay: Any, width: Any = 1, amplitude: Any = 1) -> None:
        object.__setattr__(self, "delay", _nonnegative("delay", delay))
        object.__setattr__(self, "width", exact_positive("width", width))
        object.__setattr__(self, "amplitude", exact_number("amplitude", amplitude))

    @property
    def expression(self) -> sp.Expr:
        return self.amplitude * sp.exp(-((t - self.delay) ** 2) / (2 * self.width**2))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        return gaussian_moment(k, w, self.delay, self.width, self.amplitude)

    def scaled(self, factor: Any) -> GaussianBump:
        return GaussianBump(self.delay, self.width, exact_number("factor", factor) * self.amplitude)

    def delayed(self, delay: Any) -> GaussianBump:
        return GaussianBump(self.delay + _nonnegative("delay", delay), self.width, self.amplitude)

    def second_antiderivative(self, x: sp.Expr) -> sp.Expr:
        z, s = x - self.delay, self.width
        tail = z * s * sp.sqrt(sp.pi / 2) * sp.erfc(z / (s * sp.sqrt(2)))
        return self.amplitude * (s**2 * sp.exp(-(z**2) / (2 * s**2)) - tail)

    def seen_from(self, time: sp.Expr) -> GaussianBump | None:
        return GaussianBump(self.delay - time, self.width, self.amplitude) if time <= self.delay else None

    def product_with(self, other: Target) -> sp.Expr | None:
        if not isinstance(other, GaussianBump):
            return None
        mine, its = ((x.delay, x.width, x.amplitude) for x in (self, other))
        return gaussian_inner_product(mine, its)


@dataclass(frozen=True, init=False)
class PowerLaw(Target):
    """``amplitude * (1 + t)^-(1 + omega)``: algebraically decaying memory (eq. 64 with a concrete kernel).

    Parameters
    ----------
    omega : number
        Decay exponent, dimensionless. Square-integrable for ``omega > -1/2``, integrable for ``omega > 0``.
    amplitude : number
        Value at ``t = 0``.

    Raises
    ------
    ValueError
        If ``omega <= -1/2``: the kernel is not square-integrable.
    """

    omega: sp.Expr
    amplitude: sp.Expr

    def __init__(self, omega: Any, amplitude: Any = 1) -> None:
        exponent = exact_number("omega", omega)
        if not is_positive("omega + 1/2", exponent + sp.S.Half):
            raise ValueError(f"`omega` must be larger than -1/2 for a square-integrable kernel; got {omega}")
        object.__setattr__(self, "omega", exponent)
        object.__setattr__(self, "amplitude", exact_number("amplitude", amplitude))

    @property
    def expression(self) -> sp.Expr:
        return self.amplitude * (1 + t) ** (-(1 + self.omega))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        # t^k = ((1 + t) - 1)^k, and int_0^inf (1 + t)^(-s) e^(-wt) dt = e^w E_s(w).
        terms = ((-1) ** (k - j) * sp.binomial(k, j) * sp.expint(1 + self.omega - j, w) for j in range(k + 1))
        return self.amplitude * sp.exp(w) * sp.Add(*terms)

    def scaled(self, factor: Any) -> PowerLaw:
        return PowerLaw(self.omega, exact_number("factor", factor) * self.amplitude)

    def second_antiderivative(self, x: sp.Expr) -> sp.Expr:
        if self.omega == 0:
            return self.amplitude * (1 + x) * sp.log(1 + x)
        if self.omega == 1:
            return -self.amplitude * sp.log(1 + x)
        return self.amplitude * (1 + x) ** (1 - self.omega) / (self.omega * (self.omega - 1))

    def sign(self) -> int:
        return 1 if is_positive("amplitude", self.amplitude) else -1

    def product_with(self, other: Target) -> sp.Expr | None:
        if not isinstance(other, PowerLaw):
            return None
        return self.amplitude * other.amplitude / (1 + self.omega + other.omega)


@dataclass(frozen=True, init=False)
class AiryKernel(Target):
    """``amplitude * Ai(scale * (t - shift))``: oscillates up to `shift`, then decays (Figure 1, section C.3.1).

    Parameters
    ----------
    scale : number
        Positive, 1/time.
    shift : number
        Any real number, in units of time; the memory of the kernel.
    amplitude : number
        Factor in front.
    """

    scale: sp.Expr
    shift: sp.Expr
    amplitude: sp.Expr

    def __init__(self, scale: Any, shift: Any, amplitude: Any = 1) -> None:
        object.__setattr__(self, "scale", exact_positive("scale", scale))
        object.__setattr__(self, "shift", exact_number("shift", shift))
        object.__setattr__(self, "amplitude", exact_number("amplitude", amplitude))

    @property
    def expression(self) -> sp.Expr:
        return self.amplitude * sp.airyai(self.scale * (t - self.shift))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        """``L_k(w)``: one integral, ``L_0``; the others follow from Airy's equation.

        The kernel obeys ``y'' = scale^3 (t - shift) y``. Multiplied by ``t^n e^{-wt}`` and integrated by parts, this
        gives ``scale^3 (L_{n+1} - shift L_n) = w^2 L_n - 2 n w L_{n-1} + n (n-1) L_{n-2}`` and values at t = 0.
        """
        start, c = -self.scale * self.shift, self.scale**3
        value = self.amplitude * sp.airyai(start)
        slope = self.amplitude * self.scale * sp.airyaiprime(start)
        moments = [laplace_integral(self.expression, 0, w)]
        for n in range(k):
            edge = -slope - w * value if n == 0 else value if n == 1 else sp.S.Zero
            by_parts = w**2 * moments[n] + edge
            if n >= 1:
                by_parts -= 2 * n * w * moments[n - 1]
            if n >= 2:
                by_parts += n * (n - 1) * moments[n - 2]
            moments.append(self.shift * moments[n] + by_parts / c)
        return moments[k]

    def scaled(self, factor: Any) -> AiryKernel:
        return AiryKernel(self.scale, self.shift, exact_number("factor", factor) * self.amplitude)

    def delayed(self, delay: Any) -> AiryKernel:
        return AiryKernel(self.scale, self.shift + _nonnegative("delay", delay), self.amplitude)

    def product_with(self, other: Target) -> sp.Expr | None:
        # Ai'' = x Ai makes Ai'(x) Ai(x+c) - Ai(x) Ai'(x+c) an antiderivative of -c Ai(x) Ai(x+c), and
        # x Ai^2 - Ai'^2 one of Ai^2; both vanish at infinity. Different scales have no such antiderivative.
        if not isinstance(other, AiryKernel) or self.scale != other.scale:
            return None
        x, c = -self.scale * self.shift, self.scale * (self.shift - other.shift)
        ai, ai_prime = sp.airyai(x), sp.airyaiprime(x)
        if c == 0:
            value = ai_prime**2 - x * ai**2
        else:
            value = (ai_prime * sp.airyai(x + c) - ai * sp.airyaiprime(x + c)) / c
        return self.amplitude * other.amplitude * value / self.scale


@dataclass(frozen=True)
class ExpressionTarget(Target):
    """Any elementary expression in `notation.t` that is provably real and square-integrable on ``t >= 0``.

    Parameters
    ----------
    kernel : sympy.Expr
        In the single symbol `notation.t`, with exact coefficients. Text goes through `parsing.parse_target`.

    Raises
    ------
    ValueError
        If `theory.growth.envelopes` cannot show the kernel to be real, finite and square-integrable; the message says
        why.
    """

    kernel: sp.Expr

    def __post_init__(self) -> None:
        if not isinstance(self.kernel, sp.Expr):
            raise TypeError(f"`kernel` must be a SymPy expression in t; got {self.kernel!r}")
        if not self.kernel.free_symbols <= {t}:
            strange = ", ".join(sorted(map(str, self.kernel.free_symbols - {t})))
            raise ValueError(f"`kernel` must contain no symbol but notation.t; got {strange}")
        if self.kernel.has(sp.Float):
            raise ValueError(f"`kernel` must have exact coefficients; got {self.kernel}")
        admissible(self.kernel)

    @property
    def expression(self) -> sp.Expr:
        """The kernel."""
        return self.kernel

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        return laplace_integral(self.kernel, k, w)

    def sign(self) -> int | None:
        if expression_is_completely_monotone(self.kernel):
            return 1
        negative = sp.Add(*(-x for x in sp.Add.make_args(self.kernel)))
        return -1 if expression_is_completely_monotone(negative) else None

    def scaled(self, factor: Any) -> ExpressionTarget:
        return ExpressionTarget(exact_number("factor", factor) * self.kernel)
