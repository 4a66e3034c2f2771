"""A delivery as data, and the requests that come of it once its values are known."""

from __future__ import annotations

import string
from typing import Final

import msgspec

from logkeep.policy.values import Request, request


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a delivery, its parts templates."""

    principal: str
    action: str
    resource: str
    owner: str
    """The account that owns the resource."""
    context: dict[str, str]
    absent: frozenset[str] = frozenset()
    """Keys that the request is known not to carry, of those that policies ask for."""
    undocumented: frozenset[str] = frozenset()
    """Keys of which AWS's pages do not say whether it carries them, or with what value."""
    rules: tuple[str, ...]


class Delivery(msgspec.Struct, frozen=True):
    """What a service does to deliver: all of these requests must pass."""

    name: str
    sent: tuple[Sent, ...]

    @property
    def values(self) -> frozenset[str]:
        """The names of the values that its templates need."""
        return frozenset(name for one in self.sent for text in _texts(one) for name in _names(text))


def requests(
    delivery: Delivery, *, resource_in_management_account: bool = False, **values: str
) -> tuple[Request, ...]:
    """Return the requests of a delivery, in order; ValueError where values are missing or odd."""
    missing, odd = delivery.values - values.keys(), values.keys() - delivery.values
    if missing or odd:
        told = ", ".join([*(f"`{n}` is missing" for n in sorted(missing)),
                          *(f"`{n}` has no place" for n in sorted(odd))])  # fmt: skip
        raise ValueError(f"{delivery.name}: {told}")
    return tuple(_request(one, values, resource_in_management_account) for one in delivery.sent)


def _request(sent: Sent, values: dict[str, str], in_management_account: bool) -> Request:
    context = {key: text.format_map(values) for key, text in sent.context.items()}
    return request(
        sent.principal.format_map(values),
        sent.action,
        sent.resource.format_map(values),
        sent.owner.format_map(values),
        context,
        unknown=sent.undocumented,
        resource_in_management_account=in_management_account,
    )


def _texts(sent: Sent) -> tuple[str, ...]:
    return sent.principal, sent.resource, sent.owner, *sent.context.values()


def _names(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


# What requests have in common.

NONE: Final[frozenset[str]] = frozenset()
ACL: Final = "s3:x-amz-acl"
SSE: Final = "s3:x-amz-server-side-encryption"
SSE_KEY: Final = "s3:x-amz-server-side-encryption-aws-kms-key-id"
S3_CONTEXT: Final = "kms:EncryptionContext:aws:s3:arn"
TRAIL_CONTEXT: Final = "kms:EncryptionContext:aws:cloudtrail:arn"
CONTEXT_KEYS: Final = "kms:EncryptionContextKeys"
OF_CUSTOMERS: Final = frozenset(
    {"aws:PrincipalOrgID", "aws:PrincipalArn", "aws:PrincipalAccount", "aws:SourceVpc",
     "aws:SourceVpce", "kms:CallerAccount"}
)  # fmt: skip
"""What a service's own call carries of no customer's principal (rule 1.5.1, trap 13)."""
UNDOCUMENTED: Final = frozenset(
    {"aws:SourceOrgID", "aws:SourceOrgPaths", "aws:PrincipalServiceNamesList"}
)
"""Rules 5.2.10, 12.11."""
UNDOCUMENTED_TO_KEY: Final = UNDOCUMENTED | {"kms:ViaService"}
"""Rule 4.5: do not rely on kms:ViaService for service principals."""
NO_SSE_RULE: Final = frozenset({SSE, SSE_KEY})
"""Rules 2.2.12, 12.3: that no encryption header is sent is inferred, not documented."""
STREAM: Final = "arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"


def by_service(service: str, source: str) -> dict[str, str]:
    """Return what every direct call of a service carries, made for a source of the account's."""
    return {
        "aws:SourceArn": source,
        "aws:SourceAccount": "{account}",
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:SecureTransport": "true",
    }
