"""A new kind of log is one new folder: nothing else has to know it."""

from __future__ import annotations

import re

import msgspec

from logkeep.access.bucket import of_bucket
from logkeep.cli.settings import Settings, output
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet, Logs
from logkeep.fleet.file import read_fleet
from logkeep.lab.spoil import faults
from logkeep.plan import plan
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.plan import plan_text
from logkeep.show.steps import steps_text
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import kinds as gathered_kinds
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from support import scenes
from support.aspects import unexplained
from support.worlds import ACCOUNTS, applied, fleet_of, well, with_arrivals

OF_BEAT = "LogkeepBeatWrite"


def both() -> Fleet:
    """CloudTrail and a heartbeat of every account."""
    fleet = fleet_of()
    logs = (*fleet.logs, Logs("heartbeat", tuple(ACCOUNTS.values())))
    return msgspec.structs.replace(fleet, logs=logs)


def before() -> Snapshot:
    """CloudTrail is all well, and no beat is on."""
    beats = {ask(a, "us-east-1", "heartbeat:DescribeBeat"): reply({"on": False})
             for a in ACCOUNTS.values()}  # fmt: skip
    return well(fleet_of()).with_answers(beats)


def mended(fleet: Fleet) -> Snapshot:
    return with_arrivals(fleet, applied(before(), plan(fleet, before())))


def test_a_fleet_file_takes_its_name() -> None:
    text = scenes.FLEET_TEXT + '\n[[logs]]\nsource = "heartbeat"\n'
    found = read_fleet(text, gathered_kinds())
    assert isinstance(found, Fleet)
    assert [logs.source for logs in found.logs] == ["cloudtrail", "heartbeat"]


def test_its_words_and_the_shared_ones_speak_of_it() -> None:
    fleet = both()
    told = diagnosis_text(fleet, diagnose(fleet, before()), output(Settings()), Around())
    assert "error[beat-off]: the beat of security, production and staging is off" in told
    assert "DescribeBeat says that it is off" in told
    assert "error[bucket-refuses]: the archive's bucket refuses Heartbeat from security" in told
    assert "3 broken, 0 unknown, 6 healthy of 9 routes" in told


def test_two_kinds_that_are_refused_are_told_apart() -> None:
    fleet = both()
    question = of_bucket(Facts(fleet, mended(fleet)), "s3:GetBucketPolicy")
    bare = mended(fleet).with_answers({question: Reply(error="NoSuchBucketPolicy")})
    told = diagnosis_text(fleet, diagnose(fleet, bare), output(Settings()), Around())
    for sender in ("CloudTrail", "Heartbeat"):
        assert f"error[bucket-refuses]: the archive's bucket refuses {sender} from" in told


def test_a_plan_makes_it_after_what_lets_it_through() -> None:
    fleet = both()
    made = plan(fleet, before())
    calls = [change.call for change in made.changes]
    assert calls == ["s3:PutBucketPolicy", *["heartbeat:SetBeat"] * 3]
    assert made.blocked == ()
    told = plan_text(fleet, made, output(Settings()))
    assert f"+ {OF_BEAT}" in told
    assert "because beat-off for security" in told


def test_it_is_mended_and_nothing_is_left_to_do() -> None:
    fleet = both()
    found = diagnose(fleet, mended(fleet))
    assert found.summary == {"holds": 9, "fails": 0, "unknown": 0, "accepted": 0}
    assert plan(fleet, mended(fleet)).changes == ()
    assert unexplained(Facts(fleet, mended(fleet))) == {}
    told = steps_text(fleet, found, output(Settings()))
    assert "- intact, not asked: a beat has no digests" in told
    assert re.search(r"^  \S+ heart$", told, re.MULTILINE)
    assert told.count("bucket policy") == 9


def test_each_of_its_faults_is_found_by_its_code() -> None:
    fleet = both()
    facts = Facts(fleet, mended(fleet))
    own = [route for route in all_routes(facts) if route.source == "heartbeat"]
    spoilt = [
        (route.name, fault)
        for route in own
        for hop in route.hops[:2]
        for need in hop.needs
        for fault in faults(facts, hop, need)
    ]
    alone = {"beat-off", "bucket-refuses", "bucket-denies", "header-forced"}
    assert {fault.code for _, fault in spoilt} >= alone
    for name, fault in spoilt:
        now = facts.snapshot
        for write in fault.writes:
            effect = registry.effects()[write.call]
            now = now.with_answers(effect(Facts(fleet, now), write))
        diagnosis = diagnose(fleet, now)
        found = next(route for route in diagnosis.routes if route.name == name)
        assert found.first is not None
        assert found.first[1].code == fault.code
        told = diagnosis_text(fleet, diagnosis, output(Settings()), Around())
        assert f"error[{fault.code}]" in told
        if fault.code in alone:
            assert "CloudTrail" not in told, "nothing is said of a kind that is all well"
