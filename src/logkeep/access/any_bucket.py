"""Which bucket of the fleet has this name: whose is it, and where does it lie?"""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access import bucket
from logkeep.access.bucket import Bucket, of_bucket
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Absent, AccountId, Seen, Unseen


def accounts(facts: Facts) -> tuple[AccountId, ...]:
    """The accounts whose buckets are looked through, the archive's first."""
    fleet = facts.fleet
    return tuple(dict.fromkeys((fleet.archive.account, *fleet.accounts.values())))


def asks(facts: Facts, *names: str) -> Iterator[Ask]:
    """The questions that find the buckets of these names."""
    for account in accounts(facts):
        yield bucket.listing(facts, account)
    for name in names:
        yield from asks_about(facts, name)


def asks_about(facts: Facts, name: str) -> Iterator[Ask]:
    """The question where a bucket lies that one of the accounts is known to have."""
    at = listed(facts, name)
    if at is not None:
        yield of_bucket(facts, "s3:GetBucketLocation", at)


def find(facts: Facts, name: str) -> Bucket | None:
    """The bucket of a name, if the snapshot tells whose it is and where it lies."""
    known = bucket.known(facts, f"arn:{facts.fleet.partition}:s3:::{name}")
    if known is not None:
        return known
    at = listed(facts, name)
    region = seen(bucket.region(facts, at)) if at else None
    return Bucket(name, at.account, region) if at and region else None


def nearest(facts: Facts, name: str) -> str:
    """The bucket of the fleet whose name is most like another; nothing where none is near."""
    looks = (bucket.owned_names(facts, account) for account in accounts(facts))
    every = {each for look in looks if isinstance(look, Seen) for each in look.value}
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    near = difflib.get_close_matches(name, sorted(every), n=1, cutoff=0.8)
    return near[0] if near else ""


def not_listed(facts: Facts) -> dict[AccountId, Absent | Unseen]:
    """The accounts whose buckets could not be listed."""
    looks = {account: bucket.owned_names(facts, account) for account in accounts(facts)}
    return {account: look for account, look in looks.items() if not isinstance(look, Seen)}


def listed(facts: Facts, name: str) -> Bucket | None:
    """The bucket in the account that lists it, as its Region is asked for from home."""
    for account in accounts(facts):
        if name in (seen(bucket.owned_names(facts, account)) or ()):
            return Bucket(name, account, facts.fleet.home_region)
    return None


def why_not(facts: Facts, name: str) -> tuple[str, str]:
    """Say why no bucket of a name was found, and what to do."""
    at = listed(facts, name)
    if at is not None:
        look = bucket.region(facts, at)
        error = look.error if isinstance(look, Unseen) else "it is not there"
        says = f"where `{name}` of account {at.account} lies could not be read: {error}"
        return says, "let the role read it (s3:GetBucketLocation)"
    unseen = not_listed(facts)
    if unseen:
        says = f"`{name}` is no bucket that the snapshot of this fleet tells of"
        return f"{says}; no list of the buckets of {', '.join(unseen)}", _DESCRIBE
    near = nearest(facts, name)
    hint = f"did you mean `{near}`?" if near else _DESCRIBE
    return f"`{name}` is no bucket of an account of this fleet", hint


_DESCRIBE = "describe it in a file with --bucket"
