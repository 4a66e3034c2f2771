"""Objects asked for directly, over connections that stay open: a tenth of the SDK's work.

Only a whole and good answer of S3 counts. Whatever else comes, and wherever a proxy stands in
between, the SDK is asked instead: it knows how to try again, to follow and to explain.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from botocore import auth, credentials, httpsession, utils

from logkeep.aws import connection
from logkeep.aws.session import Session
from logkeep.aws.whole import GZIP, is_as_sent
from logkeep.value import AccountId, Region

# botocore ships no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
Signer: Any = auth.S3SigV4Auth
Keys: Any = credentials.Credentials
proxies_of: Any = utils.get_environ_proxies
certificates_of: Any = httpsession.get_cert_path

NO_BODY: Final = hashlib.sha256(b"").hexdigest()
HEAD_BYTES_MAX: Final = 64 << 10
PIECE_BYTES: Final = 64 << 10
"""Not more: larger pieces are asked of the system and given back each time."""
SILENCE_S: Final = 30.0
AHEAD: Final = 8
"""How many objects a thread has asked for before it has read the first of them."""
FAILURES_MAX: Final = 5
"""After so many in a row that did not come directly, all are asked of the SDK."""
METADATA: Final = b"x-amz-meta-"
ENCRYPTION: Final = b"x-amz-server-side-encryption"
OWN_KEY: Final = b"x-amz-server-side-encryption-customer-algorithm"
BROKEN: Final = (OSError, http.client.HTTPException, ValueError)


class Direct(NamedTuple):
    """An object's bytes, and its user metadata."""

    body: bytes
    metadata: Mapping[str, str]


class Odd(Exception):
    """The answer is not a whole object: the SDK will know what it is."""


class _Gone(Odd):
    """There is no such object, or no longer."""


class _Closed(Odd):
    """The connection was closed before anything came."""


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
        self._all: list[_Line] = []
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
        asked: deque[_Line] = deque()
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

    def _another(self) -> _Line:
        made = _Line(self._place, self._context)
        self._all.append(made)
        return made

    def close(self) -> None:
        """Close every connection, once no thread reads any more."""
        for line in self._all:
            line.hang_up()

    def _lines(self) -> deque[_Line]:
        """The connections of this thread, taken by whoever asks until they have no answer due."""
        found: deque[_Line] = getattr(self._here, "lines", None) or deque()
        self._here.lines = None
        return found

    def _ask(self, line: _Line, key: str) -> None:
        if self._is_off:
            return
        with contextlib.suppress(*BROKEN):
            request = self._request(f"{self._path}{quote(key, safe='/-_.~')}")
            self._session.calls.note("s3:GetObject")
            line.ask(request)

    def _answered(self, line: _Line, bytes_max: int) -> Direct | None:
        if not line.is_asked:
            return None
        try:
            found = line.answer(bytes_max)
        except (*BROKEN, Odd) as error:
            line.hang_up()
            self._failures += not isinstance(error, _Gone)
            self._is_off = self._is_off or self._failures >= FAILURES_MAX
            return None
        self._failures = 0
        return found

    def _request(self, path: str) -> bytes:
        """A signed GET (SigV4, "Authenticating Requests: Using the Authorization Header")."""
        keys = self._session.signing_keys(self._account)
        signer = Signer(Keys(*keys), "s3", self._region)
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        stamp = _Stamp(now)
        headers = {
            "host": self._host,
            "x-amz-content-sha256": NO_BODY,
            "x-amz-date": now,
            "x-amz-expected-bucket-owner": self._owner,
        }
        if keys[2]:
            headers["x-amz-security-token"] = keys[2]
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"GET\n{path}\n\n{lines}\n{names}\n{NO_BODY}"
        signature = signer.signature(signer.string_to_sign(stamp, canonical), stamp)
        said = f"Credential={signer.scope(stamp)}, SignedHeaders={names}, Signature={signature}"
        sent = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return (
            f"GET {path} HTTP/1.1\r\n{sent}authorization: AWS4-HMAC-SHA256 {said}\r\n\r\n".encode()
        )


class _Stamp:
    """What the SDK's signer wants to know of a request."""

    def __init__(self, time: str) -> None:
        self.context: dict[str, str] = {"timestamp": time}


def _trusting(session: Session) -> ssl.SSLContext:
    """TLS that trusts whom the SDK does."""
    return ssl.create_default_context(cafile=session.certificates() or certificates_of(True))


class _Line:
    """One connection that stays open; one request at a time."""

    def __init__(self, place: str, context: ssl.SSLContext | None) -> None:
        self._at = urlsplit(place)
        self._context = context
        self._connection: http.client.HTTPConnection | None = None
        self._request = b""
        self._is_new = True
        self._deadline = 0.0

    @property
    def is_asked(self) -> bool:
        """Whether an answer is due."""
        return bool(self._request)

    def ask(self, request: bytes) -> None:
        """Send a request; a connection that was closed meanwhile is made anew."""
        self._deadline = time.monotonic() + connection.WHOLE_ANSWER_S
        self._is_new = self._connection is None
        try:
            self._sock().sendall(request)
        except ConnectionError:
            if self._is_new:
                raise
            self._again(request)
        self._request = request

    def answer(self, bytes_max: int) -> Direct:
        """The answer to the request; raises where it is anything but a whole object."""
        request, self._request = self._request, b""
        try:
            found, stays = _read(self._sock(), bytes_max, self._deadline)
        except (ConnectionError, _Closed):
            if self._is_new:
                raise
            # One that was kept open may have been closed meanwhile; then nothing was answered.
            self._again(request)
            found, stays = _read(self._sock(), bytes_max, self._deadline)
        if not stays:
            self.hang_up()
        return found

    def _again(self, request: bytes) -> None:
        self.hang_up()
        self._is_new = True
        self._sock().sendall(request)

    def _sock(self) -> Any:
        if self._connection is None:
            host, port = self._at.hostname or "", self._at.port
            made = (
                http.client.HTTPConnection(host, port, timeout=SILENCE_S)
                if self._context is None
                else http.client.HTTPSConnection(
                    host, port, timeout=SILENCE_S, context=self._context
                )
            )
            made.connect()
            self._connection = made
        return self._connection.sock

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


DIGITS_MAX = 20


def _read(sock: Any, bytes_max: int, deadline: float) -> tuple[Direct, bool]:
    """One answer, and whether the connection stays; raises where it is no whole object."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        if len(data) > HEAD_BYTES_MAX:
            raise Odd
        data += _piece(sock, deadline, begun=bool(data))
    head = bytes(data[:end]).split(b"\r\n")
    headers = _headers(head)
    version, _, status = head[0].partition(b" ")
    if version != b"HTTP/1.1" or status[:4] != b"200 " or b"etag" not in headers:
        raise _Gone if status[:4] == b"404 " else Odd
    said = headers.get(b"content-length", b"")
    length = int(said) if said.isdigit() and len(said) < DIGITS_MAX else -1
    if not 0 <= length <= bytes_max:
        raise Odd
    body = data[end + 4 :]
    while len(body) < length:
        body += _piece(sock, deadline, begun=True)
    if len(body) > length or not _is_good(bytes(body), headers):
        raise Odd
    metadata = {
        name[len(METADATA) :].decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        if name.startswith(METADATA)
    }
    stays = headers.get(b"connection", b"").lower() != b"close"
    return Direct(bytes(body), metadata), stays


def _is_good(body: bytes, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the ETag vouches for a body or, where it cannot, it is gzip as every log is."""
    etag, encryption = headers[b"etag"], headers.get(ENCRYPTION, b"")
    told = (etag.decode("latin-1"), encryption.decode("latin-1"))
    is_vouched = is_as_sent(body, *told, own_key=OWN_KEY in headers)
    return body.startswith(GZIP) if is_vouched is None else is_vouched


def _headers(head: list[bytes]) -> dict[bytes, bytes]:
    pairs = (line.partition(b":") for line in head[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _piece(sock: Any, deadline: float, *, begun: bool) -> bytes:
    piece = sock.recv(PIECE_BYTES)
    if not piece:
        raise Odd if begun else _Closed
    if time.monotonic() > deadline:
        raise Odd
    return piece
