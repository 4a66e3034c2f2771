"""Is AWS's endpoint a name, an address before which no name can be put, or none at all?"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit


def keep_address(client: Any) -> None:
    """Let a client of S3 Control reach an endpoint that was configured by address.

    The SDK puts the account before the endpoint's host, whatever its settings say of host prefixes.
    `111111111111.127.0.0.1` is no host; AWS's own endpoints are names, and are left alone. The
    header x-amz-account-id says the account as well, so nothing is lost.
    """
    name = client.meta.service_model.service_name
    endpoint: str = client.meta.endpoint_url
    if name == "s3control" and is_address(endpoint):
        host = urlsplit(endpoint).netloc

        def straighten(request: Any, **_: object) -> None:
            asked: str = request.url
            request.url = urlsplit(asked)._replace(netloc=host).geturl()

        # Before signing: the signature covers the host.
        client.meta.events.register("before-sign.s3-control", straighten)


def is_address(url: str) -> bool:
    """Whether an endpoint's host is an IP address or `localhost`."""
    host = urlsplit(url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def check_endpoint(url: str) -> None:
    """Raise ValueError where an endpoint's port can be none; the SDK notices as it asks."""
    if urlsplit(url).port == 0:
        raise ValueError(f"no port of `{url}`")
