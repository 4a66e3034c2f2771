"""What do the answers come to? The draft of a fleet file, with every doubt beside what it is on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from logkeep.access.bucket import PolicyText
from logkeep.access.organization import membership
from logkeep.archive.founding import keeping
from logkeep.archive.founding.administrators import administrators
from logkeep.archive.founding.keeping import KeptSetting
from logkeep.archive.founding.names import account_names, fleet_name
from logkeep.archive.founding.offer import Deliverer, Seed, provisional
from logkeep.archive.founding.readers import Readers, readers
from logkeep.archive.founding.seek import (
    archive_bucket,
    at_archive,
    at_archive_of,
    bucket_region,
    folders,
    key_asks,
    known_accounts,
    members,
    most_named,
    of_bucket,
    once_each,
    owner,
    place,
    shown,
    used_key,
)
from logkeep.fleet.draft import PROPOSED_READER, Draft, LogsDraft, proposed_reader
from logkeep.fleet.naming import (
    Objection,
    bucket_objection,
    key_objection,
    prefix_objection,
    region_objection,
    regional_objection,
)
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import AccountId, Arn, Region, parse_arn, partition_of
from logkeep.words.plain import joined

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
        self.delivering = at_archive(facts, seed) if seed.existing else []
        self.called = called(self.delivering)
        self.keeper = owner(facts, seed) if self.bucket else None
        self.home = self._home()
        self.partition = partition_of(self.home)

    def draft(self, name: str) -> Draft:
        """Everything together."""
        accounts = self._accounts()
        archive = self._archive(accounts)
        region = self._region()
        self._note_regions()
        reading = self._readers(accounts[archive])
        kept = self._keeping()
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
            readers=reading or None,
            administrators=self._administrators() or None,
            keeping={key: each.value for key, each in kept.items() if each.value},
            perhaps={key: each.perhaps for key, each in kept.items() if each.perhaps},
            logs=self._logs(),
            beside=self._beside(accounts),
            notes={key: tuple(said) for key, said in self.notes.items()},
        )

    def note(self, key: str, text: str) -> None:
        """Say something above a key of the file."""
        self.notes.setdefault(key, []).append(text)

    def _name(self) -> str:
        self.note("name", "Choose a name of your own.")
        return fleet_name(self._management_name())

    def _home(self) -> Region:
        """The home Region of most trails at the archive, else the one that was asked."""
        asked = self.seed.region
        homes = [each.home_region for each in once_each(self.delivering)]
        usable = [home for home in homes if _in_partition_of(asked, home)]
        home = most_named(usable) or asked
        for other in sorted({*usable} - {home}):
            self.note(
                "home-region", f"{usable.count(other)} of the {self.called} have theirs in {other}."
            )
        return home

    def _accounts(self) -> dict[str, AccountId]:
        known = known_accounts(self.facts, self.seed)
        names = {each.id: each.name for each in members(self.facts, self.seed)}
        needed = {self.keeper} if self.keeper else set[AccountId]()
        listed = [*known, *sorted(needed - set(known))] or [self.seed.caller]
        self._note_missing(listed)
        return account_names((id_, names.get(id_, "")) for id_ in listed)

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
        names = {each.id: each.name for each in members(self.facts, self.seed)}
        found: dict[AccountId, str] = {}
        for name, id_ in accounts.items():
            said = [names[id_]] if names.get(id_, name) != name else []
            for offer in self.seed.offers if self.seed.existing else ():
                look = offer.unread(self.facts, id_)
                if look is not None:
                    said.append(f"its {offer.what}s were not seen: {look.error}")
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
        by_name = [name for wanted in KEEPERS for name in accounts if wanted in name]
        own = (name for name, id_ in accounts.items() if id_ == self.seed.caller)
        if self.bucket:
            said = "No account that could be asked lists the bucket as its own; put in its owner."
        elif len(accounts) == 1:
            said = "The only account there is."
        elif by_name:
            said = "A guess by its name; put in another if this is not the one."
        else:
            said = "A guess: the account that `logkeep init` was run from. Put in the right one."
        self.note("account", said)
        return next(itertools.chain(by_name, own, accounts))

    def _region(self) -> Region:
        """The Region of the bucket that was found."""
        if self.keeper is None:
            return self.home
        region = seen(bucket_region(self.facts, self.seed))
        if region is None:
            self.note("region", "The bucket's Region could not be read.")
            return self.home
        return region if _in_partition_of(self.home, region) else self.home

    def _bucket(self, keeper: AccountId, region: Region) -> str | None:
        if not self.bucket:
            return None
        self._note_others()
        objection = bucket_objection(self.bucket) or regional_objection(self.bucket, keeper, region)
        return self._unless(objection, "bucket", self.bucket)

    def _note_others(self) -> None:
        everything = shown(self.facts, self.seed)
        named = [each.bucket for each in everything]
        mine = f"{len(self.delivering)} of {len(named)} {called(everything)}"
        self.note("bucket", f"Named by {mine}, as the accounts show them.")
        for other in sorted({*named} - {self.bucket, ""}):
            self.note("bucket", f"Also delivered to: {other}, by {named.count(other)}.")

    def _unless(self, objection: Objection | None, key: str, value: str) -> str | None:
        """A value that the file can hold; one that it cannot is noted."""
        if objection is None:
            return value
        self.note(key, f"Found {value}, which cannot stand here: {objection.says}.")
        return None

    def _key(self, region: Region) -> str | None:
        if not self.delivering:
            return None
        used = used_key(self.delivering)
        named = [each.key for each in self.delivering]
        for other in sorted({*named} - {used, ""}):
            self.note("key", f"{named.count(other)} of the {self.called} name another: {other}")
        bare = named.count("")
        if bare:
            self.note("key", f"{bare} of the {len(named)} {self.called} at the bucket name no key.")
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
        prefixes = [each.prefix for each in self.delivering]
        if len(set(prefixes)) > 1:
            for each in sorted(set(prefixes)):
                self.note("prefix", f"{prefixes.count(each)} of the {self.called} have `{each}`.")
            return None
        only = prefixes[0] if prefixes else ""
        return self._unless(prefix_objection(only), "prefix", only) if only else None

    def _readers(self, keeper: AccountId) -> tuple[Arn, ...]:
        """Who reads already; a role to make or replace where nobody is known to, and may not."""
        found = self._named_readers()
        if found.certain or found.doubtful or "readers" in self.notes:
            return found.certain
        self.note("readers", PROPOSED_READER)
        return (proposed_reader(keeper, self.partition),)

    def _keeping(self) -> dict[str, KeptSetting]:
        """How the logs are encrypted and locked, by the key of the file that asks for it."""
        at = place(self.facts, self.seed) if self.bucket else None
        if at is None:
            return {}
        question = of_bucket(self.facts, at.account, "s3:GetBucketPolicy", self.bucket)
        policy = self.facts.look(question, PolicyText)
        found = {
            "encryption": keeping.encryption(self.facts, at, used_key(self.delivering), policy),
            "lock": keeping.lock(self.facts, at),
        }
        for key, each in found.items():
            for text in each.notes:
                self.note(key, text)
        return found

    def _administrators(self) -> tuple[Arn, ...]:
        """Who changed the archive lately, and Logkeep, so that no plan shuts them out."""
        if self.keeper is None:
            return ()
        found = administrators(self.facts, self.seed, self.keeper)
        for text in found.notes:
            self.note("administrators", text)
        return found.proposed

    def _named_readers(self) -> Readers:
        if not self.bucket or self.keeper is None:
            return Readers((), ())
        used = used_key(self.delivering)
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

    def _logs(self) -> tuple[LogsDraft, ...]:
        """What the file asks of each kind of log: what is delivered already."""
        pairs = [(o, at_archive_of(self.facts, self.seed, o)) for o in self.seed.offers]
        if self.delivering:
            pairs = [(offer, found) for offer, found in pairs if found]
        else:
            pairs = [(offer, ()) for offer, _ in pairs]
        asked = [offer.logs(self.facts, found) for offer, found in pairs]
        return tuple(each for each in asked if each is not None)

    def _note_regions(self) -> None:
        """What is of a single Region leaves others out, which the file nevertheless asks for."""
        single = [each for each in self.delivering if each.is_of_one_region]
        homes = sorted({each.home_region for each in single})
        if single:
            places = ", ".join(homes)
            self.note(
                "regions", f"{len(single)} of the {self.called} are of one Region only: {places}."
            )


def called(found: Iterable[Deliverer]) -> str:
    """What delivers, in the plural: `trails`."""
    return joined(f"{what}s" for what in dict.fromkeys(each.what for each in found))


def _in_partition_of(home: Region, region: Region) -> bool:
    return region_objection(region) is None and partition_of(region) == partition_of(home)
