"""What do the answers come to? The draft of a fleet file, with every doubt beside what it is on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from logkeep.access.bucket import Location, PolicyText
from logkeep.access.organization import membership
from logkeep.fleet.draft import Draft, LogsDraft, started, texts
from logkeep.fleet.naming import (
    Objection,
    bucket_objection,
    key_objection,
    prefix_objection,
    region_objection,
    regional_objection,
)
from logkeep.fleet.options import keys
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.cloudtrail.founding.names import account_names, fleet_name
from logkeep.sources.cloudtrail.founding.readers import Readers, readers
from logkeep.sources.cloudtrail.founding.seek import (
    Seed,
    archive_bucket,
    at_archive,
    folders,
    key_asks,
    known_accounts,
    members,
    most_named,
    of_bucket,
    once_each,
    owner,
    provisional,
    shown,
    used_key,
)
from logkeep.sources.cloudtrail.options import SOURCE, TrailOptions
from logkeep.sources.cloudtrail.selectors import ALL, DATA_TYPES, data_covered
from logkeep.sources.cloudtrail.trails import described_ask, selectors
from logkeep.value import AccountId, Region, Unseen, parse_arn, partition_of

KEEPERS = ("log-archive", "logarchive", "archive", "logging", "logs", "security", "audit")
"""What accounts that keep logs are called, the likeliest first (rule 10.3)."""


def founded(snapshot: Snapshot, seed: Seed, name: str = "") -> Draft:
    """The fleet file's draft from what AWS answered."""
    return _Founder(Facts(provisional(seed), snapshot), seed).draft(name)


class _Founder:
    """Reads the answers once; what cannot be written into the file is noted beside it."""

    def __init__(self, facts: Facts, seed: Seed) -> None:
        self.facts = facts
        self.seed = seed
        self.notes: dict[str, list[str]] = {}
        self.bucket = archive_bucket(facts, seed) if seed.existing else ""
        self.trails = at_archive(facts, seed) if seed.existing else []
        self.keeper = owner(facts, seed) if self.bucket else None
        self.home = self._home()
        self.partition = partition_of(self.home)

    def draft(self, name: str) -> Draft:
        """Everything together."""
        accounts = self._accounts()
        archive = self._archive(accounts)
        region = self._region()
        self._note_regions()
        found = self._readers()
        return Draft(
            name=name or self._name(),
            home_region=self.home,
            accounts=accounts,
            archive=archive,
            role=self.seed.role,
            bucket=self._bucket(accounts[archive], region),
            key=self._key(region) or "alias/logkeep",
            prefix=self._prefix(),
            region=region if region != self.home else None,
            readers=found.certain or None,
            logs=(self._logs(),),
            beside=self._beside(accounts),
            notes={key: tuple(said) for key, said in self.notes.items()},
        )

    def note(self, key: str, text: str) -> None:
        """Say something above a key of the file."""
        self.notes.setdefault(key, []).append(text)

    def _name(self) -> str:
        self.note("name", "A name of your own: it stands in names and tags of what Logkeep makes.")
        return fleet_name(self._management_name())

    def _home(self) -> Region:
        """The home Region of most trails at the archive, else the one that was asked."""
        asked = self.seed.region
        homes = [each.trail.home_region for each in once_each(self.trails)]
        usable = [home for home in homes if _in_partition_of(asked, home)]
        home = most_named(usable) or asked
        for other in sorted({*usable} - {home}):
            self.note("home-region", f"{usable.count(other)} of the trails have theirs in {other}.")
        return home

    def _accounts(self) -> dict[str, AccountId]:
        known = known_accounts(self.facts, self.seed)
        told = {each.id: each.name for each in members(self.facts, self.seed)}
        needed = {self.keeper} if self.keeper else set[AccountId]()
        listed = [*known, *sorted(needed - set(known))] or [self.seed.caller]
        self._note_missing(listed)
        return account_names((id_, told.get(id_, "")) for id_ in listed)

    def _note_missing(self, listed: Iterable[AccountId]) -> None:
        """Accounts that are there and left out, each on a line that could be a line of the file."""
        out = [m for m in members(self.facts, self.seed) if m.id not in set(listed)]
        names = account_names((m.id, m.name) for m in out)
        standing = {m.id: m.standing.lower() or "in no state that AWS told" for m in out}
        for name, id_ in names.items():
            self.note("accounts", f'left out, {standing[id_]}: {name} = "{id_}"')
        strangers = set(folders(self.facts)) - set(listed) - set(standing)
        for id_ in sorted(strangers) if self.seed.organization else ():
            self.note("accounts", f"{id_} has a folder in the bucket and is not listed")

    def _beside(self, accounts: dict[str, AccountId]) -> dict[AccountId, str]:
        """An account's own name where it had to be changed, and what could not be read of it."""
        told = {each.id: each.name for each in members(self.facts, self.seed)}
        found: dict[AccountId, str] = {}
        for name, id_ in accounts.items():
            said = [told[id_]] if told.get(id_, name) != name else []
            look = self.facts.look(described_ask(id_, self.seed.region), dict[str, object])
            if self.seed.existing and isinstance(look, Unseen):
                said.append(f"its trails were not seen: {look.error}")
            if said:
                found[id_] = "; ".join(said)
        return found

    def _management_name(self) -> str:
        found = seen(membership(self.facts, self.seed.caller))
        management = found.management if found else ""
        names = {each.id: each.name for each in members(self.facts, self.seed)}
        return names.get(management, "")

    def _archive(self, accounts: dict[str, AccountId]) -> str:
        """The name of the account that keeps the logs: the bucket's owner, else a guess."""
        if self.keeper is not None:
            return next(name for name, id_ in accounts.items() if id_ == self.keeper)
        if self.bucket:
            said = "No account that could be asked lists the bucket as its own; put in its owner."
        else:
            said = "Chosen by its name; put in another if this is not the one."
        self.note("account", said)
        by_name = (name for wanted in KEEPERS for name in accounts if wanted in name)
        own = (name for name, id_ in accounts.items() if id_ == self.seed.caller)
        return next(itertools.chain(by_name, own, accounts))

    def _region(self) -> Region:
        """The Region of the bucket that was found."""
        if self.keeper is None:
            return self.home
        question = of_bucket(self.facts, self.keeper, "s3:GetBucketLocation", self.bucket)
        answer = seen(self.facts.look(question, Location))
        if answer is None:
            self.note("region", "The bucket's Region could not be read.")
            return self.home
        said = answer.location_constraint or "us-east-1"
        region = {"EU": "eu-west-1"}.get(said, said)
        return region if _in_partition_of(self.home, region) else self.home

    def _bucket(self, keeper: AccountId, region: Region) -> str | None:
        if not self.bucket:
            return None
        self._note_others()
        objection = bucket_objection(self.bucket) or regional_objection(self.bucket, keeper, region)
        return self._unless(objection, "bucket", self.bucket)

    def _note_others(self) -> None:
        named = [each.trail.s3_bucket_name for each in shown(self.facts, self.seed)]
        mine = f"{len(self.trails)} of {len(named)} trails, as the accounts show them"
        self.note("bucket", f"Named by {mine}.")
        for other in sorted({*named} - {self.bucket, ""}):
            self.note("bucket", f"Also delivered to: {other}, by {named.count(other)}.")

    def _unless(self, objection: Objection | None, key: str, value: str) -> str | None:
        """A value that the file can hold; one that it cannot is noted."""
        if objection is None:
            return value
        self.note(key, f"Found {value}, which cannot stand here: {objection.says}.")
        return None

    def _key(self, region: Region) -> str | None:
        if not self.trails:
            return None
        used = used_key(self.trails)
        named = [each.trail.kms_key_id for each in self.trails]
        for other in sorted({*named} - {used, ""}):
            self.note("key", f"{named.count(other)} of the trails name another: {other}")
        bare = named.count("")
        if bare:
            self.note("key", f"{bare} of the {len(named)} trails at the bucket name no key.")
        if not used:
            return None
        wanted = self._as_alias(used, region)
        return self._unless(key_objection(wanted, self.partition, region), "key", wanted)

    def _as_alias(self, used: str, region: Region) -> str:
        """An alias's ARN as the alias, where it is one of the archive's own place."""
        parts = parse_arn(used)
        here = parts is not None and (parts.account, parts.region) == (self.keeper, region)
        return parts.resource if parts and here and parts.resource.startswith("alias/") else used

    def _prefix(self) -> str | None:
        prefixes = [each.trail.s3_key_prefix for each in self.trails]
        if len(set(prefixes)) > 1:
            for each in sorted(set(prefixes)):
                self.note("prefix", f"{prefixes.count(each)} of the trails have `{each}`.")
            return None
        only = prefixes[0] if prefixes else ""
        return self._unless(prefix_objection(only), "prefix", only) if only else None

    def _readers(self) -> Readers:
        if not self.bucket or self.keeper is None:
            return Readers((), ())
        used = used_key(self.trails)
        question = of_bucket(self.facts, self.keeper, "s3:GetBucketPolicy", self.bucket)
        bucket = seen(self.facts.look(question, PolicyText))
        asked = key_asks(used)
        of_key = seen(self.facts.look(asked[0], PolicyText)) if asked else None
        if used and of_key is None:
            self.note("readers", "The key's policy could not be read, so its readers are unknown.")
            return Readers((), ())
        texts = (bucket.policy if bucket else None, of_key.policy if of_key else None)
        found = readers(*texts, self.keeper, self.partition)
        for name, why in found.doubtful:
            self.note("readers", f"Perhaps {name}: {why}.")
        return found

    def _covered(self, kind: str) -> Iterator[str]:
        for each in once_each(self.trails):
            found = seen(selectors(self.facts, each.trail, each.account))
            yield data_covered(found, kind) if found else "unknown"

    def _logs(self) -> LogsDraft:
        """What the file asks of CloudTrail: what its trails do already."""
        if not self.trails:
            (started_,) = started({SOURCE: TrailOptions})
            return started_
        values = {"data-events": texts(self._data_events())}
        if self._is_of_organization():
            values["organization"] = "true"
        notes = {key: self.notes.pop(key) for key in keys(TrailOptions) if key in self.notes}
        return LogsDraft(SOURCE, values, {key: tuple(said) for key, said in notes.items()})

    def _data_events(self) -> tuple[str, ...]:
        """The kinds of data events that every trail at the archive selects whole."""
        found: list[str] = []
        for kind in DATA_TYPES:
            covered = list(self._covered(kind))
            if set(covered) == {ALL}:
                found.append(kind)
            elif set(covered) != {"none"}:
                told = ", ".join(f"{covered.count(c)} {c}" for c in dict.fromkeys(covered))
                self.note("data-events", f"{kind}, by the trails at the bucket: {told}.")
        return tuple(found)

    def _is_of_organization(self) -> bool:
        """Whether an organization's trail delivers to the bucket."""
        serving = [
            each.trail for each in once_each(self.trails) if each.trail.is_organization_trail
        ]
        for trail in serving:
            self.note("organization", f"{trail.arn} delivers to the bucket.")
        return bool(serving)

    def _note_regions(self) -> None:
        """Single-Region trails leave Regions out, which the file nevertheless asks for."""
        single = [each for each in self.trails if not each.trail.is_multi_region_trail]
        homes = sorted({each.trail.home_region for each in single})
        if single:
            told = ", ".join(homes)
            self.note("regions", f"{len(single)} of the trails are of one Region only: {told}.")


def _in_partition_of(home: Region, region: Region) -> bool:
    return region_objection(region) is None and partition_of(region) == partition_of(home)
