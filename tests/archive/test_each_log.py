"""Readers and writers are asked about each account's and Region's own logs, not about one for all.

A naive reading stands against the diagnosis: which patterns does the name of this very log match,
and which the ARN of its trail?
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws.test_ways import BOTH, HERE, SHARED, of_organization, of_own
from logkeep.access import key
from logkeep.access.bucket import of_bucket
from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.snapshot import Ask, Snapshot, reply
from logkeep.snapshot.facts import Facts, seen
from support.examples import examples
from support.worlds import READER, fleet_of, well

FLEET = fleet_of()
WELL = well(FLEET)
OBJECTS = FLEET.bucket_arn + "/"
REGIONS = FLEET.regions or ()
ASIDE = ("LogkeepKeepLogs", "LogkeepOnlyServicesWrite")
"""Statements that close what else could be seen to stand open."""
CODES = ("reader-cannot-read", "reader-cannot-decrypt", "reader-can-write", "readers-too-many")
OTHER = "arn:aws:iam::111111111111:role/Other"
TRAIL = "arn:aws:cloudtrail:*:{}:trail/*"
ACCOUNTS = st.sampled_from(sorted(FLEET.accounts.values()))
FOLDERS = st.one_of(
    st.just("AWSLogs/*"),
    st.builds("AWSLogs/{}/*".format, ACCOUNTS),
    st.builds("AWSLogs/{}/CloudTrail/{}/*".format, ACCOUNTS, st.sampled_from(REGIONS)),
    st.builds("AWSLogs/*/CloudTrail/{}/*".format, st.sampled_from(REGIONS)),
    st.sampled_from(["*west*", "AWSLogs/?22222222222/CloudTrail/*", "AWSLogs/*.json", "Other/*"]),
)
TRAILS = st.builds(TRAIL.format, ACCOUNTS | st.just("*"))


def questions(snapshot: Snapshot) -> tuple[Ask, Ask]:
    facts = Facts(FLEET, snapshot)
    described = seen(key.described(facts))
    assert described is not None
    return of_bucket(facts, "s3:GetBucketPolicy"), key.of_key(
        facts, "kms:GetKeyPolicy", described.key_id
    )


def saying(bucket: Iterable[dict[str, Any]], of_key: Iterable[dict[str, Any]]) -> Snapshot:
    """The fleet all well, but with these statements in place of those of the same Sid."""
    answers: dict[Ask, Any] = {}
    for question, more in zip(questions(WELL), (bucket, of_key), strict=True):
        document = json.loads(msgspec.json.decode(WELL.answers[question].body)["Policy"])
        by_sid = {s["Sid"]: s for s in document["Statement"]} | {s["Sid"]: s for s in more}
        document["Statement"] = [s for s in by_sid.values() if "Effect" in s]
        answers[question] = reply({"Policy": json.dumps(document)})
    return WELL.with_answers(answers)


def to_read(folders: Iterable[str], effect: str = "Allow") -> dict[str, Any]:
    return {
        "Sid": "LogkeepRead" if effect == "Allow" else "SomebodysDeny",
        "Effect": effect,
        "Principal": {"AWS": READER},
        "Action": "s3:GetObject",
        "Resource": [OBJECTS + folder for folder in folders] or [OBJECTS + "nowhere"],
    }


def to_decrypt(who: str, trails: Iterable[str], sid: str = "LogkeepDecrypt") -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": who},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": list(trails)}},
    }


def matching(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def log_of(route: Diagnosed) -> str:
    return f"AWSLogs/{route.account}/CloudTrail/{route.region}/2026/log.json.gz"


def trail_of(route: Diagnosed) -> str:
    return f"arn:aws:cloudtrail:us-east-1:{route.account}:trail/logkeep"


def failing(snapshot: Snapshot, code: str) -> dict[str, bool]:
    """Whether a code fails, by route."""
    return {
        route.name: any(
            f.code == code and f.verdict == "fails" for hop in route.hops for f in hop.findings
        )
        for route in diagnose(FLEET, snapshot).routes
    }


def by_route(refused: Any) -> dict[str, bool]:
    return {route.name: refused(route) for route in diagnose(FLEET, WELL).routes}


@pytest.mark.parametrize("code", CODES)
def test_all_is_well_to_begin_with(code: str) -> None:
    assert not any(failing(WELL, code).values())


@examples(40)
@given(st.lists(FOLDERS, max_size=3), st.lists(FOLDERS, max_size=2))
def test_a_reader_reads_what_its_folders_hold(allowed: list[str], denied: list[str]) -> None:
    more = [to_read(denied, "Deny")] if denied else []
    found = failing(saying([to_read(allowed), *more], []), "reader-cannot-read")

    def is_refused(route: Diagnosed) -> bool:
        return not matching(log_of(route), allowed) or matching(log_of(route), denied)

    assert found == by_route(is_refused)


DIGESTS = st.builds(
    "AWSLogs/{}/CloudTrail-Digest/{}*".format,
    ACCOUNTS | st.just("*"),
    st.just("") | st.sampled_from([f"{region}/" for region in REGIONS]),
)
"""Of all Regions too: then digests are told from logs, and none of either from another."""


@examples(60)
@given(st.lists(FOLDERS | DIGESTS, max_size=2), st.lists(FOLDERS | DIGESTS, max_size=2))
def test_a_trail_delivers_what_bucket_and_key_do_not_deny(
    closed: list[str], locked: list[str]
) -> None:
    service = {"Principal": {"Service": "cloudtrail.amazonaws.com"}, "Effect": "Deny"}
    puts = {**to_read(closed), **service, "Sid": "SomebodysDeny", "Action": "s3:PutObject"}
    objects = {"kms:EncryptionContext:aws:s3:arn": [OBJECTS + each for each in locked]}
    encrypts = {"Sid": "SomebodysLock", "Action": "kms:GenerateDataKey*", "Resource": "*"}
    lock = {**encrypts, **service, "Condition": {"StringLike": objects}}
    snapshot = saying([puts] if closed else [], [lock] if locked else [])

    def is_denied(route: Diagnosed, by: list[str]) -> bool:
        log = log_of(route)
        return matching(log, by) or matching(log.replace("CloudTrail", "CloudTrail-Digest"), by)

    found = failing(snapshot, "bucket-denies")
    assert found == by_route(lambda route: is_denied(route, closed))
    found = failing(snapshot, "key-denies")
    assert found == by_route(lambda route: is_denied(route, locked))


@examples(30)
@given(st.lists(TRAILS, min_size=1, max_size=3))
def test_a_reader_decrypts_the_logs_of_the_trails_it_is_given(trails: list[str]) -> None:
    found = failing(saying([], [to_decrypt(READER, trails)]), "reader-cannot-decrypt")
    assert found == by_route(lambda route: not matching(trail_of(route), trails))


@examples(30)
@given(st.lists(TRAILS, min_size=1, max_size=3))
def test_somebody_else_is_too_many_where_it_decrypts(trails: list[str]) -> None:
    other = to_decrypt(OTHER, trails, "Somebodys")
    found = failing(saying([], [other]), "readers-too-many")
    assert found == by_route(lambda route: matching(trail_of(route), trails))


@examples(30)
@given(st.lists(FOLDERS, min_size=1, max_size=2), st.sampled_from(["PutObject", "DeleteObject"]))
def test_a_reader_writes_where_somebody_lets_it(folders: list[str], action: str) -> None:
    statement = {**to_read(folders), "Sid": "Somebodys", "Action": f"s3:{action}"}
    opened = [statement, *({"Sid": sid} for sid in ASIDE)]
    found = failing(saying(opened, []), "reader-can-write")
    # Whichever log of the archive it is, today's or another's: no reader is to change any.
    of_a_log = action == "DeleteObject" or any(each != "Other/*" for each in folders)
    assert found == by_route(lambda _: of_a_log)


@examples(30)
@given(st.lists(FOLDERS, min_size=1, max_size=2), st.lists(TRAILS, min_size=1, max_size=2))
def test_a_writer_reads_what_bucket_and_key_let_it(folders: list[str], trails: list[str]) -> None:
    service = {"Service": "cloudtrail.amazonaws.com"}
    reads = {**to_read(folders), "Sid": "Somebodys", "Principal": service}
    decrypts = {**to_decrypt(READER, trails, "Somebodys"), "Principal": service}
    found = failing(saying([reads], [decrypts]), "writer-can-read")

    def is_open(route: Diagnosed) -> bool:
        """Whether any log of the route's account, of whichever Region or day, is read."""
        anywhere = ("*west*", "AWSLogs/*")
        named = (route.account, f"?{route.account[1:]}")
        held = any(each.startswith(anywhere) or any(n in each for n in named) for each in folders)
        return held and matching(trail_of(route), trails)

    assert found == by_route(is_open)


@pytest.mark.parametrize(
    ("folder", "verdict"), [("AWSLogs/*", "holds"), ("AWSLogs/o-exampleorg1/*", "fails")]
)
def test_a_reader_needs_the_logs_of_every_trail_that_shares_the_events(
    folder: str, verdict: str
) -> None:
    """The own trail brings data events, the organization's the others: two folders."""
    lacking = {"management-events-off": of_own(), "data-events-off": of_organization()}
    broken = [next(f for f in found if f.code == code) for code, found in lacking.items()]
    snapshot = BOTH.spoilt(*broken)
    question = of_bucket(Facts(SHARED, snapshot), "s3:GetBucketPolicy")
    document = json.loads(msgspec.json.decode(snapshot.answers[question].body)["Policy"])
    for statement in document["Statement"]:
        if statement["Sid"] == "LogkeepRead":
            statement["Resource"] = OBJECTS + folder
    told = snapshot.with_answers({question: reply({"Policy": json.dumps(document)})})
    (route,) = (r for r in diagnose(SHARED, told).routes if r.name == HERE)
    assert route.verdict == verdict
