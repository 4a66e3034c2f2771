"""What of CloudTrail is named on every run: Regions nobody listed, trails nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.access import bucket, key
from logkeep.access.enabled_regions import EnabledRegions, regions_ask
from logkeep.access.policies.speaking import layers_for
from logkeep.archive.objects import ListedPage
from logkeep.archive.spelling import misspells
from logkeep.fleet.naming import region_objection
from logkeep.policy import decide
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail import organization_trail, requests
from logkeep.sources.cloudtrail.evidence import FOLDERS
from logkeep.sources.cloudtrail.options import TrailLogs
from logkeep.sources.cloudtrail.speaker import as_it_is
from logkeep.sources.cloudtrail.trails import (
    Trail,
    adopted,
    serving,
    trails,
    unlisted,
)
from logkeep.sources.cloudtrail.ways import sharing
from logkeep.value import AccountId, Arn, Json, Look, Region, Seen, Unseen
from logkeep.words.notice import Notice, not_seen


def notices(facts: Facts, logs: tuple[TrailLogs, ...]) -> Iterator[Notice]:
    """What is worth naming of every account's trails and Regions."""
    for each in logs:
        for account in each.accounts:
            yield from _regions(facts, account)
            yield from _trails(facts, each, account)
            yield from _homes(facts, each, account)
            yield from _unchangeable(facts, each, account)


def folder_asks(facts: Facts, account: AccountId) -> list[Ask]:
    """The questions which Regions' logs of an account the archive has (rule 1.3).

    One an account, as its trails write into one folder unless their prefixes differ; none where
    the fleet wants every Region.
    """
    if facts.fleet.regions is None:
        return []
    question = bucket.of_bucket(facts, "s3:ListObjectsV2")
    arguments = {**dict(question.arguments), "Delimiter": "/"}
    starts = {as_it_is(facts, account, trail).logs for trail in serving(facts, account)}
    return [
        ask(question.account, question.region, question.call, **arguments, Prefix=folder)
        for folder in sorted(f"{start}{FOLDERS['log']}/" for start in starts)
    ]


def _regions(facts: Facts, account: AccountId) -> Iterator[Notice]:
    """The Regions that an account uses and the fleet does not list."""
    listed = facts.fleet.regions
    if listed is None:
        return
    opted = facts.look(regions_ask(facts, account), EnabledRegions)
    folders = [facts.look(question, ListedPage) for question in folder_asks(facts, account)]
    hidden = next((look for look in (opted, *folders) if not isinstance(look, Seen)), None)
    hidden = hidden or _hidden(facts, account)
    if hidden is not None:
        yield not_seen("region-unlisted", account, hidden)
    chosen, delivering = _opted(seen(opted)), _delivering(folders)
    for region in sorted((chosen | delivering) - set(listed)):
        evidence = {"delivers": region in delivering, "opted_in": region in chosen}
        yield Notice("region-unlisted", account, region, evidence=evidence)


def _opted(found: EnabledRegions | None) -> frozenset[Region]:
    """The Regions that somebody chose to enable; most are without choosing."""
    listed = found.regions if found else ()
    return frozenset(r.region_name for r in listed if r.opt_in_status == "opted-in")


def _delivering(folders: list[Look[ListedPage]]) -> frozenset[Region]:
    """The Regions that have a folder of logs."""
    named = {
        _last(folder.prefix)
        for look in folders
        for folder in (look.value.common_prefixes if isinstance(look, Seen) else ())
    }
    return frozenset(name for name in named if region_objection(name) is None)


def _last(prefix: str) -> str:
    return prefix.rstrip("/").rsplit("/", 1)[-1]


def _trails(facts: Facts, logs: TrailLogs, account: AccountId) -> Iterator[Notice]:
    """The trails that an account shows and no log of the fleet asks for."""
    hidden = _hidden(facts, account)
    if hidden is not None:
        yield not_seen("trail-unasked", account, hidden)
    meant = _meant(facts, logs, account)
    for trail in seen(trails(facts, account)) or ():
        doubt = _doubt(facts, trail)
        if trail.arn in meant:
            continue
        if doubt is not None:
            yield not_seen("trail-unasked", account, doubt)
        else:
            where = _where(facts, trail)
            yield Notice("trail-unasked", account, trail.home_region, trail.arn, where)


def _hidden(facts: Facts, account: AccountId) -> Look[object] | None:
    """Why an account may have trails that are not seen; None where all are."""
    look = trails(facts, account)
    return unlisted(facts, account) if isinstance(look, Seen) else look


def _doubt(facts: Facts, trail: Trail) -> Unseen | None:
    """Why a trail may be the fleet's own with its bucket misspelt; None where that is settled."""
    if not misspells(trail.s3_bucket_name, facts.fleet.archive.bucket):
        return None
    owner = bucket.owner(facts, bucket.of_name(facts, trail.s3_bucket_name))
    return owner if isinstance(owner, Unseen) else None


def _where(facts: Facts, trail: Trail) -> dict[str, object]:
    """Where a trail delivers."""
    return {
        "name": trail.name,
        "bucket": trail.s3_bucket_name,
        "at_archive": trail.s3_bucket_name == facts.fleet.archive.bucket,
        "organization": trail.is_organization_trail,
    }


def _meant(facts: Facts, logs: TrailLogs, account: AccountId) -> frozenset[Arn]:
    """The trails that are the fleet's own: adopted, the organization's, or sharing the work."""
    shared = _shared(facts, logs, account)
    own = seen(adopted(facts, logs, account))
    together = sharing(facts, logs, account)
    served = any(trail.s3_bucket_name == facts.fleet.archive.bucket for trail in shared)
    if own is None or (logs.options.organization and served):
        return together | frozenset(trail.arn for trail in shared)
    beside = [trail for trail in serving(facts, account) if _is_beside(trail, own)]
    return together | frozenset(trail.arn for trail in (own, *shared, *beside))


def _shared(facts: Facts, logs: TrailLogs, account: AccountId) -> tuple[Trail, ...]:
    """The organization's trail that serves; any that may, where the one could not be told."""
    if logs.options.organization is False:
        return ()
    look = organization_trail.adopted(facts, logs)
    if _hidden(facts, organization_trail.asked(facts)) is not None:
        return tuple(t for t in serving(facts, account) if t.is_organization_trail)
    return (look.value,) if isinstance(look, Seen) else ()


def _is_beside(trail: Trail, own: Trail) -> bool:
    """Whether a single-Region trail brings a Region that another leaves out."""
    alone = not (trail.is_multi_region_trail or trail.is_organization_trail)
    return alone and not own.is_multi_region_trail and trail.home_region != own.home_region


def _homes(facts: Facts, logs: TrailLogs, account: AccountId) -> Iterator[Notice]:
    """The fleet's trails whose home is not the fleet's (rules 1.1.3, 1.2.3)."""
    meant = _meant(facts, logs, account)
    wanted = facts.fleet.home_region
    for trail in seen(trails(facts, account)) or ():
        if trail.arn in meant and trail.home_region != wanted and trail.is_multi_region_trail:
            evidence = {
                "home": trail.home_region,
                "wanted": wanted,
                "organization": trail.is_organization_trail,
                "opt_in": organization_trail.is_opt_in(facts, account, trail.home_region),
            }
            yield Notice("trail-home-elsewhere", account, trail.home_region, trail.arn, evidence)


def _unchangeable(facts: Facts, logs: TrailLogs, account: AccountId) -> Iterator[Notice]:
    """The fleet's trails whose key does not let CloudTrail look at it (rule 1.5e).

    It does so when a trail is made or changed, and logs arrive all the same.
    """
    meant = _meant(facts, logs, account)
    for trail in serving(facts, account):
        if trail.arn not in meant or trail.kms_key_id != key.arn(facts):
            continue
        asked = requests.describe_key(facts, as_it_is(facts, account, trail)).request
        if decide(asked, layers_for(facts, asked)).outcome in DENIED:
            evidence: dict[str, Json] = {
                "name": trail.name,
                "action": asked.action,
                "key": asked.resource,
                "organization": trail.is_organization_trail,
            }
            yield Notice("trail-change-refused", account, trail.home_region, trail.arn, evidence)


DENIED: Final = frozenset({"ExplicitlyDenied", "ImplicitlyDenied"})
