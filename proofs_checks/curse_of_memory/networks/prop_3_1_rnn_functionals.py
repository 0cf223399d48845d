r"""Proposition 3.1: linear networks give causal, linear, continuous, regular, time-homogeneous functionals.

**Proof**, for every order of the network. Its kernel is integrable: in Putzer's form ``e^{W s} = sum_k r_k(s) P_k``
with ``|r_k| <= s^{k-1} e^{-beta s}/(k-1)!`` where no eigenvalue has a real part above -beta
(`theory.networks.stability`; Cayley and Hamilton's theorem ends the sum). For an integrable kernel all four properties
and the norm are shown under the integral, for every value of the kernel and every input, also the regularity
(`theory.networks.functionals`; dominated convergence joins the steps).

**The code at instances.** Answers to straight lines between nodes, combined of the answers ``R(u)`` to ramps (``R'' =
rho``, ``R(0) = R'(0) = 0``): in all their values, for symbolic networks, they have the properties. Certified answers
come as near to the L1 norm as promised, and it is below Putzer's bound, which a Jordan block attains. Spikes of half
the width have less than three quarters of the answer in the end, wherever they sit; the value of the input itself
(``H_t(x) = x_t``) keeps answering 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.functionals import Kernel, fraction_ball
from memcurse.numerics.plots.style import BLUE, GREEN, VERMILION
from memcurse.proofs_checks.curse_of_memory.objective._functionals import (
    BITS,
    functional,
    norm_findings,
    norm_of_every_kernel,
    random_inputs,
    sign_inputs,
    spikes,
    with_precision,
)
from memcurse.proofs_checks.evidence.finding import about_code
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities, Inequalities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.networks import functionals, stability
from memcurse.theory.networks.recurrences import LinearRNN, diagonal_rnn, jordan, oscillating
from memcurse.theory.notation import t

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.proofs_checks.evidence.finding import Finding

#: Answer at node n, from the answer to a ramp, the values at the nodes 0, 1, ... and their distance.
Answer = Callable[[Callable[[sp.Expr], sp.Expr], Sequence[sp.Expr], int, sp.Expr], sp.Expr]
_NODES, _NODE = 5, 3
#: Of the networks at exact numbers.
_EIGENVALUES = {
    "diagonal, two signs": [sp.Integer(-1), sp.Integer(-2), sp.Integer(-4)],
    "Jordan block": [sp.Rational(-3, 2)] * 2,
    "oscillating": [sp.Rational(-3, 2) + 2 * sp.I, sp.Rational(-3, 2) - 2 * sp.I],
}


def _answer(ramp: Callable[[sp.Expr], sp.Expr], x: Sequence[sp.Expr], n: int, eta: sp.Expr) -> sp.Expr:
    """``H_{n eta}(x)`` for straight lines through ``x[k]`` at ``k eta``, zero at the nodes outside."""
    padded = [0, 0, *x, 0, 0]
    total = sp.S.Zero
    for k in range(-1, min(n, len(x) + 1)):
        bend = (padded[k + 1] - 2 * padded[k + 2] + padded[k + 3]) / eta
        total += bend * ramp((n - k) * eta)
    return total


def _seeing_ahead(ramp: Callable[[sp.Expr], sp.Expr], x: Sequence[sp.Expr], n: int, eta: sp.Expr) -> sp.Expr:
    return _answer(ramp, x, n + 1, eta)


def _with_a_clock(ramp: Callable[[sp.Expr], sp.Expr], x: Sequence[sp.Expr], n: int, eta: sp.Expr) -> sp.Expr:
    return (1 + n * eta) * _answer(ramp, x, n, eta)


def _never_at_rest(ramp: Callable[[sp.Expr], sp.Expr], x: Sequence[sp.Expr], n: int, eta: sp.Expr) -> sp.Expr:
    return _answer(ramp, x, n, eta) + 1


#: The same under the integral.
_WRONG: dict[Answer, functionals.Integrand] = {
    _seeing_ahead: lambda kernel, x, time, s: kernel(s) * x(time + 1 - s),
    _with_a_clock: lambda kernel, x, time, s: (1 + time) * kernel(s) * x(time - s),
    _never_at_rest: lambda kernel, x, time, s: kernel(s) * x(time - s) + 1,
}


def _proof(integrand: functionals.Integrand = functionals.convolution, sign: int = 1) -> list[Finding]:
    """Integrable kernels for every order, then the four properties and the norm for every integrable kernel."""
    properties = functionals.causal_linear_homogeneous(integrand)
    return [
        Identities("Putzer's form of e^(Ws), every order", stability.partial_sums()),
        Identities("its functions by variation of constants", stability.variation_of_constants()),
        Inequalities("|e^(lambda v)| <= e^(-beta v)", stability.modulus(sign)),
        Identities("bounds by induction: powers, integrals", [*stability.powers(), *stability.integrals()]),
        *(Identities(f"{name}, under the integral", [pair]) for name, pair in properties),
        *norm_of_every_kernel(),
        Inequalities("regular: dominated by the kernel", functionals.domination()),
    ]


def _networks() -> dict[str, Any]:

    a, w = sp.symbols("a_1:3", real=True), sp.symbols("w_1:3", positive=True)
    rate, frequency = sp.symbols("lambda nu", positive=True)
    c, U = sp.ImmutableMatrix(sp.symbols("c_1:3", real=True)), sp.ImmutableMatrix([1, 1])
    return {
        "diagonal": diagonal_rnn(a, w),
        "Jordan block": LinearRNN(c, jordan(rate, 2), U),
        "oscillating": LinearRNN(c, oscillating(rate, frequency, sp.S.Zero, sp.S.One), U),
    }


def _property_identities(name: str, rnn: Any, answer: Answer) -> list[Finding]:

    eta = sp.Symbol("eta", positive=True)
    u = sp.Symbol("u", positive=True)
    x, y = (sp.symbols(f"{letter}_0:{_NODES}", real=True) for letter in "xy")
    p, q = sp.symbols("p q", real=True)

    def ramp(time: sp.Expr) -> sp.Expr:
        return rnn.ramp_response(time)[0, 0]

    def H(values: Sequence[sp.Expr], n: int = _NODE) -> sp.Expr:
        return answer(ramp, values, n, eta)

    R = ramp(u)
    primitive = [(sp.diff(R, u, 2), rnn.kernel(u)[0, 0]), (sp.diff(R, u).subs(u, 0), 0), (R.subs(u, 0), 0)]
    later = [(sp.diff(H(x), value), 0) for value in x[_NODE + 1 :]]
    mixed = [p * xi + q * yi for xi, yi in zip(x, y, strict=True)]
    return [
        Identities(f"{name}: the answer to a ramp is the convolution with the kernel", primitive),
        Identities(f"{name}: causal, later values do not enter", later),
        Identities(f"{name}: linear", [(H(mixed), p * H(x) + q * H(y))]),
        Identities(f"{name}: time-homogeneous", [(H([sp.S.Zero, *x], _NODE + 1), H(x))]),
    ]


def _instances() -> dict[str, tuple[Any, sp.Expr]]:
    """Kernels of networks at exact numbers."""

    R = sp.Rational
    c, U = sp.ImmutableMatrix([R(1), R(-2)]), sp.ImmutableMatrix([R(1), R(1, 2)])
    networks = {
        "diagonal, two signs": diagonal_rnn([R(2), R(-5), R(1)], [R(1), R(2), R(4)]),
        "Jordan block": LinearRNN(c, jordan(R(3, 2), 2), U),
        "oscillating": LinearRNN(c, oscillating(R(3, 2), R(2), R(0), R(1)), U),
    }
    return {name: (rnn, sp.expand(rnn.kernel(t)[0, 0])) for name, rnn in networks.items()}


def _regularity(name: str, answer: Any, age: int) -> tuple[Finding, list[tuple[Any, ...]]]:

    exponents = range(6, 11)
    sizes = [abs(answer(x)) for x in spikes(exponents, Fraction(age))]
    pairs = [(narrow, wide * 3 / 4) for wide, narrow in itertools.pairwise(sizes)]
    rows = [(name, age, 2.0**-k, float(size)) for k, size in zip(exponents, sizes, strict=True)]
    return BallInequalities(f"{name}: regular, spikes at the age {age} fade with their width", pairs), rows


def _certified(setting: Setting) -> tuple[list[Finding], list[tuple[Any, ...]]]:

    findings: list[Finding] = []
    rows: list[tuple[Any, ...]] = []
    for name, (_, expression) in list(_instances().items())[: setting.pick(3, 1)]:
        kernel = Kernel(expression)
        others = random_inputs(setting.seed_for(f"prop-3.1:{name}"), setting.pick(20, 5))
        found, _ = norm_findings(
            f"{name}: continuous with the L1 norm",
            functional(kernel),
            kernel.l1_norm(BITS),
            sign_inputs(kernel),
            others,
        )
        findings += found
        for age in (0, 1, 2):
            finding, numbers = _regularity(name, functional(kernel), age)
            findings.append(finding)
            rows += numbers
    return findings, rows


def _below_putzer(setting: Setting) -> Finding:
    """L1 norms against the bound by Putzer's matrices; a Jordan block attains it, up to the digits of the norm."""
    pairs, slack = [], 1 + fraction_ball(Fraction(1, 2**20))
    for name, (rnn, expression) in list(_instances().items())[: setting.pick(3, 2)]:
        W, eigenvalues = rnn.recurrence.W, _EIGENVALUES[name]
        beta = min(-sp.re(value) for value in eigenvalues)
        bound = lower(stability.norm_bound(list(rnn.c), W, list(rnn.U), eigenvalues, beta), (), "ball")()
        norm = Kernel(expression).l1_norm(BITS)
        pairs += [(norm, bound * slack), *([(bound, norm * slack)] if name == "Jordan block" else [])]
    return BallInequalities("L1 norm <= (1 + 2^-20) sum of |c^T P_k U|/beta^k, attained", pairs)


def check(setting: Setting) -> Evidence:
    """The properties for every stable network; answers of symbolic networks, and of networks with exact numbers."""

    code: list[Finding] = []
    for name, rnn in _networks().items():
        code += _property_identities(name, rnn, _answer)
    certified, rows = with_precision(lambda: _certified(setting))
    code += [*certified, with_precision(lambda: _below_putzer(setting))]
    table = Table(("network", "age_of_spike", "half_width", "answer"), tuple(rows))
    return Evidence([*_proof(), *map(about_code, code)], setting.pick(3, 1), None, table)


def _false(answer: Answer) -> Callable[[Setting], Evidence]:
    def control(setting: Setting) -> Evidence:
        nodes = _property_identities("diagonal", _networks()["diagonal"], answer)
        return Evidence([*_proof(_WRONG[answer]), *nodes])

    return control


def _unstable(setting: Setting) -> Evidence:
    """An eigenvalue with a real part above -beta, under the same bound."""
    return Evidence(_proof(sign=-1))


def _value_itself(setting: Setting) -> Evidence:
    """``H_t(x) = x_t``: causal, linear, continuous and time-homogeneous, but not regular."""

    def run() -> Evidence:
        finding, _ = _regularity("the value itself", lambda x: fraction_ball(x.values[0]), 0)
        return Evidence([finding])

    return with_precision(run)


def draw(evidence: Evidence, ax: Axes) -> None:
    """Answers to ever thinner spikes, next to that of the functional which is not regular."""
    if evidence.table is None:
        return
    colours = {0: BLUE, 1: VERMILION, 2: GREEN}
    markers = ("o", "s", "^")
    names = list(dict.fromkeys(row[0] for row in evidence.table.rows))
    for marker, name in zip(markers, names, strict=False):
        for age, colour in colours.items():
            points = [(row[2], row[3]) for row in evidence.table.rows if row[:2] == (name, age)]
            ax.loglog(
                *zip(*points, strict=True), marker, ls="-", lw=0.8, color=colour, label=f"{name}, age {age}"
            )
    widths = sorted({row[2] for row in evidence.table.rows})
    ax.loglog(widths, [1.0] * len(widths), "k--", label="not regular: the value itself")
    ax.set_xlabel("half-width of a spike of height 1 (time)")
    ax.set_ylabel("|answer| (units of y)")
    ax.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))


STATEMENT = Statement(
    id="prop-3.1",
    title="Functionals of linear networks",
    paper="curse-of-memory",
    section="3",
    claim=r"H_t(x) = \int_0^\infty c^\top e^{W s} U x_{t-s}\,ds \text{ is causal, linear, continuous with }"
    r" \sup_{|x| \le 1} |H_t(x)| = \|\rho\|_{L^1}, \text{ regular and time-homogeneous}",
    hypotheses=(
        "W stable: eigenvalues with negative real part",
        "x in C_0(R, R)",
        "at rest in the distant past",
    ),
    provenance=Provenance.DERIVED,
    uses=("eq-7",),
    check=check,
    controls=(
        Control("the value itself, H_t(x) = x_t, called regular", _value_itself),
        Control("a kernel that sees ahead, called causal", _false(_seeing_ahead)),
        Control("a kernel with a clock, called time-homogeneous", _false(_with_a_clock)),
        Control("an eigenvalue right of -beta under the same bound", _unstable),
        Control("not at rest in the past, called linear", _false(_never_at_rest)),
    ),
    figure=draw,
)
