"""What `logkeep try put` and `replicate` are given: a target, a bucket's file, cases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec

from logkeep.aws.disk import NO_TEXT, read_text, text_lines
from logkeep.cli.answer import answer
from logkeep.cli.problem import BAD_QUESTION, YES, Problem
from logkeep.cli.settings import Settings, output
from logkeep.policy import Malformed
from logkeep.policy.json_text import read_json
from logkeep.show.storage.operation import Tried, case_json, case_line, cases_count, got_answered
from logkeep.show.storage.put import got_put, reason_of
from logkeep.show.storage.reasons import answered_words, mistake_words
from logkeep.show.storage.replicate import got_replicate, why
from logkeep.storage.cases import Case, Put, Replicate, read_case
from logkeep.storage.configuration import check_configuration, readable
from logkeep.storage.operations import Answered
from logkeep.storage.put import put, put_part
from logkeep.storage.reading import Reader
from logkeep.storage.replicate import replicate
from logkeep.value import Json

MIB_MAX = 64


class ObjectTarget(NamedTuple):
    """An object in a bucket."""

    bucket: str
    key: str
    version: str


def read_target(text: str, *, needs_key: bool = True) -> ObjectTarget:
    """`s3://bucket/key` with an optional `?versionId=…`."""
    if not text.startswith("s3://"):
        raise Problem(f"`{text}` is not s3://BUCKET/KEY")
    bucket, _, key = text.removeprefix("s3://").partition("/")
    key, _, version = key.partition("?versionId=")
    if not bucket or (needs_key and not key):
        raise Problem(f"`{text}` names no object", hint="write s3://BUCKET/KEY")
    return ObjectTarget(bucket, key, version)


def read_document(path: Path, target: ObjectTarget) -> Reader:
    """A bucket's file, as AWS describes it; whatever it leaves out is unknown."""
    try:
        document: object = read_json(read_text(path, MIB_MAX))
    except (ValueError, RecursionError) as error:
        raise Problem(f"{path}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Problem(f"{path}: is not a JSON object")
    found = cast("dict[str, Any]", document)
    named = found.get("name", target.bucket)
    if named != target.bucket:
        raise Problem(f"{path.name}: describes bucket `{named}`, and `{target.bucket}` is asked")
    return Reader({**found, "name": target.bucket}, assumed=False, place=path.name)


def must_be_read(*readers: Reader) -> None:
    """Stop where something could not be read, with all mistakes at once."""
    mistakes = [says for reader in readers for says in reader.mistakes]
    if mistakes:
        raise Problem(*mistakes)


def run_cases(settings: Settings, path: Path) -> int:
    """Run every case of a file; one that cannot be read is named, and the others run."""
    tried = list(_tried(path))
    if not tried:
        raise Problem(f"{path}: there is no case in it")
    unread = [each for each in tried if each.got is None]
    paint = output(settings)
    if settings.json:
        answer("".join(json.dumps(case_json(each)) + "\n" for each in tried))
    else:
        lines = [line for each in tried for line in case_line(each, paint)]
        answer(paint.page([*lines, paint.dye(cases_count(len(tried), len(unread)), "bold")]))
    return BAD_QUESTION if unread else YES


def _tried(path: Path) -> Iterator[Tried]:
    for number, line in text_lines(path, MIB_MAX):
        yield _try(line, f"{path.name}:{number}")


def _try(line: str | None, place: str) -> Tried:
    if line is None:
        return Tried(place, None, f"{place}: {NO_TEXT}")
    try:
        row: object = read_json(line)
    except (ValueError, RecursionError) as error:
        return Tried(place, None, f"{place}: not JSON: {error}")
    case = read_case(row)
    if isinstance(case, Malformed):
        given = cast("dict[str, Any]", row).get("id") if isinstance(row, dict) else None
        name = given if isinstance(given, str) else place
        return Tried(name, None, f"{place}: {'; '.join(case.mistakes)}", case.mistakes)
    return _and_besides(tried(case), case.unjudged, not_stored(case, cast("dict[str, Any]", row)))


LEFT_OUT: Final = frozenset({"missing-in-new-schema", "time-without-metrics"})
"""What S3 asks for besides, and a case may leave out: that is in order then."""


def not_stored(case: Case, row: dict[str, Any]) -> tuple[str, ...]:
    """Why S3 would not store the rules that an object is judged by."""
    given: object = cast("dict[str, Any]", row.get("bucket") or {}).get("replication")
    if not isinstance(case.question, Replicate) or given is None:
        return ()
    found = check_configuration(readable(given), case.question.sides.source.name)
    return tuple(mistake_words(each) for each in found if each.reason not in LEFT_OUT)


def _and_besides(answered: Tried, unjudged: tuple[str, ...], not_stored: tuple[str, ...]) -> Tried:
    """An answer that says what of the case was not looked at, and what no bucket can have."""
    if answered.got is None:
        return answered
    besides: dict[str, Json] = {}
    reason = answered.reason
    if unjudged:
        besides["unjudged"] = list(unjudged)
        reason += f" (not looked at: {', '.join(unjudged)})"
    if not_stored:
        besides["not_stored"] = list(not_stored)
        reason += f" (S3 would not store these rules: {'; '.join(not_stored)})"
    return msgspec.structs.replace(answered, got=answered.got | besides, reason=reason.lstrip())


def tried(case: Case) -> Tried:
    """What becomes of a case."""
    match case.question:
        case Put(upload, bucket, keys, is_part):
            outcome = (put_part if is_part else put)(upload, bucket, keys)
            return Tried(case.id, got_put(outcome, bucket), reason_of(outcome, bucket))
        case Replicate(subject, sides):
            fate = replicate(subject, sides)
            return Tried(case.id, got_replicate(fate), why(fate) or "")
        case Answered():
            return Tried(case.id, got_answered(case.question), answered_words(case.question))
