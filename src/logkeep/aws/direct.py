"""Objects asked for directly, over connections that stay open: a tenth of the SDK's work.

Only a whole and good answer of S3 counts. Whatever else comes, and wherever a proxy stands in
between, the SDK is asked instead: it knows how to try again, to follow and to explain.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from botocore import httpsession, utils

from logkeep.aws.call_log import date_of
from logkeep.aws.line import BROKEN, Connection, Gone, HttpAnswer, Odd
from logkeep.aws.session import Session
from logkeep.aws.whole import GZIP, is_as_sent
from logkeep.value import AccountId, Region

# botocore ships no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
proxies_of: Any = utils.get_environ_proxies
certificates_of: Any = httpsession.get_cert_path

ALGORITHM: Final = "AWS4-HMAC-SHA256"
NO_BODY: Final = hashlib.sha256(b"").hexdigest()
AHEAD: Final = 8
"""How many objects a thread has asked for before it has read the first of them."""
LISTING_BYTES_MAX: Final = 8 << 20
"""A page names 1,000 keys of 1,024 bytes at most, each of which may be written as three."""
FAILURES_MAX: Final = 5
"""After so many in a row that did not come directly, all are asked of the SDK."""
METADATA: Final = b"x-amz-meta-"
ENCRYPTION: Final = b"x-amz-server-side-encryption"
OWN_KEY: Final = b"x-amz-server-side-encryption-customer-algorithm"


class Direct(NamedTuple):
    """An object's bytes, and its user metadata."""

    body: bytes
    metadata: Mapping[str, str]


class DirectReader:
    """Reads objects of one bucket as one account, by many threads with connections of their own."""

    def __init__(
        self, session: Session, account: AccountId, region: Region, bucket: str, owner: AccountId
    ) -> None:
        self._session = session
        self._account = account
        self._region = region
        self._owner = owner
        self._here = threading.local()
        self._failures = 0
        self._signing: Signing | None = None
        self._all: list[Connection] = []
        client = session.account_client(account, "s3", region)
        # The SDK says where its own requests go: by name or path, dualstack, FIPS, the user's own.
        url: str = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "-"})
        place = urlsplit(url)
        self._place = f"{place.scheme}://{place.netloc}"
        self._host = place.netloc
        self._path = place.path.removesuffix("-")
        self._is_off = bool(proxies_of(self._place))
        self._context = _trusting(session) if place.scheme == "https" else None

    def get(self, keys: Iterable[str], bytes_max: int) -> Iterator[Direct | None]:
        """Objects in the order of their keys; None where the SDK has to be asked for one."""
        asked: deque[Connection] = deque()
        free = self._lines()
        try:
            for key in keys:
                line = free.popleft() if free else self._another()
                self._ask(line, key)
                asked.append(line)
                if len(asked) == AHEAD:
                    yield self._answered(asked[0], bytes_max)
                    free.append(asked.popleft())
            while asked:
                yield self._answered(asked[0], bytes_max)
                free.append(asked.popleft())
        finally:  # whoever reads no further leaves answers on the way, which are nobody's
            self._here.lines = deque([*free, *(line for line in asked if not line.is_asked)])

    def _another(self) -> Connection:
        made = Connection(self._place, self._context)
        self._all.append(made)
        return made

    def close(self) -> None:
        """Close every connection, once no thread reads any more."""
        for line in self._all:
            line.hang_up()

    def _lines(self) -> deque[Connection]:
        """The connections of this thread, taken by whoever asks until they have no answer due."""
        found: deque[Connection] = getattr(self._here, "lines", None) or deque()
        self._here.lines = None
        return found

    def _ask(self, line: Connection, key: str) -> None:
        if self._is_off:
            return
        with contextlib.suppress(*BROKEN):
            request = self._request(f"{self._path}{quote(key, safe='/-_.~')}")
            self._session.calls.note("s3:GetObject")
            line.ask(request)

    def listing(self, given: Mapping[str, str]) -> bytes | None:
        """What S3 lists for these parameters, as it came; None where the SDK has to be asked."""
        if self._is_off:
            return None
        free = self._lines()
        line = free.popleft() if free else self._another()
        query = "&".join(f"{name}={quote(given[name], safe='-_.~')}" for name in sorted(given))
        try:
            request = self._request(self._path, query)
            self._session.calls.note("s3:ListObjectsV2")
            line.ask(request)
            found = line.answer(LISTING_BYTES_MAX)
        except (*BROKEN, Odd):
            line.hang_up()
            return None
        finally:
            self._here.lines = deque([*free, line])
        at = date_of(found.headers.get(b"date", b"").decode("latin-1"))
        if at is not None:
            self._session.calls.note_time(at)
        return found.body

    def _answered(self, line: Connection, bytes_max: int) -> Direct | None:
        if not line.is_asked:
            return None
        try:
            found = _object(line.answer(bytes_max))
        except (*BROKEN, Odd) as error:
            line.hang_up()
            self._failures += not isinstance(error, Gone)
            self._is_off = self._is_off or self._failures >= FAILURES_MAX
            return None
        self._failures = 0
        return found

    def _request(self, path: str, query: str = "") -> bytes:
        """A signed GET."""
        now, signing = int(time.time()), self._signing
        if signing is None or signing.now != now:
            keys = self._session.signing_keys(self._account)
            signing = self._signing = Signing(keys, now, self._region, self._host, self._owner)
        return signing.request(path, query)


class Signing:
    """Signs the requests of one second as the SDK's signer does, which makes each anew (SigV4,
    "Authenticating Requests: Using the Authorization Header")."""

    def __init__(
        self, keys: tuple[str, str, str], now: int, region: Region, host: str, owner: AccountId
    ) -> None:
        self.now = now
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        headers = {
            "host": host,
            "x-amz-content-sha256": NO_BODY,
            "x-amz-date": at,
            "x-amz-expected-bucket-owner": owner,
        }
        if keys[2]:
            headers["x-amz-security-token"] = keys[2]
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        sent = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        scope = (at[:8], region, "s3", "aws4_request")
        self._key = f"AWS4{keys[1]}".encode()
        for part in scope:
            self._key = hmac.digest(self._key, part.encode(), "sha256")
        self._canonical = f"{lines}\n{names}\n{NO_BODY}"
        self._to_sign = f"{ALGORITHM}\n{at}\n{'/'.join(scope)}\n"
        said = f"Credential={'/'.join((keys[0], *scope))}, SignedHeaders={names}, Signature="
        self._sent = f"{sent}authorization: {ALGORITHM} {said}"

    def request(self, path: str, query: str = "") -> bytes:
        """A GET of a path, written as it is to be sent."""
        canonical = f"GET\n{path}\n{query}\n{self._canonical}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.digest(self._key, f"{self._to_sign}{hashed}".encode(), "sha256").hex()
        where = f"{path}?{query}" if query else path
        return f"GET {where} HTTP/1.1\r\n{self._sent}{signature}\r\n\r\n".encode()


def _trusting(session: Session) -> ssl.SSLContext:
    """TLS that trusts whom the SDK does."""
    return ssl.create_default_context(cafile=session.certificates() or certificates_of(True))


def _object(answer: HttpAnswer) -> Direct:
    """The object of an answer; raises Odd where nothing vouches for it."""
    headers, body = answer
    if b"etag" not in headers or not _is_good(body, headers):
        raise Odd
    metadata = {
        name[len(METADATA) :].decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        if name.startswith(METADATA)
    }
    return Direct(body, metadata)


def _is_good(body: bytes, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the ETag vouches for a body or, where it cannot, it is gzip as every log is."""
    etag, encryption = headers[b"etag"], headers.get(ENCRYPTION, b"")
    sent = (etag.decode("latin-1"), encryption.decode("latin-1"))
    is_vouched = is_as_sent(body, *sent, own_key=OWN_KEY in headers)
    return body.startswith(GZIP) if is_vouched is None else is_vouched
