"""What fleet file suits a lab? All its accounts, the first one keeping the archive."""

from __future__ import annotations

from collections.abc import Mapping

from logkeep.lab.credentials import ACCESS_ROLE
from logkeep.lab.kinds import lab_kinds

BUCKET = "secprod-multiaccount-logs"


def fleet_text(accounts: Mapping[str, str], regions: tuple[str, ...], asked: str = "") -> str:
    """A logkeep.toml for a lab of these accounts (names by id) and Regions.

    It asks for what `asked` says, else for what the kinds of log say that suits a lab.
    """
    wide = max(len(name) for name in accounts.values())
    lines = [f'{name:<{wide}} = "{account}"' for account, name in accounts.items()]
    master, keeper = next(iter(accounts.items()))
    own = (f"[[logs]]\n{kind.asked}" for kind in lab_kinds() if kind.asked)
    asked = asked or "\n\n".join(own)
    named = ", ".join(f'"{region}"' for region in regions)
    return f"""\
name = "acme"
home-region = "{regions[0]}"
regions = [{named}]

[accounts]
{chr(10).join(lines)}

[access]
role = "{ACCESS_ROLE}"

[archive]
account = "{keeper}"
bucket  = "{BUCKET}"
readers = ["arn:aws:iam::{master}:role/LogReader"]

{asked}
"""
