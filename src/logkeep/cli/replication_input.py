"""Is a described replication one that S3 would accept, and what becomes of a whole listing?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from logkeep.cli.answer import answer, say
from logkeep.cli.listing_input import Listing, watched
from logkeep.cli.look import as_json
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, output
from logkeep.policy import Unread
from logkeep.show.storage.reasons import mistake_words
from logkeep.show.storage.replicate import for_batch, outcome_of, summary_json, summary_text
from logkeep.storage.bucket import ENFORCED, Bucket
from logkeep.storage.configuration import check_configuration, destinations_of, find_cycle
from logkeep.storage.fate import Sides
from logkeep.storage.many import replicator, subject_of
from logkeep.storage.reading import Reader
from logkeep.storage.rules import Replication
from logkeep.value import parse_arn
from logkeep.words.plain import count

UNKNOWN_OWNER: Final = Unread("s3:GetObjectAcl", "whose object it is was not told")
"""With ACLs on, whoever wrote an object owns it (rule 2.1.4)."""


def check_replication(reader: Reader, sides: Sides) -> None:
    """Say at once what S3 would not accept, or what cannot work as it is named."""
    given = reader.document.get("replication")
    if given is None:
        return
    found = check_configuration(given, sides.source.name)
    says = [*map(mistake_words, found), *_key_mistakes(sides)]
    if says:
        raise Problem(*says, hint=f"correct the replication configuration in {reader.place}")
    tell_cycle(sides.source.name, _ways(reader, sides))


def tell_cycle(name: str, ways: Mapping[str, tuple[str, ...]]) -> None:
    """Name the cycle that a bucket's replication is part of, if any.

    S3 accepts it and stops by itself: a replica is not replicated again (rule 3.1.2). Of two
    buckets it is what AWS calls two-way replication.
    """
    cycle = find_cycle(name, ways)
    if len(cycle) == 3:
        say(f"`{cycle[0]}` and `{cycle[1]}` replicate to each other; replicas go no further")
    elif cycle:
        say(f"a cycle of replications: {' -> '.join(cycle)}; replicas go no further")


def _key_mistakes(sides: Sides) -> Iterator[str]:
    """Replica keys that S3 accepts and cannot use (rule 3.2.6)."""
    rules = sides.replication.rules if isinstance(sides.replication, Replication) else ()
    for rule in rules:
        parts = parse_arn(rule.replica_key)
        destination = sides.destinations.get(rule.destination)
        if parts is None or not isinstance(destination, Bucket):
            continue
        if parts.region != destination.region:
            yield (
                f"rule `{rule.name}`: the replica key `{rule.replica_key}` lies in "
                f"{parts.region}, and `{destination.name}` in {destination.region}; S3 accepts "
                "it, and every replica fails with DstKmsKeyNotFound"
            )
        if parts.resource.startswith("alias/") and parts.account != sides.source.account:
            yield (
                f"rule `{rule.name}`: `{rule.replica_key}` is an alias of account "
                f"{parts.account}, which the role cannot look up; name the key by its ARN"
            )


def _ways(reader: Reader, sides: Sides) -> dict[str, tuple[str, ...]]:
    """Where each bucket replicates to, as far as the document says."""
    found = {sides.source.name: destinations_of(reader.document.get("replication"))}
    given = reader.mapping(reader.document.get("destinations"), "destinations")
    single = reader.document.get("destination")
    for name in found[sides.source.name]:
        own = reader.mapping(given.get(name, single), "destination")
        found[name] = destinations_of(own.get("replication"))
    return found


def judge_listing(settings: Settings, listing: Listing, sides: Sides, since: str) -> int:
    """Judge every object of a listing, and count what becomes of them."""
    becomes = replicator(sides, lambda fate: (outcome_of(fate), for_batch(fate)))
    counts: Counter[str] = Counter()
    batch = 0
    owned = listing.is_live and sides.source.ownership != ENFORCED
    for row in watched(settings, "judging", listing):
        subject = subject_of(row, since)
        outcome, by_batch = becomes(
            msgspec.structs.replace(subject, owner=UNKNOWN_OWNER) if owned else subject
        )
        counts[outcome] += 1
        batch += by_batch
    say(f"judged {count(counts.total(), 'object')} of {listing.name}")
    if settings.json:
        answer(as_json(summary_json(sides.source.name, counts, batch)))
    else:
        answer(summary_text(counts, batch, output(settings)))
    if any(name.startswith("cannot tell") for name in counts):
        return CANNOT_TELL
    return YES if all(name.startswith("replicated") for name in counts) else NO
