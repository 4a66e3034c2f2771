"""The predictions of replicas against the lab's own S3, as `test_model.py` has those of uploads."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from logkeep.lab.call import Caller as LabCaller
from logkeep.lab.objects import model, replication
from logkeep.policy import Layers
from logkeep.storage.bucket import Requester
from logkeep.storage.configuration import read_replication
from logkeep.storage.fate import ReplicationRole, Sides
from logkeep.storage.replicate import replicate
from logkeep.storage.rules import Replication
from logkeep.storage.subject import Subject
from storage.any_policies import (
    ABROAD,
    CONTEXT,
    FAR,
    GONE,
    K1,
    K2,
    KEY_POLICIES,
    SSE,
    STATES,
    Json,
    document,
    keys_of,
    mostly,
    of_lab,
    read,
    some,
    with_condition,
)
from storage.scenes import OTHER, OWNER, REGION, ROLE, TRUST, allow
from support.examples import examples

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
