"""The lab's front door: who asks, for what, may they, and what does the store answer?"""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from threading import RLock
from typing import Any

from moto.core.parse import RequestParserError

from logkeep.lab import encryption, permissions
from logkeep.lab.actions import action_of
from logkeep.lab.call import Answer, Call, Caller, Overlay, Tap
from logkeep.lab.identity import Stranger
from logkeep.lab.kind import LabKind
from logkeep.lab.objects.lifecycle import expire_until
from logkeep.lab.routes import Arrival, RequestTarget, Scope, scope_of, target_of
from logkeep.lab.services import OVERLAYS
from logkeep.lab.services.organizations import keeper
from logkeep.lab.store import Store
from logkeep.lab.wire import arguments, error, http_date, protocol_of, refuse, understand
from logkeep.lab.world import LabWorld

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]


@dataclass
class Front:
    """A WSGI application: identity, authorization, overlay, store, and then the taps."""

    world: LabWorld
    store: Store
    overlays: dict[tuple[str, str], Overlay]
    taps: list[Tap]
    before: Callable[[LabWorld, datetime], None]
    """Runs what is due by now, before a call is looked at."""

    def __post_init__(self) -> None:
        self.lock = RLock()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer one HTTP request."""
        request_id = str(uuid.uuid4()).upper()
        arrival = _arrival(environ)
        with self.lock:
            answer = self._answer(environ, arrival, request_id)
            now = self.world.now()
        return _send(answer, request_id, now, arrival.method == "HEAD", start)

    def _answer(self, environ: Environ, arrival: Arrival, request_id: str) -> Answer:
        self.before(self.world, self.world.now())
        scope = scope_of(arrival)
        target = target_of(arrival, scope)
        protocol = _guess(target, arrival, scope)
        caller = self.world.gate.admit(arrival, scope)
        if isinstance(caller, Stranger):
            return _turn_away(caller, protocol, target, scope, request_id)
        if target is None:
            said = f"The lab knows no such operation of {scope.service or 's3'}."
            return error(protocol, scope.service, "InvalidAction", said, 400, request_id)
        try:
            call = self._call(arrival, scope, target, caller, request_id)
        except (ValueError, KeyError, TypeError, AttributeError, RequestParserError):
            code = "MalformedXML" if protocol == "rest-xml" else "SerializationException"
            said = "The request body could not be read."
            return error(protocol, target.service, code, said, 400, request_id)
        answer = self._serve(environ, arrival.body, scope, call)
        for tap in self.taps:
            tap(self.world, call, answer)
        return answer

    def _call(
        self, arrival: Arrival, scope: Scope, target: RequestTarget, caller: Caller, request_id: str
    ) -> Call:
        name = str(target.operation.name)
        given = arguments(
            target.operation,
            target.protocol,
            body=arrival.body,
            headers=arrival.headers,
            labels=target.labels,
            values=target.values,
        )
        call = Call(
            target.service,
            name,
            action_of(target.service, name, scope.service, given),
            "*",
            caller.account,
            scope.region,
            given,
            caller,
            self.world.now(),
            arrival.source_ip,
            arrival.headers.get("user-agent", ""),
            request_id,
            arrival.headers,
            target.protocol,
            arrival.method,
            f"{arrival.path}?{arrival.query}" if arrival.query else arrival.path,
        )
        return permissions.located(self.world, call)

    def _serve(self, environ: Environ, body: bytes, scope: Scope, call: Call) -> Answer:
        refused = permissions.check(self.world, call) or encryption.check(self.world, call)
        if refused is not None:
            return refused

        def forward() -> Answer:
            return self._forward(environ, body, scope, call)

        overlay = self.overlays.get((call.service, call.operation))
        return overlay(self.world, call, forward) if overlay else forward()

    def _forward(self, environ: Environ, body: bytes, scope: Scope, call: Call) -> Answer:
        asked = _as_moto_reads(environ, scope)
        if not self.store.knows(asked):
            return _missing(call)
        account = keeper(self.world, call) or permissions.store_account(call)
        try:
            status, headers, text = self.store.ask(asked, permissions.body(call, body), account)
        except NotImplementedError:
            return _missing(call)
        except Exception:  # whatever moto stumbles over must not look like a healthy AWS
            traceback.print_exc()
            said = f"The store underneath failed on {call.service}:{call.operation}."
            return refuse(call, "InternalFailure", said, status=400)
        if text.startswith(b"<!doctype html"):  # moto's page for a path it does not know
            return _missing(call)
        return understand(call, status, headers, text)


def _missing(call: Call) -> Answer:
    said = f"The lab has no {call.service}:{call.operation}."
    return refuse(call, "NotImplemented", said, status=501)


def _arrival(environ: Environ) -> Arrival:
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    uri = str(environ.get("REQUEST_URI") or environ.get("PATH_INFO", "/"))
    body = _body(environ)
    address = str(environ.get("REMOTE_ADDR") or "127.0.0.1")
    method = str(environ["REQUEST_METHOD"])
    path, _, query = uri.partition("?")
    query = query or str(environ.get("QUERY_STRING", ""))
    return Arrival(method, path, query, headers, body, address)


def _body(environ: Environ) -> bytes:
    """The whole body; without a length only a chunked one has an end."""
    if environ.get("CONTENT_LENGTH"):
        return environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b""


def _as_moto_reads(environ: Environ, scope: Scope) -> Environ:
    """moto tells the service from an Authorization header; a presigned request has none."""
    if not scope.presigned:
        return environ
    credential = f"{scope.access_key}/20260101/{scope.region}/{scope.service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=lab"
    return {**environ, "HTTP_AUTHORIZATION": signed}


def _guess(target: RequestTarget | None, arrival: Arrival, scope: Scope) -> str:
    """The protocol to refuse in, where no operation is known."""
    if target is not None:
        return target.protocol
    if "x-amz-target" in arrival.headers:
        return "json"
    return protocol_of("s3") if scope.service in ("", "s3") else "query"


def _turn_away(
    stranger: Stranger, protocol: str, target: RequestTarget | None, scope: Scope, request_id: str
) -> Answer:
    service = target.service if target else scope.service or "s3"
    head = target is not None and target.operation.http_trait.method == "HEAD"
    status = 400 if protocol == "json" else 403
    return error(protocol, service, stranger.code, stranger.message, status, request_id, head=head)


_OURS = {
    "access-control-allow-origin",  # no page is to read what the store lets every page read
    "connection",
    "content-length",
    "date",
    "server",
    "x-amz-request-id",
    "x-amzn-requestid",
}


def _send(
    answer: Answer, request_id: str, now: datetime, headless: bool, start: Start
) -> Iterable[bytes]:
    headers = [(k, v) for k, v in answer.headers if k.lower() not in _OURS]
    length = next((v for k, v in answer.headers if k.lower() == "content-length"), None)
    headers += [
        ("Date", http_date(now)),
        ("x-amzn-RequestId", request_id),
        ("x-amz-request-id", request_id),
        ("Content-Length", length if headless and length else str(len(answer.body))),
    ]
    start(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    return [b"" if headless else answer.body]


def front(world: LabWorld, store: Store, kinds: tuple[LabKind, ...]) -> Front:
    """A front before a store, with all that the kinds of log bring."""

    def tick(now_in: LabWorld, now: datetime) -> None:
        expire_until(now_in, now)
        for kind in kinds:
            kind.tick(now_in, now)

    return Front(world, store, all_overlays(kinds), [kind.note for kind in kinds], tick)


def all_overlays(kinds: Iterable[LabKind]) -> dict[tuple[str, str], Overlay]:
    """The front's own overlays and the kinds'; no operation may have two."""
    found, whose = dict(OVERLAYS), dict.fromkeys(OVERLAYS, "the lab")
    for kind in kinds:
        for operation, overlay in kind.operations.items():
            if operation in found:
                said = ":".join(operation)
                raise ValueError(f"{said} is answered by {whose[operation]} and by {kind.name}")
            found[operation], whose[operation] = overlay, kind.name
    return found
