"""How does another process of the same user steer the lab? A few paths under `/_lab/`.

Every request there must carry the lab's token, and every other one a signature by a key of the lab,
all of which only the user can read. No page that the user's browser shows may reach in at all: what
comes from a page says so (Fetch Standard, `Origin`; Fetch Metadata, `Sec-Fetch-Site`), and what was
led here by a name of the page's own has that name for a host.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from logkeep.lab.breaking.underneath import Impossible, Underneath
from logkeep.lab.call import Passage
from logkeep.lab.front import Environ, Front, Start

TOKEN_HEADER = "X-Lab-Token"


def comes_from_a_page(environ: Environ) -> bool:
    """Whether a browser sent this on behalf of a page, or a name led it here that is not ours."""
    site = str(environ.get("HTTP_SEC_FETCH_SITE", "none"))
    return "HTTP_ORIGIN" in environ or site != "none" or not is_ours(environ.get("HTTP_HOST", ""))


def is_ours(host: str) -> bool:
    """Whether a host is this machine by its own name; before it may stand a bucket's."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in ("127.0.0.1", "::1", "localhost") or name.endswith(".localhost")


def _send(start: Start, status: str, said: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(said).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


class Control:
    """The front with the lab's own paths before it."""

    def __init__(self, front: Front, token: str, advance: Callable[[timedelta], datetime]) -> None:
        self._front = front
        self._token = token
        self._advance = advance
        self._underneath = Underneath(front.world, front.lock)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer one HTTP request."""
        if comes_from_a_page(environ):
            return _send(start, "403 FORBIDDEN", {"error": "the lab is for no page in a browser"})
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith("/_lab/"):
            return self._front(environ, start)
        return _send(start, *self._answer(path.removeprefix("/_lab/"), environ))

    def _answer(self, name: str, environ: Environ) -> tuple[str, dict[str, Any]]:
        given = str(environ.get("HTTP_X_LAB_TOKEN", ""))
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return "403 FORBIDDEN", {"error": f"the {TOKEN_HEADER} header is missing or wrong"}
        method = str(environ["REQUEST_METHOD"])
        match (method, name):
            case ("GET", "now"):
                return "200 OK", {"now": self._front.world.now().isoformat()}
            case ("GET", "state"):
                return "200 OK", self._state()
            case ("POST", "advance"):
                return self._move(environ)
            case ("POST", "break"):
                return self._break(environ)
            case ("POST", "passed"):
                return self._passed(environ)
            case ("POST", "mend"):
                return "200 OK", {"mended": self._underneath.mend()}
            case _:
                return "404 NOT FOUND", {"error": f"no {method} /_lab/{name}"}

    def _state(self) -> dict[str, Any]:
        world = self._front.world
        return {
            "now": world.now().isoformat(),
            "accounts": world.accounts,
            "regions": list(world.regions),
            "management_account": world.management_account,
            "organization_id": world.organization_id,
            "waits": self._waits(),
        }

    def _waits(self) -> bool:
        """Whether anything that was noted is on its way to where it is kept."""
        with self._front.lock:
            return any(kind.waits(self._front.world) for kind in self._front.world.kinds)

    def _move(self, environ: Environ) -> tuple[str, dict[str, Any]]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        try:
            asked = json.loads(environ["wsgi.input"].read(length) or b"{}")
            now = self._advance(timedelta(seconds=float(asked["seconds"])))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            return "400 BAD REQUEST", {"error": f'say {{"seconds": N}}: {error}'}
        return "200 OK", {"now": now.isoformat()}

    def _passed(self, environ: Environ) -> tuple[str, dict[str, Any]]:
        """Take note of packets, now: a list of what a flow log tells of each."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        world = self._front.world
        try:
            asked = json.loads(environ["wsgi.input"].read(length) or b"{}")
            found = [Passage(at=world.now(), **each) for each in asked["packets"]]
        except (ValueError, KeyError, TypeError) as error:
            return "400 BAD REQUEST", {"error": f'say {{"packets": […]}}: {error}'}
        with self._front.lock:
            for kind in world.kinds:
                kind.passed(world, found)
        return "200 OK", {"packets": len(found)}

    def _break(self, environ: Environ) -> tuple[str, dict[str, Any]]:
        """Break something from underneath; what can be broken is in `breaking`."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        try:
            asked = json.loads(environ["wsgi.input"].read(length) or b"{}")
            return "200 OK", {"says": self._underneath.spoil(asked)}
        except (ValueError, Impossible) as error:
            return "400 BAD REQUEST", {"error": str(error)}
