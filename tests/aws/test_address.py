"""An endpoint by address takes no account before it; AWS's own endpoints keep theirs."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from logkeep.aws.address import is_address, keep_address
from support.sdk import SDK

ACCOUNT = "111111111111"


class Body:
    """An answer's body as the SDK reads it."""

    def stream(self) -> list[bytes]:
        return [b"<PublicAccessBlockConfiguration/>"]


def sent(service: str, endpoint: str | None, call: str, **given: str) -> Any:
    """The request that would leave this machine."""
    client: Any = SDK.create_client(
        service,
        "eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="secret",
    )
    requests: list[Any] = []

    def keep(request: Any, **_: object) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 200, {}, Body())

    keep_address(client)
    client.meta.events.register("before-send", keep)
    getattr(client, call)(**given)
    return requests[0]


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/v20180820/"),
        ("http://[::1]:4566", "http://[::1]:4566/v20180820/"),
        ("http://localhost:4566", "http://localhost:4566/v20180820/"),
        ("http://127.0.0.1:4566/aws", "http://127.0.0.1:4566/aws/v20180820/"),
        ("https://s3.example", f"https://{ACCOUNT}.s3.example/v20180820/"),
        (None, f"https://{ACCOUNT}.s3-control.eu-west-1.amazonaws.com/v20180820/"),
    ],
)
def test_the_account_is_put_before_a_name_and_not_before_an_address(
    endpoint: str | None, url: str
) -> None:
    found = sent("s3control", endpoint, "get_public_access_block", AccountId=ACCOUNT)
    assert found.url == f"{url}configuration/publicAccessBlock"
    assert found.headers["x-amz-account-id"] == ACCOUNT.encode()


def test_other_services_are_left_alone() -> None:
    found = sent("s3", "http://127.0.0.1:4566", "get_bucket_location", Bucket="logs")
    assert found.url == "http://127.0.0.1:4566/logs?location"


@pytest.mark.parametrize("url", ["http://10.0.0.1", "https://[fe80::1]:1/x", "http://localhost:1"])
def test_addresses(url: str) -> None:
    assert is_address(url)


@pytest.mark.parametrize("url", ["http://moto:5000", "https://s3.amazonaws.com", "", "127.0.0.1"])
def test_names(url: str) -> None:
    assert not is_address(url)
