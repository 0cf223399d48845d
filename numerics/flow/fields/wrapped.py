"""A field made of another one: what is not said anew is that of the base."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import Arithmetic, Numbers
from .field import Field, Layout, Metric, Values

Array = NDArray[np.float64]


class Wrapped(Field):
    """A field that hands everything on to its `base`."""

    def __init__(self, base: Field) -> None:
        self.base = base
        self.start = base.start
        self.any_digits, self.curve = base.any_digits, base.curve
        self.most_digits = max(self.most_digits, base.most_digits)

    def evaluate(self, theta: Numbers, arithmetic: Arithmetic) -> Values | None:
        """That of the base."""
        return self.base.evaluate(theta, arithmetic)

    def metric(self, theta: Numbers, arithmetic: Arithmetic) -> Metric | None:
        """That of the base."""
        return self.base.metric(theta, arithmetic)

    def scales(self, theta: Numbers, arithmetic: Arithmetic) -> Array:
        """Those of the base."""
        return self.base.scales(theta, arithmetic)

    def round_off(self, theta: Numbers, values: Values, arithmetic: Arithmetic) -> float:
        """That of the base."""
        return self.base.round_off(theta, values, arithmetic)

    def symmetry(self) -> tuple[NDArray[np.int64], Array]:
        """That of the base."""
        return self.base.symmetry()

    def position(self, theta: Numbers, arithmetic: Arithmetic) -> Numbers:
        """That of the base."""
        return self.base.position(theta, arithmetic)

    def layout(self) -> Layout:
        """That of the base."""
        return self.base.layout()

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Those of the base."""
        return self.base.parameters(theta)
