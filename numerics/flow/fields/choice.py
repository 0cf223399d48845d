"""Which field a flow of an objective follows: real or complex modes, continuous or discrete time, and the metric."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import sympy as sp

from memcurse.numerics.objective.complex_modes.kernel_moments import KernelMoments
from memcurse.numerics.objective.complex_modes.sequence_moments import SequenceMoments
from memcurse.numerics.objective.discrete import DiscreteObjective
from memcurse.numerics.objective.objective import Objective

from .complex_modes import ComplexField
from .field import Field
from .natural import NaturalField
from .real_modes import PoleField, RateField, RealField
from .reparametrised import Reparametrised, ReparametrisedField

AnyObjective = Objective | DiscreteObjective
Metric = Literal["euclidean", "natural"] | Reparametrised


def _one_axis(*values: Any) -> None:
    """Refuse batches where a start is asked for."""
    for value in values:
        rows = list(value) if np.iterable(value) and not isinstance(value, str) else []
        if any(isinstance(x, list | tuple | np.ndarray) and np.ndim(x) for x in rows):
            raise ValueError(f"`a0` and `w0` must have one axis (flow_ensemble takes more); got {value!r}")


def loss_field(J: AnyObjective, a: Any, x: Any) -> RealField | ComplexField:
    """The loss as a field in the Euclidean metric, begun at amplitudes `a` and modes `x`.

    Raises
    ------
    TypeError, ValueError
        For no objective, or a start that is none of its points.
    """
    if isinstance(J, DiscreteObjective):
        if J.field == "complex":
            return ComplexField(SequenceMoments(J.sequence), a, x, J.sequence.is_real)
        _one_axis(a, x)
        return PoleField(J, a, x)
    if not isinstance(J, Objective):
        raise TypeError(f"`J` must be an Objective or a DiscreteObjective; got {J!r}")
    if J.field == "real":
        _one_axis(a, x)
    return ComplexField(KernelMoments(J.target), a, x, True) if J.field == "complex" else RateField(J, a, x)


def field_of(J: AnyObjective, a: Any, x: Any, metric: Metric, damping: sp.Expr) -> Field:
    """The field of a flow of the loss in a metric.

    Raises
    ------
    TypeError, ValueError
        As `loss_field`; and for a metric other than the Euclidean one of complex modes.
    """
    base = loss_field(J, a, x)
    if metric == "euclidean":
        return base
    if isinstance(base, ComplexField):
        raise ValueError(f"`metric` must be 'euclidean' for complex modes; got {metric!r}")
    if isinstance(metric, Reparametrised):
        return ReparametrisedField(base, base, metric)
    return NaturalField(base, damping)
