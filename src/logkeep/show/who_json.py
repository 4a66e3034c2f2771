"""`logkeep who --json`: an answer as it is, with what decides a doubt in a sentence beside it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from logkeep.value import Json
from logkeep.words.doubts import doubts_words


def who_json(found: object) -> Json:
    """Any answer of `who`; where `unknown` names something, `says` says what decides."""
    return _said(msgspec.to_builtins(found))


def _said(found: Json) -> Json:
    if isinstance(found, (list, tuple)):
        return [_said(each) for each in cast("list[Any]", found)]
    if not isinstance(found, dict):
        return found
    document = {name: _said(value) for name, value in cast("dict[str, Any]", found).items()}
    unknown = document.get("unknown")
    if isinstance(unknown, list) and unknown:
        names = [str(each) for each in cast("list[Any]", unknown)]
        document["says"] = f"it depends on {doubts_words(names, len(names))}"
    return document
