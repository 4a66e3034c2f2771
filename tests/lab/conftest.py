"""One lab a module, and real boto3 clients of whoever is asked for."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from logkeep.lab.server import Lab

SECURITY, PRODUCTION, STAGING = "111111111111", "222222222222", "333333333333"
ACCESS = "arn:aws:iam::{}:role/OrganizationAccountAccessRole"
QUICK = Config(retries={"total_max_attempts": 1}, read_timeout=20, s3={"addressing_style": "path"})


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


Clients = Callable[..., Any]


@pytest.fixture(scope="module")
def client(lab: Lab) -> Clients:
    """`client("kms", "developer@staging")`, or with a session's credentials."""

    def make(
        service: str, who: str | dict[str, str] = "ada", region: str = "us-east-1", at: str = ""
    ) -> Any:
        if isinstance(who, dict):
            keys = {
                "aws_access_key_id": who["AccessKeyId"],
                "aws_secret_access_key": who["SecretAccessKey"],
                "aws_session_token": who["SessionToken"],
            }
        else:
            found = lab.credentials[who]
            keys = {
                "aws_access_key_id": found.access_key_id,
                "aws_secret_access_key": found.secret_access_key,
            }
        url = at or lab.endpoint_url
        return boto3.client(service, region, endpoint_url=url, config=QUICK, **keys)

    return make


@pytest.fixture(scope="module")
def session(client: Clients) -> Callable[..., dict[str, str]]:
    """Switch roles: `session(role_arn, who)` gives the session's credentials."""

    def switch(role: str, who: str | dict[str, str] = "ada", **more: Any) -> dict[str, str]:
        sts = client("sts", who)
        answer = sts.assume_role(RoleArn=role, RoleSessionName="test", **more)
        return answer["Credentials"]

    return switch


def refused(call: Callable[..., Any], *args: Any, **arguments: Any) -> str:
    """The code with which a call is refused; a call that passes fails the test."""
    return refusal(call, *args, **arguments)[0]


def refusal(call: Callable[..., Any], *args: Any, **arguments: Any) -> tuple[str, str]:
    """Code and message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*args, **arguments)
    error = caught.value.response["Error"]
    return str(error["Code"]), str(error.get("Message", ""))


@pytest.fixture(name="refused", scope="session")
def refused_fixture() -> Callable[..., str]:
    return refused


@pytest.fixture(name="refusal", scope="session")
def refusal_fixture() -> Callable[..., tuple[str, str]]:
    return refusal
