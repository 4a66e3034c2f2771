"""The SDK as anybody has it, whose descriptions of services are read once a worker."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from botocore.retries.standard import ExponentialBackoff

from logkeep.aws.calls import method_of, service_of
from logkeep.aws.session import plain_sdk

SDK = plain_sdk()


def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the SDK try again at once in its standard mode, for tests that ask whether it does."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)


@functools.cache
def operation(call: str) -> Any:
    """What the SDK says of a call such as `s3:GetBucketPolicy`."""
    return SDK.get_service_model(service_of(call)).operation_model(call.partition(":")[2])


def has_pages(call: str) -> bool:
    """Whether a call's answer comes in pages, as the SDK knows it."""
    return _client(service_of(call)).can_paginate(method_of(call))


@functools.cache
def _client(service: str) -> Any:
    return SDK.create_client(service, "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
