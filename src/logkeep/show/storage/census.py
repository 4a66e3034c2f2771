"""How the objects of a listing are encrypted, beside what the bucket asks today."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from logkeep.show.paint import Paint
from logkeep.storage.census import Asked, Census, EncryptionGroup
from logkeep.value import Json
from logkeep.words.plain import clean, count, joined

WAYS = {
    "nothing": "its policy enforces nothing, and its default is",
    "header": "its policy asks for a header:",
    "default": "its policy refuses a wrong header, and an upload ends up as",
}
MARKS = {True: "holds", False: "fails", None: "unknown"}


def census_text(name: str, found: Census, paint: Paint) -> str:
    """The whole answer of `logkeep list encryption --objects`."""
    lines = [f"{paint.dye(clean(name), 'bold')}: {_asked_words(found.asked)}"]
    for each in found.groups:
        lines += _group_lines(each, paint)
    wrong, open_ = found.count(fits=False), found.count(fits=None)
    doubt = f", of {open_:,} it cannot be told" if open_ else ""
    said = f"{wrong:,} of {count(found.objects, 'object')} not encrypted as required today{doubt}"
    return paint.page([*lines, "", paint.dye(said, "bold")])


def _asked_words(asked: Asked) -> str:
    named = joined(asked.algorithms, "or") or "an unknown encryption"
    under = f" under {joined(map(clean, asked.keys), 'or')}" if asked.keys else ""
    return f"{WAYS[asked.way]} {named}{under}"


def _group_lines(group: EncryptionGroup, paint: Paint) -> Iterator[str]:
    mark = paint.mark(MARKS[group.fits])
    said = {"": "not encrypted", "?": "the listing does not say"}
    encryption = said.get(group.encryption, group.encryption)
    under = f" under {clean(group.key)}" if group.key else ""
    yield f"  {mark} {group.objects:>12,}  {clean(encryption)}{under}"
    if group.oldest:
        when = f"put from {clean(group.oldest)} to {clean(group.newest)}"
        yield f"    {'':>12}  {when}"


def census_json(name: str, found: Census) -> dict[str, Json]:
    """The same as JSON."""
    return {
        "schema": 1,
        "objects_of": name,
        "objects": found.objects,
        "not_as_asked": found.count(fits=False),
        "unknown": found.count(fits=None),
        "asked": msgspec.to_builtins(found.asked),
        "groups": [msgspec.to_builtins(each) for each in found.groups],
    }
