"""Who may enter which account: whom trusts admit, asked on both sides; strangers and providers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from logkeep.show.across import across_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Snapshot, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Across, across
from support.scenes import FLEET, healthy

DETAILS = "iam:GetAccountAuthorizationDetails"
ROLE = "arn:aws:iam::222222222222:role/Guest"
DEVELOPER = "arn:aws:iam::333333333333:user/developer"


def trusting(principal: Any, action: str = "sts:AssumeRole", condition: Any = None) -> Snapshot:
    """Production with one role more, that trusts somebody."""
    (question,) = [
        q for q in healthy().answers if q.call == DETAILS and q.account == "222222222222"
    ]
    body = msgspec.json.decode(healthy().answers[question].body)
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    statement |= {"Condition": condition} if condition else {}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    role = {"RoleName": "Guest", "Arn": ROLE, "AssumeRolePolicyDocument": trust}
    body["RoleDetailList"].append(role)
    return healthy().with_answers({question: reply(body)})


def into(found: Across) -> dict[str, bool]:
    return {each.principal: each.certain for each in found.entrants if each.role == ROLE}


@pytest.mark.parametrize(
    ("principal", "condition", "who"),
    [
        ({"AWS": DEVELOPER}, None, {DEVELOPER: True}),
        (
            {"AWS": "333333333333"},
            None,
            {
                DEVELOPER: True,
                "arn:aws:iam::333333333333:user/admin": True,
                "arn:aws:iam::333333333333:role/OrganizationAccountAccessRole": True,
            },
        ),
        ({"AWS": "222222222222"}, None, {}),
        ({"Service": "ec2.amazonaws.com"}, None, {}),
        ({"AWS": "999999999999"}, None, {"account": True}),
        (
            {"AWS": DEVELOPER},
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            {DEVELOPER: False},
        ),
    ],
    ids=["a user", "an account", "its own", "a service", "a stranger", "by a second factor"],
)
def test_whom_a_trust_lets_in(principal: Any, condition: Any, who: dict[str, bool]) -> None:
    """A trust names; a root delegates to its account's own policies (rule 5.1.3)."""
    found = into(across(Facts(FLEET, trusting(principal, condition=condition))))
    assert {{"999999999999": "account"}.get(p, p): sure for p, sure in found.items()} == who


def test_a_trust_of_everybody_names_everybody() -> None:
    found = into(across(Facts(FLEET, trusting({"AWS": "*"}))))
    assert found["*"] is True
    assert found[DEVELOPER] is True


def test_a_provider_that_lets_people_in_is_named() -> None:
    provider = "arn:aws:iam::222222222222:saml-provider/Corp"
    snapshot = trusting({"Federated": provider}, "sts:AssumeRoleWithSAML")
    assert into(across(Facts(FLEET, snapshot))) == {provider: False}


def test_without_a_word_in_its_own_policies_nobody_crosses() -> None:
    """Across accounts both sides have to allow (rule 5.1.4)."""
    (question,) = [
        q for q in healthy().answers if q.call == DETAILS and q.account == "333333333333"
    ]
    snapshot = trusting({"AWS": DEVELOPER})
    body = msgspec.json.decode(snapshot.answers[question].body)
    for user in body["UserDetailList"]:
        user["UserPolicyList"] = []
    assert into(across(Facts(FLEET, snapshot.with_answers({question: reply(body)})))) == {}


def test_accounts_entered_alike_are_one_row() -> None:
    text = across_text(FLEET, across(Facts(FLEET, healthy())), Paint())
    assert text.splitlines()[:2] == [
        "production and staging by role OrganizationAccountAccessRole",
        "    user/ada of security",
    ]
