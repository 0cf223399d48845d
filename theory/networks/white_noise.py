r"""White noise through a linear network: the steps of Ito's isometry, for every number of steps and every kernel in L2.

Over steps of lengths h_k a simple kernel gives :math:`\sum_k r_k\,dW_k`, and :math:`E\,dW_j\,dW_k = h_k \delta_{jk}`
leaves of the double sum :math:`\sum_k r_k^2 h_k`, the integral of the squared kernel (`mean_squares`). The answer to a
kernel in L2 is by definition the limit, in the mean square, of the answers to simple kernels that tend to it. With
:math:`X = X_n + D` and any :math:`\lambda > 0`

.. math:: |X^2 - X_n^2| \le \lambda X_n^2 + (1 + 1/\lambda) D^2

(`squares_in_the_limit`), for random numbers under E and for kernels under the integral alike: both sides of the
isometry go over to the limit. What the network has seen of the age s at time T is :math:`\rho(s)`; the ages run from 0
to T (`ages`). The residual is square-integrable with its two parts (`square_integrable`), so that the integral up to T
has the limit J.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sympy as sp
from sympy.concrete.delta import deltasummation

from memcurse.theory.objective.gram_form import A, first_index, width_symbol

Pair = tuple[sp.Expr, sp.Expr]
Step = tuple[Any, Any, Any]
#: ``E dW_j dW_k`` from j, k and the length of the k-th step.
Covariance = Callable[[Any, Any, Any], Any]

_LENGTH: Final = sp.IndexedBase("h", positive=True)
_KERNEL: Final = sp.IndexedBase("r", real=True)


def independent(j: Any, k: Any, length: Any) -> sp.Expr:
    """Increments of Brownian motion: independent, with the variance of their step's length."""
    return length * sp.KroneckerDelta(j, k)


def mean_squares(covariance: Covariance = independent) -> list[Pair]:
    """``E (sum r_k dW_k)^2 = sum r_k^2 h_k``, for every number of steps."""
    j, k, n = sp.symbols("j k n", integer=True, positive=True)
    term = _KERNEL[j] * _KERNEL[k] * covariance(j, k, _LENGTH[k])
    summed = deltasummation(sp.expand(term), (j, 1, n))
    # k is one of 1..n, the first case.
    inner = summed.args[0].expr if isinstance(summed, sp.Piecewise) else summed
    return [(sp.Sum(inner, (k, 1, n)), sp.Sum(_KERNEL[k] ** 2 * _LENGTH[k], (k, 1, n)))]


def mean_squares_of(steps: int, covariance: Covariance = independent) -> list[Pair]:
    """The same written out: there a false covariance is refuted."""
    r, h = sp.symbols(f"r_1:{steps + 1}", real=True), sp.symbols(f"h_1:{steps + 1}", positive=True)
    pairs = [(j, k) for j in range(steps) for k in range(steps)]
    total = sp.Add(*(r[j] * r[k] * covariance(sp.Integer(j), sp.Integer(k), h[k]) for j, k in pairs))
    return [(total, sp.Add(*(r[k] ** 2 * h[k] for k in range(steps))))]


def squares_in_the_limit() -> list[Step]:
    """``X^2 - X_n^2`` between ``-`` and ``+ [lambda X_n^2 + (1 + 1/lambda) D^2]``, for ``X = X_n + D``."""
    x, d = sp.symbols("X D", real=True)
    weight = sp.Symbol("lambda", positive=True)
    change, bound = (x + d) ** 2 - x**2, weight * x**2 + (1 + 1 / weight) * d**2
    return [
        (change, bound, (weight * x - d) ** 2 / weight),
        (-change, bound, (weight * x + d) ** 2 / weight + 2 * d**2),
    ]


def ages() -> list[Pair]:
    """Times 0 to T of the input are ages T to 0 of the kernel; the kernel of a diagonal network by ``a = b c``."""
    s, age, end = sp.symbols("s t T", positive=True)
    r = sp.Function("r", real=True)
    by_time = sp.Integral(r(end - s) ** 2, (s, 0, end))
    i, m = first_index, width_symbol
    b, c, w = sp.IndexedBase("b"), sp.IndexedBase("c"), sp.IndexedBase("w")
    network = sp.Sum(c[i] * sp.exp(-w[i] * age) * b[i], (i, 1, m))
    model = sp.Sum(A[i] * sp.exp(-w[i] * age), (i, 1, m))
    return [
        (by_time.transform(s, (end - age, age)), sp.Integral(r(age) ** 2, (age, 0, end))),
        (network, model.xreplace({A[i]: b[i] * c[i]})),
    ]


def square_integrable() -> list[Step]:
    """``(rho_hat - rho)^2 <= 2 rho_hat^2 + 2 rho^2``."""
    x, y = sp.symbols("f rho", real=True)
    return [((x - y) ** 2, 2 * x**2 + 2 * y**2, (x + y) ** 2)]


def antiderivatives() -> list[Pair]:
    """What the squares of exponential sums are made of is integrable: ``int_T^oo e^(-st) dt = e^(-sT)/s``."""
    s, t = sp.symbols("s T", positive=True)
    return [(-sp.diff(sp.exp(-s * t) / s, t), sp.exp(-s * t))]
