"""A lab in which one thing after the other is broken, found and mended."""

from __future__ import annotations

import re

from logkeep.aws.collect import collect
from logkeep.diagnose.diagnosis import Diagnosed
from logkeep.lab.breaking import act
from logkeep.lab.statefile import Running, running
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.wants import wants
from support.labs import Bench

STAGING = "333333333333"
LATER = {"delivery-stale", "chain-broken", "loggroup-stale", "global-events-doubled"}
OF_GROUPS = re.compile("trail-no-loggroup|loggroup-|role-")
"""What only trails that send to a log group too can have."""


class Broom:
    """A lab all well, in which one thing after the other is broken and mended."""

    def __init__(self, lab: Bench) -> None:
        self.lab = lab
        self.fleet = lab.fleet
        self.running: Running = running(lab.lab)
        self.session = lab.session
        self.well = Facts(self.fleet, self.collect())

    def collect(self) -> Snapshot:
        return collect(self.fleet, wants(self.fleet), self.session)

    def spoil(self, code: str) -> act.Broken:
        return act.spoil(self.running, self.well, code, STAGING, self.session.account_client)

    def mend(self, broken: act.Broken) -> None:
        if not act.mend(self.running, broken, self.session.account_client):
            self.lab.mend()


def first_code(route: Diagnosed) -> str:
    """The code of the first broken link; nothing is verified here, which is no break."""
    code = route.first[1].code if route.first else ""
    idle = code == "loggroup-stale" and route.verdict == "unknown"
    return "" if code == "not-verified" or idle else code
