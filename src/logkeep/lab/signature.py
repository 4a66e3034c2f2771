"""Was this request signed with that secret? Signature Version 4, computed anew.

Source: AWS General Reference, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import quote

import botocore.utils

from logkeep.lab.routes import Arrival

_normalize: Any = vars(botocore.utils)["normalize_url_path"]  # botocore has no types
_HEADER = re.compile(r"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)")


def valid(arrival: Arrival, secret: str) -> bool:
    """Whether the request bears the signature that this secret gives it."""
    pairs: dict[str, str] = dict(_pair(one) for one in arrival.query.split("&"))
    found = _HEADER.search(arrival.headers.get("authorization", ""))
    if found:
        names, signature = found.group(1), found.group(2)
        scope = re.search(r"Credential=([^,\s]+)", arrival.headers["authorization"])
        credential = scope.group(1) if scope else ""
        date = arrival.headers.get("x-amz-date", "")
    else:
        names = pairs.get("X-Amz-SignedHeaders", "").replace("%3B", ";")
        signature = pairs.get("X-Amz-Signature", "")
        credential = pairs.get("X-Amz-Credential", "").replace("%2F", "/")
        date = pairs.get("X-Amz-Date", "")
    parts = credential.rsplit("/", 4)[1:]
    if len(parts) != 4:
        return False
    request = _canonical(arrival, names.split(";"), parts[2], presigned=found is None)
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{date}\n{'/'.join(parts)}\n{digest}"
    return hmac.compare_digest(_sign(secret, parts, text).encode(), signature.encode())


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _sign(secret: str, scope: list[str], text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical(arrival: Arrival, names: list[str], service: str, *, presigned: bool) -> str:
    path = arrival.path or "/"
    if service != "s3":  # every service but S3 encodes the path once more
        path = quote(str(_normalize(path)), safe="/~")
    query = [one for one in arrival.query.split("&") if one]
    wanted = [one for one in query if not one.startswith("X-Amz-Signature=")]
    pairs = sorted(map(_pair, wanted))
    headers = "".join(
        f"{name}:{' '.join(arrival.headers.get(name, '').split())}\n" for name in names
    )
    return "\n".join(
        [
            arrival.method,
            path,
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(names),
            _payload(arrival, presigned),
        ]
    )


def _payload(arrival: Arrival, presigned: bool) -> str:
    if presigned:
        return "UNSIGNED-PAYLOAD"
    said = arrival.headers.get("x-amz-content-sha256")
    return said or hashlib.sha256(arrival.body).hexdigest()
