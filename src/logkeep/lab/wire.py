"""How does AWS write a request and an answer? Each service's own model, both directions.

Requests are parsed by moto's server-side parsers, answers written by its serializers and read back
by botocore's parsers, so that every call is known as boto3 would show it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache, cached_property
from typing import Any
from xml.sax.saxutils import escape

from botocore import parsers
from botocore.awsrequest import HeadersDict
from botocore.parsers import ResponseParserError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers, MultiDict

from logkeep.lab.call import Answer, Call

_create_parser: Any = vars(parsers)["create_parser"]  # botocore has no types

_BY_PREFERENCE = ("json", "rest-json", "rest-xml", "query", "ec2")


@cache
def service_model(service: str) -> Any:
    """The API model of a botocore service (moto's reading of it, which is hardly typed)."""
    return get_service_model(service)


@cache
def protocol_of(service: str) -> str:
    """The wire protocol that today's SDKs speak with a service."""
    spoken: list[str] = service_model(service).metadata.get("protocols", [])
    for protocol in _BY_PREFERENCE:
        if protocol in spoken:
            return protocol
    return str(service_model(service).metadata["protocol"])


def operation_model(call: Call) -> Any:
    """The API model of a call's operation."""
    return service_model(call.service).operation_model(call.operation)


def arguments(
    operation: Any,
    protocol: str,
    *,
    body: bytes,
    headers: dict[str, str],
    labels: dict[str, str],
    values: MultiDict[str, str],
) -> dict[str, Any]:
    """A request's parameters as boto3 takes them; a streamed body is left out."""
    streamed: bool = operation.has_streaming_input
    asked: Any = {
        "body": b"" if streamed else body,
        "headers": Headers(headers),
        "method": "",
        "url_params": labels,
        "url_path": "",
        "values": values,
    }
    parsed: dict[str, Any] = PROTOCOL_PARSERS[protocol](operation).parse(asked)
    return {name: value for name, value in parsed.items() if value is not None}


def reply(call: Call, output: Mapping[str, Any]) -> Answer:
    """A successful answer with this output, in the call's own protocol."""
    protocol = call.protocol or protocol_of(call.service)
    serializer = get_serializer_class(call.service, protocol)(
        operation_model(call), context=SerializationContext(call.request_id)
    )
    written = serializer.serialize(dict(output))
    body = written["body"]
    return Answer(
        written["status_code"],
        body.encode() if isinstance(body, str) else body,
        tuple((k, str(v)) for k, v in written["headers"].items()),
        output,
    )


_RATHER = {"query": "AccessDenied", "rest-xml": "AccessDenied", "ec2": "UnauthorizedOperation"}


def deny(call: Call, reason: str) -> Answer:
    """Access denied, under the name that the call's protocol has for it."""
    protocol = call.protocol or protocol_of(call.service)
    code = _RATHER.get(protocol, "AccessDeniedException")
    return refuse(call, code, reason, status=400 if protocol == "json" else 403)


def refuse(call: Call, code: str, message: str, *, status: int = 400) -> Answer:
    """An error answer in the call's own protocol."""
    protocol = call.protocol or protocol_of(call.service)
    head = call.operation.startswith("Head") and call.service == "s3"
    return error(protocol, call.service, code, message, status, call.request_id, head=head)


def error(
    protocol: str,
    service: str,
    code: str,
    message: str,
    status: int,
    request_id: str = "",
    *,
    head: bool = False,
) -> Answer:
    """An error answer as a protocol writes it, even where no operation is known."""
    if protocol in ("json", "rest-json"):
        body = json.dumps({"__type": code, "message": message}).encode()
        headers = (("Content-Type", _JSON[protocol]), ("x-amzn-ErrorType", code))
    else:
        body = _xml_error(protocol, service, code, message, request_id).encode()
        headers = (("Content-Type", "application/xml"),)
    return Answer(status, b"" if head else body, headers, {}, code, message)


_JSON = {"json": "application/x-amz-json-1.1", "rest-json": "application/json"}


def _xml_error(protocol: str, service: str, code: str, message: str, request_id: str) -> str:
    inside = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}'
            f"<RequestId>{request_id}</RequestId><HostId>lab</HostId></Error>"
        )
    if protocol == "ec2":
        errors = f"<Errors><Error>{inside}</Error></Errors>"
        return f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>"
    return (
        f"<ErrorResponse><Error><Type>Sender</Type>{inside}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def understand(call: Call, status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    """The store's raw answer, together with what boto3 would make of it."""

    def read() -> dict[str, Any]:
        return _read(call, status, headers, body)

    if status < 300:
        return Answer(status, body, tuple(headers), ReadWhenAsked(read))
    said: dict[str, str] = read().get("Error") or {}
    code, message = said.get("Code", ""), said.get("Message", "")
    return Answer(status, body, tuple(headers), {}, code, message)


def _read(call: Call, status: int, headers: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    operation = operation_model(call)
    parser: Any = _create_parser(call.protocol or protocol_of(call.service))
    raw = {
        "status_code": status,
        "headers": HeadersDict(headers),
        "body": b"" if operation.has_streaming_output and status < 300 else body,
    }
    try:
        output: dict[str, Any] = parser.parse(raw, operation.output_shape)
    except ResponseParserError:
        return {}
    return {name: value for name, value in output.items() if name != "ResponseMetadata"}


class ReadWhenAsked(Mapping[str, Any]):
    """An answer as boto3 shows it, read once somebody looks: of most nobody does."""

    def __init__(self, read: Callable[[], dict[str, Any]]) -> None:
        self._read = read

    @cached_property
    def _whole(self) -> dict[str, Any]:
        return self._read()

    def __getitem__(self, name: str) -> Any:
        """One member."""
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        """The names of its members."""
        return iter(self._whole)

    def __len__(self) -> int:
        """How many members it has."""
        return len(self._whole)


def http_date(moment: datetime) -> str:
    """A time as HTTP's Date header writes it."""
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
