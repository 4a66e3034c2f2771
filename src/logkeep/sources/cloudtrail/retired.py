"""Which trails of ours no route asks for any more, once the logs come by another way."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.access import accounts
from logkeep.access.enabled_regions import regions
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.snapshot.setting import Write
from logkeep.sources.cloudtrail import organization_trail, trails
from logkeep.sources.cloudtrail.delivered import has_delivered
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.settings import FLEET_TAG
from logkeep.sources.cloudtrail.speaker import as_it_is
from logkeep.sources.cloudtrail.trails import (
    Trail,
    serving,
)
from logkeep.value import AccountId, account_of


class TrailTag(msgspec.Struct, frozen=True, rename="pascal"):
    """A tag of a trail."""

    key: str
    value: str = ""


class Tagged(msgspec.Struct, frozen=True, rename="pascal"):
    """A resource with its tags."""

    resource_id: str
    tags_list: tuple[TrailTag, ...] = ()


class TaggedList(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of cloudtrail:ListTags."""

    resource_tag_list: tuple[Tagged, ...] = ()


def retired(facts: Facts, logs: tuple[TrailLogs, ...], holding: frozenset[str]) -> Iterator[Write]:
    """The deletion of trails that we made and that the routes named here hold without.

    A route holds only if its logs arrive, so no hour goes unrecorded; a trail that bears no tag
    of this fleet is somebody else's and stays.
    """
    for each in logs:
        if each.options.organization is not None:
            for account, trail in replaced(facts, each):
                if _is_ours(facts, account, trail) and _is_free(facts, each, trail, holding):
                    yield _deletion(account, trail)


def replaced(facts: Facts, logs: TrailLogs) -> Iterator[tuple[AccountId, Trail]]:
    """The trails at the archive of the kind that the fleet file no longer asks for."""
    if logs.options.organization:
        for account in logs.accounts:
            yield from ((account, t) for t in serving(facts, account) if _is_own(t, account))
    else:
        account = organization_trail.asked(facts)
        shown = (t for t in serving(facts, account) if t.is_organization_trail)
        yield from ((account, t) for t in shown)


def is_replaced(facts: Facts, logs: TrailLogs, account: AccountId, trail: Trail) -> bool:
    """Whether a trail is ours and of the kind that the fleet file no longer asks for."""
    wanted = logs.options.organization
    if wanted is None or wanted == trail.is_organization_trail:
        return False
    asked = account if wanted else organization_trail.asked(facts)
    return _is_ours(facts, asked, trail)


def _is_own(trail: Trail, account: AccountId) -> bool:
    return not trail.is_organization_trail and f":{account}:" in trail.arn


def tags_ask(account: AccountId, trail: Trail) -> Ask:
    """The question which tags a trail bears."""
    return ask(account, trail.home_region, "cloudtrail:ListTags", ResourceId=trail.arn)


def _is_ours(facts: Facts, account: AccountId, trail: Trail) -> bool:
    found = seen(facts.look(tags_ask(account, trail), TaggedList))
    tags = [tag for each in (found.resource_tag_list if found else ()) for tag in each.tags_list]
    return TrailTag(FLEET_TAG, facts.fleet.name) in tags


def _is_free(facts: Facts, logs: TrailLogs, trail: Trail, holding: frozenset[str]) -> bool:
    """Whether every account that the trail records is recorded without it."""
    recorded = _recorded_by(facts, logs, trail)
    names = {
        f"cloudtrail/{account}/{region}"
        for account in recorded
        for region in regions(facts, account) or ("",)
    }
    return names <= holding and all(_is_taken_over(facts, logs, account) for account in recorded)


def _is_taken_over(facts: Facts, logs: TrailLogs, account: AccountId) -> bool:
    """Whether the trail that stays takes every Region, those that the fleet does not list too."""
    look = (
        organization_trail.adopted(facts, logs)
        if logs.options.organization
        else trails.adopted(facts, logs, account)
    )
    kept = seen(look)
    if kept is None or not kept.is_multi_region_trail:
        return False
    who = as_it_is(facts, account, kept)
    return all(has_delivered(facts, who, region) is True for region in regions(facts, account))


def _recorded_by(facts: Facts, logs: TrailLogs, trail: Trail) -> tuple[AccountId, ...]:
    if not trail.is_organization_trail:
        return (account_of(trail.arn),)
    home = facts.fleet.home_region
    asking = accounts.askers(facts).get(organization_trail.identity(facts).id, "")
    found = seen(facts.look(accounts.members_ask(asking, home), accounts.Members))
    # An account that no route of ours looks at would go unrecorded: then nothing is free.
    everyone = [m.id for m in found.accounts if m.standing == accounts.ACTIVE] if found else [""]
    return tuple(dict.fromkeys((*logs.accounts, *everyone)))


def _deletion(account: AccountId, trail: Trail) -> Write:
    return Write(
        trail.arn, account, trail.home_region, "cloudtrail:DeleteTrail", {"Name": trail.arn}
    )
