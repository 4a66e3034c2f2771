"""One connection of the lab's web server: it stays open from request to request, as AWS's do.

werkzeug's own handler closes the connection after each answer, and waits ten milliseconds before.
"""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import Any

from werkzeug.serving import WSGIRequestHandler

_BODYLESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)

BODY_BYTES_MAX = 64 << 20
_DIGITS_MAX = 20


class _Refused(Exception):
    """A body that cannot be read; the status says why."""


class Handler(WSGIRequestHandler):
    """Serves without writing a line for every request."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in one piece, else each answer waits for the client's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request, whose body is read to its end first: the next one comes after it."""
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        try:
            environ["wsgi.input"] = BytesIO(self._body(environ))
        except _Refused as error:
            self.close_connection = True
            self._send(str(error), [], b"")
            return
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            begun.append((status, headers))

        body = b"".join(self.server.app(environ, start))
        self._send(*begun[-1], body)

    def _body(self, environ: dict[str, Any]) -> bytes:
        """The whole body; a chunked one has its own end, any other without a length is none.

        Whoever reaches the port may send one, before it is known who that is.
        """
        length = str(environ.get("CONTENT_LENGTH") or "")
        if length and not (length.isascii() and length.isdigit()):
            raise _Refused("400 BAD REQUEST")
        if len(length) > _DIGITS_MAX or int(length or 0) > BODY_BYTES_MAX:
            raise _Refused("413 CONTENT TOO LARGE")
        if length:
            return environ["wsgi.input"].read(int(length))
        return self._pieces(environ) if environ.get("wsgi.input_terminated") else b""

    def _pieces(self, environ: dict[str, Any]) -> bytes:
        body = bytearray()
        try:
            while piece := environ["wsgi.input"].read(64 << 10):
                body += piece
                if len(body) > BODY_BYTES_MAX:
                    raise _Refused("413 CONTENT TOO LARGE")
        except OSError as error:  # they are not as they should be
            raise _Refused("400 BAD REQUEST") from error
        return bytes(body)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code = int(status.split(" ", 1)[0])
        self.send_response(code, status.partition(" ")[2])
        for name, value in headers:
            self.send_header(name, value)
        sized = any(name.lower() == "content-length" for name, _ in headers)
        if not sized and code not in _BODYLESS:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin an answer; http.server would add real time's Date before the lab's own."""
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's
        """Say nothing."""
