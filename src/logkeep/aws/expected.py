"""Is what came AWS's answer to this call? The page of a proxy reads as an answer without members.

The SDK takes any XML or JSON for an answer, and any body for a policy: what it does not find in it
is left out. So the form of a body is looked at before the SDK reads it, and its members after.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any, cast
from xml.parsers import expat

import msgspec
from botocore.exceptions import BotoCoreError

from logkeep.aws.calls import CALLS
from logkeep.aws.writes import WRITES
from logkeep.snapshot.call import Call
from logkeep.value import Json

CREDENTIALS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
BESIDES: dict[str, Call] = {
    "sts:AssumeRole": Call(always=tuple(f"Credentials.{name}" for name in CREDENTIALS)),
    "s3:GetObject": Call(always=("ETag", "LastModified")),
    "s3:ListObjectVersions": Call(root="ListVersionsResult"),
}
"""The answers to the calls that no question names, and that are in no table for that."""

REQUEST_IDS = ("x-amz-request-id", "x-amzn-requestid")
"""The headers of which each answer of AWS bears one (S3, "Common Response Headers")."""

TOKENS = ("NextContinuationToken", "NextMarker", "Marker", "NextToken", "NextKeyMarker")
"""The members by which an answer names its next page."""

NOTHING = (b"", b"{}", b"null", b"True")
"""The bodies of an answer that has nothing to say; the last two are moto's."""

BLANK = b"\xef\xbb\xbf \t\r\n"
"""What may stand before a document: a byte order mark, and white space."""

START_BYTES_MAX = 4096
"""In so many bytes the first element of an XML document has come."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


UNREADABLE = "something that the SDK cannot read"


class NotAnAnswer(BotoCoreError):
    """Something came in the place of AWS's answer."""

    fmt = "{came} came in place of AWS's answer"


def check_form(operation_model: Any, response_dict: dict[str, Any], **_: object) -> None:
    """Raise NotAnAnswer where a body has not the form of the call's answer; before it is read."""
    if not is_ours(operation_model):
        return
    headers = {str(name).lower() for name in response_dict["headers"]}
    is_signed = any(name in headers for name in REQUEST_IDS)
    is_head = operation_model.http.get("method") == "HEAD"
    status = int(response_dict["status_code"])
    if status >= 500:  # the SDK tries again by itself
        return
    if is_head or operation_model.has_streaming_output:
        if not is_signed:
            raise NotAnAnswer(came="an answer without a request id")
        return
    body = bytes(response_dict["body"])
    if status >= 300:
        if is_html(body) or not (body.strip() or is_signed):
            raise NotAnAnswer(came=f"{what_is(body)} with status {status}")
        return
    if not has_form(operation_model, body) or not (is_signed or tells_itself(operation_model)):
        raise NotAnAnswer(came=what_is(body))


def tells_itself(operation: Any) -> bool:
    """Whether a body of a call's form can be nothing else: by its members, or an XML root."""
    protocol = str(operation.service_model.resolved_protocol)
    is_json = protocol in ("json", "rest-json") or is_text_payload(operation)
    return bool(members_of(operation)) if is_json else has_body(operation)


def has_form(operation: Any, body: bytes) -> bool:
    """Whether a body is of the form that the call's protocol gives an answer."""
    protocol = str(operation.service_model.resolved_protocol)
    if protocol in ("query", "ec2"):  # (IAM and EC2, "Response structure")
        return root_of(body) == f"{operation.name}Response"
    if not has_body(operation):
        return body.strip() in NOTHING
    if is_text_payload(operation):
        return body.lstrip(BLANK).startswith(b"{")
    if protocol in ("json", "rest-json"):
        return is_json_object(body)
    return root_of(body) in roots_wanted(operation)


def has_body(operation: Any) -> bool:
    """Whether any member of a call's answer lies in its body."""
    shape = operation.output_shape
    return shape is not None and any(
        "location" not in member.serialization for member in shape.members.values()
    )


def is_text_payload(operation: Any) -> bool:
    """Whether the whole body is one text, as a bucket's policy is."""
    payload = payload_of(operation)
    return payload is not None and payload.type_name == "string"


def payload_of(operation: Any) -> Any:
    """The member that is the whole body, if one is."""
    shape = operation.output_shape
    if shape is None or "payload" not in shape.serialization:
        return None
    return shape.members[shape.serialization["payload"]]


def roots_wanted(operation: Any) -> tuple[str, ...]:
    """The names that the element may have that AWS's answer to a call is.

    S3's model leaves some out, and who answers in S3's stead names it after the call.
    """
    found = looked_up(name_of(operation))
    payload = payload_of(operation)
    shape = payload if payload is not None else operation.output_shape
    modelled = str(shape.serialization.get("name") or shape.name)
    return (found.root or modelled, f"{operation.name}Response")


def is_ours(operation: Any) -> bool:
    """Whether it is a call that Logkeep makes."""
    name = name_of(operation)
    return name in CALLS or name in WRITES or name in BESIDES


def name_of(operation: Any) -> str:
    """A call's name as the tables have it."""
    return f"{operation.service_model.service_name}:{operation.name}"


def members_of(operation: Any) -> tuple[str, ...]:
    """The members that AWS always sends in a call's answer."""
    name = name_of(operation)
    if name in WRITES:
        return WRITES[name].always
    call = looked_up(name)
    return (*call.always, *((call.document,) if call.document else ()))


def looked_up(name: str) -> Call:
    """What is known of a reading call; nothing of one that Logkeep does not make."""
    return CALLS.get(name) or BESIDES.get(name) or Call()


def check_each_answer(client: Any) -> None:
    """Have a client's answers raise NotAnAnswer where they are none of AWS's."""
    client.meta.events.register("before-parse", check_form)
    client.meta.events.register("after-call", check_members)


def check_members(http_response: Any, parsed: Json, model: Any, **_: object) -> None:
    """Raise NotAnAnswer where an answer lacks what AWS always sends; after it was read."""
    if http_response.status_code >= 300:
        return
    for path in members_of(model):
        if lacks(parsed, path):
            raise NotAnAnswer(came=f"an answer without `{path.replace('|', '` or `')}`")
    found = looked_up(name_of(model))
    if found.document and not is_policy(at(parsed, found.document)):
        raise NotAnAnswer(came="a text that is no policy")
    if (parsed.get("IsTruncated") or parsed.get("Truncated")) and not any(
        parsed.get(name) for name in TOKENS
    ):
        raise NotAnAnswer(came="a page that does not name the next one")


def lacks(body: Json, path: str) -> bool:
    """Whether a member is missing, in a list's every entry that lacks it too."""
    if isinstance(body, list):
        return any(lacks(entry, path) for entry in cast("list[Json]", body))
    if not isinstance(body, Mapping):
        return True
    first, _, rest = path.partition(".")
    members = cast("Mapping[str, Json]", body)
    found = [members[name] for name in first.split("|") if members.get(name) is not None]
    return not found or (bool(rest) and any(lacks(each, rest) for each in found))


def at(body: Json, path: str) -> Json:
    """The member at a path that is there."""
    for name in path.split("."):
        body = body[name]
    return body


def is_policy(text: str) -> bool:
    """Whether a text may be a policy's: an object with statements, or a broken one.

    What is broken is for whoever reads policies to say (policy-malformed).
    """
    try:
        return "Statement" in msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return text.lstrip().startswith("{")


def is_json_object(body: bytes) -> bool:
    """Whether a body is a JSON object."""
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return False
    return True


def root_of(body: bytes) -> str:
    """The name of a body's first element, without its namespace; empty where it has none."""
    names: list[str] = []
    reader = expat.ParserCreate()
    reader.StartElementHandler = lambda name, _: names.append(name)
    with contextlib.suppress(expat.ExpatError):
        reader.Parse(body[:START_BYTES_MAX])
    return names[0].rpartition(":")[2] if names else ""


def is_html(body: bytes) -> bool:
    """Whether a body is a page for a browser."""
    text = body[:START_BYTES_MAX].lstrip(BLANK)
    return bool(re.match(rb"<(!doctype\s+html|html)\b", text, re.IGNORECASE))


def what_is(body: bytes) -> str:
    """What a body is that is no answer of AWS, in a few words."""
    text = body[:START_BYTES_MAX].lstrip(BLANK)
    if not text:
        return "an empty document"
    if is_html(text):
        return "an HTML page"
    if text.startswith(b"<"):
        name = NAME.match(root_of(body))
        return f"an XML document `{name[0]}`" if name else "broken XML"
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return "broken JSON" if text[:1] in (b"{", b"[") else "something that is no document"
    return "an empty document" if value in ({}, [], None) else "another JSON document"
