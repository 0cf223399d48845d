"""What the statements on full networks are checked with sees a mistake."""

from __future__ import annotations

from flint import arb

from memcurse.proofs_checks.catalogue.cards import cards
from memcurse.proofs_checks.evidence.findings import BallEquality, Exact, Identity
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

QUICK = Setting(digits=30, quick=True, seed=1)
CARDS = cards()


def test_a_violation_is_as_certain_as_its_counterexample() -> None:
    from memcurse.proofs_checks.evidence.findings import Violation

    assert Violation("x", Exact("equal", 1, 2)).verdict is Verdict.CERTIFIED
    assert Violation("x", Exact("equal", 1, 1)).verdict is Verdict.REFUTED
    assert Violation("x", Identity("equal", 1, 1)).verdict is Verdict.REFUTED
    assert Violation("x", BallEquality("overlap", arb(1), arb(1))).verdict is Verdict.UNDECIDED


def test_a_mistake_in_the_assembly_is_seen() -> None:
    from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
    from memcurse.proofs_checks.curse_of_memory.networks._networks import exact_agreement

    parts = [RecurrentKernel.diagonal([1], [1]), RecurrentKernel.diagonal([1, 2], [1, 3])]
    whole = RecurrentKernel.blocks(parts)
    assert exact_agreement(whole, parts).verdict is Verdict.CERTIFIED
    wrong = RecurrentKernel([1, 1, "2000001/1000000"], whole.W, whole.U)
    assert exact_agreement(wrong, parts).verdict is Verdict.REFUTED


def test_the_l1_norm_of_the_oscillating_network_is_its_closed_form() -> None:
    r"""With ``N = [[0, 1], [-4, 0]]`` the kernel is ``c N U e^(-3t/2) sin(2t)/2``, ``c N U = 17/2``, ``c U = 0``; and
    :math:`\int e^{-bt} |\sin qt| = q \coth(b \pi/2q)/(b^2 + q^2)`.
    """
    from memcurse.numerics.arithmetic.balls import precision
    from memcurse.proofs_checks.curse_of_memory.networks.prop_3_1_rnn_functionals import _instances
    from memcurse.proofs_checks.curse_of_memory.objective._functionals import BITS, Kernel

    _, expression = _instances()["oscillating"]
    with precision(40):
        closed = arb(17) / 4 * 2 / (arb(9) / 4 + 4) * (3 * arb.pi() / 8).coth()
        norm = Kernel(expression).l1_norm(BITS)
        assert norm.overlaps(closed)
        assert norm.rad() < arb(10) ** -6
