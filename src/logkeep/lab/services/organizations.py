"""Organizations: what members may ask, what their delegated administrators, what management alone.

Source: Organizations API Reference, "Reference: API operations by account".
"""

from __future__ import annotations

from logkeep.lab import standing
from logkeep.lab.call import Answer, Call, Forward, Overlay, World
from logkeep.lab.documents import organization_of
from logkeep.lab.organization import enrol
from logkeep.lab.wire import refuse
from logkeep.lab.world import LabWorld

_NOT_MASTER = "You don't have permissions to access this resource."
_NOT_IN_USE = "Your account is not a member of an organization."

_READS = (
    "DescribeAccount",
    "DescribeCreateAccountStatus",
    "DescribePolicy",
    "ListAWSServiceAccessForOrganization",
    "ListAccounts",
    "ListAccountsForParent",
    "ListChildren",
    "ListCreateAccountStatus",
    "ListDelegatedAdministrators",
    "ListDelegatedServicesForAccount",
    "ListOrganizationalUnitsForParent",
    "ListParents",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListRoots",
    "ListTargetsForPolicy",
)
"""For the management account and for every delegated administrator, of whichever service."""

_CHANGES = (
    "AttachPolicy",
    "CreateOrganizationalUnit",
    "CreatePolicy",
    "DeletePolicy",
    "DeregisterDelegatedAdministrator",
    "DetachPolicy",
    "DisableAWSServiceAccess",
    "DisablePolicyType",
    "EnablePolicyType",
    "MoveAccount",
    "RegisterDelegatedAdministrator",
    "UpdatePolicy",
)
"""For the management account alone."""


def keeper(world: World, call: Call) -> str:
    """The account whose store holds the organization the caller asks about; empty if none."""
    mine = call.service == "organizations" and call.caller.account in world.accounts
    return world.management_account if mine else ""


def _outsider(world: World, call: Call) -> Answer | None:
    if call.caller.account in world.accounts:
        return None
    return refuse(call, "AWSOrganizationsNotInUseException", _NOT_IN_USE)


def _is_administrator(world: World, account: str) -> bool:
    organization = organization_of(world.management_account)
    return any(admin.account.id == account for admin in organization.admins)


def administrators_too(world: World, call: Call, forward: Forward) -> Answer:
    """Refuse strangers, and members that are no delegated administrator of any service."""
    if refused := _outsider(world, call):
        return refused
    account = call.caller.account
    if account != world.management_account and not _is_administrator(world, account):
        return refuse(call, "AccessDeniedException", _NOT_MASTER)
    return forward()


def management_only(world: World, call: Call, forward: Forward) -> Answer:
    """Refuse members and strangers."""
    if refused := _outsider(world, call):
        return refused
    if call.caller.account != world.management_account:
        return refuse(call, "AccessDeniedException", _NOT_MASTER)
    return forward()


def enable_service(world: World, call: Call, forward: Forward) -> Answer:
    """EnableAWSServiceAccess, with the service's linked role."""
    answer = management_only(world, call, forward)
    service = str(call.arguments.get("ServicePrincipal"))
    assert isinstance(world, LabWorld)
    trusted = (each for kind in world.kinds for each in kind.trusted if each.linked)
    if answer.status < 300 and service in {f"{each.prefix}.amazonaws.com" for each in trusted}:
        standing.link(world.management_account, service)
    return answer


def create_account(world: World, call: Call, forward: Forward) -> Answer:
    """CreateAccount: the new member is there at once, with its access role (rule 10.1)."""
    answer = management_only(world, call, forward)
    if answer.status < 300:
        assert isinstance(world, LabWorld)
        made = answer.output["CreateAccountStatus"]
        enrol(world, str(made["AccountId"]), str(made["AccountName"]))
    return answer


def remove_account(world: World, call: Call, forward: Forward) -> Answer:
    """RemoveAccountFromOrganization."""
    if call.arguments.get("AccountId") == world.management_account:
        said = "You cannot remove the management account from the organization."
        return refuse(call, "MasterCannotLeaveOrganizationException", said)
    answer = management_only(world, call, forward)
    if answer.status < 300:
        assert isinstance(world, LabWorld)
        world.leave(str(call.arguments["AccountId"]))
    return answer


_OWN: dict[str, Overlay] = {
    "CreateAccount": create_account,
    "EnableAWSServiceAccess": enable_service,
    "RemoveAccountFromOrganization": remove_account,
}

OVERLAYS: dict[tuple[str, str], Overlay] = {
    **{("organizations", operation): administrators_too for operation in _READS},
    **{("organizations", operation): management_only for operation in _CHANGES},
    **{("organizations", operation): overlay for operation, overlay in _OWN.items()},
}
"""Organizations operations that moto would answer to members too."""
