"""Figures 1 and 4 turn red when what they are about is broken, and keep runs that never leave."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from memcurse.numerics.networks.training import lorenz96
from memcurse.proofs_checks.curse_of_memory.optimisation.trained import _lengths, fig_1_two_memories
from memcurse.proofs_checks.curse_of_memory.optimisation.trained import fig_4_general_networks as fig_4
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

QUICK = Setting(digits=30, quick=True, seed=1)


KEPT = (_lengths.lengths, fig_1_two_memories._to_half, fig_1_two_memories._sites)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No run of another test, broken or not, is kept."""
    for function in KEPT:
        function.cache_clear()
    yield
    for function in KEPT:
        function.cache_clear()


@pytest.mark.slow
def test_memory_that_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bump stays at 4 whatever the delay: the slope of gradient descent falls below its bound."""
    honest = _lengths.task
    monkeypatch.setattr(_lengths, "task", lambda delay, bump: honest(4, bump))
    assert fig_4._grows(QUICK, fig_4._GD, 0.75).verdict is Verdict.REFUTED


@pytest.mark.slow
def test_adam_that_is_gradient_descent(monkeypatch: pytest.MonkeyPatch) -> None:
    impostor = _lengths.Training("linear", "gd", 0.021, 300_000)
    monkeypatch.setattr(fig_4, "_ADAM", impostor)
    assert fig_4._shorter(QUICK, fig_4._ADAM, fig_4._GD).verdict is Verdict.OBSERVED
    slopes = [fig_4._found(QUICK, training).slopes for training in (fig_4._ADAM, fig_4._GD)]
    assert fig_4.mean_less("slope of Adam below", slopes[0] + 0.2, slopes[1]).verdict is Verdict.REFUTED


@pytest.mark.slow
def test_a_system_without_a_way_has_no_plateau(monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise on all sites: site 6 is driven, and its plateau is gone."""
    monkeypatch.setattr(fig_1_two_memories, "Lorenz96", lambda: lorenz96.Lorenz96(everywhere=True))
    assert fig_1_two_memories._plateau_at(QUICK, 6).verdict is not Verdict.OBSERVED


@pytest.mark.slow
def test_runs_that_never_leave_are_kept() -> None:
    """A budget that is too small: lower bounds, counted, and a median that is one."""
    training = _lengths.Training("linear", "gd", 0.02, 300)
    found = _lengths.lengths(training, (4, 8), (1, 2, 3))
    assert found.left[0].all()
    assert not found.left[1].any()
    assert (found.lengths[1] <= 300).all()
    assert (found.lengths[1] > 200).all()
    assert found.medians()[1] is None
    rows = _lengths.table_rows({"short": found})
    assert rows[1][2].startswith(">= ")
    assert rows[1][-1] == 3


def test_slopes_of_known_lengths() -> None:
    delays = (4, 6, 8)
    lengths = np.exp(np.outer(delays, [0.5, 1.0]))
    found = _lengths.Lengths(delays, lengths, np.ones((3, 2), dtype=bool))
    np.testing.assert_allclose(found.slopes, [0.5, 1.0])


@pytest.mark.slow
def test_fig_1_says_when_a_target_is_not_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fig_1_two_memories, "_BUDGET", 5000)
    few = {site: tuple(fig_1_two_memories.site_run(site, seed, 20) for seed in (1, 2)) for site in (0, 6)}
    monkeypatch.setattr(fig_1_two_memories, "_sites", lambda setting, site: few[site])
    evidence = fig_1_two_memories.check(QUICK)
    came = next(found for found in evidence.findings if "learned to half" in found.name)
    assert came.verdict is Verdict.UNDECIDED
    assert evidence.verdict is not Verdict.OBSERVED
