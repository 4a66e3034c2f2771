"""Who may make and change the organization's trail, and what is said where nobody in the fleet may.

Rules 1.2.1 and 1.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kinds.cloudtrail.organization.diary import REGIONS, Diary, wish
from logkeep.plan import Plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from support.labs import Bench, bench, route
from support.worlds import ACCOUNTS, fleet_of

SECURITY, PRODUCTION, STAGING = ACCOUNTS.values()
MEMBERS = {name: id_ for name, id_ in ACCOUNTS.items() if id_ != SECURITY}
TRAIL = f"arn:aws:cloudtrail:us-east-1:{SECURITY}:trail/logkeep"
SERVICE = "cloudtrail.amazonaws.com"
ROUTES = tuple(f"cloudtrail/{id_}/{region}" for id_ in MEMBERS.values() for region in REGIONS)


@pytest.fixture(scope="module")
def members() -> Iterator[Bench]:
    """A fleet without the management account, its archive in a member account."""
    with bench(ACCOUNTS, fleet_of(MEMBERS, organization=True)) as lab:
        yield lab


def organizations(lab: Bench) -> Any:
    return lab.client(SECURITY, "organizations")


def told(lab: Bench, plan: Plan) -> str:
    return " ".join(plan_text(lab.fleet, plan, Paint()).split())


def verdicts(lab: Bench, aspect: Any) -> set[str]:
    return {found.aspects[aspect] for found in lab.diagnose().routes}


def calls(plan: Plan) -> list[tuple[str, str]]:
    return [(c.call, c.account) for c in plan.changes if c.call.startswith("cloudtrail:")]


@pytest.mark.parametrize("trusted", [False, True])
def test_nothing_is_tried_without_a_delegation(members: Bench, trusted: bool) -> None:
    if trusted:
        organizations(members).enable_aws_service_access(ServicePrincipal=SERVICE)
    plan = members.plan()
    assert plan.changes == ()
    assert {name for entry in plan.blocked for name in entry.routes} == set(ROUTES)
    assert {entry.code for entry in plan.blocked} == {"organization-access-off", "trail-missing"}
    text = told(members, plan)
    assert text.count(f"owner the organization's management account, {SECURITY}") == 2
    assert f"register {PRODUCTION} as a delegated administrator of CloudTrail" in text


def test_a_delegated_administrator_makes_it(members: Bench) -> None:
    delegate = members.client(SECURITY, "cloudtrail").register_organization_delegated_admin
    delegate(MemberAccountId=PRODUCTION)
    made = members.mend()
    assert ("cloudtrail:CreateTrail", PRODUCTION) in calls(made)
    assert {change.account for change in made.changes} == {PRODUCTION}
    assert members.plan().changes == members.plan().blocked == ()
    Diary(members).live(20)
    members.pass_hours(2.2)
    for aspect in ("configured", "permitted", "arriving"):
        assert verdicts(members, aspect) == {"holds"}


def test_and_changes_it(members: Bench) -> None:
    cloudtrail = members.client(PRODUCTION, "cloudtrail")
    cloudtrail.update_trail(Name=TRAIL, EnableLogFileValidation=False)
    cloudtrail.stop_logging(Name=TRAIL)
    assert verdicts(members, "configured") == {"fails"}
    expected = [("cloudtrail:UpdateTrail", PRODUCTION), ("cloudtrail:StartLogging", PRODUCTION)]
    assert calls(members.mend()) == expected
    assert verdicts(members, "configured") == {"holds"}


def test_a_delegation_taken_back_leaves_the_trail_unseen_or_blocked(members: Bench) -> None:
    """It goes on recording; whoever lost the delegation can no longer change it."""
    management = members.client(SECURITY, "cloudtrail")
    members.client(PRODUCTION, "cloudtrail").update_trail(Name=TRAIL, EnableLogFileValidation=False)
    management.deregister_organization_delegated_admin(DelegatedAdminAccountId=PRODUCTION)
    plan = members.plan()
    assert plan.changes == ()
    assert "trail-no-validation" in {entry.code for entry in plan.blocked}
    assert "holds" not in {found.verdict for found in members.diagnose().routes}
    management.register_organization_delegated_admin(MemberAccountId=PRODUCTION)
    assert calls(members.mend()) == [("cloudtrail:UpdateTrail", PRODUCTION)]


def test_an_account_outside_the_organization(members: Bench) -> None:
    organizations(members).remove_account_from_organization(AccountId=STAGING)
    found = members.diagnose()
    for region in REGIONS:
        outside = route(found, f"cloudtrail/{STAGING}/{region}").first
        assert outside is not None
        assert (outside[0].role, outside[1].code) == ("member", "account-outside")
        inside = route(found, f"cloudtrail/{PRODUCTION}/{region}")
        assert inside.aspects["configured"] == inside.aspects["permitted"] == "holds"
    plan = members.plan()
    assert plan.changes == ()
    assert [(entry.code, entry.accounts) for entry in plan.blocked] == [
        ("account-outside", (STAGING,))
    ]
    assert "invite the account" in told(members, plan)


@pytest.fixture(scope="module")
def whole() -> Iterator[Bench]:
    """A fleet with the management account and one member, and another member that is not in it."""
    two = {"security": SECURITY, "production": PRODUCTION}
    with bench(ACCOUNTS, fleet_of(two, organization=True)) as lab:
        lab.mend()
        Diary(lab).live(20)
        lab.pass_hours(2.2)
        yield lab


def test_trusted_access_is_switched_on_from_the_management_account(whole: Bench) -> None:
    """Without it the members' copies are gone, and management keeps a trail of its own alone."""
    organizations(whole).disable_aws_service_access(ServicePrincipal=SERVICE)
    found = whole.diagnose()
    lost = route(found, f"cloudtrail/{PRODUCTION}/us-east-1")
    assert lost.first is not None
    assert lost.first[1].code == "organization-access-off"
    made = whole.mend()
    assert ("organizations:EnableAWSServiceAccess", SECURITY) in [
        (change.call, change.account) for change in made.changes
    ]
    assert whole.plan().changes == whole.plan().blocked == ()
    Diary(whole).live(20)
    whole.pass_hours(2.2)
    for aspect in ("configured", "permitted", "arriving"):
        assert verdicts(whole, aspect) == {"holds"}
    assert calls(whole.mend()) == [("cloudtrail:DeleteTrail", SECURITY)], "what was left over"


def test_an_account_beside_the_fleet_keeps_the_organizations_trail(whole: Bench) -> None:
    """Staging is recorded by the organization's trail alone, and by nobody once that is deleted."""
    before = whole.fleet
    wish(whole, fleet_of(before.accounts, organization=False))
    diary = Diary(whole)
    assert ("cloudtrail:CreateTrail", PRODUCTION) in calls(whole.mend())
    diary.live(20)
    whole.pass_hours(2.2)
    assert verdicts(whole, "arriving") == {"holds"}
    assert whole.mend().changes == ()
    diary.live(20)
    whole.pass_hours(0.2)
    assert set(diary.made) <= diary.recorded().keys()
    wish(whole, fleet_of(organization=False))
    assert calls(whole.mend())[0] == ("cloudtrail:CreateTrail", STAGING)
    diary.live(20)
    whole.pass_hours(1.2)
    assert calls(whole.mend()) == [("cloudtrail:DeleteTrail", SECURITY)]
    diary.live(20)
    whole.pass_hours(0.2)
    assert set(diary.made) <= diary.recorded().keys()
