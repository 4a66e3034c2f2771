"""Fleets in trouble, each made from one that is all well, for goldens and the command line."""

from __future__ import annotations

import datetime
import functools
import json

import msgspec

from logkeep.access import key
from logkeep.access.bucket import of_bucket
from logkeep.access.key import of_key
from logkeep.archive.report import Fault, FolderSummary
from logkeep.fleet import Accepted, Fleet
from logkeep.plan import plan
from logkeep.route import Arrived, Evidence
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail.trails import TrailList, described_ask, status_ask
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Json, arn_name
from support.arrivals import came
from support.worlds import (
    ACCOUNTS,
    NOW,
    applied,
    asking,
    empty,
    fleet_of,
    known_more,
    well,
    with_arrivals,
)

FLEET = fleet_of()
FLEET_TEXT = """\
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1", "eu-west-1"]

[accounts]
security   = "111111111111"
production = "222222222222"
staging    = "333333333333"

[archive]
account = "security"
bucket  = "secprod-multiaccount-logs"
readers = ["arn:aws:iam::111111111111:role/LogReader"]

[[logs]]
source = "cloudtrail"
data-events = ["s3", "lambda"]
"""
"""The same fleet as a file says it."""


@functools.cache
def before() -> Snapshot:
    """Nothing is centralised yet."""
    return empty(FLEET)


@functools.cache
def healthy() -> Snapshot:
    """Everything holds."""
    return well(FLEET)


def bucket_policy_ask() -> Ask:
    """The question what the bucket's policy says."""
    return of_bucket(Facts(FLEET, healthy()), "s3:GetBucketPolicy")


def key_policy_ask() -> Ask:
    """The question what the key's policy says."""
    facts = Facts(FLEET, healthy())
    found = seen(key.described(facts))
    assert found is not None
    return of_key(facts, "kms:GetKeyPolicy", found.key_id)


def policy(question: Ask) -> dict[str, Json]:
    """A policy of the healthy fleet as JSON."""
    text = msgspec.json.decode(healthy().answers[question].body)["Policy"]
    return json.loads(text)


def with_policy(snapshot: Snapshot, question: Ask, document: object) -> Snapshot:
    """The snapshot with another policy."""
    text = document if isinstance(document, str) else json.dumps(document)
    return snapshot.with_answers({question: reply({"Policy": text})})


def without_account(document: dict[str, Json], account: AccountId) -> dict[str, Json]:
    """A policy from whose lists every mention of an account is taken out."""

    def stripped(value: Json) -> Json:
        if isinstance(value, list):
            return [each for each in value if account not in str(each)]
        if isinstance(value, dict):
            return {name: stripped(each) for name, each in value.items()}
        return value

    statements = [stripped(statement) for statement in document["Statement"]]
    return {**document, "Statement": statements}


def silent(snapshot: Snapshot, account: AccountId, hours: int = 6) -> Snapshot:
    """An account whose logs stopped some hours ago, and whose trail says so."""
    facts = Facts(FLEET, snapshot)
    answers: dict[Ask, Reply] = {}
    for route in all_routes(facts):
        if route.account != account:
            continue
        answers.update(_refused(facts, account, route.region))
        needs = [n for hop in route.hops for n in hop.needs if isinstance(n, Arrived)]
        for need in needs:
            for where in (need.logs, need.heartbeat):
                if where is not None:
                    answers.update(stopped(facts, where, hours))
    return snapshot.with_answers(answers)


def _refused(facts: Facts, account: AccountId, region: str) -> dict[Ask, Reply]:
    trails = seen(facts.look(described_ask(account, region), TrailList))
    assert trails is not None
    body = {
        "IsLogging": True,
        "StartLoggingTime": f"{NOW - datetime.timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
        "LatestDeliveryError": "AccessDenied",
    }
    return {status_ask(t.arn, account, region): reply(body) for t in trails.trails}


def stopped(facts: Facts, where: Evidence, hours: int) -> dict[Ask, Reply]:
    """Nothing of late; the last object lies some hours back, found by descending the folders."""
    return came(facts, where, NOW - datetime.timedelta(hours=hours))


def key_drops_production() -> Snapshot:
    """Production taken out of the key's policy: no error anywhere, the logs just stop."""
    question = key_policy_ask()
    document = without_account(policy(question), ACCOUNTS["production"])
    return silent(with_policy(healthy(), question, document), ACCOUNTS["production"])


def bucket_drops_two() -> Snapshot:
    """Two accounts taken out of the bucket's policy by one edit."""
    question = bucket_policy_ask()
    document = policy(question)
    for name in ("production", "staging"):
        document = without_account(document, ACCOUNTS[name])
    return with_policy(healthy(), question, document)


def header_forced() -> Snapshot:
    """Somebody denies every upload that is not under AES256."""
    question = bucket_policy_ask()
    document = policy(question)
    deny = {
        "Sid": "OnlyAes",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{FLEET.bucket_arn}/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
    }
    return with_policy(
        healthy(), question, {**document, "Statement": [*document["Statement"], deny]}
    )


def staging_unassumable() -> Snapshot:
    """Staging's role refuses whoever runs Logkeep; all else is well."""
    account = ACCOUNTS["staging"]
    says = f"cannot assume arn:aws:iam::{account}:role/{FLEET.role}: not authorized"
    refused = Reply(error="AccessDenied", message=says)
    own = {q: refused for q in healthy().answers if q.account == account}
    return healthy().with_answers(own)


def trail_of(name: str, **changes: Json) -> Snapshot:
    """An account's trail otherwise than it should be."""
    account = ACCOUNTS[name]
    answers: dict[Ask, Reply] = {}
    for question, found in healthy().answers.items():
        if question.call == "cloudtrail:DescribeTrails" and question.account == account:
            body = msgspec.json.decode(found.body)
            listed = [{**trail, **changes} for trail in body["trailList"]]
            answers[question] = reply({"trailList": listed})
    return healthy().with_answers(answers)


def misspelt() -> Snapshot:
    """Production's trail names a bucket with two letters swapped, which nobody owns."""
    wrong = "secprod-multiaccuont-logs"
    facts = Facts(FLEET, healthy())
    head = ask(FLEET.archive.account, FLEET.archive_region, "s3:HeadBucket", Bucket=wrong)
    gone = {head: Reply(error="404", message="Not Found")}
    assert facts.fleet.archive.bucket != wrong
    return trail_of("production", S3BucketName=wrong).with_answers(gone)


def tampered() -> Snapshot:
    """The last verification of production found two files changed."""
    account = ACCOUNTS["production"]
    answers: dict[Ask, Reply] = {}
    for question, found in healthy().answers.items():
        if question.call == "logkeep:Verify" and question.account == account:
            (folder,) = msgspec.json.decode(found.body, type=tuple[FolderSummary, ...])
            (chain,) = folder.chains
            at, says = NOW - datetime.timedelta(hours=5), "its hash is not that of its digest"
            faults = tuple(Fault("log-changed", chain.bucket, key, says, at) for key in "ab")
            told = msgspec.structs.replace(chain, faults=faults, faults_failing=2, logs_invalid=2)
            changed = msgspec.structs.replace(folder, chains=(told,))
            answers[question] = reply(msgspec.to_builtins([changed]))
    return healthy().with_answers(answers)


def malformed() -> Snapshot:
    """The bucket's policy is none that AWS would take, and tries to speak to the terminal."""
    return with_policy(
        healthy(), bucket_policy_ask(), '{"Statement": [{"Efect": "\x1b[31mAllow"}]}'
    )


def hostile() -> Snapshot:
    """A foreign statement whose Sid and values hold escape sequences."""
    question = bucket_policy_ask()
    evil = "\x1b]8;;http://example.com\x07click\x1b]8;;\x07\u202e[bold red]\x9b31m"
    deny = {
        "Sid": evil,
        "Effect": "Deny",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{FLEET.bucket_arn}/*",
    }
    document = policy(question)
    return with_policy(
        healthy(), question, {**document, "Statement": [*document["Statement"], deny]}
    )


@functools.cache
def to_log_groups() -> tuple[Fleet, Snapshot]:
    """A fleet that asks for log groups too, set up and delivering to the archive."""
    fleet = asking(FLEET, log_group="SecurityTrail")
    new = empty(fleet)
    return fleet, with_arrivals(fleet, known_more(fleet, applied(new, plan(fleet, new))))


def without_log_groups() -> tuple[Fleet, Snapshot]:
    """The same with every log group deleted."""
    fleet, snapshot = to_log_groups()
    gone = Reply(error="ResourceNotFoundException", message="The specified log group is not there")
    told = {"logs:DescribeLogGroups": reply({"logGroups": []}), "logs:DescribeLogStreams": gone}
    answers = {q: told[q.call] for q in snapshot.answers if q.call in told}
    return fleet, snapshot.with_answers(answers)


def accepting(code: str, name: str) -> Fleet:
    """The fleet that lives with a finding for now."""
    entry = Accepted(code, datetime.date(2027, 3, 31), "moving to eu-west-1", ACCOUNTS[name])
    return msgspec.structs.replace(FLEET, accepted=(entry,))


def trail_name(snapshot: Snapshot, name: str) -> str:
    """The name of an account's trail."""
    trails = seen(
        Facts(FLEET, snapshot).look(described_ask(ACCOUNTS[name], FLEET.home_region), TrailList)
    )
    assert trails is not None
    return arn_name(trails.trails[0].arn)


def _foreign(principal: Json, action: Json, resource: str = "*") -> dict[str, Json]:
    return {
        "Sid": "SomebodyElses",
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }


def _with_statement(
    snapshot: Snapshot, question: Ask, statement: dict[str, Json], without: str = ""
) -> Snapshot:
    document = policy(question)
    kept = [s for s in document["Statement"] if s["Sid"] != without]
    changed = {**document, "Statement": [*kept, statement]}
    return with_policy(snapshot, question, changed)


def reader_changes_key() -> Snapshot:
    """The key's policy lets the reader change it, and nothing of it denies that."""
    reader: Json = {"AWS": "arn:aws:iam::111111111111:role/LogReader"}
    changes = _foreign(reader, ["kms:Decrypt", "kms:PutKeyPolicy"])
    return _with_statement(healthy(), key_policy_ask(), changes, without="LogkeepKeepKey")


def writer_reads() -> Snapshot:
    """CloudTrail may get the logs that it wrote, and decrypt them."""
    trail: Json = {"Service": "cloudtrail.amazonaws.com"}
    gets = _foreign(trail, "s3:GetObject", f"{FLEET.bucket_arn}/*")
    snapshot = _with_statement(healthy(), bucket_policy_ask(), gets)
    return _with_statement(snapshot, key_policy_ask(), _foreign(trail, "kms:Decrypt"))
