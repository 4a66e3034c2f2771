"""`logkeep try replicate`: what becomes of an object under the replication rules, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from logkeep.cli.answer import answer
from logkeep.cli.look import as_json
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.replication_input import check_replication, judge_listing
from logkeep.cli.settings import Settings, common, output, settings_of
from logkeep.cli.storage_input import (
    Target,
    must_be_read,
    read_document,
    read_target,
    run_cases,
)
from logkeep.show.storage.replicate import replicate_json, replicate_text
from logkeep.storage.fate import Fate, Sides
from logkeep.storage.reading import Reader
from logkeep.storage.reading_replication import read_sides, read_subject
from logkeep.storage.replicate import replicate


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
@click.option("--by-lifecycle", is_flag=True, help="What was done was done by a lifecycle rule.")
@click.option("--all", "listed", is_flag=True, help="Every object of a listing under the target.")
@click.option(
    "--listing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The listing, one JSON object a line with S3 Inventory's names.",
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
@common
@click.pass_context
def command(
    context: click.Context,
    target: str | None,
    *,
    described: Path | None,
    cases: Path | None,
    listed: bool,
    listing: Path | None,
    **told: Any,
) -> int:
    """Say whether an object is replicated, by which rule, to where and how; or why not.

    What is not told of the object is unknown. With --all every object of a listing is judged,
    and counted by what becomes of it.

    Exits with 0 where it is replicated to every destination, 1 where it is not, 3 where it
    cannot be told.
    """
    settings = settings_of(context)
    if cases is not None:
        if target or described or listing:
            raise Problem("--cases brings its own questions, and takes no other")
        return run_cases(settings, cases)
    if target is None:
        raise Problem("replication is asked of s3://BUCKET/KEY")
    if listed != (listing is not None):
        raise Problem("--all takes the --listing that it judges, and a listing takes --all")
    place = read_target(target, needs_key=not listed)
    if described is None:
        raise Problem("what the bucket is like is not told", hint="name its file with --bucket")
    reader = read_document(described, place)
    sides = read_sides(reader)
    must_be_read(reader)
    check_replication(reader, sides)
    if listing is not None:
        return judge_listing(settings, listing, place, sides, reader)
    return _one(settings, place, sides, told)


def _one(settings: Settings, place: Target, sides: Sides, told: dict[str, Any]) -> int:
    reader = Reader(_object_of(place, told), assumed=False, place="object")
    subject = read_subject(reader)
    must_be_read(reader)
    fate = replicate(subject, sides)
    if settings.json:
        answer(as_json(replicate_json(subject, sides.source.name, fate)))
    else:
        answer(replicate_text(subject, sides.source.name, fate, output(settings)))
    return exit_code(fate)


def _object_of(place: Target, told: dict[str, Any]) -> dict[str, Any]:
    """The object that the options describe, in the form of a case's."""
    found: dict[str, Any] = {"key": place.key}
    if told["sse"] is not None:
        found["encryption"] = told["sse"]
    if told["created"] is not None:
        found["created"] = f"{told['created']} rule"
    for name in ("owner", "storage_class", "size"):
        if told[name] is not None:
            found[name] = told[name]
    if told["tags"]:
        found["tags"] = tags_of(told["tags"])
    if told["delete_marker"]:
        found["kind"] = "delete-marker"
    if told["by_lifecycle"]:
        found["action_by"] = "lifecycle"
        found.setdefault("kind", "lifecycle")
    return found


def tags_of(told: tuple[str, ...]) -> dict[str, str]:
    """The tags as they were given; a lone `-` is that there are none."""
    found: dict[str, str] = {}
    for text in told:
        if text == "-" and len(told) == 1:
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
