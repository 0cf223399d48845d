r"""Temperature a day ahead, 256 tanh neurons: no gain over a linear model.

Hourly weather of one station, weeks held out, the ridge chosen on other weeks (`numerics/sampled/experiments`).
Compared are absolute errors hour by hour; they depend on each other for days, so blocks of two days are drawn
again. The network's errors are means over the seeds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from memcurse.numerics.sampled.experiments.measures import block_bootstrap_interval
from memcurse.numerics.sampled.experiments.weather_forecast import (
    linear_errors,
    network_errors,
    persistence_errors,
    weather_task,
)
from memcurse.proofs_checks.evidence.findings import Experiment
from memcurse.proofs_checks.evidence.statement import (
    Control,
    Evidence,
    Provenance,
    Setting,
    Statement,
    Table,
)
from memcurse.proofs_checks.sampled._measured import LEVELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _BLOCK = 256, 48


@lru_cache(maxsize=4)
def _errors(setting: Setting) -> tuple[dict[str, Any], int]:
    task = weather_task()
    seed, count = setting.seed_for("exp-weather") % 2**31, setting.pick(8, 2)
    networks = [network_errors(_WIDTH, seed + k, task)[0] for k in range(count)]
    return {
        "256 tanh": np.stack(networks),
        "linear": linear_errors(task)[0][None],
        "persistence": persistence_errors(task)[None],
    }, seed


def _evidence(setting: Setting, gain: float) -> Evidence:
    errors, seed = _errors(setting)
    size = {name: np.abs(e).mean(axis=0) for name, e in errors.items()}
    samples = len(size["linear"]) // _BLOCK
    interval, exclusion = block_bootstrap_interval(
        size["256 tanh"] - size["linear"], _BLOCK, LEVELS, seed, 20_000
    )
    finding = Experiment(
        "mean |error|: network - linear, deg C",
        -gain,
        interval,
        exclusion,
        *LEVELS,
        samples=samples,
        random="blocks of days",
    )
    rows = tuple(
        (name, float(np.sqrt((e**2).mean())), float(np.abs(e).mean()), len(e)) for name, e in errors.items()
    )
    table = Table(("model", "rms error, deg C", "mean |error|, deg C", "seeds"), rows)
    return Evidence([finding], samples, table=table, data={"errors": errors})


def check(setting: Setting) -> Evidence:
    """No gain over the linear model."""
    return _evidence(setting, 0.0)


def check_gain(setting: Setting) -> Evidence:
    """A gain of half a degree."""
    return _evidence(setting, 0.5)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Distribution of the errors of the three."""
    edges = np.linspace(-12, 12, 49).tolist()
    for name, errors in evidence.data["errors"].items():
        ax.hist(np.clip(errors.ravel(), -12, 12), edges, density=True, histtype="step", label=name)
    ax.set(xlabel="error a day ahead, degrees Celsius", ylabel="density")
    ax.legend()


STATEMENT = Statement(
    id="exp-weather",
    paper="sampled",
    title="Weather: no gain over a linear model",
    section="D",
    claim=r"E|e_{\text{network}}| - E|e_{\text{linear}}| = 0 \text{ within the block bootstrap}",
    hypotheses=("24 lags of four variables, one day ahead, JFK 2013", "weeks held out, ridge by validation"),
    provenance=Provenance.OURS,
    corrects="Sampled networks are of use for the weather data. Over a linear model there is no gain.",
    uses=("swim-pair",),
    check=check,
    controls=(Control("a gain of half a degree", check_gain),),
    figure=draw,
    quick=False,
)
