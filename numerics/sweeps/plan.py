"""What a sweep computes: a plan gives tasks in an order, and names the function that computes a batch of them.

To add a kind of sweep, write a subclass and hand it to `sweep`; nothing else has to know of it. Three rules: a task
holds everything that its result depends on; the function is at the top of a module (workers import it by name); and a
task has the same record whatever else is in its batch.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from .tasks import Record, Task


class SweepPlan(ABC):
    """All combinations of the values of some axes, the last axis fastest.

    Parameters
    ----------
    axes : mapping from the name of an axis to its values
        JSON: texts, whole numbers, float64.
    fixed : mapping
        What all tasks share.
    """

    #: Its name, a part of every task.
    kind: ClassVar[str]
    #: The fields of a record that tables show.
    found: ClassVar[tuple[str, ...]]
    #: Most tasks in a batch: a second or so of work.
    batch: ClassVar[int] = 1
    #: The last axes, along which tasks may share a batch.
    together: ClassVar[tuple[str, ...]] = ()

    def __init__(self, axes: Mapping[str, Sequence[Any]], fixed: Mapping[str, Any]) -> None:
        self.axes = {name: tuple(values) for name, values in axes.items()}
        self.fixed = {"kind": self.kind, **fixed}

    def __repr__(self) -> str:
        shape = " x ".join(f"{len(values)} {name}" for name, values in self.axes.items())
        return f"{type(self).__name__}({shape})"

    def tasks(self) -> Iterator[Task]:
        """All tasks, in the order in which results are given and hashed."""
        for values in itertools.product(*self.axes.values()):
            yield {**self.fixed, **dict(zip(self.axes, values, strict=True))}

    def __len__(self) -> int:
        return math.prod(len(values) for values in self.axes.values())

    @property
    @abstractmethod
    def compute(self) -> Callable[[Sequence[Task]], list[Record]]:
        """The function that computes the records of a batch of tasks of one group."""

    def group(self, task: Task) -> tuple[Any, ...]:
        """Tasks that follow each other and agree in this may share a batch."""
        return tuple(task[name] for name in self.axes if name not in self.together)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of a table: the axes, what was found, and why nothing was."""
        return (*self.axes, *self.found, "failure")


def failed(error: Exception) -> Record:
    """The record of a task that has no result, by a rule of the mathematics or of the arguments, not by an accident."""
    return {"failure": f"{type(error).__name__}: {error}"}


def one_by_one(record: Callable[[Task], Record], tasks: Sequence[Task]) -> list[Record]:
    """The records of tasks that have nothing in common; bad arguments and missing results are `failed`."""
    found = []
    for task in tasks:
        try:
            found.append(record(task))
        except (ValueError, TypeError, ArithmeticError) as error:
            found.append(failed(error))
    return found
