"""What does a text of JSON say, whoever wrote it?"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

_SURROGATE: Final = "\\ud"
"""How the escape of half a character begins, which is none where its other half is missing."""


def read_json(
    text: str | bytes, pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """What a text of JSON says; raises ValueError or RecursionError where it is none.

    Half a character alone is refused too: no file, log or answer could be written with it.
    """
    found: Any = json.loads(text, object_pairs_hook=pairs_hook)
    plain = text if isinstance(text, str) else text.decode("utf-8", "replace")
    if _SURROGATE in plain.lower():
        json.dumps(found, ensure_ascii=False).encode()
    return found
