"""Which steps a field takes for what `method=` is."""

from __future__ import annotations

from memcurse.numerics.flow.fields.arithmetic import Arithmetic
from memcurse.numerics.flow.fields.field import Field
from memcurse.numerics.flow.tableaus.choice import Integrator

from .explicit_step import PairStepper, StabilisedStepper
from .implicit_step import RadauStepper
from .rosenbrock_step import RosenbrockStepper
from .stepper import Stepper


def stepper_for(
    field: Field, arithmetic: Arithmetic, integrator: Integrator, stages: int, rtol: float
) -> Stepper:
    """The steps of an integrator; Radau IIA with so many stages where it is none of the others.

    `rtol` is the relative accuracy of the time.
    """
    if integrator.pair is not None:
        return PairStepper(field, arithmetic, integrator.pair, rtol)
    if integrator.rosenbrock is not None:
        return RosenbrockStepper(field, arithmetic, integrator.rosenbrock, rtol)
    if integrator.stabilised:
        return StabilisedStepper(field, arithmetic, rtol)
    return RadauStepper(field, arithmetic, stages, rtol)
