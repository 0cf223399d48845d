"""Loss, gradient and Hessian side by side: memcurse against what a user would write otherwise, in one process.

Run ``python benchmarks/objective/evaluation.py``. Every row computes the same three things at the same point of the
paper's own target (eq. 125, delay 10). A time is the fastest of several rounds, which is the least disturbed by other
processes; an error is the largest relative error over all entries against balls. JAX and gmpy2 are compared when
installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numba
import numpy as np
import sympy as sp
from flint import arb
from scipy.special import erfc

import memcurse as mc
from memcurse.numerics.arithmetic.balls import from_mpf, precision
from memcurse.numerics.objective import kernels
from memcurse.theory.plateau.delayed_part import example_target

DELAY = 10.0
TARGET = example_target(10)
SQUARED_NORM = mc.Objective(TARGET).loss([0.0], [1.0])


@dataclass(frozen=True)
class Row:
    """A way to compute, its time per call in seconds, and its largest relative error."""

    name: str
    seconds: float
    error: float


def point(m: int) -> tuple[np.ndarray, np.ndarray]:
    """Amplitudes and rates with no symmetry, rates between 0.2 and 3."""
    a = np.round(np.sin(1.0 + np.arange(m)), 3)
    return a, np.round(np.linspace(0.2, 3.0, m), 3)


def fastest(call: Callable[[], Any], budget: float) -> float:
    """Seconds per call: the fastest of many rounds of at least 2 ms within `budget` seconds."""
    call()
    number, taken = 1, 0.0
    while taken < 2e-3:
        number *= 2
        taken = _round(call, number)
    best, until = taken / number, time.perf_counter() + budget
    while time.perf_counter() < until:
        best = min(best, _round(call, number) / number)
    return best


def _round(call: Callable[[], Any], number: int) -> float:
    start = time.perf_counter()
    for _ in range(number):
        call()
    return time.perf_counter() - start


# --- float64 -------------------------------------------------------------------------------------------------------


def numpy_moments(w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Textbook closed forms of the target's moments."""
    early = 1 / (1 + w)
    mu, edge = DELAY - w, math.exp(-(DELAY**2) / 2)
    l0 = math.sqrt(math.pi / 2) * np.exp(w * (w / 2 - DELAY)) * erfc(-mu / math.sqrt(2))
    l1 = mu * l0 + edge
    return early + l0, early**2 + l1, 2 * early**3 + mu * l1 + l0


def numpy_evaluate(a: np.ndarray, w: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Vectorised NumPy and SciPy."""
    r = 1 / (w[:, None] + w[None, :])
    l0, l1, l2 = numpy_moments(w)
    t1 = a * r**2
    r0, r1, r2 = r @ a - l0, t1.sum(1) - l1, 2 * (a * r**3).sum(1) - l2
    loss = a @ (r0 - l0) + SQUARED_NORM
    mixed = -2 * t1 - np.diag(2 * r1)
    late = 4 * np.outer(a, a) * r**3 + np.diag(2 * a * r2)
    return loss, np.concatenate([2 * r0, -2 * a * r1]), np.block([[2 * r, mixed], [mixed.T, late]])


def lambdified(m: int) -> Callable[[np.ndarray, np.ndarray], Any]:
    """SymPy's closed forms turned into NumPy code by `lambdify` with common subexpressions."""
    form = mc.Objective(TARGET).symbolic(m)
    everything = (form.loss, list(form.gradient), list(form.hessian))
    return sp.lambdify([form.a, form.w], everything, modules=["scipy", "numpy"], cse=True)


def compiled_loop(m: int, packed: np.ndarray) -> tuple[Callable[[int], float], int]:
    """The kernel inside a compiled loop, where no call from Python is paid for."""
    a, w = point(m)
    gradient, hessian, evaluate = np.empty(2 * m), np.empty((2 * m, 2 * m)), kernels.evaluate

    @numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
    def loop(n: int, a: Any, w: Any, p: Any, gradient: Any, hessian: Any) -> float:
        total = 0.0
        for i in range(n):
            a[0] += 1e-9 * (i % 2)  # so that no evaluation can be left out
            total += evaluate(a, w, p, gradient, hessian, 2) + hessian[-1, -1]
        return total

    n = 20000
    return lambda count=n: loop(count, a.copy(), w, packed, gradient, hessian), n


def jax_evaluate(m: int) -> Callable[[np.ndarray, np.ndarray], Any] | None:
    """Loss by `jax.numpy`, derivatives by JAX, all three in one `jit`; None where JAX is not installed."""
    if importlib.util.find_spec("jax") is None:
        return None
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def loss(theta: Any) -> Any:
        a, w = theta[:m], theta[m:]
        r = 1 / (w[:, None] + w[None, :])
        bump = jnp.exp(w * (w / 2 - DELAY)) * jax.scipy.special.erfc((w - DELAY) / math.sqrt(2))
        l0 = 1 / (1 + w) + math.sqrt(math.pi / 2) * bump
        return a @ r @ a - 2 * a @ l0 + SQUARED_NORM

    together = jax.jit(lambda theta: (*jax.value_and_grad(loss)(theta), jax.hessian(loss)(theta)))

    def evaluate(a: np.ndarray, w: np.ndarray) -> Any:
        return jax.block_until_ready(together(np.concatenate([a, w])))

    return evaluate


# --- 50 digits -----------------------------------------------------------------------------------------------------


def mpmath_evaluate(a: list[str], w: list[str], digits: int = 50) -> tuple[Any, Any, Any]:
    """One pass in mpmath, written out from the formulas with every pair computed once."""
    with mpmath.workdps(digits):
        mpf, m = mpmath.mpf, len(a)
        a, w = [mpf(x) for x in a], [mpf(x) for x in w]
        T, edge, root = mpf(10), mpmath.exp(mpf(-50)), mpmath.sqrt(mpmath.pi / 2)
        norm = mpf(1) / 2 + mpmath.sqrt(mpmath.pi) / 2 * mpmath.erfc(-T)
        norm += 2 * root * mpmath.exp(mpf(1) / 2 - T) * mpmath.erfc((1 - T) / mpmath.sqrt(2))
        moments = [_mpmath_moments(x, T, edge, root) for x in w]
        H = [[mpf(0)] * (2 * m) for _ in range(2 * m)]
        r0, r1, r2 = ([-moment[n] for moment in moments] for n in range(3))
        for k in range(m):
            for j in range(k, m):
                r = 1 / (w[k] + w[j])
                squared = r * r
                cube = 2 * squared * r
                H[k][j] = H[j][k] = 2 * r
                H[m + k][m + j] = H[m + j][m + k] = 2 * a[k] * a[j] * cube
                for x, y in ((k, j), (j, k))[: 1 + (j > k)]:
                    r0[x] += a[y] * r
                    term = a[y] * squared
                    r1[x] += term
                    r2[x] += a[y] * cube
                    H[x][m + y] = H[m + y][x] = -2 * term
        for k in range(m):
            H[k][m + k] -= 2 * r1[k]
            H[m + k][k] = H[k][m + k]
            H[m + k][m + k] += 2 * a[k] * r2[k]
        loss = norm + sum(a[k] * (r0[k] - moments[k][0]) for k in range(m))
        gradient = [2 * x for x in r0] + [-2 * x * y for x, y in zip(a, r1, strict=True)]
        return loss, mpmath.matrix(gradient), mpmath.matrix(H)


def _mpmath_moments(w: Any, T: Any, edge: Any, root: Any) -> tuple[Any, Any, Any]:
    early, mu = 1 / (1 + w), T - w
    l0 = root * mpmath.exp(w * (w / 2 - T)) * mpmath.erfc(-mu / mpmath.sqrt(2))
    l1 = mu * l0 + edge
    return early + l0, early**2 + l1, 2 * early**3 + mu * l1 + l0


def ours_in_mpmath(J: mc.Objective, a: list[str], w: list[str]) -> tuple[Any, Any, Any]:
    """The three calls with `digits`, each at rising precision until the digits are right."""
    return J.loss(a, w, digits=50), J.gradient(a, w, digits=50), J.hessian(a, w, digits=50)


# --- the table -----------------------------------------------------------------------------------------------------


def relative_error(values: Any, exact: mc.Enclosure) -> float:
    """Largest relative error of (loss, gradient, hessian) against the midpoints of tight balls."""
    loss, gradient, hessian = values
    if not isinstance(loss, arb | mpmath.mpf):
        gradient, hessian = np.ravel(gradient), np.ravel(hessian)
    with precision(60):
        balls = [exact.loss, *exact.gradient.entries(), *exact.hessian.entries()]
        pairs = zip([loss, *gradient, *hessian], balls, strict=True)
        return max(abs(float(((_ball(x) - y) / y).mid())) for x, y in pairs)


def _ball(x: Any) -> arb:
    if isinstance(x, arb):
        return x
    return from_mpf(x) if isinstance(x, mpmath.mpf) else arb(float(x))


def float_rows(m: int, budget: float) -> list[Row]:
    """Times and errors in float64."""
    J = mc.Objective(TARGET)
    a, w = point(m)
    exact = J.enclose(a, w, digits=60)
    prepared, loop = J.prepare(m), compiled_loop(m, J.packed)
    calls: dict[str, Callable[[Any, Any], Any] | None] = {
        "J.prepare(m)": prepared,
        "J.evaluate": J.evaluate,
        "NumPy": numpy_evaluate,
        "SymPy lambdify": lambdified(m),
        "JAX jit": jax_evaluate(m),
    }
    inner = fastest(loop[0], budget) / loop[1]
    rows = [Row("compiled loop", inner, relative_error(prepared(a, w), exact))]
    for name, call in calls.items():
        if call is None:
            print(f"{name}: not installed, left out")
        else:
            error = relative_error(call(a, w), exact)
            rows.append(Row(name, fastest(lambda call=call: call(a, w), budget), error))
    return rows


def precise_rows(m: int, budget: float) -> list[Row]:
    """Times and errors at 50 digits."""
    J = mc.Objective(TARGET)
    a, w = ([str(x) for x in values] for values in point(m))
    exact = J.enclose(a, w, digits=70)
    backend = f"mpmath ({mpmath.libmp.BACKEND})"
    balls = lambda: J.enclose(a, w, digits=50)  # noqa: E731
    e = balls()
    parts = e.loss, e.gradient.entries(), e.hessian.entries()
    return [
        Row("J.enclose", fastest(balls, budget), relative_error(parts, exact)),
        Row(
            backend,
            fastest(lambda: mpmath_evaluate(a, w), budget),
            relative_error(mpmath_evaluate(a, w), exact),
        ),
        Row(
            "J.loss, J.gradient, J.hessian",
            fastest(lambda: ours_in_mpmath(J, a, w), budget),
            relative_error(ours_in_mpmath(J, a, w), exact),
        ),
    ]


def print_table(title: str, rows: list[Row], reference: str) -> None:
    """One Markdown table; the last column is the time over that of `reference`."""
    base = next(row.seconds for row in rows if row.name == reference)
    print(
        f"\n{title}\n\n| route | time per call | largest relative error | times `{reference}` |\n|---|---:|---:|---:|"
    )
    for row in rows:
        print(f"| {row.name} | {_seconds(row.seconds)} | {row.error:.0e} | {row.seconds / base:.2f} |")


def _seconds(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} µs" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def main() -> None:
    """Print the tables for the widths asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--widths", type=int, nargs="+", default=[2, 10])
    parser.add_argument("--budget", type=float, default=0.5, help="seconds per row (default 0.5)")
    arguments = parser.parse_args()
    for m in arguments.widths:
        print_table(f"float64, m = {m}", float_rows(m, arguments.budget), "J.prepare(m)")
        print_table(f"50 digits, m = {m}", precise_rows(m, arguments.budget), "J.enclose")


if __name__ == "__main__":
    main()
