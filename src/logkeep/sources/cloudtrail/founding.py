"""What trails tell of an archive that is there already, and what a new fleet file asks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from logkeep.access.enabled_regions import regions, regions_ask
from logkeep.archive.founding.offer import Deliverer, Found, Founding
from logkeep.archive.founding.seek import once_each
from logkeep.fleet.draft import LogsDraft, started, texts
from logkeep.snapshot import Ask
from logkeep.snapshot.facts import Facts, remembered, seen
from logkeep.sources.cloudtrail.changers import HISTORY
from logkeep.sources.cloudtrail.options import SOURCE, TrailOptions
from logkeep.sources.cloudtrail.selectors import ALL, DATA_TYPES, data_covered
from logkeep.sources.cloudtrail.trails import (
    Trail,
    TrailList,
    described_ask,
    selectors,
    selectors_ask,
)
from logkeep.value import AccountId, Arn, Unseen

WHAT = "trail"


def _wants(facts: Facts, account: AccountId) -> Iterator[Ask]:
    """One Region shows every multi-Region trail (rule 1.1.7); without one all have to be asked."""
    home = facts.fleet.home_region
    yield described_ask(account, home)
    answer = seen(facts.look(described_ask(account, home), TrailList))
    if answer is None or any(trail.is_multi_region_trail for trail in answer.trails):
        return
    yield regions_ask(facts, account)
    for region in regions(facts, account):
        yield described_ask(account, region)


@remembered
def _shown(facts: Facts, account: AccountId) -> dict[Arn, Trail]:
    """Every trail that an account shows, by its ARN."""
    found: dict[Arn, Trail] = {}
    for region in dict.fromkeys((facts.fleet.home_region, *regions(facts, account))):
        answer = seen(facts.look(described_ask(account, region), TrailList))
        found.update({trail.arn: trail for trail in (answer.trails if answer else ())})
    return found


def _deliverers(facts: Facts, account: AccountId) -> Iterator[Deliverer]:
    for trail in _shown(facts, account).values():
        yield Deliverer(
            account=account,
            arn=trail.arn,
            what=WHAT,
            home_region=trail.home_region,
            bucket=trail.s3_bucket_name,
            prefix=trail.s3_key_prefix,
            key=trail.kms_key_id,
            is_of_one_region=not trail.is_multi_region_trail,
        )


def _unread(facts: Facts, account: AccountId) -> Unseen | None:
    look = facts.look(described_ask(account, facts.fleet.home_region), TrailList)
    return look if isinstance(look, Unseen) else None


def _once_each(facts: Facts, found: Found) -> list[tuple[AccountId, Trail]]:
    return [(each.account, _shown(facts, each.account)[each.arn]) for each in once_each(found)]


def _details(facts: Facts, found: Found) -> Iterator[Ask]:
    for account, trail in _once_each(facts, found):
        yield selectors_ask(trail, account)


def _logs(facts: Facts, found: Found) -> LogsDraft | None:
    """What the file asks of CloudTrail: what its trails do already."""
    if not found:
        return started({SOURCE: TrailOptions})[0]
    notes: dict[str, tuple[str, ...]] = {}
    events = list(_data_events(facts, found, notes))
    values = {"data-events": texts(events)} if events else {}
    shared = [trail.arn for _, trail in _once_each(facts, found) if trail.is_organization_trail]
    if shared:
        values["organization"] = "true"
        notes["organization"] = tuple(f"{arn} delivers to the bucket." for arn in shared)
    return LogsDraft(SOURCE, values, notes)


def _data_events(facts: Facts, found: Found, notes: dict[str, tuple[str, ...]]) -> Iterable[str]:
    """The kinds of data events that every trail at the archive selects whole."""
    for kind in DATA_TYPES:
        covered = list(_covered(facts, found, kind))
        if set(covered) == {ALL}:
            yield kind
        elif set(covered) != {"none"}:
            kinds = ", ".join(f"{covered.count(c)} {c}" for c in dict.fromkeys(covered))
            said = f"{kind}, by the trails at the bucket: {kinds}."
            notes["data-events"] = (*notes.get("data-events", ()), said)


def _covered(facts: Facts, found: Found, kind: str) -> Iterator[str]:
    for account, trail in _once_each(facts, found):
        selected = seen(selectors(facts, trail, account))
        yield data_covered(selected, kind) if selected else "unknown"


FOUNDING = Founding(
    what=WHAT,
    permit="cloudtrail:DescribeTrails",
    wants=_wants,
    deliverers=_deliverers,
    unread=_unread,
    details=_details,
    logs=_logs,
    history=HISTORY,
)
