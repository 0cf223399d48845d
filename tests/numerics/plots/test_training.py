"""Pictures of training hold what a run says."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.plots.training import plot_response, plot_training

TASK = mc.KernelTask(mc.ExponentialSum(["1"], ["1"]) + mc.GaussianBump("8"), 14.0, 0.2)


def test_losses_and_the_plateau() -> None:
    run = mc.train("linear", TASK, rate=0.02, steps=800, units=4, seed=1)
    axes = plot_training(run)
    line = axes.lines[0]
    np.testing.assert_array_equal(line.get_ydata(), run.relative_loss)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert run.plateau is not None
    assert any(f"{run.plateau.length} steps" in label for label in labels)
    for several in ([run], [run, run]):
        assert len(plot_training(several).get_legend().get_texts()) == len(several)
    plt.close("all")


def test_responses() -> None:
    run = mc.train("linear", TASK, rate=0.02, steps=20, units=4, seed=1)
    axes = plot_response(run, TASK, steps=(0, 16))
    shown = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_array_equal(shown["target"], TASK.rho[:, 0])
    np.testing.assert_allclose(shown["step 0"], run.start.response(70)[:, 0])
    np.testing.assert_allclose(shown["step 20"], run.network.response(70)[:, 0])
    with pytest.raises(ValueError, match=r"`steps` must be checkpoints .*; got 3"):
        plot_response(run, TASK, steps=(3,))
    plt.close("all")
