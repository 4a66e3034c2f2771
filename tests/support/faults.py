"""Answers that are not AWS's, put into a lab's mouth: pages of proxies, cuts, resets, drips."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn
from urllib.parse import parse_qs

from logkeep.lab.routes import Arrival, scope_of, target_of
from logkeep.lab.server import Lab

HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Hotel</body></html>"
XML = b'<?xml version="1.0"?><note><to>you</to></note>'
DRIP_S = 0.02


class Page(NamedTuple):
    """What comes in an answer's place, with which status."""

    body: bytes
    kind: str
    status: str = "200 OK"


PAGES = {
    "html": Page(HTML, "text/html"),
    "html-404": Page(HTML, "text/html", "404 Not Found"),
    "html-403": Page(HTML, "text/html", "403 Forbidden"),
    "html-502": Page(HTML, "text/html", "502 Bad Gateway"),
    "object": Page(b"{}", "application/x-amz-json-1.1"),
    "list": Page(b"[]", "application/x-amz-json-1.1"),
    "null": Page(b"null", "application/x-amz-json-1.1"),
    "text": Page(b"\xff\xfe hello \x00", "text/plain"),
    "empty": Page(b"", "text/plain"),
    "empty-404": Page(b"", "text/plain", "404 Not Found"),
    "xml": Page(XML, "text/xml"),
}
"""What comes whole, with the headers of whoever sends it."""

ALTERED = tuple(f"{name}-with-headers" for name in ("html", "object", "list", "null", "xml"))
"""The same with the true answer's headers, as a filter on the way would leave them."""

FAULTS = (*PAGES, *ALTERED, "half", "cut", "reset", "drip")
CHIEF = ("html", "object", "list", "null", "empty", "xml", "html-with-headers", "half", "cut",
         "reset", "drip")  # fmt: skip
"""Those of them that a whole command is tried with."""


class Faults:
    """A lab's application whose answers to some operations are spoilt."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.spoilt: Callable[[str], str | None] = lambda _: None
        """The fault of an operation such as `s3:GetBucketPolicy`, if it has one."""
        self.seen: list[str] = []
        self._decided: dict[tuple[str, str], str] = {}
        """The faults of requests that were decided before they came to this application."""
        self.dripped = 0
        """How many bytes the answer has that dripped last."""
        self.pages = dict(PAGES)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        fault = self._decided.pop(_attempt(environ), None) or self._decide(environ)
        if fault is None:
            return self.inner(environ, start)
        if fault in self.pages:
            page = self.pages[fault]
            said = b"" if environ["REQUEST_METHOD"] == "HEAD" else page.body
            start(page.status, [("Content-Type", page.kind), ("Content-Length", str(len(said)))])
            return [said]
        return self.altered(environ, start, fault)

    def passes(self, environ: dict[str, Any]) -> bool:
        """Whether this request of the SDK's is answered truly; one that is not has yet to come."""
        fault = self._decide(environ)
        if fault is not None:
            self._decided[_attempt(environ)] = fault
        return fault is None

    def _decide(self, environ: dict[str, Any]) -> str | None:
        name = operation(environ)
        self.seen.append(name)
        return self.spoilt(name)

    def altered(self, environ: dict[str, Any], start: Any, fault: str) -> Iterable[bytes]:
        """The true answer, not as it was."""
        came: list[Any] = []
        body = b"".join(self.inner(environ, lambda status, headers: came.append((status, headers))))
        status, headers = came[0]
        if fault.endswith("-with-headers"):
            body = self.pages[fault.removesuffix("-with-headers")].body
            status = "200 OK"
        if fault == "half":
            body = body[: len(body) // 2]
        if fault == "reset":
            reset(environ["werkzeug.socket"])
        if environ["REQUEST_METHOD"] == "HEAD":
            start(status, headers)
            return []
        kept = [(k, v) for k, v in headers if k.lower() not in ("content-length", "transfer")]
        said = [*kept, ("Content-Length", str(len(body)))]
        if fault == "cut":
            by_hand(environ["werkzeug.socket"], status, said, [body[: len(body) // 2]])
        if fault == "drip":
            self.dripped = len(body)
            by_hand(environ["werkzeug.socket"], status, said, drip(body))
        start(status, said)
        return [body]


def operation(environ: dict[str, Any]) -> str:
    """The operation that a request asks for, such as `s3:GetBucketPolicy`."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = str(environ.get("CONTENT_TYPE", ""))
    uri = str(environ.get("REQUEST_URI") or environ["PATH_INFO"])
    path, _, query = uri.partition("?")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = Again(body)
    arrival = Arrival(str(environ["REQUEST_METHOD"]), path, query, headers, body, "127.0.0.1")
    target = target_of(arrival, scope_of(arrival))
    if target is None:
        return parse_qs(query).get("Action", [""])[0]
    return f"{target.service}:{target.operation.name}"


def _attempt(environ: dict[str, Any]) -> tuple[str, str]:
    """What tells a request of the SDK's from every other, and one try of it from the next."""
    names = ("HTTP_AMZ_SDK_INVOCATION_ID", "HTTP_AMZ_SDK_REQUEST")
    first, second = (str(environ.get(name, "")) for name in names)
    return first, second


class Again:
    """A body that was read, to be read again."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def read(self, _size: int = -1) -> bytes:
        found, self.body = self.body, b""
        return found


def reset(connection: socket.socket) -> NoReturn:
    """End a connection without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError  # the server closes without a word, too


def by_hand(
    connection: socket.socket, status: str, headers: list[tuple[str, str]], body: Iterable[bytes]
) -> NoReturn:
    """Send an answer piece by piece, and end the connection; the server would send it whole."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    with contextlib.suppress(OSError):  # whoever asked may not wait for the end
        connection.sendall(f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode())
        for piece in body:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError  # so that the server sends nothing more


def drip(body: bytes) -> Iterator[bytes]:
    """A body a byte at a time."""
    for index in range(len(body)):
        time.sleep(DRIP_S)
        yield body[index : index + 1]


@contextmanager
def faults(lab: Lab) -> Iterator[Faults]:
    """A lab whose answers may be spoilt until the end."""
    server: Any = lab._server  # the test's own server
    before = server.app
    made = Faults(before)
    server.app = made
    try:
        yield made
    finally:
        server.app = before
