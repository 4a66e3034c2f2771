"""What CloudTrail adds to the words of an archive: its own way out."""

from __future__ import annotations

from logkeep.words.archive import WORDS as SHARED
from logkeep.words.described import Words, template

WORDS: dict[str, Words] = {
    "policy-too-long": SHARED["policy-too-long"]._replace(
        fix=template(
            "take statements out that are no longer needed, use an organization trail, or "
            "keep some accounts in a second archive"
        )
    ),
}
