"""One authorization explained: the legs it takes, what decides, and bad questions."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.bucket import of_account, of_bucket
from logkeep.access.key import of_key
from logkeep.policy import Outcome
from logkeep.show.paint import Paint
from logkeep.show.why import why_text
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.who.why import BadQuestion, Question, Why, question, why
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, READER

BUCKET = FLEET.bucket_arn
LOG = f"{BUCKET}/AWSLogs/222222222222/CloudTrail/us-east-1/2026/11/23/log.json.gz"
CLOUDTRAIL = "cloudtrail.amazonaws.com"
SSE = "s3:x-amz-server-side-encryption"


def asked(
    principal: str,
    action: str,
    resource: str = LOG,
    snapshot: Snapshot | None = None,
    **context: str,
) -> Why:
    facts = Facts(FLEET, snapshot or healthy())
    told = {name.replace("__", ":"): [value] for name, value in context.items()}
    read = question(facts, principal, action, resource, told)
    assert isinstance(read, Question), read
    return why(facts, read)


def bad(principal: str, action: str, resource: str = LOG) -> BadQuestion:
    read = question(Facts(FLEET, healthy()), principal, action, resource, {})
    assert isinstance(read, BadQuestion)
    return read


def legs(found: Why) -> list[tuple[str, Outcome]]:
    return [(leg.request.action, leg.outcome) for leg in found.rulings]


def with_bucket_statement(statement: object) -> Snapshot:
    asks = scenes.bucket_policy_ask()
    document = scenes.policy(asks)
    changed = {**document, "Statement": [*document["Statement"], statement]}
    return scenes.with_policy(healthy(), asks, changed)


def unguarded() -> Snapshot:
    """A bucket whose policy does not keep people from writing among the logs."""
    asks = scenes.bucket_policy_ask()
    document = scenes.policy(asks)
    kept = [s for s in document["Statement"] if s["Sid"] != "LogkeepOnlyServicesWrite"]
    return scenes.with_policy(healthy(), asks, {**document, "Statement": kept})


def test_a_read_is_the_object_and_its_key() -> None:
    """Rule 4.8."""
    found = asked(READER, "s3:GetObject")
    assert legs(found) == [("s3:GetObject", "Allowed"), ("kms:Decrypt", "Allowed")]
    assert found.outcome == "Allowed"


def test_a_read_without_the_key_is_denied_by_the_key() -> None:
    found = asked(ADMIN, "s3:GetObject")
    assert legs(found) == [("s3:GetObject", "Allowed"), ("kms:Decrypt", "ImplicitlyDenied")]
    assert (found.outcome, found.deciding.request.action) == ("ImplicitlyDenied", "kms:Decrypt")
    (near,) = found.deciding.explanation.nearest
    assert (near.statement.sid, near.element, near.got) == (
        "LogkeepAdministration",
        "Action",
        "kms:Decrypt",
    )


def test_a_delivery_is_the_bucket_and_the_key_in_its_exact_context() -> None:
    """Rules 1.5b and 1.5d: CloudTrail's headers and encryption context are known."""
    found = asked(CLOUDTRAIL, "s3:PutObject")
    assert legs(found) == [("s3:PutObject", "Allowed"), ("kms:GenerateDataKey", "Allowed")]
    context = found.rulings[1].request.context
    assert context["kms:encryptioncontext:aws:s3:arn"] == LOG


def test_a_delivery_for_a_trail_that_is_not_named_is_denied_by_the_source() -> None:
    trail = "arn:aws:cloudtrail:eu-west-1:222222222222:trail/old"
    found = asked(CLOUDTRAIL, "s3:PutObject", aws__SourceArn=trail)
    near = found.deciding.explanation.nearest[0]
    assert (near.statement.sid, near.element, near.key, near.got) == (
        "LogkeepCloudTrailWrite",
        "Condition",
        "StringEquals/aws:SourceArn",
        trail,
    )


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ({"StringEquals": {"aws:SourceOrgID": "o-stranger"}}, "Allowed"),
        ({"StringNotEquals": {"aws:SourceOrgID": "o-stranger"}}, "ExplicitlyDenied"),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, "ExplicitlyDenied"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "Allowed"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, "Unknown"),
    ],
)
def test_what_a_delivery_may_carry_is_bounded_as_where_it_is_diagnosed(
    condition: dict[str, dict[str, str]], outcome: Outcome
) -> None:
    everything = {"Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}
    denied = {"Effect": "Deny", **everything, "Condition": condition}
    found = asked(CLOUDTRAIL, "s3:PutObject", snapshot=with_bucket_statement(denied))
    assert found.outcome == outcome


def test_an_upload_that_names_the_key_asks_the_key() -> None:
    found = asked(ADMIN, "s3:PutObject", LOG, unguarded(), **{SSE: "aws:kms"})
    assert legs(found) == [("s3:PutObject", "Allowed"), ("kms:GenerateDataKey", "ImplicitlyDenied")]


@pytest.mark.parametrize("header", ["AES256", ""])
def test_an_upload_under_s3s_own_key_asks_no_key(header: str) -> None:
    found = asked(ADMIN, "s3:PutObject", LOG, unguarded(), **{SSE: header})
    assert legs(found) == [("s3:PutObject", "Allowed")]


def test_an_upload_goes_under_the_buckets_default_key() -> None:
    facts = Facts(FLEET, healthy())
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/logkeep"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    answer = reply({"ServerSideEncryptionConfiguration": rules})
    asks = of_bucket(facts, "s3:GetBucketEncryption")
    found = asked(ADMIN, "s3:PutObject", snapshot=unguarded().with_answers({asks: answer}))
    assert found.outcome == "ImplicitlyDenied"
    hidden = asked(ADMIN, "s3:PutObject", snapshot=unguarded().without([asks]))
    assert hidden.outcome == "Unknown"
    assert asks.says() in hidden.deciding.explanation.decision.unknown


def test_a_deny_names_its_statement() -> None:
    decision = asked(ADMIN, "s3:DeleteObject").deciding.explanation.decision
    assert (decision.outcome, decision.layer) == ("ExplicitlyDenied", "resource")
    assert decision.statement is not None
    assert decision.statement.sid == "LogkeepKeepLogs"


def test_what_is_not_told_of_a_request_leaves_it_undecided_until_told() -> None:
    statement = {
        "Sid": "Office",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    }
    snapshot = with_bucket_statement(statement)
    found = asked(READER, "s3:GetObject", snapshot=snapshot)
    assert found.outcome == "Unknown"
    assert found.deciding.explanation.decision.unknown == ("aws:sourceip",)
    told = asked(READER, "s3:GetObject", snapshot=snapshot, aws__SourceIp="192.0.2.7")
    assert told.outcome == "Allowed"
    told = asked(READER, "s3:GetObject", snapshot=snapshot, aws__SourceIp="198.51.100.7")
    assert told.outcome == "ExplicitlyDenied"


def test_a_key_told_to_be_empty_is_absent() -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/*",
        "Condition": {"Null": {"aws:SourceVpce": "true"}},
    }
    snapshot = with_bucket_statement(statement)
    assert asked(READER, "s3:GetObject", snapshot=snapshot).outcome == "Unknown"
    told = asked(READER, "s3:GetObject", snapshot=snapshot, aws__SourceVpce="")
    assert told.outcome == "ExplicitlyDenied"


def test_a_request_without_tls_is_denied() -> None:
    found = asked(READER, "s3:GetObject", aws__SecureTransport="false")
    assert found.outcome == "ExplicitlyDenied"


def test_a_session_is_asked_with_its_roles_policies() -> None:
    session = "arn:aws:sts::111111111111:assumed-role/LogReader/me"
    assert asked(session, "s3:GetObject").outcome == "Allowed"


def test_a_principal_of_an_unread_account_is_denied_or_unknown_but_never_allowed() -> None:
    stranger = "arn:aws:iam::444444444444:role/x"
    assert asked(stranger, "s3:GetObject").outcome == "ImplicitlyDenied"
    root = {"AWS": "arn:aws:iam::444444444444:root"}
    statement = {
        "Effect": "Allow",
        "Principal": root,
        "Action": "s3:ListBucket",
        "Resource": BUCKET,
    }
    found = asked(stranger, "s3:ListBucket", BUCKET, with_bucket_statement(statement))
    assert found.outcome == "Unknown"
    assert any("444444444444" in name for name in found.deciding.explanation.decision.unknown)


def test_the_public_is_kept_out_by_block_public_access() -> None:
    """Rule 2.1.5."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:ListBucket",
        "Resource": BUCKET,
    }
    snapshot = with_bucket_statement(statement)
    assert asked("anonymous", "s3:ListBucket", BUCKET, snapshot).outcome == "ExplicitlyDenied"
    gone = Reply(error="NoSuchPublicAccessBlockConfiguration")
    asks = of_bucket(Facts(FLEET, snapshot), "s3:GetPublicAccessBlock")
    opened = snapshot.with_answers({asks: gone})
    assert asked("anonymous", "s3:ListBucket", BUCKET, opened).outcome == "Allowed"
    hidden = opened.without([of_account(Facts(FLEET, snapshot))])
    unsure = asked("anonymous", "s3:ListBucket", BUCKET, hidden)
    assert unsure.outcome == "Unknown"
    assert "s3control:GetPublicAccessBlock" in why_text(unsure, Paint())


def test_the_key_may_be_named_by_its_alias() -> None:
    for name in ("alias/logkeep", "arn:aws:kms:us-east-1:111111111111:alias/logkeep"):
        assert asked(READER, "kms:Decrypt", name).outcome == "Allowed"


def test_the_policy_of_a_foreign_bucket_is_not_guessed() -> None:
    found = asked(ADMIN, "s3:GetObject", "arn:aws:s3:::elsewhere/x")
    assert found.outcome == "Unknown"


@pytest.mark.parametrize(
    ("principal", "action", "resource", "says", "hint"),
    [
        (READER, "s3:GetObjct", LOG, "no action `s3:GetObjct`", "did you mean `s3:GetObject`?"),
        (READER, "GetObject", LOG, "no action `GetObject`", "such as s3:GetObject"),
        (READER, "kmz:Decrypt", LOG, "no action `kmz:Decrypt`", "kms:Decrypt"),
        (
            READER,
            "s3:GetObject",
            "bucket/key",
            "`bucket/key` is not an ARN",
            "name it by arn:aws:s3:::bucket/key",
        ),
        (READER, "s3:GetObject", BUCKET, "is not about", "${BucketName}/${ObjectName}"),
        (READER, "s3:ListAllMyBuckets", BUCKET, "is not about", "no single resource"),
        ("bob", "s3:GetObject", LOG, "`bob` isn't a valid principal; use an ARN", "role's ARN"),
        (LOG, "s3:GetObject", LOG, "is not a user, role, session or root user", ""),
        ("LogReeder@security", "s3:GetObject", LOG, "no user or role", "`LogReader@security`"),
        ("LogReader@nowhere", "s3:GetObject", LOG, "isn't a valid principal", ""),
        (f"{READER}s", "s3:GetObject", LOG, "in the snapshot", f"did you mean `{READER}`?"),
    ],
)
def test_a_bad_question_says_what_is_wrong(
    principal: str, action: str, resource: str, says: str, hint: str
) -> None:
    found = bad(principal, action, resource)
    assert says in found.says
    assert hint in found.hint


def test_a_principal_may_be_named_as_the_lab_prints_its_people() -> None:
    assert asked("LogReader@security", "s3:GetObject") == asked(READER, "s3:GetObject")


@given(st.data())
@examples(30)
def test_hiding_any_fact_never_allows_what_was_denied(data: st.DataObject) -> None:
    calls = ("s3:", "kms:", "iam:", "organizations:")
    questions = sorted(q for q in healthy().answers if q.call.startswith(calls))
    hidden = data.draw(st.lists(st.sampled_from(questions), min_size=1, max_size=3))
    principal = data.draw(st.sampled_from([READER, ADMIN, CLOUDTRAIL, "anonymous"]))
    action = data.draw(st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]))
    before = asked(principal, action).outcome
    after = asked(principal, action, snapshot=healthy().without(hidden)).outcome
    if before != "Allowed":
        assert after != "Allowed"


def test_a_disabled_key_is_named_as_what_refuses() -> None:
    """KMS Developer Guide, "Key states of AWS KMS keys"."""
    described = of_key(Facts(FLEET, healthy()), "kms:DescribeKey", FLEET.archive.key)
    body = msgspec.json.decode(healthy().answers[described].body)
    body["KeyMetadata"]["KeyState"] = "Disabled"
    snapshot = healthy().with_answers({described: reply(body)})
    found = asked(READER, "kms:Decrypt", body["KeyMetadata"]["Arn"], snapshot)
    assert found.outcome == "ExplicitlyDenied"
    assert "the key's state" in why_text(found, Paint())
