"""How long may one answer take, and did all of it come? The SDK bounds each read, not the whole.

An endpoint that sends a byte now and then keeps a reader for ever, and one that stops in the middle
has its half taken for the whole.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any, Final

from botocore import awsrequest

WHOLE_ANSWER_S: Final = 120.0
"""From the question to an answer's last byte; the SDK then tries again."""

# botocore's connections have no types.
Http: Any = awsrequest.AWSHTTPConnection
Https: Any = awsrequest.AWSHTTPSConnection
HttpPool: Any = awsrequest.AWSHTTPConnectionPool
HttpsPool: Any = awsrequest.AWSHTTPSConnectionPool


class Watch:
    """One thread that cuts every connection whose time is over; a timer each would be as many."""

    def __init__(self) -> None:
        self._due: dict[Bounded, float] = {}
        """Until when each may take."""
        self._told = threading.Condition()
        self._until = 0.0
        """When the thread looks again; 0 where there is none."""

    def begin(self, connection: Bounded) -> None:
        """Give a connection its time from now."""
        until = time.monotonic() + WHOLE_ANSWER_S
        with self._told:
            self._due.pop(connection, None)
            self._due[connection] = until
            if not self._until:
                self._until = until
                threading.Thread(target=self._watch, name="logkeep-watch", daemon=True).start()
            elif until < self._until:
                self._told.notify()

    def end(self, connection: Bounded) -> None:
        """Let a connection take what time it likes."""
        with self._told:
            self._due.pop(connection, None)

    def _watch(self) -> None:
        """Look when the first of them is due, and end where nothing is waited for any more."""
        while over := self._wait():
            for connection in over:
                connection.cut()

    def _wait(self) -> list[Bounded]:
        """Those whose time is over, once there are some; none where nothing is waited for."""
        with self._told:
            while self._due:
                now = time.monotonic()
                over = [each for each, until in self._due.items() if until <= now]
                for each in over:
                    del self._due[each]
                if over:
                    return over
                self._until = min(self._due.values())
                self._told.wait(self._until - now)
            self._until = 0.0
            return []


WATCH: Final = Watch()


class Bounded:
    """A connection that is cut where an answer takes too long."""

    sock: Any
    _used: Any = None
    """The socket that is read from, which the connection itself lets go of before the end."""
    _is_over = False
    """Whether the answer's time is over, be it before there is a connection."""

    def connect(self) -> None:
        """Connect."""
        super().connect()  # pyright: ignore
        self._used = self.sock
        if self._is_over:
            self.cut()

    def request(self, *arguments: Any, **named: Any) -> Any:
        """Ask, and give the answer its time from now."""
        self._is_over = False
        WATCH.begin(self)
        return self._or_let_be(super().request, *arguments, **named)  # pyright: ignore

    def getresponse(self, *arguments: Any, **named: Any) -> Any:
        """The answer's beginning."""
        return self._or_let_be(super().getresponse, *arguments, **named)  # pyright: ignore

    def let_be(self) -> None:
        """The answer has come whole, or will not."""
        WATCH.end(self)

    def _or_let_be(self, call: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except BaseException:
            self.let_be()
            raise

    def cut(self) -> None:
        """Let whoever reads come to the end at once; TLS has no say in it."""
        self._is_over = True
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
