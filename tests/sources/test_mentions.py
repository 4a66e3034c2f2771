"""Settings that name a bucket which is not there, a stranger's, or nearly the archive's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kinds.s3_access import worlds as access
from kinds.vpc_flow import worlds as flow
from logkeep.access.bucket import Bucket, head, listing, of_bucket, of_name
from logkeep.archive.exports import EXPORTS
from logkeep.aws.calls import CALLS, kept
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.snapshot import Ask, Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.mentions import asks, mentions
from logkeep.sources.notices import notices
from logkeep.sources.vpc_flow.options import CLOUDWATCH, FIREHOSE, FlowOptions
from logkeep.words.notice import Notice
from support.worlds import ACCOUNTS, fleet_of, known_more, well

ARCHIVE = "secprod-multiaccount-logs"
STRANGERS = Reply(error="403", message="Forbidden")
NONE = Reply(error="404", message="Not Found")


def told(of: Fleet, snapshot: Snapshot) -> list[Notice]:
    codes = ("bucket-outside", "bucket-alike", "encryption-silences")
    return [each for each in notices(Facts(of, snapshot)) if each.code in codes]


def flows(to: str, *more: dict[Ask, Reply]) -> tuple[Fleet, Snapshot]:
    """A flow log into some bucket."""
    of = flow.fleet()
    rows = flow.flow_logs(flow.flow_log("fl-1", LogDestination=f"arn:aws:s3:::{to}/own/"))
    before = well(fleet_of())
    for answers in (rows, *more):
        before = before.with_answers(answers)
    return of, flow.known_more(of, before)


def whose(of: Fleet, name: str, said: Reply, *lists: str) -> dict[Ask, Reply]:
    """What S3 says of a name, and the lists of the accounts, which hold these."""
    facts = Facts(of, Snapshot("acme", flow.NOW, {}))
    own: dict[Ask, Reply] = {head(of_name(facts, name)): said}
    for account in ACCOUNTS.values():
        names = [ARCHIVE] if account == of.archive.account else list(lists)
        own[listing(facts, account)] = reply({"Buckets": [{"Name": each} for each in names]})
    return own


@pytest.mark.parametrize(
    ("name", "said", "evidence"),
    [
        ("nobodys-bucket", NONE, {"exists": False, "alike": None}),
        ("somebodys-bucket", STRANGERS, {"exists": True, "alike": None}),
        ("secprod-multiacount-logs", STRANGERS, {"exists": True, "alike": ARCHIVE}),
        ("secprod-multiaccount-lgos", NONE, {"exists": False, "alike": ARCHIVE}),
        ("app-access-lgs", STRANGERS, {"exists": True, "alike": "app-access-logs"}),
    ],
)
def test_a_flow_log_that_names_no_bucket_of_the_fleet(
    name: str, said: Reply, evidence: dict[str, Any]
) -> None:
    of, snapshot = flows(name, whose(flow.fleet(), name, said, "app-access-logs"))
    (found,) = told(of, snapshot)
    assert found.code == "bucket-outside"
    assert found.evidence == {
        "what": "the flow log `fl-1`", "setting": "LogDestination", "bucket": name, **evidence,
    }  # fmt: skip


def test_a_bucket_of_the_fleet_is_fine_unless_it_is_nearly_the_archive() -> None:
    for name, codes in (("app-flow-logs", []), (f"{ARCHIVE}1", ["bucket-alike"])):
        of, snapshot = flows(name, whose(flow.fleet(), name, STRANGERS, name))
        assert [each.code for each in told(of, snapshot)] == codes


def test_lists_that_could_not_be_read_claim_nothing() -> None:
    name = "somebodys-bucket"
    hidden = {**whose(flow.fleet(), name, STRANGERS)}
    hidden[listing(Facts(flow.fleet(), Snapshot("acme", flow.NOW, {})), "222222222222")] = Reply(
        error="AccessDenied"
    )
    of, snapshot = flows(name, hidden)
    assert [each.known for each in told(of, snapshot)] == [False]


@pytest.mark.parametrize(
    ("tests", "silences"),
    [
        ({"Null": {"s3:x-amz-server-side-encryption": "true"}}, True),
        ({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}, True),
        ({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
          "Null": {"s3:x-amz-server-side-encryption": "false"}}, False),
        ({"Null": {"s3:x-amz-server-side-encryption": "true"},
          "Bool": {"aws:PrincipalIsAWSService": "false"}}, False),
    ],
)  # fmt: skip
def test_a_policy_that_silences_a_writer_of_the_fleet(
    tests: dict[str, Any], silences: bool
) -> None:
    name, of = "app-flow-logs", flow.fleet()
    at = Bucket(name, flow.ACCOUNT, "us-east-1")
    facts = Facts(of, Snapshot("acme", flow.NOW, {}))
    deny = {"Sid": "Force", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/*", "Condition": tests}  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    more = {
        of_bucket(facts, "s3:GetBucketPolicy", at): reply({"Policy": document}),
        of_bucket(facts, "s3:GetBucketLocation", at): reply({}),
    }
    of, snapshot = flows(name, whose(of, name, STRANGERS, name), more)
    assert [each.code for each in told(of, snapshot)] == ["encryption-silences"] * silences
    if silences:
        (found,) = told(of, snapshot)
        assert found.evidence["statement"] == "Force"
        assert found.evidence["writer"] == "VPC flow logs"


def test_access_logging_and_trails_are_looked_at_too() -> None:
    of = access.fleet()
    snapshot = access.asked_out(of, access.by_hand(None))
    kinds = {each.setting for each in mentions(Facts(of, snapshot))}
    assert kinds == {"TargetBucket", "S3BucketName"}


def test_nothing_is_asked_where_all_name_the_archive() -> None:
    of = fleet_of()
    facts = Facts(of, known_more(of, well(of)))
    assert mentions(facts)
    assert list(asks(facts)) == []
    assert diagnose(of, facts.snapshot).routes


def exports(*tasks: tuple[str, str, int]) -> Reply:
    """Tasks that exported a group into a bucket so many days ago, as AWS tells of them."""
    now = int(flow.NOW.timestamp() * 1000)
    rows = [
        {"taskId": f"task-{n}", "taskName": name, "logGroupName": "app", "destination": to,
         "status": {"code": "COMPLETED"},
         "executionInfo": {"creationTime": now - days * 86_400_000}}
        for n, (name, to, days) in enumerate(tasks)
    ]  # fmt: skip
    return reply(kept(CALLS[EXPORTS], {"exportTasks": rows}))


def exporting(said: Reply, name: str, of_name: Reply, *lists: str) -> tuple[Fleet, Snapshot]:
    """A fleet whose flow logs go to log groups, and an account in which somebody exports."""
    of = flow.fleet(FlowOptions(to=(CLOUDWATCH,)))
    answers = {**whose(of, name, of_name, *lists), ask(flow.ACCOUNT, flow.HOME, EXPORTS): said}
    return of, flow.known_more(of, well(fleet_of()).with_answers(answers))


@pytest.mark.parametrize(
    ("name", "said", "lists", "codes"),
    [
        ("gone-bucket", NONE, (), ["bucket-outside"]),
        ("somebodys-bucket", STRANGERS, (), ["bucket-outside"]),
        (f"{ARCHIVE}1", STRANGERS, (f"{ARCHIVE}1",), ["bucket-alike"]),
        ("app-exports", STRANGERS, ("app-exports",), []),
    ],
)
def test_an_export_of_a_log_group(
    name: str, said: Reply, lists: tuple[str, ...], codes: list[str]
) -> None:
    tasks = exports(("daily", name, 3), ("daily", name, 2), ("once", "long-gone", 50))
    of, snapshot = exporting(tasks, name, said, *lists)
    found = told(of, snapshot)
    assert [each.code for each in found] == codes
    for each in found:
        assert each.evidence["what"] == "the export `daily` of the log group `app`"
        assert (each.evidence["setting"], each.evidence["bucket"]) == ("destination", name)


def test_exports_that_could_not_be_read_are_said_to_be_hidden() -> None:
    of, snapshot = exporting(Reply(error="AccessDeniedException"), "none-such", NONE)
    (found,) = told(of, snapshot)
    assert EXPORTS in str(found.evidence)


def test_exports_are_asked_for_only_where_log_groups_are_read() -> None:
    _, snapshot = flows("app-flow-logs", whose(flow.fleet(), "app-flow-logs", STRANGERS))
    assert EXPORTS not in {question.call for question in snapshot.answers}


def test_a_firehose_stream_that_leads_out_of_the_fleet() -> None:
    """Its bucket, and that of what it could not deliver; nothing more is asked to know them."""
    backup = {"BucketARN": "arn:aws:s3:::somebodys-bucket"}
    where = {"BucketARN": "arn:aws:s3:::app-records", "S3BackupDescription": backup}
    told_of = {
        "DeliveryStreamName": "flow",
        "DeliveryStreamStatus": "ACTIVE",
        "Destinations": [{"DestinationId": "d-1", "ExtendedS3DestinationDescription": where}],
    }
    of = flow.fleet(FlowOptions(to=(FIREHOSE,), stream="flow"))
    asked = ask(
        flow.ACCOUNT, flow.HOME, "firehose:DescribeDeliveryStream", DeliveryStreamName="flow"
    )
    answers = {
        **whose(of, "somebodys-bucket", STRANGERS, "app-records"),
        asked: reply({"DeliveryStreamDescription": told_of}),
    }
    (found,) = told(of, flow.known_more(of, well(fleet_of()).with_answers(answers)))
    assert found.code == "bucket-outside"
    assert (found.evidence["what"], found.evidence["bucket"]) == (
        "the Firehose stream `flow`",
        "somebodys-bucket",
    )
