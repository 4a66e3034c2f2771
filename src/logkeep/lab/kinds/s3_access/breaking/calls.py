"""Breaking access logging by calls that no single need's fault knows."""

from __future__ import annotations

from logkeep.access import bucket
from logkeep.lab.breaking import buckets
from logkeep.lab.breaking.calls import Breakage, CannotBreak, hop_of
from logkeep.lab.breaking.denied import role_denied
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources import registry
from logkeep.sources.s3_access.options import SOURCE, options_of
from logkeep.value import AccountId, Json

NO_LIST = "NoList"
"""The inline policy that keeps Logkeep from listing buckets."""


_NONE = "no bucket of the account is to log its accesses"


def elsewhere(facts: Facts, account: AccountId) -> Breakage:
    """A bucket logs into another one, which the fleet file did not name."""
    hop = hop_of(facts, account, SOURCE, "logged bucket", none=_NONE)
    name = bucket.name_of(hop.arn)
    wanted = options_of(facts, account, name).target
    if not wanted:
        raise CannotBreak("the fleet file names no `target`, so that any target is right: name one")
    other = f"{wanted[:50]}-elsewhere"
    place = (hop.arn, account, hop.region)
    enabled: Json = {"TargetBucket": other, "TargetPrefix": f"{name}/"}
    into: dict[str, Json] = {"Bucket": name, "BucketLoggingStatus": {"LoggingEnabled": enabled}}
    away = Write(*place, "s3:DeleteBucket", {"Bucket": other})
    back = registry.settings()["accesslog.target"].write(facts, hop, wanted)
    return Breakage(
        f"`{name}` logs into `{other}`",
        (buckets.created(place, other), Write(*place, "s3:PutBucketLogging", into)),
        (*back, away),
    )


def encrypted(facts: Facts, account: AccountId) -> Breakage:
    """SSE-KMS under the key that AWS manages (rule 9.4)."""
    hop = hop_of(facts, account, SOURCE, "target", none=_NONE)
    place, name = (hop.arn, account, hop.region), bucket.name_of(hop.arn)
    to, back = (buckets.encrypted(place, name, each) for each in ("aws:kms", "AES256"))
    return Breakage("the default encryption is aws:kms", (to,), (back,))


def unlisted(facts: Facts, account: AccountId) -> Breakage:
    """The role that Logkeep uses in the account is denied to list buckets."""
    return role_denied(facts, account, "s3:ListAllMyBuckets", name=NO_LIST, does="list buckets")
