"""What a verification asks of AWS besides the archive: no more than it needs."""

import datetime

from msgspec import structs

from logkeep.cli.place import known_kinds
from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.expected import wants

NOW = datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC)
TEXT = """\
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1"]

[accounts]
security = "111111111111"

[archive]
account = "security"
bucket = "acme-logs"

[[logs]]
source = "cloudtrail"
"""


def test_enabled_regions_are_asked_for_only_where_the_file_names_none() -> None:
    listed = read_fleet(TEXT, known_kinds())
    assert isinstance(listed, Fleet)
    assert "ec2:DescribeRegions" not in _asked(listed)
    assert "ec2:DescribeRegions" in _asked(structs.replace(listed, regions=None))


def _asked(fleet: Fleet) -> set[str]:
    facts = Facts(fleet, Snapshot(fleet.name, NOW, {}))
    return {each.call for each in wants(facts, fleet.logs_of("cloudtrail"))}
