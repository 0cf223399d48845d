r"""Van der Pol's oscillator, 80 tanh neurons: neurons of pairs against normal weights, a cubic and a linear model.

The free oscillator, both variables seen, steps of .1, 40 trajectories of 50 steps to learn from.
"""

from __future__ import annotations

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement

from ._comparison import Plan, draw, evidence

_PLAN = Plan(
    id="exp-vanderpol",
    system="vanderpol",
    width=80,
    parts=40,
    length=51,
    starts=10,
    horizon=200,
    quick_horizon=60,
    quick_seeds=8,
)
_ORDERS = (
    ("one_step", "K C", "normal weights"),
    ("one_step", "K C", "polynomial"),
    ("one_step", "K C", "linear"),
    ("valid_time", "K C", "linear"),
)
_FALSE = (("one_step", "polynomial", "K C"),)


def check(setting: Setting) -> Evidence:
    """Networks of pairs beside what is simpler."""
    return evidence(_PLAN, setting, _ORDERS)


def check_reversed(setting: Setting) -> Evidence:
    """An order turned round."""
    return evidence(_PLAN, setting, _FALSE)


STATEMENT = Statement(
    id="exp-vanderpol",
    paper="sampled",
    title="Van der Pol: pairs before normal weights",
    section="D",
    claim=r"e_1(\text{pairs}) < e_1(\mathcal N(0, 1)),\; e_1(\text{cubic}),\; e_1(\text{linear})",
    hypotheses=("80 tanh neurons, 2000 samples, steps of .1", "8 seeds, intervals of Student"),
    provenance=Provenance.OURS,
    uses=("swim-pair",),
    check=check,
    controls=(Control("the cubic does better", check_reversed),),
    figure=draw,
)
