"""A role switch and then the action: one answer with both legs, the same as asked apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.plan.fix import NotOurs, fix
from logkeep.show.why import why_json
from logkeep.snapshot.facts import Facts
from logkeep.who import across
from logkeep.who.why import BadQuestion, Question, Why, question, why
from support import scenes
from support.examples import examples
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, READER

INTO = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"
STAGING = "arn:aws:iam::333333333333:role/OrganizationAccountAccessRole"
DEVELOPER = "arn:aws:iam::333333333333:user/developer"
USER = "arn:aws:iam::222222222222:user/admin"
LOG = f"{FLEET.bucket_arn}/AWSLogs/222222222222/CloudTrail/us-east-1/2026/11/23/log.json.gz"
PEOPLE = (ADMIN, DEVELOPER, USER, READER, "arn:aws:iam::222222222222:user/developer", INTO)
ROLES = (INTO, STAGING, READER)
ASKED = (("iam:GetUser", USER), ("s3:GetObject", LOG), ("ec2:DescribeInstances", "*"))


def asked(principal: str, action: str, resource: str, via: str = "") -> Why:
    facts = Facts(FLEET, healthy())
    read = question(facts, principal, action, resource, {}, via)
    assert isinstance(read, Question), read
    return why(facts, read)


@given(st.sampled_from(PEOPLE), st.sampled_from(ROLES), st.sampled_from(ASKED))
@examples(60)
def test_by_way_of_a_role_is_both_legs(principal: str, role: str, what: tuple[str, str]) -> None:
    found = asked(principal, *what, via=role)
    switch = asked(principal, "sts:AssumeRole", role)
    own = asked(role, *what)
    assert [leg.outcome for leg in found.rulings] == [
        switch.outcome,
        *(leg.outcome for leg in own.rulings),
    ]
    if "ImplicitlyDenied" in (switch.outcome, own.outcome):
        assert found.outcome == "ImplicitlyDenied"
    assert (found.outcome == "Allowed") == (switch.outcome == own.outcome == "Allowed")


def test_who_enters_across_is_who_may_switch() -> None:
    """`who --across` and `why` give one answer."""
    entrants = {(each.principal, each.role) for each in across(Facts(FLEET, healthy())).entrants}
    for principal in PEOPLE:
        for role in ROLES:
            if principal.split(":")[4] != role.split(":")[4]:
                may = asked(principal, "sts:AssumeRole", role).outcome == "Allowed"
                assert may == ((principal, role) in entrants), (principal, role)


def test_a_switch_alone_is_no_leave() -> None:
    found = asked(ADMIN, "s3:GetObject", LOG, via=READER)
    assert [leg.outcome for leg in found.rulings] == ["Allowed", "Allowed", "Allowed"]
    assert asked(ADMIN, "s3:GetObject", LOG).outcome == "ImplicitlyDenied"
    refused = asked(ADMIN, "s3:DeleteObject", LOG, via=READER)
    assert [leg.outcome for leg in refused.rulings] == ["Allowed", "ExplicitlyDenied"]


def test_a_trust_that_refuses_is_the_roles_to_mend() -> None:
    found = asked(DEVELOPER, "iam:GetUser", USER, via=INTO)
    mending = fix(Facts(FLEET, healthy()), found)
    assert isinstance(mending, NotOurs)
    assert (mending.whose, mending.account) == ("role", "222222222222")
    told = why_json(found, mending)
    assert (told["via"], told["fix"]["whose"]) == (INTO, "role")


@pytest.mark.parametrize(
    ("principal", "via"),
    [
        ("cloudtrail.amazonaws.com", INTO),
        ("arn:aws:iam::333333333333:root", INTO),
        (DEVELOPER, DEVELOPER),
        (DEVELOPER, "arn:aws:iam::222222222222:role/NobodyHasIt"),
    ],
)
def test_what_switches_to_no_role_is_a_bad_question(principal: str, via: str) -> None:
    """AWS STS API Reference, "AssumeRole": no root user calls it, and it is about roles."""
    read = question(Facts(FLEET, healthy()), principal, "iam:GetUser", USER, {}, via)
    assert isinstance(read, BadQuestion)


def test_an_account_whose_iam_is_unread_is_named_never_skipped() -> None:
    found = across(Facts(FLEET, scenes.staging_unassumable()))
    assert [account for account, _ in found.unread] == ["333333333333"]
    assert all(each.role != STAGING for each in found.entrants)
