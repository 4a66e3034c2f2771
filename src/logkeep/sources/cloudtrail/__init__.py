"""CloudTrail: who did what in an account, by a trail of its own or the organization's."""

from logkeep.archive.log_groups import LOG_GROUPS
from logkeep.archive.roles import ROLES
from logkeep.sources import Source
from logkeep.sources.cloudtrail import organization_trail, recorders
from logkeep.sources.cloudtrail.calls import CALLS, RESOURCES, WRITES
from logkeep.sources.cloudtrail.changers import HISTORY
from logkeep.sources.cloudtrail.cloudwatch import arrival as cloudwatch_arrival
from logkeep.sources.cloudtrail.cloudwatch import settings as cloudwatch
from logkeep.sources.cloudtrail.cloudwatch.routes import NOT_ASKED
from logkeep.sources.cloudtrail.costs import costs
from logkeep.sources.cloudtrail.effects import EFFECTS
from logkeep.sources.cloudtrail.founding import FOUNDING
from logkeep.sources.cloudtrail.guards import GUARDS
from logkeep.sources.cloudtrail.inventory import inventory
from logkeep.sources.cloudtrail.mentions import mentions
from logkeep.sources.cloudtrail.needless import needless
from logkeep.sources.cloudtrail.notices import notices
from logkeep.sources.cloudtrail.options import SOURCE as SOURCE_NAME
from logkeep.sources.cloudtrail.options import TrailOptions
from logkeep.sources.cloudtrail.retired import retired
from logkeep.sources.cloudtrail.routes import passing, routes, sending
from logkeep.sources.cloudtrail.settings import SETTINGS, THINGS
from logkeep.sources.cloudtrail.silencing import SILENCES
from logkeep.sources.cloudtrail.step_notes import step_notes
from logkeep.sources.cloudtrail.uploads import writers
from logkeep.sources.cloudtrail.verifying import to_verify, verification
from logkeep.sources.cloudtrail.wants import wants
from logkeep.sources.cloudtrail.witness import WITNESSES
from logkeep.sources.cloudtrail.words import WORDING

SOURCE = Source(
    name=SOURCE_NAME,
    routes=routes,
    passing=passing,
    sending=sending,
    wants=wants,
    settings={
        **{name: organization_trail.only_where_allowed(each) for name, each in SETTINGS.items()},
        **organization_trail.SETTINGS,
        **recorders.SETTINGS,
        **cloudwatch.SETTINGS,
    },
    things={
        **{name: organization_trail.made_where_allowed(each) for name, each in THINGS.items()},
        **organization_trail.THINGS,
        **cloudwatch.THINGS,
    },
    effects=EFFECTS,
    wording=WORDING,
    uses=(LOG_GROUPS, ROLES),
    options=TrailOptions,
    calls=CALLS,
    writes=WRITES,
    resources=RESOURCES,
    guards=GUARDS,
    witnesses={**WITNESSES, **cloudwatch_arrival.WITNESSES},
    retired=retired,
    needless=needless,
    notices=notices,
    step_notes=step_notes,
    inventory={"trails": inventory},
    costs=costs,
    founding=FOUNDING,
    verification=verification,
    to_verify=to_verify,
    not_asked=NOT_ASKED,
    silences=SILENCES,
    writers=writers,
    mentions=mentions,
    history=HISTORY,
)
