"""Everything that can be broken of CloudTrail in the lab."""

from __future__ import annotations

from logkeep.lab.breaking.table import Break, Breaking
from logkeep.lab.kinds.cloudtrail.breaking import members, trails, underneath
from logkeep.snapshot.facts import Facts


def _check(facts: Facts, each: Break) -> None:
    """Some need an organization's trail."""
    if each.organization:
        members.trail_of(facts)


BREAKING = Breaking(
    breaks=(
        Break("trail-missing", "the account's trail is deleted"),
        Break("trail-off", "the account's trail is stopped"),
        Break("trail-elsewhere", "the account's trail is pointed at another bucket"),
        Break("trail-single-region", "the account's trail covers its home Region only"),
        Break(
            "global-events-off",
            "the account's trail leaves out global services, which only a single-Region trail can",
            first="trail-single-region",
        ),
        Break("trail-no-validation", "the account's trail no longer makes digests"),
        Break("trail-no-key", "the account's trail names no key, so S3's own encryption is used"),
        Break("trail-wrong-key", "the account's trail names another key, which allows it"),
        Break("management-events-off", "the account's trail leaves out management events"),
        Break("data-events-off", "the account's trail leaves out one kind of data events"),
        Break(
            "selectors-full",
            "the account's trail records 498 single objects only, and has room for no others",
            first="management-events-off",
        ),
        Break("insights-off", "the account's trail looks for no unusual activity"),
        Break(
            "log-bucket-loop",
            "the archive account's trail records its own deliveries in an endless loop",
        ),
        Break(
            "trail-limit",
            "the account's trail is deleted, and five other trails use up the Region's quota",
            first="trail-missing",
        ),
        Break("trail-prefix", "the account's trail writes under another prefix", "underneath"),
        Break(
            "bucket-misspelt",
            "the account's trail names a bucket whose name has a typing error",
            "underneath",
        ),
        Break(
            "delivery-error",
            "the account's trail reports an error although everything is set up",
            "underneath",
        ),
        Break(
            "delivery-stale",
            "CloudTrail stops delivering the account's logs and reports no error",
            "underneath",
            hours=3,
        ),
        Break(
            "chain-broken",
            "one log file is tampered with and another deleted",
            "underneath",
            found_by="logkeep verify",
            brings=("log-changed", "log-missing"),
        ),
        Break("trail-no-loggroup", "the account's trail no longer sends to a log group"),
        Break("loggroup-missing", "the account's log group is deleted"),
        Break("role-missing", "the role that writes to the log group is deleted"),
        Break("role-trust", "the role that writes to the log group trusts another service"),
        Break("role-refuses", "the role that writes to the log group has lost its policies"),
        Break(
            "loggroup-delivery-error",
            "CloudTrail reports an error for the log group although everything is set up",
            "underneath",
        ),
        Break(
            "loggroup-stale",
            "no events reach the account's log group, and no error is reported",
            "underneath",
        ),
        Break(
            "global-events-doubled",
            "a second trail of the account brings global events into the archive too",
            hours=2,
        ),
        Break(
            "organization-missing", "the organization is deleted", "underneath", organization=True
        ),
        Break(
            "organization-features-off",
            "the organization has consolidated billing only",
            "underneath",
            organization=True,
        ),
        Break(
            "organization-access-off",
            "the organization no longer trusts CloudTrail",
            organization=True,
        ),
        Break(
            "account-outside",
            "the account has left the organization",
            "underneath",
            organization=True,
        ),
        Break(
            "home-region-off",
            "the home Region of the organization's trail is not enabled in the account",
            "underneath",
            organization=True,
        ),
    ),
    by_calls={
        **trails.BY_CALLS,
        "organization-access-off": members.distrusted,
    },
    underneath={**underneath.WAYS, **members.WAYS},
    check=_check,
)
