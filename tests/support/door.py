"""How do the SDK's calls reach a lab of this process? Straight, without a connection between.

A call is written, signed and read by the SDK as ever, and the lab's whole web application answers
it; only sockets, threads and HTTP's own lines are left out (`tests/lab/test_door.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse
from urllib3 import HTTPHeaderDict, HTTPResponse

from logkeep.aws.session import Session
from logkeep.lab.server import Lab
from support.faults import Faults

OPEN: list[Lab] = []
"""The labs of this process that its sessions ask straight."""


@contextmanager
def straight(lab: Lab) -> Iterator[None]:
    """Have every session of this process ask a lab straight; several labs end in any order."""
    OPEN.append(lab)
    Session._make_client = _entering
    try:
        yield
    finally:
        OPEN.remove(lab)
        if not OPEN:
            Session._make_client = MAKE


def _entering(session: Session, *given: Any, **named: Any) -> Any:
    client = MAKE(session, *given, **named)
    client.meta.events.register("before-send", _answered)
    return client


MAKE = Session._make_client


def _answered(request: Any, **_: Any) -> AWSResponse | None:
    for lab in OPEN:
        if request.url.startswith(f"{lab.endpoint_url}/"):
            environ = _environ(request)
            return _ask(lab, request, environ) if _passes(lab, environ) else None
    return None


def _passes(lab: Lab, environ: dict[str, Any]) -> bool:
    """Whether a request reaches the lab as it is sent, and is answered as the lab answers it.

    Whoever stands before the lab, to spoil its answers or its connections, is not passed by.
    """
    server: Any = lab._server  # the test's own server
    return server.app is lab.application or (
        isinstance(server.app, Faults)
        and server.app.inner is lab.application
        and server.app.passes(environ)
    )


def _ask(lab: Lab, request: Any, environ: dict[str, Any]) -> AWSResponse:
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        begun.append((status, headers))

    body = b"".join(lab.application(environ, start))
    status, headers = begun[-1]
    code = int(status.split(" ", 1)[0])
    raw = HTTPResponse(
        BytesIO(body),
        HTTPHeaderDict(headers),
        code,
        preload_content=False,
        decode_content=False,
        request_method=request.method,
    )
    return AWSResponse(request.url, code, raw.headers, raw)


def _environ(request: Any) -> dict[str, Any]:
    """What the lab's server makes of the same request (PEP 3333)."""
    url, body = urlsplit(request.url), _body(request.body)
    target = url.path + (f"?{url.query}" if url.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "PATH_INFO": unquote(url.path).encode().decode("latin1"),
        "QUERY_STRING": url.query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            text = value.decode("latin1") if isinstance(value, bytes) else str(value)
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    return environ


def _body(given: Any) -> bytes:
    if given is None:
        return b""
    if isinstance(given, str):
        return given.encode()
    return bytes(given) if isinstance(given, bytes | bytearray) else given.read()
