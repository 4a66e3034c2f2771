"""The organization's own trail: whose it is, who may be asked of it, and which one serves."""

from __future__ import annotations

import msgspec

from logkeep.access import organization
from logkeep.access.enabled_regions import EnabledRegions, regions_ask
from logkeep.access.organization import Organization
from logkeep.fleet import Fleet
from logkeep.route import Hop, Is
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.snapshot.setting import Setting, Thing, Write, not_ours
from logkeep.sources.cloudtrail.options import TrailLogs, trail_logs
from logkeep.sources.cloudtrail.trails import (
    OTHERS,
    Trail,
    described_ask,
    is_misspelt,
    trail_arn,
    trails,
    unlisted,
)
from logkeep.value import Absent, AccountId, Arn, Json, Look, Seen, Unseen, arn_name, parse_arn

SERVICE = "cloudtrail.amazonaws.com"
NEVER_OPTED = "opt-in-not-required"
UNKNOWN = Organization("o-unknown", "000000000000")
"""What stands for an organization that could not be seen; nothing is ever asked of it."""


class Trusted(msgspec.Struct, frozen=True, rename="pascal"):
    """A service that may act in every account of the organization."""

    service_principal: str


class TrustedList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:ListAWSServiceAccessForOrganization."""

    enabled_service_principals: tuple[Trusted, ...] = ()


class Delegate(msgspec.Struct, frozen=True, rename="pascal"):
    """A member account that acts for the management account."""

    id: str


class DelegateList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of organizations:ListDelegatedAdministrators."""

    delegated_administrators: tuple[Delegate, ...] = ()


def wanted(fleet: Fleet) -> bool:
    """Whether the fleet file asks for an organization trail."""
    return any(logs.options.organization for logs in trail_logs(fleet))


@remembered
def home(facts: Facts) -> Look[Organization]:
    """The organization of the fleet: the archive's, else the first that an account is in."""
    accounts = (facts.fleet.archive.account, *facts.fleet.accounts.values())
    for account in accounts:
        look = organization.membership(facts, account)
        if isinstance(look, Seen):
            return look
    return organization.membership(facts, accounts[0])


def identity(facts: Facts) -> Organization:
    """The organization, or what stands for it where it could not be seen."""
    return seen(home(facts)) or UNKNOWN


def delegates_asks(facts: Facts) -> tuple[Ask, ...]:
    """The questions who acts for the management account, where that is not in the fleet (1.2.1)."""
    if facts.fleet.has(identity(facts).management):
        return ()
    archive = facts.fleet.archive.account
    call = "organizations:ListDelegatedAdministrators"
    return (ask(archive, facts.fleet.home_region, call, ServicePrincipal=SERVICE),)


def delegates(facts: Facts) -> frozenset[AccountId]:
    """The accounts known to act for the management account."""
    looks = (seen(facts.look(question, DelegateList)) for question in delegates_asks(facts))
    return frozenset(d.id for found in looks if found for d in found.delegated_administrators)


@remembered
def asked(facts: Facts) -> AccountId:
    """Who is asked of the organization's trail: who may change it, else the archive's account."""
    own = facts.fleet.accounts.values()
    management = identity(facts).management
    if management in own:
        return management
    acting = sorted(delegates(facts) & set(own))
    return acting[0] if acting else facts.fleet.archive.account


def may_change(facts: Facts, arn: Arn, account: AccountId) -> bool:
    """Whether an account may change a trail: its own, or the organization's for which it acts."""
    parts = parse_arn(arn)
    return parts is None or parts.account == account or account in delegates(facts)


def only_where_allowed(setting: Setting) -> Setting:
    """The setting, written by those alone whom CloudTrail lets change the trail (rule 1.2.2)."""

    def write(facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
        allowed = may_change(facts, hop.arn, hop.account)
        return setting.write(facts, hop, value) if allowed else ()

    return setting._replace(write=write)


def made_where_allowed(thing: Thing) -> Thing:
    """The thing, made by those alone whom CloudTrail lets make it (rule 1.2.1)."""

    def make(facts: Facts, hop: Hop) -> tuple[Write, ...]:
        return thing.make(facts, hop) if may_change(facts, hop.arn, hop.account) else ()

    return thing._replace(make=make)


def trusted_ask(facts: Facts) -> Ask:
    """The question which services the organization trusts."""
    call = "organizations:ListAWSServiceAccessForOrganization"
    return ask(asked(facts), facts.fleet.home_region, call)


def is_trusted(facts: Facts) -> Look[Json]:
    """Whether the organization trusts CloudTrail (rule 1.2.1)."""
    look = facts.look(trusted_ask(facts), TrustedList)
    return map_look(
        look, lambda a: any(t.service_principal == SERVICE for t in a.enabled_service_principals)
    )


@remembered
def adopted(facts: Facts, logs: TrailLogs) -> Look[Trail]:
    """The organization trail that serves the fleet: at the archive, else of the fleet's name."""
    account = asked(facts)
    look = trails(facts, account)
    if not isinstance(look, Seen):
        return look
    ranked = sorted(
        (_rank(facts, logs, t), t.arn, t) for t in look.value if t.is_organization_trail
    )
    if ranked and ranked[0][0] < OTHERS:
        return Seen(ranked[0][2])
    hidden = unlisted(facts, account)
    return hidden or Absent(described_ask(account, facts.fleet.home_region).says())


def _rank(facts: Facts, logs: TrailLogs, trail: Trail) -> int:
    """Smaller is rather the fleet's; OTHERS is somebody else's."""
    if trail.s3_bucket_name == facts.fleet.archive.bucket:
        return 0 if trail.is_multi_region_trail else 1
    if logs.options.organization and trail.name == logs.options.trail:
        return 2
    return 3 if is_misspelt(facts, trail) else OTHERS


def new_arn(facts: Facts, logs: TrailLogs) -> Arn:
    """The ARN that an organization trail made now will have, its name free in every account."""
    taken = _names(facts)
    name = logs.options.trail
    plain = name if name not in taken else f"{name}-{facts.fleet.name}"
    return trail_arn(facts, identity(facts).management, plain)


@remembered
def _names(facts: Facts) -> frozenset[str]:
    listed = (seen(trails(facts, account)) or () for account in facts.fleet.accounts.values())
    return frozenset(arn_name(trail.arn) for each in listed for trail in each)


def unknown(facts: Facts) -> Unseen | None:
    """Why nothing can be said of an organization's trail; None where something can."""
    look = home(facts)
    if isinstance(look, Seen):
        return None
    return look if isinstance(look, Unseen) else Unseen(look.call, "is in no organization")


def is_opt_in(facts: Facts, account: AccountId, region: str) -> bool:
    """Whether a Region is one that accounts have to opt into, as far as is known."""
    found = seen(facts.look(regions_ask(facts, account), EnabledRegions))
    listed = found.regions if found else ()
    return any(r.region_name == region and r.opt_in_status != NEVER_OPTED for r in listed)


def find_organization(facts: Facts, _hop: Hop) -> Look[Json]:
    """The organization that the fleet's accounts are in."""
    return map_look(home(facts), lambda found: found.id)


def read_features(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    """Whether the organization has all features, or bills only (rule 1.2.1)."""
    look = home(facts)
    if isinstance(look, Seen) and not look.value.features:
        return Unseen("organizations:DescribeOrganization", "did not name its features")
    return map_look(look, lambda found: found.features)


def read_trusted(facts: Facts, _hop: Hop, _need: Is) -> Look[Json]:
    """Whether CloudTrail is trusted in the organization."""
    return is_trusted(facts)


def write_trusted(facts: Facts, hop: Hop, _value: Json) -> tuple[Write, ...]:
    """The call by which the management account trusts CloudTrail; no other account may."""
    management = identity(facts).management
    if hop.account != management:
        return ()
    call = "organizations:EnableAWSServiceAccess"
    arguments: dict[str, Json] = {"ServicePrincipal": SERVICE}
    address = f"arn:{facts.fleet.partition}:organizations::{management}:organization"
    home = facts.fleet.home_region
    return (Write(f"{address}/{identity(facts).id}", management, home, call, arguments),)


def read_member(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    """The organization that an account is in; a name for none where it is in none."""
    look = organization.membership(facts, hop.account)
    if isinstance(look, Absent):
        return Seen("none")
    return map_look(look, lambda found: found.id)


def read_home_region(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    """Whether the account has the trail's home Region enabled (rule 1.2.3)."""
    look = facts.look(regions_ask(facts, hop.account), EnabledRegions)
    return map_look(
        look,
        lambda a: any(
            r.region_name == hop.region and r.opt_in_status != "not-opted-in" for r in a.regions
        ),
    )


SETTINGS: dict[str, Setting] = {
    "organization.features": Setting(read_features, not_ours),
    "organization.trusted-access": Setting(read_trusted, write_trusted),
    "member.organization": Setting(read_member, not_ours),
    "member.home-region": Setting(read_home_region, not_ours),
}

THINGS: dict[str, Thing] = {"organization": Thing(find_organization, not_ours)}
