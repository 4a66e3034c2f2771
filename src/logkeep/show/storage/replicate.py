"""What becomes of an object under replication rules, as a person reads it and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from logkeep.show.paint import Paint
from logkeep.show.storage.reasons import miss_words, nearest_lines
from logkeep.storage.bucket import WITH_KEY
from logkeep.storage.fate import Fate, Miss, PredictedReplica
from logkeep.storage.subject import Subject
from logkeep.value import Json
from logkeep.words.doubts import have_answered
from logkeep.words.plain import clean, count

MARKS = {"not-eligible": "behind", "failed": "fails", "unknown": "unknown"}
ACLS = {
    "copied": "with its ACL",
    "replaced": "the ACL is replaced: full control for the destination's owner",
    "off": "ACLs are off",
    "": "not known whether its ACL is copied",
}


def replicate_text(subject: Subject, source: str, fate: Fate, paint: Paint) -> str:
    """The whole answer of `logkeep try replicate`."""
    name = f"s3://{clean(source)}/{clean(subject.key)}"
    lines = [f"{_head(fate, paint)}: {what_words(subject)} {name}"]
    for copy in fate.copies:
        lines += _copy_lines(copy, subject, paint)
    for miss in fate.misses:
        lines += _miss_lines(miss, paint)
    status = fate.status or ("not known" if fate.is_unknown else "none")
    lines += paint.wrap("status", f"x-amz-replication-status: {status}", column=12)
    if for_batch(fate):
        lines += paint.wrap("hint", "S3 Batch Replication would pick it up", column=12)
    return paint.page(lines)


def _head(fate: Fate, paint: Paint) -> str:
    if any(miss.kind == "failed" for miss in fate.misses):
        return paint.dye("fails", "red")
    if fate.is_unknown:
        return paint.dye("cannot tell", "yellow")
    return paint.dye("replicated", "green") if fate.copies else paint.dye("not replicated", "bold")


def what_words(subject: Subject) -> str:
    """What is replicated or not."""
    match subject.event:
        case "put":
            return "the object"
        case "delete-marker":
            return "the delete marker of"
        case "delete-version":
            return "the deletion of a version of"
        case "metadata-change":
            return "the metadata change of"
        case "lifecycle":
            return "the lifecycle action on"
        case "bucket-setting":
            return "the bucket setting of"


def _copy_lines(copy: PredictedReplica, subject: Subject, paint: Paint) -> Iterator[str]:
    mark = paint.mark("holds")
    yield f"  {mark} to {clean(copy.destination)}, by rule {clean(copy.rule)}"
    if subject.event == "delete-marker":
        return
    under = f" under {clean(copy.key)}" if copy.encryption in WITH_KEY else ""
    said = "not at all" if not copy.encryption else f"{copy.encryption}{under}"
    yield from paint.wrap("encrypted", said, indent=4, column=15)
    owner = clean(copy.owner) or "not known"
    yield from paint.wrap("owner", f"{owner}, {ACLS[copy.acl]}", indent=4, column=15)
    yield from paint.wrap("class", clean(copy.storage_class), indent=4, column=15)
    if not copy.tags:
        yield from paint.wrap("tags", "not replicated", indent=4, column=15)


def _miss_lines(miss: Miss, paint: Paint) -> Iterator[str]:
    code = f"{miss.code}: " if miss.code else ""
    where = f"{clean(miss.destination)}, by rule {clean(miss.rule)}: " if miss.rule else ""
    yield from paint.wrap(
        paint.mark(MARKS[miss.kind]), f"{where}{code}{miss_words(miss)}", column=4
    )
    for near in nearest_lines(miss.explained()):
        yield from paint.wrap("nearest", near, indent=4, column=15)
    if miss.unknown:
        yield from paint.wrap(
            "resolve", "; ".join(have_answered(name) for name in miss.unknown), indent=4, column=15
        )


BATCH = frozenset({"before-rule", "failed-before", "is-replica", "replicated-before"})
"""What S3 Batch Replication picks up (rule 3.1.2)."""


def for_batch(fate: Fate) -> bool:
    """Whether S3 Batch Replication would pick an object up that the rules leave."""
    return any(miss.reason in BATCH for miss in fate.misses)


def replicate_json(subject: Subject, source: str, fate: Fate) -> dict[str, Json]:
    """The answer as JSON."""
    return {"schema": 1, "bucket": source, "key": subject.key, **got_replicate(fate)}


def got_replicate(fate: Fate) -> dict[str, Json]:
    """What becomes of an object, as `--cases --json` gives it under `got`."""
    return {
        "replicated": [_copy_json(copy) for copy in fate.copies],
        "status_header": fate.status or None,
        "why": why(fate),
        "unknown": [name for miss in fate.misses for name in miss.unknown],
        "missed": [_miss_json(miss) for miss in fate.misses],
        "batch": for_batch(fate),
    }


def why(fate: Fate) -> str | None:
    """The first reason why something is not replicated: AWS's failure code, or our words."""
    ranked = sorted(fate.misses, key=lambda miss: _RANK[miss.kind])
    return (ranked[0].code or miss_words(ranked[0])) if ranked else None


_RANK: Mapping[str, int] = {"failed": 0, "unknown": 1, "not-eligible": 2}


def _copy_json(copy: PredictedReplica) -> dict[str, Json]:
    return {
        "destination": copy.destination,
        "rule": copy.rule,
        "encryption": copy.encryption or None,
        "key": copy.key or None,
        "owner": copy.owner or None,
        "acl": copy.acl or None,
        "storage_class": copy.storage_class or None,
        "tags": copy.tags,
    }


def _miss_json(miss: Miss) -> dict[str, Json]:
    decision = miss.decided()
    return {
        "destination": miss.destination or None,
        "rule": miss.rule or None,
        "kind": miss.kind,
        "reason": miss.reason,
        "code": miss.code or None,
        "says": miss_words(miss),
        "detail": miss.detail or None,
        "statement": msgspec.to_builtins(decision.statement) if decision else None,
        "unknown": list(miss.unknown),
    }


def summary_text(counts: Mapping[str, int], batch: int, paint: Paint) -> str:
    """Many objects by what becomes of them, the most first."""
    total = sum(counts.values())
    lines = [paint.dye(count(total, "object"), "bold")]
    for name, number in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        lines.append(f"  {number:>12,}  {clean(name)}")
    if batch:
        lines += ["", f"S3 Batch Replication would pick up {count(batch, 'object')}"]
    return paint.page(lines)


def outcome_of(fate: Fate) -> str:
    """What becomes of an object in a few words, the same for all that share it."""
    if not fate.misses:
        return f"replicated to {', '.join(clean(copy.destination) for copy in fate.copies)}"
    ranked = min(fate.misses, key=lambda miss: _RANK[miss.kind])
    head = {"failed": "fails", "unknown": "cannot tell", "not-eligible": "not replicated"}
    code = f"{ranked.code}, " if ranked.code else ""
    return f"{head[ranked.kind]}: {code}{miss_words(ranked)}"


def summary_json(source: str, counts: Mapping[str, int], batch: int) -> dict[str, Json]:
    """Many objects by what becomes of them, as JSON."""
    listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {
        "schema": 1,
        "bucket": source,
        "objects": sum(counts.values()),
        "batch": batch,
        "outcomes": [{"says": name, "objects": number} for name, number in listed],
    }
