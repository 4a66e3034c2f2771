"""Which AWS services let others than IAM's own people act as a role that trusts them?

A certificate, a pod, a device or a user of a file server is nobody that IAM knows: whom such a
service lets in stands in settings of its own, which are not read. So whoever comes by it is in
doubt, as whom an identity provider lets in. What runs a caller's code stands in `through_services`.
"""

from __future__ import annotations

from typing import Final

LETS_IN: Final = {
    "rolesanywhere.amazonaws.com": (
        "who holds a certificate of its trust anchors",
        "IAM Roles Anywhere User Guide, Trust model",
    ),
    "pods.eks.amazonaws.com": (
        "which pods of which cluster are associated with the role",
        "Amazon EKS User Guide, Learn how EKS Pod Identity grants pods access to AWS services",
    ),
    "credentials.iot.amazonaws.com": (
        "which devices a role alias serves",
        "AWS IoT Core Developer Guide, Authorizing direct calls to AWS services",
    ),
    "ssm.amazonaws.com": (
        "which machines outside AWS were activated with the role",
        "Systems Manager User Guide, Create the IAM service role for hybrid environments",
    ),
    "transfer.amazonaws.com": (
        "whom its file servers let log in",
        "AWS Transfer Family User Guide, Create an IAM role and policy",
    ),
    "apigateway.amazonaws.com": (
        "who may call an API that reads by the role",
        "API Gateway Developer Guide, Create a REST API as an Amazon S3 proxy",
    ),
    "appsync.amazonaws.com": (
        "who may call an API that reads by the role",
        "AWS AppSync Developer Guide, Attaching a data source",
    ),
    "access-grants.s3.amazonaws.com": (
        "whom its access grants give the rights of the role",
        "S3 User Guide, Register a location",
    ),
    "lakeformation.amazonaws.com": (
        "whom Lake Formation lets use what it registered with the role",
        "Lake Formation Developer Guide, Requirements for roles used to register locations",
    ),
    "datasync.amazonaws.com": (
        "where its tasks copy what they read by the role",
        "AWS DataSync User Guide, Accessing S3 buckets",
    ),
    "backup.amazonaws.com": (
        "in which vaults its copies lie, and who restores them",
        "AWS Backup Developer Guide, Amazon S3 backups",
    ),
    "quicksight.amazonaws.com": (
        "whom it shows what it reads by the role",
        "Amazon Quick Suite User Guide, Passing IAM roles",
    ),
    "grafana.amazonaws.com": (
        "whom it shows what it reads by the role",
        "Amazon Managed Grafana User Guide, Permissions and policies for AWS data sources",
    ),
}
"""By service: what was not read of it, and the page on which AWS says so."""


def lets_in(service: str, role: str) -> str:
    """What decides who acts as a role by a service; nothing where IAM alone does."""
    found = LETS_IN.get(service)
    return f"{found[0]}: what {service} does as {role}" if found else ""
