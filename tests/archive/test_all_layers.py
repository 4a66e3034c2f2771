"""What a key and a bucket have besides policies, as the snapshot shows it, in one decision."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.access import key
from logkeep.access.bucket import of_bucket
from logkeep.access.key import of_key
from logkeep.access.policies.speaking import all_layers_for
from logkeep.policy import Decision, decide, request
from logkeep.snapshot import Reply, Snapshot, reply
from logkeep.snapshot.facts import Facts
from support.worlds import ADMIN, KEY_ID, READER, fleet_of, well

FLEET = fleet_of()
ARCHIVE = FLEET.archive.account
WELL = well(FLEET)
FACTS = Facts(FLEET, WELL)
GRANTS = of_key(FACTS, "kms:ListGrants", KEY_ID)
DESCRIBED = of_key(FACTS, "kms:DescribeKey", FLEET.archive.key)
OWNERSHIP = of_bucket(FACTS, "s3:GetBucketOwnershipControls")
LOCKED = Reply(error="AccessDenied", message="")
OBJECT = f"{FLEET.bucket_arn}/AWSLogs/a.json.gz"


def of_all(snapshot: Snapshot, principal: str, action: str, resource: str) -> Decision:
    facts = Facts(FLEET, snapshot)
    asked = request(principal, action, resource, ARCHIVE, {"aws:SecureTransport": "true"})
    return decide(asked, all_layers_for(facts, asked))


def decrypts(snapshot: Snapshot) -> Decision:
    return of_all(snapshot, ADMIN, "kms:Decrypt", key.arn(FACTS))


def state(name: str) -> Reply:
    body: Any = msgspec.json.decode(WELL.answers[DESCRIBED].body)
    return reply({"KeyMetadata": {**body["KeyMetadata"], "KeyState": name}})


def test_no_policy_and_no_grant_decrypts() -> None:
    assert decrypts(WELL).outcome == "ImplicitlyDenied"


def test_a_grant_decrypts() -> None:
    grant = {"GrantId": "0c1d", "GranteePrincipal": ADMIN, "Operations": ["Decrypt"]}
    found = decrypts(WELL.with_answers({GRANTS: reply({"Grants": [grant]})}))
    assert (found.outcome, found.layer) == ("Allowed", "grant")


def test_unread_grants_leave_a_silent_denial_open() -> None:
    found = decrypts(WELL.with_answers({GRANTS: LOCKED}))
    assert (found.outcome, found.unknown) == ("Unknown", ("kms:ListGrants",))


@pytest.mark.parametrize("name", ["Disabled", "PendingDeletion"])
def test_a_key_that_is_not_enabled_opens_nothing(name: str) -> None:
    snapshot = WELL.with_answers({DESCRIBED: state(name)})
    found = of_all(snapshot, READER, "kms:Decrypt", key.arn(FACTS))
    assert (found.outcome, found.layer) == ("ExplicitlyDenied", "key state")


def test_objects_may_belong_to_anybody_where_acls_are_in_force() -> None:
    rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
    snapshot = WELL.with_answers({OWNERSHIP: reply(rules)})
    assert of_all(WELL, ADMIN, "s3:GetObject", OBJECT).outcome == "Allowed"
    assert "object owner" in of_all(snapshot, ADMIN, "s3:GetObject", OBJECT).unknown
