"""What CloudTrail says of encryption when it writes into a bucket (rules 1.5, 2.2.12)."""

from __future__ import annotations

from logkeep.sources.cloudtrail.evidence import FOLDERS
from logkeep.sources.cloudtrail.requests import SERVICE
from logkeep.storage.bucket import AES256, FULL_CONTROL, KMS
from logkeep.storage.headers import ACL, SSE, SSE_KEY
from logkeep.storage.writers import Writer
from logkeep.value import AccountId, Arn, Region


def writers(account: AccountId, _region: Region, key: Arn) -> tuple[Writer, ...]:
    """An account's trail without a key, which asks for SSE-S3 outright, and one with a key."""
    folder = f"AWSLogs/{account}/{FOLDERS['log']}/"
    under_key = {SSE: KMS, SSE_KEY: key} if key else {SSE: KMS}
    return (
        Writer(
            name="CloudTrail, trail without a key",
            principal=SERVICE,
            headers={ACL: FULL_CONTROL, SSE: AES256},
            folder=folder,
        ),
        Writer(
            name="CloudTrail, trail with a key",
            principal=SERVICE,
            headers={ACL: FULL_CONTROL, **under_key},
            folder=folder,
        ),
    )
