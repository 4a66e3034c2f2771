"""Which lists of a network does an answer of `aws ec2 describe-…` hold?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, cast

from logkeep.network.lists import LISTS
from logkeep.value import Json

MEMBERS: Final = {member: name for name, (member, _) in LISTS.items()}
ASKED_FOR: Final = re.compile(r"(?:tgw-rtb|pl)-[0-9a-zA-Z]+")
"""Two calls do not say again what they were asked for; their file's name does."""
ONE: Final = "vpc_block_public_access_options"


def is_network(found: Mapping[str, Json]) -> bool:
    """Whether a document is a network already, list by list."""
    return any(name in found for name in LISTS)


def lists_of(found: Mapping[str, Json], name: str) -> dict[str, Json]:
    """The lists of one answer, out of a file of this name; empty where it is no answer known."""
    if is_network(found):
        return dict(found)
    if "Reservations" in found:
        reservations = cast(list[Mapping[str, Json]], found["Reservations"])
        return {"instances": [row for each in reservations for row in each.get("Instances", [])]}
    asked = ASKED_FOR.search(name)
    id_ = asked.group() if asked else ""
    if "Routes" in found:
        table = {"TransitGatewayRouteTableId": id_, **found}
        return {"tgw_static_routes": [table]} if table["TransitGatewayRouteTableId"] else {}
    if "TransitGatewayRouteTablePropagations" in found:
        row = {"TransitGatewayRouteTableId": id_, **found}
        return {"tgw_propagations": [row]} if row["TransitGatewayRouteTableId"] else {}
    if "Entries" in found:
        row = {"PrefixListId": id_, "Entries": found["Entries"]}
        return {"prefix_lists": [row]} if id_ else {}
    if "VpcBlockPublicAccessOptions" in found:
        return {ONE: found["VpcBlockPublicAccessOptions"]}
    return {MEMBERS[key]: rows for key, rows in found.items() if key in MEMBERS}


def gathered(parts: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """All lists of several answers put together, as of several accounts and Regions."""
    whole: dict[str, Json] = {}
    for part in parts:
        for name, rows in part.items():
            if name == ONE or not isinstance(rows, list):
                whole[name] = rows
            else:
                whole.setdefault(name, [])
                whole[name] = [*whole[name], *cast(list[Json], rows)]
    return whole
