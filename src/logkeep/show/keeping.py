"""What keeps the archive's logs, what that does not stop, and what else stands besides."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.fleet import Fleet
from logkeep.show.paint import Paint
from logkeep.value import account_of
from logkeep.who import Protection
from logkeep.words.plain import clean


def protection_lines(fleet: Fleet, found: tuple[Protection, ...], paint: Paint) -> Iterator[str]:
    """What keeps the logs, each with what it does not stop (rules 2.1.7, 2.3)."""
    if not found:
        return
    yield f"{paint.dye('what keeps the logs', 'bold')}  and what that does not stop"
    for each in found:
        name = f"{each.name} {clean(each.value)}".strip()
        yield f"    {name}"
        yield from paint.wrap("", _protection_words(fleet, each), column=6)
    yield ""


def _protection_words(fleet: Fleet, found: Protection) -> str:
    root = f"the root user of {clean(fleet.account_name(fleet.archive.account))}"
    ends = "deleting the key, which makes every log encrypted with it unreadable"
    match found.name:
        case "versioning":
            return (
                "an overwritten or deleted log stays as an older version; not prevented: deleting "
                f"that version, a lifecycle rule for old versions, {ends}"
            )
        case "deny-delete":
            return (
                f"the policy denies deleting to everybody; not prevented: {root}, who may take the "
                f"policy away, a lifecycle rule, which no policy stops, {ends}"
            )
        case "mfa-delete":
            return (
                f"deleting a version takes the MFA device of {root}; not prevented: that user, a "
                f"plain delete, which hides a log behind a marker, {ends}"
            )
        case "object-lock":
            return _lock_words(found.value, root, ends)


def _lock_words(lock: str, root: str, ends: str) -> str:
    """A lock by its mode; only closing the account deletes under compliance mode (S3 guide)."""
    rest = (
        "what lay there before it was set, a delete marker, a lifecycle rule once the time is "
        f"over, {ends}"
    )
    if lock.startswith("compliance"):
        return (
            "nobody, root included, deletes a version before its time; not prevented: "
            f"{rest}, closing the account"
        )
    if lock.startswith("governance"):
        return (
            "a version is deleted before its time only by who may bypass it; not prevented: "
            f"principals with s3:BypassGovernanceRetention, {root} too, {rest}"
        )
    return f"only versions that are locked one by one; not prevented: {rest}"


def caveat_words(fleet: Fleet, caveat: str) -> str:
    """What stands besides the conclusions, in a sentence."""
    owner = clean(fleet.account_name(fleet.archive.account))
    of_key = clean(fleet.account_name(account_of(fleet.archive.key) or fleet.archive.account))
    words = {
        "root-user": f"the root user of {owner} may change or remove the bucket's policy, "
        "whatever that policy says; only an organization's policy can prevent that",
        "root-user-of-key": f"the root user of {of_key} may change the key's policy, as its "
        "account's last way to recover the key; an organization's policy can prevent that",
        "grants-unread": "grants on the key were not read; one of them may let somebody decrypt "
        "without any policy that allows it",
        "acls-on": "ACLs are still enabled, and those of each log were not read; they may let "
        "somebody read without any policy that allows it",
        "sampled": "there are too many logs to ask about each; one Region's stand for all of "
        "an account's",
        "policies-turn": "a policy asks about a time that is yet to come (aws:CurrentTime, "
        "aws:EpochTime): this is the answer for the time of the snapshot; `logkeep diagnose` "
        "names the dates in the archive's own policies",
        "unversioned": "the bucket keeps no versions, so everybody who can write can "
        "overwrite a log",
        "administrators-unknown": "who administers the archive could not be seen; name them "
        "under `[archive] administrators` in logkeep.toml",
    }
    return words[caveat]
