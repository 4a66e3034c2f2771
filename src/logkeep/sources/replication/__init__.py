"""Replication: the archive's replica, and any bucket of the fleet into another, rule by rule."""

from __future__ import annotations

from logkeep.archive.roles import ROLES
from logkeep.route import Hop
from logkeep.snapshot.facts import Facts
from logkeep.sources import Source
from logkeep.sources.replication.calls import CALLS, PERMITS, RESOURCES, WRITES
from logkeep.sources.replication.costs import costs
from logkeep.sources.replication.existing import CREATE, JOB
from logkeep.sources.replication.guards import GUARDS, UNCHECKED
from logkeep.sources.replication.intact import comparisons, to_verify
from logkeep.sources.replication.inventory import inventory
from logkeep.sources.replication.mentions import mentions
from logkeep.sources.replication.options import SOURCE as NAME
from logkeep.sources.replication.options import Pair, Replications
from logkeep.sources.replication.pairs import EXISTING
from logkeep.sources.replication.routes import routes, wants
from logkeep.sources.replication.settings import EFFECTS, SETTINGS
from logkeep.sources.replication.words import WORDING
from logkeep.value import AccountId, Arn


def captures(_facts: Facts, hop: Hop) -> tuple[Arn, ...]:
    """The buckets with a rule; a job sends once and captures nothing."""
    return () if hop.role == JOB else (hop.arn,)


def needless(_facts: Facts, logs: tuple[Replications, ...], _account: AccountId) -> frozenset[str]:
    """No job is started where the fleet wants nothing of what was there before."""
    return frozenset(() if any(each.options.existing for each in logs) else (CREATE,))


SOURCE = Source(
    name=NAME,
    routes=routes,
    wants=wants,
    uses=(ROLES,),
    settings=SETTINGS,
    effects=EFFECTS,
    guards=GUARDS,
    unchecked=UNCHECKED,
    wording=WORDING,
    calls=CALLS,
    costs=costs,
    writes=WRITES,
    permits=PERMITS,
    resources=RESOURCES,
    needless=needless,
    options=Pair,
    mentions=mentions,
    comparisons=comparisons,
    to_verify=to_verify,
    inventory={"replication": inventory},
    silences={"s3:PutReplicationConfiguration": "capture", "s3:PauseReplication": "capture"},
    not_asked={
        NAME: {"protected": "who guards the bucket is not the fleet's to say"},
        EXISTING: dict.fromkeys(("intact", "protected"), "its other route asks for that"),
    },
    captures=captures,
)
