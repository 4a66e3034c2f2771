"""What does S3 say of an upload's Object Lock headers?

S3 API reference, PutObject (rule 2.3.3).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

from logkeep.policy import Unread
from logkeep.storage.bucket import Bucket
from logkeep.storage.headers import LEGAL_HOLD, LOCK_MODE, LOCK_UNTIL
from logkeep.storage.upload import Doubt, Refusal, Upload

HEADERS: Final = (LOCK_MODE, LOCK_UNTIL, LEGAL_HOLD)
MODES: Final = ("GOVERNANCE", "COMPLIANCE")


def lock_actions(upload: Upload) -> Iterator[str]:
    """Yield the permissions that Object Lock headers ask for (rule 2.1.8)."""
    if LOCK_MODE in upload.headers or LOCK_UNTIL in upload.headers:
        yield "s3:PutObjectRetention"
    if LEGAL_HOLD in upload.headers:
        yield "s3:PutObjectLegalHold"


def check_lock(upload: Upload, bucket: Bucket) -> Iterator[Refusal | Doubt]:
    """Yield what is wrong with the headers, or what is not known."""
    sent = [name for name in HEADERS if name in upload.headers]
    if not sent:
        return
    if isinstance(bucket.object_lock, Unread):
        call = f"{bucket.object_lock.call}: {bucket.object_lock.error}"
        yield Doubt(reason="object-lock-unread", unknown=(call,))
    elif not bucket.object_lock:
        yield _refused("lock-missing", "InvalidRequest")
    mode, until = upload.headers.get(LOCK_MODE), upload.headers.get(LOCK_UNTIL)
    if (mode is None) != (until is None):
        yield _refused("lock-half")
    if mode is not None and mode not in MODES:
        yield _refused("lock-mode", detail=mode)
    if upload.headers.get(LEGAL_HOLD, "ON") not in ("ON", "OFF"):
        yield _refused("legal-hold", detail=upload.headers[LEGAL_HOLD])
    if until is not None:
        yield from _check_date(upload, until)


def _check_date(upload: Upload, until: str) -> Iterator[Refusal | Doubt]:
    try:
        wanted = datetime.datetime.fromisoformat(until)
    except ValueError:
        yield _refused("lock-date", detail=until)
        return
    if upload.at is None:
        yield Doubt(reason="time-unknown", unknown=("when the upload is sent",))
    elif wanted.replace(tzinfo=wanted.tzinfo or datetime.UTC) <= upload.at:
        yield _refused("lock-past", detail=until)


def _refused(reason: str, code: str = "InvalidArgument", detail: str = "") -> Refusal:
    return Refusal(code=code, status=400, by="request", reason=reason, detail=detail)
