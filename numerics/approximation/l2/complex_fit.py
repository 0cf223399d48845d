"""Best approximations with complex modes in L2: kernels by exponentials with Re w > 0, sequences by poles in the disc.

`best_fit(..., field="complex")` is the public name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import mpmath
import sympy as sp
from flint import acb, arb

from memcurse.numerics.approximation.sums import RootOfLoss, exponentials, powers
from memcurse.numerics.arithmetic.balls import (
    GUARD_BITS,
    ball_precision,
    bits_for,
    to_mpf,
    validate_digits,
)
from memcurse.numerics.objective.assembly import Time
from memcurse.numerics.objective.complex_modes.arguments import complex_ball
from memcurse.numerics.objective.complex_modes.kernel_moments import KernelMoments
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective
from memcurse.numerics.objective.complex_modes.sequence_moments import SequenceMoments
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plain import JsonResult
from memcurse.numerics.stationary.complex_points import ComplexPoint, certify_complex, symmetric_point
from memcurse.numerics.stationary.points import validate_target
from memcurse.numerics.stationary.search import best_single_rate
from memcurse.theory.exact import exact_integer, exact_number
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.targets.oscillations import DampedOscillations
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, TargetSequence
from memcurse.theory.targets.target import ExponentialSum, Target

from .complex_search import complex_fits

#: Widths that are tried.
MAX_COMPLEX_WIDTH = 8
_ROUNDS = 5
_EXACT = "global minimum, proved: the fit is the target"
_LOCAL = "local minimum, proved; that no other is lower is not"


@dataclass(frozen=True, repr=False)
class ComplexFit(RootOfLoss, JsonResult):
    """A certified minimum of the loss over m complex amplitudes and modes.

    Attributes
    ----------
    a : tuple of mpmath.mpc, length m
        Amplitudes (gains).
    modes : tuple of mpmath.mpc, length m
        Rates (1/time) of a kernel's fit, poles of a sequence's, by rising real part, conjugates side by side.
    time : {"continuous", "discrete"}
    loss : mpmath.mpf
        The squared L2 (l2) distance J from the target.
    loss_enclosure : arb
        Ball of it at the exact minimum.
    residuals : tuple of mpmath.mpc, length 2m
        The transform of fit minus target at the conjugate of every mode, then its derivative there (in discrete time;
        minus that in continuous time): 0 at the exact minimum.
    a_enclosure, modes_enclosure : tuple of acb
        Balls in which exactly one critical point lies.
    inertia : Inertia
        Of the Hessian in the real variables (Re a, Im a, Re modes, Im modes); all 4m eigenvalues are positive.
    conjugate_pairs : bool
        Whether it is proved that the fit is real: made of real modes and of conjugate pairs. Real modes then have the
        imaginary part 0, and pairs agree exactly.
    scope : str
        What is proved: a global or a local minimum.
    """

    a: tuple[mpmath.mpc, ...]
    modes: tuple[mpmath.mpc, ...]
    time: Time
    loss: mpmath.mpf
    loss_enclosure: arb
    residuals: tuple[mpmath.mpc, ...]
    a_enclosure: tuple[acb, ...]
    modes_enclosure: tuple[acb, ...]
    inertia: Inertia
    conjugate_pairs: bool
    scope: str
    digits: int
    norm: str = "l2"
    field: str = "complex"

    _told: ClassVar[tuple[str, ...]] = ("m", "error", "error_enclosure")

    def __repr__(self) -> str:
        error = mpmath.nstr(self.error, 6)
        return f"ComplexFit(m={self.m}, l2 error {error}, {self.time} time, {self.scope.partition(';')[0]})"

    def __call__(self, t: Any) -> Any:
        """The fit at times t >= 0 (at whole numbers in discrete time), of any shape; real where it is proved real.

        Rigour: float64, from amplitudes and modes rounded to that.
        """
        if self.time == "continuous":
            values = exponentials(self.a, self.modes, t)
        else:
            values = powers(self.a, self.modes, t)
        return values.real if self.conjugate_pairs else values

    @property
    def kernel(self) -> Target | TargetSequence:
        """The fit as a kernel or a sequence, with exactly these amplitudes and modes.

        Raises
        ------
        ValueError
            In continuous time, if the fit is not proved to be real: kernels are.
        """
        pairs = [[(z.real, z.imag) for z in values] for values in (self.a, self.modes)]
        if self.time == "discrete":
            return GeometricSum(*pairs)
        if not self.conjugate_pairs:
            raise ValueError("`kernel` must be real; the fit is not proved to be")
        upper = [(a, w) for a, w in zip(self.a, self.modes, strict=True) if w.imag >= 0]
        twice = [1 if w.imag == 0 else 2 for _, w in upper]
        return DampedOscillations(
            powers=[0] * len(upper),
            rates=[w.real for _, w in upper],
            frequencies=[w.imag for _, w in upper],
            cosines=[exact_number("a", a.real) * k for (a, _), k in zip(upper, twice, strict=True)],
            sines=[exact_number("a", a.imag) * k for (a, _), k in zip(upper, twice, strict=True)],
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON; the modes under the paper's letter, too, as those of real fits."""
        found = super().to_dict()
        return found | {"w" if self.time == "continuous" else "p": found["modes"]}

    @property
    def m(self) -> int:
        """Number of modes."""
        return len(self.modes)


def best_complex_fit(
    target: Target | TargetSequence | str, m: int, norm: str = "l2", digits: int = 40, seed: int = 0
) -> ComplexFit:
    """The lowest minimum that is found and proved; see `best_fit`, which checks the names of norms and the seed."""
    if norm != "l2":
        raise ValueError(f"`norm` must be 'l2' with field='complex'; got {norm!r}")
    if not isinstance(target, TargetSequence):
        target = validate_target(target)
    m, digits = exact_integer("m", m, 1, MAX_COMPLEX_WIDTH), validate_digits(digits)
    if isinstance(target, FiniteSequence) and not any(target.values):
        raise ValueError(f"`target` must not be 0, for which every pole is critical; got {target!r}")
    objective = complex_objective(target)
    terms = _modes_of(target)
    if terms == []:
        raise ValueError(f"`target` must not be 0, for which every pole is critical; got {target!r}")
    if terms is not None and m > len(terms):
        raise ValueError(
            f"`m` must be at most {len(terms)}, the target's number of modes, or every minimum is degenerate; got {m}"
        )
    if terms is not None and m == len(terms):
        return _itself(objective, terms, digits)
    scale = math.exp(best_single_rate(Objective(target))) if isinstance(target, Target) else 1.0
    real = isinstance(target, Target) or target.is_real or (terms is not None and _is_symmetric(terms))
    for fit in complex_fits(objective, m, scale, real, seed):
        start = [acb(z.real, z.imag) for z in fit.a], [acb(z.real, z.imag) for z in fit.x]
        point = _proved(objective, *start, digits)
        if point is not None and real:
            point = symmetric_point(objective, point) or point
        if point is not None and point.inertia == Inertia(4 * m, 0, 0):
            return _fit(objective, point, digits, real, _LOCAL)
    raise ArithmeticError(
        f"`m` must allow a strict minimum that can be found and proved; got none for m = {m}: modes may want to "
        "coincide or to run away, or minima may form curves, as those of a pulse do, whose poles can be turned"
    )


def complex_objective(target: Target | TargetSequence) -> ComplexObjective:
    """The loss of a kernel's or a sequence's complex modes."""
    if isinstance(target, Target):
        return ComplexObjective(KernelMoments(target))
    return ComplexObjective(SequenceMoments(target))


def _modes_of(target: Target | TargetSequence) -> list[tuple[sp.Expr, sp.Expr]] | None:
    """Amplitudes and modes of a target that is a sum of modes, amplitudes of 0 left out; None for others."""
    if isinstance(target, GeometricSum):
        return [(a, p) for a, p in zip(target.a, target.p, strict=True) if a != 0]
    if not isinstance(target, Target):
        return None
    found: dict[sp.Expr, sp.Expr] = {}
    for part in target.parts():
        if isinstance(part, ExponentialSum):
            pairs = list(zip(part.a, part.w, strict=True))
        elif isinstance(part, DampedOscillations) and all(x.power == 0 for x in part.terms):
            pairs = [
                ((x.cosine + sign * sp.I * x.sine) / 2, x.rate + sign * sp.I * x.frequency)
                for x in part.terms
                for sign in (1, -1)
            ]
        else:
            return None
        for a, w in pairs:
            found[w] = found.get(w, sp.S.Zero) + a
    return [(a, w) for w, a in found.items() if a != 0]


def _is_symmetric(terms: Sequence[tuple[sp.Expr, sp.Expr]]) -> bool:
    """Whether conjugation only exchanges the terms."""
    return {(sp.conjugate(a), sp.conjugate(x)) for a, x in terms} == set(terms)


def _itself(objective: ComplexObjective, terms: Sequence[tuple[sp.Expr, sp.Expr]], digits: int) -> ComplexFit:
    """The target's own modes; the Hessian there is a Gram matrix of independent functions, hence positive."""
    m = len(terms)
    with ball_precision(bits_for(digits) + GUARD_BITS):
        a, x = [complex_ball(v) for v, _ in terms], [complex_ball(v) for _, v in terms]
    order = sorted(range(m), key=lambda k: _key(x[k]))
    return ComplexFit(
        a=tuple(_mpc(a[k]) for k in order),
        modes=tuple(_mpc(x[k]) for k in order),
        time=objective.moments.time,
        loss=mpmath.mpf(0),
        loss_enclosure=arb(0),
        residuals=(mpmath.mpc(0),) * (2 * m),
        a_enclosure=tuple(a[k] for k in order),
        modes_enclosure=tuple(x[k] for k in order),
        inertia=Inertia(4 * m, 0, 0),
        conjugate_pairs=_is_symmetric(terms),
        scope=_EXACT,
        digits=digits,
    )


def _proved(objective: ComplexObjective, a: list[acb], x: list[acb], digits: int) -> ComplexPoint | None:
    """The critical point near by, with every number and the loss to `digits` relative to itself."""
    now, goal = digits, bits_for(digits)
    for _ in range(_ROUNDS):
        point = certify_complex(objective, a, x, now)
        if point is None:
            return None
        if all(v.rel_accuracy_bits() >= goal for v in (*point.a, *point.x, point.loss)):
            return point
        a, x = [v.mid() for v in point.a], [v.mid() for v in point.x]
        now += max(20, now // 2)
    return None


def _fit(objective: ComplexObjective, point: ComplexPoint, digits: int, real: bool, scope: str) -> ComplexFit:
    m = len(point.a)
    bits = max(int(v.mid().bits()) for v in point.point.x)
    with ball_precision(2 * bits + GUARD_BITS):
        partner = point.mirror() if real else None
        a, x = list(point.a), list(point.x)
        if partner is not None:
            for k, j in enumerate(partner):
                if j == k:
                    a[k], x[k] = acb(a[k].real), acb(x[k].real)
                elif j > k:
                    a[j], x[j] = a[k].conjugate(), x[k].conjugate()
        order = sorted(range(m), key=lambda k: _key(x[k]))
        a, x = [a[k] for k in order], [x[k] for k in order]
        residuals = complex_residuals(objective, [v.mid() for v in a], [v.mid() for v in x])
    return ComplexFit(
        a=tuple(map(_mpc, a)),
        modes=tuple(map(_mpc, x)),
        time=objective.moments.time,
        loss=to_mpf(point.loss),
        loss_enclosure=point.loss,
        residuals=residuals,
        a_enclosure=tuple(a),
        modes_enclosure=tuple(x),
        inertia=point.inertia,
        conjugate_pairs=partner is not None,
        scope=scope,
        digits=digits,
    )


def complex_residuals(objective: ComplexObjective, a: list[acb], x: list[acb]) -> tuple[mpmath.mpc, ...]:
    """As in `ComplexFit`, from the gradient: ``dJ/dconj a_k`` and ``dJ/dconj x_k`` over ``conj a_k``."""
    m = len(a)
    gradient = objective.ball_parts(list(a), list(x)).real_gradient()
    by_a = [acb(gradient[k], gradient[m + k]) / 2 for k in range(m)]
    by_x = [acb(gradient[2 * m + k], gradient[3 * m + k]) / 2 / a[k].conjugate() for k in range(m)]
    return tuple(_mpc(v) for v in (*by_a, *by_x))


def _key(x: acb) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]:
    re, im = to_mpf(x.real), to_mpf(x.imag)
    return re, abs(im), im


def _mpc(x: acb) -> mpmath.mpc:
    """The midpoint, exactly."""
    return mpmath.mp.make_mpc((to_mpf(x.real)._mpf_, to_mpf(x.imag)._mpf_))
