"""What a service's own request carries: every condition key with a value, absent, or open.

A key that nobody here has judged is open, never absent. The availability of each global key is
IAM User Guide, "AWS global condition context keys"; of S3's and KMS's own keys, the Service
Authorization Reference.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cached_property
from typing import Final

import msgspec

from logkeep.policy.values import Context, ContextValue, Moment, Possible, Request

ANYTHING: Final = frozenset({"*"})
"""Every key that is neither told here nor known to be absent is open."""

_ABSENT: Final[tuple[str, ...]] = ()
NO_COPY: Final = (
    *(
        "s3:x-amz-copy-source",
        "s3:x-amz-metadata-directive",
        "s3:x-amz-object-annotation-directive",
    ),
    *("s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:accesspointnetworkorigin"),
    *("s3:accessgrantsinstancearn", "s3:accessgrantscope", "s3:accessgrantslocationscope"),
)
"""Absent of every request to a bucket by its name: it is no copy, and passes no access point."""
NO_GRANTS: Final = tuple(
    f"s3:x-amz-grant-{each}" for each in ("full-control", "read", "read-acp", "write", "write-acp")
)
"""Absent where a canned ACL is sent: "You cannot do both" (S3 API Reference, PutObject)."""


def time_keys(at: Moment) -> dict[str, str]:
    """What every request carries of its time, in both forms."""
    return {
        "aws:CurrentTime": f"{at.astimezone(datetime.UTC).isoformat()[:19]}Z",
        "aws:EpochTime": str(int(at.timestamp())),
    }


class ServiceCall(msgspec.Struct, frozen=True, dict=True):
    """What all requests have in common that a service makes of its own, for one source."""

    service: str
    at: Moment
    """When the request would be made: a policy may ask for the time."""
    source: str = ""
    """The ARN it acts for; empty where it is not documented to say any."""
    account: str = ""
    """The account it acts for."""
    organization: str | None = None
    """That account's organization; empty where it is in none, None where nobody knows."""
    path: str = ""
    """Where in the organization it lies, as `aws:SourceOrgPaths` has it; empty is not known."""

    def context(self, region: str = "") -> Context:
        """The global keys of a request to an endpoint of a Region, if it is known which."""
        values: dict[str, str] = {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": self.service,
            # Rule 5.2.8: services speak TLS.
            "aws:SecureTransport": "true",
            "aws:ViaAWSService": "false",
            **time_keys(self.at),
        }
        if region:
            values["aws:RequestedRegion"] = region
        if self.source:
            values["aws:SourceArn"] = self.source
        if self.account:
            values["aws:SourceAccount"] = self.account
        outside: tuple[str, ...] = ()
        if self.organization == "":
            outside = ("aws:SourceOrgID", "aws:SourceOrgPaths")
        return Context({**values, **dict.fromkeys(outside, ())})

    @cached_property
    def possible(self) -> Possible:
        """The keys that are open between few values: one value for all its requests."""
        # A service has no second factor; whether the key is there and false is not said.
        open_: list[tuple[str, tuple[ContextValue | None, ...]]]
        open_ = [("aws:multifactorauthpresent", (None, "false"))]
        # Rule 5.2.10: whether a delivery carries them is not documented; another value it has not.
        if self.organization:
            open_.append(("aws:sourceorgid", (None, self.organization)))
        if self.path:
            open_.append(("aws:sourceorgpaths", (None, (self.path,))))
        return tuple(open_)


def to_bucket(
    call: ServiceCall,
    common: Context,
    action: str,
    resource: str,
    owner: str,
    sent: Mapping[str, str],
    *,
    resource_in_management_account: bool,
) -> Request:
    """Return a service's request to a bucket or an object; `sent` is its headers, as keys."""
    lowered: dict[str, ContextValue] = {key.lower(): value for key, value in sent.items()}
    absent = (*NO_COPY, *(NO_GRANTS if "s3:x-amz-acl" in lowered else ()))
    if "s3:x-amz-server-side-encryption" in lowered:
        absent = (*absent, "s3:x-amz-server-side-encryption-customer-algorithm")
    values = {**dict.fromkeys(absent, ()), "s3:resourceaccount": owner, **lowered}
    return Request(
        call.service,
        action,
        resource,
        owner,
        common.with_lowered(values),
        ANYTHING,
        call.possible,
        resource_in_management_account=resource_in_management_account,
    )


def to_key(
    call: ServiceCall,
    common: Context,
    action: str,
    resource: str,
    owner: str,
    sent: Mapping[str, ContextValue],
    possible: Possible,
    *,
    resource_in_management_account: bool,
) -> Request:
    """Return a service's request to a key; `sent` is the encryption context and what is known."""
    lowered: dict[str, ContextValue] = {key.lower(): value for key, value in sent.items()}
    return Request(
        call.service,
        action,
        resource,
        owner,
        common.with_lowered(lowered),
        ANYTHING,
        (*call.possible, *possible),
        resource_in_management_account=resource_in_management_account,
    )
