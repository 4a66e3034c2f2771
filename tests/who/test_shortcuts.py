"""What is settled at once for all logs comes out as when each log is asked about."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scenes
from logkeep.who import access, asking
from scenes import FLEET, healthy
from worlds import ADMIN, READER

PRINCIPALS = [
    "*",
    {"AWS": READER},
    {"AWS": ADMIN},
    {"AWS": "arn:aws:iam::111111111111:root"},
    {"AWS": "arn:aws:iam::444444444444:root"},
    {"Service": "cloudtrail.amazonaws.com"},
    {"Service": "delivery.logs.amazonaws.com"},
]
RESOURCES = [
    f"{FLEET.bucket_arn}/*",
    f"{FLEET.bucket_arn}/AWSLogs/222222222222/*",
    f"{FLEET.bucket_arn}/*CloudTrail-Digest*",
    "arn:aws:s3:::sec?rod-multiaccount-logs/AWSLogs/*/eu-west-1/*",
    "arn:aws:s3:::elsewhere/*",
    "*",
    FLEET.bucket_arn,
]
CONDITIONS = [
    None,
    {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
    {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
]
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.sampled_from(PRINCIPALS),
        "Action": st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:Delete*", "s3:*"]),
        "Resource": st.sampled_from(RESOURCES),
        "Condition": st.sampled_from(CONDITIONS),
    }
)


@given(st.lists(STATEMENTS, max_size=3))
@settings(max_examples=15, deadline=None)
def test_the_shortcuts_change_no_answer(added: list[dict[str, object]]) -> None:
    question = scenes.bucket_policy_ask()
    document = scenes.policy(question)
    own = [s for s in document["Statement"] if s["Sid"].startswith("LogkeepCloud")]
    more = [{k: v for k, v in s.items() if v is not None} for s in added]
    snapshot = scenes.with_policy(healthy(), question, {**document, "Statement": own + more})
    quick = access(FLEET, snapshot)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "is_unnamed", lambda *_: False)
        patch.setattr(asking, "is_hopeless", lambda *_: False)
        patch.setattr(asking, "is_denied_everywhere", lambda *_: False)
        patch.setattr(asking, "DOUBTS_MAX", 10**9)
        slow = access(FLEET, snapshot)
    assert [c.verdict for c in quick.conclusions] == [c.verdict for c in slow.conclusions]
    for a, b in zip(quick.powers, slow.powers, strict=True):
        assert [(h.principal, h.account, h.certain) for h in a.holders] == [
            (h.principal, h.account, h.certain) for h in b.holders
        ]
