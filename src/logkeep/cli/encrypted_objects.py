"""`logkeep list encryption --objects`: which objects are not encrypted as the bucket asks today."""

from __future__ import annotations

from pathlib import Path

from logkeep.access import any_bucket
from logkeep.access.uploads import asks, bucket_of
from logkeep.cli.answer import answer
from logkeep.cli.listing_input import Listing, from_file, must_be_live, watched
from logkeep.cli.look import as_json, closer
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, output
from logkeep.cli.storage_input import ObjectTarget, must_be_read, read_document, read_target
from logkeep.policy import Unread
from logkeep.show.storage.census import census_json, census_text
from logkeep.storage.bucket import Bucket
from logkeep.storage.census import Counting, asked_of
from logkeep.storage.reading import read_bucket


def encrypted_objects(
    settings: Settings, text: str, path: Path | None, columns: str, described: Path | None
) -> int:
    """Count the objects of a listing by how they are encrypted, and say which is as asked.

    Without a listing the bucket's objects are listed and looked at as they are now.
    """
    target = read_target(text, needs_key=False)
    if path is None:
        must_be_live(settings, described, "--objects")
    listing = None if path is None else from_file(path, target.bucket, target.key, columns)
    if described is None:
        bucket, listing = _of_fleet(settings, target, listing)
    else:
        assert listing is not None
        reader = read_document(described, target)
        bucket = read_bucket(reader)
        must_be_read(reader)
    asked = asked_of(bucket)
    if isinstance(asked, Unread):
        raise Problem(f"what `{bucket.name}` asks could not be read: {asked.call}: {asked.error}")
    counting = Counting(asked)
    for row in watched(settings, "counting", listing):
        counting.add(row)
    found = counting.census()
    name = f"s3://{bucket.name}/{target.key}"
    if settings.json:
        answer(as_json(census_json(name, found)))
    else:
        answer(census_text(name, found, output(settings)))
    if found.count(fits=False):
        return NO
    return CANNOT_TELL if found.count(fits=None) else YES


def _of_fleet(
    settings: Settings, target: ObjectTarget, listing: Listing | None
) -> tuple[Bucket, Listing]:
    """The bucket as the fleet's accounts show it, and its objects."""
    place, name = find(settings), target.bucket
    facts = closer(settings, place, lambda facts: asks(facts, name, "", ""))
    where = any_bucket.find(facts, name)
    if where is None:
        says, hint = any_bucket.why_not(facts, name)
        raise Problem(says, hint=hint)
    if listing is None:
        from logkeep.cli.live_listing import live_listing

        listing = live_listing(place.fleet, where, target.key)
    return bucket_of(facts, where), listing
