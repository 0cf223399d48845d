"""Why a growth argument stops: the refusal shown to the user, and the request for a later start."""

from __future__ import annotations


class GrowthError(ValueError):
    """The expression is not, or cannot be shown to be, what was required; the message says which."""


class StartTooSmall(Exception):
    """A domination argument fails at this start, and may hold at a larger one."""


def shown(expr: object) -> str:
    """An expression as a message shows it, cut if it is long."""
    text = str(expr)
    return text if len(text) <= 60 else text[:57] + "..."
