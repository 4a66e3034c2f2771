"""May this principal do this to that resource, and which statement says so?"""

from logkeep.policy.admission import Admitted, admits
from logkeep.policy.authorize import decide
from logkeep.policy.cases import Case, agrees, read_case
from logkeep.policy.document import Policy, read_policy
from logkeep.policy.explanation import explain
from logkeep.policy.grants import Grant
from logkeep.policy.layers import Layers
from logkeep.policy.values import (
    Context,
    Decision,
    Explanation,
    Kind,
    Layer,
    Malformed,
    Nearest,
    Outcome,
    Request,
    StatementRef,
    Unread,
    request,
)

__all__ = [
    "Admitted",
    "Case",
    "Context",
    "Decision",
    "Explanation",
    "Grant",
    "Kind",
    "Layer",
    "Layers",
    "Malformed",
    "Nearest",
    "Outcome",
    "Policy",
    "Request",
    "StatementRef",
    "Unread",
    "admits",
    "agrees",
    "decide",
    "explain",
    "read_case",
    "read_policy",
    "request",
]
