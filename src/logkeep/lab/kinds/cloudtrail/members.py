"""What an organization trail needs of the organization, and what it makes of the changes there.

Sources: rules 1.2.1 and 1.2.2; AWS Organizations User Guide, "AWS CloudTrail and AWS
Organizations"; CloudTrail User Guide, "Organization delegated administrator".
"""

from __future__ import annotations

from dataclasses import replace

from logkeep.lab.call import Answer, Call, Forward, Standing, World
from logkeep.lab.kinds.cloudtrail.checks import ApiError
from logkeep.lab.kinds.cloudtrail.requests import SERVICE
from logkeep.lab.kinds.cloudtrail.state import TrailState, settle
from logkeep.lab.wire import refuse, reply

ADMINISTRATOR_LIMIT = 3
"""Delegated administrators of an organization (CloudTrail User Guide, quotas)."""


def owner_of_new(world: World, account: str, *, organization: bool) -> str:
    """Whose the trail is that an account creates: an organization's is management's (1.2.1)."""
    managing = organization and account in world.standing(SERVICE).administrators
    return world.management_account if managing else account


def may_manage(world: World, account: str) -> bool:
    """Whether an account may change organization trails."""
    return account == world.management_account or (
        account in world.standing(SERVICE).administrators
    )


def organization_fault(world: World, account: str) -> ApiError | None:
    """Why an account may not have an organization trail made or kept (rule 1.2.1)."""
    if not world.organization_id or account not in world.accounts:
        said = "The request could not be processed because your account is not in an organization."
        return ApiError("OrganizationsNotInUseException", said)
    if not may_manage(world, account):
        return not_management()
    return _standing_fault(world.standing(SERVICE))


def not_management() -> ApiError:
    """The refusal of a member that wants to make or change an organization trail."""
    said = "The request could not be processed because you are not the management account."
    return ApiError("NotOrganizationMasterAccountException", said)


def _standing_fault(standing: Standing) -> ApiError | None:
    if not standing.all_features:
        said = "The organization does not have all features enabled."
        return ApiError("OrganizationNotInAllFeaturesModeException", said)
    if not standing.trusted:
        said = "Trusted access is not enabled between CloudTrail and AWS Organizations."
        return ApiError("CloudTrailAccessNotEnabledException", said)
    if not standing.linked:
        said = "The management account has no service-linked role for CloudTrail."
        return ApiError("NoManagementAccountSLRExistsException", said)
    return None


def follow(world: World, state: TrailState) -> None:
    """Let the trails follow the organization: who joined or left, and whether it trusts still."""
    trails = [c for c in state.courses.values() if c.trail.organization]
    members = tuple(world.accounts)
    if trails and not world.standing(SERVICE).trusted:
        for course in trails:
            # The members' copies are deleted and management keeps a trail of its own account.
            course.trail = replace(course.trail, organization=False)
            settle(world, course)
    elif members != state.members:
        for course in trails:
            settle(world, course)
    state.members = members


def register_administrator(world: World, call: Call, _forward: Forward) -> Answer:
    """RegisterOrganizationDelegatedAdmin."""
    account = str(call.arguments.get("MemberAccountId", ""))
    fault = _delegation_fault(world, call, account) or _newcomer_fault(world, account)
    if fault:
        return refuse(call, fault.code, fault.message)
    world.delegate(account, SERVICE)
    return reply(call, {})


def deregister_administrator(world: World, call: Call, _forward: Forward) -> Answer:
    """DeregisterOrganizationDelegatedAdmin."""
    account = str(call.arguments.get("DelegatedAdminAccountId", ""))
    fault = _delegation_fault(world, call, account)
    if fault is None and account not in world.standing(SERVICE).administrators:
        said = f"Account {account} is not registered as a delegated administrator."
        fault = ApiError("AccountNotRegisteredException", said)
    if fault:
        return refuse(call, fault.code, fault.message)
    world.undelegate(account, SERVICE)
    return reply(call, {})


def _delegation_fault(world: World, call: Call, account: str) -> ApiError | None:
    if call.caller.account not in world.accounts:
        said = "The request could not be processed because your account is not in an organization."
        return ApiError("OrganizationsNotInUseException", said)
    if call.caller.account != world.management_account:
        said = "The request must be made by the organization's management account."
        return ApiError("NotOrganizationManagementAccountException", said)
    if account not in world.accounts:
        return ApiError(
            "AccountNotFoundException", f"Account {account} is not in the organization."
        )
    return _standing_fault(world.standing(SERVICE))


def _newcomer_fault(world: World, account: str) -> ApiError | None:
    registered = world.standing(SERVICE).administrators
    if account == world.management_account:
        said = "The management account cannot be a delegated administrator."
        return ApiError("CannotDelegateManagementAccountException", said)
    if account in registered:
        said = f"Account {account} is already registered as a delegated administrator."
        return ApiError("AccountRegisteredException", said)
    if len(registered) >= ADMINISTRATOR_LIMIT:
        said = f"The organization already has {ADMINISTRATOR_LIMIT} delegated administrators."
        return ApiError("DelegatedAdminAccountLimitExceededException", said)
    return None
