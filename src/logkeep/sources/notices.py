"""What is named on every run: accounts nobody listed, and what each kind of log notices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from logkeep.access import key, second_keys
from logkeep.access.accounts import ACTIVE, Members, askers, members_ask
from logkeep.access.organization import membership
from logkeep.archive import lifecycle
from logkeep.snapshot.facts import Facts
from logkeep.sources import mentions, sources
from logkeep.sources.expiring import may_hold_logs
from logkeep.sources.refused_reads import refused_by
from logkeep.value import Json, Seen, Unseen
from logkeep.words.notice import Notice, not_seen


def notices(facts: Facts) -> tuple[Notice, ...]:
    """Everything worth naming that is no fault, in a fixed order; none changes a verdict."""
    found = [*_accounts(facts), *_keys(facts), *_moved(facts)]
    for source in sources().values():
        found += source.notices(facts, facts.fleet.logs_of(source.name))
    found += mentions.notices(facts)
    return tuple(sorted((_refused(facts, each) for each in found), key=partial(_place, facts)))


def _refused(facts: Facts, notice: Notice) -> Notice:
    """The notice with the policy that kept Logkeep from looking, where that is known."""
    it = notice.evidence
    refused = refused_by(facts, str(it.get("call", "")), str(it.get("error", "")))
    if notice.known or not refused:
        return notice
    return msgspec.structs.replace(notice, evidence={**it, "refused_by": refused})


def _keys(facts: Facts) -> Iterator[Notice]:
    """The keys that were made for the fleet besides the one that its name leads to."""
    account, region = key.asker(facts), key.region(facts)
    for each in second_keys.found(facts):
        evidence: dict[str, Json] = {"key": each.key_id, "state": each.key_state}
        yield Notice(CODE_OF_KEY, account, region, each.arn, evidence)
    unseen = second_keys.unseen(facts)
    if unseen is not None:
        yield not_seen(CODE_OF_KEY, account, unseen)


def _moved(facts: Facts) -> Iterator[Notice]:
    """The lifecycle rules that put logs where nobody reads them before a restore.

    Where they could not be read, the need that the lifecycle deletes nothing is unknown by it.
    """
    fleet = facts.fleet
    place = (fleet.archive.account, fleet.archive_region, fleet.bucket_arn)
    for each in lifecycle.moved_away(facts):
        if each.under and not may_hold_logs(facts, each.under):
            continue
        evidence: dict[str, Json] = {"class": each.storage_class, "when": each.when}
        yield Notice("bucket-archives", *place, {**evidence, "prefix": each.under})


CODE_OF_KEY = "key-unused"


def _place(facts: Facts, notice: Notice) -> tuple[object, ...]:
    return notice.code, facts.fleet.place(notice.account), notice.region, notice.arn


def _accounts(facts: Facts) -> Iterator[Notice]:
    """The active accounts of each organization that the fleet file does not list."""
    home = facts.fleet.home_region
    own = frozenset(facts.fleet.accounts.values())
    asked = askers(facts)
    for account in asked.values():
        look = facts.look(members_ask(account, home), Members)
        if not isinstance(look, Seen):
            yield not_seen("account-unlisted", account, look)
            continue
        for member in look.value.accounts:
            if member.standing == ACTIVE and member.id not in own:
                yield Notice("account-unlisted", member.id, evidence={"name": member.name})
    archive = membership(facts, facts.fleet.archive.account)
    if not asked and isinstance(archive, Unseen):
        yield not_seen("account-unlisted", facts.fleet.archive.account, archive)
