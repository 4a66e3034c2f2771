"""How long may one answer take, and did all of it come? The SDK bounds each read, not the whole.

An endpoint that sends a byte now and then keeps a reader for ever, and one that stops in the middle
has its half taken for the whole.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any, Final

from botocore import awsrequest

WHOLE_ANSWER_S: Final = 120.0
"""From the question to an answer's last byte; the SDK then tries again."""

# botocore's connections have no types.
Http: Any = awsrequest.AWSHTTPConnection
Https: Any = awsrequest.AWSHTTPSConnection
HttpPool: Any = awsrequest.AWSHTTPConnectionPool
HttpsPool: Any = awsrequest.AWSHTTPSConnectionPool


class Bounded:
    """A connection that is cut where an answer takes too long."""

    sock: Any
    _used: Any = None
    """The socket that is read from, which the connection itself lets go of before the end."""
    _timer: threading.Timer | None = None

    def connect(self) -> None:
        """Connect."""
        super().connect()  # pyright: ignore
        self._used = self.sock

    def request(self, *arguments: Any, **named: Any) -> Any:
        """Ask, and give the answer its time from now."""
        self.let_be()
        self._timer = threading.Timer(WHOLE_ANSWER_S, self._cut)
        self._timer.daemon = True
        self._timer.start()
        return self._or_let_be(super().request, *arguments, **named)  # pyright: ignore

    def getresponse(self, *arguments: Any, **named: Any) -> Any:
        """The answer's beginning."""
        return self._or_let_be(super().getresponse, *arguments, **named)  # pyright: ignore

    def let_be(self) -> None:
        """The answer has come whole, or will not."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _or_let_be(self, call: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except BaseException:
            self.let_be()
            raise

    def _cut(self) -> None:
        """Let whoever reads come to the end at once; TLS has no say in it."""
        with contextlib.suppress(OSError, TypeError):
            socket.socket.shutdown(self.sock or self._used, socket.SHUT_RDWR)


class Whole:
    """A pool of connections that takes no answer for whole that is shorter than it says it is."""

    def urlopen(self, *arguments: Any, **named: Any) -> Any:
        """Ask, and miss what does not come; the SDK asks not to be told of it."""
        return super().urlopen(  # pyright: ignore
            *arguments, **{**named, "enforce_content_length": True}
        )

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.let_be()
        super()._put_conn(conn)  # pyright: ignore


class BoundedHttp(Bounded, Http):
    """A plain connection."""


class BoundedHttps(Bounded, Https):
    """A connection under TLS."""


class WholeHttpPool(Whole, HttpPool):
    """Plain connections."""

    ConnectionCls = BoundedHttp


class WholeHttpsPool(Whole, HttpsPool):
    """Connections under TLS."""

    ConnectionCls = BoundedHttps


POOLS = {"http": WholeHttpPool, "https": WholeHttpsPool}


def bound(client: Any) -> None:
    """Have a client's answers come whole and in time, or fail as a connection does."""
    session = client._endpoint.http_session
    session._pool_classes_by_scheme = POOLS
    session._manager.pool_classes_by_scheme = POOLS
