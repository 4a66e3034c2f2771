"""By which settings would the SDK find AWS, and who calls? A digest of them, without a secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

# Those of a session that is renewed, too; the rest tells one caller from another.
SECRET = frozenset({"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"})
FILES = {
    "AWS_CONFIG_FILE": "~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
}
"""The SDK's own files, by the variable that names another."""


def sdk_settings(environment: Mapping[str, str]) -> str:
    """A digest that is another one where the SDK may find another caller or another AWS."""
    named = {
        name: value
        for name, value in environment.items()
        if name.startswith("AWS_") and name not in SECRET
    }
    files = [stamp(Path(environment.get(name) or usual)) for name, usual in FILES.items()]
    return hashlib.sha256(json.dumps([sorted(named.items()), files]).encode()).hexdigest()


def stamp(path: Path) -> tuple[int, int] | None:
    """When a file was last changed, and how large it is."""
    try:
        found = path.expanduser().stat()
    except (OSError, RuntimeError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
