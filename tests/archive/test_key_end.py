"""Nobody but the archive's administrators ends its key: as diagnosed, as planned, as spoilt."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.access.key import of_key
from logkeep.archive.key_end import ENDINGS, OF_ALIAS
from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.fleet import Fleet
from logkeep.plan import plan
from logkeep.policy.write import texts
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from support import scenes
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, KEY_ID, applied, people

ARCHIVE = "111111111111"
ROOT = f"arn:aws:iam::{ARCHIVE}:root"
INTERN = f"arn:aws:iam::{ARCHIVE}:user/intern"
OURS = "LogkeepKeepKey"
ENDS = [action for action in ENDINGS if action not in OF_ALIAS]


def policied(*more: dict[str, Any], snapshot: Snapshot | None = None) -> Snapshot:
    """The key without our Deny, and with more statements."""
    at = scenes.key_policy_ask()
    document = scenes.policy(at)
    kept = [s for s in document["Statement"] if s["Sid"] != OURS]
    changed = {**document, "Statement": [*kept, *more]}
    return scenes.with_policy(snapshot or healthy(), at, changed)


def allow(principal: Any, *actions: str) -> dict[str, Any]:
    named = {"Principal": principal, "Action": list(actions), "Resource": "*"}
    return {"Sid": "Foreign", "Effect": "Allow", **named}


def interned(snapshot: Snapshot, *actions: str) -> Snapshot:
    """The archive's account has an intern besides, whose own policy allows these."""
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    own = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    inline = [{"PolicyName": "own", "PolicyDocument": {"Statement": own}}] if actions else []
    user = {"UserName": "intern", "Arn": INTERN, "UserPolicyList": inline}
    listed: Any = people()
    body = {**listed, "UserDetailList": [*listed["UserDetailList"], user]}
    return snapshot.with_answers({question: reply(body)})


def endable(snapshot: Snapshot, fleet: Fleet = FLEET) -> Finding:
    (found,) = {
        msgspec.json.encode(f.evidence): f
        for route in diagnose(fleet, snapshot).routes
        for hop in route.hops
        for f in hop.findings
        if f.code == "key-endable"
    }.values()
    return found


def test_a_key_that_nobody_else_is_let_in_to_holds_without_a_deny_of_ours() -> None:
    assert endable(policied()).verdict == "holds"
    assert plan(FLEET, policied()).changes == ()


@pytest.mark.parametrize("action", ENDS)
def test_an_intern_named_by_the_keys_policy_is_found_and_shut_out(action: str) -> None:
    """KMS guide, "Deleting AWS KMS keys": a deleted key has deleted all that lies under it."""
    snapshot = interned(policied(allow({"AWS": INTERN}, action)))
    found = endable(snapshot)
    assert (found.verdict, found.aspect) == ("fails", "protected")
    assert found.evidence == {"who": [INTERN], "may": [action]}
    after = applied(snapshot, plan(FLEET, snapshot))
    assert endable(after).verdict == "holds"
    assert plan(FLEET, after).changes == ()


def test_who_comes_in_by_the_accounts_iam_is_found_too() -> None:
    """Rule 4.1: the key's policy leaves its administration to the account's IAM."""
    found = endable(interned(policied(), "kms:*"))
    assert found.evidence == {"who": [INTERN], "may": ["kms:PutKeyPolicy"]}
    assert endable(interned(policied(), "kms:Decrypt")).verdict == "holds"


def test_an_alias_is_led_elsewhere_only_by_whom_iam_lets_there() -> None:
    statement = allow({"AWS": INTERN}, *OF_ALIAS)
    assert endable(interned(policied(statement))).verdict == "holds"
    assert endable(interned(policied(statement), *OF_ALIAS)).verdict == "fails"


def test_a_grant_that_lets_make_grants_hands_the_key_on() -> None:
    """KMS API Reference, "CreateGrant": CreateGrant is one of the operations of a grant."""
    question = of_key(Facts(FLEET, healthy()), "kms:ListGrants", KEY_ID)
    grant = {"GrantId": "g", "GranteePrincipal": INTERN, "Operations": ["CreateGrant"]}
    snapshot = interned(policied()).with_answers({question: reply({"Grants": [grant]})})
    assert endable(snapshot).evidence == {"who": [INTERN], "may": ["kms:CreateGrant"]}
    assert endable(policied().without([question])).verdict == "unknown"


def test_people_that_were_not_read_leave_it_unknown_until_a_deny_settles_it() -> None:
    question = ask(ARCHIVE, "us-east-1", "iam:GetAccountAuthorizationDetails")
    assert endable(policied().without([question])).verdict == "unknown"
    assert endable(healthy().without([question])).verdict == "holds"


def test_everybody_under_a_condition_is_asked_and_not_assumed() -> None:
    """Rule 4.3: of a stranger only CreateGrant comes to something."""
    found = endable(policied(allow("*", "kms:CreateGrant")))
    assert "everybody" in texts(found.evidence.get("who"))
    own = {"Condition": {"StringEquals": {"aws:PrincipalAccount": ARCHIVE}}}
    narrowed = endable(policied({**allow("*", "kms:CreateGrant"), **own}))
    assert "everybody" not in texts(narrowed.evidence.get("who"))


def test_the_deny_leaves_out_the_administrators_and_the_root_user() -> None:
    """The key is never without a way back."""
    document = scenes.policy(scenes.key_policy_ask())
    (ours,) = [s for s in document["Statement"] if s["Sid"] == OURS]
    assert ours["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [ROOT, ADMIN]}}
    assert set(ours["Action"]) == set(ENDINGS)


def test_nobody_is_shut_out_while_it_is_unknown_who_administers() -> None:
    snapshot = interned(policied(allow({"AWS": INTERN}, "kms:DisableKey")))
    caller = [q for q in snapshot.answers if q.call == "sts:GetCallerIdentity"]
    hidden = snapshot.without(caller)
    assert endable(hidden).verdict == "unknown"
    written = [c.arguments for c in plan(FLEET, hidden).changes if c.call == "kms:PutKeyPolicy"]
    assert written == []
