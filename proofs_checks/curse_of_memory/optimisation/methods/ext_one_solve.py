r"""Without training of what is hidden there is no plateau: one least-squares solve, and the width is what limits.

The bridge to the companion papers: the same target, :math:`e^{-t}` and a bump at :math:`T = 1/\omega`, seen by models
whose hidden part is not trained. What is left is convex and solved at once.

1. **Fixed poles**, 16 rates log-spaced from :math:`1/(4T)` to 4. The share of the bump's squared norm that one solve
   learns is .725, .393, .182, .092, .042 at T = 10, 20, 40, 80, 160: between 6.5/T and 8/T, enclosed. Two learned rates
   are proved to have gained less than 1 % of the loss at time 10,000.
2. **Some of that no rates mend**: `least_width` proves that a distance of .94, just below that of half the bump, takes
   at least 7 terms at T = 40 (2, 4, 13 at T = 10, 20, 80: `--full`); `ext-width-enclosed`, that they grow like T.
3. **Hidden weights drawn at random**, full W, 16 units, time step .2: the share that remains is below .01 at T = 10,
   .2 to .5 at T = 20 and .5 to 1 at T = 40, by seed.
4. **Sampled networks** (width 40, ten observations as state) run by themselves from the first ten values: they bring
   the bump at T = 4, and do not at T = 10, where those values tell no more when it is to come.

So spread, fixed or drawn rates cost no time and buy memory by width alone.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.approximation.lower_bounds.least_width import least_width
from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.networks.training.network import RecurrentNetwork
from memcurse.numerics.objective.best_gains import best_gains
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.sampled.experiments.measures import mean_intervals
from memcurse.numerics.sampled.network import sampled_network
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import BallInequalities, Came, Count, Counted, ObservedLess
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table
from memcurse.theory.plateau.delayed_part import example_target

_ID: Final = "ext-one-solve"
_LEVEL, _EXCLUSION = 0.95, 1 - 1e-6
_WIDTH: Final = 16
_DELAYS: Final = (10, 20, 40, 80, 160)
#: The share that is learned, times the delay, lies between these.
_LEAST, _MOST = sp.Rational(13, 2), sp.Integer(8)
#: Time at which learned rates are looked at, and at which delays.
_TIME, _LEARNED = 10_000, (20, 40)
#: Least widths for half of the bump, as proved: by delay, the default one first.
_HALF: Final = {40: 7, 10: 2, 20: 4, 80: 13}
#: Networks: time step, seeds, and width and lags of the sampled ones.
_STEP, _SEEDS, _UNITS, _LAGS = 0.2, 12, 40, 10


def rates(delay: int) -> list[sp.Rational]:
    """Log-spaced from a quarter of omega to 4, as exact numbers."""
    return [sp.Rational(round(1e6 * x), 10**6) for x in np.geomspace(0.25 / delay, 4.0, _WIDTH)]


@lru_cache(maxsize=16)
def learned(delay: int) -> arb:
    """Share of the bump's squared norm (on the whole line) that one solve learns, enclosed."""
    found = best_gains(example_target(delay), rates(delay))
    return 1 - found.loss / arb.pi().sqrt()


def one_solve(low: sp.Rational = _LEAST, high: sp.Rational = _MOST) -> tuple[Finding, ...]:
    """``low/T < share < high/T``."""
    with precision(30):
        shares = [(learned(T), T) for T in _DELAYS]
        below = [(rational_ball(low), share * T) for share, T in shares]
        above = [(share * T, rational_ball(high)) for share, T in shares]
        return (
            BallInequalities("share of the bump times T, from below", below),
            BallInequalities("share of the bump times T, from above", above),
        )


def no_loss(percent: int) -> Finding:
    """The share that is learned is above so many per cent."""
    with precision(30):
        pairs = [(rational_ball(sp.Rational(percent, 100)), learned(T)) for T in _DELAYS]
        return BallInequalities(f"one solve learns more than {percent} %", pairs)


@lru_cache(maxsize=1)
def escaped() -> dict[int, str]:
    """What is proved of two learned rates at the time limit, by delay."""
    found: dict[int, str] = {}
    for T in _LEARNED:
        J = Objective(example_target(T))
        start = ["0.475", "0.525"], ["1.05", "0.95"]
        run = gradient_flow(J, *start, LossDrop(fraction="0.01"), until=_TIME, rtol=1e-3, certify=True)
        found[T] = run.status
    return found


def still_there(expected: int = len(_LEARNED)) -> Finding:
    """How many of the flows are proved not to have gained 1 %."""
    count = sum(status == "until" for status in escaped().values())
    return Count(f"flows of two rates below 1 % at time {_TIME:,}", count, expected)


@lru_cache(maxsize=8)
def _least_width(delay: int) -> int:
    # The square of this distance is just below half of the bump's squared norm, sqrt(pi)/2.
    return least_width(example_target(delay), sp.Rational(94, 100))


def half(setting: Setting, fewer: int = 0) -> tuple[Finding, ...]:
    """Terms that half of the bump takes at least; with `fewer` that so many fewer may do."""
    chosen = list(_HALF.items())[: setting.pick(1, 1, len(_HALF))]
    relation = "<=" if fewer else ">="
    return tuple(
        Count(f"T = {T}: least width for half of the bump", _least_width(T), n - fewer, relation)
        for T, n in chosen
    )


def kernel(delay: int) -> tuple[NDArray[np.float64], float]:
    """Values at the time steps, and the bump's sum of squares there."""
    t = _STEP * np.arange(int((delay + 5) / _STEP))
    bump = np.exp(-((t - delay) ** 2) / 2)
    return np.exp(-t) + bump, float((bump**2).sum())


def seeds(setting: Setting) -> tuple[int, ...]:
    """Of the networks."""
    rng = np.random.default_rng(setting.seed_for(_ID))
    return tuple(int(x) for x in rng.integers(0, 2**31, _SEEDS))


@lru_cache(maxsize=256)
def drawn(delay: int, seed: int) -> float:
    """Share that remains with hidden weights drawn at random and the readout solved for."""
    rho, bump = kernel(delay)
    network = RecurrentNetwork.random(_WIDTH, 1, "linear", _STEP, seed)
    columns, h = [], network.U[:, 0]
    for _ in rho:
        columns.append(h)
        h = h + _STEP * network.W @ h
    A = np.array(columns)
    c = np.linalg.lstsq(A, rho, rcond=1e-12)[0]
    return float(((A @ c - rho) ** 2).sum() / bump)


def remains(setting: Setting, delay: int, bound: float, above: bool = False) -> Finding:
    """The mean share that remains with drawn weights is below a bound, or above it."""
    found = [drawn(delay, seed) - bound for seed in seeds(setting)]
    inner, outer = mean_intervals([-x for x in found] if above else found, (_LEVEL, _EXCLUSION))
    name = f"drawn weights, T = {delay}: share that remains, {'above' if above else 'below'} {bound:g}"
    return ObservedLess(name, inner, outer, _LEVEL, _EXCLUSION, len(found), random="hidden weights")


@lru_cache(maxsize=256)
def forecast(delay: int, seed: int) -> float:
    """Share that a sampled network's own run misses; infinite where it leaves the bound."""
    rho, bump = kernel(delay)
    with warnings.catch_warnings():
        # Fewer samples than features: said, and wanted here.
        warnings.simplefilter("ignore", UserWarning)
        network = sampled_network(
            rho[:, None], width=_UNITS, seed=seed, lags=_LAGS, readout="direct", state=True, constant=True
        )
    run = network.forecast(rho[:_LAGS, None], len(rho) - _LAGS)
    states = run.states[1:, -1]
    missed = math.inf if len(states) < len(rho) - _LAGS else float(((states - rho[_LAGS:]) ** 2).sum() / bump)
    return missed


def sampled(setting: Setting, delay: int, expected: int) -> Finding:
    """How many sampled networks bring more than nine tenths of the bump."""
    found = sum(forecast(delay, seed) < 0.1 for seed in seeds(setting))
    return Counted(f"sampled networks that bring the bump, T = {delay}", expected, found, single_run=True)


def check(setting: Setting) -> Evidence:
    """Fixed poles by one solve, learned rates at the same time, the least width, drawn and sampled networks."""
    findings = (
        *one_solve(),
        no_loss(1),
        Came("flows of learned rates", len(escaped()), len(_LEARNED)),
        still_there(),
        *half(setting),
        remains(setting, 10, 0.05),
        remains(setting, 40, 0.25, above=True),
        sampled(setting, 4, _SEEDS),
        sampled(setting, 10, 0),
    )
    rows: list[tuple[object, ...]] = [(T, "fixed poles, share learned", learned(T).str(6)) for T in _DELAYS]
    for T in (10, 20, 40):
        shares = sorted(drawn(T, seed) for seed in seeds(setting))
        rows.append(
            (T, "drawn weights, share that remains: least, most", f"{shares[0]:.3g}, {shares[-1]:.3g}")
        )
    return Evidence(findings, len(rows), 30, Table(("T", "what", "share"), tuple(rows)))


def _refute(findings: Callable[[Setting], Sequence[Finding]]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence(tuple(findings(setting)))

    return refute


STATEMENT = Statement(
    id="ext-one-solve",
    title="Fixed poles and sampled networks have no plateau, and a width that limits them",
    paper="curse-of-memory",
    section="5",
    claim=(
        r"\min_a J(a, w_{\mathrm{fixed}}) = (1 - s)\sqrt{\pi},\qquad 6.5\,\omega < s < 8\,\omega"
        r"\quad\text{by one solve};\qquad m_{1/2}(\omega) \ge 7 \text{ at } \omega = 1/40"
    ),
    hypotheses=(
        "target (125); 16 rates log-spaced from omega/4 to 4, 1/omega = 10 to 160",
        "two learned rates: start a = (.475, .525), w = (1.05, .95), 1/omega = 20 and 40, time 10,000",
        "drawn: full W, 16 linear units, time step .2; sampled: width 40, ten observations as state",
    ),
    provenance=Provenance.NEW,
    uses=("eq-125", "ext-width-enclosed", "ext-spread-rates"),
    check=check,
    controls=(
        Control("a plateau: less than 1 % is learned by 1/omega = 160", _refute(lambda s: (no_loss(5),))),
        Control("at least 7/T is learned", _refute(lambda s: one_solve(low=sp.Integer(7))[:1])),
        Control("at most 15/(2T) is learned", _refute(lambda s: one_solve(high=sp.Rational(15, 2))[1:])),
        Control("two learned rates have left by then", _refute(lambda s: (still_there(0),))),
        Control("half of the bump in 6 terms at T = 40", _refute(lambda s: half(s, fewer=1))),
        Control("drawn weights learn at T = 40, too", _refute(lambda s: (remains(s, 40, 0.05),))),
        Control("sampled networks bring the bump at T = 10", _refute(lambda s: (sampled(s, 10, _SEEDS),))),
    ),
    quick=False,
)
