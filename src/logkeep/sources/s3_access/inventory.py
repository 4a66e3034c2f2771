"""Every bucket's access logging, account by account: `logkeep list access-logs`."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket
from logkeep.access.bucket import Bucket
from logkeep.snapshot.facts import Facts
from logkeep.sources.s3_access import logging, requests
from logkeep.sources.s3_access.logging import Enabled
from logkeep.sources.s3_access.options import AccessLogs
from logkeep.value import AccountId, Look, Seen
from logkeep.words.listed import Item, ListedEntry, Nothing, Said, Unlisted, not_read


def inventory(facts: Facts, logs: tuple[AccessLogs, ...]) -> Iterator[ListedEntry]:
    """The buckets that are to log, with where their logs go."""
    for each in logs:
        for account in each.accounts:
            yield from _of_account(facts, each, account)


def _of_account(facts: Facts, logs: AccessLogs, account: AccountId) -> Iterator[ListedEntry]:
    owned = bucket.owned_names(facts, account)
    if not isinstance(owned, Seen):
        yield Unlisted(account, facts.fleet.home_region, not_read(owned))
        return
    names = sorted(name for name in owned.value if logs.options.takes(name))
    if not names:
        yield Nothing(account)
    for name in names:
        look = logging.placed(facts, account, name)
        at = look.value if isinstance(look, Seen) else Bucket(name, account, "")
        yield _item(facts, at, look)


def _item(facts: Facts, at: Bucket, placed: Look[Bucket]) -> Item:
    look: Look[Enabled | None]
    look = logging.logging(facts, at) if isinstance(placed, Seen) else placed
    said = (
        _said(look.value) if isinstance(look, Seen) else (Said("target", None, (), not_read(look)),)
    )
    whose = "fleet" if isinstance(look, Seen) and look.value is not None else "another"
    return Item(at.account, at.region, at.name, requests.arn_of(facts, at), whose, said)


def _said(enabled: Enabled | None) -> tuple[Said, ...]:
    if enabled is None:
        return (Said("target", None, ("does not log",), brief="does not log"),)
    layout = "partitioned" if enabled.is_partitioned else "flat"
    return (
        Said(
            "target", enabled.target_bucket, (enabled.target_bucket,), brief=enabled.target_bucket
        ),
        Said("prefix", enabled.target_prefix or None, (enabled.target_prefix or "none",)),
        Said("keys", layout, (layout,)),
    )
