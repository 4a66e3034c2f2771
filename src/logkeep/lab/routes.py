"""Which operation of which service is this HTTP request? Told by signature, headers and path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import UnknownServiceError
from werkzeug.datastructures import MultiDict

from logkeep.lab.wire import service_model

_SERVICES = {
    "monitoring": "cloudwatch",
    "access-analyzer": "accessanalyzer",
    "tagging": "resourcegroupstaggingapi",
    "states": "stepfunctions",
    "email": "sesv2",
}
"""Names in a signature's scope that are not the botocore service name."""


@dataclass(frozen=True)
class Arrival:
    """An HTTP request before anything is known of it."""

    method: str
    path: str
    """As sent, still percent-encoded, without the query."""
    query: str
    headers: dict[str, str]
    """Lower-case names."""
    body: bytes
    source_ip: str = "127.0.0.1"


@dataclass(frozen=True)
class Scope:
    """What a request's signature says of itself (SigV4 credential scope)."""

    access_key: str = ""
    region: str = "us-east-1"
    service: str = ""
    token: str = ""
    presigned: bool = False


@dataclass(frozen=True)
class RequestTarget:
    """The operation a request asks for."""

    service: str
    protocol: str
    operation: Any
    """moto's API model of it."""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    values: MultiDict[str, str] = field(default_factory=MultiDict[str, str])


_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")


def scope_of(arrival: Arrival) -> Scope:
    """The credential scope, from the Authorization header or a presigned query."""
    found = _CREDENTIAL.search(arrival.headers.get("authorization", ""))
    query = dict(parse_qsl(arrival.query, keep_blank_values=True))
    credential = found.group(1) if found else query.get("X-Amz-Credential", "")
    parts = credential.rsplit("/", 4)
    if len(parts) != 5:
        return Scope()
    token = arrival.headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token", "")
    return Scope(parts[0], parts[2], parts[3].lower(), token, not found)


def target_of(arrival: Arrival, scope: Scope) -> RequestTarget | None:
    """The operation, or None where no model of the service knows such a request."""
    query = MultiDict(parse_qsl(arrival.query, keep_blank_values=True))
    named = arrival.headers.get("x-amz-target", "")
    if named:
        return _by_name(_service(arrival, scope), "json", named.rpartition(".")[2], query)
    form = _form(arrival)
    action = form.get("Action") or query.get("Action")
    if action:
        values: MultiDict[str, str] = MultiDict([*query.items(multi=True), *form.items(multi=True)])
        service = _service(arrival, scope, values.get("Version", ""))
        return _by_name(service, "ec2" if service == "ec2" else "query", action, values)
    return _by_route(_service(arrival, scope), arrival, query)


def _form(arrival: Arrival) -> MultiDict[str, str]:
    kind = arrival.headers.get("content-type", "")
    if not kind.startswith("application/x-www-form-urlencoded"):
        return MultiDict()
    text = arrival.body.decode("utf-8", "replace")
    return MultiDict(parse_qsl(text, keep_blank_values=True))


def _service(arrival: Arrival, scope: Scope, version: str = "") -> str:
    if scope.service == "s3" and arrival.path.startswith("/v20180820/"):
        return "s3control"
    if scope.service == "elasticloadbalancing":
        return "elb" if version == "2012-06-01" else "elbv2"
    return _SERVICES.get(scope.service, scope.service or "s3")


def _by_name(
    service: str, protocol: str, name: str, values: MultiDict[str, str]
) -> RequestTarget | None:
    model = _known_model(service)
    if model is None or name not in model.operation_names:
        return None
    return RequestTarget(service, protocol, model.operation_model(name), {}, values)


def _known_model(service: str) -> Any:
    try:
        return service_model(service)
    except UnknownServiceError:
        return None


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    names: tuple[str, ...]
    fixed: dict[str, str]
    asked_query: tuple[str, ...]
    asked_headers: tuple[str, ...]
    operation: Any
    weight: int

    def labels(self, arrival: Arrival, query: MultiDict[str, str]) -> dict[str, str] | None:
        """The path's labels, if the request is this operation."""
        if self.method != arrival.method:
            return None
        if any(query.get(name) != value for name, value in self.fixed.items()):
            return None
        if any(name not in query for name in self.asked_query):
            return None
        if any(name not in arrival.headers for name in self.asked_headers):
            return None
        found = self.path.fullmatch(arrival.path)
        if found is None:
            return None
        return dict(zip(self.names, map(unquote, found.groups()), strict=True))


def _by_route(service: str, arrival: Arrival, query: MultiDict[str, str]) -> RequestTarget | None:
    if _known_model(service) is None:
        return None
    for route in _routes(service):
        labels = route.labels(arrival, query)
        if labels is not None:
            protocol = str(service_model(service).metadata["protocol"])
            return RequestTarget(service, protocol, route.operation, labels, query)
    return None


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    """A REST service's operations, the most particular first."""
    model = service_model(service)
    routes = [_route(model.operation_model(name)) for name in model.operation_names]
    return tuple(sorted(routes, key=lambda route: -route.weight))


_LABEL = re.compile(r"\{([^}]+)\}")
_OBSOLETE = {
    "GetBucketLifecycle",
    "GetBucketNotification",
    "PutBucketLifecycle",
    "PutBucketNotification",
    "ListDirectoryBuckets",
}
"""Operations of the S3 model that share their request with a newer one."""


def _route(operation: Any) -> _Route:
    trait: Any = operation.http_trait
    shape: Any = operation.input_shape
    query: tuple[str, ...] = tuple(shape.required_query_args) if shape else ()
    headers: tuple[str, ...] = tuple(map(str.lower, shape.required_headers)) if shape else ()
    fixed: dict[str, str] = {k: v for k, v in trait.query_args.items() if k != "x-id"}
    literal = len(_LABEL.sub("", trait.path))
    weight = 100 * (len(fixed) + len(query) + len(headers)) + literal
    names = tuple(name.rstrip("+") for name in _LABEL.findall(trait.path))
    path = re.compile(_pattern(trait.path))
    weight -= 1000 * (operation.name in _OBSOLETE)
    return _Route(trait.method, path, names, fixed, query, headers, operation, weight)


def _pattern(path: str) -> str:
    text = ""
    for number, part in enumerate(_LABEL.split(path)):
        if number % 2 == 0:
            text += re.escape(part)
        else:
            text += "(.+)" if part.endswith("+") else "([^/]+)"
    return text if "(.+)" in text else text.rstrip("/") + "/?"
