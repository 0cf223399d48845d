"""memcurse verifies the theory of the curse of memory in recurrent networks by trying to refute it.

Names are imported when they are first used, so that ``import memcurse`` and ``memcurse list`` cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .numerics.approximation.l2.best_fit import best_fit as best_fit
    from .numerics.approximation.widths.certified_width import Width as Width
    from .numerics.approximation.widths.certified_width import certified_width as certified_width
    from .numerics.arguments import FloatRangeError as FloatRangeError
    from .numerics.flow.ensemble import flow_ensemble as flow_ensemble
    from .numerics.flow.events import Displacement as Displacement
    from .numerics.flow.events import LossDrop as LossDrop
    from .numerics.flow.gradient_flow import gradient_flow as gradient_flow
    from .numerics.flow.run import FlowRun as FlowRun
    from .numerics.landscape.critical_spaces import critical_spaces as critical_spaces
    from .numerics.networks.recurrent_kernel import RecurrentKernel as RecurrentKernel
    from .numerics.objective.discrete import DiscreteObjective as DiscreteObjective
    from .numerics.objective.objective import Enclosure as Enclosure
    from .numerics.objective.objective import Objective as Objective
    from .numerics.sampled.network import sampled_network as sampled_network
    from .numerics.stationary.critical_points import critical_points as critical_points
    from .proofs_checks.evidence.statement import Verdict as Verdict
    from .proofs_checks.running.runner import statements as statements
    from .proofs_checks.running.runner import verify as verify
    from .theory.landscape.critical_spaces import count_critical_spaces as count_critical_spaces
    from .theory.targets.kernels import AiryKernel as AiryKernel
    from .theory.targets.kernels import ExpressionTarget as ExpressionTarget
    from .theory.targets.kernels import GaussianBump as GaussianBump
    from .theory.targets.kernels import PowerLaw as PowerLaw
    from .theory.targets.recognition import parse_target as parse_target
    from .theory.targets.sequences import FiniteSequence as FiniteSequence
    from .theory.targets.sequences import GeometricSum as GeometricSum
    from .theory.targets.sequences import TargetSequence as TargetSequence
    from .theory.targets.sequences import sampled as sampled
    from .theory.targets.target import ExponentialSum as ExponentialSum
    from .theory.targets.target import Target as Target
    from .theory.targets.tokens import TargetSyntaxError as TargetSyntaxError

__version__ = "0.1.0"

_HOMES = {
    "AiryKernel": "theory.targets.kernels",
    "DiscreteObjective": "numerics.objective.discrete",
    "Displacement": "numerics.flow.events",
    "Enclosure": "numerics.objective.objective",
    "ExponentialSum": "theory.targets.target",
    "ExpressionTarget": "theory.targets.kernels",
    "FiniteSequence": "theory.targets.sequences",
    "FloatRangeError": "numerics.arguments",
    "FlowRun": "numerics.flow.run",
    "GaussianBump": "theory.targets.kernels",
    "GeometricSum": "theory.targets.sequences",
    "LossDrop": "numerics.flow.events",
    "Objective": "numerics.objective.objective",
    "PowerLaw": "theory.targets.kernels",
    "RecurrentKernel": "numerics.networks.recurrent_kernel",
    "Target": "theory.targets.target",
    "TargetSequence": "theory.targets.sequences",
    "TargetSyntaxError": "theory.targets.tokens",
    "Verdict": "proofs_checks.evidence.statement",
    "Width": "numerics.approximation.widths.certified_width",
    "best_fit": "numerics.approximation.l2.best_fit",
    "certified_width": "numerics.approximation.widths.certified_width",
    "count_critical_spaces": "theory.landscape.critical_spaces",
    "critical_points": "numerics.stationary.critical_points",
    "critical_spaces": "numerics.landscape.critical_spaces",
    "flow_ensemble": "numerics.flow.ensemble",
    "gradient_flow": "numerics.flow.gradient_flow",
    "parse_target": "theory.targets.recognition",
    "sampled": "theory.targets.sequences",
    "sampled_network": "numerics.sampled.network",
    "statements": "proofs_checks.running.runner",
    "verify": "proofs_checks.running.runner",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'memcurse' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
