"""A chain of roles in the lab: the caller enters one by another, and works as the last."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from logkeep.aws.errors import CredentialsProblem
from logkeep.aws.session import Session
from logkeep.fleet import Fleet
from logkeep.fleet.access import Access
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

SECURITY, PRODUCTION, STAGING = ACCOUNTS.values()
HERE = ("us-east-1",)
CHAIN = tuple(f"arn:aws:iam::{SECURITY}:role/{name}" for name in ("Door", "Hub"))
FLEET = fleet_of(regions=HERE, readers=None)
USER = f"arn:aws:iam::{SECURITY}:user/zoe"


def through(*chain: str) -> Fleet:
    return msgspec.structs.replace(FLEET, access=Access(through=chain))


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, FLEET, regions=HERE) as made:
        iam = made.client(SECURITY, "iam")
        iam.create_user(UserName="zoe")
        allow(iam, "user", "zoe", "sts:AssumeRole", CHAIN[0])
        for arn, trusted in zip(CHAIN, (USER, CHAIN[0]), strict=True):
            name = arn.rsplit("/", 1)[-1]
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(trusted))
        allow(iam, "role", "Door", "sts:AssumeRole", CHAIN[1])
        allow(iam, "role", "Hub", "*", "*")
        yield made


@pytest.fixture(scope="module")
def keys(lab: Bench) -> dict[str, str]:
    """Those of whoever runs Logkeep: zoe may enter the first role, and nothing else."""
    made = lab.client(SECURITY, "iam").create_access_key(UserName="zoe")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
    }


@pytest.fixture(autouse=True)
def as_zoe(keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in keys.items():
        monkeypatch.setenv(name, value)


def trust(arn: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(iam: object, kind: str, name: str, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    named = {f"{kind.title()}Name": name, "PolicyName": "own", "PolicyDocument": document}
    getattr(iam, f"put_{kind}_policy")(**named)


def who(session: Session, account: str) -> str:
    return session.account_client(account, "sts", "us-east-1").get_caller_identity()["Arn"]


def test_the_caller_works_as_the_last_role_and_enters_all_others_from_there(
    lab: Bench,
) -> None:
    session = Session(through(*CHAIN))
    assert session.identity().arn == f"arn:aws:sts::{SECURITY}:assumed-role/Hub/logkeep"
    assert who(session, SECURITY) == session.identity().arn
    entered = f"arn:aws:sts::{STAGING}:assumed-role/OrganizationAccountAccessRole/logkeep"
    assert who(session, STAGING) == entered
    assert session.signing_keys(SECURITY)[2]
    lab.session, lab.fleet = session, session.fleet  # type: ignore[assignment]
    made = lab.mend()
    assert made.changes
    assert lab.plan().changes == ()


def test_the_chain_is_entered_once_and_again_where_it_was_forgotten() -> None:
    session = Session(through(*CHAIN))
    for account in (SECURITY, STAGING, PRODUCTION):
        who(session, account)
    assert session.calls.counts["sts:AssumeRole"] == 4
    assert session.forget_credentials(SECURITY)
    who(session, SECURITY)
    assert session.calls.counts["sts:AssumeRole"] == 6


def test_a_role_of_the_chain_that_refuses_is_named() -> None:
    with pytest.raises(CredentialsProblem, match=r"cannot assume .*role/Hub, which `\[access\]"):
        Session(through(CHAIN[1])).identity()
