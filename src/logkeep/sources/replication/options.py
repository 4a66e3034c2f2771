"""What the fleet file may ask of replication: a replica of the archive, and of any other bucket."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Final, TypeAlias

from logkeep.fleet import Logs
from logkeep.fleet.naming import (
    Objection,
    account_objection,
    bucket_objection,
    key_objection,
    principal_objection,
    region_objection,
)
from logkeep.fleet.options import Around, Option, Options, plain
from logkeep.sources.replication.rings import OneWay, rings, through
from logkeep.storage.configuration import STORAGE_CLASSES
from logkeep.value import AccountId, Arn, parse_arn

SOURCE: Final = "replication"
_ROLE_CHARS_MAX: Final = 64


def _known_account(text: str, around: Around) -> Objection | None:
    return around.account_objection(text)


def _key(text: str, around: Around) -> Objection | None:
    if parse_arn(text) is None:
        says = "a key's id or alias is looked up in the account of the role, not of the replica"
        return Objection(says, "name it by its ARN")
    parts = parse_arn(text)
    if parts and parts.service == "kms" and parts.resource.startswith("alias/"):
        says = "an alias, which leads to another key in each account, and policies know keys alone"
        return Objection(says, "name the key by its own ARN")
    return key_objection(text, around.partition, "")


def _principal(text: str, around: Around) -> Objection | None:
    return principal_objection(text, around.partition)


def _role(text: str) -> Objection | None:
    parts = parse_arn(text)
    if parts and parts.service == "iam" and parts.resource.startswith("role/"):
        return account_objection(parts.account)
    return Objection("not a role's ARN", "write `arn:aws:iam::ACCOUNT:role/NAME`")


def _tag(text: str) -> Objection | None:
    return None if text.partition("=")[0] and "=" in text else Objection("not KEY=VALUE")


class Copying(Options, frozen=True):
    """How objects are replicated, whatever the buckets."""

    owner: Annotated[
        str,
        Option(
            "Whose the replicas are; `source` needs ACLs in the destination.",
            example='"destination"',
            words={"destination": "destination", "source": "source"},
        ),
    ] = "destination"
    key: Annotated[
        str,
        Option(
            "The key of the replicas of objects under SSE-KMS, by its ARN; it has to be there.",
            example='"arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"',
            left_out="the one that the rule names already; without one they stay behind",
            rule=_key,
        ),
    ] = ""
    role: Annotated[
        str,
        Option(
            "The role that S3 replicates by.",
            example='"arn:aws:iam::111111111111:role/replication"',
            left_out="the one in use, or one made for the bucket",
            rule=plain(_role),
        ),
    ] = ""
    storage_class: Annotated[
        str,
        Option(
            "The storage class of the replicas.",
            example='"STANDARD_IA"',
            left_out="each object's own",
            words={name: name for name in sorted(STORAGE_CLASSES)},
        ),
    ] = ""
    delete_markers: Annotated[
        bool | None,
        Option(
            "Whether delete markers are replicated.",
            example="false",
            left_out="as the rule has it; not, in a new one",
        ),
    ] = None
    time_control: Annotated[
        bool,
        Option(
            "Whether S3 guarantees replication within 15 minutes; AWS charges for it.",
            example="true",
        ),
    ] = False

    existing: Annotated[
        datetime.date | None,
        Option(
            "Also what was there before the rule, and what failed, by one S3 Batch Replication job "
            "that is started on this day or later; a later day asks for another.",
            example="2026-11-28",
            left_out="only what is written from the rule on",
        ),
    ] = None

    def _key_objection(
        self, given: Collection[str], region: str
    ) -> Iterable[tuple[str, Objection]]:
        parts = parse_arn(self.key)
        if parts and region and "key" in given and parts.region != region:
            says = f"the key lies in `{parts.region}` and the replica in `{region}`"
            yield "key", Objection(says, "S3 takes only a key of the bucket's own Region")


class Pair(Copying, frozen=True):
    """Any bucket of the fleet replicated into another."""

    from_: Annotated[
        str,
        Option("The bucket that is replicated.", '"app-logs"', rule=plain(bucket_objection)),
    ] = ""
    to: Annotated[
        str,
        Option(
            "The bucket that takes the replicas, made if absent.",
            '"app-logs-copy"',
            rule=plain(bucket_objection),
        ),
    ] = ""
    account: Annotated[
        str,
        Option(
            "The account of the bucket that takes them.",
            "{account}",
            left_out="the one that has it, else that of the bucket which is replicated",
            rule=_known_account,
        ),
    ] = ""
    region: Annotated[
        str,
        Option(
            "Where that bucket lies.",
            '"eu-west-1"',
            left_out="where it is, else where the bucket which is replicated is",
            rule=plain(region_objection),
        ),
    ] = ""
    prefix: Annotated[
        str, Option("How the keys begin of what is replicated.", '"AWSLogs/"', left_out="all")
    ] = ""
    tags: Annotated[
        tuple[str, ...],
        Option("The tags that an object has to have.", '["keep=yes"]', rule=plain(_tag)),
    ] = ()

    def objections(self, given: Collection[str]) -> Iterable[tuple[str, Objection]]:
        """What is missing, and what does not fit together."""
        for name in ("from", "to"):
            if name not in given:
                yield name, Objection("missing", f'write `{name} = "BUCKET"`')
        if self.to and self.from_ == self.to:
            yield "to", Objection("a bucket is not replicated into itself", "name another")
        if self.tags and self.delete_markers:
            says = "S3 replicates no delete markers by tags"
            yield "delete-markers", Objection(says, "leave out one of the two")
        yield from self._key_objection(given, self.region)

    @classmethod
    def clashes(
        cls, found: Sequence[Options], around: Around
    ) -> Iterable[tuple[int, str, Objection]]:
        """Pairs that contradict each other: of two rules for one object S3 takes one."""
        del around
        pairs = [(place, pair) for place, pair in enumerate(found) if isinstance(pair, Pair)]
        for number, (place, pair) in enumerate(pairs):
            for _, earlier in pairs[:number]:
                clash = (
                    clash_of(earlier, pair) if pair.from_ and pair.from_ == earlier.from_ else None
                )
                if clash is not None:
                    yield place, *clash
                    break

    @classmethod
    def crossing(
        cls, found: Sequence[Options], around: Around
    ) -> Iterable[tuple[int, str, Objection]]:
        """A circle of replications in which a bucket misses objects, or the archive is written."""
        ways: list[OneWay] = []
        for place, each in enumerate(found):
            match each:
                case Pair(from_=source, to=to) if source and to and source != to:
                    ways.append(OneWay(place, source, to))
                case Replica(bucket=to) if to and to != (source := around.archive) != "":
                    ways.append(OneWay(place, source, to))
                case _:
                    pass

        def meet(one: int, other: int) -> bool:
            return _overlap(found[one], found[other])

        is_kept = any(isinstance(each, Replica) for each in found)
        into_archive = through(ways, around.archive) if is_kept and around.archive else None
        for ring in [into_archive] if into_archive else rings(ways, meet):
            says = f"a cycle of replications: {' -> '.join(ring.buckets)}"
            hint = INTO_ARCHIVE if into_archive else no_further(*ring.buckets[:3])
            key = "to" if isinstance(found[ring.place], Pair) else "bucket"
            yield ring.place, key, Objection(says, hint)

    @classmethod
    def tables(cls) -> Mapping[str, type[Options]]:
        """`[[replication]]`, and `[archive.replica]`."""
        return {"replication": Pair, "archive.replica": Replica}


INTO_ARCHIVE: Final = (
    "leave one of them out: who writes into the archive's replica would also write into the archive"
)


def no_further(first: str, second: str, third: str) -> str:
    """What is missing in a circle, and what completes it."""
    return (
        f"S3 replicates no replica any further: what is written into `{first}` comes to `{second}` "
        f"and not to `{third}`; replicate `{first}` into `{third}` too, so that each of these "
        "buckets is replicated into every other, or leave one of them out"
    )


SAME_DESTINATION: Final = ("owner", "key", "storage_class", "delete_markers", "time_control")


def clash_of(one: Pair, other: Pair) -> tuple[str, Objection] | None:
    """What two pairs of one source cannot both ask for."""
    into = f"`{other.from_}` into `{other.to}`"
    if one.role and other.role and one.role != other.role:
        says = f"another role than the one that `{other.from_}` is replicated by already"
        return "role", Objection(says, "a bucket has one role for all its rules")
    if one.to != other.to or not other.to:
        return None
    for key in ("account", "region"):
        before, after = getattr(one, key), getattr(other, key)
        if before and after and before != after:
            says = f"`{other.to}` is said to be in `{before}` too"
            return key, Objection(says, "a bucket has one account and one Region")
    if (one.prefix, frozenset(one.tags)) == (other.prefix, frozenset(other.tags)):
        says = f"{into} is asked for already"
        return "to", Objection(says, "ask for it once, or of another prefix")
    differs = [key for key in SAME_DESTINATION if getattr(one, key) != getattr(other, key)]
    if differs and _overlap(one, other):
        names = ", ".join(f"`{key.replace('_', '-')}`" for key in differs)
        says = (
            f"overlapping filters: {into} is asked for already of `{one.prefix}`, with another "
            f"{names}"
        )
        hint = (
            "ask for filters that no object passes both of: without priorities S3 answers "
            "InvalidRequest, and with them it takes the rule of the higher one"
        )
        return "prefix", Objection(says, hint)
    return None


def _overlap(one: Options, other: Options) -> bool:
    """Whether an object may pass both filters; the archive's replica takes all."""
    if not isinstance(one, Pair) or not isinstance(other, Pair):
        return True
    nests = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    tags = dict(_key_and_value(tag) for tag in one.tags)
    others = (_key_and_value(tag) for tag in other.tags)
    return nests and all(tags.get(key, value) == value for key, value in others)


def _key_and_value(tag: str) -> tuple[str, str]:
    key, _, value = tag.partition("=")
    return key, value


class Replica(Copying, frozen=True):
    """A second bucket that keeps all that the archive keeps, in another Region, account or both."""

    account: Annotated[
        str,
        Option(
            "The account that keeps it.",
            "{account}",
            left_out="the archive's",
            rule=_known_account,
        ),
    ] = ""
    bucket: Annotated[
        str, Option("The bucket, made if absent.", '"acme-replica"', rule=plain(bucket_objection))
    ] = ""
    region: Annotated[
        str, Option("Where it lies.", '"eu-west-1"', rule=plain(region_objection))
    ] = ""
    readers: Annotated[
        tuple[str, ...],
        Option(
            "Who reads the replica, and nobody else under its key.",
            '["arn:aws:iam::111111111111:role/LogReader"]',
            left_out="nobody is let in, and it is not asked who else reads",
            rule=_principal,
        ),
    ] = ()

    def objections(self, given: Collection[str]) -> Iterable[tuple[str, Objection]]:
        """What is missing, and what does not fit together."""
        for name in ("bucket", "region"):
            if name not in given:
                yield name, Objection("missing", f"say the {name} of the replica")
        if self.owner == "source":
            says = "the replica's account owns what it keeps: its bucket has no ACLs"
            yield "owner", Objection(says, "leave it out")
        if self.delete_markers:
            says = "the replica keeps what is deleted in the archive"
            yield "delete-markers", Objection(says, "leave it out")
        yield from self._key_objection(given, self.region)

    @classmethod
    def clashes(
        cls, found: Sequence[Options], around: Around
    ) -> Iterable[tuple[int, str, Objection]]:
        """A replica that is the archive itself."""
        for place, replica in enumerate(found):
            if isinstance(replica, Replica) and replica.bucket == around.archive != "":
                says = "the archive itself, which is not replicated into itself"
                yield place, "bucket", Objection(says, "name another bucket")

    def archive_readers(self, bucket: Arn, account: AccountId) -> tuple[Arn, ...]:
        """S3 reads the archive by the role of the replication."""
        return (self.role or made_role(bucket, account),)

    def archive_setters(self, bucket: Arn, account: AccountId) -> tuple[Arn, ...]:
        """A job lists the archive by an inventory that S3 sets up and takes away again."""
        return (batch_role(bucket, account),) if self.existing else ()


Replications: TypeAlias = Logs[Copying]
"""A pair of buckets that the fleet wants, or the archive's replica."""


def made_role(bucket: Arn, account: AccountId) -> Arn:
    """The role that Logkeep makes for the replication of a bucket."""
    return _role_named("logkeep-replication", bucket, account)


def batch_role(bucket: Arn, account: AccountId) -> Arn:
    """The role by which jobs send what is in a bucket already."""
    return _role_named("logkeep-batch", bucket, account)


def _role_named(start: str, bucket: Arn, account: AccountId) -> Arn:
    name = f"{start}-{bucket.rpartition(':')[2]}"
    if len(name) > _ROLE_CHARS_MAX:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name[: _ROLE_CHARS_MAX - 9]}-{digest}"
    return f"arn:{bucket.split(':')[1]}:iam::{account}:role/{name}"
