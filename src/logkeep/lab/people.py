"""Who lives in a running lab? Its users with their keys, its roles, and how to become either."""

from __future__ import annotations

import difflib
from typing import Any

import msgspec

from logkeep.lab.credentials import ACCESS_ROLE, Credentials
from logkeep.lab.statefile import NoLab, Running
from logkeep.lab.variables import environment


class LabRole(msgspec.Struct, frozen=True):
    """A role of an account, and who may assume it."""

    name: str
    account: str
    arn: str
    trusts: tuple[str, ...]


def client(
    running: Running, service: str, who: Credentials, region: str = "", token: str = ""
) -> Any:
    """A client of one of the lab's people."""
    # Whoever asks for a user's own keys needs no SDK, which takes a tenth of a second to load.
    from botocore.config import Config

    from logkeep.aws.session import plain_sdk

    patience = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return plain_sdk().create_client(
        service,
        region or running.regions[0],
        endpoint_url=running.url,
        config=patience,
        aws_access_key_id=who.access_key_id,
        aws_secret_access_key=who.secret_access_key,
        aws_session_token=token or None,
    )


def roles(running: Running) -> list[LabRole]:
    """Every role of every account, as each account's administrator lists them."""
    found: list[LabRole] = []
    for account, name in running.accounts.items():
        iam = client(running, "iam", running.credentials[f"admin@{name}"])
        for role in iam.list_roles()["Roles"]:
            trusts = _trusted(role["AssumeRolePolicyDocument"])
            found.append(LabRole(role["RoleName"], account, role["Arn"], trusts))
    return found


def everyone(running: Running) -> list[dict[str, Any]]:
    """Everybody by the name that `logkeep lab env` takes: what they are, and where."""
    people = [
        {"name": name, "kind": "user", "account": each.account}
        for name, each in running.credentials.items()
    ]
    return people + [
        {
            "name": f"{role.name}@{running.accounts[role.account]}",
            "kind": "role",
            "account": role.account,
            "trusts": list(role.trusts),
        }
        for role in roles(running)
    ]


def said(person: dict[str, Any]) -> str:
    """What somebody is, where, and whom a role trusts."""
    trusts = f", trusts {', '.join(person['trusts'])}" if "trusts" in person else ""
    return f"{person['kind']} of {person['account']}{trusts}"


def _trusted(document: dict[str, Any]) -> tuple[str, ...]:
    """Every principal that a role's trust names."""
    found: list[str] = []
    for statement in document.get("Statement", ()):
        named: dict[str, str | list[str]] = statement.get("Principal", {})
        for value in named.values():
            found += [value] if isinstance(value, str) else value
    return tuple(found)


def environment_of(running: Running, who: str) -> dict[str, str]:
    """The variables that make a shell one of the lab's users, or a session of one of its roles."""
    if who in running.credentials:
        return running.environment(who)
    name, _, account_name = who.partition("@")
    ids = {named: id_ for id_, named in running.accounts.items()}
    if account_name not in ids:
        raise NoLab(_nobody(running, who))
    return _switched(running, who, f"arn:aws:iam::{ids[account_name]}:role/{name}")


def _switched(running: Running, who: str, arn: str) -> dict[str, str]:
    """Assume a role as whoever it trusts: its account's administrator, or the organization's."""
    from botocore.exceptions import ClientError

    name, _, account = who.partition("@")
    by = "ada" if name == ACCESS_ROLE else f"admin@{account}"
    sts = client(running, "sts", running.credentials[by])
    try:
        given = sts.assume_role(RoleArn=arn, RoleSessionName="lab")["Credentials"]
    except ClientError as error:
        raise NoLab(_nobody(running, who)) from error
    keys = Credentials(account, name, given["AccessKeyId"], given["SecretAccessKey"])
    return {
        **environment(running.url, running.regions[0], keys),
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def _nobody(running: Running, who: str) -> str:
    near = difflib.get_close_matches(who, running.credentials, n=1)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    return f"nobody in the lab is called `{who}`, and no role may be assumed by that name{meant}"
