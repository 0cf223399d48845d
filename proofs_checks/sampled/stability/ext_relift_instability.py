r"""A stable map, a stable K, and a network that is not: one neuron, in closed form.

Data :math:`\{\pm a\} \to \{\pm r a\}`, the pair :math:`(-a, a)`. The network lifts its state anew at each step, so
its multiplier at 0 is :math:`\ln 3\,K`, not K: between :math:`r^* = .8941...` and 1 it exceeds 1 while K and the
map are below. Identities give K, the multiplier and :math:`r^*` for all a and r; the two inequalities are certified for
every r in [8942/10000, 9999/10000]. At the instance r = 19/20 balls enclose the points that attract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb, fmpq

from memcurse.numerics.arithmetic.balls import precision
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Enclosed, Every, ForAll, Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement
from memcurse.theory.sampled.neurons import (
    LN3,
    critical_contraction,
    one_neuron_features,
    one_neuron_koopman,
    one_neuron_multiplier,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


#: Just above r*, in ten-thousandths.
_ABOVE = 8942


def _identities() -> list[Finding]:
    a, r = sp.symbols("a r", positive=True)
    h = sp.Symbol("h", real=True)
    K = one_neuron_koopman(r)
    at, after = one_neuron_features(a, a), one_neuron_features(r * a, a)
    network = 2 * a * K * one_neuron_features(h, a)
    slope = sp.diff(network, h).subs(h, 0)
    return [
        Identity("features at the data are odd", one_neuron_features(-a, a), -at),
        Identity("K = F_Y/F_X", after / at, K),
        Identity("C = X/F_X", a / at, 2 * a),
        Identity("multiplier of the network at 0", slope, one_neuron_multiplier(r)),
        Identity("K grows with r", sp.diff(K, r), 4 * LN3 * 3**r / (3**r + 1) ** 2),
        Identity("K = 1 at r = 1", one_neuron_koopman(1), 1),
        Identity("multiplier at r*: its power of 3", _power_at_critical(), (2 * LN3 + 1) / (2 * LN3 - 1)),
        Identity("multiplier 1 there", _multiplier_of_power((2 * LN3 + 1) / (2 * LN3 - 1)), 1),
    ]


def _on_region(start: int) -> Finding:
    """``K < 1 < ln 3 K`` for every contraction from `start` ten-thousandths to nearly 1."""
    r = sp.Symbol("r", positive=True)
    box, K = {r: (sp.Rational(start, 10_000), sp.Rational(9999, 10_000))}, one_neuron_koopman(r)
    parts = (ForAll("K < 1", K, 1, box), ForAll("1 < ln 3 K", 1, one_neuron_multiplier(r), box))
    return Every("K < 1 < multiplier, on a region", parts)


def _power_at_critical() -> sp.Expr:
    return sp.exp(LN3 * critical_contraction())


def _multiplier_of_power(power: sp.Expr) -> sp.Expr:
    """The multiplier as a function of ``3^r``."""
    return LN3 * 2 * (power - 1) / (power + 1)


def _numbers(r: fmpq) -> tuple[arb, arb]:
    power = arb(3) ** arb(r)
    K = 2 * (power - 1) / (power + 1)
    return K, K * arb(3).log()


def _attractor(K: arb) -> tuple[arb, arb]:
    """The fixed point h > 0 for a = 1, by bisection with certain signs, and the slope there."""
    half = arb(3).log() / 2

    def surplus(h: arb) -> arb:
        return 2 * K * (half * h).tanh() - h

    low, high = arb(fmpq(1, 100)), arb(2)
    for _ in range(60):
        middle = (low + high) / 2
        middle = middle.mid()
        low, high = (middle, high) if surplus(middle) > 0 else (low, middle)
    h = low.union(high)
    return h, 2 * K * half * (1 - (half * h).tanh() ** 2)


def _evidence(setting: Setting, r: fmpq, start: int = _ABOVE) -> Evidence:
    with precision(setting.digits):
        K, multiplier = _numbers(r)
        critical = ((2 * arb(3).log() + 1) / (2 * arb(3).log() - 1)).log() / arb(3).log()
        pairs = [(K, arb(1)), (arb(1), multiplier), (critical, arb(r)), (arb(r), arb(1))]
        findings: list[Finding] = [
            *_identities(),
            _on_region(start),
            BallInequalities("K < 1 < multiplier, r* < r < 1", pairs, about="code"),
            Enclosed(
                "r*",
                critical,
                (fmpq(894107136990623, 10**15), fmpq(894107136990625, 10**15)),
                about="code",
            ),
        ]
        point = None
        if multiplier > 1:
            point, slope = _attractor(K)
            findings.append(
                BallInequalities(
                    "the other fixed points exist and attract",
                    [(arb(0), point), (abs(slope), arb(1))],
                    about="code",
                )
            )
    return Evidence(
        findings, digits=setting.digits, data={"K": float(K.mid()), "point": point, "r": float(arb(r).mid())}
    )


def check(setting: Setting) -> Evidence:
    """Contraction 19/20."""
    return _evidence(setting, fmpq(19, 20))


def check_below(setting: Setting) -> Evidence:
    """Contractions from 89/100 on, below r*."""
    return _evidence(setting, fmpq(89, 100), 8900)


def draw(evidence: Evidence, ax: Axes) -> None:
    """The map, the network and the diagonal, for a = 1."""
    h = np.linspace(-1.2, 1.2, 200)
    K, r = evidence.data["K"], evidence.data["r"]
    ax.plot(h, h, color="0.6", linewidth=0.8, label="$h' = h$")
    ax.plot(h, r * h, "--", label=f"the map, r = {r:g}")
    ax.plot(h, 2 * K * np.tanh(np.log(3) / 2 * h), label=f"the network, K = {K:.4f}")
    point: Any = evidence.data["point"]
    if point is not None:
        p = float(point.mid())
        ax.plot([-p, p], [-p, p], "o", label=f"attracting, $\\pm${p:.4f}")
    ax.set(xlabel="h", ylabel="h'")
    ax.legend()


STATEMENT = Statement(
    id="ext-relift-instability",
    paper="sampled",
    title="A stable K does not make the network stable",
    section="C",
    claim=r"K = 2\,\frac{3^r - 1}{3^r + 1} < 1 < \ln 3\, K \text{ for } r^* < r < 1,\quad"
    r" r^* = \log_3 \frac{2\ln 3 + 1}{2\ln 3 - 1}",
    hypotheses=("data {a, -a} -> {r a, -r a}, one tanh neuron of the pair (-a, a)", "instance r = 19/20"),
    provenance=Provenance.NEW,
    corrects=(
        "The stability of the network can be read from the eigenvalues of K. A stable K may belong to an "
        "unstable network, which lifts its state anew at every step."
    ),
    uses=("swim-pair",),
    check=check,
    controls=(Control("r = .89, below r*", check_below),),
    figure=draw,
)
