"""What the statements on best approximation share: targets, certified minima, and what their proofs show."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.approximation.l2.best_fit import best_fit
from memcurse.numerics.arithmetic.balls import ball_precision, precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.stationary.newton import certify
from memcurse.proofs_checks.evidence.findings import BallInequalities
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.theory.notation import amplitudes, rates, w
from memcurse.theory.objective.continuous import gradient
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

if TYPE_CHECKING:
    from memcurse.numerics.approximation.l2.fit import Fit
    from memcurse.numerics.stationary.newton import Proof

#: A sum with amplitudes of both signs: it has minima, but it is not completely monotone.
MIXED = ExponentialSum([1, 2, -2], [1, 5, 20])


def rational_sum(rng: random.Random, n: int, signs: tuple[int, ...] = (1,)) -> ExponentialSum:
    """A sum of n terms with small rational amplitudes and distinct rates between 1/4 and 12."""
    rates = rng.sample([sp.Rational(k, 4) for k in range(1, 49)], n)
    amplitudes = [rng.choice(signs) * sp.Rational(rng.randint(1, 12), rng.randint(1, 4)) for _ in rates]
    return ExponentialSum(amplitudes, sorted(rates))


def monotone_targets(setting: Setting, name: str) -> Iterator[tuple[str, Target, int]]:
    """``(name, completely monotone target, largest width to fit)``."""
    rng = random.Random(setting.seed_for(name))
    widest = setting.pick(8, 4)
    for omega in ("1/2", "1") if setting.quick else ("-1/4", "0", "1/2", "1", "3"):
        yield (
            f"(1+t)^-({1 + sp.Rational(omega)})",
            PowerLaw(omega),
            widest if omega == "1" else setting.pick(4, 2),
        )
    yield "power law + sum", PowerLaw("1/3", "1/2") + ExponentialSum([1], [2]), setting.pick(4, 2)
    for n in range(2, setting.pick(7, 4)):
        yield f"sum of {n} terms", rational_sum(rng, n), n - 1


@dataclass(frozen=True)
class Minimum:
    """A certified minimum with m terms: the fit, and Krawczyk's proof of it."""

    name: str
    target: Target
    fit: Fit
    proof: Proof

    @property
    def inclusion(self) -> BallInequalities:
        """Krawczyk's image lies inside its box, and every eigenvalue of the Hessian is positive."""

        images = (*self.proof.a, *self.proof.w)
        with ball_precision(4 * self.fit.digits + 200):
            pairs = [
                (abs(image - box.mid()).abs_upper(), box.rad())
                for image, box in zip(images, self.proof.box, strict=True)
            ]
        return BallInequalities(f"{self.name}, m = {self.fit.m}: a minimum is proved", tuple(pairs))


def minimum(name: str, target: Target, m: int, digits: int) -> Minimum:
    """The best fit of width m with a proof of its own.

    Raises
    ------
    ArithmeticError
        If no minimum is found or proved.
    """

    fit = best_fit(target, m, digits=digits)
    a, w = [x.mid() for x in fit.enclosure.a], [x.mid() for x in fit.enclosure.w]
    proof = certify(Objective(target), a, w, digits)
    if proof is None or proof.inertia is None or proof.inertia.positive != 2 * m:
        raise ArithmeticError(
            f"`target` must have a minimum that can be proved; got none for {name}, m = {m}"
        )
    return Minimum(name, target, fit, proof)


def residual_moments(
    target: Target, a: Sequence[Any], v: Sequence[Any], n: int, at: Sequence[Any], digits: int
) -> list[Any]:
    """Balls of ``int t^n e^{-x t} (rho_hat - rho) dt`` at the rates `at`, for the model with balls (a, v)."""
    with precision(2 * digits):
        moment = lower(target.moment(n, w), (w,), "ball")
        model = lower(sp.factorial(n) / w ** (n + 1), (w,), "ball")
        return [sum((b * model(x + rate) for b, rate in zip(a, v, strict=True)), -moment(x)) for x in at]


def gradient_at(
    target: Target, m: int
) -> tuple[tuple[sp.Symbol, ...], tuple[sp.Symbol, ...], tuple[sp.Expr, ...]]:
    """Amplitudes, rates, and the gradient of J_m (eq. 19) with the closed moments of the target."""
    a, v = amplitudes(m), rates(m)
    return a, v, tuple(gradient(a, v, target.moment))
