"""A lab in which the archive and two other buckets are replicated into other accounts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from kinds.replication.worlds import PRODUCTION, SECURITY, STAGING, administered
from logkeep.fleet import Logs
from logkeep.sources.replication.options import Pair, Replica
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

ARCHIVES = f"replica/{SECURITY}/secprod-multiaccount-logs/acme-replica"
UNDER_KEYS = f"replication/{PRODUCTION}/app-data/app-data-copy"
COMPARER = f"arn:aws:iam::{STAGING}:role/OrganizationAccountAccessRole"
"""By whom Logkeep compares the replicas, and so one of their readers."""
KEPT = f"replication/{STAGING}/notes/notes-copy"


@contextmanager
def replicated() -> Iterator[Bench]:
    """The archive's replica; a pair under keys and locks that hands over; one that keeps."""
    here = ("us-east-1",)
    with bench(ACCOUNTS, fleet_of(regions=here)) as lab:
        keys = [_key(lab, PRODUCTION), _key(lab, STAGING), _key(lab, STAGING)]
        _bucket(lab, PRODUCTION, "app-data", keys[0], locked=True)
        _bucket(lab, STAGING, "app-data-copy", "", locked=True)
        _owned(lab, STAGING, "app-data-copy", "ObjectWriter")
        _bucket(lab, STAGING, "notes", "")
        _bucket(lab, PRODUCTION, "notes-copy", "")
        under_keys = Pair(
            from_="app-data",
            to="app-data-copy",
            key=keys[2],
            delete_markers=False,
            storage_class="STANDARD_IA",
            time_control=True,
        )
        lab.client(STAGING, "kms").put_key_policy(
            KeyId=keys[1], PolicyName="default", Policy=json.dumps(administered(STAGING))
        )
        wanted = (
            Replica(account="staging", bucket="acme-replica", key=keys[1], readers=(COMPARER,)),
            under_keys,
            Pair(from_="notes", to="notes-copy", owner="source"),
        )
        logs = tuple(Logs("replication", (), each) for each in wanted)
        lab.fleet = msgspec.structs.replace(lab.fleet, logs=(*lab.fleet.logs, *logs))
        yield lab


def _key(lab: Bench, account: str) -> str:
    return lab.client(account, "kms").create_key()["KeyMetadata"]["Arn"]


def _bucket(lab: Bench, account: str, name: str, key: str, *, locked: bool = False) -> None:
    s3 = lab.client(account, "s3")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
    if key:
        rule: dict[str, Any] = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        }
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _owned(lab: Bench, account: str, name: str, rule: str) -> None:
    lab.client(account, "s3").put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": rule}]}
    )


def used(lab: Bench, key: str = "a") -> None:
    """Somebody writes into each of the two buckets, and an hour goes by."""
    lab.client(PRODUCTION, "s3").put_object(Bucket="app-data", Key=key, Body=b"some")
    lab.client(STAGING, "s3").put_object(Bucket="notes", Key=key, Body=b"some")
    lab.pass_hours(1.2)
