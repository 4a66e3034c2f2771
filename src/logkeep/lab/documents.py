"""Which policies have a say? Read from the store: identities, organization, buckets and keys."""

from __future__ import annotations

import json
from typing import Any, cast

from moto.logs.models import logs_backends
from moto.sns.models import sns_backends

from logkeep.lab.acls import AclEntry, Acls
from logkeep.lab.authorizer import Level
from logkeep.lab.call import Caller
from logkeep.lab.conditions import as_list
from logkeep.lab.grants import LabGrant
from logkeep.lab.language import Document
from logkeep.lab.store import (
    PARTITION,
    iam_backends,
    kms_backends,
    organizations_backends,
    s3_backends,
)


def document(text: str | bytes | dict[str, Any] | None) -> Document | None:
    """A stored policy as a document; what is no JSON object says nothing."""
    if not text:
        return None
    if isinstance(text, dict):
        return text
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return cast("Document", parsed) if isinstance(parsed, dict) else None


def _present(texts: list[Any]) -> list[Document]:
    found = [document(text) for text in texts]
    return [one for one in found if one is not None]


def _managed(attached: dict[str, Any]) -> list[Any]:
    return [
        version.document
        for policy in attached.values()
        for version in policy.versions
        if version.is_default
    ]


def of_identity(caller: Caller) -> list[Document]:
    """A user's policies with those of its groups, or a role's."""
    backend: Any = iam_backends[caller.account][PARTITION]
    if caller.kind == "role":
        role = role_of(caller.role_arn)
        return _present(_own(role)) if role is not None else []
    if caller.kind != "user":
        return []
    user = backend.users.get(caller.name)
    if user is None:
        return []
    groups = backend.get_groups_for_user(caller.name)
    return _present([text for one in [user, *groups] for text in _own(one)])


def _own(identity: Any) -> list[Any]:
    return [*identity.policies.values(), *_managed(identity.managed_policies)]


def managed_policy(arn: str, account: str) -> list[str]:
    """The current text of a managed policy, if there is one."""
    policy: Any = iam_backends[account][PARTITION].managed_policies.get(arn)
    return [str(text) for text in _managed({arn: policy})] if policy is not None else []


def role_of(arn: str) -> Any:
    """The role of this ARN, or None."""
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""
    if account not in iam_backends:
        return None
    roles: Any = iam_backends[account][PARTITION].roles.values()
    return next((role for role in roles if role.arn == arn), None)


def boundary_of(caller: Caller) -> Document | None:
    """A role's or user's permissions boundary."""
    holder: Any = role_of(caller.role_arn) if caller.kind == "role" else None
    if caller.kind == "user":
        holder = iam_backends[caller.account][PARTITION].users.get(caller.name)
    arn = getattr(holder, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = iam_backends[caller.account][PARTITION].managed_policies.get(arn)
    texts = _managed({arn: policy}) if policy is not None else []
    # A boundary whose policy is gone allows nothing.
    return (_present(texts) or [{"Version": "2012-10-17", "Statement": []}])[0]


def organization_of(account: str) -> Any:
    """moto's organization that an account belongs to, or None."""
    master, _ = organizations_backends.master_accounts.get(account, (account, PARTITION))
    backend = organizations_backends[master][PARTITION]
    return backend if backend.org is not None else None


def levels(account: str, kind: str) -> list[Level] | None:
    """The organization policies of one type on the way from the root down to an account.

    None where the type binds nothing there: no organization, the management account (rules 5.1.6
    and 5.1.7), or the type is not enabled.
    """
    organization = organization_of(account)
    if organization is None or organization.org.master_account_id == account:
        return None
    root = organization.ou[0]
    if not any(one["Type"] == kind for one in root.policy_types):
        return None
    path = _path(organization, account)
    return [[_text(p) for p in target.attached_policies if p.type == kind] for target in path]


def _text(policy: Any) -> Document:
    return document(policy.content) or {}


def _path(organization: Any, account: str) -> list[Any]:
    by_id = {one.id: one for one in [*organization.ou, *organization.accounts]}
    target = by_id.get(account)
    path: list[Any] = []
    while target is not None:
        path.insert(0, target)
        target = by_id.get(getattr(target, "parent_id", None))
    return path


def standing_of(caller: Caller) -> dict[str, str]:
    """Condition keys that only the store knows: a caller's tags, its place in the organization."""
    holder: Any = role_of(caller.role_arn) if caller.kind == "role" else None
    if caller.kind == "user":
        holder = iam_backends[caller.account][PARTITION].users.get(caller.name)
    tags: list[dict[str, str]] = (holder.tags if holder is not None else None) or []
    values = {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in tags}
    organization = organization_of(caller.account)
    if organization is not None:
        path = "/".join(unit.id for unit in _path(organization, caller.account)[:-1])
        values["aws:PrincipalOrgPaths"] = f"{organization.org.id}/{path}/"
    return values


def bucket_of(name: str) -> Any:
    """moto's bucket of this name, whoever owns it, or None."""
    partition, account = s3_backends.bucket_accounts.get(name, ("", ""))
    return s3_backends[account][partition].buckets.get(name) if account else None


def acls_of(resource: str) -> Acls | None:
    """The ACL of the bucket that a request is about, as far as it names groups."""
    parts = resource.split(":", 5)
    bucket = bucket_of(parts[5].split("/", 1)[0]) if parts[2:3] == ["s3"] else None
    if bucket is None:
        return None
    disabled = bucket.ownership_rule == "BucketOwnerEnforced"
    granted = [(one, who) for one in bucket.acl.grants for who in one.grantees if who.uri]
    entries = tuple(AclEntry(who.uri, each) for one, who in granted for each in one.permissions)
    return Acls(disabled, entries, (), bucket.account_id)


def key_of(arn: str) -> Any:
    """moto's key of this key ARN, or None."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("key/") or parts[4] not in kms_backends:
        return None
    regions: Any = kms_backends[parts[4]]
    if parts[3] not in regions.regions:
        return None
    keys: Any = regions[parts[3]].keys
    return keys.get(parts[5].removeprefix("key/"))


def grants_on(resource: str) -> list[LabGrant]:
    """The grants on a key; none where the resource is no key that is there."""
    key = key_of(resource)
    return [_grant(one) for one in key.grants.values()] if key is not None else []


def _grant(stored: Any) -> LabGrant:
    constraints: dict[str, dict[str, str]] = stored.constraints or {}
    return LabGrant(
        stored.grantee_principal,
        tuple(stored.operations),
        equals=constraints.get("EncryptionContextEquals"),
        subset=constraints.get("EncryptionContextSubset"),
        retiring=stored.retiring_principal or "",
    )


def of_resource(resource: str, action: str) -> Document | None:
    """The resource's own policy: bucket, key, trust, topic or log group."""
    parts = resource.split(":", 5)
    if len(parts) != 6:
        return None
    service, region, account, name = parts[2], parts[3], parts[4], parts[5]
    if service == "s3":
        bucket = bucket_of(name.split("/", 1)[0])
        return document(bucket.policy) if bucket is not None else None
    if service == "kms":
        key = key_of(resource)
        return document(key.policy) if key is not None else None
    if service == "iam" and action.lower().startswith("sts:"):
        role = role_of(resource)
        return document(role.assume_role_policy_document) if role is not None else None
    if service == "sns" and account in sns_backends:
        topic: Any = sns_backends[account][region].topics.get(resource)
        return document(topic.policy) if topic is not None else None
    if service == "logs" and account in logs_backends:
        return _log_policies(logs_backends[account][region])
    return None


def _log_policies(backend: Any) -> Document | None:
    """All resource policies of a Region's log groups, as one document."""
    texts = [policy.policy_document for policy in backend.resource_policies.values()]
    documents = _present(texts)
    if not documents:
        return None
    statements = [part for one in documents for part in as_list(one.get("Statement"))]
    return {"Version": "2012-10-17", "Statement": statements}
