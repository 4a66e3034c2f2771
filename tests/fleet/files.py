"""Fleet files to read and to change, and the mistakes found in them."""

from __future__ import annotations

from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.fleet.options import Options
from logkeep.fleet.toml_table import Mistake
from logkeep.sources.cloudtrail.options import TrailOptions

SOURCES = {"cloudtrail": TrailOptions, "vpc-flow": Options}
MINIMAL = """
name = "acme"
home-region = "us-east-1"
[accounts]
security = "111111111111"
staging = "333333333333"
[archive]
account = "security"
[[logs]]
source = "cloudtrail"
"""
EXAMPLE = """
name = "acme"
home-region = "us-east-1"
regions = ["us-east-1", "eu-west-1"]
[accounts]
security   = "111111111111"
production = "222222222222"
staging    = "333333333333"
[access]
role = "OrganizationAccountAccessRole"
[archive]
account = "security"
bucket  = "secprod-multiaccount-logs"
key     = "alias/logkeep"
readers = ["arn:aws:iam::111111111111:role/LogReader"]
administrators = []
[[logs]]
source = "cloudtrail"
data-events = ["s3", "lambda"]
[[logs]]
source = "vpc-flow"
accounts = ["production"]
[[accepted]]
code = "trail-single-region"
account = "staging"
until = 2027-03-31
why = "moving to eu-west-1"
"""


def fleet_of(text: str) -> Fleet:
    found = read_fleet(text, SOURCES)
    assert isinstance(found, Fleet), mistakes_text(found)
    return found


def mistakes_of(text: str) -> tuple[Mistake, ...]:
    found = read_fleet(text, SOURCES)
    assert not isinstance(found, Fleet)
    return found


def mistakes_text(found: tuple[Mistake, ...]) -> str:
    return "\n".join(f"{m.where}: {m.says}" + (f"; {m.hint}" if m.hint else "") for m in found)


def changed(old: str, new: str) -> str:
    assert MINIMAL.count(old) == 1
    return MINIMAL.replace(old, new)
