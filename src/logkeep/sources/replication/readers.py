"""Who may read the archive's replica: each declared reader, and nobody else under its key.

As of the archive (`archive/readers.py`); asked where `[archive.replica] readers` says who.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logkeep.access import key, people
from logkeep.access.default_encryption import bucket_key
from logkeep.access.policies.distinguish import OF_OBJECT
from logkeep.archive.readers import as_reader
from logkeep.route import Allows, Denies, Grant, Hop
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.replication import pairs
from logkeep.sources.replication.options import Replica
from logkeep.sources.replication.pairs import Wish, arn_of, role_of
from logkeep.value import Arn, account_of

A_LOG: Final = "AWSLogs/any-log"
LISTS: Final = "LogkeepReplicaList"
READS: Final = "LogkeepReplicaRead"
DECRYPTS: Final = "LogkeepReplicaDecrypt"


def hops(facts: Facts, wish: Wish) -> Iterator[Hop]:
    """One hop a declared reader, and one that asks whether anybody else can decrypt the replicas.

    The role of the replication decrypts too, where the replica has a Bucket Key (rule 3.2.5).
    """
    named = readers(wish)
    under = pairs.replica_key(facts, wish)
    for reader in named:
        account = account_of(reader) or wish.destination.account
        needs = tuple(_of_reader(facts, wish, reader, under))
        yield Hop(reader, "reader", account, facts.fleet.home_region, needs, keeps=True)
    if named and under:
        meant = (*named, role_of(facts, wish.source))
        context = _context(facts, wish)
        only = Denies(("kms:Decrypt",), under, meant, "replica-readers-too-many", by="silence",
                      context=context)  # fmt: skip
        place = (key.asker(facts, under), wish.destination.region)
        yield Hop(under, "replica's readers", *place, (only,), keeps=True)


def readers(wish: Wish) -> tuple[Arn, ...]:
    """Who is to read the replica; nobody where the fleet file does not say."""
    return wish.options.readers if isinstance(wish.options, Replica) else ()


def asks(facts: Facts, wish: Wish) -> Iterator[Ask]:
    """Who there is where the replica, its key and its readers are."""
    named = readers(wish)
    under = pairs.replica_key(facts, wish)
    if named:
        accounts = (wish.destination.account, *(account_of(each) for each in (*named, under)))
        for account in dict.fromkeys(filter(None, accounts)):
            yield people.details_ask(facts, account)


def _of_reader(facts: Facts, wish: Wish, reader: Arn, under: Arn) -> Iterator[Allows]:
    """A reader lists the replica, gets a log from it and decrypts it."""
    arn = arn_of(facts, wish.destination)
    yield _allowed(facts, reader, "s3:ListBucket", arn, (LISTS, arn), "the list of replicas")
    objects = (READS, f"{arn}/*")
    yield _allowed(facts, reader, "s3:GetObject", f"{arn}/{A_LOG}", objects, "a replica")
    if under:
        context = _context(facts, wish)
        yield _allowed(facts, reader, "kms:Decrypt", under, (DECRYPTS, "*"), "a replica's key",
                       context)  # fmt: skip


def _allowed(
    facts: Facts,
    reader: Arn,
    action: str,
    resource: Arn,
    granted: tuple[str, Arn],
    sends: str,
    context: tuple[tuple[str, str], ...] = (),
) -> Allows:
    account = account_of(reader)
    sid, where = granted
    asked = as_reader(facts, reader, account, action, resource, context)
    grant = Grant(sid, reader, (action,), where, where, account)
    return Allows(asked, sends, grant, code="replica-reader-refused", aspect="protected")


def _context(facts: Facts, wish: Wish) -> tuple[tuple[str, str], ...]:
    """With a Bucket Key S3's encryption context is the bucket, else the object (rule 2.2.9)."""
    arn = arn_of(facts, wish.destination)
    by_bucket = seen(bucket_key(facts, wish.destination))
    return ((OF_OBJECT, arn if by_bucket else f"{arn}/{A_LOG}"),)
