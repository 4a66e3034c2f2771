"""Breaking access logging by calls that no single need's fault knows."""

from __future__ import annotations

from logkeep.access import bucket
from logkeep.lab.breaking.calls import Breakage, CannotBreak
from logkeep.lab.breaking.denied import role_denied
from logkeep.route import Hop
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from logkeep.sources.s3_access.options import SOURCE, options_of
from logkeep.value import AccountId, Json

NO_LIST = "NoList"
"""The inline policy that keeps Logkeep from listing buckets."""


def _hop(facts: Facts, account: AccountId, role: str) -> Hop:
    for route in all_routes(facts):
        if (route.source, route.account) == (SOURCE, account):
            for hop in route.hops:
                if hop.role == role:
                    return hop
    raise CannotBreak("no bucket of the account is to log its accesses")


def elsewhere(facts: Facts, account: AccountId) -> Breakage:
    """A bucket logs into another one, which the fleet file did not name."""
    hop = _hop(facts, account, "logged bucket")
    name = bucket.name_of(hop.arn)
    wanted = options_of(facts, account, name).target
    if not wanted:
        raise CannotBreak("where the fleet file names no `target`, any will do that a bucket has")
    other = f"{wanted[:50]}-elsewhere"
    place = (hop.arn, account, hop.region)
    create: dict[str, Json] = {"Bucket": other}
    if hop.region != "us-east-1":
        create["CreateBucketConfiguration"] = {"LocationConstraint": hop.region}
    enabled: Json = {"TargetBucket": other, "TargetPrefix": f"{name}/"}
    into: dict[str, Json] = {"Bucket": name, "BucketLoggingStatus": {"LoggingEnabled": enabled}}
    away = Write(*place, "s3:DeleteBucket", {"Bucket": other})
    back = registry.settings()["accesslog.target"].write(facts, hop, wanted)
    return Breakage(
        f"`{name}` logs into `{other}`",
        (Write(*place, "s3:CreateBucket", create), Write(*place, "s3:PutBucketLogging", into)),
        (*back, away),
    )


def encrypted(facts: Facts, account: AccountId) -> Breakage:
    """SSE-KMS under the key that AWS manages (rule 9.4)."""
    hop = _hop(facts, account, "target")

    def put(algorithm: str) -> Write:
        rule: Json = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
        named: dict[str, Json] = {
            "Bucket": bucket.name_of(hop.arn),
            "ServerSideEncryptionConfiguration": {"Rules": [rule]},
        }
        return Write(hop.arn, account, hop.region, "s3:PutBucketEncryption", named)

    return Breakage("the default encryption is aws:kms", (put("aws:kms"),), (put("AES256"),))


def unlisted(facts: Facts, account: AccountId) -> Breakage:
    """The role that Logkeep uses in the account is denied to list buckets."""
    return role_denied(facts, account, "s3:ListAllMyBuckets", name=NO_LIST, does="list buckets")
