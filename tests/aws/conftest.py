import os
import urllib.request
from collections.abc import Iterator

import pytest

from aws.front import Front
from logkeep.aws.session import Session
from logkeep.fleet import Archive, Fleet

OWN, PRODUCTION, STAGING = "123456789012", "222222222222", "333333333333"
"""moto holds every caller it does not know for its default account."""


@pytest.fixture(scope="session")
def server() -> Iterator[Front]:
    found = Front()
    yield found
    found.close()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No setting of whoever runs the tests is honoured."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


@pytest.fixture
def front(server: Front, settings: pytest.MonkeyPatch) -> Iterator[Front]:
    """An empty AWS, the credentials for it, and few tries where it fails."""
    settings.setenv("AWS_ENDPOINT_URL", server.url)
    settings.setenv("AWS_ACCESS_KEY_ID", "own")
    settings.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    settings.setenv("AWS_MAX_ATTEMPTS", "1")
    request = urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")
    urllib.request.urlopen(request).close()
    server.seen.clear()
    server.finished.clear()
    yield server
    server.rules.clear()
    server.ahead *= 0


@pytest.fixture
def fleet() -> Fleet:
    accounts = {"security": OWN, "production": PRODUCTION, "staging": STAGING}
    archive = Archive(OWN, "archive-logs")
    return Fleet("acme", "us-east-1", ("us-east-1",), accounts, "Logkeep", archive, ())


@pytest.fixture
def session(front: Front, fleet: Fleet) -> Session:
    assert front
    return Session(fleet)
