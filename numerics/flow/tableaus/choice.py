"""What `method=` may be: the integrators by name, or an explicit pair."""

from __future__ import annotations

import functools
from typing import Any, Final, NamedTuple

import numpy as np

from .explicit_pairs import ExplicitPair
from .stabilised import Family, family


class Integrator(NamedTuple):
    """The explicit methods of a run, and whether it begins with them or with the implicit one."""

    name: str
    explicit: Family
    begins_explicit: bool = True

    @property
    def any_arithmetic(self) -> bool:
        """Whether the implicit method can carry the run on in a higher arithmetic."""
        return not self.explicit.exclusive


#: The names, and what they mean.
METHODS: Final = {
    "auto": "stabilised explicit steps while the flow is not stiff, then Radau IIA",
    "radau": "Radau IIA from the start",
    "stabilised": "stabilised explicit steps throughout, in float64",
}


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
        If it is neither a name of `METHODS` nor an `ExplicitPair`.
    """
    if isinstance(method, ExplicitPair):
        return Integrator(method.name, pair_family(method))
    if not isinstance(method, str):
        raise TypeError(f"`method` must be one of {', '.join(METHODS)} or an ExplicitPair; got {method!r}")
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {', '.join(METHODS)} or an ExplicitPair; got {method!r}")
    return Integrator(method, family(method == "stabilised"), method != "radau")
