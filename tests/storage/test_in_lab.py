"""What is foretold of an upload and of a replica is what the lab's S3 then does with it.

Buckets, policies, keys and roles are set in the lab and read back by the calls that `try put` and
`try replicate` make; each object is really uploaded. What comes out differently under two readings
of AWS's pages is unknown, and `test_model.py` and `test_model_of_replicas.py` say under which.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from logkeep.access import any_bucket, replicas, uploads
from logkeep.lab.breaking import stored
from logkeep.lab.documents import bucket_of
from logkeep.lab.kinds.replication.state import state_of
from logkeep.lab.objects.in_store import version_of
from logkeep.lab.objects.kept import kept_of
from logkeep.lab.objects.model import managed_key
from logkeep.lab.objects.replication_errors import refusals
from logkeep.lab.store import s3_backends
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts
from logkeep.storage.fate import Fate, PredictedReplica
from logkeep.storage.headers import ACL, CUSTOMER, SSE, SSE_BUCKET_KEY, SSE_KEY
from logkeep.storage.put import put
from logkeep.storage.reading import Reader
from logkeep.storage.reading_replication import read_subject
from logkeep.storage.replicate import replicate
from logkeep.storage.upload import Outcome, Upload
from storage import any_policies
from storage import test_model as any_uploads
from storage import test_model_of_replicas as any_replicas
from storage.scenes import ABROAD, OTHER, OWNER, REGION, ROLE, TRUST
from storage.stage import OWN, PEOPLE, Json, Stage, bucket_name
from support.examples import examples
from support.labs import bench
from support.worlds import ACCOUNTS, fleet_of


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with bench(ACCOUNTS, fleet_of(regions=(REGION, ABROAD))) as lab:
        yield Stage(lab)


MEMBERS = {SSE: "ServerSideEncryption", SSE_KEY: "SSEKMSKeyId", ACL: "ACL"}


def arguments(sent: dict[str, str]) -> Json:
    """Headers as boto3 takes them."""
    found: Json = {MEMBERS[name]: value for name, value in sent.items() if name in MEMBERS}
    if SSE_BUCKET_KEY in sent:
        found["BucketKeyEnabled"] = sent[SSE_BUCKET_KEY] == "true"
    return found | (OWN if CUSTOMER in sent else {})


def uploaded(s3: Any, key: str, sent: Json, *, in_parts: bool) -> str:
    """Upload it; gives the code of S3's refusal."""
    at = {"Bucket": "b-bucket", "Key": key}
    try:
        if in_parts:
            begun = {**at, "UploadId": s3.create_multipart_upload(**at, **sent)["UploadId"]}
            own = OWN if "SSECustomerKey" in sent else {}
            part = s3.upload_part(**begun, **own, PartNumber=1, Body=b"some")
            parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
            s3.complete_multipart_upload(**begun, MultipartUpload={"Parts": parts})
        else:
            s3.put_object(**at, **sent, Body=b"some")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


UPLOADS = st.tuples(st.sampled_from(PEOPLE), any_uploads.headers(), st.sampled_from(["in/", ""]),
                    st.booleans())  # fmt: skip


@given(
    plain=st.booleans(),
    identities=st.lists(any_uploads.IDENTITIES, min_size=2, max_size=2),
    sent=st.lists(UPLOADS, min_size=8, max_size=8),
    bucket=any_uploads.BUCKETS.filter(lambda each: each.exists),
    policies=st.lists(any_policies.KEY_POLICIES, min_size=3, max_size=3),
    states=st.lists(any_policies.STATES, min_size=3, max_size=3),
)
@examples(12, HealthCheck.function_scoped_fixture)
def test_an_upload_comes_out_as_foretold(
    stage: Stage,
    plain: bool,
    identities: list[list[Json]],
    sent: list[tuple[tuple[str, str], dict[str, str], str, bool]],
    bucket: Any,
    policies: list[Json],
    states: list[str],
) -> None:
    stage.set_bucket(replace(bucket, policy=None) if plain else bucket, {})
    stage.set_keys(policies, states, {})
    for (account, name), (policy, *_) in zip(PEOPLE, identities, strict=True):
        text = json.dumps(stage.real(policy, {}))
        stage.backends[account].users[name].policies = {"own": text}
    tried = [Tried(stage, *each) for each in sent]

    def asks(facts: Facts) -> Iterator[Ask]:
        for each in tried:
            yield from uploads.asks(facts, "b-bucket", each.principal, each.named)

    facts = stage.facts(asks)
    for each in tried:
        outcome = each.foretold(facts)
        compare_upload(outcome, each.uploaded(), each.key)


class Tried:
    """An upload into the bucket, foretold and made."""

    def __init__(
        self, stage: Stage, who: tuple[str, str], headers: dict[str, str], prefix: str, parts: bool
    ) -> None:
        self.account, name = who
        self.principal = f"arn:aws:iam::{self.account}:user/{name}"
        self.client, self.in_parts = stage.people[name], parts
        self.key = f"{prefix}{next(stage.sources)}"
        self.headers: dict[str, str] = {k: stage.real(v, {}) for k, v in headers.items()}
        self.named = self.headers.get(SSE_KEY, "")

    def foretold(self, facts: Facts) -> Outcome:
        where = any_bucket.find(facts, "b-bucket")
        assert where is not None
        both = (uploads.default_key(facts, where), self.named)
        arns = [uploads.key_arn(each, where, self.account) for each in both]
        caller = uploads.caller_of(facts, where, self.principal)
        upload = Upload(caller=caller, key=self.key, headers=self.headers, multipart=self.in_parts)
        return put(upload, uploads.bucket_of(facts, where), uploads.keys_of(facts, *arns))

    def uploaded(self) -> str:
        return uploaded(self.client, self.key, arguments(self.headers), in_parts=self.in_parts)


def compare_upload(outcome: Outcome, code: str, key: str) -> None:
    match outcome.answer:
        case "refused":
            assert outcome.refusal is not None
            # Which of several reasons comes first is not documented.
            assert code in (outcome.refusal.code, "AccessDenied"), outcome.refusal
        case "accepted":
            assert outcome.stored is not None
            assert not code, (code, outcome.stored)
            lying = version_of(bucket_of("b-bucket"), key)
            told = outcome.stored
            customer = bool(kept_of(lying).customer_key)
            under = "SSE-C" if customer else lying.encryption
            assert (under, kept_of(lying).owner) == (told.encryption, told.owner)
            if under.startswith("aws:kms"):
                assert (lying.kms_key_id or managed_key(OWNER, REGION).arn) == told.key
            if told.bucket_key is not None and under == "aws:kms":
                assert bool(lying.bucket_key_enabled) == told.bucket_key
        case "unknown":
            assert outcome.doubts


def taken(rules: list[Json]) -> bool:
    return next(refusals({"Role": ROLE, "Rules": rules}, "src"), None) is None


@given(
    things=st.lists(any_replicas.THINGS, min_size=4, max_size=4),
    listed=any_replicas.rules().filter(taken),
    source=st.sampled_from(["BucketOwnerEnforced", "ObjectWriter"]),
    locked=any_policies.mostly(False, True),
    ones=st.tuples(any_replicas.destinations("dst1"), any_replicas.destinations("dst2")),
    identity=any_replicas.ROLES,
    trusted=any_policies.mostly("s3.amazonaws.com", "ec2.amazonaws.com"),
    policies=st.lists(any_policies.KEY_POLICIES, min_size=4, max_size=4),
    states=st.lists(any_policies.STATES, min_size=4, max_size=4),
)
@examples(15, HealthCheck.function_scoped_fixture)
def test_a_replica_comes_out_as_foretold(
    stage: Stage,
    things: list[Any],
    listed: list[Json],
    source: str,
    locked: bool,
    ones: tuple[Any, Any],
    identity: list[Json],
    trusted: str,
    policies: list[Json],
    states: list[str],
) -> None:
    names = {each.name: bucket_name(each.name, each.account, each.region) for each in ones}
    prepared(stage, source)
    for each in ones:
        stage.set_bucket(replace(each, versioned=True), names)
    put_rules(stage, listed, names)
    sent = [Sent(stage, each) for each in things]
    for each in sent:
        each.upload()
    stage.set_keys(policies, states, names)
    for each in ones:
        stage.set_bucket(each, names)
    bucket_of("src-bucket").object_lock_enabled = locked
    role = stage.backends[OWNER].get_role("replication")
    role.policies = {"own": json.dumps(stage.real(identity[0], names))}
    trust = any_policies.document([{**TRUST, "Principal": {"Service": trusted}}])
    role.assume_role_policy_document = json.dumps(trust)
    with without([names[each.name] for each in ones if not each.exists]):
        keys = [each.head.get("SSEKMSKeyId", "") for each in sent]
        facts = stage.facts(lambda found: replicas.asks(found, "src-bucket", *filter(None, keys)))
        fates = [each.foretold(facts, keys) for each in sent]
        stage.lab.pass_hours(0.5)
        for each, fate in zip(sent, fates, strict=True):
            compare_replicas(each, fate, names)


@contextmanager
def without(buckets: list[str]) -> Iterator[None]:
    """These buckets are not there for a while."""
    undo = [stored.gone(bucket_of(name)) for name in buckets]
    try:
        yield
    finally:
        for each in filter(None, undo):
            each()


def prepared(stage: Stage, ownership: str) -> None:
    """The source takes whatever is put, and the role is any."""
    held = bucket_of("src-bucket")
    held.ownership_rule, held.blocked_encryption = ownership, ()
    held.object_lock_enabled, held.policy = False, None
    writer = {"AWS": f"arn:aws:iam::{OTHER}:user/eve"}
    puts = {"Effect": "Allow", "Principal": writer, "Action": "s3:Put*"}
    if ownership == "ObjectWriter":
        both = any_policies.document([{**puts, "Resource": "arn:aws:s3:::src-bucket/*"}])
        held.policy = json.dumps(both).encode()
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    for account, name in PEOPLE:
        text = json.dumps(any_policies.document([every]))
        stage.backends[account].users[name].policies = {"own": text}
    whom = [f"arn:aws:iam::{each}:root" for each in (OWNER, OTHER)]
    open_ = any_policies.document([{**every, "Action": "kms:*", "Principal": {"AWS": whom}}])
    stage.set_keys([open_] * 4, ["Enabled"] * 4, {})


def put_rules(stage: Stage, listed: list[Json], names: dict[str, str]) -> None:
    s3 = stage.lab.client(OWNER, "s3")
    rules = stage.real(listed, names)
    s3.put_bucket_replication(
        Bucket="src-bucket", ReplicationConfiguration={"Role": ROLE, "Rules": rules}
    )


class Sent:
    """An object in the source, or a delete marker, before its time comes."""

    def __init__(self, stage: Stage, thing: Any) -> None:
        self.stage, self.thing = stage, thing
        self.key = f"{thing.key}{next(stage.sources)}"
        self.foreign = thing.owner == OTHER and source_takes_writers() and not thing.is_marker
        self.head: Json = {}

    def upload(self) -> None:
        thing = self.thing
        sent: Json = {"StorageClass": thing.storage_class}
        if thing.encryption == "SSE-C":
            sent |= OWN
        elif thing.encryption.startswith("aws:kms"):
            key = self.stage.real(thing.kms_key, {})
            sent |= {"ServerSideEncryption": thing.encryption, "SSEKMSKeyId": key}
            if thing.encryption == "aws:kms":
                sent["BucketKeyEnabled"] = thing.bucket_key
        if thing.tags:
            sent["Tagging"] = "&".join(f"{k}={v}" for k, v in thing.tags.items())
        if self.foreign and thing.acl != "private":
            sent["ACL"] = thing.acl
        s3 = self.stage.people["eve" if self.foreign else "ann"]
        s3.put_object(Bucket="src-bucket", Key=self.key, Body=b"some", **sent)
        own = OWN if thing.encryption == "SSE-C" else {}
        self.head = self.stage.people["ann"].head_object(Bucket="src-bucket", Key=self.key, **own)
        if thing.is_marker:
            s3.delete_object(Bucket="src-bucket", Key=self.key)

    def foretold(self, facts: Facts, keys: list[str]) -> Fate:
        where = any_bucket.find(facts, "src-bucket")
        assert where is not None
        head, thing = self.head, self.thing
        if thing.is_marker:
            told: Json = {"key": self.key, "kind": "delete-marker", "created": "after rule"}
        else:
            customer = "sse-c" if head.get("SSECustomerAlgorithm") else "none"
            told = {
                "key": self.key,
                "encryption": head.get("ServerSideEncryption") or customer,
                "kms_key": head.get("SSEKMSKeyId", ""),
                "bucket_key": head.get("BucketKeyEnabled") is True,
                "storage_class": head.get("StorageClass", "STANDARD"),
                "replication_status": head.get("ReplicationStatus", ""),
                "tags": thing.tags,
                "created": "after rule",
                "owner": OTHER if self.foreign else OWNER,
                "acl": thing.acl,
            }
        subject = read_subject(Reader(told, assumed=False))
        return replicate(subject, replicas.sides_of(facts, where, *filter(None, keys)))

    def version(self) -> str:
        return str(version_of(bucket_of("src-bucket"), self.key).version_id)

    def copy_in(self, bucket: str) -> Any:
        """What lies in a destination under its key and version."""
        return version_of(bucket_of(bucket), self.key, self.version())


def source_takes_writers() -> bool:
    return bucket_of("src-bucket").ownership_rule == "ObjectWriter"


def compare_replicas(sent: Sent, fate: Fate, names: dict[str, str]) -> None:
    failures = state_of(sent.stage.lab.lab.world).failures
    at = (sent.key, sent.version())
    reasons = {
        each.destination: each.reasons for each in failures if (each.key, each.version) == at
    }
    copies = {each.destination: each for each in fate.copies}
    misses = {each.destination: each for each in fate.misses if each.destination}
    for name in names.values():
        lying = sent.copy_in(name) if bucket_of(name) else None
        if name in copies:
            assert lying is not None, (copies[name], reasons)
            same(copies[name], sent, lying)
        elif name in misses and misses[name].kind == "unknown":
            continue
        elif name in misses and misses[name].kind == "failed":
            assert lying is None, misses[name]
            assert misses[name].code in reasons[name]
        else:
            assert lying is None, fate
            assert name not in reasons, fate


def same(told: PredictedReplica, sent: Sent, lying: Any) -> None:
    """The replica lies there as it was foretold."""
    assert kept_of(lying).replication == "REPLICA"
    if sent.thing.is_marker:
        return
    account, region = lying.account_id, bucket_of(told.destination).region_name
    customer = bool(kept_of(lying).customer_key)
    assert told.encryption == ("SSE-C" if customer else lying.encryption)
    if told.key:
        assert told.key == (lying.kms_key_id or managed_key(account, region).arn)
    assert (told.owner, told.storage_class) == (kept_of(lying).owner, lying.storage_class)
    tags = s3_backends[account]["aws"].tagger.get_tag_dict_for_resource(lying.arn)
    assert told.tags == (tags == sent.thing.tags)
