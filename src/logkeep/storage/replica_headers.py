"""How may S3 say that a replica is encrypted, when it writes one?

Whether it says so at all is not documented. If it does, it says what the replica becomes (rule
3.1.4): the role of the S3 User Guide's "Enabling replication for encrypted objects" asks by
StringLikeIfExists for just that algorithm and key.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from logkeep.policy import Possible
from logkeep.storage.bucket import AES256, WITH_KEY
from logkeep.value import parse_arn

SSE: Final = "s3:x-amz-server-side-encryption"
SSE_KEY: Final = f"{SSE}-aws-kms-key-id"


def may_name(encryptions: Collection[str], replica_key: str) -> Possible:
    """The few values of the two keys for objects that are encrypted so; none where that is open."""
    if not encryptions or not {*encryptions} <= {AES256, *WITH_KEY}:
        return ()
    said: Possible = ((SSE, (None, *sorted(encryptions))),)
    parts = parse_arn(replica_key)
    if parts is not None and parts.resource.startswith("key/"):
        return (*said, (SSE_KEY, (None, replica_key)))
    is_open = replica_key or not {*encryptions}.isdisjoint(WITH_KEY)
    return said if is_open else (*said, (SSE_KEY, (None,)))
