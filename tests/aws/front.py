"""An HTTP server in front of moto that answers some calls itself, as AWS would."""

from __future__ import annotations

import datetime
import io
import json
import threading
from collections.abc import Callable, Iterable
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

Answer = tuple[str, str, str]
"""Status, content type and body."""
Rule = Callable[[str, str, str], Answer | None]
"""Given operation, account's access key and body: an answer, or None to leave it to moto."""


def operation(environ: dict[str, Any], body: str) -> str:
    """The operation's name, or an S3 request's method, path and query."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    action = parse_qs(body).get("Action", [""])[0]
    path = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
    return target.rsplit(".", 1)[-1] or action or path


def access_key(environ: dict[str, Any]) -> str:
    """The access key that signed a request."""
    return environ.get("HTTP_AUTHORIZATION", "Credential=/").split("Credential=")[1].split("/")[0]


def json_error(code: str, message: str = "said AWS", status: str = "400 Bad Request") -> Answer:
    """An error of a JSON service."""
    return status, "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})


def json_answer(body: Any) -> Answer:
    """An answer of a JSON service."""
    return "200 OK", "application/x-amz-json-1.1", json.dumps(body)


def query_error(code: str, message: str = "said AWS", status: str = "403 Forbidden") -> Answer:
    """An error of STS or IAM."""
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        "</Error><RequestId>r</RequestId></ErrorResponse>"
    )
    return status, "text/xml", body


def s3_error(code: str, message: str = "said AWS", status: str = "403 Forbidden") -> Answer:
    """An error of S3."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, "application/xml", body


class Front:
    """The server: what it saw, what it answers itself, and what time it says it is."""

    def __init__(self) -> None:
        self.inner = DomainDispatcherApplication(create_backend_app)
        self.rules: list[Rule] = []
        self.seen: list[str] = []
        self.finished: list[str] = []
        self.agents: set[str] = set()
        self.lock = threading.Lock()
        self.ahead = datetime.timedelta(0)
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=self.dated())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def dated(self) -> type[WSGIRequestHandler]:
        """Answers that carry this server's own time."""
        front = self

        class Dated(WSGIRequestHandler):
            def date_time_string(self, timestamp: float | None = None) -> str:
                del timestamp
                return format_datetime(front.now(), usegmt=True)

            def log(self, *_: object, **__: object) -> None:
                """Say nothing."""

        return Dated

    def now(self) -> datetime.datetime:
        """The time that this server says it is."""
        return datetime.datetime.now(datetime.UTC) + self.ahead

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        text = body.decode("utf-8", "replace")
        name = operation(environ, text)
        with self.lock:
            self.seen.append(name)
            self.agents.add(environ.get("HTTP_USER_AGENT", ""))
            found = next(filter(None, (r(name, access_key(environ), text) for r in self.rules)), 0)
        if not found:
            answered = self.inner(environ, start_response)
            self.finished.append(name)
            return answered
        status, kind, said = found
        length = str(len(said.encode()))
        signed = ("x-amz-request-id", "r")  # which every answer of S3 bears, though it has no body
        start_response(status, [("Content-Type", kind), ("Content-Length", length), signed])
        return [said.encode()]

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def times(count: int, wanted: str, found: Answer) -> Rule:
    """Answer an operation so for the first few times."""
    left = [count]

    def rule(name: str, _key: str, _body: str) -> Answer | None:
        if name != wanted or left[0] == 0:
            return None
        left[0] -= 1
        return found

    return rule
