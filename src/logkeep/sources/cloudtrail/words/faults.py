"""What a fault is called that a verification of digests and logs finds."""

from __future__ import annotations

from collections.abc import Mapping

FAULTS: Mapping[str, str] = {
    "digest-missing": "a digest is missing",
    "digest-changed": "a digest was changed",
    "digest-moved": "a digest is not where CloudTrail wrote it",
    "digest-unsigned": "a digest has no valid signature",
    "digest-unreadable": "a digest could not be read",
    "log-missing": "a log file is missing",
    "log-changed": "a log file was changed",
    "log-unreadable": "a log file could not be read",
    "log-unlisted": "a log file is in no digest",
    "log-unproven": "no digest covers the time of a log file",
    "key-unknown": "a digest is signed by a key that CloudTrail does not know",
    "key-unreadable": "CloudTrail's public keys could not be read",
    "listing-unreadable": "the archive could not be listed",
    "gap": "some hours have no digest",
}
