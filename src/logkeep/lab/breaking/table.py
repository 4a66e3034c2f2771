"""Every code that the lab can bring about, with a sentence of what is done for it."""

from __future__ import annotations

from typing import Literal

import msgspec

Way = Literal["calls", "underneath"]


class Break(msgspec.Struct, frozen=True):
    """One way of breaking a fleet's logs."""

    code: str
    says: str
    way: Way = "calls"
    """By real API calls of an administrator, or straight in the lab where no call can do it."""
    first: str = ""
    """The code that diagnose meets first, where it is another one."""
    hours: float = 0
    """How long it takes to show."""
    organization: bool = False
    """Whether only a fleet with an organization trail can have it."""

    @property
    def found_as(self) -> str:
        """The code by which diagnose finds it first."""
        return self.first or self.code


BREAKS = (
    Break("trail-missing", "the account's trail is deleted"),
    Break("trail-off", "the account's trail is stopped"),
    Break("trail-elsewhere", "the account's trail is pointed at another bucket"),
    Break("trail-single-region", "the account's trail covers its home Region only"),
    Break(
        "global-events-off",
        "the account's trail leaves out global services, which only a single-Region trail can",
        first="trail-single-region",
    ),
    Break("trail-no-validation", "the account's trail makes no digests any more"),
    Break("trail-no-key", "the account's trail names no key, so S3's own encryption is used"),
    Break("trail-wrong-key", "the account's trail names another key, which allows it"),
    Break("management-events-off", "the account's trail leaves out management events"),
    Break("data-events-off", "the account's trail leaves out one kind of data events"),
    Break(
        "selectors-full",
        "the account's trail takes 498 single objects and nothing else, and holds no more",
        first="management-events-off",
    ),
    Break("insights-off", "the account's trail looks for no unusual activity"),
    Break(
        "log-bucket-loop", "the archive account's trail records its own deliveries, and so for ever"
    ),
    Break(
        "trail-limit",
        "the account's trail is deleted, and five others take every place there is",
        first="trail-missing",
    ),
    Break("trail-prefix", "the account's trail writes under another prefix", "underneath"),
    Break(
        "bucket-misspelt", "the account's trail names a bucket with a slip of the pen", "underneath"
    ),
    Break("bucket-missing", "the archive's bucket is gone, with all that was in it", "underneath"),
    Break(
        "bucket-foreign",
        "the archive's bucket is gone, and a stranger has taken its name",
        "underneath",
    ),
    Break("requester-pays", "whoever asks the archive's bucket has to pay"),
    Break("bucket-refuses", "the bucket's policy no longer names the account's trail"),
    Break("bucket-denies", "a foreign Deny of the bucket's policy stops the account's trail"),
    Break("header-forced", "a foreign Deny asks the account's trail for another encryption header"),
    Break("policy-malformed", "the bucket's policy is no JSON any more", "underneath"),
    Break(
        "policy-too-long",
        "somebody's statement fills the bucket's policy, and CloudTrail is named no more",
        first="bucket-refuses",
    ),
    Break("key-missing", "the archive's key is gone for good", "underneath"),
    Break("key-unnamed", "the key's alias is deleted"),
    Break("key-disabled", "the archive's key is disabled"),
    Break(
        "key-elsewhere", "the archive's bucket lies in another Region than its key", "underneath"
    ),
    Break("key-unfit", "the archive's key cannot encrypt", "underneath"),
    Break("key-refuses", "the key's policy no longer names the account's trail"),
    Break("key-denies", "a foreign Deny of the key's policy stops the account's trail"),
    Break("delivery-error", "the account's trail reports an error though all is set", "underneath"),
    Break(
        "delivery-stale",
        "CloudTrail delivers nothing more of the account, and says nothing",
        "underneath",
        hours=3,
    ),
    Break(
        "chain-broken",
        "one delivered log file is tampered with and another deleted; `logkeep verify` finds it",
        "underneath",
    ),
    Break("bucket-unversioned", "the bucket's versioning is suspended"),
    Break("bucket-public", "the bucket's Block Public Access is off"),
    Break("bucket-acls", "the bucket takes ACLs again"),
    Break("bucket-expires", "a lifecycle rule deletes logs after a month"),
    Break("bucket-deletable", "the statement that keeps everybody from deleting logs is gone"),
    Break("logs-forgeable", "the statement that keeps people from writing among the logs is gone"),
    Break("settings-open", "the statement that closes the bucket's settings is gone"),
    Break("transport-open", "the statement that asks for TLS is gone"),
    Break("archive-open-to-strangers", "the bucket's policy lets a service write for any account"),
    Break("key-endable", "the key's policy lets somebody disable and delete it"),
    Break("reader-missing", "a declared reader's role is deleted"),
    Break("reader-cannot-read", "a reader's own policy no longer allows the bucket"),
    Break("reader-cannot-decrypt", "the key's policy no longer names a reader"),
    Break("readers-too-many", "the key's policy lets the whole account decrypt"),
    Break("reader-can-write", "the key's policy lets a reader change it"),
    Break("trail-no-loggroup", "the account's trail no longer sends to a log group"),
    Break("loggroup-missing", "the account's log group is deleted"),
    Break("loggroup-key-disabled", "the account's log group gets a key, which is then disabled"),
    Break("loggroup-key-refuses", "the account's log group gets a key that then refuses it"),
    Break("role-missing", "the role that writes to the log group is deleted"),
    Break("role-trust", "the role that writes to the log group trusts another service"),
    Break("role-refuses", "the role that writes to the log group has lost its policies"),
    Break(
        "loggroup-delivery-error",
        "CloudTrail reports an error of the log group though all is set",
        "underneath",
    ),
    Break(
        "loggroup-stale",
        "nothing of the account has come into its log group, and nobody says why",
        "underneath",
    ),
    Break(
        "global-events-doubled",
        "a second trail of the account, of one Region, brings global events into the archive too",
        hours=2,
    ),
    Break("organization-missing", "the organization is dissolved", "underneath", organization=True),
    Break(
        "organization-features-off",
        "the organization only shares its bills",
        "underneath",
        organization=True,
    ),
    Break(
        "organization-access-off",
        "the organization trusts CloudTrail no more",
        organization=True,
    ),
    Break(
        "account-outside",
        "the account is in the organization no more",
        "underneath",
        organization=True,
    ),
    Break(
        "home-region-off",
        "the account has not enabled the Region where the organization's trail is at home",
        "underneath",
        organization=True,
    ),
    Break("writer-can-read", "the bucket's and the key's policy let CloudTrail read the logs"),
)
BY_CODE = {each.code: each for each in BREAKS}
