"""How a trail is spoilt where no single value of a setting does it."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.route import Exists, Hop, Is
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Fault, Write
from logkeep.sources.cloudtrail import organization_trail
from logkeep.sources.cloudtrail.selectors import kind_of
from logkeep.value import Json

ELSEWHERE = "somebody-elses-logs"
"""A bucket that is not the archive."""
OTHER_KEY = "99999999-8888-7777-6666-555555555555"
EVERYTHING = {
    "s3": ("AWS::S3::Object", "arn:aws:s3"),
    "lambda": ("AWS::Lambda::Function", "arn:aws:lambda"),
}


def _of_trail(hop: Hop, call: str, arguments: dict[str, Json]) -> Write:
    return Write(hop.arn, hop.account, hop.region, call, arguments)


def gone(_facts: Facts, hop: Hop, need: Exists) -> Iterator[Fault]:
    """The trail is deleted."""
    deleted = _of_trail(hop, "cloudtrail:DeleteTrail", {"Name": hop.arn})
    yield Fault(need.code, "the trail is deleted", (deleted,))


def narrowed(_facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """Selectors without the events needed: a real way of hiding (CT12: PutEventSelectors)."""
    wanted = need.of or need.setting.rsplit(".", 1)[-1]
    management = need.setting.startswith("trail.management")
    kept = [v for k, v in EVERYTHING.items() if management or k != kind_of(wanted)]
    selector: dict[str, Json] = {
        "ReadWriteType": "All",
        "IncludeManagementEvents": not management,
        "DataResources": [{"Type": kind, "Values": [value]} for kind, value in kept],
    }
    arguments: dict[str, Json] = {"TrailName": hop.arn, "EventSelectors": [selector]}
    write = _of_trail(hop, "cloudtrail:PutEventSelectors", arguments)
    yield Fault(need.code, "the trail selects fewer events", (write,))


def at_home(_facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """One Region alone; unless told otherwise it would leave global events too (rule 1.11.3)."""
    flags: dict[str, Json] = {"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": True}
    write = _of_trail(hop, "cloudtrail:UpdateTrail", {"Name": hop.arn, **flags})
    yield Fault(need.code, "the trail covers its home Region only", (write,))


def without_insights(_facts: Facts, hop: Hop, need: Is) -> Iterator[Fault]:
    """An empty list switches Insights off (CloudTrail API, PutInsightSelectors)."""
    arguments: dict[str, Json] = {"TrailName": hop.arn, "InsightSelectors": []}
    write = _of_trail(hop, "cloudtrail:PutInsightSelectors", arguments)
    yield Fault(need.code, "the trail looks for nothing unusual", (write,))


def other_key(facts: Facts, hop: Hop, _need: Is) -> Iterator[Fault]:
    """The trail names no key, or one that is not the archive's."""
    other = f"arn:{facts.fleet.partition}:kms:{hop.region}:{hop.account}:key/{OTHER_KEY}"
    yield Fault("trail-no-key", "the trail names no key", _naming(facts, hop, ""))
    yield Fault("trail-wrong-key", "the trail names another key", _naming(facts, hop, other))


def _naming(facts: Facts, hop: Hop, key: str) -> tuple[Write, ...]:
    if not organization_trail.may_change(facts, hop.arn, hop.account):
        return ()
    return (_of_trail(hop, "cloudtrail:UpdateTrail", {"Name": hop.arn, "KmsKeyId": key}),)
