r"""Which growth of errors tells the horizon of a forecast: products of Jacobians, not a Lipschitz bound.

Lorenz, 200 neurons. From the one-step error e the horizon is foretold as the first step at which e times the norm
of the product of the network's Jacobians along its own forecast exceeds the threshold of validity; or, the control,
at which :math:`e (L^T - 1)/(L - 1)` does, L the largest norm of one Jacobian on the way. And the network is not the
linear model :math:`F(x_0) K^t C`, whose forecasts of the same fit end long before.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from memcurse.numerics.sampled.experiments.comparison import trial
from memcurse.numerics.sampled.experiments.measures import jacobian_growth, valid_steps
from memcurse.numerics.sampled.network import SampledNetwork, sampled_network
from memcurse.proofs_checks.evidence.statement import (
    Control,
    Evidence,
    Provenance,
    Setting,
    Statement,
    Table,
)
from memcurse.proofs_checks.sampled._measured import mean_less

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_THRESHOLD = 0.4
_COLUMNS = ("valid", "Jacobians", "Lipschitz", "linear model")


def _horizons(network: SampledNetwork, truth: Any) -> tuple[int, int, int, int]:
    """Steps: measured, foretold by Jacobians, by the Lipschitz bound, and measured for the linear model."""
    n = len(truth) - 1
    states = network.forecast(truth[0], n).states
    scale = np.sqrt((truth.std(axis=0) ** 2).sum())
    error = np.sqrt(((network.step(truth[:-1]) - truth[1:]) ** 2).sum(axis=1).mean()) / scale
    growth = np.log(error) + jacobian_growth(network.jacobian, states)
    norms = np.array([np.linalg.norm(network.jacobian(x), 2) for x in states[::5]])
    L = float(norms.max())
    bound = np.log(error / (L - 1)) + np.log(np.expm1(np.arange(1, n + 1) * np.log(L)))
    linear = network.linear_forecast(truth[0], n)
    return (
        valid_steps(states, truth, _THRESHOLD),
        _first(growth > np.log(_THRESHOLD)),
        _first(bound > np.log(_THRESHOLD)),
        valid_steps(linear, truth, _THRESHOLD),
    )


def _first(exceeded: Any) -> int:
    found = np.flatnonzero(exceeded)
    return int(found[0]) if found.size else len(exceeded)


@lru_cache(maxsize=4)
def _measured(setting: Setting) -> Any:
    """Steps, shape (seeds, starts, 4)."""
    seed, steps = setting.seed_for("exp-jacobian-horizon") % 2**31, 1400
    data = trial("lorenz", 8, 600, setting.pick(4, 2), steps, seed)
    found = []
    for k in range(setting.pick(8, 4)):
        network = sampled_network(data.train, width=200, seed=seed + k)
        found.append([_horizons(network, truth) for truth in data.test])
    return np.array(found, dtype=float)


def _evidence(setting: Setting, foretold: int) -> Evidence:
    steps = np.maximum(_measured(setting), 1.0)
    miss = np.abs(np.log(steps[:, :, foretold] / steps[:, :, 0])).mean(axis=1)
    findings = [
        mean_less(f"|log(horizon by {_COLUMNS[foretold]}/measured)| below log 2", miss, np.log(2)),
        mean_less(
            "linear model before a third of the network", steps[:, :, 3].mean(1), steps[:, :, 0].mean(1) / 3
        ),
    ]
    means = steps.mean(axis=1) * 0.01
    rows = tuple((k, *(float(x) for x in row)) for k, row in enumerate(means))
    table = Table(("seed", *(f"{name}, time units" for name in _COLUMNS)), rows)
    return Evidence(findings, len(steps), table=table, data={"steps": steps})


def check(setting: Setting) -> Evidence:
    """The product of Jacobians."""
    return _evidence(setting, 1)


def check_lipschitz(setting: Setting) -> Evidence:
    """The Lipschitz bound."""
    return _evidence(setting, 2)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Foretold against measured horizons."""
    steps = evidence.data["steps"].reshape(-1, 4) * 0.01
    for k, marker in ((1, "o"), (2, "s")):
        ax.plot(steps[:, 0], steps[:, k], marker, label=f"by {_COLUMNS[k]}", alpha=0.7)
    top = float(steps[:, :2].max())
    ax.plot([0, top], [0, top], color="0.5", linewidth=0.8)
    ax.set(xlabel="measured horizon, time units", ylabel="foretold")
    ax.legend()


STATEMENT = Statement(
    id="exp-jacobian-horizon",
    paper="sampled",
    title="Products of Jacobians tell the horizon",
    section="C",
    claim=r"e\,\|J_{T-1} \cdots J_0\| = 0.4 \text{ at a T within a factor 2 of the measured horizon};\quad"
    r" T(F(x_0) K^t C) < \tfrac13 T(\text{network})",
    hypotheses=("Lorenz, 200 tanh neurons, 4792 samples", "8 seeds, intervals of Student"),
    provenance=Provenance.OURS,
    uses=("lifted-horizon",),
    check=check,
    controls=(Control("the Lipschitz bound tells it", check_lipschitz),),
    figure=draw,
    quick=False,
)
