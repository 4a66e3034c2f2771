"""Who lives in the lab? An organization of accounts with ordinary users and roles at work in each.

Nobody of one account may act in another except by switching roles: each member account has an
OrganizationAccountAccessRole that trusts the management account (rule 10.1).
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from logkeep.lab import documents
from logkeep.lab.credentials import ACCESS_ROLE, Credentials
from logkeep.lab.kind import LabKind
from logkeep.lab.store import PARTITION, iam_backends, organizations_backends
from logkeep.lab.world import LabWorld

ACCOUNTS = {
    "111111111111": "security",
    "222222222222": "production",
    "333333333333": "staging",
}
"""The lab's accounts unless told otherwise; the first is the management account."""

EXTRA = {"999999999999": "stranger"}
"""An account outside the organization, for buckets in foreign hands."""

ORGANIZATION_ID = "o-exampleorg1"

_MANAGED = (
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "ViewOnlyAccess",
    "SecurityAudit",
    "IAMFullAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonEC2FullAccess",
    "CloudWatchAgentServerPolicy",
    "AmazonSSMManagedInstanceCore",
    "AWSLambdaBasicExecutionRole",
)
"""AWS managed policies the lab has besides the kinds' own; all of moto's would take seconds."""


def build(world: LabWorld, extra: dict[str, str]) -> dict[str, Credentials]:
    """Found the organization and fill every account; the credentials are keyed by who has them.

    `ada` is the management account's administrator; others are `<user>@<account>`, and
    `root@<account>` is each account's root user.
    """
    _found(world)
    credentials: dict[str, Credentials] = {}
    for account, name in {**world.accounts, **extra}.items():
        _managed_policies(world, account)
        for user, documents_ in _users().items():
            credentials[f"{user}@{name}"] = _user(account, user, documents_)
        _roles(account)
        credentials[f"root@{name}"] = _root(world, account)
    security = world.management_account
    credentials["ada"] = _user(security, "ada", {"Administrator": _allow(["*"], ["*"])})
    _access_roles(world)
    _readers(world, security)
    return credentials


def _found(world: LabWorld) -> None:
    master = world.management_account
    backend: Any = organizations_backends[master][PARTITION]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    backend.org.id = world.organization_id
    backend.org.master_account_email = f"{world.accounts[master]}@example.com"
    backend.accounts[0].name = world.accounts[master]
    backend.accounts[0].email = backend.org.master_account_email
    for account, name in list(world.accounts.items())[1:]:
        _join(backend, account, name)
    for holder in (*backend.ou, *backend.accounts, *backend.policies):
        holder.organization_id = world.organization_id
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        backend.enable_policy_type(RootId=backend.org.root_id, PolicyType=kind)
    # moto put the management account's access role into an account of a random id.
    for stray in iam_backends.keys() - world.accounts.keys():
        iam_backends.pop(stray)


def _join(backend: Any, account: str, name: str) -> None:
    """Make a member account under its own id; moto itself only makes random ones."""
    import moto.organizations.utils as numbers

    random = numbers.make_random_account_id
    numbers.make_random_account_id = lambda: account
    try:
        backend.create_account(AccountName=name, Email=f"{name}@example.com")
    finally:
        numbers.make_random_account_id = random


def enrol(world: LabWorld, account: str, name: str) -> None:
    """Let an account that was made just now live like the others."""
    world.join(account, name)
    _managed_policies(world, account)
    _roles(account)
    _access_role(account, world.management_account)


def _allow(actions: list[str], resources: list[str]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _users() -> dict[str, dict[str, dict[str, Any]]]:
    """An account's ordinary users and what each may do there."""
    work = ["s3:*", "lambda:*", "ec2:*", "logs:*", "dynamodb:*", "sqs:*", "sns:*", "kms:*"]
    return {
        "admin": {"Administrator": _allow(["*"], ["*"])},
        "developer": {
            "Work": _allow([*work, "iam:Get*", "iam:List*"], ["*"]),
            "SwitchRoles": _allow(["sts:AssumeRole"], ["*"]),
        },
        "intern": {"Look": _allow(["s3:ListAllMyBuckets", "ec2:Describe*"], ["*"])},
    }


def _backend(account: str) -> Any:
    return iam_backends[account][PARTITION]


def _user(account: str, name: str, inline: dict[str, dict[str, Any]]) -> Credentials:
    backend = _backend(account)
    backend.create_user("us-east-1", name)
    for policy, text in inline.items():
        backend.put_user_policy(name, policy, json.dumps(text))
    key = backend.create_access_key(name)
    return Credentials(account, name, key.access_key_id, key.secret_access_key)


def _root(world: LabWorld, account: str) -> Credentials:
    key, secret = f"AKIAROOT{account}", secrets.token_urlsafe(30)  # which no other user can guess
    world.gate.roots[key] = account
    world.gate.secrets[key] = secret
    return Credentials(account, "root", key, secret)


def _role(account: str, name: str, trust: dict[str, Any], inline: dict[str, Any]) -> None:
    backend = _backend(account)
    if documents.role_of(f"arn:{PARTITION}:iam::{account}:role/{name}") is None:
        backend.create_role(name, json.dumps(trust), "/", None, "", [], "3600")
    else:
        backend.update_assume_role_policy(name, json.dumps(trust))
    for policy, text in inline.items():
        backend.put_role_policy(name, policy, json.dumps(text))


def _trusting(*principals: str, service: str = "") -> dict[str, Any]:
    who: dict[str, Any] = {"Service": service} if service else {"AWS": list(principals)}
    statement = {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _root_arn(account: str) -> str:
    return f"arn:{PARTITION}:iam::{account}:root"


def _roles(account: str) -> None:
    """The roles every account has for its own work."""
    deploy = ["s3:*", "lambda:*", "cloudformation:*", "iam:PassRole", "logs:*", "ec2:*"]
    _role(account, "Deployer", _trusting(_root_arn(account)), {"Deploy": _allow(deploy, ["*"])})
    run = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    trust = _trusting(service="lambda.amazonaws.com")
    _role(account, "AppFunction", trust, {"Write": _allow(run, ["*"])})


def _access_roles(world: LabWorld) -> None:
    master = world.management_account
    for account in world.accounts:
        if account != master:
            _access_role(account, master)


def _access_role(account: str, master: str) -> None:
    trust = _trusting(_root_arn(master))
    _role(account, ACCESS_ROLE, trust, {"Administrator": _allow(["*"], ["*"])})


def reads(kinds: tuple[LabKind, ...]) -> list[str]:
    """What a reader may ask: for the objects, and what the kinds of log need besides."""
    own = [action for kind in kinds for action in kind.reads]
    objects = ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:GetBucketLocation"]
    return [*objects, "kms:Decrypt", *own]


def _readers(world: LabWorld, account: str) -> None:
    """The role that may read and verify logs and do nothing else (rule 2.3.6)."""
    read = _allow(reads(world.kinds), ["*"])
    _role(account, "LogReader", _trusting(_root_arn(account)), {"Read": read})


def _managed_policies(world: LabWorld, account: str) -> None:
    backend = _backend(account)
    own = [name for kind in world.kinds for name in kind.managed_policies]
    for name in (*_MANAGED, *own):
        policy = AWSManagedPolicy.from_data(name, account, "us-east-1", _managed_data(name))
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)


_read: dict[str, dict[str, Any]] = {}


def _managed_data(name: str) -> dict[str, Any]:
    """One policy out of moto's two megabytes of JSON, without reading the rest."""
    if name not in _read:
        mark = f'\n "{name}":'
        start = aws_managed_policies_data.index(mark) + len(mark)
        _read[name] = json.JSONDecoder().raw_decode(aws_managed_policies_data, start)[0]
    return _read[name]
