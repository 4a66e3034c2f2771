"""Three accounts' trails in one archive, set up in the lab with real clients."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from logkeep.lab.server import Lab

START = datetime(2026, 11, 23, 9, 58, 20, tzinfo=UTC)
BUCKET = "acme-central-logs"
ACCOUNTS = {"security": "111111111111", "production": "222222222222", "staging": "333333333333"}


def trail_arn(account: str) -> str:
    return f"arn:aws:cloudtrail:us-east-1:{account}:trail/logkeep"


def bucket_policy(accounts: list[str]) -> dict[str, Any]:
    """The policy of rule 1.4.2."""
    arns = [trail_arn(a) for a in accounts]
    service = {"Service": "cloudtrail.amazonaws.com"}
    paths = [f"arn:aws:s3:::{BUCKET}/AWSLogs/{a}/*" for a in accounts]
    check = {
        "Effect": "Allow",
        "Principal": service,
        "Action": "s3:GetBucketAcl",
        "Resource": f"arn:aws:s3:::{BUCKET}",
        "Condition": {"StringEquals": {"aws:SourceArn": arns}},
    }
    acl = {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": arns}
    write = check | {
        "Action": "s3:PutObject",
        "Resource": paths,
        "Condition": {"StringEquals": acl},
    }
    return {"Version": "2012-10-17", "Statement": [check, write]}


def key_policy(accounts: list[str]) -> dict[str, Any]:
    """The policy of rules 1.6.2 and 1.6.3."""
    arns = [trail_arn(a) for a in accounts]
    service = {"Service": "cloudtrail.amazonaws.com"}
    sources = {"StringEquals": {"aws:SourceArn": arns}}
    contexts = [f"arn:aws:cloudtrail:*:{a}:trail/*" for a in accounts]
    root = {"AWS": f"arn:aws:iam::{ACCOUNTS['security']}:root"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Principal": service,
                "Action": "kms:GenerateDataKey*",
                "Resource": "*",
                "Condition": sources
                | {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": contexts}},
            },
            {
                "Effect": "Allow",
                "Principal": service,
                "Action": "kms:DescribeKey",
                "Resource": "*",
                "Condition": sources,
            },
        ],
    }


def organization_bucket_policy() -> dict[str, Any]:
    """The policy of rule 1.4.3: by the management account's trail, under the organization's id."""
    policy = bucket_policy([ACCOUNTS["security"]])
    policy["Statement"][1]["Resource"] += [f"arn:aws:s3:::{BUCKET}/AWSLogs/o-exampleorg1/*"]
    return policy


def organization_key_policy() -> dict[str, Any]:
    """Rule 1.6.2: the encryption context names the management account's trail alone."""
    return key_policy([ACCOUNTS["security"]])


@dataclass
class Organization:
    """A lab, with clients for whoever is asked for."""

    lab: Lab
    key_arn: str = ""
    clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def client(self, service: str, who: str = "admin@security", region: str = "us-east-1") -> Any:
        """A boto3 client of one of the lab's users."""
        known = (service, who, region)
        if known not in self.clients:
            credentials = self.lab.credentials[who]
            self.clients[known] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.lab.endpoint_url,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
            )
        return self.clients[known]

    def found(self) -> None:
        """The archive's bucket and key, with their policies."""
        accounts = list(ACCOUNTS.values())
        s3, kms = self.client("s3"), self.client("kms")
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(bucket_policy(accounts)))
        made = kms.create_key(Policy=json.dumps(key_policy(accounts)))
        self.key_arn = made["KeyMetadata"]["Arn"]

    def trail(self, account: str, **settings: Any) -> None:
        """A trail of an account that logs into the archive."""
        cloudtrail = self.client("cloudtrail", f"admin@{account}")
        asked = {
            "Name": "logkeep",
            "S3BucketName": BUCKET,
            "KmsKeyId": self.key_arn,
            "IsMultiRegionTrail": True,
            "EnableLogFileValidation": True,
        }
        cloudtrail.create_trail(**(asked | settings))
        cloudtrail.start_logging(Name="logkeep")

    def keys(self, part: str = "") -> list[str]:
        """The keys of the archive's objects that have this in them."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        found = [o["Key"] for p in pages for o in p.get("Contents", ())]
        return [k for k in found if part in k]

    def read(self, key: str) -> Any:
        """One file of the archive."""
        body = self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return json.loads(gzip.decompress(body))

    def events(self, account: str) -> list[dict[str, Any]]:
        """Every record delivered for an account."""
        keys = self.keys(f"AWSLogs/{ACCOUNTS[account]}/CloudTrail/")
        return [r for k in keys for r in self.read(k)["Records"]]

    def aws(self, *command: str, who: str = "admin@security") -> subprocess.CompletedProcess[str]:
        """Run the real `aws` command against the lab."""
        program = Path(sys.executable).with_name("aws")
        environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere"} | self.lab.environment(who)
        return subprocess.run(
            [str(program), *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
