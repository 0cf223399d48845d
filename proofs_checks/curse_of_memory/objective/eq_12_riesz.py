r"""Eq. (12): such functionals are convolutions, and their norm is the L1 norm of the kernel.

**The norm**, proved for every kernel in L1: no input of size 1 gives more, and inputs that follow the sign of the
kernel approach it (`theory.networks.functionals`).

**The representation** rests on a theorem that is quoted and not decided here, so that the verdict stays below PROVED:
that a linear and continuous functional on C_0 is the integral against a finite measure (Riesz), which has a density
where the functional is regular (Radon and Nikodym). Functionals of linear networks have their kernel by proposition
3.1, for every order. Decided for three families that are given by an equation and not by an integral (a damped
oscillator, a chain of three reservoirs, a driven decay): the kernel is found from answers, as
``y(t) = H_t(1_{s >= 0})`` is its primitive, and must answer every ``e^{z t}`` as the equation does; both sides are
rational in z and in the parameters, so this is an identity for each family.

**The code at instances.** Certified L1 norms (zeros isolated in balls, certified tails) against answers to continuous
inputs of size at most 1, random ones and ones that follow the sign of the kernel ever closer.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import hull
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.functionals import Kernel, fraction_ball
from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import Identity
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.networks.recurrences import laplace_of_exponentials
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import AiryKernel, GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum

from ._functionals import (
    BITS,
    Input,
    functional,
    norm_findings,
    norm_of_every_kernel,
    random_inputs,
    sign_inputs,
    spikes,
    with_precision,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.proofs_checks.evidence.finding import Finding

Norm = Callable[[Any], Any]


def _kernels() -> dict[str, sp.Expr]:

    return {
        "exponential sum, two signs": ExponentialSum(["1", "-3"], ["1", "3"]).expression,
        "decay": ExponentialSum(["1"], ["3/2"]).expression,
        "decay less a late bump": (ExponentialSum(["2"], ["1"]) - GaussianBump("4", "1/2", "1")).expression,
        "power law": PowerLaw("2").expression,
        "Airy kernel": AiryKernel("2", "3").expression,
        "t e^(-t)": t * sp.exp(-t),
        "four exponentials": ExponentialSum(["1", "-6", "10", "-9/2"], ["1", "2", "3", "5"]).expression,
    }


def _l1(kernel: Any) -> Any:

    return kernel.l1_norm(BITS)


def _l2(kernel: Any) -> Any:

    return lower(sp.Integral(kernel.expression**2, (t, 0, sp.oo)), (), "ball")().sqrt()


def _sup(kernel: Any) -> Any:
    """Enclosure of ``sup |rho|`` up to the cut, from boxes; the tail behind is smaller."""

    low = high = arb(0)
    for k in range(2048):
        a, b = (fraction_ball(Fraction(i, 32)) for i in (k, k + 1))
        box = abs(kernel.value(hull(a, b)))
        low, high = arb.max(low, abs(kernel.value(a)).lower()), arb.max(high, box.upper())
    return hull(low, high)


def _representation_identities() -> list[Finding]:
    """Kernels recovered from step responses against the equations that define the functionals."""

    s = sp.Symbol("s", real=True)
    z, q, nu, k = sp.symbols("z gamma nu kappa", positive=True)
    # Each functional with its step response (by hand) and its answer to e^(zt), read off its equation.
    oscillator = 1 - sp.exp(-q * s) * (sp.cos(nu * s) + q / nu * sp.sin(nu * s))
    chain = 1 - sp.exp(-k * s) * (1 + k * s + (k * s) ** 2 / 2)
    decay = (1 - sp.exp(-k * s)) / k
    cases = {
        "oscillator y'' + 2 gamma y' + (gamma^2 + nu^2)(y - x) = 0": (
            oscillator,
            (q**2 + nu**2) / ((z + q) ** 2 + nu**2),
        ),
        "chain of three reservoirs": (chain, k**3 / (z + k) ** 3),
        "driven decay y' + kappa y = x": (decay, 1 / (z + k)),
    }
    findings: list[Finding] = []
    for name, (step, answer) in cases.items():
        recovered = sp.diff(step, s)
        found = laplace_of_exponentials(recovered, s, z)
        findings.append(
            Identity(
                f"kernel from the step response answers e^(zt): {name}", sp.together(found), answer, sizes=1
            )
        )
    return findings


def _tried(setting: Setting, norm: Norm, names: tuple[str, ...] | None = None) -> Evidence:

    def run() -> Evidence:
        representations = _representation_identities()
        findings, rows = [], []
        chosen = {k: v for k, v in _kernels().items() if names is None or k in names}
        for name, expression in list(chosen.items())[: setting.pick(7, 3)]:
            kernel = Kernel(expression)
            others = random_inputs(setting.seed_for(f"eq-12:{name}"), setting.pick(20, 5))
            found, numbers = norm_findings(
                name, functional(kernel), norm(kernel), sign_inputs(kernel), others
            )
            findings += found
            rows += numbers
        table = Table(("kernel", "ramp", "answer", "norm", "may_miss"), tuple(rows))
        claim = [*representations, *norm_of_every_kernel()]
        return Evidence([*claim, *map(about_code, findings)], len(representations), None, table)

    return with_precision(run)


def check(setting: Setting) -> Evidence:
    """Representation of functionals given by equations; the norm, and that of seven kernels, three in a quick run."""
    return _tried(setting, _l1)


def _false(norm: Norm) -> Callable[[Setting], Evidence]:
    return lambda setting: _tried(setting, norm, ("exponential sum, two signs", "decay"))


def _unsigned(kernel: Any) -> Any:
    """``|int rho|``: the L1 norm of a kernel of one sign only."""

    return abs(kernel.tail(Fraction(0)))


def _dirac(setting: Setting) -> Evidence:
    """``H_t(x) = x_{t-1}``: continuous, linear, causal, time-homogeneous, not regular. Its kernel: 0."""

    def value_at_one(x: Input) -> arb:

        for (a, u), (b, v) in pairwise(zip(x.knots, x.values, strict=True)):
            if a <= 1 <= b:
                return fraction_ball(u + (v - u) * (1 - a) / (b - a))
        return fraction_ball(x.values[-1])

    def run() -> Evidence:

        approaching = [(x, arb(1) / 2**k) for k, x in enumerate(spikes(range(2, 6), Fraction(1)))]
        others = random_inputs(setting.seed_for("eq-12:dirac"), 5)
        findings, _ = norm_findings("delay by 1", value_at_one, arb(0), approaching, others)
        return Evidence(findings)

    return with_precision(run)


def draw(evidence: Evidence, ax: Axes) -> None:
    """How close the answers come to the norm, with the certified bound on what they may miss."""
    if evidence.table is None:
        return
    colours = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
    for colour, name in zip(colours, dict.fromkeys(row[0] for row in evidence.table.rows), strict=False):
        rows = [row for row in evidence.table.rows if row[0] == name]
        ramps = [row[1] for row in rows]
        ax.loglog(ramps, [max(1 - row[2] / row[3], 1e-13) for row in rows], "o", color=colour, label=name)
        ax.loglog(ramps, [max(row[4] / row[3], 1e-13) for row in rows], "-", color=colour, lw=0.8)
    ax.set_ylim(bottom=1e-13)
    widths = sorted({row[1] for row in evidence.table.rows})
    ax.set_xticks(widths, [f"1/{round(1 / x)}" for x in widths])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("width of the ramps by which the input follows the sign of the kernel (time)")
    ax.set_ylabel("1 - answer/norm (points)\ncertified bound on it (lines)")
    ax.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))


STATEMENT = Statement(
    id="eq-12",
    title="Functionals are convolutions, and their norm is the L1 norm of the kernel",
    paper="curse-of-memory",
    section="4",
    claim=r"H_t(x) = \int_0^\infty x_{t-s}\,\rho(s)\,ds, \quad"
    r" \sup_t \|H_t\| = \|\rho\|_{L^1} = \int_0^\infty |\rho(s)|\,ds",
    hypotheses=("H_t linear and continuous on C_0", "causal", "regular", "time-homogeneous"),
    provenance=Provenance.RECOVERED,
    uses=("prop-3.1",),
    check=check,
    controls=(
        Control("L2 norm in place of the L1 norm", _false(_l2)),
        Control("largest value in place of the L1 norm", _false(_sup)),
        Control("|integral of rho| in place of the L1 norm", _false(_unsigned)),
        Control("delay by 1: a Dirac measure, not regular, has no kernel", _dirac),
    ),
    figure=draw,
)
