"""Results as JSON: exact numbers, balls and many digits as texts, arrays as lists, complex numbers as pairs."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

import mpmath
import numpy as np
import sympy as sp
from flint import acb, arb, arb_mat

#: Decimals for a bit.
_DIGITS_A_BIT = 0.30103
#: Decimals of a ball whose digits nobody asked for.
_BALL_DIGITS = 20


def plain(value: Any, digits: int | None = None) -> Any:
    """A value as JSON knows it.

    Parameters
    ----------
    value : Any
        None, truth values, texts, numbers of any kind, balls, arrays, sequences, mappings, dataclasses, results.
    digits : int, optional
        Decimals of mpmath numbers and balls; by default all that the number holds, 20 for a ball.

    Returns
    -------
    None, bool, int, float, str, list or dict
        A float64 stays one, and None where it is nan or infinite: the time of an event that did not come.

    Raises
    ------
    TypeError
        For anything else.
    """
    if isinstance(value, JsonResult):
        return value.to_dict()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist(), digits)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, complex | mpmath.mpc | acb):
        return [plain(value.real, digits), plain(value.imag, digits)]
    text = _text(value, digits)
    return _collected(value, digits) if text is None else text


def _text(value: Any, digits: int | None) -> str | None:
    if isinstance(value, mpmath.mpf):
        shown = digits or max(15, math.ceil(value._mpf_[3] * _DIGITS_A_BIT) + 1)
        return str(mpmath.nstr(value, shown))
    if isinstance(value, arb):
        return str(value.str(digits or _BALL_DIGITS))
    return str(value) if isinstance(value, sp.Basic | Fraction | Decimal) else None


def _collected(value: Any, digits: int | None) -> Any:
    if isinstance(value, arb_mat):
        return [[plain(x, digits) for x in row] for row in value.table()]
    if isinstance(value, Mapping):
        return {str(name): plain(x, digits) for name, x in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(x, digits) for x in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: plain(getattr(value, name), digits) for name in names}
    raise TypeError(f"`value` must be a number, a text, an array or a result; got {value!r}")


class JsonResult:
    """A dataclass that tells what it holds: all its fields but `_untold`, and the properties `_told`."""

    _told: ClassVar[tuple[str, ...]] = ()
    _untold: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON: numbers of many digits and balls as texts, complex numbers as pairs."""
        fields = [x.name for x in dataclasses.fields(self) if x.name not in self._untold]  # type: ignore[arg-type]
        digits = getattr(self, "digits", None)
        digits = digits if isinstance(digits, int) else None
        return {name: plain(getattr(self, name), digits) for name in (*self._told, *fields)}
