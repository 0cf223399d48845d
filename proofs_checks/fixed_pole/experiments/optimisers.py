r"""Full gradients, no noise: K = 2 poles at separation .5 and random phase, unit gains; starts at random poles of the
disc with gains .1; iterations to a loss of 1e-6 of the target's, each optimiser at its best of three rates in
hindsight. **"Advanced optimisers help little" fails here**: Adam takes less than half the iterations of gradient
descent, momentum fewer than it. It is not so everywhere: RMSprop at a constant rate stays above 1e-6 in most runs
(table), and from starts .2 from the optimum to a loss of 1e-3 Adam took 1.4 to 2.9 times the iterations of
gradient descent (40 runs, 99.99 % interval). Runs that do not arrive in 4000 iterations, or whose poles leave the
disc, count with 4000.

Starts, the loss to reach and Adam's rates (up to .1) were chosen after the other setting had been seen: the order of
optimisers depends on the setting, and this one shows that the paper's claim is not a law, no more.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.proofs_checks.fixed_pole._measured import mean_less

_MOST = 4000
_RATES = {
    "gd": (0.01, 0.03, 0.1),
    "momentum": (0.003, 0.01, 0.03),
    "adam": (0.01, 0.03, 0.1),
    "rmsprop": (0.003, 0.01, 0.03),
}


def _gradient(g: Any, p: Any, c: Any, q: Any) -> tuple[Any, Any, Any]:
    """Loss, shape (runs,), and its derivatives by conj g and conj p, shape (runs, 2)."""
    a, x = np.concatenate([g, -c], axis=1), np.concatenate([p, q], axis=1)
    D = 1 / (1 - x.conj()[:, :, None] * x[:, None, :])
    R0 = (a[:, None, :] * D).sum(axis=2)
    R1 = ((a * x)[:, None, :] * D**2).sum(axis=2)[:, :2]
    return (a.conj() * R0).sum(axis=1).real, R0[:, :2], g.conj() * R1


def _iterations(method: str, rate: float, starts: tuple[Any, ...]) -> NDArray[np.float64]:
    g, p, c, q = (x.copy() for x in starts)
    theta = np.concatenate([g, p], axis=1)
    first, second = np.zeros_like(theta), np.zeros(theta.shape)
    norm = _gradient(0 * g, p, c, q)[0]
    needed, alive = np.full(len(g), float(_MOST)), np.ones(len(g), dtype=bool)
    for n in range(1, _MOST + 1):
        alive &= (abs(theta[:, 2:]) < 1).all(axis=1)
        theta[~alive] = 0
        loss, by_g, by_p = _gradient(theta[:, :2], theta[:, 2:], c, q)
        arrived = alive & (loss < 1e-6 * norm)
        needed[arrived] = n
        alive &= ~arrived
        if not alive.any():
            break
        d = np.concatenate([by_g, by_p], axis=1)
        if method == "gd":
            step = d
        elif method == "momentum":
            first = 0.9 * first + d
            step = first
        elif method == "adam":
            first, second = 0.9 * first + 0.1 * d, 0.999 * second + 0.001 * abs(d) ** 2
            step = first / (1 - 0.9**n) / (np.sqrt(second / (1 - 0.999**n)) + 1e-8)
        else:
            second = 0.99 * second + 0.01 * abs(d) ** 2
            step = d / (np.sqrt(second) + 1e-8)
        theta = theta - rate * step
    return needed


@lru_cache(maxsize=4)
def _logarithms(seed: int, runs: int) -> dict[str, NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    middle = 0.4 * np.exp(2j * np.pi * rng.uniform(size=runs))
    half = 0.25 * np.exp(2j * np.pi * rng.uniform(size=runs))
    q = np.stack([middle + half, middle - half], axis=1)
    c = np.ones_like(q)
    p = 0.9 * np.sqrt(rng.uniform(size=q.shape)) * np.exp(2j * np.pi * rng.uniform(size=q.shape))
    found = {}
    for method, rates in _RATES.items():
        tried = [np.log(_iterations(method, rate, (0.1 * c, p, c, q))) for rate in rates]
        found[method] = min(tried, key=lambda x: float(x.mean()))
    return found


def _measured(setting: Setting) -> dict[str, NDArray[np.float64]]:
    return _logarithms(setting.seed_for("fp-optimisers"), setting.pick(40, 24))


def check(setting: Setting) -> Evidence:
    """Adam and momentum against gradient descent."""
    logs = _measured(setting)
    findings = [
        mean_less("Adam below half of gradient descent", logs["adam"], logs["gd"] - np.log(2)),
        mean_less("momentum below gradient descent", logs["momentum"], logs["gd"]),
    ]
    rows = tuple((name, float(np.exp(x.mean())), int((x >= np.log(_MOST)).sum())) for name, x in logs.items())
    columns = ("optimiser", "iterations, geometric mean", "runs that did not arrive")
    return Evidence(findings, len(logs["gd"]), table=Table(columns, rows))


def check_little(setting: Setting) -> Evidence:
    """Adam takes more than half the iterations of gradient descent."""
    logs = _measured(setting)
    return Evidence([mean_less("half of gradient descent below Adam", logs["gd"] - np.log(2), logs["adam"])])


STATEMENT = Statement(
    id="fp-optimisers",
    title="Advanced optimisers help linear networks",
    paper="fixed-pole",
    section="experiments",
    claim=(
        r"\text{iterations to } 10^{-6}: \text{Adam} < \tfrac12\, \text{gradient "
        r"descent},\quad \text{momentum} < \text{gradient descent}"
    ),
    hypotheses=("K = 2, separation 0.5, full gradients, no noise; the setting is ours",),
    provenance=Provenance.OURS,
    uses=("fp-pole-hessian",),
    check=check,
    controls=(Control("advanced optimisers help little", check_little),),
)
