"""The predictions against the lab's own S3, written from the documentation alone.

Where AWS's pages allow two readings the lab takes each in turn: what is predicted holds under all
of them, and what is called unknown comes out differently under two.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logkeep.lab.call import Caller as LabCaller
from logkeep.lab.objects import model, replication, store
from logkeep.policy import Layers, Policy, read_policy
from logkeep.policy.values import Kind
from logkeep.storage.advice import BY_CUSTOMER
from logkeep.storage.bucket import Bucket, Default, Key, Keys, Requester
from logkeep.storage.configuration import read_replication
from logkeep.storage.fate import ReplicationRole, Sides
from logkeep.storage.put import put
from logkeep.storage.replicate import replicate
from logkeep.storage.rules import Replication
from logkeep.storage.subject import Subject
from logkeep.storage.upload import Outcome, Upload
from storage.scenes import OTHER, OWNER, REGION, ROLE, TRUST, allow
from support.examples import examples

Json = dict[str, Any]
ABROAD = "eu-west-1"
K1 = f"arn:aws:kms:{REGION}:{OWNER}:key/11111111-2222-3333-4444-555555555555"
K2 = f"arn:aws:kms:{REGION}:{OTHER}:key/22222222-2222-3333-4444-555555555555"
FAR = f"arn:aws:kms:{ABROAD}:{OWNER}:key/33333333-2222-3333-4444-555555555555"
GONE = f"arn:aws:kms:{REGION}:{OWNER}:key/44444444-2222-3333-4444-555555555555"
SSE, KEY_ID = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
CONTEXT = "kms:EncryptionContext:aws:s3:arn"
READINGS_OF_UPLOADS = [
    model.Readings(key_condition_sees_default=sees, bucket_key_of_default=takes)
    for sees, takes in itertools.product((False, True), repeat=2)
]
READINGS_OF_REPLICAS = [
    model.Readings(
        tags_are_left_behind=tags,
        override_is_always_asked=override,
        older_read_does_for_sse_c=read,
    )
    for tags, override, read in itertools.product((False, True), repeat=3)
]
READINGS_OF_REPLICAS.append(
    model.Readings(tags_are_left_behind=True, older_read_does_for_sse_c=True, account_is_held=True)
)


def document(statements: Iterable[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def some(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def mostly(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    """What is in order, and now and then what is not."""
    return st.sampled_from([*others, *[value] * (9 * len(others))])


CONDITIONS: tuple[Json, ...] = (
    {},
    {"Null": {SSE: "true"}},
    {"StringNotEquals": {SSE: "AES256"}},
    {"StringNotEquals": {SSE: "aws:kms"}},
    {"StringNotEquals": {SSE: ["AES256", "aws:kms"]}},
    {"StringNotEqualsIfExists": {SSE: "aws:kms"}},
    {"StringNotEquals": {SSE: "aws:kms"}, "Null": {SSE: "false"}},
    {"StringLike": {SSE: "aws:kms*"}},
    {"StringNotEquals": {KEY_ID: K1}},
    {"StringEquals": {KEY_ID: K1}},
    {"Null": {KEY_ID: "true"}},
    {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
    {"StringNotEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    {"StringLike": {"s3:x-amz-acl": "public*"}},
)
STATEMENTS = st.builds(
    lambda effect, principal, action, resource, condition: {
        "Effect": effect, "Principal": principal, "Action": action, "Resource": resource,
        **({"Condition": condition} if condition else {}),
    },
    effect=some("Deny", "Allow"),
    principal=some("*", {"AWS": OTHER}, {"AWS": f"arn:aws:iam::{OTHER}:user/eve"},
                   {"AWS": f"arn:aws:iam::{OWNER}:user/ann"}),
    action=some("s3:PutObject", "s3:PutObject", "s3:*", ["s3:PutObject", "s3:PutObjectAcl"]),
    resource=some("arn:aws:s3:::b/*", "arn:aws:s3:::b/in/*"),
    condition=some(*CONDITIONS),
)  # fmt: skip
POLICIES = st.none() | st.lists(STATEMENTS, min_size=1, max_size=3).map(document)
KEY_CONDITIONS: tuple[Json, ...] = (
    {},
    {"StringLike": {CONTEXT: "arn:aws:s3:::b/*"}},
    {"StringEquals": {CONTEXT: "arn:aws:s3:::b"}},
    {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
    {"StringEquals": {"kms:ViaService": f"s3.{ABROAD}.amazonaws.com"}},
)


def with_condition(statement: Json, condition: Json) -> Json:
    return {**statement, "Condition": condition} if condition else statement


IDENTITIES = st.builds(
    lambda actions, condition: [
        document([allow("s3:*"), with_condition(allow(actions), condition)])
    ],
    actions=some(
        "kms:*",
        "kms:*",
        "kms:*",
        "kms:GenerateDataKey",
        ["kms:GenerateDataKey*", "kms:Decrypt"],
        "s3:*",
    ),
    condition=some({}, {}, {}, *KEY_CONDITIONS),
)
KEY_POLICIES = st.builds(
    lambda whom, condition: document(
        [with_condition(allow("kms:*", Principal={"AWS": whom}), condition)]
    ),
    whom=some([f"arn:aws:iam::{OWNER}:root"], [f"arn:aws:iam::{OTHER}:root"],
              *[[f"arn:aws:iam::{OWNER}:root", f"arn:aws:iam::{OTHER}:root"]] * 4,
              [f"arn:aws:iam::{OWNER}:user/ann"]),
    condition=some(*[{}] * 12, *KEY_CONDITIONS),
)  # fmt: skip
STATES = mostly("Enabled", "Disabled", "PendingDeletion")


@st.composite
def headers(draw: st.DrawFn) -> dict[str, str]:
    """Headers that fit together and some that do not."""
    sent: dict[str, str] = {}
    algorithm = draw(some("", "", "AES256", "aws:kms", "aws:kms", "aws:kms:dsse", "aes:kms", "C"))
    if algorithm == "C":
        sent |= BY_CUSTOMER
    elif algorithm:
        sent[store.SSE] = algorithm
    if draw(some(*(False,) * (1 if algorithm.startswith("aws:kms") else 9), True)):
        sent[store.KEY_ID] = draw(some(K1, K1, K2, FAR, GONE))
    if algorithm == "aws:kms" and draw(st.booleans()):
        sent[store.BUCKET_KEY] = draw(some("true", "false"))
    acl = draw(some("", "", "bucket-owner-full-control", "private", "public-read"))
    return {**sent, store.ACL: acl} if acl else sent


BUCKETS = st.builds(
    model.LabBucket,
    name=st.just("b"),
    account=st.just(OWNER),
    region=st.just(REGION),
    algorithm=some("AES256", "aws:kms", "aws:kms:dsse"),
    key=some("", K1, K2, FAR),
    bucket_key=st.booleans(),
    policy=POLICIES,
    ownership=some("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"),
    blocks_public_acls=st.booleans(),
    blocks_sse_c=st.booleans(),
    exists=mostly(True, False),
)


def read(found: Json | None, kind: Kind) -> Policy | None:
    if found is None:
        return None
    policy = read_policy(found, kind, kind)
    assert isinstance(policy, Policy), (found, policy)
    return policy


def of_lab(told: model.LabBucket) -> Bucket:
    """The lab's bucket as the product takes it."""
    return Bucket(
        name=told.name,
        account=told.account,
        region=told.region,
        exists=told.exists,
        default=Default(
            told.algorithm, told.key if told.algorithm != "AES256" else "", told.bucket_key
        ),
        policy=read(told.policy, "resource"),
        ownership=told.ownership,
        block_public_acls=told.blocks_public_acls,
        blocked=frozenset({"SSE-C"}) if told.blocks_sse_c else frozenset(),
        versioning="Enabled" if told.versioned else "Suspended",
        object_lock=told.locked,
    )


def keys_of(told: dict[str, model.Key]) -> Keys:
    known = {
        key.arn: Key(key.arn, key.account, key.state, read(key.policy, "key"))
        for key in told.values()
    }
    return Keys(known=known, complete=True)


@given(
    who=some((OWNER, "ann"), (OWNER, "ann"), (OTHER, "eve")),
    identity=IDENTITIES,
    sent=headers(),
    name=some("in/a", "a"),
    bucket=BUCKETS,
    policies=st.lists(KEY_POLICIES, min_size=3, max_size=3),
    states=st.lists(STATES, min_size=3, max_size=3),
    in_parts=st.booleans(),
)
@examples(500)
def test_an_upload_comes_out_as_predicted(
    who: tuple[str, str],
    identity: list[Json],
    sent: dict[str, str],
    name: str,
    bucket: model.LabBucket,
    policies: list[Json],
    states: list[str],
    *,
    in_parts: bool,
) -> None:
    account, person = who
    arn = f"arn:aws:iam::{account}:user/{person}"
    keys = {
        key: model.Key(key, policy, state)
        for key, policy, state in zip((K1, K2, FAR), policies, states, strict=True)
    }
    asks = model.Person(LabCaller(account, arn, "user", person), identity)
    done = [
        store.store(asks, sent, name, bucket, keys, each, in_parts=in_parts)
        for each in READINGS_OF_UPLOADS
    ]
    own = tuple(policy for each in identity if (policy := read(each, "identity")))
    caller = Requester(arn, account, Layers(identity=own))
    upload = Upload(caller=caller, key=name, headers=sent, multipart=in_parts)
    agree(put(upload, of_lab(bucket), keys_of(keys)), done)


def agree(outcome: Outcome, done: list[store.Stored | set[str]]) -> None:
    stored = [each for each in done if isinstance(each, store.Stored)]
    refused = [each for each in done if not isinstance(each, store.Stored)]
    match outcome.answer:
        case "refused":
            assert outcome.refusal is not None
            assert not stored
            assert all(outcome.refusal.code in each for each in refused)
        case "accepted":
            assert outcome.stored is not None
            assert not refused
            told = outcome.stored
            assert {(e.encryption, e.key, e.owner) for e in stored} == {
                (told.encryption, told.key, told.owner)
            }
            under = {each.bucket_key for each in stored}
            if told.encryption == "aws:kms":
                assert under == ({False, True} if told.bucket_key is None else {told.bucket_key})
        case "unknown":
            assert stored
            assert refused


ACTIONS = ("s3:GetObjectVersionForReplication", "s3:GetObjectVersion", "s3:GetObjectVersionAcl",
           "s3:GetObjectVersionTagging", "s3:ReplicateObject", "s3:ReplicateDelete",
           "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner")  # fmt: skip
ALWAYS = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
R1, R2 = FAR, f"arn:aws:kms:{ABROAD}:{OTHER}:key/55555555-2222-3333-4444-555555555555"


@st.composite
def rules(draw: st.DrawFn) -> list[Json]:
    """Up to three rules of the new schema, or one of the old."""
    found: list[Json] = []
    for number in range(draw(st.integers(1, 3))):
        name = draw(some("dst1", "dst1", "dst2"))
        to: Json = {"Bucket": f"arn:aws:s3:::{name}"}
        if draw(st.booleans()):
            to["StorageClass"] = draw(some("STANDARD_IA", "GLACIER_IR"))
        if draw(some(True, False, False)):
            to |= {"Account": OTHER, "AccessControlTranslation": {"Owner": "Destination"}}
        rule: Json = {
            "ID": f"r{number}",
            "Status": draw(mostly("Enabled", "Disabled")),
            "Destination": to,
        }
        if draw(mostly(True, False)):
            key = draw(some(R1, R1, R1, R1, R2, R2, K1, GONE))
            to["EncryptionConfiguration"] = {"ReplicaKmsKeyID": key}
            rule["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
        if number == 0 and draw(some(True, False, False)):
            return [{**rule, "Prefix": draw(some("", "in/"))}]
        tag = {"Key": "a", "Value": "1"}
        rule |= {
            "Priority": draw(st.permutations((1, 2, 3)))[0] * 10 + number,
            "Filter": draw(some({}, {}, {"Prefix": ""}, {"Prefix": ""}, {"Prefix": "in/"},
                                {"Tag": tag}, {"And": {"Prefix": "in/", "Tags": [tag]}})),
            "DeleteMarkerReplication": {"Status": draw(some("Enabled", "Disabled"))},
        }  # fmt: skip
        found.append(rule)
    return found


THINGS = st.builds(
    replication.Thing,
    key=some("in/a", "a"),
    is_marker=mostly(False, True),
    by_lifecycle=mostly(False, True),
    after_rule=mostly(True, False),
    encryption=some("", "AES256", "aws:kms", "aws:kms", "aws:kms:dsse", "SSE-C"),
    kms_key=some(K1, K1, K2),
    bucket_key=st.booleans(),
    owner=some(OWNER, OWNER, OTHER),
    acl=some("private", "bucket-owner-full-control"),
    storage_class=mostly("STANDARD", "GLACIER", "GLACIER_IR", "DEEP_ARCHIVE"),
    tags=some({}, {"a": "1"}, {"a": "2", "b": "1"}),
    status=mostly("", "PENDING", "COMPLETED", "FAILED", "REPLICA"),
)


def destinations(name: str) -> st.SearchStrategy[model.LabBucket]:
    whom = {"Principal": {"AWS": ROLE}}
    every = [*ACTIONS[4:]]
    objects = f"arn:aws:s3:::{name}/*"
    policies = [
        None,
        document([allow(every, objects, **whom)]),
        document([allow(every, objects, **whom)]),
        document([allow(every[:3], objects, **whom)]),
        document([allow(every[:2], objects, **whom)]),
        document([{**allow(every, objects, **whom)},
                  {"Effect": "Deny", "Principal": "*", "Action": "s3:ReplicateTags",
                   "Resource": objects}]),
        document([{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                   "Resource": objects, "Condition": {"Null": {SSE: "true"}}},
                  allow(every, objects, **whom)]),
    ]  # fmt: skip
    return st.builds(
        model.LabBucket,
        name=st.just(name),
        account=some(OWNER, OWNER, OTHER),
        region=mostly(ABROAD, REGION),
        algorithm=some("AES256", "aws:kms"),
        key=some("", R1, R2),
        bucket_key=st.booleans(),
        policy=some(*policies),
        ownership=some("BucketOwnerEnforced", "ObjectWriter"),
        blocks_sse_c=st.booleans(),
        versioned=mostly(True, False),
        locked=mostly(True, False),
        exists=mostly(True, False),
    )


ROLES = st.builds(
    lambda lacking, kms, condition: [
        document([
            allow([*ALWAYS, *(each for each in ACTIONS if each not in lacking)]),
            *([with_condition(allow(kms), condition)] if kms else []),
        ])
    ],
    lacking=some((), (), (), ()) | st.lists(some(*ACTIONS), max_size=2),
    kms=some("kms:*", "kms:*", "kms:*", "kms:*", ["kms:Decrypt", "kms:Encrypt"],
             ["kms:Decrypt", "kms:GenerateDataKey"], "kms:Encrypt", []),
    condition=some({}, {}, {}, {}, {"StringLike": {CONTEXT: "arn:aws:s3:::*/*"}},
                   {"StringLike": {CONTEXT: ["arn:aws:s3:::src", "arn:aws:s3:::dst?"]}}),
)  # fmt: skip


@given(
    thing=THINGS,
    listed=rules(),
    source=st.builds(
        model.LabBucket, name=st.just("src"), account=st.just(OWNER), region=st.just(REGION),
        ownership=some("BucketOwnerEnforced", "ObjectWriter"), locked=mostly(False, True),
    ),
    ones=st.tuples(destinations("dst1"), destinations("dst2")),
    identity=ROLES,
    trusted=mostly("s3.amazonaws.com", "ec2.amazonaws.com"),
    policies=st.lists(KEY_POLICIES, min_size=4, max_size=4),
    states=st.lists(STATES, min_size=4, max_size=4),
)  # fmt: skip
@examples(500)
def test_a_replica_comes_out_as_predicted(
    thing: replication.Thing,
    listed: list[Json],
    source: model.LabBucket,
    ones: tuple[model.LabBucket, model.LabBucket],
    identity: list[Json],
    trusted: str,
    policies: list[Json],
    states: list[str],
) -> None:
    keys = {
        key: model.Key(key, policy, state)
        for key, policy, state in zip((K1, K2, R1, R2), policies, states, strict=True)
    }
    trust = {**TRUST, "Principal": {"Service": trusted}}
    name = ROLE.rsplit("/", 1)[-1]
    session = f"arn:aws:sts::{OWNER}:assumed-role/{name}/s3"
    role = model.Person(LabCaller(OWNER, session, "role", name, role_arn=ROLE), identity)
    to = {each.name: each for each in ones}
    made = [
        replication.replicas(
            thing, listed, replication.Surroundings(source, to, keys, role, document([trust]), each)
        )
        for each in READINGS_OF_REPLICAS
    ]
    read_rules = read_replication({"Role": ROLE, "Rules": listed})
    assert isinstance(read_rules, Replication), read_rules
    own = tuple(policy for each in identity if (policy := read(each, "identity")))
    sides = Sides(
        source=of_lab(source),
        replication=read_rules,
        role=ReplicationRole(
            Requester(ROLE, OWNER, Layers(identity=own)), read(document([trust]), "trust")
        ),
        destinations={name: of_lab(each) for name, each in to.items()},
        keys=keys_of(keys),
    )
    compare(subject_of(thing), sides, made)


def subject_of(thing: replication.Thing) -> Subject:
    return Subject(
        key=thing.key,
        event="delete-marker" if thing.is_marker else "put",
        by_lifecycle=thing.by_lifecycle,
        created="after" if thing.after_rule else "before",
        encryption=thing.encryption,
        kms_key=thing.kms_key,
        bucket_key=thing.bucket_key,
        owner=thing.owner,
        acl=thing.acl,
        storage_class=thing.storage_class,
        tags=thing.tags,
        status=thing.status,
    )


def compare(subject: Subject, sides: Sides, made: list[dict[str, replication.Result]]) -> None:
    fate = replicate(subject, sides)
    copies = {copy.destination: copy for copy in fate.copies}
    misses = {miss.destination: miss for miss in fate.misses if miss.destination}
    for name in {name for each in made for name in each}:
        results = [each[name] for each in made]
        if name in copies:
            copy = copies[name]
            told = replication.Replica(
                copy.destination, copy.rule, copy.encryption, copy.key, copy.owner,
                copy.storage_class, copy.tags,
            )  # fmt: skip
            assert all(each == told for each in results), (told, results[0])
            continue
        miss = misses.get(name)
        if miss is None or miss.kind == "not-eligible":
            assert all(each is None for each in results), (miss, results[0])
        elif miss.kind == "failed":
            assert all(isinstance(each, set) and miss.code in each for each in results), miss
        else:
            assert any(isinstance(each, set) for each in results), (miss, results[0])
            assert any(not isinstance(each, set) for each in results), (miss, results[0])
    assert set(copies) <= {name for each in made for name in each}
