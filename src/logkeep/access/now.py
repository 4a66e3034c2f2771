"""What does every request carry of the time, if it is made when the snapshot was taken?

`aws:CurrentTime` and `aws:EpochTime` are always there (IAM User Guide, "AWS global condition
context keys"). What a policy says of later times `policy/turning.py` finds.
"""

from __future__ import annotations

import datetime
import re
from typing import Final

from logkeep.policy.service_call import time_keys
from logkeep.snapshot.facts import Facts, remembered


@remembered
def of_now(facts: Facts) -> dict[str, str]:
    """The snapshot's own time, in both forms."""
    return time_keys(facts.taken_at)


OF_POLICIES: Final = frozenset({
    "iam:GetAccountAuthorizationDetails", "organizations:DescribePolicy", "s3:GetBucketPolicy",
    "kms:GetKeyPolicy", "s3control:GetAccessPointPolicy",
    "s3control:GetMultiRegionAccessPointPolicy",
})  # fmt: skip
ASKED: Final = re.compile(rb"aws:(?:currenttime|epochtime)")
DATES: Final = re.compile(rb"\d{4}-\d\d-\d\d|\d{9,13}")
NEAR: Final = 200
"""How many characters after a key its values are looked for."""


@remembered
def will_turn(facts: Facts) -> bool:
    """Whether a policy that was read asks about a time that is yet to come."""
    today = f"{facts.taken_at.astimezone(datetime.UTC):%Y-%m-%d}".encode()
    now = int(facts.taken_at.timestamp())
    for question, answer in facts.snapshot.answers.items():
        if question.call not in OF_POLICIES or answer.error:
            continue
        body = bytes(answer.body).lower()
        for found in ASKED.finditer(body):
            for date in DATES.findall(body, found.end(), found.end() + NEAR):
                if date >= today if b"-" in date else int(date) > now:
                    return True
    return False
