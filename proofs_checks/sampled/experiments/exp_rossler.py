r"""Rossler's attractor, 200 tanh neurons: how many Lyapunov times a forecast stays near the truth.

Valid is a forecast within .4 standard deviations. The divergence of the long run's histogram comes with its floor, the
truth against an independent truth: good models sit at the floor, so it does not rank them.
"""

from __future__ import annotations

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement

from ._comparison import Plan, draw, evidence, floor_finding

_PLAN = Plan(
    id="exp-rossler",
    system="rossler",
    width=200,
    parts=8,
    length=600,
    starts=5,
    horizon=2800,
    quick_horizon=1400,
)
_ORDERS = (
    ("valid_time", "K C", "normal weights"),
    ("valid_time", "K C", "polynomial"),
    ("valid_time", "K C", "linear"),
    ("one_step", "K C", "normal weights"),
)
_FALSE = (("one_step", "polynomial", "K C"),)


def check(setting: Setting) -> Evidence:
    """Networks of pairs beside what is simpler."""
    return evidence(_PLAN, setting, _ORDERS, [floor_finding(_PLAN, setting, "K C")])


def check_reversed(setting: Setting) -> Evidence:
    """An order turned round."""
    return evidence(_PLAN, setting, _FALSE)


STATEMENT = Statement(
    id="exp-rossler",
    paper="sampled",
    title="Rossler: valid times of forecasts",
    section="D",
    claim=r"T(\text{pairs}) > T(\mathcal N(0, 1)),\; T(\text{cubic}),\; T(\text{linear}),"
    r"\quad D_{KL} \le 2\,\text{floor}",
    hypotheses=("200 tanh neurons, 4792 samples, steps of .05", "8 seeds, intervals of Student"),
    provenance=Provenance.OURS,
    uses=("swim-pair",),
    check=check,
    controls=(Control("the cubic errs less in one step", check_reversed),),
    figure=draw,
    quick=False,
)
