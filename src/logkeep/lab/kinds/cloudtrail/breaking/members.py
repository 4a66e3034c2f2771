"""Breaking what an organization's trail stands on: the organization itself and who is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from logkeep.lab.breaking.calls import Breakage, CannotBreak
from logkeep.lab.breaking.target import Impossible, Target, Undo
from logkeep.lab.documents import organization_of
from logkeep.lab.kinds.cloudtrail.state import Course, settle, state_of
from logkeep.lab.services.ec2 import OPT_IN
from logkeep.lab.store import organizations_backends
from logkeep.lab.world import LabWorld
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.options import trail_logs
from logkeep.sources.cloudtrail.trails import Trail
from logkeep.value import AccountId, Json


def trail_of(facts: Facts) -> Trail:
    """The organization's trail into the archive; raises CannotBreak where there is none."""
    for logs in trail_logs(facts.fleet):
        trail = seen(organization_trail.adopted(facts, logs))
        if logs.options.organization and trail is not None:
            return trail
    raise CannotBreak(
        "only an organization trail can have this: write `organization = true` into the fleet file"
    )


def distrusted(facts: Facts, account: AccountId) -> Breakage:  # noqa: ARG001 as all others
    """The members' copies go at once, and management is left with a trail of its own."""
    trail, management = trail_of(facts), organization_trail.identity(facts).management
    if not facts.fleet.has(management):
        raise CannotBreak("only the management account can end the trust, and the fleet has it not")
    place = (trail.arn, management, trail.home_region)
    service: dict[str, Json] = {"ServicePrincipal": organization_trail.SERVICE}
    again: dict[str, Json] = {"Name": trail.arn, "IsOrganizationTrail": True}
    return Breakage(
        "the organization no longer trusts CloudTrail",
        (Write(*place, "organizations:DisableAWSServiceAccess", service),),
        (
            Write(*place, "organizations:EnableAWSServiceAccess", service),
            Write(*place, "cloudtrail:UpdateTrail", again),
        ),
    )


def _organization(world: LabWorld) -> Any:
    found = organization_of(world.management_account)
    if found is None:
        raise Impossible("there is no organization")
    return found


def dissolved(world: LabWorld, _target: Target) -> Undo:
    """The organization is gone, and its trails become the management account's own."""
    backend = _organization(world)
    kept, masters = backend.org, dict(organizations_backends.master_accounts)
    trails = _of_organization(world)
    backend.org = None
    organizations_backends.master_accounts.clear()

    def undo() -> None:
        backend.org = kept
        organizations_backends.master_accounts.update(masters)
        for course, trail in trails:
            course.trail = trail
            settle(world, course)

    return undo


def _of_organization(world: LabWorld) -> list[tuple[Course, Any]]:
    courses = state_of(world).courses.values()
    return [(course, course.trail) for course in courses if course.trail.organization]


def bills_only(world: LabWorld, _target: Target) -> Undo:
    """As if the organization had been made for one bill (rule 1.2.1)."""
    organization = _organization(world).org
    before = organization.feature_set
    organization.feature_set = "CONSOLIDATED_BILLING"

    def undo() -> None:
        organization.feature_set = before

    return undo


def outside(world: LabWorld, target: Target) -> Undo:
    """The account is a member no more, and its copy of the trail is gone (rule 1.2.2)."""
    if target.account == world.management_account:
        raise Impossible("the management account cannot leave its organization")
    backend, accounts = _organization(world), dict(world.accounts)
    held = backend.get_account_by_id(target.account)
    master = organizations_backends.master_accounts.pop(target.account)
    backend.accounts.remove(held)
    world.leave(target.account)

    def undo() -> None:
        organizations_backends.master_accounts[target.account] = master
        backend.accounts.append(held)
        world.accounts.clear()
        world.accounts.update(accounts)
        for course, _ in _of_organization(world):
            settle(world, course)

    return undo


def home_off(world: LabWorld, target: Target) -> Undo:
    """The account has not opted into the Region where the trail is at home (rule 1.2.3)."""
    homes = {trail.home for _, trail in _of_organization(world)} & OPT_IN
    if not homes:
        raise Impossible(
            "no organization trail is at home in a Region that accounts opt into, such as "
            "eu-south-1: make the lab and its fleet with `home-region` there"
        )
    closed = {(target.account, home) for home in homes}
    world.closed |= closed

    def undo() -> None:
        world.closed -= closed

    return undo


WAYS: dict[str, Callable[[LabWorld, Target], Undo]] = {
    "organization-missing": dissolved,
    "organization-features-off": bills_only,
    "account-outside": outside,
    "home-region-off": home_off,
}
"""The codes that are brought about from underneath."""
