"""Grants on the archive's key: who they let decrypt, and what is told where they were not read."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.access import bucket, key
from logkeep.access.key import of_key
from logkeep.archive.anyone_else import Could, could_decrypt
from logkeep.policy import AclGrant, Acls, KeyGrant, Policy, Unread
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Seen
from support.worlds import ADMIN, KEY_ID, READER, fleet_of, well

FLEET = fleet_of()
WELL = well(FLEET)
STAGING = FLEET.accounts["staging"]
DEVELOPER = f"arn:aws:iam::{STAGING}:user/developer"
ADMIN_ABROAD = f"arn:aws:iam::{STAGING}:user/admin"
OTHER_LOG = {"EncryptionContextSubset": {"aws:s3:arn": "arn:aws:s3:::other/log.json.gz"}}
LIST_GRANTS = of_key(Facts(FLEET, WELL), "kms:ListGrants", KEY_ID)
LOCKED = Reply(error="AccessDenied", message="")


def granted(*grants: dict[str, Any]) -> Snapshot:
    return WELL.with_answers({LIST_GRANTS: reply({"Grants": grants})})


def could(snapshot: Snapshot) -> Could:
    facts = Facts(FLEET, snapshot)
    policy = facts.policy(seen(key.policy_text(facts)) or "", "key", "key policy")
    assert isinstance(policy, Policy)
    return could_decrypt(facts, policy, key.arn(facts), (READER,), LOG)


LOG = tuple(
    sorted(
        {
            "kms:encryptioncontext:aws:cloudtrail:arn": "arn:aws:cloudtrail:us-east-1:1:trail/t",
            "kms:encryptioncontext:aws:s3:arn": "arn:aws:s3:::logs/AWSLogs/log.json.gz",
        }.items()
    )
)
"""What a log's key is asked in."""


def to(grantee: str, *operations: str, **more: Any) -> dict[str, Any]:
    return {"GranteePrincipal": grantee, "Operations": operations or ("Decrypt",), **more}


def test_without_grants_nobody_else_decrypts() -> None:
    assert could(WELL) == Could((), ())


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (to(ADMIN), Could((ADMIN,), ())),
        (to(READER), Could((), ())),
        (to(ADMIN, "Encrypt", "GenerateDataKey"), Could((), ())),
        (to(ADMIN, Constraints=OTHER_LOG), Could((), ())),
        (to("backup.us-east-1.amazonaws.com"), Could((), ())),
        # In another account, whether a grant suffices alone AWS's pages do not agree.
        (to(DEVELOPER), Could((), (DEVELOPER,))),
        (to(ADMIN_ABROAD), Could((ADMIN_ABROAD,), ())),
    ],
    ids=["a user", "the reader", "to encrypt only", "other logs", "a service", "abroad, no policy",
         "abroad, with a policy"],
)  # fmt: skip
def test_a_grantee_decrypts(grant: dict[str, Any], expected: Could) -> None:
    """Rule 4.2: a grant allows besides the key's policy."""
    assert could(granted(grant)) == expected


def test_a_grant_to_a_whole_account_lets_in_whom_its_policies_let() -> None:
    of_staging = tuple(f"arn:aws:iam::{STAGING}:{name}" for name in (
        "role/OrganizationAccountAccessRole", "root", "user/admin"))  # fmt: skip
    found = could(granted(to(f"arn:aws:iam::{STAGING}:root")))
    assert found.who == of_staging


def test_unread_grants_leave_it_open() -> None:
    found = could(WELL.with_answers({LIST_GRANTS: LOCKED}))
    assert not found.who
    assert [name for name in found.unknown if name.startswith("kms:ListGrants: ")]


def test_a_grant_is_read_whole() -> None:
    entry = {
        "GrantId": "0c1d",
        "GranteePrincipal": "dynamodb.us-west-2.amazonaws.com",
        "GranteeServicePrincipal": "dynamodb.amazonaws.com",
        "RetiringPrincipal": ADMIN,
        "IssuingAccount": f"arn:aws:iam::{STAGING}:root",
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextEquals": {"a": "b"}, "SourceArn": "arn:aws:s3:::x"},
    }
    assert key.grants(Facts(FLEET, granted(entry))) == Seen((
        KeyGrant(
            "dynamodb.amazonaws.com",
            ("Decrypt",),
            context_equals={"a": "b"},
            source_arn="arn:aws:s3:::x",
            retiring_principal=ADMIN,
            issuing_account=f"arn:aws:iam::{STAGING}:root",
            id="0c1d",
        ),
    ))  # fmt: skip


def test_the_buckets_acl_is_read_whole() -> None:
    question = bucket.of_bucket(Facts(FLEET, WELL), "s3:GetBucketAcl")
    group = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    body = {
        "Owner": {"ID": "owner"},
        "Grants": [
            {"Grantee": {"ID": "owner", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
            {"Grantee": {"URI": group, "Type": "Group"}, "Permission": "WRITE"},
        ],
    }
    listed = (AclGrant("owner", "FULL_CONTROL"), AclGrant(group, "WRITE"))
    facts = Facts(FLEET, WELL.with_answers({question: reply(body)}))
    assert bucket.acls(facts) == Acls("BucketOwnerEnforced", "owner", listed)
    hidden = Facts(FLEET, WELL.with_answers({question: LOCKED}))
    assert isinstance(bucket.acls(hidden).bucket, Unread)
