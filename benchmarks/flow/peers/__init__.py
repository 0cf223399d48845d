"""Integrators that one would otherwise use for the gradient flow, behind one contract (`contract`), a module each.

A peer is a function ``prepare(task, rtol, limit) -> solve``. It does everything that depends only on the target, the
width and the tolerance (compiling included, as far as the peer lets it), and returns ``solve(a, w) -> time``: the time
at which the flow from that start has lost 5 % of its loss, or nan if the peer gives up, exceeds its budget of
`STEPS` steps, or runs longer than `limit` seconds where it can be stopped. Peers that are not installed are left out
by `available`. To add one, write such a function and a row of `PEERS`.

All take the same closed-form field in float64 (the exact Hessian too, where they use one) and their own event search.
The absolute tolerance is a thousandth of the relative one: the rates' distances, on which everything depends, shrink.
"""

from __future__ import annotations

import functools
import importlib.util

from .by_jax import diffrax_ensemble, prepare_diffrax
from .by_taylor import prepare_heyoka
from .contract import DROP, LADDER, Array, Peer, Solve, Task, silence
from .from_numbalsoda import prepare_numbalsoda_dop853, prepare_numbalsoda_lsoda
from .from_scipy import prepare_scipy
from .ours import prepare_checked_once, prepare_memcurse
from .sundials import prepare_cvode

__all__ = [
    "CHECKED_ONCE",
    "DROP",
    "LADDER",
    "OURS",
    "PEERS",
    "Array",
    "Peer",
    "Solve",
    "Task",
    "available",
    "diffrax_ensemble",
    "silence",
]


def available(names: list[str] | None = None) -> tuple[list[Peer], list[str]]:
    """The peers that are installed, and a line for each that is not."""
    chosen = [peer for peer in PEERS if names is None or peer.name in names]
    there = [peer for peer in chosen if importlib.util.find_spec(peer.package) is not None]
    return there, [
        f"{peer.name}: skipped, {peer.package} is not installed" for peer in chosen if peer not in there
    ]


PEERS = (
    *(
        Peer(f"SciPy {x}", "scipy", functools.partial(prepare_scipy, x))
        for x in ("DOP853", "LSODA", "Radau", "BDF")
    ),
    Peer("CVODE", "sksundae", prepare_cvode),
    Peer("heyoka", "heyoka", prepare_heyoka, widest=10),
    *(Peer(f"diffrax {x}", "diffrax", functools.partial(prepare_diffrax, x)) for x in ("Tsit5", "Kvaerno5")),
    Peer("numbalsoda LSODA", "numbalsoda", prepare_numbalsoda_lsoda),
    Peer("numbalsoda DOP853", "numbalsoda", prepare_numbalsoda_dop853),
)
OURS = Peer("memcurse", "memcurse", prepare_memcurse, tuple(10.0**-k for k in range(3, 9)))
CHECKED_ONCE = Peer("memcurse, prepared", "memcurse", prepare_checked_once, OURS.ladder)
