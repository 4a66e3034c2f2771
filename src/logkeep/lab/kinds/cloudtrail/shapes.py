"""How arguments and answers look as requestParameters and responseElements.

Each protocol writes its own way, as real records show: JSON and query services with a lower first
letter, EC2 with `{"items": […]}` for its lists, S3 with the names of its headers and XML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from logkeep.lab.kinds.cloudtrail.model import Form, Operation
from logkeep.lab.kinds.cloudtrail.moments import epoch_ms, spoken_date
from logkeep.lab.kinds.cloudtrail.state import Json

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

_OMITTED = {
    "Body",
    "CiphertextBlob",
    "CiphertextForRecipient",
    "Payload",
    "Plaintext",
    "PrivateKeyPlaintext",
    "SecretAccessKey",
    "SecretBinary",
    "SecretString",
}
"""Never written into a record."""

_EC2_LISTS = {
    "GroupId": "securityGroupIdSet",
    "InstanceId": "instancesSet",
    "IpPermissions": "ipPermissions",
    "ResourceId": "resourcesSet",
    "VpcId": "vpcSet",
}
"""EC2's names for its lists where they are not the member's name and `Set`."""

When = Callable[[datetime], Any]


def lowered(name: str) -> str:
    """A name with its first letter in lower case: `s3BucketName`, `dBInstanceIdentifier`."""
    return name[:1].lower() + name[1:]


def scalar(value: Any, when: When) -> Any:
    """A single value as JSON can hold it; bytes are left out."""
    match value:
        case datetime():
            return when(value)
        case bytes():
            return ""
        case bool() | int() | float() | str() | dict() | list() | None:
            return cast("Any", value)
        case _:
            return str(value)


def _pairs(form: Form, value: Any) -> list[tuple[str, Form, Any]]:
    """A structure's members that are given, with their forms."""
    members = form.members
    given = cast("Mapping[str, Any]", value)
    return [(n, members[n], v) for n, v in given.items() if n in members and n not in _OMITTED]


def plain(form: Form | None, value: Any, when: When = spoken_date) -> Any:
    """A value of a JSON or query service, as records write it."""
    if form is None:
        return scalar(value, when)
    if form.sensitive:
        return HIDDEN
    match form.kind:
        case "structure" if isinstance(value, Mapping):
            return {lowered(n): plain(f, v, when) for n, f, v in _pairs(form, value)}
        case "list" if isinstance(value, Sequence):
            return [plain(form.item, v, when) for v in cast("Sequence[Any]", value)]
        case "map" if isinstance(value, Mapping):
            pairs = cast("Mapping[str, Any]", value)
            return {k: plain(form.item, v, when) for k, v in pairs.items()}
        case _:
            return scalar(value, when)


_LAUNCH = {"ImageId", "MinCount", "MaxCount", "KeyName"}
"""What RunInstances' records put inside the instance set."""


def ec2_parameters(operation: Operation, arguments: Json) -> Json:
    """The requestParameters of an EC2 call."""
    if operation.input is None:
        return {}
    pairs = _pairs(operation.input, arguments)
    if operation.name != "RunInstances":
        return dict(_ec2_member(*p) for p in pairs)
    launched = {lowered(n): v for n, v in arguments.items() if n in _LAUNCH}
    rest = dict(_ec2_member(*p) for p in pairs if p[0] not in _LAUNCH)
    return {"instancesSet": {"items": [launched]}, **rest}


def _ec2_member(name: str, form: Form, value: Any) -> tuple[str, Any]:
    wire = form.wire(name)
    if form.kind != "list" or form.sensitive:
        return lowered(wire), _ec2_value(form, value)
    if wire == "TagSpecification":
        return "tagSpecificationSet", {"items": [_tagging(v) for v in value]}
    if wire == "SecurityGroupId":
        return "groupSet", _ec2_items(form, "groupId", value)
    listed = _EC2_LISTS.get(wire) or (
        f"{lowered(wire)}Set" if form.flattened or not wire.endswith("s") else lowered(wire)
    )
    return listed, _ec2_items(form, wire, cast("Sequence[Any]", value))


def _tagging(specification: Mapping[str, Any]) -> Json:
    """A TagSpecification, whose tags real records list without `items`."""
    tags = [{lowered(k): v for k, v in t.items()} for t in specification.get("Tags") or ()]
    return {"resourceType": specification.get("ResourceType"), "tags": tags}


def _ec2_items(form: Form, wire: str, values: Sequence[Any]) -> Json:
    if not values:
        return {}
    if form.item.kind == "structure":
        return {"items": [_ec2_value(form.item, v) for v in values]}
    return {"items": [{lowered(wire): scalar(v, epoch_ms)} for v in values]}


def _ec2_value(form: Form, value: Any) -> Any:
    if form.sensitive:
        return HIDDEN
    if form.kind == "structure" and isinstance(value, Mapping):
        return dict(_ec2_member(*p) for p in _pairs(form, value))
    return scalar(value, epoch_ms)


def ec2_elements(form: Form | None, value: Any) -> Any:
    """The responseElements of an EC2 call, named as its XML is."""
    if form is None:
        return scalar(value, epoch_ms)
    if form.sensitive:
        return HIDDEN
    match form.kind:
        case "structure" if isinstance(value, Mapping):
            pairs = _pairs(form, value)
            return {_ec2_element(n, f): ec2_elements(f, v) for n, f, v in pairs}
        case "list" if isinstance(value, Sequence):
            items = [ec2_elements(form.item, v) for v in cast("Sequence[Any]", value)]
            return {"items": items} if items else {}
        case _:
            return scalar(value, epoch_ms)


def _ec2_element(name: str, form: Form) -> str:
    wire = form.wire(lowered(name))
    return "_return" if wire == "return" else wire


_TRANSPORT = ("Content-Length", "Content-MD5", "x-amz-checksum-", "x-amz-sdk-checksum-")
"""Headers that say how a body is sent, not what is asked; records leave them out."""


def s3_parameters(operation: Operation, arguments: Json) -> Json:
    """The requestParameters of an S3 call: bucket, key, subresource, headers and XML body."""
    found: Json = {}
    for name, form, value in _pairs(operation.input, arguments) if operation.input else ():
        found |= _s3_member(name, form, value)
    for part in operation.uri.partition("?")[2].split("&"):
        flag, _, fixed = part.partition("=")
        if flag and flag != "x-id":
            found[flag] = fixed
    return found


def _s3_member(name: str, form: Form, value: Any) -> Json:
    if form.sensitive:
        return {form.wire(name): HIDDEN}
    match form.location:
        case "uri":
            return {{"Bucket": "bucketName", "Key": "key"}.get(name, name): value}
        case "header" if form.wire(name).startswith(_TRANSPORT):
            return {}
        case "querystring" | "header":
            return {form.wire(name): scalar(value, spoken_date)}
        case "headers":
            return {}
        case _ if name == "Policy":
            return {"bucketPolicy": _parsed(value)}
        case _ if name == "Delete":
            # S3 User Guide, CloudTrail events: the keys of DeleteObjects are not logged.
            return {}
        case _:
            return {form.wire(name): _s3_xml(form, value)}


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return str(text)


def _s3_xml(form: Form, value: Any) -> Any:
    if form.sensitive:
        return HIDDEN
    if form.kind == "structure" and isinstance(value, Mapping):
        return dict(_s3_element(*p) for p in _pairs(form, value))
    return scalar(value, spoken_date)


def _s3_element(name: str, form: Form, value: Any) -> tuple[str, Any]:
    wire = form.wire(name)
    if form.kind != "list":
        return wire, _s3_xml(form, value)
    items = [_s3_xml(form.item, v) for v in cast("Sequence[Any]", value)]
    only = items[0] if len(items) == 1 else items
    if form.flattened:
        return wire, only
    return wire, {form.item.wire("member"): only}
