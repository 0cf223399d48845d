r"""Functionals :math:`H_t(x) = \int_0^\infty \rho(s) x_{t-s}\,ds` with an integrable kernel: steps of their properties.

All of it is shown under the integral, for every value r of the kernel and every input; the integral is linear and
monotone.

**Norm.** From above :math:`|r x| \le |r|` where :math:`|x| \le 1` (`norm_from_above`). From below: let the kernel be
continuous at first, :math:`\psi` continuous, 1 up to the age S, 0 from S + 1 on, and

.. math:: x_{t-s} = \psi(s)\,\frac{r}{|r| + \eta e^{-s}}, \qquad |x| \le 1, \quad
          r x \ge |r| - (1 - \psi)|r| - \eta e^{-s}.

Then x is continuous and vanishes at infinity, and the answer is at least the L1 norm less its part behind S and less
eta (`norm_approached`). A kernel in L1 is one that is continuous up to delta in L1, which costs 2 delta more.

**Regular.** Where x is at most delta the integrand is at most :math:`\delta |r|`, elsewhere at most C |r|
(`domination`): bounded inputs that tend to 0 almost everywhere have answers that tend to 0.

**Several inputs.** Components are chosen independently of each other, so the suprema add up (`sums_of_suprema`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sympy as sp

from memcurse.theory.objective.indexed_sums import canonical_sums

Pair = tuple[sp.Expr, sp.Expr]
Step = tuple[Any, Any, Any]
#: The integrand at the age s, from the kernel, the input, the time and s.
Integrand = Callable[[Any, Any, Any, Any], Any]

#: The kernel's value at an age, the age, and what an input is short of 1.
_R: Final = sp.Symbol("r", real=True)
_S: Final = sp.Symbol("s", nonnegative=True)


def convolution(kernel: Any, x: Any, time: Any, s: Any) -> Any:
    """``rho(s) x(t - s)``."""
    return kernel(s) * x(time - s)


def causal_linear_homogeneous(integrand: Integrand = convolution) -> list[tuple[str, Pair]]:
    """Under the integral: what comes after t does not enter, sums and multiples pass, a shift shifts the answer."""
    p, q, time, shift = sp.symbols("p q t h", real=True)
    rho, x, y = sp.Function("rho"), sp.Function("x"), sp.Function("y")

    def at(given: Any, when: Any = time) -> sp.Expr:
        return sp.expand(integrand(rho, given, when, _S))

    return [
        ("causal", (at(lambda u: x(u) + y(u) * sp.Max(u - time, 0)), at(x))),
        ("linear", (at(lambda u: p * x(u) + q * y(u)), sp.expand(p * at(x) + q * at(y)))),
        ("time-homogeneous", (at(lambda u: x(u - shift), time + shift), at(x))),
    ]


def norm_from_above() -> list[Step]:
    """``|r| |x| <= |r|`` for ``|x| = 1 - g``."""
    gap = sp.Symbol("g", nonnegative=True)
    return [(sp.Abs(_R) * (1 - gap), sp.Abs(_R), gap * sp.Abs(_R))]


def approaching(eta: Any, kept: Any) -> sp.Expr:
    """The input that follows the sign of the kernel, cut off: ``psi r/(|r| + eta e^(-s))``, psi being `kept`."""
    return kept * _R / (sp.Abs(_R) + eta * sp.exp(-_S))


def norm_approached(cost: Any = 1) -> list[Step]:
    """``|x| <= 1`` and ``r x >= psi |r| - eta e^(-s)`` for `approaching`; 1 is written psi + lost.

    `cost` multiplies eta, for controls.
    """
    eta = sp.Symbol("eta", positive=True)
    kept, lost = sp.symbols("psi lambda", nonnegative=True)
    small, size, one = eta * sp.exp(-_S), sp.Abs(_R), kept + lost
    return [
        (kept * size / (size + small), one, (kept * small + lost * (size + small)) / (size + small)),
        (
            kept * size - cost * one * small,
            _R * approaching(eta, kept),
            (lost * size * small + one * small**2) / (size + small),
        ),
    ]


def size_of_approaching() -> list[Pair]:
    """The square of `approaching` is that of its size; ``int eta e^(-s) ds = eta``, by an antiderivative."""
    eta = sp.Symbol("eta", positive=True)
    kept = sp.Symbol("psi", nonnegative=True)
    size = kept * sp.Abs(_R) / (sp.Abs(_R) + eta * sp.exp(-_S))
    primitive = -eta * sp.exp(-_S)
    return [
        (approaching(eta, kept) ** 2, size**2),
        (sp.diff(primitive, _S), eta * sp.exp(-_S)),
        (-primitive.subs(_S, 0), eta),
    ]


def costs() -> list[Step]:
    """Norm less answer: twice the distance delta from a continuous kernel, its part behind S, and eta."""
    norm, delta, tail, eta = sp.symbols("N delta tau eta", positive=True)
    first, second, third = sp.symbols("g_1:4", nonnegative=True)
    # Each of the three steps with its gap: the continuous kernel's norm, its answer, the answer.
    continuous = norm - delta + first
    answer = continuous - tail - eta + second - delta + third
    return [(norm - 2 * delta - tail - eta, answer, first + second + third)]


def domination() -> list[Step]:
    """``|r x|`` where ``|x| = delta - g`` and where ``|x| = C - g``."""
    delta, most = sp.symbols("delta C", positive=True)
    gap = sp.Symbol("g", nonnegative=True)
    return [(sp.Abs(_R) * (bound - gap), bound * sp.Abs(_R), gap * sp.Abs(_R)) for bound in (delta, most)]


def sums_of_suprema() -> list[Step]:
    """``sum_i F_i(x_i)`` with ``F_i = N_i - g_i`` is ``sum N_i`` less the sum of the g_i."""
    i, d = sp.symbols("i d", integer=True, positive=True)
    norm, gap = sp.IndexedBase("N", nonnegative=True), sp.IndexedBase("g", nonnegative=True)

    def total(summand: Any) -> sp.Expr:
        return canonical_sums(sp.Sum(summand, (i, 1, d)))

    return [(total(norm[i] - gap[i]), total(norm[i]), total(gap[i]))]
