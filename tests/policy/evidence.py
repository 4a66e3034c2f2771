"""The cases from outside that the policy tests read, where they are there."""

from __future__ import annotations

import json
from typing import Any

from support.places import CASES

MISSING = "the shared cases are not beside this checkout: ../shared/cases"


def rows(name: str) -> list[dict[str, Any]]:
    path = CASES / name
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
