"""How does a bucket encrypt an upload that does not say it itself?"""

from __future__ import annotations

import msgspec

from logkeep.access.bucket import Bucket, archives, of_bucket, owner
from logkeep.snapshot.facts import Facts, map_look, remembered
from logkeep.value import Absent, Look, Seen


class SseDefault(msgspec.Struct, frozen=True):
    """How uploads are encrypted that do not say it; S3's own keys where nothing is set."""

    algorithm: str = msgspec.field(name="SSEAlgorithm", default="AES256")
    key: str = msgspec.field(name="KMSMasterKeyID", default="")

    @property
    def under_kms(self) -> bool:
        """Whether a KMS key encrypts, once or twice."""
        return self.algorithm.startswith("aws:kms")


class SseRule(msgspec.Struct, frozen=True, rename="pascal"):
    """One rule of a bucket's default encryption."""

    apply_server_side_encryption_by_default: SseDefault = SseDefault()
    bucket_key_enabled: bool = False


class SseRules(msgspec.Struct, frozen=True, rename="pascal"):
    """The rules of a bucket's default encryption."""

    rules: tuple[SseRule, ...] = ()


class EncryptionAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of s3:GetBucketEncryption."""

    server_side_encryption_configuration: SseRules


@remembered
def default_rule(facts: Facts, where: Bucket | None = None) -> Look[SseRule]:
    """The rule of a bucket, the archive's unless said; SSE-S3 where there is none (rule 2.2.1)."""
    look = facts.look(of_bucket(facts, "s3:GetBucketEncryption", where), EncryptionAnswer)
    if isinstance(look, Absent):
        return Seen(SseRule())
    return map_look(
        look,
        lambda answer: next(iter(answer.server_side_encryption_configuration.rules), SseRule()),
    )


def default_encryption(facts: Facts, where: Bucket | None = None) -> Look[SseDefault]:
    """What encrypts uploads that do not say it (rule 2.2.1)."""
    return map_look(
        default_rule(facts, where), lambda rule: rule.apply_server_side_encryption_by_default
    )


def bucket_key(facts: Facts, where: Bucket | None = None) -> Look[bool]:
    """Whether uploads under SSE-KMS use an S3 Bucket Key by default (rule 2.2.9).

    A bucket that is yet to be made begins without one, as every new bucket does (rule 2.2.1).
    """
    if isinstance(owner(facts, where or archives(facts)), Absent):
        return Seen(value=False)
    return map_look(default_rule(facts, where), lambda rule: rule.bucket_key_enabled)
