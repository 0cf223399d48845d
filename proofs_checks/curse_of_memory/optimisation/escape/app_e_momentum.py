r"""Appendix E: on ``J = (w_1^2 - eps w_2^2)/2`` momentum shortens the escape from 1/eps to 1/sqrt(eps).

Only the unstable coordinate :math:`x = w_2` matters; it starts at :math:`x_0 > 0` at rest and has escaped when it has
moved by :math:`\delta`.

- *Gradient flow*, :math:`\dot x = \varepsilon x`: :math:`x = x_0 e^{\varepsilon\tau}`, which has moved by
  :math:`\delta` exactly at :math:`\varepsilon^{-1}\ln(1 + \delta/x_0)`.
- *Heavy ball*, :math:`\ddot x + \gamma\dot x = \varepsilon x`: with :math:`\lambda_\pm` the roots of
  :math:`\lambda^2 + \gamma\lambda = \varepsilon`,
  :math:`x = x_0 (\lambda_+ e^{\lambda_-\tau} - \lambda_- e^{\lambda_+\tau})/(\lambda_+ - \lambda_-)`. Without friction
  this is :math:`x_0\cosh(\sqrt\varepsilon\tau)`, which has moved by :math:`\delta` exactly at
  :math:`\varepsilon^{-1/2}\operatorname{arcosh}(1 + \delta/x_0)`. With friction :math:`\gamma = \kappa\sqrt\varepsilon`
  the motion depends on :math:`\sqrt\varepsilon\tau` alone, so that the escape takes :math:`\varepsilon^{-1/2}` times a
  number that does not depend on :math:`\varepsilon`.
- *Nesterov's method*, :math:`\gamma = 3/\tau`: :math:`x = 2 x_0 I_1(\sqrt\varepsilon\tau)/(\sqrt\varepsilon\tau)`, the
  same scale, with nothing to tune.

**Friction must vanish with the curvature.** :math:`\dot x` and :math:`\ddot x` are :math:`\varepsilon x_0/(\lambda_+ -
\lambda_-)` times :math:`e^{\lambda_+\tau} - e^{\lambda_-\tau}` and :math:`\lambda_+ e^{\lambda_+\tau} - \lambda_-
e^{\lambda_-\tau}`, both positive as :math:`\lambda_- < 0 < \lambda_+`. So :math:`\gamma\dot x = \varepsilon x -
\ddot x < \varepsilon x`, hence :math:`x < x_0 e^{\varepsilon\tau/\gamma}`, and the escape takes longer than
:math:`(\gamma/\varepsilon)\ln(1 + \delta/x_0)`: momentum with a fixed friction gains nothing in the order of
:math:`\varepsilon` (a control).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import sympy as sp

from memcurse.numerics.plots.style import BLUE, VERMILION
from memcurse.proofs_checks.evidence.finding import Finding
from memcurse.proofs_checks.evidence.findings import Identities
from memcurse.proofs_checks.evidence.statement import Control, Evidence, Provenance, Setting, Statement, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_EPS: Final = sp.Symbol("epsilon", positive=True)
_TIME: Final = sp.Symbol("tau", positive=True)
_START: Final = sp.Symbol("x_0", positive=True)
_GAP: Final = sp.Symbol("delta", positive=True)
_FRICTION: Final = sp.Symbol("gamma", positive=True)
_KAPPA: Final = sp.Symbol("kappa", positive=True)
_SCALED: Final = sp.Symbol("s", positive=True)


def gradient_motion() -> sp.Expr:
    """``x`` along the gradient flow."""
    return _START * sp.exp(_EPS * _TIME)


def free_motion() -> sp.Expr:
    """``x`` along the heavy ball without friction: a hyperbolic cosine, in exponentials."""
    z = sp.sqrt(_EPS) * _TIME
    return _START * (sp.exp(z) + sp.exp(-z)) / 2


def roots() -> tuple[sp.Expr, sp.Expr]:
    """The two roots of ``lambda^2 + gamma lambda = eps``, the positive one first."""
    discriminant = sp.sqrt(_FRICTION**2 + 4 * _EPS)
    return (discriminant - _FRICTION) / 2, -(discriminant + _FRICTION) / 2


def damped_motion() -> sp.Expr:
    """``x`` along the heavy ball with constant friction."""
    plus, minus = roots()
    return _START * (plus * sp.exp(minus * _TIME) - minus * sp.exp(plus * _TIME)) / (plus - minus)


def nesterov_motion() -> sp.Expr:
    """``x`` along Nesterov's flow."""
    z = sp.sqrt(_EPS) * _TIME
    return 2 * _START * sp.besseli(1, z) / z


def gradient_time() -> sp.Expr:
    """When the gradient flow has moved by delta."""
    return sp.log(1 + _GAP / _START) / _EPS


def free_time() -> sp.Expr:
    """When the heavy ball without friction has moved by delta: ``arcosh(1 + delta/x_0)/sqrt(eps)``, as a logarithm."""
    ratio = _GAP / _START
    return sp.log(1 + ratio + sp.sqrt(ratio * (ratio + 2))) / sp.sqrt(_EPS)


def _escapes(name: str, motion: sp.Expr, time: sp.Expr) -> Finding:
    """The motion has moved by delta at this time."""
    return Identities(name, ((motion.subs(_TIME, time) - _START, _GAP),))


def _scales(name: str, motion: sp.Expr) -> Finding:
    """The motion depends on ``sqrt(eps) tau`` alone: at ``tau = s/sqrt(eps)`` its derivative in eps is 0."""
    return Identities(name, ((sp.diff(motion.subs(_TIME, _SCALED / sp.sqrt(_EPS)), _EPS), sp.S.Zero),))


def _moves(name: str, motion: sp.Expr, friction: sp.Expr) -> Finding:
    """``x'' + friction x' = eps x``."""
    slope = sp.diff(motion, _TIME)
    return Identities(name, ((sp.diff(slope, _TIME) + friction * slope, _EPS * motion),))


def _starts(name: str, motion: sp.Expr) -> Finding:
    """At rest at ``x_0``, by the power series: the value of Nesterov's flow at 0 is a limit."""
    series = sp.series(motion, _TIME, 0, 3).removeO()
    return Identities(name, ((series.coeff(_TIME, 0), _START), (series.coeff(_TIME, 1), sp.S.Zero)))


def _gradient_flow() -> tuple[Finding, ...]:
    motion = gradient_motion()
    return (
        Identities(
            "x_0 e^(eps tau) follows the gradient flow",
            ((sp.diff(motion, _TIME), _EPS * motion), (motion.subs(_TIME, 0), _START)),
        ),
        _escapes("gradient flow escapes at ln(1 + delta/x_0)/eps", motion, gradient_time()),
    )


def _monotone() -> Finding:
    """Velocity and acceleration of the damped motion, as sums of positive terms."""
    motion, (plus, minus) = damped_motion(), roots()
    factor = _EPS * _START / (plus - minus)
    velocity = factor * (sp.exp(plus * _TIME) - sp.exp(minus * _TIME))
    force = factor * (plus * sp.exp(plus * _TIME) - minus * sp.exp(minus * _TIME))
    pairs = ((sp.diff(motion, _TIME), velocity), (sp.diff(motion, _TIME, 2), force), (plus * minus, -_EPS))
    return Identities(
        "velocity and acceleration are positive: no escape before gamma ln(1 + delta/x_0)/eps", pairs
    )


def check(setting: Setting) -> Evidence:
    """Closed forms that satisfy their equations, and the times at which they have moved by delta."""
    damped, nesterov = damped_motion(), nesterov_motion()
    findings = (
        *_gradient_flow(),
        _moves("x_0 cosh(sqrt(eps) tau) follows the heavy ball without friction", free_motion(), sp.S.Zero),
        _starts("it starts at rest", free_motion()),
        _escapes("heavy ball escapes at arcosh(1 + delta/x_0)/sqrt(eps)", free_motion(), free_time()),
        _moves("closed form with friction gamma", damped, _FRICTION),
        _starts("with friction it starts at rest", damped),
        _scales(
            "friction kappa sqrt(eps): a function of sqrt(eps) tau",
            damped.subs(_FRICTION, _KAPPA * sp.sqrt(_EPS)),
        ),
        _monotone(),
        _moves("closed form of Nesterov's flow", nesterov, 3 / _TIME),
        _starts("Nesterov's flow starts at rest", nesterov),
        _scales("Nesterov's flow: a function of sqrt(eps) tau", nesterov),
    )
    return Evidence(findings, 1, None, _table())


def _table() -> Table:
    """Escape times at x_0 = 1/100, delta = 1."""
    rows = []
    for k in range(1, 9, 2):
        at = {_EPS: sp.Rational(1, 10**k), _START: sp.Rational(1, 100), _GAP: sp.S.One}
        times = [float(time.subs(at)) for time in (gradient_time(), free_time())]
        rows.append((f"1e-{k}", *times, times[0] / times[1]))
    return Table(("eps", "gradient flow", "heavy ball without friction", "ratio"), tuple(rows))


def _refute(finding: Callable[[], Finding]) -> Callable[[Setting], Evidence]:
    def refute(setting: Setting) -> Evidence:
        return Evidence((finding(),))

    return refute


def draw(evidence: Evidence, ax: Axes) -> None:
    """Escape times against the curvature: slopes -1 and -1/2."""
    if evidence.table is None:
        raise ValueError("`evidence` must hold the table of escape times; got none")
    eps = [float(row[0]) for row in evidence.table.rows]
    for column, colour, marker in ((1, BLUE, "o"), (2, VERMILION, "s")):
        times = [row[column] for row in evidence.table.rows]
        ax.plot(eps, times, f"{marker}-", color=colour, markersize=5, label=evidence.table.columns[column])
    ax.set(xscale="log", yscale="log", xlabel=r"curvature $\varepsilon$", ylabel=r"escape time $\tau$")
    ax.legend(fontsize=9)


STATEMENT = Statement(
    id="app-e",
    title="Momentum shortens the escape",
    paper="curse-of-memory",
    section="E",
    claim=(
        r"J = \tfrac12 (w_1^2 - \varepsilon w_2^2):\quad \tau_{\mathrm{gradient}} = \varepsilon^{-1} "
        r"\ln(1 + \delta/x_0),\qquad \tau_{\mathrm{heavy\ ball}} = \varepsilon^{-1/2} "
        r"\operatorname{arcosh}(1 + \delta/x_0)"
    ),
    hypotheses=(
        "w_2 starts at x_0 > 0 at rest and has escaped when it has moved by delta > 0",
        "the heavy ball has no friction, or a friction proportional to sqrt(eps) or 3/tau (same order)",
    ),
    provenance=Provenance.DERIVED,
    corrects=(
        "Appendix E: momentum shortens the escape. Only friction that vanishes with the curvature does "
        "(of order sqrt(eps), or 3/tau); fixed friction gains nothing."
    ),
    uses=(),
    check=check,
    controls=(
        Control(
            "gradient flow escapes at ln(delta/x_0)/eps",
            _refute(lambda: _escapes("ln(delta/x_0)/eps", gradient_motion(), sp.log(_GAP / _START) / _EPS)),
        ),
        Control("gradient flow in eps^(-1/2)", _refute(lambda: _scales("gradient flow", gradient_motion()))),
        Control(
            "heavy ball escapes at ln(1 + delta/x_0)/sqrt(eps)",
            _refute(lambda: _escapes("logarithm", free_motion(), sp.log(1 + _GAP / _START) / sp.sqrt(_EPS))),
        ),
        Control(
            "heavy ball in eps^(-1/2) whatever its friction",
            _refute(lambda: _scales("fixed friction", damped_motion())),
        ),
        Control(
            "with friction gamma the escape takes just gamma times that of the gradient flow",
            _refute(
                lambda: _moves(
                    "x_0 e^(eps tau/gamma)", gradient_motion().subs(_TIME, _TIME / _FRICTION), _FRICTION
                )
            ),
        ),
    ),
    figure=draw,
)
