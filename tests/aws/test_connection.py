"""No answer keeps a reader longer than it may take, however slowly its connection is made."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException

import pytest
from urllib3.exceptions import HTTPError

from logkeep.aws import connection
from logkeep.aws.connection import BoundedHttp
from support.hanging import no_hanging

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
WHOLE_ANSWER_S = 0.05
CUT = (OSError, HTTPException, HTTPError)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server that sends a byte now and then until nobody listens any more."""
    monkeypatch.setattr(connection, "WHOLE_ANSWER_S", WHOLE_ANSWER_S)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening.accept()[0] as made:
            try:
                made.sendall(HEAD)
                while True:
                    made.sendall(b".")
                    time.sleep(0.01)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    with listening:
        yield listening.getsockname()[1]


def read(asked: BoundedHttp) -> None:
    try:
        asked.request("GET", "/")
        asked.getresponse().read()
    finally:
        asked.close()


def test_what_drips_is_cut(port: int) -> None:
    asked = BoundedHttp("127.0.0.1", port, timeout=5)
    with no_hanging(20), pytest.raises(CUT):
        read(asked)


def test_what_is_over_before_there_is_a_connection_is_cut_then(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are looked up, and servers are slow to let anybody in, for as long as they like."""
    asked, real = BoundedHttp("127.0.0.1", port, timeout=5), BoundedHttp._new_conn

    def slowly(self: BoundedHttp) -> socket.socket:
        time.sleep(2 * WHOLE_ANSWER_S)
        return real(self)

    monkeypatch.setattr(BoundedHttp, "_new_conn", slowly)
    with no_hanging(20), pytest.raises(CUT):
        read(asked)
