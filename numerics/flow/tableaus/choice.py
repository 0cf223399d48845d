"""What `method=` may be: the integrators by name, an explicit pair, or a Rosenbrock method."""

from __future__ import annotations

import functools
from typing import Any, Final, NamedTuple

import numpy as np

from .explicit_pairs import ExplicitPair
from .rosenbrock import RODAS5P, Rosenbrock
from .stabilised import Family, family


class Integrator(NamedTuple):
    """The explicit methods of a run, and whether it begins with them or with the implicit one."""

    name: str
    explicit: Family
    begins_explicit: bool = True
    rosenbrock: Rosenbrock | None = None
    pair: ExplicitPair | None = None

    @property
    def stabilised(self) -> bool:
        """Whether the stabilised methods take all steps."""
        return self.explicit.exclusive and self.pair is None

    @property
    def any_arithmetic(self) -> bool:
        """Whether the implicit method can carry the run on in a higher arithmetic."""
        return not self.explicit.exclusive and self.rosenbrock is None


#: The names, and what they mean.
METHODS: Final = {
    "auto": "stabilised explicit steps while the plain flow is not stiff, then Radau IIA",
    "radau": "Radau IIA from the start",
    "rosenbrock": "Rodas5P throughout, linear systems with one matrix a step",
    "stabilised": "stabilised explicit steps throughout",
}


_RULE: Final = f"`method` must be one of {', '.join(METHODS)}, an ExplicitPair or a Rosenbrock"


@functools.cache
def pair_family(pair: ExplicitPair) -> Family:
    """An explicit pair as compiled code takes it: a family of one, without a stability interval to keep to."""
    A, error = pair.arrays()
    return Family(
        np.array([len(A) - 1]),
        np.array([np.inf]),
        np.array([0]),
        np.zeros((len(A), 3)),
        np.zeros((1, 4, 4)),
        error[None],
        A,
        1.0 / (min(pair.order, pair.embedded_order) + 1),
        True,
    )


def validate_method(method: Any) -> Integrator:
    """The integrator that `method` names or is.

    Raises
    ------
    TypeError, ValueError
        If it is neither a name of `METHODS` nor an `ExplicitPair` nor a `Rosenbrock`.
    """
    if isinstance(method, Rosenbrock):
        return Integrator(method.name, family(), False, method)
    if isinstance(method, ExplicitPair):
        return Integrator(method.name, pair_family(method), pair=method)
    if not isinstance(method, str):
        raise TypeError(f"{_RULE}; got {method!r}")
    if method == "rosenbrock":
        return Integrator(method, family(), False, RODAS5P)
    if method not in METHODS:
        raise ValueError(f"{_RULE}; got {method!r}")
    return Integrator(method, family(method == "stabilised"), method != "radau")
