"""A kind of log that nobody has, whole in one folder: what the others bring, in its smallest form.

A beat in each account's home Region writes a line an hour into the archive, by delivery.logs.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from logkeep.access.bucket import archives
from logkeep.archive.sample import Sample
from logkeep.archive.way import Deliveries, ToArchive, way
from logkeep.policy import request
from logkeep.route import Allows, Arrived, Grant, Hop, Is, Layout, Need, Objects, Rhythm, Route
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


class SendingAccount(NamedTuple):
    """The beat of an account: all that its deliveries share."""

    account: AccountId
    region: Region

    @property
    def arn(self) -> Arn:
        """Whose ARN its deliveries name as their source."""
        return f"arn:aws:heartbeat:{self.region}:{self.account}:beat/main"

    @property
    def prefix(self) -> str:
        """Where its lines lie in the archive."""
        return f"AWSLogs/{self.account}/heartbeat/{self.region}/"


def senders(facts: Facts, logs: OwnLogs) -> Iterator[SendingAccount]:
    """Every account whose beat is wanted."""
    for each in logs:
        for account in each.accounts:
            yield SendingAccount(account, facts.fleet.home_region)


def wants(facts: Facts, logs: OwnLogs) -> Iterator[Ask]:
    """The one question an account."""
    for who in senders(facts, logs):
        yield ask(who.account, who.region, "heartbeat:DescribeBeat")


def routes(facts: Facts, logs: OwnLogs, intended: bool) -> Iterator[Route]:
    """The beat, the archive, what lies there, and what keeps it."""
    for who in senders(facts, logs):
        account, region = who
        on = (Is("beat.on", True, "beat-off"),)
        beat = Hop(who.arn, "beat", account, region, on, speaks=True)
        came = Arrived("beat-stale", _lines(facts, who), region=region, of=who.arn)
        lines = Hop(_folder(facts, who), "logs", account, region, (came,))
        into = ToArchive(DELIVERIES, (who,), region, intended)
        hops = way(facts, (beat,), into, (lines,))
        yield Route(f"heartbeat/{account}/{region}", "heartbeat", account, region, hops)


def _lines(facts: Facts, who: SendingAccount) -> Objects:
    stem = f"{who.account}_heartbeat_"
    return Objects(archives(facts), who.prefix, stem, DAILY, HOURLY)


def _folder(facts: Facts, who: SendingAccount) -> Arn:
    return f"{facts.fleet.bucket_arn}/{who.prefix}"


def _root(_who: SendingAccount) -> str:
    return "AWSLogs/"


def _sample(facts: Facts, who: SendingAccount, _region: Region | None) -> Sample:
    return Sample(who.account, f"{_folder(facts, who)}line.gz")


def _asked(facts: Facts, of: tuple[SendingAccount, ...], _region: Region) -> tuple[Need, ...]:
    return tuple(_write(facts, who) for who in of)


def _write(facts: Facts, who: SendingAccount) -> Allows:
    folder, account = _folder(facts, who), who.account
    context = {
        "aws:SourceArn": who.arn,
        "aws:SourceAccount": account,
        "aws:SecureTransport": "true",
        "s3:x-amz-acl": "bucket-owner-full-control",
    }
    owner = facts.fleet.archive.account
    put = request(SENDER, "s3:PutObject", f"{folder}line.gz", owner, context)
    all_of_it = f"{folder}*"
    grant = Grant("LogkeepBeatWrite", SENDER, ("s3:PutObject",), all_of_it, "*", account, who.arn)
    return Allows(put, "a line", grant, _lines(facts, who))


def _of_key(_facts: Facts, _of: tuple[SendingAccount, ...], _region: Region) -> tuple[Need, ...]:
    return ()


DELIVERIES: Final = Deliveries(_asked, _of_key, _folder, _root, _sample)


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
    not_asked={"heartbeat": {"intact": "a beat has no digests"}},
)
