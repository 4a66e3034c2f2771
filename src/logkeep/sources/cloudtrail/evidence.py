"""What shows that a trail's logs and digests come: where they lie, and how often (1.3, 1.8)."""

from __future__ import annotations

import datetime
from typing import Final, Literal, NamedTuple

from logkeep.access.bucket import archives
from logkeep.route import Bucket, Layout, Objects, Rhythm
from logkeep.snapshot.facts import Facts, remembered
from logkeep.sources.cloudtrail.speaker import Speaker
from logkeep.value import Region

Kind = Literal["log", "digest"]
FOLDERS: Final[dict[Kind, str]] = {"log": "CloudTrail", "digest": "CloudTrail-Digest"}
VALIDATION: Final = (
    "log file validation, whose hourly digests tell an idle Region from a silent one"
)
HOUR: Final = datetime.timedelta(hours=1)

DAILY: Final = Layout("%Y/%m/%d/", "%Y%m%dT%H")
"""Rule 1.3: a folder a day, and in the name the time to the minute or second."""
RHYTHMS: Final[dict[Kind, Rhythm]] = {
    # An hour without a log is a fair alarm where there is no heartbeat (rule 1.8.1).
    "log": Rhythm("log", every=HOUR, patience=HOUR, window=3 * HOUR),
    # Digests come hourly (rule 1.8.1); one that is an hour late is late beyond doubt.
    "digest": Rhythm("digest", every=HOUR, patience=2 * HOUR, window=3 * HOUR, steady=True),
}
PATIENCE: Final = RHYTHMS["digest"].patience
"""After so long a digest that has not come is late beyond doubt."""


def folder(speaker: Speaker, kind: Kind) -> str:
    """The key prefix of an account's objects of one kind, of whichever Region (rule 1.3)."""
    return f"{speaker.logs}{FOLDERS[kind]}/"


class Series(NamedTuple):
    """The objects of one kind that a trail writes of an account: what is the same of all Regions.

    Keys begin with a folder a Region; names have their Region between a stem and the rest.
    """

    bucket: Bucket
    start: str
    stem: str
    rest: str
    rhythm: Rhythm

    def of(self, region: Region) -> Objects:
        """The objects of a Region."""
        named = f"{self.stem}{region}{self.rest}"
        return Objects(self.bucket, f"{self.start}{region}/", named, DAILY, self.rhythm)


def evidence(facts: Facts, speaker: Speaker, kind: Kind, region: Region) -> Objects:
    """The objects of one kind and Region, in the archive (rule 1.3)."""
    return series(facts, speaker, kind).of(region)


@remembered
def series(facts: Facts, speaker: Speaker, kind: Kind) -> Series:
    """The objects of one kind that a trail writes, of whichever Region (rule 1.3)."""
    rest = f"_{speaker.name}_{speaker.home_region}_" if kind == "digest" else "_"
    stem = f"{speaker.account}_{FOLDERS[kind]}_"
    return Series(archives(facts), folder(speaker, kind), stem, rest, RHYTHMS[kind])
