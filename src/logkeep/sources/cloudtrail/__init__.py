"""CloudTrail: who did what in an account, one trail an account into the archive."""

from logkeep.sources import Source
from logkeep.sources.cloudtrail.effects import EFFECTS
from logkeep.sources.cloudtrail.guards import GUARDS
from logkeep.sources.cloudtrail.routes import routes
from logkeep.sources.cloudtrail.settings import SETTINGS, THINGS
from logkeep.sources.cloudtrail.wants import wants

SOURCE = Source("cloudtrail", routes, wants, SETTINGS, THINGS, EFFECTS, GUARDS)
