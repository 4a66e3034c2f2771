"""A kind of log that goes to a bucket of its own account, under flat keys and without digests.

A gauge in each account writes to `rain-ACCOUNT` by the service itself, which that bucket's policy
has to allow; nothing of it goes to the archive.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

import msgspec

from logkeep.access import bucket
from logkeep.access.bucket import Bucket
from logkeep.archive import evidence
from logkeep.policy import request
from logkeep.route import (
    Allows,
    Arrived,
    Exists,
    Grant,
    Hop,
    Is,
    Layout,
    Need,
    Objects,
    Rhythm,
    Route,
)
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.call import Call, Permit, WritingCall
from logkeep.snapshot.facts import Facts, map_look
from logkeep.snapshot.setting import Setting, Write
from logkeep.sources import OwnLogs, Source
from logkeep.value import AccountId, Arn, Json, Look
from logkeep.words.described import worded
from logkeep.words.wording import Wording

SERVICE = "rain.amazonaws.com"
DAY = datetime.timedelta(days=1)
FLAT = Layout("", "%Y-%m-%d-%H-%M")
DAILY = Rhythm("line", every=DAY, patience=2 * DAY, window=2 * DAY, best_effort=True)
"""It does not rain every day, and nobody promises that each line comes."""
ASKED = ("s3:GetBucketPolicy", "s3:GetBucketRequestPayment", "s3:GetBucketOwnershipControls")


class Gauge(msgspec.Struct, frozen=True):
    """The answer of rain:DescribeGauge."""

    target: str = ""


def target(facts: Facts, account: AccountId) -> Bucket:
    """The bucket of an account that takes its gauge's lines."""
    return Bucket(f"rain-{account}", account, facts.fleet.home_region)


def _gauge(facts: Facts, account: AccountId) -> Arn:
    return f"arn:aws:rain:{facts.fleet.home_region}:{account}:gauge/main"


def wants(facts: Facts, logs: OwnLogs) -> Iterator[Ask]:
    """The gauge of each account, and of its bucket what the route needs and no more."""
    for each in logs:
        for account in each.accounts:
            yield ask(account, facts.fleet.home_region, "rain:DescribeGauge")
            at = target(facts, account)
            yield from bucket.asks(facts, at, ASKED)
            yield from evidence.asks(facts, Objects(at, "", "", FLAT, DAILY), look_back=False)


def routes(facts: Facts, logs: OwnLogs, _intended: bool) -> Iterator[Route]:
    """The gauge, and the bucket beside it."""
    for each in logs:
        for account in each.accounts:
            at, gauge = target(facts, account), _gauge(facts, account)
            arn = f"arn:aws:s3:::{at.name}"
            points = (Is("gauge.target", at.name, "gauge-off"),)
            takes: tuple[Need, ...] = (
                Exists("bucket", "rain-missing"),
                Is("bucket.owner", account, "rain-foreign"),
                Is("bucket.payer", "BucketOwner", "rain-pays"),
                Is("bucket.ownership", "BucketOwnerEnforced", "rain-acls"),
                _puts(account, gauge, arn),
            )
            hops = (
                Hop(gauge, "gauge", account, at.region, points, speaks=True),
                Hop(arn, "target", account, at.region, takes),
                Hop(f"{arn}/", "logs", account, at.region, (_came(at, gauge),)),
            )
            yield Route(f"rain/{account}/{at.region}", "rain", account, at.region, hops)


def _came(at: Bucket, gauge: Arn) -> Arrived:
    """A line of late; without one nobody knows whether it rained."""
    lines = Objects(at, "", "", FLAT, DAILY)
    return Arrived("rain-stale", lines, region=at.region, of=gauge, settle="a day of rain")


def _puts(account: AccountId, gauge: Arn, arn: Arn) -> Allows:
    """One line an object, its key a time and nothing else."""
    context = {
        "aws:SourceArn": gauge,
        "aws:SourceAccount": account,
        "aws:SecureTransport": "true",
        "aws:PrincipalServiceName": SERVICE,
    }
    put = request(SERVICE, "s3:PutObject", f"{arn}/2026-11-23-03-10-00-A1B2", account, context)
    whole = f"{arn}/*"
    grant = Grant("LogkeepRain", SERVICE, ("s3:PutObject",), whole, whole, account, gauge)
    return Allows(put, "a line", grant, code="rain-refuses")


def _read(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    question = ask(hop.account, hop.region, "rain:DescribeGauge")
    return map_look(facts.look(question, Gauge), lambda gauge: gauge.target)


def _point(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    return (Write(hop.arn, hop.account, hop.region, "rain:PointGauge", {"target": value}),)


def _pointed(_facts: Facts, write: Write) -> Mapping[Ask, Reply]:
    question = ask(write.account, write.region, "rain:DescribeGauge")
    return {question: reply({"target": write.arguments["target"]})}


SOURCE = Source(
    name="rain",
    routes=routes,
    wants=wants,
    settings={"gauge.target": Setting(_read, _point, wrong=("",))},
    effects={"rain:PointGauge": _pointed},
    wording=Wording(
        sender="Rain",
        speaker="gauge",
        words={
            "gauge-off": worded(
                "the gauge of {who} writes nowhere",
                "DescribeGauge says that its target is {is_}",
                "`logkeep plan` points it at its bucket",
            ),
            "rain-missing": worded("{who} has no bucket for rain", "no", "`logkeep plan`"),
            "rain-foreign": worded("the rain bucket of {who} is foreign", "no", "rename it"),
            "rain-pays": worded("the rain bucket of {who} lets others pay", "no", "`plan`"),
            "rain-acls": worded("the rain bucket of {who} takes ACLs", "no", "`logkeep plan`"),
            "rain-stale": worded("no rain of {who} came lately", "nothing newer", "wait for rain"),
            "rain-refuses": worded("the rain bucket of {who} refuses Rain", "no", "`plan`"),
        },
    ),
    calls={"rain:DescribeGauge": Call((Permit("rain:DescribeGauge", "gauge"),))},
    writes={"rain:PointGauge": WritingCall((Permit("rain:PointGauge", "gauge"),))},
    permits=(
        Permit("s3:CreateBucket", "rain-bucket"),
        Permit("s3:PutBucketTagging", "rain-bucket"),
        Permit("s3:PutBucketPolicy", "rain-bucket"),
        Permit("s3:PutBucketRequestPayment", "rain-bucket"),
        Permit("s3:PutBucketOwnershipControls", "rain-bucket"),
    ),
    resources={
        "gauge": "arn:{partition}:rain:*:*:gauge/*",
        "rain-bucket": "arn:{partition}:s3:::rain-*",
    },
    not_asked={
        "rain": {
            "intact": "a line of rain has no digest",
            "protected": "rain is no secret",
        }
    },
)
