r"""Training of networks: gradient steps beside JAX, and figures 1 and 4 in full.

Run ``python benchmarks/networks/training.py``.

``speed``: one gradient (loss and derivatives by all parameters) of m = 16 units, 200 steps, 64 paths, float64, beside
JAX (jit of value_and_grad of a scan, x64) in the same process, and the largest difference of the gradients. CPU and
wall time are the least of several repetitions.

``figures``: figure 4 with 16 seeds on every ladder, tanh up to a delay of 12; figure 1 with 16 seeds, and the sites of
Lorenz' system with 8. Slopes with Student's intervals, medians by Kaplan and Meier, CPU seconds.

Measured on two shared cores (AVX-512), one thread each:

==========  ==============  ============  ==================================
activation  memcurse (CPU)  JAX 0.10      largest difference of the gradient
==========  ==============  ============  ==================================
linear      0.97 ms         1.23 ms       1.9e-15
tanh        1.14 ms         1.58 ms       2.1e-15
ReLU        1.00 ms         1.34 ms       1.1e-15
==========  ==============  ============  ==================================

Cold, everything compiled anew: 7.9 s of CPU until the first step of training. In full, figure 4 takes 21.5 s of CPU
and figure 1 42.5 s.

=======================================  ================  =====================================
figure 4, 16 seeds                       slope             medians of the length at 4, 6, 8, ...
=======================================  ================  =====================================
linear, gradient descent, population     .960 +- .015      12, 86, 706, 3960, 24 375
linear, heavy ball .9, population        .916 +- .015      17, 113, 787, 4191, 24 528
linear, Adam, population                 .550 +- .038      3, 7, 13, 101, 216
linear, gradient descent, fresh paths    1.014 +- .124     11, 83, 785
tanh, gradient descent, fresh paths      .599 +- .080      8, 21, 76, 269
tanh, Adam, fresh paths                  .300 +- .054      3, 5, 8, 19, 24
=======================================  ================  =====================================

=====================================  ===================  ========  ======  ========
figure 1, 16 seeds, geometric means    half of the norm at  500       5000    10 000
=====================================  ===================  ========  ======  ========
exponential sum                        9 steps              .00087    3.8e-5  1.8e-5
Airy, t0 = 3/2                         39                   .093      .018    .0027
Airy, t0 = 3                           2547                 .71       .17     .021
Airy, t0 = 9/2                         10 054               .77       .59     .50
=====================================  ===================  ========  ======  ========

Lorenz' system, 8 seeds, ``ln(end/start)`` of the plateau that is left: site 6 2.88 +- .16, the driven site .448 +- .020
(512 paths to learn from, 3000 steps). The prototype had slopes of .961 +- .031 (gradient descent), .57 (Adam), .53 and
.31 (tanh), and .7, .07 to .28, .02 for Airy's kernel with t0 = 3.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from memcurse.numerics.networks.training.activations import ACTIVATIONS
from memcurse.numerics.networks.training.backpropagation import loss_and_gradient, workspace
from memcurse.numerics.sampled.experiments.measures import mean_intervals
from memcurse.proofs_checks.curse_of_memory.optimisation.trained import _lengths
from memcurse.proofs_checks.curse_of_memory.optimisation.trained import fig_1_two_memories as fig_1
from memcurse.proofs_checks.curse_of_memory.optimisation.trained import fig_4_general_networks as fig_4

UNITS, STEPS, BATCH, STEP = 16, 200, 64, 0.1


def least(call: Callable[[], Any], repetitions: int = 30) -> tuple[float, float]:
    """CPU and wall time of a call in milliseconds, the least of several."""
    cpu, wall = [], []
    for _ in range(repetitions):
        before = time.process_time(), time.perf_counter()
        call()
        cpu.append(time.process_time() - before[0])
        wall.append(time.perf_counter() - before[1])
    return 1e3 * min(cpu), 1e3 * min(wall)


def by_jax(theta: np.ndarray, X: np.ndarray, Y: np.ndarray, activation: str) -> tuple[Any, Callable[[], Any]]:
    """Loss and gradient, and a call that computes them."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    phi = {"linear": lambda z: z, "tanh": jnp.tanh, "relu": jax.nn.relu}[activation]

    def loss(theta: Any, X: Any, Y: Any) -> Any:
        m = UNITS
        c, W, U = theta[:m], theta[m : m + m * m].reshape(m, m), theta[m + m * m :].reshape(m, -1)

        def layer(h: Any, x: Any) -> tuple[Any, Any]:
            h = h + STEP * phi(h @ W.T + x @ U.T)
            return h, h @ c

        _, y = jax.lax.scan(layer, jnp.zeros((X.shape[1], m)), X)
        return ((y - Y) ** 2).mean()

    compiled = jax.jit(jax.value_and_grad(loss))
    arrays = [jnp.asarray(z) for z in (theta, X, Y)]
    return compiled(*arrays), lambda: jax.block_until_ready(compiled(*arrays))


def speed() -> None:
    rng = np.random.default_rng(0)
    theta = rng.normal(size=UNITS * (UNITS + 2)) / np.sqrt(UNITS)
    theta[UNITS : UNITS + UNITS**2] -= np.eye(UNITS).ravel()
    X, Y, v = (
        rng.normal(size=(STEPS, BATCH, 1)) / STEP**0.5,
        rng.normal(size=(STEPS, BATCH)),
        np.full(STEPS, 1 / STEPS),
    )
    work, gradient = workspace(UNITS, 1, STEPS, BATCH), np.zeros_like(theta)
    for activation, code in ACTIVATIONS.items():

        def ours(code: int = code) -> float:
            return loss_and_gradient(theta, X, Y, v, STEP, code, work, gradient)

        before = time.process_time()
        loss = ours()
        first = time.process_time() - before
        cpu, wall = least(ours)
        print(
            f"{activation:7s} memcurse  {cpu:6.2f} ms CPU  {wall:6.2f} ms wall  (first call {first:.1f} s CPU)"
        )
        try:
            (other, slopes), call = by_jax(theta, X, Y, activation)
        except ImportError:
            print(f"{activation:7s} jax       not installed")
            continue
        cpu, wall = least(call)
        error = np.abs(np.asarray(slopes) - gradient).max() / np.abs(gradient).max()
        print(f"{activation:7s} jax       {cpu:6.2f} ms CPU  {wall:6.2f} ms wall")
        print(f"{activation:7s} relative difference: loss {abs(other / loss - 1):.1e}, gradient {error:.1e}")


def said(values: Any) -> str:
    """Mean and Student's 95 % interval."""
    ((low, high),) = mean_intervals(values, (0.95,))
    return f"{(low + high) / 2:.3f} +- {(high - low) / 2:.3f}"


def figure_4(seeds: int) -> None:
    tanh = _lengths.Training("tanh", "gd", 0.02, 100_000, "fresh")
    tanh_adam = _lengths.Training("tanh", "adam", 0.01, 20_000, "fresh")
    several = (fig_4._GD, fig_4._HEAVY, fig_4._ADAM, fig_4._SAMPLED, tanh, tanh_adam)
    delays = {fig_4._SAMPLED: (4, 6, 8), tanh: (4, 6, 8, 10)}
    for training in several:
        before = time.process_time()
        found = _lengths.lengths(training, delays.get(training, (4, 6, 8, 10, 12)), tuple(range(seeds)))
        medians = ", ".join(
            f"{T}: {'>' if m is None else f'{m:.0f}'}"
            for T, m in zip(found.delays, found.medians(), strict=True)
        )
        print(f"{training.name:32s} slope {said(found.slopes)}; {int((~found.left).sum())} never left")
        print(f"    medians {medians}; {time.process_time() - before:.1f} s CPU")


def figure_1(seeds: int) -> None:
    before = time.process_time()
    for name in (fig_1.SUM, *fig_1.SHIFTS):
        runs = [fig_1.kernel_run(name, seed, 40_000, to_half=False) for seed in range(seeds)]
        losses = [
            np.exp(np.mean([np.log(np.interp(n, r.at, r.relative_loss)) for r in runs]))
            for n in (500, 5000, 10_000)
        ]
        half = np.exp(np.mean([np.log(run.passages[0] or np.nan) for run in runs]))
        print(
            f"{name:16s} loss at 500, 5000, 10 000: {', '.join(f'{x:.2g}' for x in losses)}; half at {half:.0f}"
        )
    for site in (fig_1.FAR_SITE, fig_1.DRIVEN_SITE):
        runs = [fig_1.site_run(site, seed, 3000) for seed in range(seeds // 2)]
        print(f"site {site}: ln(end/start) of the plateau {said([fig_1.left_plateau(run) for run in runs])}")
    print(f"    {time.process_time() - before:.1f} s CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", default=["speed", "figures"], help="speed, figures")
    parser.add_argument("--seeds", type=int, default=16)
    arguments = parser.parse_args()
    if "speed" in arguments.parts:
        speed()
    if "figures" in arguments.parts:
        figure_4(arguments.seeds)
        figure_1(arguments.seeds)


if __name__ == "__main__":
    main()
