"""`logkeep try replicate`: what becomes of an object under the replication rules, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from logkeep.access import any_bucket
from logkeep.access.bucket import Bucket
from logkeep.access.replicas import asks, object_asks, object_of, sides_of, ways
from logkeep.cli.answer import answer, say
from logkeep.cli.listing_input import Listing, from_file, must_be_live
from logkeep.cli.look import as_json, closer
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.replication_input import (
    UNKNOWN_OWNER,
    check_replication,
    judge_listing,
    tell_cycle,
)
from logkeep.cli.settings import Settings, needs_none, options, output, settings_of, stands_alone
from logkeep.cli.storage_input import (
    ObjectTarget,
    must_be_read,
    read_document,
    read_target,
    run_cases,
)
from logkeep.show.storage.replicate import replicate_json, replicate_text
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.storage.bucket import ENFORCED
from logkeep.storage.fate import Fate, Sides
from logkeep.storage.reading import Reader
from logkeep.storage.reading_replication import read_sides, read_subject
from logkeep.storage.replicate import replicate
from logkeep.value import Absent, Look, Seen, Unseen

DESCRIBING: Final = frozenset({"encryption", "storage_class", "size", "kind", "action_by"})
"""What describes an object of its own; what else is told adds to one that is there."""


@click.command("replicate", short_help="Say what becomes of an object under the rules.")
@click.argument("target", required=False, metavar="[s3://BUCKET/KEY[?versionId=…]]")
@click.option(
    "--sse",
    type=click.Choice(("none", "AES256", "aws:kms", "aws:kms:dsse", "sse-c")),
    help="How the object is encrypted.",
)
@click.option("--owner", metavar="ACCOUNT", help="The account that owns it; else the bucket's.")
@click.option("--storage-class", metavar="CLASS", help="Its storage class; else STANDARD.")
@click.option(
    "--created",
    type=click.Choice(("before", "after")),
    help="Whether it was made before or after the rule.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="KEY=VALUE",
    help="One of its tags; `--tag -` says that it has none.",
)
@click.option("--size", type=int, metavar="BYTES", help="Its size.")
@click.option("--delete-marker", is_flag=True, help="A delete marker instead of an object.")
@click.option("--by-lifecycle", is_flag=True, help="A lifecycle rule made the change.")
@click.option("--all", "listed", is_flag=True, help="Every object under the target.")
@click.option(
    "--listing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --all: a listing, one JSON object a line with S3 Inventory's names; else AWS is "
    "asked about each object.",
)
@click.option(
    "--bucket",
    "described",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The buckets, role and keys as AWS describes them, in JSON; needs no fleet.",
)
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Run the cases of a file, one JSON object a line; needs no fleet.",
)
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    target: str | None,
    *,
    described: Path | None,
    cases: Path | None,
    listed: bool,
    listing: Path | None,
    **given: Any,
) -> int:
    """Say whether an object is replicated, by which rule, to where and how; or why not.

    Without --sse, --storage-class or --size the object has to exist, and is looked up; with them
    you describe one, and what you leave out is unknown. With --all every object under the target
    is judged, those of a --listing or else those that are there now, and counted by outcome.

    Exits with 0 where it is replicated to every destination, 1 where it is not, 3 where it
    cannot be told.
    """
    settings = settings_of(context)
    if cases is not None:
        stands_alone(context, "--cases")
        return run_cases(settings, cases)
    if described is not None:
        needs_none(settings, "--bucket")
    if target is None:
        raise Problem("replication is asked of s3://BUCKET/KEY")
    if listing is not None and not listed:
        raise Problem("a --listing takes --all")
    if listed and listing is None:
        must_be_live(settings, described, "--all")
    place = read_target(target, needs_key=not listed)
    objects = from_file(listing, place.bucket, place.key) if listing is not None else None
    found, since = _object_of(place, given), ""
    if described is None:
        where, sides, found = _of_fleet(settings, place, found, is_listing=listed)
        if listed and objects is None:
            objects = _live(settings, where, place.key)
    else:
        reader = read_document(described, place)
        sides = read_sides(reader)
        must_be_read(reader)
        check_replication(reader, sides)
        since = str(reader.document.get("replication_since") or "")
    if objects is not None:
        return judge_listing(settings, objects, sides, since)
    looked_at = described is None and not DESCRIBING & set(found)
    return _one(settings, sides, found, looked_at=looked_at)


def _of_fleet(
    settings: Settings, place: ObjectTarget, found: dict[str, Any], *, is_listing: bool
) -> tuple[Bucket, Sides, dict[str, Any]]:
    """The bucket, both sides as the fleet's accounts show them, and the object if it is there."""
    described = is_listing or bool(DESCRIBING & set(found))
    name = place.bucket

    def wanted(facts: Facts) -> Iterator[Ask]:
        if not described:
            yield from object_asks(facts, name, place.key, place.version)
        yield from asks(facts, name, *_key_of(facts, place, found))

    facts = closer(settings, find(settings), wanted)
    where = any_bucket.find(facts, name)
    if where is None:
        says, hint = any_bucket.why_not(facts, name)
        raise Problem(says, hint=hint)
    tell_cycle(name, ways(facts, name))
    sides = sides_of(facts, where, *_key_of(facts, place, found))
    if not described:
        found = _as_it_is(object_of(facts, where, place.key, place.version), place, found)
    return where, sides, found


def _live(settings: Settings, where: Bucket, prefix: str) -> Listing:
    """The objects that lie in the bucket now."""
    from logkeep.cli.live_listing import live_listing

    return live_listing(find(settings).fleet, where, prefix, with_tags=True)


def _key_of(facts: Facts, place: ObjectTarget, found: dict[str, Any]) -> tuple[str, ...]:
    """The key that an object which is there lies under."""
    where = any_bucket.find(facts, place.bucket)
    if where is None or DESCRIBING & set(found):
        return ()
    there = seen(object_of(facts, where, place.key, place.version))
    return (str(there["kms_key"]),) if there and there["kms_key"] else ()


def _as_it_is(
    look: Look[dict[str, Any]], place: ObjectTarget, found: dict[str, Any]
) -> dict[str, Any]:
    """An object as S3 shows it, with what was told of it besides."""
    match look:
        case Seen(there):
            return there | found
        case Absent():
            raise Problem(
                f"there is no object `{place.key}` in `{place.bucket}`, or a delete marker "
                "hides it",
                hint="name a version (`?versionId=…`), or describe an object with --sse",
            )
        case Unseen() as unseen:
            say(f"the object could not be looked at ({unseen.error}): describe it with --sse")
            return found


def _one(settings: Settings, sides: Sides, found: dict[str, Any], *, looked_at: bool) -> int:
    reader = Reader(found, assumed=False, place="object")
    subject = read_subject(reader)
    must_be_read(reader)
    if looked_at and not subject.owner and sides.source.ownership != ENFORCED:
        subject = msgspec.structs.replace(subject, owner=UNKNOWN_OWNER)
    fate = replicate(subject, sides)
    if settings.json:
        answer(as_json(replicate_json(subject, sides.source.name, fate)))
    else:
        answer(replicate_text(subject, sides.source.name, fate, output(settings)))
    return exit_code(fate)


def _object_of(place: ObjectTarget, given: dict[str, Any]) -> dict[str, Any]:
    """The object that the options describe, in the form of a case's."""
    found: dict[str, Any] = {"key": place.key}
    if given["sse"] is not None:
        found["encryption"] = given["sse"]
    if given["created"] is not None:
        found["created"] = f"{given['created']} rule"
    for name in ("owner", "storage_class", "size"):
        if given[name] is not None:
            found[name] = given[name]
    if given["tags"]:
        found["tags"] = tags_of(given["tags"])
    if given["delete_marker"]:
        found["kind"] = "delete-marker"
    if given["by_lifecycle"]:
        found["action_by"] = "lifecycle"
        found.setdefault("kind", "lifecycle")
    return found


def tags_of(given: tuple[str, ...]) -> dict[str, str]:
    """The tags as they were given; a lone `-` is that there are none."""
    found: dict[str, str] = {}
    for text in given:
        if text == "-" and len(given) == 1:
            continue
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise Problem(f"--tag `{text}` is not KEY=VALUE")
        found[name] = value
    return found


def exit_code(fate: Fate) -> int:
    """Yes where every destination gets it; no; cannot tell."""
    kinds = {miss.kind for miss in fate.misses}
    if kinds & {"failed", "not-eligible"}:
        return NO
    return CANNOT_TELL if "unknown" in kinds else YES
