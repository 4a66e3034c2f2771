"""A setting of AWS's that names a bucket: where it stands, and what it sends there."""

from __future__ import annotations

import msgspec

from logkeep.storage.writers import Writer
from logkeep.value import AccountId, Arn, Look, Region


class Mention(msgspec.Struct, frozen=True):
    """One setting that names a bucket; each kind of log says which there are."""

    what: str
    """What has the setting, as a person calls it: `the trail `audit``."""
    setting: str
    """The setting, as AWS calls it: `S3BucketName`."""
    arn: Arn
    """What has the setting."""
    account: AccountId
    """Whose it is."""
    region: Region
    bucket: str
    """The bucket that is named."""
    writer: Writer | None = None
    """Who writes there by it, and what is said of encryption; None where nobody puts objects."""


class Hidden(msgspec.Struct, frozen=True):
    """Settings of an account that could not be seen, which may name buckets too."""

    account: AccountId
    look: Look[object]
