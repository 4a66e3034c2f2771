"""The lab as a thing to start and stop: a web server on this machine's loopback, and its clock."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from threading import Thread
from types import TracebackType

from werkzeug.serving import BaseWSGIServer, make_server

from logkeep.lab import clock as clocks
from logkeep.lab.clock import Clock
from logkeep.lab.control import Control
from logkeep.lab.credentials import Credentials
from logkeep.lab.front import front
from logkeep.lab.handler import Handler
from logkeep.lab.kinds import lab_kinds
from logkeep.lab.organization import ACCOUNTS, EXTRA, ORGANIZATION_ID, build
from logkeep.lab.store import Store, trust
from logkeep.lab.variables import environment
from logkeep.lab.world import LabWorld

REGIONS = ("us-east-1", "eu-west-1")


class Lab:
    """An AWS organization on this machine, until it is closed; one at a time in a process."""

    def __init__(
        self,
        accounts: dict[str, str] | None = None,
        regions: tuple[str, ...] = REGIONS,
        start: datetime | None = None,
        ticking: bool = True,
        port: int = 0,
        extra: dict[str, str] | None = None,
        *,
        paced: bool = False,
    ) -> None:
        clock = Clock(start, ticking)
        clocks.follow(clock)
        store, kinds = Store(), lab_kinds()
        for each in (one for kind in kinds for one in kind.trusted):
            trust(each.prefix, each.written)
        named = accounts or ACCOUNTS
        self.world = LabWorld(named, regions, ORGANIZATION_ID, clock, paced=paced, kinds=kinds)
        self.credentials: dict[str, Credentials] = build(
            self.world, EXTRA if extra is None else extra
        )
        self.front = front(self.world, store, kinds)
        self.token = secrets.token_urlsafe(24)
        self.application = Control(self.front, self.token, self.advance)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, self.application, threaded=True, request_handler=Handler
        )
        self.port = self._server.server_port
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.05,), name="lab", daemon=True
        )
        self._thread.start()

    @property
    def endpoint_url(self) -> str:
        """What to set AWS_ENDPOINT_URL to."""
        return f"http://127.0.0.1:{self.port}"

    def advance(self, by: timedelta) -> datetime:
        """Move the lab's clock forward, let everything due happen, and give the new time."""
        with self.front.lock:
            now = self.world.clock.advance(by)
            self.front.before(self.world, now)
            return now

    def environment(self, who: str = "ada") -> dict[str, str]:
        """The environment variables that make an SDK or the `aws` command one of the lab's."""
        region, paced = self.world.regions[0], self.world.paced
        return environment(self.endpoint_url, region, self.credentials[who], paced=paced)

    def close(self) -> None:
        """Stop serving and forget everything."""
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()
        self.front.store.reset()
        clocks.unfollow()

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
