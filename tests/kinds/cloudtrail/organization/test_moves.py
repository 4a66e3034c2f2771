"""From own trails to the organization's and back: no event of the whole move goes unrecorded."""

from __future__ import annotations

import datetime
from typing import Any

from kinds.cloudtrail.organization.diary import REGIONS, Diary, keys, wish
from logkeep.plan import Plan
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

SECURITY, PRODUCTION, STAGING = ACCOUNTS.values()
OWN, SHARED = fleet_of(organization=False), fleet_of(organization=True)
TAG = {"Key": "logkeep:fleet", "Value": "acme"}


def deleted(plan: Plan) -> set[str]:
    """The accounts in which a plan deletes a trail."""
    return {change.account for change in plan.changes if "DeleteTrail" in change.call}


def made(plan: Plan) -> set[str]:
    return {change.account for change in plan.changes if "CreateTrail" in change.call}


def trails(lab: Bench, account: str) -> list[dict[str, Any]]:
    return lab.client(account, "cloudtrail").describe_trails()["trailList"]


def mend_until_deleted(diary: Diary, minutes: int = 10) -> tuple[Plan, datetime.datetime]:
    """Plan and apply every few minutes, until a plan deletes a trail; the last plan and its time.

    INVARIANT: no plan before it changes anything.
    """
    for _ in range(20):
        diary.live(minutes)
        plan = diary.lab.mend()
        if deleted(plan):
            return plan, plan.taken_at
        assert plan.changes == ()
    raise AssertionError("no trail is ever retired")


def digests_since(lab: Bench, root: str, since: datetime.datetime) -> set[str]:
    """The accounts and Regions of which a digest came since then, under a folder (rule 1.3)."""
    found: set[str] = set()
    for key in keys(lab, "/CloudTrail-Digest/"):
        account, _, region, *_, end = key.rpartition("/")[2].split("_")
        if key.startswith(root) and end[:16] > f"{since:%Y%m%dT%H%M%SZ}":
            found.add(f"{account}/{region}")
    return found


def everywhere(accounts: tuple[str, ...]) -> set[str]:
    return {f"{account}/{region}" for account in accounts for region in REGIONS}


def test_there_and_back_again_without_an_hour_unrecorded() -> None:
    """An event of every account and Region every ten minutes: all are in the archive after all."""
    with bench(ACCOUNTS, OWN) as lab:
        diary = Diary(lab)
        lab.mend()
        lab.client(STAGING, "cloudtrail").remove_tags(
            ResourceId=f"arn:aws:cloudtrail:us-east-1:{STAGING}:trail/logkeep", TagsList=[TAG]
        )
        diary.live(90)
        there(diary)
        back(diary)
        diary.live(60)
        lab.pass_hours(0.5)
        found = diary.recorded()
        assert set(diary.made) - found.keys() == set()
        assert len(diary.made) > 150


def there(diary: Diary) -> None:
    lab = diary.lab
    wish(lab, SHARED)
    first = lab.mend()
    assert made(first) == {SECURITY}
    assert deleted(first) == set()
    assert lab.plan().changes == ()
    last, when = mend_until_deleted(diary)
    assert deleted(last) == {SECURITY, PRODUCTION}, "an untagged trail is somebody else's"
    assert digests_since(lab, "AWSLogs/o-exampleorg1/", first.taken_at) >= everywhere(
        diary.accounts
    )
    assert when - first.taken_at >= datetime.timedelta(minutes=10)
    assert [t["IsOrganizationTrail"] for t in trails(lab, PRODUCTION)] == [True]
    assert len(trails(lab, STAGING)) == 2
    diary.live(60)
    assert lab.plan().changes == ()


def back(diary: Diary) -> None:
    lab = diary.lab
    wish(lab, OWN)
    first = lab.mend()
    assert made(first) == {SECURITY, PRODUCTION}, "staging kept the trail that is not ours"
    assert deleted(first) == set()
    last, _ = mend_until_deleted(diary)
    assert [change.call for change in last.changes] == ["cloudtrail:DeleteTrail"]
    assert deleted(last) == {SECURITY}
    for account in (SECURITY, PRODUCTION):
        found = digests_since(lab, f"AWSLogs/{account}/", first.taken_at)
        assert found >= everywhere((account,)), (
            "old digests do not show that the new trail delivers"
        )
    shown = [t["IsOrganizationTrail"] for a in ACCOUNTS.values() for t in trails(lab, a)]
    assert shown == [False] * 3
    assert lab.plan().changes == ()
