r"""Van der Pol's oscillator with a control: a force that is drawn anew at each step and known to the model.

The network has features of its own for the input: :math:`h' = F(h) K C + G(u) B C`.
"""

from __future__ import annotations

from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement

from ._comparison import Plan, draw, evidence

_PLAN = Plan(
    id="exp-forced", system="forced", width=80, parts=20, length=101, starts=10, horizon=200, quick_horizon=60
)
_ORDERS = (
    ("one_step", "K C", "linear"),
    ("valid_time", "K C", "linear"),
    ("divergence", "K C", "linear"),
)
_FALSE = (("valid_time", "linear", "K C"),)


def check(setting: Setting) -> Evidence:
    """Networks of pairs beside what is simpler."""
    return evidence(_PLAN, setting, _ORDERS)


def check_reversed(setting: Setting) -> Evidence:
    """An order turned round."""
    return evidence(_PLAN, setting, _FALSE)


STATEMENT = Statement(
    id="exp-forced",
    paper="sampled",
    title="Forced Van der Pol: a network with control",
    section="D",
    claim=r"e_1(\text{network}) < e_1(\text{linear}),\quad T(\text{network}) > T(\text{linear})",
    hypotheses=(
        "80 tanh neurons for the state, 80 for the input, inputs uniform in (-1, 1)",
        "8 seeds, intervals of Student",
    ),
    provenance=Provenance.OURS,
    uses=("swim-pair",),
    check=check,
    controls=(Control("the linear model does better", check_reversed),),
    figure=draw,
    quick=False,
)
