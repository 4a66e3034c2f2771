"""Synthetic fleets and snapshots: a fleet before anything is there, and one that is all well."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any

import msgspec

from logkeep.access import key
from logkeep.archive import objects
from logkeep.archive.report import ChainReport, Folder, FolderSummary, report_ask
from logkeep.archive.spans import Span
from logkeep.fleet import Archive, Fleet, Logs
from logkeep.plan import plan
from logkeep.plan.plan import Plan
from logkeep.route import Arrived, Evidence, Is, Objects
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.change import fill
from logkeep.snapshot.entries import after_all
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.sources.cloudtrail.options import TrailOptions
from logkeep.sources.cloudtrail.trails import status_ask
from logkeep.sources.registry import calls
from logkeep.sources.routes import all_routes
from logkeep.sources.wants import wants
from logkeep.value import arn_name, parse_arn
from support.arrivals import came, key_of

NOW = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
ACCOUNTS = {"security": "111111111111", "production": "222222222222", "staging": "333333333333"}
READER = "arn:aws:iam::111111111111:role/LogReader"
ADMIN = "arn:aws:iam::111111111111:user/ada"
KEY_ID = "11111111-2222-3333-4444-555555555555"


def fleet_of(
    accounts: dict[str, str] = ACCOUNTS,
    regions: tuple[str, ...] = ("us-east-1", "eu-west-1"),
    *,
    readers: tuple[str, ...] | None = (READER,),
    prefix: str | None = None,
    organization: bool | None = None,
) -> Fleet:
    """The fleet acme with its archive in the first account."""
    first = next(iter(accounts.values()))
    archive = Archive(first, "secprod-multiaccount-logs", prefix=prefix, readers=readers)
    everyone = tuple(accounts.values())
    events = ("s3", "lambda")
    options = TrailOptions(data_events=events, organization=organization)
    logs = (Logs("cloudtrail", everyone, options),)
    return Fleet(
        "acme", regions[0], regions, accounts, "OrganizationAccountAccessRole", archive, logs
    )


def asking(fleet: Fleet, **options: Any) -> Fleet:
    """The fleet with these options of its trails otherwise."""
    logs = tuple(
        msgspec.structs.replace(each, options=msgspec.structs.replace(each.options, **options))
        if each.source == "cloudtrail"
        else each
        for each in fleet.logs
    )
    return msgspec.structs.replace(fleet, logs=logs)


def _allow_all() -> dict[str, Any]:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [everything]}


def people() -> dict[str, object]:
    """The archive account's people: an administrator, the reader, and a developer."""
    admin = {"PolicyName": "all", "PolicyDocument": _allow_all()}
    users = [{"UserName": "ada", "Arn": ADMIN, "UserPolicyList": [admin]}]
    trust = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}
    trusted = {"Version": "2012-10-17", "Statement": [trust]}
    roles = [{"RoleName": "LogReader", "Arn": READER, "AssumeRolePolicyDocument": trusted}]
    return {"UserDetailList": users, "RoleDetailList": roles}


def people_of(account: str) -> dict[str, object]:
    """Another account's people: an administrator, a developer, and what Logkeep enters by."""
    arn = f"arn:aws:iam::{account}"
    everything = {"PolicyName": "all", "PolicyDocument": _allow_all()}
    build = {"Effect": "Allow", "Action": ["ec2:*", "s3:*", "sts:AssumeRole"], "Resource": "*"}
    work = {"PolicyName": "work", "PolicyDocument": {"Version": "2012-10-17", "Statement": [build]}}
    trust = {"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "sts:AssumeRole"}
    access = {
        "RoleName": "OrganizationAccountAccessRole",
        "Arn": f"{arn}:role/OrganizationAccountAccessRole",
        "RolePolicyList": [everything],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
    }
    users = [
        {"UserName": "admin", "Arn": f"{arn}:user/admin", "UserPolicyList": [everything]},
        {"UserName": "developer", "Arn": f"{arn}:user/developer", "UserPolicyList": [work]},
    ]
    return {"UserDetailList": users, "RoleDetailList": [access]}


def of_organization(question: Ask) -> dict[str, object] | None:
    """Every account under the root, and only what AWS attaches itself (rules 5.1.6, 5.1.7)."""
    arguments = dict(question.arguments)
    match question.call:
        case "organizations:ListParents":
            return {"Parents": [{"Id": "r-root"}]}
        case "organizations:ListPoliciesForTarget":
            rcp = arguments["Filter"] == "RESOURCE_CONTROL_POLICY"
            name = "RCPFullAWSAccess" if rcp else "FullAWSAccess"
            return {"Policies": [{"Id": f"p-{name}", "Name": name, "AwsManaged": True}]}
        case "organizations:DescribePolicy":
            rcp = {**_allow_all()["Statement"][0], "Principal": "*"}
            full = _allow_all()
            if arguments["PolicyId"] == "p-RCPFullAWSAccess":
                full = {**full, "Statement": [rcp]}
            return {"Policy": {"Content": msgspec.json.encode(full).decode()}}
        case _:
            return None


def answered(fleet: Fleet, question: Ask) -> Reply:
    """What AWS says to a question where nothing has been set up yet."""
    archive = fleet.archive.account
    bodies: dict[str, object] = {
        "sts:GetCallerIdentity": {"Arn": ADMIN, "Account": archive},
        "iam:GetAccountAuthorizationDetails": (
            people() if question.account == archive else people_of(question.account)
        ),
        "s3:ListBuckets": {"Buckets": []},
        "cloudtrail:DescribeTrails": {"trailList": []},
        "kms:ListKeys": {"Keys": []},
        "kms:ListGrants": {"Grants": []},
        "s3:GetBucketAcl": {"Grants": []},
        "s3control:ListAccessPoints": {"AccessPointList": []},
        "s3control:ListMultiRegionAccessPoints": {"AccessPoints": []},
        "ec2:DescribeRegions": {"Regions": [{"RegionName": r} for r in fleet.regions or ()]},
        "organizations:DescribeOrganization": {
            "Organization": {
                "Id": "o-exampleorg1",
                "MasterAccountId": archive,
                "FeatureSet": "ALL",
            }
        },
        "s3:ListObjectsV2": {},
        "logs:DescribeLogGroups": {"logGroups": []},
        "logs:DescribeExportTasks": {"exportTasks": []},
        "organizations:ListAccounts": {
            "Accounts": [
                {"Id": id_, "Name": name, "State": "ACTIVE"} for name, id_ in fleet.accounts.items()
            ]
        },
        "organizations:ListAWSServiceAccessForOrganization": {"EnabledServicePrincipals": []},
        "organizations:ListDelegatedAdministrators": {"DelegatedAdministrators": []},
        "cloudtrail:LookupEvents": {"Events": [], "more": False},
        "cloudtrail:ListTags": {"ResourceTagList": [_tagged(fleet, question)]},
    }
    organized = of_organization(question)
    if organized is not None:
        return reply(organized)
    if question.call in bodies:
        return reply(bodies[question.call])
    errors = {
        "s3:HeadBucket": "404",
        "kms:DescribeKey": "NotFoundException",
        "s3control:GetPublicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
        "s3:GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
    }
    return Reply(error=errors.get(question.call, "AccessDenied"), message="is not there")


def _tagged(fleet: Fleet, question: Ask) -> dict[str, object]:
    """A trail of the fleet's name bears the fleet's tag."""
    arn = dict(question.arguments).get("ResourceId", "")
    ours = arn.endswith(("/logkeep", "/logkeep-acme"))
    tags = [{"Key": "logkeep:fleet", "Value": fleet.name}] if ours else []
    return {"ResourceId": arn, "TagsList": tags}


def kept(make: Callable[[Fleet], Snapshot]) -> Callable[[Fleet], Snapshot]:
    """Work a fleet's world out once, for as long as there are the same kinds of log."""
    known: dict[str, Snapshot] = {}

    @functools.wraps(make)
    def found(fleet: Fleet) -> Snapshot:
        asked = repr((fleet, sorted(sources())))
        if asked not in known:
            known[asked] = make(fleet)
        return known[asked]

    return found


@kept
def empty(fleet: Fleet) -> Snapshot:
    """The fleet before anything is centralised."""
    return known_more(fleet, Snapshot(fleet.name, NOW, {}))


def known_more(fleet: Fleet, snapshot: Snapshot) -> Snapshot:
    """The same with all else answered that is worth asking, as where nothing has been set up."""
    for _ in range(20):
        new = {q: answered(fleet, q) for q in wants(fleet)(snapshot) if q not in snapshot.answers}
        if not new:
            return snapshot
        snapshot = snapshot.with_answers(new)
    raise AssertionError("the questions never end")


def applied(snapshot: Snapshot, made: Plan) -> Snapshot:
    """The snapshot after every change of a plan, with the ids that AWS would assign."""
    answers = after_all(calls(), snapshot.answers, made.changes)
    values = {"archive-key": KEY_ID}
    filled = {_filled_ask(q, values): _filled(r, values) for q, r in answers.items()}
    return snapshot.with_answers(filled)


def _filled_ask(question: Ask, values: dict[str, str]) -> Ask:
    arguments = tuple((name, fill(value, values)) for name, value in question.arguments)
    return Ask(question.account, question.region, question.call, arguments)


def _filled(found: Reply, values: dict[str, str]) -> Reply:
    if found.error:
        return found
    return reply(fill(msgspec.json.decode(found.body), values))


@kept
def well(fleet: Fleet) -> Snapshot:
    """The fleet set up, delivering and verified."""
    before = empty(fleet)
    snapshot = applied(before, plan(fleet, before))
    return with_arrivals(fleet, snapshot)


def with_arrivals(fleet: Fleet, snapshot: Snapshot) -> Snapshot:
    """The same with fresh evidence of every kind on every route, and all of it verified."""
    facts = Facts(fleet, snapshot)
    answers: dict[Ask, Reply] = {}
    for route in all_routes(facts):
        for need in (need for way in route.ways for hop in way for need in hop.needs):
            if isinstance(need, Arrived):
                for where in (need.logs, need.heartbeat):
                    answers.update(_delivered(facts, where) if where else {})
            elif isinstance(need, Is) and need.setting == "trail.integrity":
                answers.update(_verified(facts, need, route.account))
            elif isinstance(need, Is) and need.setting == "trail.delivery-error":
                answers[status_ask(need.of, route.account, need.region)] = _going()
    return snapshot.with_answers(answers)


def _delivered(facts: Facts, where: Evidence) -> dict[Ask, Reply]:
    at = NOW - datetime.timedelta(minutes=10)
    answers = came(facts, where, at)
    if isinstance(where, Objects):
        head = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key.arn(facts)}
        answers[objects.head_ask(facts, where.bucket, key_of(where, at))] = reply(head)
    return answers


def _verified(facts: Facts, need: Is, account: str) -> dict[Ask, Reply]:
    home = parse_arn(need.of)
    assert home is not None
    bucket = facts.fleet.archive.bucket
    span = Span(NOW - datetime.timedelta(days=1), NOW - datetime.timedelta(minutes=10))
    chain = ChainReport(
        bucket=bucket,
        account=account,
        region=need.region,
        trail=arn_name(need.of),
        home_region=home.region,
        digests_valid=24,
        logs_valid=40,
        verified_from=span.starts,
        verified_until=span.ends,
        proven=(span,),
    )
    folder = FolderSummary(
        folder=Folder(bucket, account, need.region),
        verified_at=NOW,
        oldest=span.starts,
        newest=span.ends,
        chains=(chain,),
    )
    return {report_ask(account, need.region): reply(msgspec.to_builtins([folder]))}


def _going() -> Reply:
    """The trail has been on for a day."""
    began = f"{NOW - datetime.timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    return reply({"IsLogging": True, "StartLoggingTime": began})


def ask_about(fleet: Fleet, call: str, **arguments: str) -> Ask:
    """A question to the archive's account in the home Region."""
    return ask(fleet.archive.account, fleet.home_region, call, **arguments)
