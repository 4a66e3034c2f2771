"""How copies of objects stand, as a person reads it and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from logkeep.archive.copies import (
    DIFFERS,
    LOST,
    UNCOMPARED,
    Copies,
    CopyFault,
    CopyFaultKind,
    Counts,
)
from logkeep.show.paint import Paint, Whole, seen_length
from logkeep.value import Json
from logkeep.words.plain import clean, count, moment

SHOWN_MAX: Final = 5
TITLES: Final[dict[CopyFaultKind, str]] = {
    LOST: "an object is missing from the replica",
    DIFFERS: "an object in the replica differs from the source",
    UNCOMPARED: "a replica could not be compared",
}
COMMAND_CHARS_MAX: Final = 4000


def copies_faults(replicas: Sequence[Copies], paint: Paint) -> Iterator[str]:
    """What was found of each pair of buckets: what is wrong first."""
    for copies in replicas:
        for kind in TITLES:
            found = [each for each in copies.summary.faults if each.kind == kind]
            if found:
                yield from _fault_lines(copies, found, paint)
                yield ""


def copies_stand(replicas: Sequence[Copies], paint: Paint) -> Iterator[str]:
    """How each pair of buckets stands."""
    for copies in replicas:
        head, counts = (
            f"{paint.mark(copies.stands.verdict)} {clean(_name(copies))}",
            _counts(copies),
        )
        if seen_length(head) + 2 + len(counts) <= paint.width:
            yield f"{head}  {counts}"
        else:
            yield head
            yield from paint.wrap("", counts, indent=4, column=4)
        for line in _more(copies):
            yield from paint.wrap("", line, indent=4, column=4)
        yield ""


def _name(copies: Copies) -> str:
    return f"{copies.source.name} → {copies.destination.name}"


def _fault_lines(copies: Copies, found: list[CopyFault], paint: Paint) -> Iterator[str]:
    first = found[0]
    word, colour = ("error", "red") if first.fails else ("unknown", "yellow")
    if copies.stands.verdict == "accepted":
        word, colour = "accepted", "green"
    many = f" ({count(len(found), 'object')})" if len(found) > 1 else ""
    head = paint.dye(f"{word}[{first.kind}]", colour)
    yield f"{head}: {TITLES[first.kind]}{many}: {clean(_name(copies))}"
    for number, each in enumerate(found[:SHOWN_MAX]):
        if each.key:
            version = f" (version {clean(each.version)})" if each.version else ""
            yield f"  file   {clean(each.key, 1100)}{version}"
        after = found[number + 1 : SHOWN_MAX]
        if each.undo or not after or after[0].says != each.says:
            yield from paint.wrap("why", clean(each.says))
        if each.undo:
            yield Whole(f"  undo   {paint.dye(clean(each.undo, COMMAND_CHARS_MAX), 'cyan')}")
    if len(found) > SHOWN_MAX:
        yield f"         and {count(len(found) - SHOWN_MAX, 'more version')}"
    known = min((each.found_at for each in found if each.found_at), default=None)
    if known is not None and known != copies.summary.compared_at:
        yield from paint.wrap("since", f"first found at {moment(known)}")


def _counts(copies: Copies) -> str:
    how = "a sample" if copies.summary.sampled else "every version"
    return f"{count(copies.summary.counts.alike, 'replica')} as in the source ({how})"


def _more(copies: Copies) -> Iterator[str]:
    """What else was come upon, when all was looked at last, and why nothing is known."""
    counts = copies.summary.counts
    if copies.stands.verdict == "unknown" and copies.stands.says:
        yield f"not known: {clean(copies.stands.says)}"
    found = ", ".join(_other(counts))
    if found:
        yield found
    whole = copies.summary.whole_at
    if copies.summary.sampled:
        yield (
            f"every version was compared at {moment(whole)}"
            if whole
            else ("never compared in all: `logkeep verify --all`")
        )


def _other(counts: Counts) -> Iterator[str]:
    said = {
        "pending": "not replicated yet",
        "failed": "that S3 failed to replicate",
        "unselected": "that no rule selected",
        "expired": "deleted by the replica's own lifecycle",
    }
    for name, words in said.items():
        number: int = getattr(counts, name)
        if number:
            yield f"{count(number, 'version')} {words}"


def copies_json(copies: Copies) -> dict[str, Json]:
    """A pair of buckets as JSON."""
    document: dict[str, Json] = msgspec.to_builtins(copies.summary)
    document.pop("going", None)
    return {
        "verdict": copies.stands.verdict,
        "code": copies.stands.code,
        "source": copies.source.name,
        "destination": copies.destination.name,
        **document,
    }
