"""Where the project lies, and the evidence from outside that some tests read beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
CASES = SHARED / "cases"
