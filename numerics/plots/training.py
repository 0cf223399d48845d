"""Pictures of training: the loss against steps with its plateau, and the response that a network has learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from memcurse.numerics.networks.training.run import TrainingRun

from .objective import axes_or_new
from .style import BLACK, FAINT, GREY, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.numerics.networks.training.tasks import KernelTask


def plot_training(runs: TrainingRun | Sequence[TrainingRun], *, ax: Axes | None = None, **kw: Any) -> Axes:
    """Relative loss against steps, both logarithmic; the plateau of a run that does not come in a list is shaded."""
    axes = axes_or_new(ax)
    several = [runs] if isinstance(runs, TrainingRun) else list(runs)
    for i, run in enumerate(several):
        options = {"color": SERIES[i % len(SERIES)], "label": f"{run.method}, seed {run.seed}", **kw}
        axes.plot(np.maximum(run.at, 1), run.relative_loss, **options)
    if isinstance(runs, TrainingRun) and runs.plateau is not None:
        plateau = runs.plateau
        bound = "" if plateau.left else "at least "
        label = f"plateau: {bound}{plateau.length} steps"
        axes.axvspan(max(plateau.start, 1), plateau.end, color=FAINT, zorder=0, label=label)
    axes.axhline(1.0, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel="step", ylabel="loss, relative to silence")
    axes.legend()
    return axes


def plot_response(
    run: TrainingRun, task: KernelTask, *, steps: Sequence[int] = (), ax: Axes | None = None, **kw: Any
) -> Axes:
    """Answers to an impulse of the first input: the target, the end of the run, the checkpoints at `steps`.

    Raises
    ------
    ValueError
        For a step that is no checkpoint.
    """
    axes = axes_or_new(ax)
    times = task.step * np.arange(task.steps)
    axes.plot(times, task.rho[:, 0], color=BLACK, linewidth=2, label="target")
    networks = {f"step {run.steps}": run.network}
    for step in steps:
        place = np.flatnonzero(run.checkpoint_steps == step)
        if not place.size:
            raise ValueError(f"`steps` must be checkpoints (0 and powers of two up to the end); got {step}")
        networks[f"step {step}"] = run.checkpoint(int(place[0]))
    for (name, network), colour in zip(networks.items(), SERIES, strict=False):
        axes.plot(times, network.response(task.steps)[:, 0], "--", **{"color": colour, "label": name, **kw})
    axes.set(xlabel="time", ylabel="response")
    axes.legend()
    return axes
