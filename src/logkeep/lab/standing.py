"""What has the organization agreed with a service? Trusted access, administrators, linked roles.

Source: AWS Organizations User Guide, "Using AWS Organizations with other AWS services".
"""

from __future__ import annotations

from typing import Any

from logkeep.lab import documents
from logkeep.lab.call import Standing
from logkeep.lab.store import PARTITION, SERVICE_NAMES, iam_backends


def standing_of(management: str, service: str) -> Standing:
    """How a service stands with the organization of this management account."""
    organization = documents.organization_of(management)
    if organization is None:
        return Standing(False, False, frozenset(), False)
    agreed = any(one["ServicePrincipal"] == service for one in organization.services)
    return Standing(
        all_features=str(organization.org.feature_set) == "ALL",
        trusted=agreed,
        administrators=frozenset(
            str(admin.account.id) for admin in organization.admins if service in admin.services
        ),
        linked=documents.role_of(linked_role_arn(management, service)) is not None,
    )


def linked_role_arn(account: str, service: str) -> str:
    """The ARN of a service's linked role in an account."""
    prefix = service.partition(".")[0]
    name = f"AWSServiceRoleFor{SERVICE_NAMES.get(prefix, prefix)}"
    return f"arn:{PARTITION}:iam::{account}:role/aws-service-role/{service}/{name}"


def link(account: str, service: str) -> None:
    """Make a service's linked role in an account, if it is not there."""
    if documents.role_of(linked_role_arn(account, service)) is None:
        backend: Any = iam_backends[account][PARTITION]
        backend.create_service_linked_role(service, "", "")


def delegate(management: str, account: str, service: str) -> None:
    """Make an account of the organization the service's administrator."""
    backend: Any = documents.organization_of(management)
    backend.register_delegated_administrator(AccountId=account, ServicePrincipal=service)


def undelegate(management: str, account: str, service: str) -> None:
    """Let an account be the service's administrator no longer."""
    backend: Any = documents.organization_of(management)
    backend.deregister_delegated_administrator(AccountId=account, ServicePrincipal=service)
