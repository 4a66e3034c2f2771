"""A kind of log whose routes are things of no Region, which only a collected answer names.

An account has stars, thousands it may be. Each is known everywhere by an ARN that names neither
account nor Region; its service is asked in us-east-1 alone, and writes what each observatory sees
of it into a stream of the star's own log group there, by the Region's resource policy (8.2.1).
Whether nobody looked or nothing was written down nobody can tell; whether a silent star shines at
all is asked of the sky, and not of AWS.
Its ARN is that of a Route 53 health check, since the catalogue of actions has to know it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

import msgspec

from logkeep.access.log_group import bare, group_arn, group_ask, policies_ask
from logkeep.archive import evidence
from logkeep.archive.log_groups import LOG_GROUPS, LOG_POLICIES
from logkeep.policy import request
from logkeep.route import (
    Allows,
    Arrived,
    Events,
    Exists,
    Grant,
    Hop,
    Is,
    Need,
    Rhythm,
    Route,
)
from logkeep.snapshot import Ask, Reply, ask, reply
from logkeep.snapshot.call import Call, Entry, Permit, WritingCall, listing
from logkeep.snapshot.facts import Facts, map_look, seen
from logkeep.snapshot.setting import Setting, Thing, Write, not_ours
from logkeep.sources import OwnLogs, Source
from logkeep.value import AccountId, Arn, Json, Look, Unseen, arn_name
from logkeep.words.described import worded
from logkeep.words.wording import Wording

SERVICE = "star.amazonaws.com"
LISTED, SENT, SKY = "star:ListStars", "star:SendSightings", "sky:Look"
PLACE = "us-east-1"
"""Where the service is asked, whatever the fleet's Regions."""
HOUR = datetime.timedelta(hours=1)
SIGHTINGS = Rhythm("sighting", HOUR, patience=2 * HOUR, window=4 * HOUR)
ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


class Star(msgspec.Struct, frozen=True):
    """A star, and the log group that it is written down in."""

    id: str
    group: str = ""


class Stars(msgspec.Struct, frozen=True):
    """The answer of star:ListStars."""

    stars: tuple[Star, ...] = ()


def stars_ask(account: AccountId) -> Ask:
    """The question which stars an account has, and where each is written down."""
    return ask(account, PLACE, LISTED)


def stars(facts: Facts, account: AccountId) -> Look[dict[str, Star]]:
    """Every star by its id."""
    look = facts.look(stars_ask(account), Stars)
    return map_look(look, lambda found: {star.id: star for star in found.stars})


def star_arn(id_: str) -> Arn:
    """A star's ARN."""
    return f"arn:aws:route53:::healthcheck/{id_}"


def group_of(facts: Facts, account: AccountId, star: Star) -> Arn:
    """The log group of a star."""
    return group_arn(facts.fleet.partition, PLACE, account, f"/star/{star.id}")


def wants(facts: Facts, logs: OwnLogs) -> Iterator[Ask]:
    """The stars, then each one's group, the policies that speak on it, and the newest sighting."""
    for each in logs:
        for account in each.accounts:
            yield stars_ask(account)
            for star in (seen(stars(facts, account)) or {}).values():
                group = group_of(facts, account, star)
                yield group_ask(group)
                yield from policies_ask(group)
                yield from evidence.asks(facts, sightings(group, star), look_back=False)
                if is_silent(facts, sightings(group, star)):
                    yield ask(account, PLACE, SKY, Star=star.id)


def sightings(group: Arn, star: Star) -> Events:
    """The streams of a star: one for each observatory, `<star>/<observatory>`."""
    return Events(group, f"{star.id}/", SIGHTINGS, listed="")


def is_silent(facts: Facts, where: Events) -> bool:
    """Whether no sighting came of late, as far as is known."""
    found = evidence.last(facts, where)
    return found is None or isinstance(found, Unseen) or not evidence.is_fresh(facts, where, found)


def routes(facts: Facts, logs: OwnLogs, _intended: bool) -> Iterator[Route]:
    """Every star; an account whose stars are not seen is a route too."""
    for each in logs:
        for account in each.accounts:
            found = seen(stars(facts, account))
            if found is None:
                needs = (Exists("stars", "stars-unlisted"),)
                hop = Hop(star_arn("*"), "stars", account, PLACE, needs, speaks=True)
                yield Route(f"star/{account}/*", "star", account, PLACE, (hop,))
            for star in (found or {}).values():
                yield _route(facts, account, star)


def _route(facts: Facts, account: AccountId, star: Star) -> Route:
    arn, group = star_arn(star.id), group_of(facts, account, star)
    points = (Is("star.group", group, "star-unsent"),)
    takes: tuple[Need, ...] = (
        Exists("log group", "star-group-missing"),
        *(_writes(account, arn, group, action) for action in ACTIONS),
    )
    shines = Is("star.shines", True, "star-dark", "arriving", of=arn)
    silent = (shines,) if is_silent(facts, sightings(group, star)) else ()
    came = Arrived("star-stale", sightings(group, star), of=arn, settle="look up")
    hops = (
        Hop(arn, "star", account, PLACE, points, speaks=True),
        Hop(group, "log group", account, PLACE, takes),
        Hop(f"{group}:*", "sightings", account, PLACE, (*silent, came)),
    )
    return Route(f"star/{account}/{star.id}", "star", account, PLACE, hops)


def _writes(account: AccountId, arn: Arn, group: Arn, action: str) -> Allows:
    context = {"aws:SourceArn": arn, "aws:SourceAccount": account}
    stream = f"{group}:log-stream:{arn_name(arn)}/PARANAL1"
    every = f"{group.partition('/star/')[0]}/star/*"
    grant = Grant("LogkeepStar", SERVICE, ACTIONS, f"{group}:*", every, account, arn)
    return Allows(request(SERVICE, action, stream, account, context), "a sighting", grant)


def _read(facts: Facts, hop: Hop, _need: Is) -> Look[Json]:
    star = arn_name(hop.arn)
    return map_look(
        stars(facts, hop.account), lambda all_: all_[star].group if star in all_ else ""
    )


def _send(_facts: Facts, hop: Hop, value: Json) -> tuple[Write, ...]:
    named: dict[str, Json] = {"id": arn_name(hop.arn), "group": value}
    return (Write(hop.arn, hop.account, hop.region, SENT, named),)


def _sent(facts: Facts, write: Write) -> Mapping[Ask, Reply]:
    known = seen(stars(facts, write.account)) or {}
    changed = Star(write.arguments["id"], bare(write.arguments["group"]))
    found = {**known, changed.id: changed}
    return {stars_ask(write.account): reply({"stars": msgspec.to_builtins([*found.values()])})}


def _look(facts: Facts, hop: Hop, need: Is) -> Look[Json]:
    return facts.look(ask(hop.account, PLACE, SKY, Star=arn_name(need.of)), bool)


def _find(facts: Facts, hop: Hop) -> Look[Json]:
    return map_look(stars(facts, hop.account), lambda found: sorted(found))


SOURCE = Source(
    name="star",
    routes=routes,
    wants=wants,
    uses=(LOG_GROUPS, LOG_POLICIES),
    settings={
        "star.group": Setting(_read, _send, wrong=("",)),
        "star.shines": Setting(_look, not_ours),
    },
    things={"stars": Thing(_find, not_ours)},
    effects={SENT: _sent},
    wording=Wording(
        sender="Star",
        speaker="star",
        words={
            "star-unsent": worded(
                "a star of {who} is written down nowhere: {arn}",
                "ListStars says that its group is {is_}",
                "`logkeep plan` sends it to its log group",
            ),
            "star-dark": worded("a star of {who} is dark: {arn}", "{is_}", "wait", step="the sky"),
            "star-stale": worded("no sighting of {who} came lately", "nothing newer", "look up"),
            "star-group-missing": worded(
                "{who} has no log group for a star", "there is none", "`logkeep plan` makes it"
            ),
            "stars-unlisted": worded("the stars of {who} are not seen", "no list", "let it list"),
        },
    ),
    calls={
        SKY: Call(needs=("Star",), outside="the sky"),
        LISTED: listing(
            "stars", Permit(LISTED), each=("id",), entry=Entry("stars", "id", ":healthcheck/")
        ),
    },
    writes={SENT: WritingCall((Permit("route53:UpdateHealthCheck", "star"),))},
    silences={"route53:DeleteHealthCheck": "capture"},
    resources={"star": "arn:{partition}:route53:::healthcheck/*"},
    not_asked={
        "star": {"intact": "a stream has no digest", "protected": "everybody may look at a star"}
    },
)
