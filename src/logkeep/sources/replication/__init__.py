"""Replication: the archive's replica, and any bucket of the fleet into another, rule by rule."""

from __future__ import annotations

from logkeep.archive.roles import ROLES
from logkeep.sources import Source
from logkeep.sources.replication.calls import PERMITS, WRITES
from logkeep.sources.replication.intact import comparisons, to_verify
from logkeep.sources.replication.inventory import inventory
from logkeep.sources.replication.mentions import mentions
from logkeep.sources.replication.options import SOURCE as NAME
from logkeep.sources.replication.options import Pair
from logkeep.sources.replication.routes import routes, wants
from logkeep.sources.replication.settings import EFFECTS, SETTINGS
from logkeep.sources.replication.words import WORDING

SOURCE = Source(
    name=NAME,
    routes=routes,
    wants=wants,
    uses=(ROLES,),
    settings=SETTINGS,
    effects=EFFECTS,
    wording=WORDING,
    writes=WRITES,
    permits=PERMITS,
    options=Pair,
    mentions=mentions,
    comparisons=comparisons,
    to_verify=to_verify,
    inventory={"replication": inventory},
    silences={"s3:PutReplicationConfiguration": "capture", "s3:PauseReplication": "capture"},
    not_asked={
        NAME: {"protected": "who guards the bucket is not the fleet's to say"},
    },
)
