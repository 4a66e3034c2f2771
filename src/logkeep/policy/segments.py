"""Which ARNs the patterns of a Resource element name: a wildcard keeps to its segment.

IAM User Guide, "IAM JSON policy elements: Resource": `*` and `?` stand for characters within a
segment, the parts between colons; a `*` that ends its segment can go on beyond it. S3 User Guide,
"Policy resources for Amazon S3": a wildcard character can't span segments. So a `*` inside one of
the first five segments crosses no colon; where the two pages disagree, or none says whether a
colon within the resource's own name ends a segment, the answer is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from logkeep.policy.pattern import ANY_ONE, ANY_RUN, Automaton, GlobSet, Prefixes
from logkeep.policy.truth import Truth

CROSSING: Final = "whether a wildcard of a Resource crosses a colon"
_SEGMENTS: Final = 6
"""Of an ARN; the last one, the resource's own name, may hold colons."""


class ArnPatterns:
    """The patterns of a Resource, indexed: those that no colon can trouble, and the others."""

    __slots__ = ("_plain", "_troubled", "commonest", "everything", "is_one_length")

    def __init__(self, patterns: Iterable[str]) -> None:
        unique = tuple(dict.fromkeys(patterns))
        troubled = [pattern for pattern in unique if _minds_colons(pattern)]
        self._plain = GlobSet(pattern for pattern in unique if not _minds_colons(pattern))
        self._troubled = _Troubled(troubled) if troubled else None
        self.everything = self._plain.everything
        self.commonest: Prefixes = self._plain.commonest
        """The length that most plain prefixes have, and those prefixes: what to try first."""
        self.is_one_length = self._plain.is_one_length and not troubled

    def name(self, arn: str) -> Truth:
        """Return whether any of the patterns names the ARN."""
        if self._plain.accepts(arn):
            return True
        return self._troubled.name(arn) if self._troubled else False


def _minds_colons(pattern: str) -> bool:
    """Return whether it matters for a pattern where the ARN's colons stand."""
    wild = pattern.count(ANY_RUN) + pattern.count(ANY_ONE)
    if not wild or not pattern.strip(ANY_RUN):
        return False
    is_prefix_of_name = pattern.endswith(ANY_RUN) and pattern.count(":") >= _SEGMENTS - 1
    return wild > 1 or not is_prefix_of_name


class _Troubled:
    """Patterns whose wildcards may meet a colon; how is compiled only where it is asked for."""

    __slots__ = ("_by_colons", "_loose", "_patterns", "_segmented")

    def __init__(self, patterns: Sequence[str]) -> None:
        counted: dict[int, list[str]] = {}
        for pattern in patterns:
            counted.setdefault(pattern.count(":"), []).append(pattern)
        self._by_colons = {count: GlobSet(found) for count, found in counted.items()}
        self._loose = GlobSet(patterns)
        self._patterns = patterns
        self._segmented: _Segmented | None = None

    def name(self, arn: str) -> Truth:
        """Return whether a pattern names the ARN; with as many colons no wildcard met one."""
        alike = self._by_colons.get(arn.count(":"))
        if alike is not None and alike.accepts(arn):
            return True
        return self._cross(arn) if self._loose.accepts(arn) else False

    def _cross(self, arn: str) -> Truth:
        segmented = self._segmented = self._segmented or _Segmented(self._patterns)
        spans = arn.split(":", 3)[2:3] != ["s3"]
        if segmented.accepts_arn(arn, spans=spans, within_name=False):
            return True
        possible = segmented.accepts_arn(arn, spans=True, within_name=True)
        return frozenset((CROSSING,)) if possible else False


class _Segmented(Automaton):
    """Patterns that know a colon from other characters."""

    __slots__ = ()

    def accepts_arn(self, arn: str, *, spans: bool, within_name: bool) -> bool:
        """Return whether a pattern matches the whole ARN.

        `spans` lets a `*` that ends its segment go on into the next; `within_name` lets every
        wildcard match a colon of the resource's own name.
        """
        states, colons = self._start, 0
        for char in arn:
            loops, anything = self._loops, self._any
            if char == ":":
                colons += 1
                is_between = colons < _SEGMENTS
                if is_between or not within_name:
                    anything, loops = 0, self._ending if spans or not is_between else 0
            states = ((states << 1) & (self._masks[char] | anything)) | (states & loops)
        return bool(states & self._accept)
