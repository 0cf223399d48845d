r"""Adam gains a factor on the plateau, not an exponent.

Steps until a drop of the loss by 1 %, m = 2, start a = (.475, .525), w = (1.05, .95), gradient descent at rate 1/10:

| T | 8 | 12 | 14 | 15 | 16 | 16.5 |
|---|---|---|---|---|---|---|
| gradient descent | 168 | 13,098 | 559,861 | | | |
| Adam, rate 1/100 | 36 | 317 | 4,576 | 37,486 | 401,115 | 1,665,708 |

At short memory Adam's count grows slowly; from T = 14 on it is gradient descent's over 120, and grows as fast: against
the time of the gradient flow the exponent is one. Dividing by the root of the second moment makes one component's step
as long as another's; it does not turn the direction, in which the split's part is hidden below all others.

Nor does it matter how large a step is, in the range where the count is not yet decided by round-off: rates 1/100 and
1/1000 take 4,576 and 4,506 steps at T = 14. The floor eps = 1e-8 of the denominator does not set the horizon: with
1e-12 the counts are the same within 1 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import sympy as sp

from memcurse.numerics.descent.first_order import descend
from memcurse.numerics.fit_ranges import covering, left_out
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.networks.methods import METHODS
from memcurse.numerics.objective.objective import Objective
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Every, Measured
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import example_target

START: Final = (("0.475", "0.525"), ("1.05", "0.95"))
#: Delays in eighths: where Adam has come to long memory.
_ADAM: Final = range(112, 131)
#: Other numbers that take as many steps.
_OTHER: Final[tuple[dict[str, float], ...]] = ({"rate": 0.001}, {"floor": 1e-12})
_STEPS: Final = 8_000_000


@lru_cache(maxsize=256)
def steps(eighth: int, name: str, rate: float | None = None, floor: float | None = None) -> int:
    """Steps until the drop, at the delay ``eighth/8``."""
    numbers = {key: x for key, x in (("rate", rate), ("floor", floor)) if x is not None}
    J = Objective(example_target(sp.Rational(eighth, 8)))
    found = descend(J, *START, METHODS[name].changed(**numbers), max_steps=_STEPS)
    if found.status != "reached":
        raise ArithmeticError(f"{name} must leave the plateau at T = {eighth / 8}; got {found.status}")
    return found.steps


@lru_cache(maxsize=64)
def flow_time(eighth: int) -> float:
    """Time of the gradient flow: a tenth of the steps of gradient descent at the rate 1/10."""
    stop = LossDrop(fraction="0.01")
    found = gradient_flow(
        Objective(example_target(sp.Rational(eighth, 8))), *START, stop, rtol=1e-6
    ).event_time
    if found is None:
        raise ArithmeticError(f"the flow must escape at T = {eighth / 8}")
    return float(found)


def exponent(claimed: float) -> Finding:
    """``ln steps = claimed * ln tau + c``: over the first two thirds of the delays, and over all."""
    rows = [[math.log(flow_time(q)), 1.0] for q in _ADAM]
    values = [math.log(steps(q, "adam")) for q in _ADAM]
    half = 2 * len(rows) // 3
    bounds = covering([left_out(rows[:n], values[:n]) for n in (half, len(rows))])
    name = "Adam: exponent against the gradient flow"
    return Measured(
        name, claimed, bounds, len(rows), origin="range with one count left out", fitted="a slope"
    )


def gain(eighth: int, claimed: float) -> Finding:
    """The factor between gradient descent's count and Adam's, within 10 %."""
    found = 10 * flow_time(eighth) / steps(eighth, "adam")
    name, bounds = f"T = {eighth / 8}: gain of Adam", (0.9 * found, 1.1 * found)
    return Measured(name, claimed, bounds, 2, origin="a tenth of what is found")


def same_count(name: str, eighth: int, claimed: float, **numbers: float) -> Finding:
    """The count with other numbers over the count with those of the table, within 5 %."""
    found = steps(eighth, name, **numbers) / steps(eighth, name)
    said = ", ".join(f"{key} {x:g}" for key, x in numbers.items())
    said, bounds = f"T = {eighth / 8}, {name}, {said}: ratio of the counts", (0.95 * found, 1.05 * found)
    return Measured(said, claimed, bounds, 2, origin="a twentieth of what is found")


def check(setting: Setting) -> Evidence:
    """The exponent, the factor at two delays, and that neither the rate nor the floor matters."""
    findings = (
        exponent(1.0),
        Every("the gain is one factor", (gain(112, 122.0), gain(128, 122.0))),
        Every(
            "the rate and the floor do not matter",
            tuple(same_count("adam", q, 1.0, **x) for q in (112, 120) for x in _OTHER),
        ),
    )
    rows = [(q / 8, steps(q, "adam"), 10 * flow_time(q)) for q in _ADAM]
    return Evidence(findings, len(rows), None, Table(("T", "Adam", "gradient flow"), tuple(rows)))


def _refute(finding: Callable[[], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence((finding(),))

    return refute


STATEMENT = Statement(
    id="ext-adam",
    title="Adam gains a factor on the plateau, not an exponent",
    paper="curse-of-memory",
    section="5",
    claim=r"n_{\mathrm{Adam}} \approx n_{\mathrm{gradient\ descent}} / 120 \quad\text{for}\quad 1/\omega \ge 14",
    hypotheses=(
        "m = 2, target (125); start a = (.475, .525), w = (1.05, .95); a drop of the loss by 1 %",
        "Adam with beta = (.9, .999), eps = 1e-8; rates 1/100 and 1/1000; gradient descent at 1/10",
        "1/omega from 14 to 16.25, in float64",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125", "ext-escape-law"),
    check=check,
    controls=(
        Control("Adam halves the exponent", _refute(lambda: exponent(0.5))),
        Control("Adam is polynomial: exponent 0", _refute(lambda: exponent(0.0))),
        Control(
            "a rate ten times smaller takes ten times as long",
            _refute(lambda: same_count("adam", 112, 10.0, rate=0.001)),
        ),
        Control(
            "eps sets the horizon: 1e4 times smaller, 100 times longer",
            _refute(lambda: same_count("adam", 112, 100.0, floor=1e-12)),
        ),
        Control("the gain doubles with two units of time", _refute(lambda: gain(128, 244.0))),
    ),
    quick=False,
)
