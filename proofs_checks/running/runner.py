"""Runs the checks of statements and their controls: in any number of processes, with the same result.

Every statement draws from a seed of its own, starts from the default precisions, and has a limit on its time.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from joblib import Parallel, delayed, parallel_config

from memcurse.proofs_checks.catalogue.cards import Catalogue, catalogue, chosen
from memcurse.proofs_checks.catalogue.reading import Card
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.report.report import Report
from memcurse.proofs_checks.report.results import Result, error_result
from memcurse.theory.exact import exact_integer

from .arguments import validate_seconds
from .execution import result_of
from .schedule import in_order_of_start
from .signals import require_going_on, signal_of
from .workers import begin_worker, environment_of_workers

#: Seconds that one statement (check, controls, picture) may take unless told otherwise.
TIME_LIMIT: Final = 600.0


def statements(folder: str | Path | None = None) -> tuple[Card, ...]:
    """All statements, read without importing their modules, ordered by paper, section and id.

    Parameters
    ----------
    folder : str or Path, optional
        A folder with statements of one's own, which come beside those of the package and of installed packages.

    Raises
    ------
    TypeError, ValueError
        If `folder` is no folder, or a file breaks a rule.
    """
    everything = catalogue(folder)
    refuse_unreadable(everything)
    return tuple(everything.cards.values())


def refuse_unreadable(everything: Catalogue) -> None:
    """Raise for the files that break a rule, all of them in one message."""
    if everything.unreadable:
        raise ValueError("; ".join(str(file) for file in everything.unreadable))


def verify(
    ids: Iterable[str] | None = None,
    *,
    digits: int = 50,
    quick: bool = False,
    full: bool = False,
    seed: int = 0,
    jobs: int = 1,
    time_limit: float = TIME_LIMIT,
    progress: Callable[[Result], None] | None = None,
    folder: str | Path | None = None,
) -> Report:
    """Try to refute statements, and report how strong the evidence is.

    Parameters
    ----------
    ids : iterable of str, optional
        Which statements: ids, patterns such as ``eq-*``, parts such as ``landscape``, papers. Default all (in a quick
        run, all that need no integrator to be compiled).
    digits : int
        Decimal digits of the ball arithmetic, at least 15.
    quick : bool
        Fewer instances, same arguments.
    full : bool
        Experiments at the size that their figures and notebooks show, however long that takes.
    seed : int
        Root seed, not negative. Neither order nor `jobs` change what a statement draws.
    jobs : int
        Number of processes.
    time_limit : float
        Seconds per statement; when they are over, the statement is UNDECIDED.
    progress : callable, optional
        Called with every result as it arrives, in the order of arrival.
    folder : str or Path, optional
        A folder with statements of one's own, at any depth. Without `ids` these are verified; `ids` and ``uses`` may
        name statements of the package too.

    Returns
    -------
    Report
        Results in the order of the catalogue. After an interrupt, those that were finished.

    Raises
    ------
    ValueError, TypeError
        Before any work, naming the argument, the rule and the value.
    """
    prepared = plan(
        ids,
        digits=digits,
        quick=quick,
        full=full,
        seed=seed,
        jobs=jobs,
        time_limit=time_limit,
        folder=folder,
    )
    return run(prepared, progress)


@dataclass(frozen=True)
class Plan:
    """Valid arguments of a run."""

    cards: tuple[Card, ...]
    setting: Setting
    time_limit: float
    jobs: int


def plan(
    ids: Iterable[str] | None = None,
    *,
    digits: int = 50,
    quick: bool = False,
    full: bool = False,
    seed: int = 0,
    jobs: int = 1,
    time_limit: float = TIME_LIMIT,
    folder: str | Path | None = None,
    certificates: str | Path | None = None,
    everything: Catalogue | None = None,
) -> Plan:
    """The arguments of `verify`, validated; raises what `verify` raises and runs nothing.

    `everything` is the catalogue of the folder, for whoever has read it already.
    """
    setting = Setting(
        digits=exact_integer("digits", digits, least=15),
        quick=bool(quick),
        full=bool(full),
        seed=exact_integer("seed", seed, least=0),
        certificates="" if certificates is None else str(Path(certificates).resolve()),
    )
    limit = validate_seconds("time_limit", time_limit)
    processes = exact_integer("jobs", jobs, least=1)
    everything = catalogue(folder) if everything is None else everything
    refuse_unreadable(everything)
    own = None if folder is None else everything.own
    if ids is None and own is not None and not own:
        raise ValueError(
            f"`folder` must hold files with `STATEMENT = Statement(...)`; got {str(folder)!r} without any"
        )
    selected = chosen(own if ids is None else ids, everything.cards)
    if setting.quick and ids is None:
        selected = tuple(card for card in selected if card.quick)
    return Plan(selected, setting, limit, max(1, min(processes, len(selected))))


def run(
    prepared: Plan, progress: Callable[[Result], None] | None = None, kept: Mapping[str, Result] | None = None
) -> Report:
    """Carry out a plan; an interrupt ends it early and keeps what is finished.

    Parameters
    ----------
    prepared : Plan
    progress : callable, optional
        Called with every result as it arrives.
    kept : mapping of ids to results, optional
        What an earlier run found under the same plan, which is not run again.
    """
    started = time.perf_counter()
    finished: dict[str, Result] = dict(kept or {})
    interrupt: KeyboardInterrupt | None = None
    left = tuple(card for card in prepared.cards if card.id not in finished)
    arriving = _results(replace(prepared, cards=left, jobs=max(1, min(prepared.jobs, len(left)))))
    try:
        for result in arriving:
            require_going_on()
            finished[result.id] = result
            if progress is not None:
                progress(result)
    except KeyboardInterrupt as error:
        interrupt = error
    finally:
        arriving.close()
    return Report(
        results=tuple(finished[card.id] for card in prepared.cards if card.id in finished),
        digits=prepared.setting.digits,
        quick=prepared.setting.quick,
        full=prepared.setting.full,
        seed=prepared.setting.seed,
        time_limit=prepared.time_limit,
        elapsed_s=time.perf_counter() - started,
        interrupted=interrupt is not None,
        signal_number=signal_of(interrupt or KeyboardInterrupt()),
    )


def _results(prepared: Plan) -> Generator[Result]:
    """Results in the order of arrival."""
    if prepared.jobs == 1:
        for card in prepared.cards:
            yield result_of(card, prepared.setting, prepared.time_limit)
    else:
        with environment_of_workers():
            yield from _parallel_results(prepared)


def _parallel_results(prepared: Plan) -> Generator[Result]:
    """The same from processes; one that dies leaves error results for what had not arrived."""

    with parallel_config(backend="loky", initializer=begin_worker, initargs=(os.getpid(),)):
        parallel = Parallel(n_jobs=prepared.jobs, return_as="generator_unordered", batch_size=1)
    missing = {card.id: card for card in prepared.cards}
    cards = in_order_of_start(prepared.cards, prepared.jobs)
    calls = (delayed(result_of)(card, prepared.setting, prepared.time_limit) for card in cards)
    arriving: Any = None
    try:
        # A process may die while the first calls are still being handed out.
        arriving = parallel(calls)
        for result in arriving:
            missing.pop(result.id)
            yield result
    except BrokenProcessPool:
        for card in missing.values():
            yield error_result(
                card, prepared.setting.digits, "a worker process died before the result arrived"
            )
    finally:
        if arriving is not None:
            with warnings.catch_warnings():
                # Closing early, after an interrupt, is what we want: it stops the processes.
                warnings.simplefilter("ignore")
                arriving.close()
