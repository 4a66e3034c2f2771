"""What every kind of log stands on: the organization with its people, and the archive."""

from __future__ import annotations

from typing import Final

from logkeep.archive import calls, encrypting, locking
from logkeep.archive.effects import EFFECTS
from logkeep.archive.part import Part
from logkeep.archive.settings import SETTINGS, THINGS
from logkeep.words import access, archive

ORGANIZATION: Final = Part(
    name="the organization",
    calls=calls.ORGANIZATION_CALLS,
    resources={
        "anything": "*",
        "policy": "arn:{partition}:organizations::*:policy/*",
        "role": "arn:{partition}:iam::*:role/{role}",
    },
)
ARCHIVE: Final = Part(
    name="the archive",
    settings={**SETTINGS, **encrypting.SETTINGS, **locking.SETTINGS},
    things=THINGS,
    effects=EFFECTS,
    calls={**calls.BUCKET_CALLS, **calls.KEY_CALLS},
    writes=calls.WRITES,
    resources={
        "bucket": "arn:{partition}:s3:::*",
        "archive": "arn:{partition}:s3:::{bucket}",
        "access-point": "arn:{partition}:s3:*:*:accesspoint/*",
        "multi-region-access-point": "arn:{partition}:s3::*:accesspoint/*",
        "log": "arn:{partition}:s3:::{bucket}/{prefix}AWSLogs/*",
        "key": "arn:{partition}:kms:*:*:key/*",
        # An alias that is not there yet leads to no key's ARN, under which to be let.
        "key-or-none": "*",
        "alias": "arn:{partition}:kms:*:*:alias/*",
    },
    words={**archive.WORDS, **access.WORDS},
)
ALWAYS: Final = (ORGANIZATION, ARCHIVE)
"""The parts that are there whatever is logged; others come with the kinds that use them."""
