"""What the experiments share: one comparison of models, orders between them as findings, its table and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from memcurse.numerics.sampled.experiments.comparison import Score, Trial, models, rollout, scores, trial
from memcurse.numerics.sampled.trajectories import delays
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.statement import Evidence, Setting, Table
from memcurse.proofs_checks.sampled._measured import mean_less

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: (measure, the model that does better, the model that does worse)
Order = tuple[str, str, str]
_WORDS: Final = {"one_step": "one-step error", "valid_time": "valid time", "divergence": "divergence"}


@dataclass(frozen=True)
class Plan:
    """One experiment: system, width, trajectories to learn from, starts and steps of the forecasts."""

    id: str
    system: str
    width: int
    parts: int
    length: int
    starts: int
    horizon: int
    quick_horizon: int
    lags: int = 1
    observed: int | None = None
    quick_seeds: int = 4

    def steps(self, setting: Setting) -> int:
        """Steps of the forecasts."""
        return setting.pick(self.horizon, self.quick_horizon)

    def seed(self, setting: Setting) -> int:
        """Seed of the data and the first seed of the networks."""
        return setting.seed_for(self.id) % 2**31


@lru_cache(maxsize=4)
def compared(plan: Plan, setting: Setting) -> tuple[Trial, dict[str, list[Score]]]:
    """Data and scores; 8 seeds, fewer in a quick run."""
    seed = plan.seed(setting)
    starts, seeds = setting.pick(plan.starts, 4), setting.pick(8, plan.quick_seeds)
    data = trial(plan.system, plan.parts, plan.length, starts, plan.steps(setting), seed, plan.observed)
    return data, dict(scores(data, plan.width, seeds, seed, plan.lags))


def ordered(found: dict[str, list[Score]], orders: Sequence[Order]) -> list[Finding]:
    """Each order as a finding: means over the seeds, errors by their logarithms."""
    findings: list[Finding] = []
    for measure, better, worse in orders:
        good, bad = (np.array([getattr(s, measure) for s in found[name]]) for name in (better, worse))
        if measure == "valid_time":
            smaller, larger = bad, good
        else:
            smaller, larger = np.log(good), np.log(bad)
        findings.append(mean_less(f"{_WORDS[measure]}: {better} before {worse}", smaller, larger))
    return findings


def evidence(plan: Plan, setting: Setting, orders: Sequence[Order], more: Sequence[Finding] = ()) -> Evidence:
    """Orders between models, with the table of all of them and what the picture needs."""
    data, found = compared(plan, setting)
    findings = [*ordered(found, orders), *more]
    return Evidence(
        findings, len(found["K C"]), table=table(data, found), data={"plan": plan, "setting": setting}
    )


def floor_finding(plan: Plan, setting: Setting, model: str) -> Finding:
    """The divergence of a model is within twice its floor, the truth against an independent truth (in logarithms)."""
    data, found = compared(plan, setting)
    name = f"divergence: {model} within twice the floor {data.floor:.3g}"
    return mean_less(name, np.log([s.divergence for s in found[model]]), np.log(2 * data.floor))


def table(data: Trial, found: dict[str, list[Score]]) -> Table:
    """Means over the seeds, and standard deviations of the valid time."""
    rows: list[tuple[Any, ...]] = []
    for name, several in found.items():
        one, valid, divergence = (
            np.array([getattr(s, k) for s in several]) for k in ("one_step", "valid_time", "divergence")
        )
        values = (np.exp(np.log(one).mean()), valid.mean(), valid.std(ddof=1), divergence.mean())
        rows.append((name, *(float(v) for v in values)))
    rows.append(("floor: independent truth", "", "", "", data.floor))
    columns = ("model", "one-step error (relative, geometric mean)", "valid time", "its sd", "divergence")
    return Table(columns, tuple(rows))


def draw(evidence: Evidence, ax: Axes) -> None:
    """The first variable of one test trajectory: truth, network, linear model."""
    plan, setting = evidence.data["plan"], evidence.data["setting"]
    data, _ = compared(plan, setting)
    truth = delays(data.test[0], plan.lags)
    inputs = None if data.test_inputs is None else data.test_inputs[0][None, plan.lags - 1 : -1]
    times = data.system.step * np.arange(len(truth)) * (data.system.exponent or 1.0)
    width = data.test[0].shape[1]
    found = models(data, plan.width, plan.seed(setting), plan.lags)
    ax.plot(times, truth[:, -width], color="0.2", label="truth")
    for name, style in (("K C", "-"), ("linear", ":")):
        states = rollout(found[name], truth[:1], len(truth) - 1, inputs)[0, :, -width]
        ax.plot(times, states, style, label={"K C": f"network, {plan.width} neurons"}.get(name, name))
    low, high = float(truth[:, -width].min()), float(truth[:, -width].max())
    ax.set_ylim(low - 0.3 * (high - low), high + 0.3 * (high - low))
    ax.set(xlabel="time" + (" in Lyapunov times" if data.system.exponent else ""), ylabel="first variable")
    ax.legend()
