"""`logkeep list encryption --objects`: which objects are not encrypted as the bucket asks today."""

from __future__ import annotations

from pathlib import Path

from logkeep.access import any_bucket
from logkeep.access.uploads import asks, bucket_of
from logkeep.cli.answer import answer
from logkeep.cli.listing_input import rows
from logkeep.cli.look import as_json, closer
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, output
from logkeep.cli.storage_input import must_be_read, read_document, read_target
from logkeep.cli.working import working
from logkeep.policy import Unread
from logkeep.show.storage.census import census_json, census_text
from logkeep.storage.bucket import Bucket
from logkeep.storage.census import Counting, asked_of
from logkeep.storage.reading import read_bucket
from logkeep.words.plain import count

EVERY = 10_000
"""After how many objects the progress is told."""


def encrypted_objects(
    settings: Settings, text: str, listing: Path, columns: str, described: Path | None
) -> int:
    """Count the objects of a listing by how they are encrypted, and say which is as asked."""
    target = read_target(text, needs_key=False)
    if described is None:
        bucket = _of_fleet(settings, target.bucket)
    else:
        reader = read_document(described, target)
        bucket = read_bucket(reader)
        must_be_read(reader)
    asked = asked_of(bucket)
    if isinstance(asked, Unread):
        raise Problem(f"what `{bucket.name}` asks could not be read: {asked.call}: {asked.error}")
    counting = Counting(asked)
    with working(settings, f"counting {listing.name}") as far:
        for number, row in enumerate(rows(listing, target.key, columns), 1):
            counting.add(row)
            if number % EVERY == 0:
                far(count(number, "object"))
    found = counting.census()
    name = f"s3://{bucket.name}/{target.key}"
    if settings.json:
        answer(as_json(census_json(name, found)))
    else:
        answer(census_text(name, found, output(settings)))
    if found.count(fits=False):
        return NO
    return CANNOT_TELL if found.count(fits=None) else YES


def _of_fleet(settings: Settings, name: str) -> Bucket:
    """The bucket as the fleet's accounts show it."""
    facts = closer(settings, find(settings), lambda facts: asks(facts, name, "", ""))
    where = any_bucket.find(facts, name)
    if where is None:
        says, hint = any_bucket.why_not(facts, name)
        raise Problem(says, hint=hint)
    return bucket_of(facts, where)
