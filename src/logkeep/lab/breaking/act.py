"""Break it and mend it: the one place where breaking happens, by calls or from underneath."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import botocore
import msgspec
from botocore.exceptions import ClientError

from logkeep.access import key
from logkeep.aws.disk import FileMissing, read_bytes, write_whole
from logkeep.aws.writes import WRITES
from logkeep.lab.breaking.calls import Breakage, CannotBreak, fault_of
from logkeep.lab.breaking.gathered import breaking_of, breaks
from logkeep.lab.statefile import NoLab, Running
from logkeep.snapshot.change import fill
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources import sources
from logkeep.sources.routes import all_routes
from logkeep.value import UNREADABLE, AccountId, Region

Client: TypeAlias = Callable[[AccountId, str, Region], Any]
"""Gives an SDK's client of an account's administrator for a service in a Region."""

MIB_MAX = 16
THERE_ALREADY = frozenset({"BucketAlreadyOwnedByYou"})


class Broken(msgspec.Struct, frozen=True):
    """Something that was broken, and the calls that would undo it."""

    code: str
    account: AccountId
    says: str
    undo: tuple[Write, ...] = ()
    whole: bool = True
    """Whether they put everything back."""


def usual_account(facts: Facts, code: str) -> AccountId:
    """The last account whose logs a code is about; the last of all where it is about no kind's."""
    kinds = {name for name, source in sources().items() if code in source.wording.words}
    having = {route.account for route in all_routes(facts) if route.source in kinds}
    every = list(facts.fleet.accounts.values())
    return next((each for each in reversed(every) if each in having), every[-1])


def spoil(running: Running, facts: Facts, code: str, account: AccountId, client: Client) -> Broken:
    """Bring a code about for an account; raises CannotBreak."""
    breaking_of(code).check(facts, breaks()[code])
    if breaks()[code].way == "calls":
        found = breakage(facts, code, account)
        make_calls(found.writes, client)
        return Broken(code, account, found.says, found.undo, found.whole)
    return _from_underneath(running, facts, code, account)


def breakage(facts: Facts, code: str, account: AccountId) -> Breakage:
    """How calls bring a code about for an account; raises CannotBreak where they cannot."""
    own = breaking_of(code).by_calls.get(code)
    return own(facts, account) if own else fault_of(facts, code, account)


def _from_underneath(running: Running, facts: Facts, code: str, account: AccountId) -> Broken:
    asked = {
        "code": code,
        "account": account,
        "bucket": facts.fleet.archive.bucket,
        "key": facts.fleet.archive.key,
        "key_account": key.account(facts),
        "region": facts.fleet.archive_region,
    }
    try:
        return Broken(code, account, str(running.ask("break", asked)["says"]))
    except NoLab as error:
        raise CannotBreak(str(error)) from error


def mend(running: Running, broken: Broken, client: Client) -> bool:
    """Undo what was broken; false where a plan has to mend it, or the rest of it."""
    if breaks()[broken.code].way == "underneath":
        return bool(running.ask("mend", {})["mended"])
    make_calls(broken.undo, client)
    return broken.whole


def make_calls(writes: Iterable[Write], client: Client) -> None:
    """Make calls in their order; one may name a value that an earlier one was assigned."""
    values: dict[str, str] = {}
    for write in writes:
        service, _, operation = write.call.partition(":")
        method = botocore.xform_name(operation)  # pyright: ignore[reportUnknownMemberType] no types
        call = getattr(client(write.account, service, write.region), method)
        answer = _called(call, fill(write.arguments, values))
        if write.makes:
            for field in WRITES[write.call].assigns:
                answer = answer[field]
            values[write.makes] = str(answer)


def _called(call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in THERE_ALREADY:
            return {}
        raise CannotBreak(f"AWS refuses: {error}") from error


def remembered(path: Path) -> list[Broken]:
    """What was broken and not mended yet, the last one at the end."""
    try:
        return msgspec.json.decode(read_bytes(path, MIB_MAX), type=list[Broken])
    except FileMissing:
        return []
    except UNREADABLE as error:
        raise CannotBreak(f"{path}: {error}; remove it, and what was broken stays so") from error


def remember(path: Path, broken: list[Broken]) -> None:
    """Keep what was broken, for `logkeep lab mend`."""
    write_whole(path, msgspec.json.encode(broken))
