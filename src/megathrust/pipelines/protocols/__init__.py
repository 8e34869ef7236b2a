"""One question under many protocols: what is left of a score as held-out segments move away from training."""

from megathrust.pipelines.protocols._columns import PROTOCOLS, named_protocol, protocol_name
from megathrust.pipelines.protocols._evaluate import ProtocolScores, evaluate_protocols

__all__ = [
    "PROTOCOLS",
    "ProtocolScores",
    "evaluate_protocols",
    "named_protocol",
    "protocol_name",
]
