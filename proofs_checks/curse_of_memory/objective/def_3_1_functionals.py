r"""Definition 3.1: causal, linear and continuous, regular, time-homogeneous. None follows from the other three.

Each property is checked on its own, and for each there is a functional that violates it alone:

| functional | causal | linear | regular | time-homogeneous |
|---|---|---|---|---|
| the convolution with ``e^{-s}``, called C | yes | yes | yes | yes |
| ``C_{t+1}``: sees ahead | no | yes | yes | yes |
| ``C_t^2`` | yes | no | yes | yes |
| ``x_t``, the value itself | yes | yes | no | yes |
| ``C_t / (1 + t^2)``: looks at a clock | yes | yes | yes | no |

Inputs run in straight lines between the nodes ``k eta``; they lie dense in C_0 as eta goes to 0 and every functional
here is continuous, so what holds on them identically in all values, for every eta, holds for all inputs. Identities
with symbols show that a property holds and a point where they certainly fail that it does not.

**Regular needs bounded sequences.** As printed, item 3 asks ``H_t(x^(n)) -> 0`` whenever ``x^(n) -> 0`` almost
everywhere. Spikes of half-width h and height 1/h tend to 0 everywhere but at one point, and C answers them with
``e^{-s}`` in the limit, s their age: no linear functional with a continuous kernel but 0 would be regular, and
proposition 3.1 would fail. The proof of lemma A.1 needs only sequences with ``sup_n sup_t |x^(n)_t| < oo``. For those
C is regular by dominated convergence, ``|rho| sup_n |x^(n)|`` being integrable; so are ``C_{t+1}``, ``C_t^2`` and
``C_t/(1 + t^2)``, continuous functions of such values. At the instances spikes of height 1 and half the width have
less than three quarters of the answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.plots.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities, Violation
from memcurse.proofs_checks.evidence.statement import (
    Control,
    Evidence,
    Provenance,
    Setting,
    Statement,
    Table,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from memcurse.proofs_checks.evidence.finding import Finding

#: Answer at node n from the values at the nodes 0, 1, ... and their distance; zero at all other nodes.
Functional = Callable[[Sequence[Any], int, Any], sp.Expr]
_PROPERTIES = ("causal", "linear", "regular", "time-homogeneous")
_NODES, _NODE = 5, 3
_EXPONENTS = range(4, 10)


def _ramp(u: Any) -> sp.Expr:
    """Answer of C to a ramp begun u ago: ``int_0^u (u - s) e^{-s} ds``."""
    return u - 1 + sp.exp(-u)


def _convolution(x: Sequence[Any], n: int, eta: Any) -> sp.Expr:
    padded = [0, 0, *x, 0, 0]
    bends = [(padded[k + 1] - 2 * padded[k + 2] + padded[k + 3]) / eta for k in range(-1, len(x) + 1)]
    return sp.Add(*(bend * _ramp((n - k) * eta) for k, bend in enumerate(bends, start=-1) if k < n))


def _ahead(x: Sequence[Any], n: int, eta: Any) -> sp.Expr:
    return _convolution(x, n + 1, eta)


def _square(x: Sequence[Any], n: int, eta: Any) -> sp.Expr:
    return _convolution(x, n, eta) ** 2


def _value(x: Sequence[Any], n: int, eta: Any) -> sp.Expr:
    return x[n] + sp.S.Zero if n < len(x) else sp.S.Zero


def _clock(x: Sequence[Any], n: int, eta: Any) -> sp.Expr:
    return _convolution(x, n, eta) / (1 + (n * eta) ** 2)


@dataclass(frozen=True)
class _Case:
    name: str
    functional: Functional
    #: The property it violates, if any.
    violates: str | None


_CASES = (
    _Case("convolution", _convolution, None),
    _Case("sees ahead", _ahead, "causal"),
    _Case("square", _square, "linear"),
    _Case("value itself", _value, "regular"),
    _Case("looks at a clock", _clock, "time-homogeneous"),
)


def _spike_answers(functional: Functional, growing: bool = False) -> list[Any]:
    """Answers to spikes at the age 0 and half-widths 2^-k, of height 1 or (growing) 2^k, as balls."""

    answers = []
    for k in _EXPONENTS:
        height = sp.Integer(2**k if growing else 1)
        answers.append(lower(functional([0, 0, height], 2, sp.Rational(1, 2**k)), (), "ball")())
    return answers


def _finding(case: _Case, name: str) -> Finding:
    """One property of one functional."""

    H, eta = case.functional, sp.Symbol("eta", positive=True)
    x, y = (sp.symbols(f"{letter}_0:{_NODES}", real=True) for letter in "xy")
    p, q = sp.symbols("p q", real=True)
    title = f"{case.name}: {name}"
    now = H(x, _NODE, eta)
    if name == "causal":
        return Identities(title, [(sp.diff(now, later), 0) for later in x[_NODE + 1 :]])
    if name == "linear":
        mixed = H([p * u + q * v for u, v in zip(x, y, strict=True)], _NODE, eta)
        return Identities(title, [(mixed, p * now + q * H(y, _NODE, eta))])
    if name == "time-homogeneous":
        return Identities(title, [(H([sp.S.Zero, *x], _NODE + 1, eta), now)])
    sizes = [abs(answer) for answer in _spike_answers(H)]
    return BallInequalities(title, [(fine, wide * 3 / 4) for wide, fine in itertools.pairwise(sizes)])


def _row(case: _Case) -> list[Finding]:
    """All four properties of one functional, one of them perhaps violated."""
    findings: list[Finding] = []
    for name in _PROPERTIES:
        found = _finding(case, name)
        findings.append(Violation(f"{case.name}: not {name}", found) if name == case.violates else found)
    return findings


def _growing_spikes(as_printed: bool) -> Finding:
    """Spikes of area 1: the answers of C tend to its kernel (or, as printed, to 0)."""

    answers = [abs(x) for x in _spike_answers(_convolution, growing=True)]
    if as_printed:
        pairs = [(fine, wide * 3 / 4) for wide, fine in itertools.pairwise(answers)]
        return BallInequalities("spikes of growing height: the answers fade", pairs)
    # Half of the spike lies in the past of t: the limit is half of the kernel's value 1.
    gaps = [abs(2 * x - 1) for x in answers]
    pairs = [(fine, wide * 3 / 4) for wide, fine in itertools.pairwise(gaps)]
    return BallInequalities("spikes of growing height: the answers tend to the kernel, not to 0", pairs)


def check(setting: Setting) -> Evidence:
    """The table of the module, entry by entry, and the spikes that show why sequences must be bounded."""

    rows: list[tuple[Any, ...]] = []
    with precision(setting.digits):
        findings = [found for case in _CASES for found in _row(case)]
        findings.append(_growing_spikes(as_printed=False))
        series = [(case.name, _spike_answers(case.functional)) for case in _CASES]
        series.append(("convolution, spikes of area 1", _spike_answers(_convolution, growing=True)))
        for name, answers in series:
            rows += [(name, 2.0**-k, abs(float(x.mid()))) for k, x in zip(_EXPONENTS, answers, strict=True)]
    return Evidence(
        findings, len(_CASES), setting.digits, Table(("functional", "half_width", "answer"), tuple(rows))
    )


def _all_four(case: _Case) -> Callable[[Setting], Evidence]:
    """The functional is said to have all four properties."""

    def control(setting: Setting) -> Evidence:

        with precision(setting.digits):
            return Evidence([_finding(case, name) for name in _PROPERTIES])

    return control


def _unbounded(setting: Setting) -> Evidence:
    """Regularity as printed, for sequences of any size."""

    with precision(setting.digits):
        return Evidence([_growing_spikes(as_printed=True)])


def draw(evidence: Evidence, ax: Axes) -> None:
    """Answers to ever thinner spikes: they fade for regular functionals if the height stays 1."""
    if evidence.table is None:
        return
    styles = (
        ("o-", BLUE),
        ("s--", VERMILION),
        ("^-", GREEN),
        ("D-", BLACK),
        ("v:", ORANGE),
        ("P-", PURPLE),
    )
    names = list(dict.fromkeys(row[0] for row in evidence.table.rows))
    for (style, colour), name in zip(styles, names, strict=True):
        points = [row[1:] for row in evidence.table.rows if row[0] == name]
        ax.loglog(*zip(*points, strict=True), style, color=colour, ms=4, lw=0.9, label=name)
    widths = [2.0**-k for k in _EXPONENTS]
    ax.set_xticks(widths, [f"1/{2**k}" for k in _EXPONENTS])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("half-width of the spike (time)")
    ax.set_ylabel("|answer at its peak| (units of y)")
    ax.legend(fontsize="x-small")


STATEMENT = Statement(
    id="def-3.1",
    title="Four properties of functionals, independent of each other",
    paper="curse-of-memory",
    section="3",
    claim=r"\text{causal},\ \text{linear and continuous},\ \text{regular},\ \text{time-homogeneous}:"
    r" \text{none follows from the other three; regular}: x^{(n)} \to 0 \text{ a.e.},\ \sup_{n,t} |x^{(n)}_t| < \infty"
    r" \implies H_t(x^{(n)}) \to 0",
    hypotheses=(
        "x in C_0(R, R)",
        "bounded sequences in the definition of regular, which the printed form omits",
    ),
    provenance=Provenance.DERIVED,
    corrects=(
        "Definition 3.1, item 3, for all sequences that tend to 0 almost everywhere. They must be "
        "bounded, or no functional of the class but 0 is regular."
    ),
    uses=("eq-7",),
    check=check,
    controls=(
        Control("seeing ahead, called causal", _all_four(_CASES[1])),
        Control("the square, called linear", _all_four(_CASES[2])),
        Control("the value itself, called regular", _all_four(_CASES[3])),
        Control("a clock, called time-homogeneous", _all_four(_CASES[4])),
        Control("regular as printed, without a bound on the sequence", _unbounded),
    ),
    figure=draw,
)
