"""What AWS always sends is in every answer that AWS itself gives as an example."""

from __future__ import annotations

import ast
import functools
import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest

import logkeep
from logkeep.aws.calls import CALLS, method_of, service_of
from logkeep.aws.expected import BESIDES, lacks, members_of, roots_wanted
from logkeep.aws.writes import WRITES
from support.sdk import SDK, operation

DATA = Path(botocore.__file__).parent / "data"


def examples(call: str) -> list[dict[str, Any]]:
    """The answers to a call that AWS's own descriptions show."""
    shown = (each.get(call.partition(":")[2], []) for each in examples_of(service_of(call)))
    return [each["output"] for found in shown for each in found if each.get("output")]


@functools.cache
def examples_of(service: str) -> list[dict[str, Any]]:
    """What AWS's descriptions of a service show, by operation."""
    found: list[dict[str, Any]] = []
    for path in sorted((DATA / service).glob("*/examples-1.json*")):
        text = path.read_bytes() if path.suffix == ".json" else gzip.decompress(path.read_bytes())
        found.append(json.loads(text).get("examples", {}))
    return found


SHOWN = [(call, shown) for call in (*CALLS, *WRITES, *BESIDES) for shown in examples(call)]


def test_there_are_examples() -> None:
    assert len({call for call, _ in SHOWN}) > 20


@pytest.mark.parametrize(("call", "shown"), SHOWN)
def test_awss_own_examples_lack_nothing(call: str, shown: dict[str, Any]) -> None:
    missing = [path for path in members_of(operation(call)) if lacks(shown, path)]
    assert missing == []


@pytest.mark.parametrize("call", sorted({*CALLS, *WRITES, *BESIDES}))
def test_what_aws_always_sends_is_in_its_model(call: str) -> None:
    for path in members_of(operation(call)):
        here = operation(call).output_shape
        for name in path.split("."):
            here = here.member if here.type_name == "list" else here
            assert set(name.split("|")) <= set(here.members), path
            here = here.members[name.split("|")[0]]


ROOTS = {  # (S3 API Reference, "Response Syntax" of each)
    "s3:GetBucketAcl": "AccessControlPolicy",
    "s3:GetBucketEncryption": "ServerSideEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "s3:GetBucketLocation": "LocationConstraint",
    "s3:GetBucketLogging": "BucketLoggingStatus",
    "s3:GetBucketNotificationConfiguration": "NotificationConfiguration",
    "s3:GetBucketOwnershipControls": "OwnershipControls",
    "s3:GetBucketReplication": "ReplicationConfiguration",
    "s3:GetBucketRequestPayment": "RequestPaymentConfiguration",
    "s3:GetBucketTagging": "Tagging",
    "s3:GetBucketVersioning": "VersioningConfiguration",
    "s3:GetObjectLockConfiguration": "ObjectLockConfiguration",
    "s3:GetObjectTagging": "Tagging",
    "s3:GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "s3:ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "s3:ListBuckets": "ListAllMyBucketsResult",
    "s3:ListObjectVersions": "ListVersionsResult",
    "s3:ListObjectsV2": "ListBucketResult",
    "s3control:DescribeJob": "DescribeJobResult",
    "s3control:GetAccessPoint": "GetAccessPointResult",
    "s3control:GetAccessPointPolicy": "GetAccessPointPolicyResult",
    "s3control:GetMultiRegionAccessPointPolicy": "GetMultiRegionAccessPointPolicyResult",
    "s3control:ListAccessPoints": "ListAccessPointsResult",
    "s3control:ListMultiRegionAccessPoints": "ListMultiRegionAccessPointsResult",
    "s3control:ListJobs": "ListJobsResult",
    "s3control:GetPublicAccessBlock": "PublicAccessBlockConfiguration",
}
NO_ROOT = {"s3:GetBucketPolicy", "s3:GetObject", "s3:HeadBucket", "s3:HeadObject"}


def test_every_answer_in_xml_has_the_root_that_aws_documents() -> None:
    calls = [
        call for call in (*CALLS, *BESIDES) if operation(call).service_model.protocol == "rest-xml"
    ]
    assert {call for call in calls if call.startswith("s3")} == {*ROOTS, *NO_ROOT}
    assert {call: roots_wanted(operation(call))[0] for call in ROOTS} == ROOTS


WORDS = {"verify", "sign", "encrypt", "decrypt"}
"""KMS's calls that are words of ours, too, and name no call."""

JUDGED = {method_of(call) for call in (*CALLS, *WRITES, *BESIDES)}
SERVICES = sorted({service_of(call) for call in (*CALLS, *WRITES, *BESIDES)})


@functools.cache
def every_method() -> frozenset[str]:
    """The SDK's name of every call to the services that Logkeep asks."""
    models = [SDK.get_service_model(service) for service in SERVICES]
    return frozenset(
        method_of(f"{model.service_name}:{name}")
        for model in models
        for name in model.operation_names
    )


def methods_of(text: str) -> set[str]:
    """The SDK's calls that a module names: as a method, or as a text."""
    nodes = list(ast.walk(ast.parse(text)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)} - WORDS
    asked = {node.attr for node in nodes if isinstance(node, ast.Attribute)} - WORDS
    return {name for name in texts | asked if isinstance(name, str) and name in every_method()}


@pytest.mark.parametrize("room", ["aws", "cli"])
def test_no_call_is_made_whose_answer_nobody_has_judged(room: str) -> None:
    """A call that is in no table is not held to its form: a proxy's page would be an answer."""
    for path in sorted((Path(logkeep.__file__).parent / room).rglob("*.py")):
        assert methods_of(path.read_text("utf-8")) <= JUDGED, path


def test_a_call_that_nobody_has_judged_is_seen() -> None:
    assert methods_of('client.get_bucket_cors()\ncalled(client, "list_parts", {})') == {
        "get_bucket_cors",
        "list_parts",
    }
