"""The predictions against the lab's own S3, written from the documentation alone.

Where AWS's pages allow two readings the lab takes each in turn: what is predicted holds under all
of them, and what is called unknown comes out differently under two.
"""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from logkeep.lab.call import Caller as LabCaller
from logkeep.lab.objects import model, store
from logkeep.policy import Layers
from logkeep.storage.advice import BY_CUSTOMER
from logkeep.storage.bucket import Requester
from logkeep.storage.put import put
from logkeep.storage.upload import Outcome, Upload
from storage.any_policies import (
    FAR,
    GONE,
    K1,
    K2,
    KEY_CONDITIONS,
    KEY_ID,
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
from storage.scenes import OTHER, OWNER, REGION, allow
from support.examples import examples

READINGS_OF_UPLOADS = [
    model.Readings(key_condition_sees_default=sees, bucket_key_of_default=takes)
    for sees, takes in itertools.product((False, True), repeat=2)
]


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
