"""A lab in which buckets, policies, keys and roles are set, and read back as `try` reads them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3

from logkeep.aws.collect import collect
from logkeep.lab.documents import bucket_of, key_of
from logkeep.lab.store import iam_backends
from logkeep.snapshot import Ask, Snapshot
from logkeep.snapshot.facts import Facts
from storage import any_policies
from storage import test_model_of_replicas as any_replicas
from storage.scenes import ABROAD, OTHER, OWNER, REGION, TRUST
from support.labs import Bench

Json = dict[str, Any]
LASTING = ("s3:ListBuckets", "organizations:", "sts:", "s3:GetBucketLocation")
"""What no example changes, and so is asked once."""
OWN = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}
OPEN = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
)
PEOPLE = ((OWNER, "ann"), (OTHER, "eve"))
KEYS = (any_policies.K1, any_policies.K2, any_policies.FAR, any_replicas.R2)
DESTINATIONS = [(name, account, region) for name in ("dst1", "dst2")
                for account in (OWNER, OTHER) for region in (ABROAD, REGION)]  # fmt: skip


def bucket_name(name: str, account: str, region: str) -> str:
    return f"{name}-{account[0]}-{region}"


class Stage:
    """A lab with the people, keys and buckets that the models speak of."""

    def __init__(self, lab: Bench) -> None:
        self.lab = lab
        self.backends = {account: iam_backends[account]["aws"] for account in (OWNER, OTHER)}
        self.people = {name: self._person(account, name) for account, name in PEOPLE}
        self.keys = {each: self._key(each) for each in KEYS}
        self.sources = itertools.count()
        lab.client(OWNER, "iam").create_role(
            RoleName="replication",
            AssumeRolePolicyDocument=json.dumps(any_policies.document([TRUST])),
        )
        for name, account, region in [("b", OWNER, REGION), ("src", OWNER, REGION), *DESTINATIONS]:
            self._bucket(name, account, region)
        self.base = Snapshot(lab.fleet.name, lab.lab.world.now(), {})

    def _person(self, account: str, name: str) -> Any:
        iam = self.lab.client(account, "iam")
        iam.create_user(UserName=name)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        named = {"aws_access_key_id": made["AccessKeyId"]}
        secret = {"aws_secret_access_key": made["SecretAccessKey"]}
        return boto3.client("s3", REGION, **named, **secret)

    def _key(self, arn: str) -> str:
        _, _, _, region, account, _ = arn.split(":")
        return self.lab.client(account, "kms", region).create_key()["KeyMetadata"]["Arn"]

    def _bucket(self, name: str, account: str, region: str) -> None:
        s3, real = self.lab.client(account, "s3", region), self.real_name(name, account, region)
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=real, **(where if region != REGION else {}))
        s3.put_bucket_versioning(Bucket=real, VersioningConfiguration={"Status": "Enabled"})
        s3.put_public_access_block(Bucket=real, PublicAccessBlockConfiguration=OPEN)

    def real_name(self, name: str, account: str, region: str) -> str:
        return f"{name}-bucket" if name in ("b", "src") else bucket_name(name, account, region)

    def real(self, told: Any, names: dict[str, str]) -> Any:
        """A document of the models with the lab's keys and buckets in it."""
        text = json.dumps(told)
        for arn, key in self.keys.items():
            text = text.replace(arn, key)
        for name, bucket in {"b": "b-bucket", "src": "src-bucket", **names}.items():
            for end in ('"', "/"):
                text = text.replace(f"arn:aws:s3:::{name}{end}", f"arn:aws:s3:::{bucket}{end}")
        return json.loads(text.replace("arn:aws:s3:::dst?", "arn:aws:s3:::dst*"))

    def facts(self, asks: Callable[[Facts], Iterable[Ask]]) -> Facts:
        """What AWS says now of what is asked."""
        before = self.base.answers

        def wants(found: Snapshot) -> Iterator[Ask]:
            facts = Facts(self.lab.fleet, found.with_answers(before))
            return (question for question in asks(facts) if question not in before)

        found = collect(self.lab.fleet, wants, self.lab.session)
        lasting = {q: a for q, a in found.answers.items() if q.call.startswith(LASTING)}
        self.base = self.base.with_answers(lasting)
        return Facts(self.lab.fleet, found.with_answers(before))

    def set_keys(self, policies: list[Json], states: list[str], names: dict[str, str]) -> None:
        for arn, policy, state in zip(self.keys.values(), policies, states, strict=False):
            held = key_of(arn)
            held.policy = json.dumps(self.real(policy, names))
            held.key_state, held.enabled = state, state == "Enabled"

    def set_bucket(self, told: Any, names: dict[str, str], *, name: str = "") -> None:
        """A bucket as a model tells of it; the calls that would set it are tested elsewhere."""
        held = bucket_of(name or names.get(told.name, f"{told.name}-bucket"))
        default: Json = {"SSEAlgorithm": told.algorithm}
        if told.key and told.algorithm != "AES256":
            default["KMSMasterKeyID"] = self.real(told.key, {})
        held.encryption = {"Rule": {
            "ApplyServerSideEncryptionByDefault": default,
            "BucketKeyEnabled": str(told.bucket_key).lower(),
        }}  # fmt: skip
        text = json.dumps(self.real(told.policy, names)) if told.policy else None
        held.policy = text.encode() if text else None
        held.ownership_rule = told.ownership
        held.public_access_block.block_public_acls = told.blocks_public_acls
        held.blocked_encryption = ("SSE-C",) if told.blocks_sse_c else ()
        held.versioning_status = "Enabled" if told.versioned else "Suspended"
        held.object_lock_enabled = told.locked
