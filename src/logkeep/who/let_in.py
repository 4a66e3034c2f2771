"""Which AWS services let others than IAM's own people act as a role that trusts them?

A certificate, a pod, a device or a user of a file server is nobody that IAM knows: whom such a
service lets in stands in settings of its own, which are not read. So whoever comes by it is in
doubt, as whom an identity provider lets in. What runs a caller's code stands in `through_services`.
A service that nobody here has judged is in doubt as well.
"""

from __future__ import annotations

from typing import Final

from logkeep.who.through_services import ACTING, of_any_partition

UNJUDGED: Final = "on whose behalf the service acts"
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
        "who may log in to its file servers",
        "AWS Transfer Family User Guide, Create an IAM role and policy",
    ),
    "apigateway.amazonaws.com": (
        "who may call an API that reads with the role",
        "API Gateway Developer Guide, Create a REST API as an Amazon S3 proxy",
    ),
    "appsync.amazonaws.com": (
        "who may call an API that reads with the role",
        "AWS AppSync Developer Guide, Attaching a data source",
    ),
    "access-grants.s3.amazonaws.com": (
        "who has access grants with the rights of the role",
        "S3 User Guide, Register a location",
    ),
    "lakeformation.amazonaws.com": (
        "who may use what Lake Formation registered with the role",
        "Lake Formation Developer Guide, Requirements for roles used to register locations",
    ),
    "datasync.amazonaws.com": (
        "where its tasks copy what they read with the role",
        "AWS DataSync User Guide, Accessing S3 buckets",
    ),
    "backup.amazonaws.com": (
        "in which vaults its copies are, and who restores them",
        "AWS Backup Developer Guide, Amazon S3 backups",
    ),
    "quicksight.amazonaws.com": (
        "who sees what it reads with the role",
        "Amazon Quick Suite User Guide, Passing IAM roles",
    ),
    "grafana.amazonaws.com": (
        "who sees what it reads with the role",
        "Amazon Managed Grafana User Guide, Permissions and policies for AWS data sources",
    ),
}
"""By service: what was not read of it, and the page on which AWS says so."""

BY_ITSELF: Final = {
    "s3.amazonaws.com": (
        "copies by its rules alone; where its copies go is a question of its own",
        "S3 User Guide, Setting up permissions for live replication",
    ),
    "batchoperations.s3.amazonaws.com": (
        "does what a job says, and who makes one passes the role",
        "S3 User Guide, Granting permissions for Batch Operations",
    ),
    "firehose.amazonaws.com": (
        "reads a stream and writes where its settings say",
        "Data Firehose Developer Guide, Controlling access with Amazon Data Firehose",
    ),
    "config.amazonaws.com": (
        "records settings, and reads no objects for anybody",
        "AWS Config Developer Guide, Permissions for the IAM role assigned to AWS Config",
    ),
    "malware-protection-plan.guardduty.amazonaws.com": (
        "scans objects, and reports only whether each is infected",
        "GuardDuty User Guide, Create or update IAM role policy",
    ),
}
"""By service: why nobody but IAM's own people has it act as a role, and AWS's page."""


def lets_in(service: str, role: str) -> str:
    """What decides who acts as a role by a service; nothing where IAM alone does."""
    named = of_any_partition(service)
    if named in ACTING or named in BY_ITSELF:
        return ""
    found = LETS_IN.get(named)
    what = found[0] if found else UNJUDGED
    return f"{what}: what {service} does as {role}"
