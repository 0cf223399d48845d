r"""Methods of training as data: numbers in one rule, of which gradient descent, momentum, Adam and sign are cases.

With the gradient g at the step k = 0, 1, ... every method here is

.. math:: m \leftarrow \beta m + h g, \qquad v \leftarrow s v + u g^2, \qquad
          \theta \leftarrow \theta - \eta\, \frac{p\, m/c_k + q\, g}{\sqrt{v/d_k} + \epsilon},

:math:`c_k = 1 - \beta^{k+1}`, :math:`d_k = 1 - s^{k+1}` where averages that start at 0 are made unbiased, else 1;
without a second moment (u = 0) the denominator is 1. A new method is one entry of `METHODS`: `advance` runs it,
compiled once for all, on the objective and on networks.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from memcurse.numerics.arithmetic.compiled import compiled

__all__ = ["METHODS", "Method", "Rule", "advance", "method_named"]


class Rule(NamedTuple):
    """The numbers of a method as compiled code takes them.

    Attributes
    ----------
    rate : float
        Step size.
    momentum, gain : float
        ``m <- momentum m + gain g``.
    along_momentum, along_gradient : float
        What the step is made of.
    decay, weight : float
        ``v <- decay v + weight g^2``; weight 0 for no second moment.
    floor : float
        Added to the root of the second moment.
    unbiased : float
        1 where both averages are divided by the sum of their weights, else 0.
    """

    rate: float
    momentum: float
    gain: float
    along_momentum: float
    along_gradient: float
    decay: float
    weight: float
    floor: float
    unbiased: float


@dataclass(frozen=True)
class Method:
    """A method of training: its name, its source, and the numbers of the rule at the head of this module.

    Raises
    ------
    ValueError
        For a number that is not finite, a rate that is not positive, an average that does not decay, a negative floor.
    """

    name: str
    source: str
    rate: float
    momentum: float = 0.0
    gain: float = 1.0
    along_momentum: float = 0.0
    along_gradient: float = 1.0
    decay: float = 0.0
    weight: float = 0.0
    floor: float = 0.0
    unbiased: bool = False

    def __post_init__(self) -> None:
        for name, value in self.rule._asdict().items():
            if not math.isfinite(value):
                raise ValueError(f"`{name}` must be finite; got {value}")
        if self.rate <= 0:
            raise ValueError(f"`rate` must be positive; got {self.rate}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"`momentum` must be at least 0 and below 1; got {self.momentum}")
        if not 0 <= self.decay <= 1 or (self.unbiased and self.decay == 1):
            raise ValueError(f"`decay` must be from 0 to 1, below 1 where unbiased; got {self.decay}")
        for name, value in (("weight", self.weight), ("floor", self.floor)):
            if value < 0:
                raise ValueError(f"`{name}` must not be negative; got {value}")

    @property
    def rule(self) -> Rule:
        """What `advance` takes."""
        numbers = (float(getattr(self, name)) for name in Rule._fields)
        return Rule(*numbers)

    def changed(self, **numbers: float) -> Method:
        """The same method with other numbers, by the names of its fields; "nesterov" moves its step along."""
        changed = replace(self, **numbers)  # type: ignore[arg-type]
        if self.along_momentum == self.momentum and "along_momentum" not in numbers:
            return replace(changed, along_momentum=changed.momentum)
        return changed


def _averaged(name: str, source: str, rate: float, beta: float, decay: float, **more: Any) -> Method:
    """A method with averages: gains that sum to 1."""
    return Method(
        name, source, rate, beta, 1 - beta, 1.0, 0.0, decay=decay, weight=1 - decay, **{"floor": 1e-8, **more}
    )


#: By the name that `mc.train(method=...)` takes.
METHODS: Final = {
    "gd": Method("gradient descent", "Cauchy (1847)", 0.1),
    "heavy-ball": Method(
        "heavy ball", "Polyak, USSR Comput. Math. Math. Phys. 4 (1964)", 0.01, 0.9, 1.0, 1.0, 0.0
    ),
    "nesterov": Method(
        "Nesterov's momentum",
        "Nesterov, Soviet Math. Dokl. 27 (1983); Sutskever et al., ICML 2013",
        0.01,
        0.9,
        1.0,
        0.9,
        1.0,
    ),
    "adam": _averaged("Adam", "Kingma and Ba, ICLR 2015, algorithm 1", 0.01, 0.9, 0.999, unbiased=True),
    "rmsprop": Method(
        "RMSprop",
        "Tieleman and Hinton, Coursera lecture 6.5 (2012)",
        0.01,
        decay=0.9,
        weight=0.1,
        floor=1e-8,
    ),
    "adagrad": Method("AdaGrad", "Duchi, Hazan and Singer, JMLR 12 (2011)", 0.1, decay=1.0, weight=1.0, floor=1e-10),
    "sign": Method("sign descent", "Riedmiller and Braun, ICNN 1993; Bernstein et al., ICML 2018", 0.001, weight=1.0),
}  # fmt: skip


def method_named(name: str) -> Method:
    """A method of `METHODS`.

    Raises
    ------
    TypeError, ValueError
        For anything else, with the nearest name as a guess.
    """
    if not isinstance(name, str):
        raise TypeError(f"`method` must be the name of a method; got {name!r}")
    if name not in METHODS:
        near = difflib.get_close_matches(name.lower(), METHODS, 1)
        guess = f" (did you mean {near[0]!r}?)" if near else ""
        raise ValueError(f"`method` must be one of {', '.join(METHODS)}; got {name!r}{guess}")
    return METHODS[name]


@compiled
def advance(theta: Any, gradient: Any, m: Any, v: Any, k: int, rule: Rule) -> None:
    """One step in place: `theta`, its `gradient`, both moments (n,) float64, which start at 0, and the step's number.

    A variable whose gradient has always been 0 stays, also where the floor is 0.
    """
    shorter, thinner = 1.0, 1.0
    if rule.unbiased != 0.0:
        shorter = 1.0 / (1.0 - rule.momentum ** (k + 1))
        thinner = 1.0 / (1.0 - rule.decay ** (k + 1))
    for i in range(theta.shape[0]):
        g = gradient[i]
        m[i] = rule.momentum * m[i] + rule.gain * g
        step = rule.along_momentum * shorter * m[i] + rule.along_gradient * g
        if rule.weight != 0.0:
            v[i] = rule.decay * v[i] + rule.weight * g * g
            size = math.sqrt(thinner * v[i]) + rule.floor
            step = step / size if size > 0.0 else 0.0
        theta[i] -= rule.rate * step
