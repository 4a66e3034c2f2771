"""A fresh delivery of the very request settles what the policies leave open, and nothing else."""

from __future__ import annotations

import datetime

from logkeep.diagnose.check.finding import Finding
from logkeep.diagnose.diagnosis import diagnose
from logkeep.route import Allows, Arrived
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.show.paint import Paint
from logkeep.snapshot import Reply, Snapshot, ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources.routes import all_routes
from support.arrivals import of_late
from support.worlds import NOW, fleet_of, well

FLEET = fleet_of()
ROUTE = "cloudtrail/222222222222/us-east-1"
OUTSIDE = "999999999998"


def unread() -> Snapshot:
    """The archive is a member account's, and nobody may read the organization's policies."""
    home, archive = FLEET.home_region, FLEET.archive.account
    member = {"Organization": {"Id": "o-exampleorg1", "MasterAccountId": OUTSIDE}}
    refused = Reply(error="AccessDenied", message="not authorized")
    return well(FLEET).with_answers(
        {
            ask(archive, home, "organizations:DescribeOrganization"): reply(member),
            ask(archive, home, "organizations:ListParents", ChildId=archive): refused,
        }
    )


def asked(snapshot: Snapshot) -> dict[tuple[str, str], Finding]:
    """What became of each request of CloudTrail's on one route."""
    found = next(r for r in diagnose(FLEET, snapshot).routes if r.name == ROUTE)
    findings = [f for hop in found.hops[:3] for f in hop.findings if isinstance(f.need, Allows)]
    return {
        (f.need.request.action, f.need.sends): f for f in findings if isinstance(f.need, Allows)
    }


def aged(snapshot: Snapshot, by: datetime.timedelta) -> Snapshot:
    """The same with every delivery of the route older."""
    facts = Facts(FLEET, snapshot)
    route = next(r for r in all_routes(facts) if r.name == ROUTE)
    need = next(n for hop in route.hops for n in hop.needs if isinstance(n, Arrived))
    assert need.logs is not None
    assert need.heartbeat is not None
    for where in (need.logs, need.heartbeat):
        snapshot = of_late(FLEET, snapshot, where, NOW - by)
    return snapshot


def test_a_fresh_log_shows_that_its_own_requests_pass() -> None:
    found = asked(unread())
    for request in (("s3:PutObject", "a log"), ("kms:GenerateDataKey", "a log's data key")):
        assert found[request].verdict == "holds"
        assert "observed" in found[request].evidence


def test_what_no_delivery_shows_stays_unknown_and_names_what_would_settle_it() -> None:
    found = asked(unread())["s3:GetBucketAcl", "the check of the bucket's ACL"]
    assert found.verdict == "unknown"
    assert "organizations:ListParents" in found.settle


def test_an_old_delivery_shows_nothing_of_today() -> None:
    found = asked(aged(unread(), datetime.timedelta(hours=2)))
    assert found["s3:PutObject", "a log"].verdict == "unknown"


def test_a_delivery_does_not_overrule_a_denial() -> None:
    bucket = next(q for q in well(FLEET).answers if q.call == "s3:GetBucketPolicy")
    snapshot = unread().with_answers({bucket: Reply(error="NoSuchBucketPolicy")})
    assert asked(snapshot)["s3:PutObject", "a log"].verdict == "fails"


def test_what_only_arrived_logs_show_is_said_to_be_so() -> None:
    """A policy may have changed since the log came: fine by sight alone is not silent."""
    plain = Paint(width=80)
    unclear = diagnosis_text(FLEET, diagnose(FLEET, unread()), plain, Around())
    assert "show that the bucket and the key let the logs of 6 routes in." in fold(unclear)
    clear = diagnosis_text(FLEET, diagnose(FLEET, well(FLEET)), plain, Around())
    assert "only logs that arrived" not in fold(clear)


def fold(text: str) -> str:
    return " ".join(text.split())
