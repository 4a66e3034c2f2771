"""A kind whose routes are things of no Region, of which an account may have thousands."""

from __future__ import annotations

import msgspec
import pytest

from logkeep.cli.settings import Settings, output
from logkeep.diagnose.diagnosis import diagnose
from logkeep.plan import plan
from logkeep.show.diagnosis import Around, diagnosis_text
from logkeep.snapshot import ask, reply
from logkeep.snapshot.facts import Facts
from logkeep.sources import sources
from logkeep.sources.silencing import undeclared
from logkeep.value import arn_name
from logkeep.who import silence
from logkeep.who.why import Question, question, why
from new_kind.kinds.star import HOUR, star_arn, stars_ask
from new_kind.stars import NOW, OWNER, PLACE, dark, fleet, known_more, seen_well
from support.laws import (
    World,
    every_fault_is_found,
    every_fault_is_mended,
    hiding_breaks_nothing,
)
from support.whole_listings import each_change_is_told_of_its_own

WORLD = World(fleet(), lambda _: seen_well(), "star/")


def test_a_plan_makes_all_of_it_in_the_one_region_and_the_next_is_empty() -> None:
    made = plan(fleet(), dark())
    assert made.blocked == ()
    assert {(change.account, change.region) for change in made.changes} == {(OWNER, PLACE)}
    calls = [change.call for change in made.changes]
    assert calls == [
        *["logs:CreateLogGroup"] * 2, "logs:PutResourcePolicy", *["star:SendSightings"] * 2
    ]  # fmt: skip
    found = diagnose(fleet(), seen_well())
    assert {route.verdict for route in found.routes} == {"holds"}
    assert plan(fleet(), seen_well()).changes == ()


def test_a_change_holds_of_a_listing_what_is_about_its_own_thing() -> None:
    """What the trial showed: 1,000 stars took a plan of 54 MB, and 2,000 one of 217 MB."""
    per_change = []
    for count in (10, 40):
        made = each_change_is_told_of_its_own(fleet(), dark(count))
        sent = [change for change in made.changes if change.call == "star:SendSightings"]
        assert len(sent) == count
        per_change.append(max(len(msgspec.json.encode(change)) for change in sent))
        for change in sent:  # what a stranger did to any of them meanwhile is not written over
            ((asked, before),) = change.before
            own = {"stars": [{"id": arn_name(change.address)}]}
            assert (asked, before) == (stars_ask(OWNER), reply(own))
    assert per_change[1] - per_change[0] < 10, per_change


def test_every_fault_is_found_by_its_code(subtests: pytest.Subtests) -> None:
    every_fault_is_found(WORLD, subtests)


def test_every_fault_is_mended(subtests: pytest.Subtests) -> None:
    every_fault_is_mended(WORLD, subtests)


def test_hiding_an_answer_breaks_nothing(subtests: pytest.Subtests) -> None:
    asked = [q for q in WORLD.healthy.answers if q.account == OWNER and q.region == PLACE]
    hiding_breaks_nothing(WORLD, asked, subtests)


def test_nobody_doubts_who_owns_what_an_arn_says_no_account_of() -> None:
    """What the trial showed: that Logkeep may send was not known for want of `resource account`."""
    assert plan(fleet(), dark()).doubts == ()


def test_why_knows_whose_a_thing_is_by_the_route_through_it() -> None:
    facts = Facts(fleet(), seen_well())
    admin = f"arn:aws:iam::{OWNER}:user/admin"
    for star, outcome in (("S1", "Allowed"), ("S9", "Unknown")):
        asked = question(facts, admin, "route53:UpdateHealthCheck", star_arn(star), {})
        assert isinstance(asked, Question)
        assert why(facts, asked).outcome == outcome


@pytest.mark.parametrize("count", [3, 60])
def test_what_many_things_lack_alike_is_told_once(count: int) -> None:
    told = diagnosis_text(fleet(), diagnose(fleet(), dark(count)), output(Settings()), Around())
    assert told.count("error[star-unsent]") == 1
    assert told.count("error[star-group-missing]") == (count if count < 5 else 1)
    if count > 4:
        assert f"star/{OWNER}/S0 and {count - 1} more routes" in told
        assert told.count("there is none") == 1


def test_silence_of_which_only_another_than_aws_could_tell_is_unknown() -> None:
    now = seen_well()
    (streams,) = (q for q in now.answers if dict(q.arguments).get("logGroupName") == "/star/S1")
    quiet = known_more(fleet(), now.with_answers({streams: reply({"logStreams": []})}))
    found = diagnose(fleet(), quiet)
    route = next(route for route in found.routes if route.name == f"star/{OWNER}/S1")
    assert (route.verdict, route.aspects["arriving"]) == ("unknown", "unknown")
    told = diagnosis_text(fleet(), found, output(Settings()), Around())
    by_hand = "look it up by hand, since Logkeep asks nothing of the sky: sky:Look(Star=S1)"
    assert by_hand in " ".join(told.split())
    assert "have AWS answer" not in told
    shines = quiet.with_answers({ask(OWNER, PLACE, "sky:Look", Star="S1"): reply(body=False)})
    dark_one = diagnose(fleet(), shines).routes
    assert next(r for r in dark_one if r.name == route.name).verdict == "fails"


def test_every_observatory_is_a_stream_and_the_newest_of_all_counts() -> None:
    now = seen_well()
    (streams,) = (q for q in now.answers if dict(q.arguments).get("logGroupName") == "/star/S1")
    fresh, old = (int((NOW - age).timestamp() * 1000) for age in (HOUR, 30 * HOUR))
    listed = [
        {"logStreamName": f"S1/PLACE{number}", "lastEventTimestamp": old} for number in range(300)
    ]
    other = {"logStreamName": "S11/PARANAL1", "lastEventTimestamp": fresh}
    for at, verdict in ((fresh, "holds"), (old, "unknown")):
        newest = {"logStreamName": "S1/PARANAL1", "lastEventTimestamp": at}
        body = reply({"logStreams": [*listed, newest, other]})
        found = diagnose(fleet(), known_more(fleet(), now.with_answers({streams: body})))
        route = next(each for each in found.routes if each.name == f"star/{OWNER}/S1")
        assert route.aspects["arriving"] == verdict


def test_who_ends_what_an_arn_says_no_account_of_is_certain() -> None:
    facts = Facts(fleet(), seen_well())
    found = [each for each in silence(facts).captures if each.kind == "star"]
    assert {each.capture for each in found} == {star_arn("S0"), star_arn("S1")}
    able = {holder.principal for each in found for holder in each.holders if holder.certain}
    assert f"arn:aws:iam::{OWNER}:user/admin" in able
    assert "star" not in undeclared(facts)


def test_a_call_that_is_about_nothing_that_captures_is_not_asked_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the trial showed: of such a kind nothing was said at all."""
    other = msgspec.structs.replace(
        sources()["star"], silences={"route53:DeleteHostedZone": "capture"}
    )
    monkeypatch.setitem(sources(), "star", other)
    found = silence(Facts(fleet(), seen_well()))
    assert "star" in found.not_asked
    assert "star" not in {each.kind for each in found.captures}
