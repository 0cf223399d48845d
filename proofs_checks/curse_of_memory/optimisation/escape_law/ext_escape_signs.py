r"""Negative bumps and amplitudes of both signs: who escapes, and by which law.

On the manifold the split is to make :math:`\mu_2 = \sum_i a_i d_i^2` equal to :math:`8 w^3 D_2`, whose sign is that
of the bump. `theory.plateau.split_clusters` draws the consequences:

- **a negative bump and amplitudes of one sign**: :math:`\mu_2 \ge 0 > D_2`, the split that is wanted does not exist,
  and the flow rests on the manifold (:math:`b\,Q > 0` in the words of remark C.3, which is false there);
- **a positive bump and two units of opposite signs**: the same;
- **a negative bump and two units of opposite signs**: the negative unit becomes the slow one, its share P < 0 falls
  to nothing, and the law holds with :math:`\int_0^{|P|} (x (1 + x))^{3/2} dx` in place of the incomplete beta
  function: :math:`\tau \propto \omega^6 e^{5w/(2\omega)}` again. If the positive one is the slow one (P > 1; only
  from a start off the manifold), its share grows as :math:`\tau^{1/4}`: no escape by this drift;
- **a positive bump, three units and more, both signs**: stable are the splits whose slow cluster holds **one positive
  unit and all the negative ones, if their sum is positive**; P is that sum's share, and the units share the gain: the
  factor is :math:`\frac12(1/n_s + 1/n_f)`. So a network with negative units escapes sooner than its largest amplitude
  says.

**Without a stable split** (no positive unit outweighs the negative ones, or the start is in the basin of none) the
third moment runs off until its own square stops it, and the fourth drives the amplitudes: :math:`\tau \propto
\omega^8 e^{7w/(3\omega)}`, by a count of sizes. Two starts follow it: with 8 ln T taken off, ln tau grows by 7/3,
what is left falling as :math:`e^{-T/3}`; local exponents at T = 38 of the second and at 35 of the first (60 digits)
are 2.114 and 2.113, where :math:`7/3 - 8/T` is 2.123 and 2.105, and :math:`5/2 - 6/T` would be 2.342 and 2.329.

**Where it stays** the signs of the :math:`D_n` and the list of stable splits are certified on instances, and a
certified flow at T = 12 with a negative bump proves that it has not moved by 1/10 before the time 1e6, where one with
a positive bump has; that it never does is proved for points of rest in rem-c.3 and ext-basins. **Measured** where it
escapes: flows and the reduction, T = 22 and 24, the reduction's ladder to T = 360, and its agreement with the law.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import mpmath
import sympy as sp

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau.slow_manifold import expanded_time
from memcurse.numerics.plots import escapes as plots
from memcurse.proofs_checks.curse_of_memory.optimisation.escape.ext_escape_law import coefficient
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Every, Exact, Identity, Measured
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau import slow_manifold as two_units
from memcurse.theory.plateau.far_overlaps import overlap_off
from memcurse.theory.plateau.split_clusters import signed_drift_integral, stable_splits, two_cluster_moments
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum, Target

from ._ladders import FAR, FARTHER, HEADS, Case, agreement, exponents, integrated, limit, reduced, rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _negative(delay: Any) -> Target:
    return GaussianBump(delay, 1, -1)


NEGATIVE: Final = Case("negative bump, a = (1.3, -0.3)", "1.3 -0.3", "1 1", far=_negative)
MIXED: Final = Case("positive bump, a = (0.9, 0.4, -0.3)", "0.9 0.4 -0.3", "1 1 1", slow=(0, 2))
FOUR: Final = Case("positive bump, a = (1, 0.5, -0.3, -0.2)", "1 0.5 -0.3 -0.2", "1 1 1 1", slow=(0, 2, 3))
_PARTED: Final = Displacement("0.3")
#: Starts in the basin of no stable split.
ADRIFT: Final = (
    Case("positive bump, a = (2, 2.1, -3.1)", "2 2.1 -3.1", "1 1 1", stop=_PARTED),
    Case("negative bump, a = (0.9, 0.4, -0.3)", "0.9 0.4 -0.3", "1 1 1", far=_negative, stop=_PARTED),
)
#: Their delays: as far as no digits have to be asked for.
_ADRIFT_AT: Final = tuple(sp.Rational(half, 2) for half in range(50, 63))
_DELAYS: Final = (20, 22, 24)


def drift(sign: int = -1) -> tuple[Finding, ...]:
    """The time of the drift for a negative far part, ``D_2 < 0 < D_3``, and a share q of this sign."""
    a, w, q, e2, e3, s = sp.symbols("a w q e2 e3 s", positive=True)
    # mu_2 = 8 w^3 D_2 < 0, hence the split of the rates; E_3 = -D_3 mu_3/(4 w^3).
    share = sign * q
    apart = sp.sqrt(8 * w**3 * e2 / (a * q * (1 + q)))
    third = two_cluster_moments(a, share, s)[2].subs(s, apart)
    drive = -sp.diff(-e3 * third / (4 * w**3), q) / (2 * a**2)
    integral = signed_drift_integral(-q)
    time = sp.diff(two_units.drift_time(a, w, integral, e2, -e3), q)
    return (
        Identity("the integral", sp.diff(integral, q) ** 2, (q * (1 + q)) ** 3),
        Identity("the share falls to nothing in the stated time", drive * time, -1),
    )


def no_split(height: int = 1) -> Finding:
    """Signs of D_2 for bumps of both heights at rates and delays: positive for a positive one, times `height`."""
    pairs = []
    for T in (4, 8, 16, 32):
        for rate in (sp.Rational(1, 2), sp.S.One, sp.Integer(2)):
            d2 = constant_ball(overlap_off(2, rate, (), GaussianBump(T, 1, height)))
            d3 = constant_ball(overlap_off(3, rate, (), GaussianBump(T, 1, height)))
            pairs += [(constant_ball(sp.S.Zero), d2), (d3, constant_ball(sp.S.Zero))] if rate * T >= 4 else []
    return BallInequalities("D_2 > 0 > D_3 for a positive bump, w T >= 4", pairs)


def listed(extra: int = 0) -> Finding:
    """Which splits are stable: numbers for amplitudes of one sign and of both, for both signs of D_2."""
    R = sp.Rational
    cases = (
        ((R(7, 10), R(3, 10)), 1, 2),
        ((R(7, 10), R(3, 10)), -1, 0),
        ((R(13, 10), R(-3, 10)), 1, 0),
        ((R(13, 10), R(-3, 10)), -1, 1),
        ((R(1, 2), R(3, 10), R(1, 5)), -1, 0),
        ((R(9, 10), R(4, 10), R(-3, 10)), 1, 2),
        ((R(1), R(1, 2), R(-3, 10), R(-1, 5)), 1, 1),
        ((R(2), R(2), R(-3)), 1, 0),
    )
    found = [sp.Integer(len(_losing(stable_splits(a, sign)))) for a, sign, _ in cases]
    claimed = [sp.Integer(count) for *_, count in cases]
    claimed[3] += extra
    return Exact("stable splits whose share falls", found, claimed)


def _losing(splits: list[Any]) -> list[Any]:
    """Those that escape: the slow share is not above 1."""
    return [x for x in splits if x.share < 1]


def stays(height: int = -1) -> Finding:
    """Whether a certified flow of positive amplitudes has moved by 1/10 before the time 1e6."""
    J = Objective(ExponentialSum([1], [1]) + GaussianBump(12, 1, height))
    run = gradient_flow(
        J, ["0.7", "0.3"], [1, 1], Displacement("0.1"), until=1e6, digits=30, max_steps=200, certify=True
    )
    proved = run.status in ("until", "reached")
    moved = sp.Integer(run.status == "reached") if proved else sp.Integer(2)
    return Exact("negative bump, a_i > 0, T = 12: moved by 1/10 before 1e6", [moved], [sp.S.Zero])


def adrift(case: Case, exponent: float = 7 / 3, power: float = 8.0) -> Measured:
    """The exponent without a stable split, with this power of omega taken off."""
    values = [math.log(integrated(case, T)) + power * math.log(T) for T in _ADRIFT_AT]
    models = []
    for k in (-1, 0, 1):
        left = [float(T) ** k * math.exp(-float(T) / 3) for T in _ADRIFT_AT]
        pairs = list(zip(_ADRIFT_AT, left, strict=True))
        models += [[[float(T), 1.0, x] for T, x in pairs], [[float(T), 1.0, x, x**2] for T, x in pairs]]
    what = f"ln tau + {power:g} ln T in T, 1 and powers of T^k e^(-T/3), k = -1, 0, 1"
    return coefficient(f"{case.name}: exponent without a stable split", exponent, models, values, 0, what)


def largest_alone() -> Finding:
    """The reduction for both signs over the law of the largest amplitude alone, of two units."""

    def rival(T: int) -> Any:
        a = [sp.Rational(9, 13), sp.Rational(4, 13)]
        return expanded_time(MIXED.objective(T), a, [1, 1])

    return limit(MIXED, other=rival)


def check(setting: Setting) -> Evidence:
    """The signs, the splits, the law where it escapes: against flows, and far out."""
    cases = (NEGATIVE, MIXED) if setting.quick else (NEGATIVE, MIXED, FOUR)
    delays = _DELAYS[2:] if setting.quick else _DELAYS[1:]
    ladder = FARTHER if setting.full else FAR
    findings = (
        *drift(),
        no_split(),
        listed(),
        stays(),
        Every("the reduction against flows", tuple(agreement(case, delays) for case in cases)),
        *(limit(case) for case in cases),
        *exponents(NEGATIVE, 2.5, 6.0, ladder),
        *exponents(MIXED, 2.5, 6.0, ladder),
        *(adrift(case) for case in (ADRIFT[1:] if setting.quick else ADRIFT)),
    )
    table = [row for case in cases for row in rows(case, setting, delays=_DELAYS)]
    return Evidence(findings, len(table), None, Table(HEADS, tuple(table)), {"cases": cases})


def _refute(*findings: Callable[[], Any]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        found = [finding() for finding in findings]
        return Evidence(tuple(x for part in found for x in (part if isinstance(part, tuple) else (part,))))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Local exponents of the reduction, and the law's."""
    ladders = {
        case.name: (2.5, 6.0, {float(T): float(mpmath.log(reduced(case, T).event_time)) for T in FAR})
        for case in evidence.data["cases"]
    }
    plots.plot_local_exponents(ladders, ax=ax)


STATEMENT = Statement(
    id="ext-escape-signs",
    title="A negative bump escapes by a negative unit, or not at all",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"R < 0:\ \tau = \infty \text{ for } a_i > 0;\quad m = 2,\ a_1 a_2 < 0:\ \tau = |\tau_2|,\ "
        r"\mathrm B(p; \tfrac52, \tfrac52) \to \int_0^{|P|} (x(1+x))^{3/2} dx;\quad R > 0:\ "
        r"P = \Bigl(a_1 - \sum_{a_i < 0} |a_i|\Bigr)/a^*;\quad "
        r"\text{no stable split}:\ \tau \propto \omega^8 e^{7 w_*/(3\omega)}"
    ),
    hypotheses=(
        "target (125) with c_0 < 0 or > 0, one short term; start on the manifold; omega -> 0",
        "the splits come to the stable split named: m = 2, or given for m > 2 (which one a start reaches is measured)",
        "R > 0, both signs: the slow cluster is the largest unit with all negative ones, their sum positive",
        "measured for a* = w* = sigma = 1, |c_0| = 1: five starts, 1/omega from 20 to 360",
    ),
    provenance=Provenance.NEW,
    corrects=(
        "The escape time of remark C.3 is finite. For a negative bump it is finite only if a unit is negative; two "
        "units then follow the law with another integral, and amplitudes of one sign stay for ever."
    ),
    uses=("rem-c.3", "prop-d.1", "ext-inertia", "ext-escape-law", "ext-escape-units"),
    check=check,
    controls=(
        Control("it stays with a positive bump too", _refute(lambda: stays(1))),
        Control("the share is positive", _refute(lambda: drift(1)[1])),
        Control("a negative bump has D_2 > 0", _refute(lambda: no_split(-1))),
        Control("both units of opposite signs can be the slow one", _refute(lambda: listed(1))),
        Control("the largest amplitude alone, both signs", _refute(largest_alone)),
        Control(
            "exponent 5 w*/2 and omega^6 without a stable split", _refute(lambda: adrift(ADRIFT[0], 2.5, 6.0))
        ),
        Control("the runaway alone, exponent 3 w*/2", _refute(lambda: adrift(ADRIFT[1], 1.5, 4.0))),
        Control("power omega^5", _refute(lambda: exponents(NEGATIVE, 2.5, 5.0)[1])),
        Control("exponent 3 w*/2", _refute(lambda: exponents(MIXED, 1.5, 6.0)[0])),
    ),
    figure=draw,
    quick=False,
)
