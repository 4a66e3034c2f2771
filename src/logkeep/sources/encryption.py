"""How is each bucket encrypted, what does its policy enforce, and whom does that silence?

`logkeep list encryption` asks it of every bucket of every account, and of AWS only when it is
asked: no route hangs on other buckets' encryption (rules 2.2.4, 2.2.12).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.access import any_bucket, bucket, key
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.access.uploads import default_of
from logkeep.policy import Malformed, Unread
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.sources import all_writers
from logkeep.storage import bucket as storage
from logkeep.storage.writers import Enforced, Silenced, Way, enforced
from logkeep.value import Absent, AccountId, Look, Seen, Unseen
from logkeep.words.listed import Item, ListedEntry, Nothing, Said, Unlisted, not_read

ASKED: Final = ("s3:GetBucketPolicy", "s3:GetBucketEncryption")
WAYS: Final[dict[Way, str]] = {
    "nothing": "nothing",
    "header": "a header: an upload without one is refused, whatever the default",
    "default": "no wrong header; an upload without one takes the default",
}


def asks(facts: Facts) -> Iterator[Ask]:
    """Every bucket of every account, and of each where it lies, its policy and its default."""
    for account in any_bucket.accounts(facts):
        yield bucket.listing(facts, account)
        for name in sorted(seen(bucket.owned_names(facts, account)) or ()):
            at = Bucket(name, account, facts.fleet.home_region)
            yield of_bucket(facts, "s3:GetBucketLocation", at)
            placed = seen(_placed(facts, at))
            if placed is not None:
                yield from (of_bucket(facts, call, placed) for call in ASKED)


def _placed(facts: Facts, at: Bucket) -> Look[Bucket]:
    look = bucket.region(facts, at)
    return map_look(look, lambda region: Bucket(at.name, at.account, region))


def inventory(facts: Facts) -> Iterator[ListedEntry]:
    """Every bucket, account by account."""
    for account in any_bucket.accounts(facts):
        yield from _of_account(facts, account)


def _of_account(facts: Facts, account: AccountId) -> Iterator[ListedEntry]:
    home = facts.fleet.home_region
    owned = bucket.owned_names(facts, account)
    if not isinstance(owned, Seen):
        yield Unlisted(account, home, not_read(owned))
        return
    if not owned.value:
        yield Nothing(account)
    for name in sorted(owned.value):
        at = Bucket(name, account, home)
        look = _placed(facts, at)
        if isinstance(look, Seen):
            yield _item(facts, look.value, tuple(_said(facts, look.value)))
        else:
            yield _item(facts, at, (Said("default", None, (), not_read(look)),))


def _item(facts: Facts, at: Bucket, said: tuple[Said, ...]) -> Item:
    arn = f"arn:{facts.fleet.partition}:s3:::{at.name}"
    whose = "fleet" if at.name == facts.fleet.archive.bucket else "another"
    return Item(at.account, at.region, at.name, arn, whose, said)


def _said(facts: Facts, at: Bucket) -> Iterator[Said]:
    default = default_of(facts, at)
    yield from _default(default)
    look = bucket.policy_text(facts, at)
    if isinstance(look, Absent):
        yield Said("enforces", "nothing", (WAYS["nothing"],))
    elif isinstance(look, Unseen):
        yield Said("enforces", None, (), not_read(look))
    else:
        policy = facts.policy(look.value, "resource", f"bucket policy of {at.name}")
        if isinstance(policy, Malformed):
            yield Said("enforces", None, (), f"the bucket's policy: {policy.mistakes[0]}")
            return
        as_stored = storage.Bucket(name=at.name, account=at.account, region=at.region)
        known = default if isinstance(default, storage.Default) else storage.Default()
        writers = all_writers(at.account, at.region, key.arn(facts))
        yield from _enforced(enforced(policy, as_stored, known, writers))


def _default(default: storage.Default | Unread) -> Iterator[Said]:
    if isinstance(default, Unread):
        yield Said("default", None, (), f"{default.call}: {default.error}")
        return
    by_bucket = ", with a Bucket Key" if default.bucket_key else ""
    yield Said("default", default.algorithm, (f"{default.algorithm}{by_bucket}",))
    if default.algorithm in storage.WITH_KEY:
        named = default.key or "the AWS managed key aws/s3"
        yield Said("key", default.key or None, (named,))


def _enforced(found: Enforced) -> Iterator[Said]:
    yield Said("enforces", found.way, (WAYS[found.way],))
    if found.way == "nothing":
        return
    passes = [_header(name) for name in found.passes]
    yield Said("passes", list(found.passes), (", ".join(passes) or "no header that is known",))
    if found.pinned:
        yield Said("pinned", list(found.pinned), found.pinned)
    silenced = [each for each in found.writers if each.verdict == "silenced"]
    yield Said("silences", [each.writer.name for each in silenced], _named(silenced))
    doubtful = [each for each in found.writers if each.verdict == "unknown"]
    if doubtful:
        names = [each.writer.name for each in doubtful]
        yield Said("may_silence", names, _named(doubtful))


def _header(name: str) -> str:
    return "no header" if name == "none" else name


def _named(found: list[Silenced]) -> tuple[str, ...]:
    """Who is refused by which statement; what a service sends is documented of few."""
    lines: list[str] = []
    for each in found:
        by = each.statement
        statement = f" by `{by.sid or f'statement {by.index + 1}'}`" if by else ""
        inferred = ", if it sends what is believed" if each.writer.is_inferred else ""
        lines.append(f"{each.writer.name}{statement}{inferred}")
    return tuple(lines) or ("nobody that is known",)
