"""What is the least that Logkeep's role needs in each account, by what the fleet names?

What is read may lie under any name; what is written is what a route of this fleet leads to. A role
is written to by its name or not at all: who may write any role's policy is an administrator.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from logkeep.archive.parts import ARCHIVE
from logkeep.archive.roles import BOUNDARY_KEY, WITHIN_BOUNDARY
from logkeep.aws.permissions import ARCHIVE_READS, ENTERING, RESOURCES, permits_of, sid
from logkeep.fleet import Fleet
from logkeep.route import Exists
from logkeep.snapshot.call import Permit
from logkeep.snapshot.facts import Facts
from logkeep.sources import all_parts, sources
from logkeep.sources.routes import all_routes
from logkeep.value import AccountId, Arn, Json, account_of, parse_arn

PASS_ROLE = "iam:PassRole"
SHARED: Final = {
    kind: part for source in sources().values() for part in source.uses for kind in part.resources
}
"""The parts that kinds of log share, by the kinds of resource that are theirs."""
NAMED_ONLY = ":iam:"
"""Of what is written there only what the fleet names is ever granted."""


class OfKind(msgspec.Struct, frozen=True):
    """What the routes of one kind of log lead to in one account, besides the archive."""

    arns: frozenset[Arn]
    things: frozenset[tuple[str, Arn]]
    """What is looked for there, such as a role by which a service delivers, and its ARN."""
    needless: frozenset[str]
    """The calls of that kind to which the fleet's wishes lead nobody there."""


class AccountScope(msgspec.Struct, frozen=True):
    """What the routes of a fleet lead to in one account."""

    arns: frozenset[Arn]
    kinds: dict[str, OfKind]
    """By the kinds of log of which something besides the archive lies there."""


def policies(facts: Facts, command: str) -> dict[AccountId, Json]:
    """The policy of the role in every account that a command works in."""
    routes = named(facts)
    empty = AccountScope(frozenset(), {})
    accounts = dict.fromkeys((*facts.fleet.accounts.values(), *routes))
    return {each: policy(facts.fleet, command, each, routes.get(each, empty)) for each in accounts}


def role_in(fleet: Fleet, account: AccountId) -> Arn:
    """The role that acts in an account: the fleet's, but for the last that is entered before."""
    last = fleet.access.through[-1:]
    if last and account_of(last[0]) == account:
        return last[0]
    return f"arn:{fleet.partition}:iam::{account}:role/{fleet.role}"


def entering(fleet: Fleet, command: str) -> Json:
    """What whoever runs Logkeep needs besides, to enter every other account."""
    return _document(_entering(fleet, command, [*fleet.accounts.values()]))


def entered_readers(fleet: Fleet, command: str) -> list[Arn]:
    """The declared readers that a command enters, one after the other, to open the logs."""
    readers = fleet.archive.readers or () if command == "verify" else ()
    return [each for each in readers if is_role(each)]


def is_role(arn: Arn) -> bool:
    """Whether an ARN is a role's, which alone can be entered."""
    parts = parse_arn(arn)
    return parts is not None and parts.resource.startswith("role/")


def _entering(fleet: Fleet, command: str, accounts: Iterable[AccountId]) -> list[Json]:
    roles = [role_in(fleet, account) for account in accounts]
    entered = dict.fromkeys((*roles, *entered_readers(fleet, command)))
    return [_statement("Enter", {ENTERING.action}, [*entered])]


def _entered_from(fleet: Fleet, command: str, account: AccountId) -> list[Json]:
    """What the role of an account enters: a reader beside it, and as the caller all the others."""
    own = role_in(fleet, account)
    if own in fleet.access.through:
        others = [each for each in fleet.accounts.values() if each != account]
        return _entering(fleet, command, others)
    readers = entered_readers(fleet, command)
    beside = [each for each in readers if account_of(each) == account and each != own]
    return [_statement("Enter", {ENTERING.action}, beside)] if beside else []


def named(facts: Facts) -> dict[AccountId, AccountScope]:
    """What the fleet's routes lead to, account by account, as they will be."""
    arns: dict[AccountId, set[Arn]] = {}
    own: dict[AccountId, dict[str, set[Arn]]] = {}
    things: dict[tuple[AccountId, str], set[tuple[str, Arn]]] = {}
    for route in all_routes(facts, intended=True):
        for hop in route.hops:
            arns.setdefault(hop.account, set()).add(hop.arn)
            sought = ((n.kind, hop.arn) for n in hop.needs if isinstance(n, Exists))
            things.setdefault((hop.account, route.source), set()).update(sought)
            is_archives = hop.keeps or hop.arn == facts.fleet.bucket_arn or ":kms:" in hop.arn
            if not is_archives:  # a declared reader too is the archive's: nothing makes it
                kinds = own.setdefault(hop.account, {})
                kinds.setdefault(route.source, set()).add(hop.arn)

    def of_kind(account: AccountId, kind: str, found: set[Arn]) -> OfKind:
        needless = sources()[kind].needless(facts, facts.fleet.logs_of(kind), account)
        return OfKind(frozenset(found), frozenset(things[account, kind]), needless)

    return {
        account: AccountScope(
            frozenset(found),
            {
                kind: of_kind(account, kind, its)
                for kind, its in sorted(own.get(account, {}).items())
            },
        )
        for account, found in arns.items()
    }


def policy(fleet: Fleet, command: str, account: AccountId, found: AccountScope) -> Json:
    """The policy of the role in one account."""
    is_archives = account == fleet.archive.account
    permits = permits_of(command)
    reads = permits - every_write() - {ENTERING}
    if not is_archives:
        reads -= {each for permits in ARCHIVE_READS.values() for each in permits}
    writes = Grants()
    if command == "apply":
        for kind, its in found.kinds.items():
            for permit in written(kind, its):
                where = () if permit.when else _written(permit.on, fleet, account, its)
                writes.add(permit, where)
        for permit in written_of_archive() if is_archives else ():
            where = () if permit.when else _written(permit.on, fleet, account, found)
            writes.add(permit, where)
    reading = Grants()
    for permit in reads:
        reading.add(permit, (_template(permit.on, fleet),))
    statements = [
        *reading.statements("Read"),
        *_bounded(writes.statements("Write"), fleet.boundary(account)),
        *_narrowed(fleet, account, writes.narrowed),
        *_entered_from(fleet, command, account),
    ]
    return _document(statements)


def every_write() -> set[Permit]:
    """All that any call that changes something takes."""
    parts = all_parts()
    calls = {permit for part in parts for call in part.writes.values() for permit in call.permits}
    return calls | {permit for part in parts for permit in part.permits}


def written(kind: str, found: OfKind) -> set[Permit]:
    """What the writing calls of a kind of log take of what its routes lead to in an account."""
    source = sources()[kind]
    sought = {thing for thing, _ in found.things}
    permits = set(source.permits)
    for part in (source, *source.uses):
        is_sought = part in SHARED.values() and not sought.isdisjoint(part.things)
        for name, call in part.writes.items():
            if is_sought or name not in found.needless:
                permits.update(call.permits)
    return permits


def written_of_archive() -> set[Permit]:
    """What the archive takes of those calls in its own account."""
    calls = {permit for call in ARCHIVE.writes.values() for permit in call.permits}
    return calls | set(ARCHIVE.permits)


class Grants:
    """What is granted, by the kind of resource and by which of them, a statement for each."""

    def __init__(self) -> None:
        self.narrowed: set[Permit] = set()
        self._actions: dict[str, dict[tuple[Arn, ...], set[str]]] = {}
        self._passed: dict[str, dict[tuple[Arn, ...], set[str]]] = {}

    def add(self, permit: Permit, where: tuple[Arn, ...]) -> None:
        """Grant something on resources; on none, what is narrowed by what a request carries."""
        if permit.when:
            self.narrowed.add(permit)
        elif where and permit.passed_to:
            places = self._passed.setdefault(permit.on, {})
            places.setdefault(where, set()).add(permit.passed_to)
        elif where:
            self._actions.setdefault(permit.on, {}).setdefault(where, set()).add(permit.action)

    def statements(self, word: str) -> Iterator[Json]:
        """A statement for each kind of resource, and for each set of those."""
        for kind in RESOURCES:
            here = self._actions.get(kind, {})
            for where, actions in sorted(here.items()):
                name = f"{word}{sid(kind)}{_number(where, here)}"
                yield _statement(name, actions, [*where])
            passed = self._passed.get(kind, {})
            for where, services in sorted(passed.items()):
                if PASS_ROLE in here.get(where, ()):
                    continue
                to: Json = {"StringEquals": {"iam:PassedToService": sorted(services)}}
                name = f"Pass{sid(kind)}{_number(where, passed)}"
                yield {**_statement(name, {PASS_ROLE}, [*where]), "Condition": to}


def _bounded(statements: Iterable[Json], boundary: Arn) -> Iterator[Json]:
    """The same, with what gives a role rights granted for roles within the boundary alone."""
    for each in statements:
        actions = set(each["Action"])
        within = actions & set(WITHIN_BOUNDARY) if boundary else set[str]()
        if actions - within:
            yield {**each, "Action": sorted(actions - within)}
        if within:
            condition = {"StringEquals": {BOUNDARY_KEY: boundary}}
            name = f"{each['Sid']}Bounded"
            yield {**each, "Sid": name, "Action": sorted(within), "Condition": condition}


def _number(where: tuple[Arn, ...], among: Mapping[tuple[Arn, ...], object]) -> str:
    """What tells a statement's name from the others' of its kind; nothing for the first."""
    place = sorted(among).index(where)
    return str(place + 1) if place else ""


def _narrowed(fleet: Fleet, account: AccountId, permits: Iterable[Permit]) -> Iterator[Json]:
    """A statement for each permit that is narrowed by what its requests carry."""
    for permit in sorted((each for each in permits if each.when), key=lambda each: each.action):
        where = _in_account(_template(permit.on, fleet), account)
        name = f"Write{sid(permit.on)}{permit.action.partition(':')[2]}"
        values = {
            key: value.format(fleet=fleet.name, key=fleet.archive.key) for key, value in permit.when
        }
        condition: Json = {"StringEquals": values}
        yield {**_statement(name, {permit.action}, [where]), "Condition": condition}


def _template(kind: str, fleet: Fleet) -> Arn:
    """All resources of a kind."""
    prefix = fleet.archive.prefix
    return RESOURCES[kind].format(
        partition=fleet.partition,
        bucket=fleet.archive.bucket,
        prefix=f"{prefix}/" if prefix else "" if prefix == "" else "*",
        role=fleet.role,
    )


def _of(kind: str, found: AccountScope | OfKind) -> frozenset[Arn]:
    """What may be of a kind of resource: of one that kinds of log share, what is looked for so.

    A role by which a service delivers is one; a person's role that a route merely leads to is none.
    """
    if kind not in SHARED:
        return found.arns
    things = found.things if isinstance(found, OfKind) else ()
    return frozenset(arn for thing, arn in things if thing in SHARED[kind].things)


def _written(
    kind: str, fleet: Fleet, account: AccountId, found: AccountScope | OfKind
) -> tuple[Arn, ...]:
    """The resources of a kind that are written to in an account; all, where AWS names them."""
    whole = _in_account(_template(kind, fleet), account)
    if whole == "*":
        return (whole,)
    if kind == "alias" and fleet.archive.key.startswith("alias/"):
        return (f"arn:{fleet.partition}:kms:{fleet.archive_region}:{account}:{fleet.archive.key}",)
    is_bucket = whole.endswith(":s3:::*")  # and what lies in one is none
    like = (arn for arn in _of(kind, found) if fnmatch.fnmatch(arn, whole))
    known = sorted(
        arn for arn in like if not (is_bucket and "/" in arn) and ":log-stream:" not in arn
    )
    if known and not any("{made:" in arn for arn in known):  # AWS has yet to name it
        return tuple(each for arn in known for each in _with_parts(arn))
    return () if NAMED_ONLY in whole else (whole,)


def _with_parts(arn: Arn) -> tuple[Arn, ...]:
    """A resource, and for a group of logs the streams in it."""
    return (arn, f"{arn}:*") if ":log-group:" in arn and not arn.endswith(":*") else (arn,)


def _in_account(template: str, account: AccountId) -> Arn:
    """A pattern narrowed to one account, where its ARN has one."""
    parts = template.split(":", 5)
    if len(parts) == 6 and parts[4] == "*":
        parts[4] = account
    return ":".join(parts)


def _statement(sid: str, actions: Iterable[str], resources: list[Arn]) -> Json:
    one = resources[0] if len(resources) == 1 else resources
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": one}


def _document(statements: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": statements}
