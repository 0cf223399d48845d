r"""Van der Pol's oscillator seen through one variable: the state is its last two values.

Two things turn round here. Normal weights, which look at the scale of the data only, do better than pairs: the data lie
along a diagonal, and most pairs follow it. And the Koopman step costs much: K C errs more than the direct D, by orders
of magnitude for single seeds, since C gives the state back with an error that D does not have (`ext-edmd-inert`).
"""

from __future__ import annotations

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement

from ._comparison import Plan, draw, evidence

_PLAN = Plan(
    id="exp-delay",
    system="vanderpol",
    width=80,
    parts=40,
    length=51,
    starts=10,
    horizon=200,
    quick_horizon=60,
    lags=2,
    observed=1,
    quick_seeds=6,
)
_ORDERS = (
    ("one_step", "direct D", "linear"),
    ("valid_time", "direct D", "linear"),
    ("one_step", "normal weights", "direct D"),
    ("one_step", "direct D", "K C"),
)
_FALSE = (("one_step", "linear", "normal weights"),)


def check(setting: Setting) -> Evidence:
    """Networks of pairs beside what is simpler."""
    return evidence(_PLAN, setting, _ORDERS)


def check_reversed(setting: Setting) -> Evidence:
    """An order turned round."""
    return evidence(_PLAN, setting, _FALSE)


STATEMENT = Statement(
    id="exp-delay",
    paper="sampled",
    title="Delay embedding: normal weights before pairs, the direct D before K C",
    section="D",
    claim=r"e_1(\mathcal N(0, 1)) < e_1(\text{pairs, direct}) < e_1(\text{linear}),\quad"
    r" e_1(\text{pairs, direct}) < e_1(\text{pairs}, K C)",
    hypotheses=("80 tanh neurons, one variable, two lags of .1", "8 seeds, intervals of Student"),
    provenance=Provenance.OURS,
    uses=("swim-pair", "ext-edmd-inert"),
    check=check,
    controls=(Control("the linear model does better", check_reversed),),
    figure=draw,
    quick=False,
)
