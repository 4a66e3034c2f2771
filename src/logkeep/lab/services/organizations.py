"""Organizations: what members may ask, and what only the management account may."""

from __future__ import annotations

from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.wire import refuse

_NOT_MASTER = "You don't have permissions to access this resource."
_NOT_IN_USE = "Your account is not a member of an organization."

_MANAGEMENT_ONLY = (
    "ListAccounts",
    "ListRoots",
    "ListParents",
    "ListChildren",
    "ListAccountsForParent",
    "ListOrganizationalUnitsForParent",
    "DescribeAccount",
    "DescribePolicy",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListTargetsForPolicy",
    "ListAWSServiceAccessForOrganization",
    "ListDelegatedAdministrators",
    "CreateAccount",
    "CreatePolicy",
    "UpdatePolicy",
    "DeletePolicy",
    "AttachPolicy",
    "DetachPolicy",
    "EnablePolicyType",
    "DisablePolicyType",
    "EnableAWSServiceAccess",
    "DisableAWSServiceAccess",
    "RegisterDelegatedAdministrator",
    "DeregisterDelegatedAdministrator",
    "CreateOrganizationalUnit",
    "MoveAccount",
)


def management_only(world: World, call: Call, forward: Forward) -> Answer:
    """Refuse members and strangers (Organizations API Reference, on each of these operations)."""
    if call.caller.account not in world.accounts:
        return refuse(call, "AWSOrganizationsNotInUseException", _NOT_IN_USE)
    if call.caller.account != world.management_account:
        return refuse(call, "AccessDeniedException", _NOT_MASTER)
    return forward()


OVERLAYS: dict[tuple[str, str], Overlay] = {
    ("organizations", operation): management_only for operation in _MANAGEMENT_ONLY
}
"""Organizations operations that moto would answer to members too."""
