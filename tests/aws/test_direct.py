"""Objects read without the SDK: only a whole, good answer counts, else the SDK is asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from logkeep.aws.direct import FAILURES_MAX, DirectReader
from logkeep.aws.session import Session
from support.worlds import ACCOUNTS, fleet_of

OWNER = ACCOUNTS["security"]
MD5 = b'"841a2d689ad86bd1611447453c22c6fc"'
WHOLE = (
    b"HTTP/1.1 200 OK\r\nETag: "
    + MD5
    + b"\r\nContent-Length: 4\r\nx-amz-meta-signature: ab\r\n\r\nbody"
)
IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\
<GetCallerIdentityResult><Arn>arn:aws:iam::{OWNER}:user/ada</Arn><UserId>AIDA</UserId>\
<Account>{OWNER}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
CALLER = f"HTTP/1.1 200 OK\r\nContent-Length: {len(IDENTITY)}\r\n\r\n{IDENTITY}".encode()
IN_CHUNKS = WHOLE.replace(b"Content-Length: 4", b"Transfer-Encoding: chunked").replace(
    b"body", b"3\r\nbod\r\n1;x=y\r\ny\r\n0\r\n\r\n"
)
ODD = {
    "no object": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "gone": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "a server's error": b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 307 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    "a proxy's page": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage",
    "no length": b"HTTP/1.1 200 OK\r\nETag: x\r\n\r\nbody",
    "less than it says": b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 9\r\n\r\nbody",
    "more than it says": b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 2\r\n\r\nbody",
    "more than is wanted": b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 999999\r\n\r\nbody",
    "a page with the true headers": WHOLE.replace(b"body", b"page"),
    "a page that no ETag vouches for": WHOLE.replace(MD5, b'"x"'),
    "a chunk without a size": IN_CHUNKS.replace(b"1;x=y", b";"),
    "a chunk of no number": IN_CHUNKS.replace(b"1;x=y", b"+1"),
    "a chunk that is longer": IN_CHUNKS.replace(b"1;x=y", b"2"),
    "chunks that go on behind their end": IN_CHUNKS + b"page",
    "chunks without an end": IN_CHUNKS.removesuffix(b"0\r\n\r\n"),
    "chunks of more than is wanted": IN_CHUNKS.replace(b"1;x=y", b"ffff"),
    "no HTTP": b"hello\r\n\r\n",
    "nothing": b"",
}


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers each request alike, and closes where the answer is no whole one."""
    asked: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(65536):
                if data.startswith(b"POST"):  # the SDK asks who it is
                    while not data.endswith(b"2011-06-15"):
                        data += connection.recv(65536)
                    connection.sendall(CALLER)
                    continue
                asked.append(data)
                connection.sendall(answer)
                if answer not in (WHOLE, IN_CHUNKS):
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1], asked
    finally:
        listening.close()


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], DirectReader]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)

    def made(port: int) -> DirectReader:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        return DirectReader(Session(fleet_of()), OWNER, "us-east-1", "archive", OWNER)

    return made


@pytest.mark.parametrize("whole", [WHOLE, IN_CHUNKS], ids=["of a length", "in chunks"])
def test_a_whole_object_comes_with_its_metadata(
    whole: bytes, reader: Callable[[int], DirectReader]
) -> None:
    with answering(whole) as (port, asked):
        direct = reader(port)
        found = list(direct.get([f"a/{n} ü.json" for n in range(20)], 100))
        direct.close()
    assert [each and each.body for each in found] == [b"body"] * 20
    assert [each and each.metadata for each in found] == [{"signature": "ab"}] * 20
    assert len(asked) == 20
    assert all(b"x-amz-expected-bucket-owner: " + OWNER.encode() in each for each in asked)


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_what_is_no_whole_object_is_left_to_the_sdk(
    answer: bytes, reader: Callable[[int], DirectReader]
) -> None:
    with answering(answer) as (port, _):
        direct = reader(port)
        assert list(direct.get(["a", "b"], 100)) == [None, None]
        direct.close()


def test_after_some_failures_the_sdk_is_asked_at_once(
    reader: Callable[[int], DirectReader],
) -> None:
    with answering(ODD["a server's error"]) as (port, asked):
        direct = reader(port)
        for _ in range(3 * FAILURES_MAX):
            assert list(direct.get(["a"], 100)) == [None]
        direct.close()
    assert len(asked) == FAILURES_MAX
