"""May this principal do this to that resource, and which statement says so?"""

from logkeep.policy.access_point import (
    AccessPoint,
    Leg,
    decide_through,
    is_kept_out,
    legs,
    may_pass_through,
)
from logkeep.policy.acls import AclGrant, Acls
from logkeep.policy.admission import Admitted, admits
from logkeep.policy.authorize import decide
from logkeep.policy.cases import Case, agrees, read_case
from logkeep.policy.document import Policy, read_policy
from logkeep.policy.explanation import explain, nearest_allows
from logkeep.policy.grants import KeyGrant
from logkeep.policy.layers import Layers
from logkeep.policy.lint import Lint, lint
from logkeep.policy.public import PublicAccess, is_public, most_restrictive
from logkeep.policy.values import (
    Context,
    Decision,
    Explanation,
    Kind,
    Layer,
    Malformed,
    Nearest,
    Outcome,
    Possible,
    Request,
    StatementRef,
    Unread,
    request,
)

__all__ = [
    "AccessPoint",
    "AclGrant",
    "Acls",
    "Admitted",
    "Case",
    "Context",
    "Decision",
    "Explanation",
    "KeyGrant",
    "Kind",
    "Layer",
    "Layers",
    "Leg",
    "Lint",
    "Malformed",
    "Nearest",
    "Outcome",
    "Policy",
    "Possible",
    "PublicAccess",
    "Request",
    "StatementRef",
    "Unread",
    "admits",
    "agrees",
    "decide",
    "decide_through",
    "explain",
    "is_kept_out",
    "is_public",
    "legs",
    "lint",
    "may_pass_through",
    "most_restrictive",
    "nearest_allows",
    "read_case",
    "read_policy",
    "request",
]
