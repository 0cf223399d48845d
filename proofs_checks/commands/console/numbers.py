"""Numbers on the command line, checked before anything is imported: errors come at once and name the option."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def integer(least: int, most: int | None = None) -> Callable[[str], int]:
    """The type of an option that takes an integer from `least` on, up to `most`."""

    def read(text: str) -> int:
        rule = f"must be an integer from {least} {'on' if most is None else f'to {most}'}"
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{rule}; got {text!r}") from None
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{rule}; got {value}")
        return value

    return read


def seconds(text: str) -> float:
    """The type of an option that takes a time limit."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 < value < math.inf):
        raise argparse.ArgumentTypeError(f"must be positive and finite, in seconds; got {text!r}")
    return value


def interval(text: str | None) -> list[str] | None:
    """The two ends of an interval, ``1:10`` or ``1,10``; what they may be is the library's to say."""
    return None if text is None else [end.strip() for end in text.replace(":", ",").split(",")]
