"""What every finding is: numbers that compute the verdict they earn, what they are about, and how far they reach."""

from __future__ import annotations

import abc
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeVar

from .scopes import Scope
from .verdicts import Verdict

#: The claim itself, or the package's own routines against the formula.
About = Literal["claim", "code"]
_ABOUT: Final = ("claim", "code")
_HOME: Final = __name__.rsplit(".", 1)[0]
_Kind = TypeVar("_Kind", bound="Finding")


@dataclass(frozen=True)
class Finding(abc.ABC):
    """One piece of evidence.

    The kinds of findings all stand in this folder, so that no verdict is computed elsewhere.

    Attributes
    ----------
    name : str
        What it shows.
    about : str
        The ``claim``, or the package's ``code`` against the formula.
    method : str
        The kind of argument.
    detail : str
        The numbers behind the verdict.
    scope : Scope
        How far it reaches.
    held : int
        How many instances its numbers cover: no more may be counted.
    """

    name: str
    about: About = field(default="claim", kw_only=True)

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if not cls.__module__.startswith(_HOME + "."):
            raise TypeError(f"a kind of finding must be defined in {_HOME}; got {cls.__qualname__}")

    def __post_init__(self) -> None:
        if self.about not in _ABOUT:
            raise ValueError(f"`about` must be 'claim' or 'code'; got {self.about!r}")

    @property
    @abc.abstractmethod
    def verdict(self) -> Verdict:
        """What the numbers earn."""

    @property
    @abc.abstractmethod
    def method(self) -> str:
        """The kind of argument."""

    @property
    @abc.abstractmethod
    def detail(self) -> str:
        """The numbers."""

    @property
    def held(self) -> int:
        """How many instances the numbers cover."""
        return 1

    @property
    def scope(self) -> Scope:
        """How far it reaches."""
        return Scope("instances", self.held)


def validate_finding(name: str, value: Any) -> Finding:
    """`value`, if it is one of the kinds of this folder."""
    if not isinstance(value, Finding):
        raise TypeError(f"`{name}` must hold findings of {_HOME}; got {type(value).__name__}")
    return value


def about_code(finding: _Kind) -> _Kind:
    """The same finding, about the package's own routines instead of the claim."""
    return replace(finding, about="code")
