"""A kind of log that nobody has, whole in one folder: what the others bring, in its smallest form.

A beat in each account's home Region writes a line an hour into the archive, by delivery.logs.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

import msgspec

from logkeep.access.bucket import archives
from logkeep.archive.hops import bucket_hop
from logkeep.policy import request
from logkeep.route import Allows, Arrived, Grant, Hop, Is, Layout, Objects, Rhythm, Route
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.call import Call, Permit, WritingCall
from logkeep.snapshot.facts import Facts, map_look
from logkeep.snapshot.setting import Setting, Write
from logkeep.sources import OwnLogs, Source
from logkeep.value import AccountId, Arn, Json, Look, Region
from logkeep.words.described import worded
from logkeep.words.wording import Wording

SENDER = "delivery.logs.amazonaws.com"
HOUR = datetime.timedelta(hours=1)
DAILY = Layout("%Y/%m/%d/", "%Y%m%dT%H")
HOURLY = Rhythm("line", every=HOUR, patience=2 * HOUR, window=3 * HOUR, steady=True)


class Beat(msgspec.Struct, frozen=True):
    """The answer of heartbeat:DescribeBeat."""

    on: bool = False


def asked(facts: Facts, logs: OwnLogs) -> Iterator[tuple[AccountId, Region, Ask]]:
    """Every account whose beat is wanted, and the question about it."""
    home = facts.fleet.home_region
    for each in logs:
        for account in each.accounts:
            yield account, home, ask(account, home, "heartbeat:DescribeBeat")


def wants(facts: Facts, logs: OwnLogs) -> Iterator[Ask]:
    """The one question an account."""
    yield from (question for _, _, question in asked(facts, logs))


def routes(facts: Facts, logs: OwnLogs, _intended: bool) -> Iterator[Route]:
    """The beat, the bucket, and what lies there."""
    for account, region, _ in asked(facts, logs):
        arn = f"arn:aws:heartbeat:{region}:{account}:beat/main"
        folder, stem = f"AWSLogs/{account}/heartbeat/{region}/", f"{account}_heartbeat_"
        where = Objects(archives(facts), folder, stem, DAILY, HOURLY)
        hops = (
            Hop(arn, "beat", account, region, (Is("beat.on", True, "beat-off"),), speaks=True),
            bucket_hop(facts, (_write(facts, account, arn, where),)),
            Hop(
                f"{facts.fleet.bucket_arn}/{where.prefix}",
                "logs",
                account,
                region,
                (Arrived("beat-stale", where, region=region, of=arn),),
            ),
        )
        yield Route(f"heartbeat/{account}/{region}", "heartbeat", account, region, hops)


def _write(facts: Facts, account: AccountId, arn: Arn, where: Objects) -> Allows:
    folder = f"{facts.fleet.bucket_arn}/{where.prefix}"
    context = {
        "aws:SourceArn": arn,
        "aws:SourceAccount": account,
        "aws:SecureTransport": "true",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    owner = facts.fleet.archive.account
    put = request(SENDER, "s3:PutObject", f"{folder}line.gz", owner, context)
    grant = Grant("LogkeepBeatWrite", SENDER, ("s3:PutObject",), f"{folder}*", "*", account, arn)
    return Allows(put, "a line", grant, where)


def _read(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    question = ask(hop.account, hop.region, "heartbeat:DescribeBeat")
    return map_look(facts.look(question, Beat), lambda beat: beat.on)


def _start(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    return (Write(hop.arn, hop.account, hop.region, "heartbeat:SetBeat", {"on": value}),)


def _started(_facts: Facts, write: Write) -> Mapping[Ask, Reply]:
    question = ask(write.account, write.region, "heartbeat:DescribeBeat")
    return {question: reply({"on": write.arguments["on"]})}


SOURCE = Source(
    name="heartbeat",
    routes=routes,
    wants=wants,
    settings={"beat.on": Setting(_read, _start, wrong=(False,))},
    things={},
    effects={"heartbeat:SetBeat": _started},
    wording=Wording(
        sender="Heartbeat",
        speaker="beat",
        words={
            "beat-off": worded(
                "the beat of {who} is off",
                "DescribeBeat says that it is {is_}",
                "`logkeep plan` switches it on",
                step="heart",
            ),
            "beat-stale": worded(
                "no line of {who} came lately", "nothing newer lies there", "look at the beat"
            ),
        },
    ),
    calls={"heartbeat:DescribeBeat": Call((Permit("heartbeat:DescribeBeat", "beat"),))},
    writes={"heartbeat:SetBeat": WritingCall((Permit("heartbeat:SetBeat", "beat"),))},
    resources={"beat": "arn:{partition}:heartbeat:*:*:beat/*"},
    not_asked={
        "heartbeat": {
            "intact": "a beat has no digests",
            "protected": "a beat is no secret, and the next one comes in an hour",
        }
    },
)
