"""Tasks: what a sweep is made of, and the address of a task's result.

A task and its result are flat JSON: texts, whole numbers, float64, truth values, None, and lists of these. Exact
numbers travel as texts. The canonical text of a task has sorted keys, no spaces, and the shortest decimals that give
each float64 back, so that equal tasks have equal bytes; the key of a result is the hash of that text and of a stamp
over everything that the result may depend on.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import sympy as sp

from memcurse.theory.exact import exact_integer, exact_number

Task = dict[str, Any]
Record = dict[str, Any]

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_FLOORS: Final = ("theory", "numerics", "proofs_checks")
_LIBRARIES: Final = ("sympy", "mpmath", "python-flint", "numpy", "scipy", "numba", "llvmlite")
#: Most values that one axis of a grid may have.
_LONGEST_AXIS: Final = 10_000
_RANGE: Final = re.compile(r"\s*([^:,]+):([^:,]+):([^:,]+)\s*\Z")


def canonical(value: Any) -> str:
    """The JSON text of a task or a record, the same for equal values.

    Raises
    ------
    ValueError
        For nan or inf.
    TypeError
        For what is no JSON.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def key_of(task: str, stamp: str) -> bytes:
    """The address, 32 bytes, of the result of a task given as canonical text."""
    return hashlib.sha256(f"{stamp}\n{task}".encode()).digest()


@functools.cache
def sources_digest(root: Path = _PACKAGE) -> str:
    """Digest of all Python files below a folder; of the package only the floors, not what lies beside them."""
    digest = hashlib.sha256()
    for folder in [root / floor for floor in _FLOORS] if root == _PACKAGE else [root]:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@functools.cache
def stamp() -> str:
    """What every result depends on beside its task: the sources, the libraries that compute, the kind of machine."""
    found = [importlib.metadata.version(name) for name in _LIBRARIES]
    return " ".join([sources_digest(), platform.python_version(), platform.machine(), *found])


def axis(name: str, values: Any) -> tuple[sp.Expr, ...]:
    """The values of one axis of a grid, exact: a list, one number, or a text ``first:last:step`` or ``x,y,...``.

    Raises
    ------
    TypeError, ValueError
        For what is no number, no value at all or one twice, more than 10,000, a step that is not positive.
    """
    if isinstance(values, str):
        found = (
            _range_of(name, values) if ":" in values else [exact_number(name, x) for x in values.split(",")]
        )
    elif hasattr(values, "__iter__"):
        found = [exact_number(f"{name}[{i}]", x) for i, x in enumerate(values)]
    else:
        found = [exact_number(name, values)]
    for value in found:
        rational(name, value)
    if not found or len(found) > _LONGEST_AXIS:
        raise ValueError(f"`{name}` must hold between 1 and {_LONGEST_AXIS} values; got {len(found)}")
    if len(set(found)) < len(found):
        raise ValueError(f"`{name}` must hold no value twice; got {values!r}")
    return tuple(found)


def rational(name: str, value: Any) -> sp.Rational:
    """An exact number that a text can hold.

    Raises
    ------
    TypeError, ValueError
        If it is not rational.
    """
    number = exact_number(name, value)
    if not isinstance(number, sp.Rational):
        raise ValueError(f"`{name}` must be rational; got {number}")
    return number


def _range_of(name: str, text: str) -> list[sp.Expr]:
    match = _RANGE.match(text)
    if match is None:
        raise ValueError(f"`{name}` must be 'first:last:step' or numbers between commas; got {text!r}")
    first, last, step = (exact_number(name, x) for x in match.groups())
    if not step > 0 or last < first:
        raise ValueError(f"`{name}` must rise from first to last by a positive step; got {text!r}")
    count = int((last - first) // step) + 1
    return [first + k * step for k in range(min(count, _LONGEST_AXIS + 1))]


def whole_axis(name: str, values: Any, least: int) -> tuple[int, ...]:
    """An axis of whole numbers, each at least `least`."""
    found = axis(name, values)
    for value in found:
        if not value.is_Integer:
            raise ValueError(f"`{name}` must hold whole numbers; got {value}")
    return tuple(exact_integer(name, int(value), least) for value in found)


def texts(name: str, values: Any, allowed: Sequence[str] = ()) -> tuple[str, ...]:
    """An axis of texts: one, or several, of `allowed` if any are named.

    Raises
    ------
    TypeError, ValueError
        For what is no text, none at all or one twice, or one that is not allowed.
    """
    found = (values,) if isinstance(values, str) else tuple(values)
    for value in found:
        if not isinstance(value, str):
            raise TypeError(f"`{name}` must hold texts; got {value!r}")
        if allowed and value not in allowed:
            raise ValueError(f"`{name}` must be of {', '.join(map(repr, allowed))}; got {value!r}")
    if not found or len(set(found)) < len(found):
        raise ValueError(f"`{name}` must hold at least one text, and none twice; got {values!r}")
    return found


def chunks(values: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Lists of `size` values, the last one shorter."""
    chunk: list[Any] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
