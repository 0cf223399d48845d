"""Loss, gradient and Hessian with complex modes: memcurse against NumPy and JAX, in one process, in both times.

Run ``python benchmarks/objective/complex_objective.py [--budget 1.0]``. Every row computes the loss, its gradient by
the real variables (4K) and its Hessian (4K x 4K) at one point, from arrays. A time is the fastest of many rounds,
which is the least disturbed by other processes; an error is the largest over all entries against balls, relative to
the largest entry. JAX is compared when installed, and left out, which is said, when not.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import memcurse as mc

GAINS, POLES = np.array([1 + 0.5j, -0.3j, 0.7]), np.array([0.6 + 0.3j, -0.5 + 0.2j, 0.9j])
AMPLITUDES, RATES = np.array([1.0, 0.5 - 0.5j, 0.5 + 0.5j]), np.array([0.5, 0.1 - 2j, 0.1 + 2j])


@dataclass(frozen=True)
class Task:
    """An objective in one time, its target's terms, and the point."""

    discrete: bool
    objective: Any
    a: np.ndarray
    x: np.ndarray
    b: np.ndarray
    y: np.ndarray

    @property
    def norm(self) -> float:
        """Squared norm of the target."""
        return float((self.b.conj() @ self.pairing(self.y.conj()[:, None], self.y[None, :]) @ self.b).real)

    def pairing(self, z: Any, x: Any) -> Any:
        """Inner product of the modes conj z and x."""
        return 1 / (1 - z * x) if self.discrete else 1 / (z + x)


def tasks(width: int) -> list[Task]:
    """The same gains at poles of moduli to 0.95, and at rates 0.1 to 1.5 with frequencies to 3."""
    rng = np.random.default_rng(width)
    a = rng.normal(size=width) + 1j * rng.normal(size=width)
    p = 0.95 * np.sqrt(rng.random(width)) * np.exp(2j * np.pi * rng.random(width))
    w = rng.uniform(0.1, 1.5, width) + 1j * rng.uniform(-3, 3, width)
    discrete = mc.DiscreteObjective(mc.GeometricSum(GAINS, POLES), field="complex")
    kernel = mc.ExponentialSum([1], [RATES[0].real]) + mc.DampedOscillations([0], [0.1], [2], [1], [1])
    continuous = mc.Objective(kernel, field="complex")
    return [Task(True, discrete, a, p, GAINS, POLES), Task(False, continuous, a, w, AMPLITUDES, RATES)]


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


def numpy_evaluate(task: Task) -> Callable[[np.ndarray, np.ndarray], Any]:
    """Broadcasting over all pairs."""
    norm, b, y, sign = task.norm, task.b, task.y, 1 if task.discrete else -1
    m = len(task.a)
    order = [*range(m), *range(2 * m, 3 * m), *range(m, 2 * m), *range(3 * m, 4 * m)]
    k = np.arange(m)

    def sums(z: np.ndarray, c: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
        r = task.pairing(z[:, None], x[None, :])
        step = x * r if task.discrete else r
        return [(c * r).sum(1), (c * r * step).sum(1), (2 * c * r * step**2).sum(1)]

    def evaluate(a: np.ndarray, x: np.ndarray) -> Any:
        z, conj = x.conj(), a.conj()
        target = sums(z, b, y)
        R = [u - v for u, v in zip(sums(z, a, x), target, strict=True)]
        loss = (conj @ (R[0] - target[0])).real + norm
        slopes = np.concatenate([R[0], sign * conj * R[1]])
        r = task.pairing(z[:, None], x[None, :])
        mixed = a * z[:, None] * r**2 if task.discrete else -a * r**2
        late = conj[:, None] * a * r**3 * ((1 + z[:, None] * x) if task.discrete else 2)
        A = np.block([[r, mixed], [mixed.conj().T, late]])
        C = np.zeros_like(A)
        C[k, m + k] = C[m + k, k] = sign * R[1].conj()
        C[m + k, m + k] = a * R[2].conj()
        H = 2 * np.block([[A.real + C.real, -A.imag - C.imag], [A.imag - C.imag, A.real - C.real]])
        return loss, 2 * np.concatenate([slopes.real, slopes.imag])[order], H[np.ix_(order, order)]

    return evaluate


def jax_evaluate(task: Task) -> Callable[[np.ndarray, np.ndarray], Any] | None:
    """Loss by `jax.numpy` in the real variables, derivatives by JAX, all three in one `jit`; None without JAX."""
    if importlib.util.find_spec("jax") is None:
        return None
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    m, norm = len(task.a), task.norm
    b, y = jnp.asarray(task.b), jnp.asarray(task.y)

    def loss(theta: Any) -> Any:
        parts = theta.reshape(4, m)
        a, x = parts[0] + 1j * parts[1], parts[2] + 1j * parts[3]
        z = x.conj()[:, None]
        quadratic = a.conj() @ task.pairing(z, x[None, :]) @ a
        return quadratic.real - 2 * (a.conj() @ task.pairing(z, y[None, :]) @ b).real + norm

    together = jax.jit(lambda theta: (*jax.value_and_grad(loss)(theta), jax.hessian(loss)(theta)))

    def evaluate(a: np.ndarray, x: np.ndarray) -> Any:
        return jax.block_until_ready(together(np.concatenate([a.real, a.imag, x.real, x.imag])))

    return evaluate


def error(task: Task, found: Any) -> float:
    """Largest error of the three against balls, each relative to its largest entry."""
    balls = task.objective.enclose(task.a, task.x, 30)
    exact = [[balls.loss], balls.gradient.entries(), balls.hessian.entries()]
    worst = 0.0
    for values, expected in zip(found, exact, strict=True):
        right = np.array([float(v.mid()) for v in expected])
        worst = max(worst, float(np.abs(np.ravel(values) - right).max() / np.abs(right).max()))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=float, default=1.0, help="seconds for each time")
    budget = parser.parse_args().budget
    for width in (2, 10):
        for task in tasks(width):
            rows = {
                "prepare(K)": task.objective.prepare(width),
                "evaluate": task.objective.evaluate,
                "NumPy": numpy_evaluate(task),
                "JAX, jit": jax_evaluate(task),
            }
            print(f"K = {width}, {'discrete' if task.discrete else 'continuous'} time")
            first = None
            for name, evaluate in rows.items():
                if evaluate is None:
                    print(f"  {name:<12} left out: not installed")
                    continue
                seconds = fastest(lambda e=evaluate, s=task: e(s.a, s.x), budget)  # type: ignore[misc]
                first = first or seconds
                found = evaluate(task.a, task.x)
                print(
                    f"  {name:<12} {seconds * 1e6:9.2f} us  {seconds / first:7.1f}  error {error(task, found):.1e}"
                )


if __name__ == "__main__":
    main()
