"""Who could end what captures the logs: asked of every account, and of who comes in by a role."""

from __future__ import annotations

from logkeep.snapshot import ask
from logkeep.snapshot.facts import Facts
from logkeep.who import Silence, Silenced, silence
from support.scenes import FLEET, healthy
from support.worlds import ADMIN

MEMBER = "222222222222"
DEVELOPER = f"arn:aws:iam::{MEMBER}:user/developer"
ENTRY = f"arn:aws:iam::{MEMBER}:role/OrganizationAccountAccessRole"


def of(found: Silence, account: str) -> Silenced:
    return next(each for each in found.captures if each.account == account)


def test_every_accounts_people_are_asked_and_who_comes_in_by_a_role() -> None:
    found = silence(Facts(FLEET, healthy()))
    assert {each.account for each in found.captures} == set(FLEET.accounts.values())
    member = of(found, MEMBER)
    able = {each.principal for each in member.holders if each.certain}
    assert able == {f"arn:aws:iam::{MEMBER}:{each}" for each in ("root", "user/admin")} | {ENTRY}
    assert DEVELOPER not in able
    (through,) = [each for each in member.behind if each.principal == ADMIN]
    assert (through.by, through.certain) == ((ENTRY,), True)
    actions = {reason.action for each in member.holders for reason in each.reasons}
    assert "cloudtrail:StopLogging" in actions
    assert "organizations:LeaveOrganization" not in actions


def test_an_account_whose_people_nobody_read_is_in_doubt_by_name() -> None:
    question = ask(MEMBER, "us-east-1", "iam:GetAccountAuthorizationDetails")
    member = of(silence(Facts(FLEET, healthy().without([question]))), MEMBER)
    doubted = [each for each in member.holders if not each.certain]
    assert any(each.kind == "account" and each.account == MEMBER for each in doubted)
