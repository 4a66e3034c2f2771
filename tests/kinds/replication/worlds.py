"""Fleets that want buckets replicated, and snapshots of them: the four shapes of rule 3.3."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from logkeep.access.bucket import CALLS, Bucket, head, listing, of_account, of_bucket
from logkeep.access.replicas import CONFIGURATION
from logkeep.archive.copies import CopySummary, Counts, copies_ask
from logkeep.archive.effects import NOT_SET
from logkeep.fleet import Fleet, Logs
from logkeep.fleet.options import Options
from logkeep.plan import plan
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.replication.options import Pair, Replica
from logkeep.sources.replication.pairs import wishes
from support.worlds import ADMIN, NOW, applied, fleet_of, known_more, well

SECURITY, PRODUCTION, STAGING = "111111111111", "222222222222", "333333333333"
HOME, ABROAD = "us-east-1", "eu-west-1"
SOURCE, COPY = "app-logs", "app-logs-copy"
READER = f"arn:aws:iam::{STAGING}:user/developer"
"""Somebody of the account that keeps the replica, whose own policies allow S3 and no key."""
DAY = datetime.date(2026, 11, 21)
KEY = f"arn:aws:kms:{HOME}:{PRODUCTION}:key/cccccccc-2222-3333-4444-555555555555"
ROLE = f"arn:aws:iam::{PRODUCTION}:role/logkeep-replication-{SOURCE}"
ENFORCED = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
WITH_ACLS = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
UNDER_KEY = {"Rules": [{"ApplyServerSideEncryptionByDefault": {
    "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}, "BucketKeyEnabled": False}]}  # fmt: skip


def replica_key(account: str) -> str:
    return f"arn:aws:kms:{ABROAD}:{account}:key/dddddddd-2222-3333-4444-555555555555"


def fleet(*wanted: Options) -> Fleet:
    """The fleet acme that wants these pairs; with its trails where the archive is replicated."""
    found = fleet_of()
    logs = tuple(Logs("replication", (), each) for each in wanted)
    trails = found.logs if any(isinstance(each, Replica) for each in wanted) else ()
    return msgspec.structs.replace(found, logs=(*trails, *logs))


def pair(account: str = PRODUCTION, **more: Any) -> Pair:
    """The bucket of production replicated abroad, into an account."""
    return Pair(**{"from_": SOURCE, "to": COPY, "account": account, "region": ABROAD, **more})


def bucket_answers(at: Bucket, **others: object) -> dict[Ask, Reply]:
    """What AWS says of a bucket: nothing is set but what is given, by the call's name."""
    some = Facts(fleet_of(), Snapshot("acme", NOW, {}))
    place = reply({"LocationConstraint": None if at.region == HOME else at.region})
    seen_from = Bucket(at.name, at.account, HOME)
    found = {of_bucket(some, call, at): Reply(error=code) for call, code in NOT_SET.items()}
    found |= {
        of_bucket(some, "s3:GetBucketLocation", seen_from): place,
        of_bucket(some, "s3:GetBucketLocation", at): place,
        of_bucket(some, "s3:GetBucketVersioning", at): reply({}),
        of_bucket(some, "s3:GetBucketAcl", at): reply({"Grants": []}),
        of_bucket(some, "s3:GetBucketRequestPayment", at): reply({"Payer": "BucketOwner"}),
        of_bucket(some, CONFIGURATION, at): Reply(error="ReplicationConfigurationNotFoundError"),
        of_bucket(some, "s3:GetBucketOwnershipControls", at): reply(ENFORCED),
        of_account(some, at): Reply(error="NoSuchPublicAccessBlockConfiguration"),
        head(at): reply({}),
    }
    for call, answer in others.items():
        found[of_bucket(some, f"s3:{call}", at)] = reply(answer)
    assert set(NOT_SET) <= {*CALLS, "s3:GetObjectLockConfiguration"}
    return found


def owned(buckets: Iterable[Bucket]) -> dict[Ask, Reply]:
    """Who lists which buckets, besides the archive that is there."""
    some = Facts(fleet_of(), well(fleet_of()))
    found: dict[Ask, Reply] = {}
    for account in (SECURITY, PRODUCTION, STAGING):
        names = [each.name for each in buckets if each.account == account]
        names += ["secprod-multiaccount-logs"] if account == SECURITY else []
        found[listing(some, account)] = reply({"Buckets": [{"Name": name} for name in names]})
    return found


def key_answers(arn: str, *statements: Mapping[str, Any]) -> dict[Ask, Reply]:
    """A key that leaves all to its account's IAM policies (rule 4.1), or says what is given."""
    _, _, _, region, account, rest = arn.split(":")
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*", "Resource": "*"}  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [*(statements or [root])]})
    metadata = {"Arn": arn, "KeyId": rest.removeprefix("key/"), "KeyState": "Enabled"}
    return {
        ask(account, region, "kms:DescribeKey", KeyId=arn): reply({"KeyMetadata": metadata}),
        ask(account, region, "kms:GetKeyPolicy", KeyId=arn): reply({"Policy": policy}),
        ask(account, region, "kms:ListGrants", KeyId=arn): reply({"Grants": []}),
    }


def administered(account: str) -> dict[str, Any]:
    """A key's policy by which its account administers it, and nobody uses it."""
    actions = ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*", "kms:Enable*", "kms:Disable*",
               "kms:Schedule*", "kms:Cancel*"]  # fmt: skip
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": actions, "Resource": "*"}  # fmt: skip
    return {"Version": "2012-10-17", "Statement": [root]}


def callers() -> dict[Ask, Reply]:
    """Who Logkeep is in each account."""
    found = {
        account: f"arn:aws:sts::{account}:assumed-role/OrganizationAccountAccessRole/logkeep"
        for account in (PRODUCTION, STAGING)
    }
    told = {SECURITY: ADMIN, **found}
    return {
        ask(account, HOME, "sts:GetCallerIdentity"): reply({"Arn": arn, "Account": account})
        for account, arn in told.items()
    }


def jobs_of(account: str, region: str, *jobs: Mapping[str, Any]) -> dict[Ask, Reply]:
    """The S3 Batch Replication jobs of an account in a Region."""
    question = ask(account, region, "s3control:ListJobs", AccountId=account)
    return {question: reply({"Jobs": [*jobs]})}


def sent(snapshot: Snapshot, **more: Any) -> Snapshot:
    """Every job that a plan has started has ended, and sent all there was, or as told."""
    ended: dict[str, Any] = {
        "Status": "Complete",
        "CreationTime": "2026-11-22T08:00:00Z",
        "ProgressSummary": {"TotalNumberOfTasks": 12, "NumberOfTasksSucceeded": 12},
    }
    found: dict[Ask, Reply] = {}
    for question, answer in snapshot.answers.items():
        if question.call == "s3control:ListJobs":
            body = msgspec.json.decode(answer.body)
            jobs = [{"JobId": f"job-{n:05}", **ended, **job, **more}
                    for n, job in enumerate(body["Jobs"])]  # fmt: skip
            found[question] = reply({"Jobs": jobs})
    return snapshot.with_answers(found)


def known(of: Fleet, *answers: Mapping[Ask, Reply], base: Snapshot | None = None) -> Snapshot:
    """CloudTrail all well, these answers, and all else as where nothing has been set up."""
    found = (base or well(fleet_of())).with_answers(callers())
    for each in answers:
        found = found.with_answers(each)
    return known_more(of, found)


def arrived(of: Fleet, snapshot: Snapshot, status: str = "") -> Snapshot:
    """The newest object of every source is in its destination, or has this status; all compared."""
    from logkeep.sources.replication.arrival import listing_ask

    facts = Facts(of, snapshot)
    found: dict[Ask, Reply] = {}
    for wish in wishes(facts, of.logs_of("replication")):
        key = f"{wish.filter.prefix}a"
        page = reply({"Contents": [{"Key": key, "LastModified": "2026-11-23T03:00:00Z",
                                    "Size": 1}]})  # fmt: skip
        found[listing_ask(wish.source, wish.filter.prefix, by_folder=True)] = page
        there = listing_ask(wish.destination, key, by_folder=False)
        found[there] = reply({}) if status else page
        if status:
            from logkeep.access.replicas import object_question

            head_ask = object_question("s3:HeadObject", wish.source, key)
            found[head_ask] = reply({"ReplicationStatus": status})
    return alike(of, snapshot.with_answers(found))


def alike(of: Fleet, snapshot: Snapshot, **more: Any) -> Snapshot:
    """Verified just now: every replica that was looked at is as its source, or what is given."""
    facts = Facts(of, snapshot)
    found: dict[Ask, Reply] = {}
    for wish in wishes(facts, of.logs_of("replication")):
        told = CopySummary(route=wish.route, compared_at=NOW, counts=Counts(alike=3))
        told = msgspec.structs.replace(told, **more)
        question = copies_ask(wish.route, wish.source.account, wish.source.region)
        found[question] = reply(msgspec.to_builtins(told))
    return snapshot.with_answers(found)


def planned(of: Fleet, before: Snapshot) -> Snapshot:
    """The snapshot after the plan, looked at again, with objects that arrive."""
    after = applied(before, plan(of, before))
    return sent(arrived(of, known_more(of, after)))


def bare(of: Fleet | None = None, **source: object) -> Snapshot:
    """The bucket of production, and nothing to take replicas."""
    at = Bucket(SOURCE, PRODUCTION, HOME)
    return known(of or fleet(pair()), owned([at]), bucket_answers(at, **source))


def with_copy(of: Fleet, account: str, *more: Mapping[Ask, Reply], **copy: object) -> Snapshot:
    """Both buckets there, and nothing set up between them."""
    at, to = Bucket(SOURCE, PRODUCTION, HOME), Bucket(COPY, account, ABROAD)
    return known(of, owned([at, to]), bucket_answers(at), bucket_answers(to, **copy), *more)


def unreplicated() -> dict[Ask, Reply]:
    """The archive has no replication configuration."""
    some = Facts(fleet_of(), Snapshot("acme", NOW, {}))
    return {of_bucket(some, CONFIGURATION): Reply(error="ReplicationConfigurationNotFoundError")}


def shapes() -> dict[str, tuple[Fleet, Snapshot]]:
    """The four shapes of rule 3.3, both ways, the archive's replica, and what was there before."""
    key = replica_key(STAGING)
    under = fleet(pair(STAGING, key=key))
    at, to = Bucket(SOURCE, PRODUCTION, HOME), Bucket(COPY, STAGING, ABROAD)
    keys = {**key_answers(KEY), **key_answers(key)}
    same, other = fleet(pair()), fleet(pair(STAGING))
    gives = fleet(pair(STAGING, owner="destination"))
    replica = Replica(account="staging", bucket="acme-replica", region=ABROAD, key=key)
    own = administered(STAGING)["Statement"]
    read = fleet(msgspec.structs.replace(replica, readers=(READER,)))
    archive, before = fleet(replica), fleet(pair(STAGING, existing=DAY))
    all_of_it = fleet(msgspec.structs.replace(replica, existing=DAY))
    none = {**jobs_of(PRODUCTION, HOME), **jobs_of(SECURITY, HOME)}
    both_ways = fleet(pair(STAGING), Pair(from_=COPY, to=SOURCE))
    default = {"ServerSideEncryptionConfiguration": UNDER_KEY}
    return {
        "same account": (same, bare(same)),
        "another account": (other, bare(other)),
        "another account that becomes the owner": (
            gives,
            with_copy(gives, STAGING, GetBucketOwnershipControls=WITH_ACLS),
        ),
        "under keys": (
            under,
            known(under, owned([at, to]), bucket_answers(at, GetBucketEncryption=default),
                  bucket_answers(to), keys),
        ),
        "each into the other": (both_ways, bare(both_ways)),
        "the archive's replica": (archive, known(archive, owned([]), keys, unreplicated())),
        "the archive's replica, read": (
            read, known(read, owned([]), key_answers(KEY), key_answers(key, *own), unreplicated())
        ),
        "what was there before": (before, known(before, owned([at]), bucket_answers(at), none)),
        "all that the archive keeps": (
            all_of_it, known(all_of_it, owned([]), keys, unreplicated(), none)
        ),
    }  # fmt: skip
