"""Below which prefixes of the archive may logs lie that a need is about?

Where what is there today writes, in the archive's own folder, and where a verification found logs.
"""

from __future__ import annotations

from typing import Final

import msgspec

from logkeep.route import Is
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import UNREADABLE


def below(roots: tuple[str, ...]) -> str:
    """Prefixes as a need names them: one as it is, several as a list, none if nobody saw them."""
    if len(roots) == 1 and not roots[0].startswith("["):
        return roots[0]
    return msgspec.json.encode(sorted(roots)).decode()


def places(facts: Facts, need: Is) -> tuple[str, ...] | None:
    """The prefixes that a need is about; none where nobody knows them, None is everywhere."""
    if not need.of:
        return None
    is_list = need.of.startswith("[")
    roots = msgspec.json.decode(need.of, type=tuple[str, ...]) if is_list else (need.of,)
    prefix = facts.fleet.archive.prefix
    own = f"{prefix}/AWSLogs/" if prefix else "AWSLogs/"
    return tuple(dict.fromkeys((*roots, own, *_verified(facts)))) if roots else ()


class _Folder(msgspec.Struct, frozen=True, gc=False):
    root: str = "AWSLogs/"


class _Report(msgspec.Struct, frozen=True, gc=False):
    """What of a folder's report tells where it lies: all of it takes three times as long."""

    folder: _Folder


_REPORTS: Final = msgspec.json.Decoder(list[_Report])


@remembered
def _verified(facts: Facts) -> tuple[str, ...]:
    """Where verifications have found logs, whoever wrote them and when."""
    found: dict[str, None] = {}
    for question, answer in facts.snapshot.answers.items():
        if question.call == "logkeep:Verify" and not answer.error:
            try:
                listed = _REPORTS.decode(answer.body)
            except UNREADABLE:
                continue
            found |= dict.fromkeys(each.folder.root for each in listed)
    return tuple(found)
