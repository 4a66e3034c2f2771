"""Are the copies what the objects are? The second half of `logkeep verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

from logkeep.archive.copies import Comparing, Comparison, Copies, CopyReport, standing
from logkeep.archive.standing import accepted_codes
from logkeep.cli.answer import ProgressLine, say
from logkeep.cli.kept_copies import KeptCopies, KeptCopy
from logkeep.cli.place import Place
from logkeep.cli.side_by_side import side_by_side
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.words.plain import count

if TYPE_CHECKING:
    from logkeep.cli.archive_reader import Progress, Reading
    from logkeep.cli.bucket_reader import BothSides

Item = TypeVar("Item")
Made = TypeVar("Made")


class Keeping(Protocol):
    """What was found before, and is told what is found now."""

    def earlier(self, route: str) -> CopyReport | None:
        """What is known of a pair of buckets."""
        ...

    def add(self, found: KeptCopy) -> None:
        """Keep what was found, so far or in all."""
        ...


def comparisons(facts: Facts) -> Iterator[Comparison]:
    """What every kind of log offers to compare."""
    for name, source in sources().items():
        yield from source.comparisons(facts, facts.fleet.logs_of(name))


def compare(
    place: Place, facts: Facts, files: Reading, line: ProgressLine, *, whole: bool
) -> list[Copies]:
    """Compare each pair of buckets, one after the other, and keep what is found."""
    offers = list(comparisons(facts))
    if not offers:
        return []
    what = "every version" if whole else "a sample"
    say(f"comparing {what} of {count(len(offers), 'replication')} with the source")

    def tell(number: int) -> None:
        if line.live:
            line.show(f"looked at {count(number, 'version')}")

    return compare_with(facts, files, KeptCopies(place), tell, whole=whole)


def compare_with(
    facts: Facts, files: Reading, kept: Keeping, tell: Progress, *, whole: bool
) -> list[Copies]:
    """Compare each pair of buckets, with what is known of it."""
    from logkeep.cli.bucket_reader import BothSides

    buckets = BothSides(files.opener, files.caller, tell)
    return [_one(facts, offer, buckets, kept, whole=whole) for offer in comparisons(facts)]


def _one(
    facts: Facts, offer: Comparison, buckets: BothSides, kept: Keeping, *, whole: bool
) -> Copies:
    def save(report: CopyReport) -> None:
        kept.add(KeptCopy(offer.account, offer.region, report))

    def many(make: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        return side_by_side(make, items, buckets.count.stop)

    earlier = kept.earlier(offer.route)
    report = offer.run(buckets, Comparing(facts.taken_at, whole, earlier, save, many))
    save(report)
    accepted = accepted_codes(facts.fleet, offer.account, facts.taken_at)
    stands = standing(report, facts.taken_at, accepted)
    return Copies(offer.source, offer.destination, report, stands)


def reading_notes(facts: Facts) -> list[str]:
    """What whoever compares has to be allowed on both sides of each replication."""
    notes: list[str] = []
    for offer in comparisons(facts):
        sides = (offer.source, offer.destination)
        arns = [f"arn:{facts.fleet.partition}:s3:::{at.name}" for at in sides]
        keys = " and ".join(f"`{key}`" for key in offer.keys)
        decrypt = f", kms:Decrypt on {keys}" if keys else ""
        notes.append(
            f"to compare the replicas of `{offer.source.name}`, a reader of the archive, or else "
            "the role in each bucket's account, has to be allowed s3:ListBucket and "
            f"s3:ListBucketVersions on {' and '.join(f'`{arn}`' for arn in arns)}, "
            f"s3:GetObjectVersion on {' and '.join(f'`{arn}/*`' for arn in arns)}{decrypt}; "
            "a reader of another account by the bucket's and the key's policy too"
        )
    return notes
