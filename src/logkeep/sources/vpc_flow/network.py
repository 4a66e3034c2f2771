"""What of the accounts' networks was seen, as the lists that packets are walked through.

An account's Region of which the interfaces or subnets could not be seen is left out, as if it were
a stranger's: what leads there is then unknown. A list that is missing in one place is incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias, cast

from logkeep.network.collected import Collected, Unreached
from logkeep.network.lists import INCOMPLETE, LISTS
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, map_look, remembered, seen
from logkeep.sources.vpc_flow.calls import (
    BLOCK_OPTIONS,
    EXCLUSIONS,
    FLOW_LOGS,
    INSTANCES,
    INTERFACES,
    PREFIX_ENTRIES,
    PREFIX_LISTS,
    PROPAGATIONS,
    SUBNETS,
    TRANSIT_ROUTES,
    VPCS,
)
from logkeep.sources.vpc_flow.described import interfaces, listing, places
from logkeep.sources.vpc_flow.options import FlowLogs
from logkeep.value import AccountId, Json, Look, Region, Seen, Unseen

Rows: TypeAlias = list[dict[str, Json]]
AccountRegion: TypeAlias = tuple[AccountId, Region]

EVERYWHERE: Final = (VPCS, INTERFACES, FLOW_LOGS)
"""What is asked in every account and Region."""
NEEDED: Final = {"vpcs": VPCS, "subnets": SUBNETS, "enis": INTERFACES}
"""The lists without which a place is left out."""
TRANSIT: Final = {"tgw_propagations": PROPAGATIONS, "tgw_static_routes": TRANSIT_ROUTES}
"""The lists that are asked for table by table."""
TABLE: Final = "TransitGatewayRouteTableId"
TABLES: Final = "tgw_route_tables"
SINGLE: Final = {
    name: (member, INSTANCES if name == "instances" else call)
    for name, (member, call) in LISTS.items()
    if name not in {*TRANSIT, "prefix_lists", "vpc_block_public_access_exclusions"}
}
"""The lists that one call answers for."""
WHERE_USED: Final = (
    *(call for _, call in SINGLE.values() if call not in EVERYWHERE),
    *(PREFIX_LISTS, BLOCK_OPTIONS, EXCLUSIONS),
)
"""What is asked besides where there is any interface: without one nobody sends or answers."""


def asks(facts: Facts, account: AccountId, region: Region) -> Iterator[Ask]:
    """Every question worth asking about the network of an account's Region."""
    for call in EVERYWHERE:
        yield listing(account, region, call)
    if not seen(interfaces(facts, account, region)):
        return
    for call in WHERE_USED:
        yield listing(account, region, call)
    place = (account, region)
    for row in seen(_rows(facts, place, PREFIX_LISTS, "PrefixLists")) or ():
        yield _of_list(place, row)
    for row in seen(_single(facts, place, TABLES)) or ():
        yield from (_of_table(place, call, row) for call in TRANSIT.values())


def _of_list(place: AccountRegion, row: Mapping[str, Json]) -> Ask:
    return ask(*place, PREFIX_ENTRIES, PrefixListId=str(row.get("PrefixListId", "")))


def _of_table(place: AccountRegion, call: str, row: Mapping[str, Json]) -> Ask:
    return ask(*place, call, TransitGatewayRouteTableId=str(row.get(TABLE, "")))


def _member(facts: Facts, question: Ask, member: str) -> Look[Rows]:
    look = facts.look(question, dict[str, Json])
    return map_look(look, lambda answer: cast(Rows, answer.get(member) or []))


def _rows(facts: Facts, place: AccountRegion, call: str, member: str) -> Look[Rows]:
    return _member(facts, listing(*place, call), member)


def _single(facts: Facts, place: AccountRegion, name: str) -> Look[Rows]:
    """The rows of a list that one call answers for."""
    member, call = SINGLE[name]
    if name != "instances":
        return _rows(facts, place, call, member)
    reservations = _rows(facts, place, call, "Reservations")
    return map_look(reservations, lambda found: [i for r in found for i in r.get("Instances", [])])


class Gathering:
    """Lists that grow place by place, and those that are incomplete."""

    def __init__(self) -> None:
        self.lists: dict[str, Rows] = {name: [] for name in LISTS}
        self.incomplete: set[str] = set()

    def add(self, name: str, look: Look[Rows], change: Callable[[Rows], Rows] = list) -> None:
        """Take the rows, or note that some are missing."""
        if isinstance(look, Seen):
            self.lists[name] += change(look.value)
        else:
            self.incomplete.add(name)

    @property
    def document(self) -> dict[str, Json]:
        """All that was taken."""
        return {**self.lists, INCOMPLETE: sorted(self.incomplete)}


@remembered
def collected(facts: Facts, logs: tuple[FlowLogs, ...]) -> Collected:
    """The network of all accounts and Regions that have an interface."""
    found = Gathering()
    unreached: list[Unreached] = []
    for account in dict.fromkeys(account for each in logs for account in each.accounts):
        for region in places(facts, account):
            place = (account, region)
            unseen = _unseen(facts, place)
            if unseen is not None:
                unreached.append(Unreached(account, region, unseen.call, unseen.error))
            elif seen(interfaces(facts, account, region)):
                _gather(facts, found, place)
    return Collected(found.document, tuple(unreached))


def _unseen(facts: Facts, place: AccountRegion) -> Unseen | None:
    """Why a place cannot be shown at all."""
    named = ("vpcs", "enis") if not seen(interfaces(facts, *place)) else tuple(NEEDED)
    looks = (_single(facts, place, name) for name in named)
    missing = next((look for look in looks if not isinstance(look, Seen)), None)
    if missing is None or isinstance(missing, Unseen):
        return missing
    return Unseen(missing.call, "is not there")


def _gather(facts: Facts, found: Gathering, place: AccountRegion) -> None:
    mode = _block_mode(facts, place)
    for name in SINGLE:
        blocking = mode if name in ("vpcs", "subnets") else ""
        found.add(
            name,
            _single(facts, place, name),
            lambda rows, blocking=blocking: _with_mode(rows, blocking),
        )
    excluded = _rows(facts, place, EXCLUSIONS, "VpcBlockPublicAccessExclusions")
    found.add("vpc_block_public_access_exclusions", excluded)
    _gather_lists(facts, found, place)
    tables = seen(_single(facts, place, TABLES)) or []
    for name, call in TRANSIT.items():
        for row in tables:
            look = facts.look(_of_table(place, call, row), dict[str, Json])
            named = map_look(look, lambda answer, row=row: [{TABLE: row.get(TABLE), **answer}])
            found.add(name, named)


def _gather_lists(facts: Facts, found: Gathering, place: AccountRegion) -> None:
    """Managed prefix lists with their entries; one whose entries are unseen stays unseen."""
    listed = _rows(facts, place, PREFIX_LISTS, "PrefixLists")
    found.add("prefix_lists", map_look(listed, lambda _rows: []))
    for row in seen(listed) or ():
        entries = _member(facts, _of_list(place, row), "Entries")
        if isinstance(entries, Seen):
            name = row.get("PrefixListId")
            found.lists["prefix_lists"].append({"PrefixListId": name, "Entries": entries.value})


def _block_mode(facts: Facts, place: AccountRegion) -> str:
    """The Region's VPC Block Public Access; what could not be looked at is said to be unseen."""
    look = facts.look(listing(*place, BLOCK_OPTIONS), dict[str, Json])
    if not isinstance(look, Seen):
        return "unseen"
    options = cast(dict[str, Json], look.value.get("VpcBlockPublicAccessOptions") or {})
    mode = str(options.get("InternetGatewayBlockMode") or "unseen")
    excluded = facts.look(listing(*place, EXCLUSIONS), dict[str, Json])
    whole = isinstance(excluded, Seen) and not excluded.value.get("NextToken")
    return mode if mode == "off" or whole else "unseen"


def _with_mode(rows: Iterable[dict[str, Json]], mode: str) -> Rows:
    """VPCs and subnets with what counts for them, as far as they do not say it themselves."""
    if not mode:
        return list(rows)
    blocking = {"InternetGatewayBlockMode": mode}
    name = "BlockPublicAccessStates"
    return [{**row, name: row.get(name) or blocking} for row in rows]
