"""Networks at exact numbers for eqs. (42)-(46): transforms, states driven by straight lines, and residual networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flint import acb, arb, arb_mat

from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
from memcurse.numerics.networks.simulation import BallRNN
from memcurse.proofs_checks.curse_of_memory.objective._functionals import BITS, random_inputs, sign_inputs
from memcurse.proofs_checks.evidence.findings import BallInequalities, Exact
from memcurse.theory.targets.kernels import PowerLaw

if TYPE_CHECKING:
    from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
    from memcurse.proofs_checks.evidence.finding import Finding


def components() -> list[tuple[str, Any, RecurrentKernel]]:
    """Name, target and scalar fit of each input; a target is a network, or an expression in `notation.t`."""

    cascade = RecurrentKernel([1, 0, 0], [[-1, 4, 0], [0, -2, 4], [0, 0, -2]], [0, 0, 1])
    ringing = RecurrentKernel([1, 0], [["-1/2", -3], [3, "-1/2"]], [1, 0])
    return [
        (
            "cascade",
            cascade,
            RecurrentKernel(["71/10", "-2/5"], [["-39/50", "8/15"], ["-8/15", "-39/50"]], [0, 1]),
        ),
        ("ringing", ringing, RecurrentKernel([1, "1/20"], [["-9/20", "-29/10"], [3, "-1/2"]], ["19/20", 0])),
        (
            "(1+t)^(-3)",
            PowerLaw("2").expression,
            RecurrentKernel.diagonal(["37/50", "1/4"], ["17/5", "47/50"]),
        ),
    ]


def exact_agreement(whole: RecurrentKernel, parts: Sequence[RecurrentKernel]) -> Finding:
    """Transforms at more points than two rational functions of their degrees may share: they are the same."""

    points = range(1, whole.m + max(p.m for p in parts) + 2)
    left = [whole.moment(0, w)[i] for w in points for i in range(whole.d)]
    right = [p.moment(0, w)[0] for w in points for p in parts]
    return Exact(
        "the transforms of assembled and scalar networks agree at sufficiently many points", left, right
    )


def lines(seed: int, d: int, count: int) -> list[tuple[Any, ...]]:
    """Random inputs of size at most 1 with d components each, straight lines between the same ages."""

    return [tuple(random_inputs(seed + 1000 * k, d)) for k in range(count)]


def driven(
    whole: RecurrentKernel, parts: Sequence[RecurrentKernel], inputs: Sequence[tuple[Any, ...]]
) -> Finding:
    """The state of the assembled network, driven step by step, against the answers of the scalar kernels."""

    network, pairs = BallRNN(*whole.matrices()), []
    for x in inputs:
        oldest = x[0].knots[-1]
        times = [oldest - knot for knot in reversed(x[0].knots)]
        rows = list(zip(*(reversed(component.values) for component in x), strict=True))
        answer = sum((p.input(0).answer(g.knots, g.values) for p, g in zip(parts, x, strict=True)), arb(0))
        pairs.append((abs(network.after_lines(times, rows) - answer), arb(10) ** -20))
    return BallInequalities(
        "driven by straight lines, the state gives the sum of the answers to 1e-20", pairs
    )


def adversarial(parts: Sequence[RecurrentKernel]) -> list[Finding]:
    """Each scalar network driven by an input that follows the sign of its kernel: near the L1 norm, never above."""

    near, below = [], []
    for part in parts:
        kernel: Any = part.input(0)  # offers what `norms.Kernel` does
        norm = kernel.l1_norm(BITS)
        for x, missed in sign_inputs(kernel)[-2:]:
            times = [x.knots[-1] - knot for knot in reversed(x.knots)]
            output = BallRNN(*part.matrices()).after_lines(times, [(value,) for value in reversed(x.values)])
            near.append((norm - output, missed))
            below.append((output, norm))
    return [
        BallInequalities(
            "driven by the sign of its kernel, a network comes as near to the L1 norm as promised", near
        ),
        BallInequalities("and not above it", below),
    ]


def layers(whole: RecurrentKernel, parts: Sequence[RecurrentKernel]) -> Finding:
    """256 and 512 layers of the one network, driven by sines: the error bounds of first order certainly hold."""

    end = arb(2)
    exact = arb(0)
    for k, part in enumerate(parts, start=1):
        exact += BallRNN(*part.matrices()).convolution(lambda t, k=k: (acb(k) * t).sin() / k, end)  # type: ignore[misc]

    def x(t: arb) -> arb_mat:
        return arb_mat(whole.d, 1, [(k * t).sin() / k for k in range(1, whole.d + 1)])

    network, pairs = BallRNN(*whole.matrices()), []
    for layers in (256, 512):
        bound = network.error_bound(end, layers, arb(1), arb(1))
        pairs.append((abs(network.after_steps(x, end, layers) - exact), bound))
    return BallInequalities(
        "residual network of 256 and 512 layers against the sum of the convolutions", pairs
    )
