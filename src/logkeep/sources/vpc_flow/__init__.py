"""VPC flow logs: who spoke to whom in a network, and what was let by."""

from logkeep.archive.log_groups import LOG_GROUPS
from logkeep.archive.roles import ROLES
from logkeep.sources import Source
from logkeep.sources.vpc_flow.calls import CALLS, RESOURCES, WRITES
from logkeep.sources.vpc_flow.costs import costs
from logkeep.sources.vpc_flow.evidence import WITNESSES
from logkeep.sources.vpc_flow.inventory import of_flow_logs, of_interfaces
from logkeep.sources.vpc_flow.mentions import mentions
from logkeep.sources.vpc_flow.needless import needless
from logkeep.sources.vpc_flow.network import collected
from logkeep.sources.vpc_flow.notices import notices
from logkeep.sources.vpc_flow.options import CLOUDWATCH, FIREHOSE, FlowOptions
from logkeep.sources.vpc_flow.options import SOURCE as NAME
from logkeep.sources.vpc_flow.retired import retired
from logkeep.sources.vpc_flow.routes import STARTS, routes
from logkeep.sources.vpc_flow.settings import EFFECTS, SETTINGS, THINGS
from logkeep.sources.vpc_flow.silencing import SILENCES, captures
from logkeep.sources.vpc_flow.wants import wants
from logkeep.sources.vpc_flow.words import WORDING

NO_DIGESTS = "flow logs have no digests, and AWS delivers them best effort"

SOURCE = Source(
    name=NAME,
    routes=routes,
    wants=wants,
    settings=SETTINGS,
    things=THINGS,
    effects=EFFECTS,
    wording=WORDING,
    uses=(LOG_GROUPS, ROLES),
    calls=CALLS,
    writes=WRITES,
    resources=RESOURCES,
    options=FlowOptions,
    witnesses=WITNESSES,
    retired=retired,
    needless=needless,
    notices=notices,
    mentions=mentions,
    inventory={"flow-logs": of_flow_logs, "interfaces": of_interfaces},
    costs=costs,
    network=collected,
    silences=SILENCES,
    captures=captures,
    not_asked={
        NAME: {"intact": NO_DIGESTS},
        STARTS[CLOUDWATCH]: {
            "intact": NO_DIGESTS,
            "protected": "a log group is a copy in the account itself; the archive is guarded",
        },
        STARTS[FIREHOSE]: {
            "intact": NO_DIGESTS,
            "protected": "where the stream leads is not looked at; the archive is guarded",
        },
    },
)
