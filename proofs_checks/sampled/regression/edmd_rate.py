r"""K from N independent samples comes near its limit like :math:`N^{-1/2}`.

Two tanh neurons, the map :math:`x \mapsto 3x(1-x)`, samples uniform on (0, 1). The limit is
:math:`(\int F^* F)^{-1} \int F^* F(T)`, its integrals enclosed by balls. The root mean square of :math:`|K_N -
K_\infty|` over independent repetitions is fitted by a power of N; the exponent's interval comes from the
repetitions' spread.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import acb, acb_mat, arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.proofs_checks.evidence.statement import (
    Control,
    Evidence,
    Provenance,
    Setting,
    Statement,
    Table,
)
from memcurse.proofs_checks.sampled._measured import mean_is

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WEIGHTS = ((2.0, -0.5), (1.0, 0.75))


@lru_cache(maxsize=1)
def limit() -> Any:
    """K for infinitely many samples: midpoints of certified integrals."""
    with ball_precision(96):

        def feature(i: int, x: acb) -> acb:
            return (acb(_WEIGHTS[i][0]) * x + acb(_WEIGHTS[i][1])).tanh()

        def moment(i: int, j: int, moved: bool) -> arb:
            def integrand(x: acb, analytic: bool) -> acb:
                return feature(i, x) * feature(j, 3 * x * (1 - x) if moved else x)

            return acb.integral(integrand, 0, 1)

        G = acb_mat([[moment(i, j, False) for j in range(2)] for i in range(2)])
        H = acb_mat([[moment(i, j, True) for j in range(2)] for i in range(2)])
        K = G.solve(H)
        return np.array([[float(K[i, j].real.mid()) for j in range(2)] for i in range(2)])


def _errors(rng: np.random.Generator, samples: int, repetitions: int) -> Any:
    w, b = np.array(_WEIGHTS).T
    found = np.empty(repetitions)
    for k in range(repetitions):
        x = rng.random((samples, 1))
        K = np.linalg.lstsq(np.tanh(x * w + b), np.tanh(3 * x * (1 - x) * w + b), rcond=None)[0]
        found[k] = np.linalg.norm(K - limit())
    return found


def _evidence(setting: Setting, exponent: float) -> Evidence:
    rng = np.random.default_rng(setting.seed_for("edmd-rate"))
    repetitions = setting.pick(60, 24)
    counts = (100, 400, 1600, 6400) if setting.quick else (100, 1000, 10_000, 40_000)
    errors = np.stack([_errors(rng, n, repetitions) for n in counts])
    # One slope a repetition: independent, so that their mean has Student's interval.
    slopes = np.polyfit(np.log(counts), np.log(errors), 1)[0]
    finding = mean_is("exponent of N", exponent, slopes)
    size = np.sqrt((errors**2).mean(axis=1))
    rows = tuple((n, float(s), float(s * np.sqrt(n))) for n, s in zip(counts, size, strict=True))
    table = Table(("N", "rms |K_N - K_inf|", "times sqrt(N)"), rows)
    return Evidence([finding], repetitions, table=table, data={"rows": rows})


def check(setting: Setting) -> Evidence:
    """Rate N^(-1/2)."""
    return _evidence(setting, -0.5)


def check_fast(setting: Setting) -> Evidence:
    """Rate 1/N."""
    return _evidence(setting, -1.0)


def draw(evidence: Evidence, ax: Axes) -> None:
    """The error against the number of samples."""
    n, error, _ = np.array(evidence.data["rows"]).T
    ax.loglog(n, error, "o-", label=r"rms $|K_N - K_\infty|$")
    ax.loglog(n, error[0] * np.sqrt(n[0] / n), "--", color="0.4", label=r"$N^{-1/2}$")
    ax.set(xlabel="samples N", ylabel="error")
    ax.legend()


STATEMENT = Statement(
    id="edmd-rate",
    paper="sampled",
    title="EDMD converges like one over the root of N",
    section="B",
    claim=r"|K_N - K_\infty| = O(N^{-1/2})",
    hypotheses=("independent samples, uniform on (0, 1)", "x' = 3x(1 - x), two tanh neurons"),
    provenance=Provenance.DERIVED,
    uses=(),
    check=check,
    controls=(Control("rate 1/N", check_fast),),
    figure=draw,
)
