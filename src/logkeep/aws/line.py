"""One connection that stays open, and the whole answers that come over it."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from logkeep.aws import connection

HEAD_BYTES_MAX: Final = 64 << 10
PIECE_BYTES: Final = 64 << 10
"""Not more: larger pieces are asked of the system and given back each time."""
SILENCE_S: Final = 30.0
DIGITS_MAX: Final = 20
SIZE_LINE_MAX: Final = 1 << 10
"""How long the line before a piece of an answer without a length may be."""
BROKEN: Final = (OSError, http.client.HTTPException, ValueError)


class Odd(Exception):
    """What came is no whole and good answer: the SDK will know what it is."""


class Gone(Odd):
    """There is no such object, or no longer."""


class _Closed(Odd):
    """The connection was closed before anything came."""


class HttpAnswer(NamedTuple):
    """A whole answer of status 200."""

    headers: Mapping[bytes, bytes]
    """By names in small letters."""
    body: bytes


class Connection:
    """One connection that stays open; one request at a time."""

    def __init__(self, place: str, context: ssl.SSLContext | None) -> None:
        self._at = urlsplit(place)
        self._context = context
        self._connection: http.client.HTTPConnection | None = None
        self._request = b""
        self._is_new = True
        self._deadline = 0.0

    @property
    def is_asked(self) -> bool:
        """Whether an answer is due."""
        return bool(self._request)

    def ask(self, request: bytes) -> None:
        """Send a request; a connection that was closed meanwhile is made anew."""
        self._deadline = time.monotonic() + connection.WHOLE_ANSWER_S
        self._is_new = self._connection is None
        try:
            self._sock().sendall(request)
        except ConnectionError:
            if self._is_new:
                raise
            self._again(request)
        self._request = request

    def answer(self, bytes_max: int) -> HttpAnswer:
        """The answer to the request; raises where it is anything but a whole one."""
        request, self._request = self._request, b""
        try:
            found, stays = _read(self._sock(), bytes_max, self._deadline)
        except (ConnectionError, _Closed):
            if self._is_new:
                raise
            # One that was kept open may have been closed meanwhile; then nothing was answered.
            self._again(request)
            found, stays = _read(self._sock(), bytes_max, self._deadline)
        if not stays:
            self.hang_up()
        return found

    def _again(self, request: bytes) -> None:
        self.hang_up()
        self._is_new = True
        self._sock().sendall(request)

    def _sock(self) -> Any:
        if self._connection is None:
            host, port = self._at.hostname or "", self._at.port
            made = (
                http.client.HTTPConnection(host, port, timeout=SILENCE_S)
                if self._context is None
                else http.client.HTTPSConnection(
                    host, port, timeout=SILENCE_S, context=self._context
                )
            )
            made.connect()
            self._connection = made
        return self._connection.sock

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _read(sock: Any, bytes_max: int, deadline: float) -> tuple[HttpAnswer, bool]:
    """One answer, and whether the connection stays; raises where it is no whole one."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        if len(data) > HEAD_BYTES_MAX:
            raise Odd
        data += _piece(sock, deadline, begun=bool(data))
    head = bytes(data[:end]).split(b"\r\n")
    headers = _headers(head)
    version, _, status = head[0].partition(b" ")
    if version != b"HTTP/1.1" or status[:4] != b"200 ":
        raise Gone if status[:4] == b"404 " else Odd
    rest = data[end + 4 :]
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = _in_chunks(sock, rest, bytes_max, deadline)
    else:
        body = _of_length(sock, rest, headers.get(b"content-length", b""), bytes_max, deadline)
    return HttpAnswer(headers, body), headers.get(b"connection", b"").lower() != b"close"


def _of_length(sock: Any, data: bytearray, said: bytes, bytes_max: int, deadline: float) -> bytes:
    length = int(said) if said.isdigit() and len(said) < DIGITS_MAX else -1
    if not 0 <= length <= bytes_max:
        raise Odd
    while len(data) < length:
        data += _piece(sock, deadline, begun=True)
    if len(data) > length:
        raise Odd
    return bytes(data)


def _in_chunks(sock: Any, data: bytearray, bytes_max: int, deadline: float) -> bytes:
    """A body in pieces, each behind its size in hexadecimal (RFC 9112, 7.1); no trailers."""
    body = bytearray()
    while True:
        while (end := data.find(b"\r\n")) < 0:
            if len(data) > SIZE_LINE_MAX:
                raise Odd
            data += _piece(sock, deadline, begun=True)
        size = _size(bytes(data[:end]))
        if len(body) + size > bytes_max:
            raise Odd
        del data[: end + 2]
        while len(data) < size + 2:
            data += _piece(sock, deadline, begun=True)
        if not data.startswith(b"\r\n", size):
            raise Odd
        if not size:
            if len(data) > size + 2:
                raise Odd
            return bytes(body)
        body += data[:size]
        del data[: size + 2]


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not digits or len(digits) >= DIGITS_MAX or digits.strip(b"0123456789abcdefABCDEF"):
        raise Odd
    return int(digits, 16)


def _headers(head: list[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for line in head[1:]:
        name, _, value = line.partition(b":")
        found[name.lower()] = value.strip()
    return found


def _piece(sock: Any, deadline: float, *, begun: bool) -> bytes:
    piece = sock.recv(PIECE_BYTES)
    if not piece:
        raise Odd if begun else _Closed
    if time.monotonic() > deadline:
        raise Odd
    return piece
