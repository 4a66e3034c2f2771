"""Is a bucket's policy public, and what does Block Public Access then refuse?

S3 User Guide, "Blocking public access to your Amazon S3 storage", its "The meaning of public"
(rule 2.1.5): a policy is public until it shows that it grants to fixed values only.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import msgspec

from logkeep.policy.conditions import OperatorName, read_operator
from logkeep.policy.document import Policy
from logkeep.policy.facts import Facts
from logkeep.policy.relation import OWNER, owner_of
from logkeep.policy.statement import Element, Statement
from logkeep.policy.truth import Truth, either, every
from logkeep.policy.values import Malformed, Unread

Of: TypeAlias = Literal["bucket", "access point"]


class PublicAccess(msgspec.Struct, frozen=True):
    """The two settings of Block Public Access that bear on requests."""

    restrict: Truth = False
    """RestrictPublicBuckets."""
    ignore_acls: Truth = False
    """IgnorePublicAcls."""


def most_restrictive(*settings: PublicAccess | Unread) -> PublicAccess:
    """Return what the settings of organization, account, bucket and access point come to.

    A setting that is on at one level is on, whatever another says that could not be read.
    """
    known = [_as_settings(each) for each in settings]
    return PublicAccess(
        either(each.restrict for each in known), either(each.ignore_acls for each in known)
    )


def _as_settings(public: PublicAccess | Unread) -> PublicAccess:
    if isinstance(public, PublicAccess):
        return public
    doubt = frozenset((public.call,))
    return PublicAccess(doubt, doubt)


def restricts(
    public: PublicAccess | Unread | None,
    policy: Policy | Malformed | Unread | None,
    facts: Facts,
) -> Truth:
    """Return whether RestrictPublicBuckets refuses the caller, whatever the policies say.

    It leaves AWS services and the owner's own principals; a Malformed policy is no policy of AWS.
    """
    if public is None or not isinstance(policy, (Policy, Unread)):
        return False
    restricted = _as_settings(public).restrict
    open_: Truth = is_public(policy) if isinstance(policy, Policy) else frozenset((policy.call,))
    return every((restricted, _is_outside(facts), open_))


def _is_outside(facts: Facts) -> Truth:
    if facts.caller.kind == "service":
        return False
    if not facts.caller.is_customer:
        return True
    owner = owner_of(facts)
    return facts.caller.account != owner if owner else frozenset((OWNER,))


@lru_cache(maxsize=256)
def is_public(policy: Policy, of: Of = "bucket") -> Truth:
    """Return whether a policy of a bucket or access point is public: one statement suffices."""
    return either(_is_open(each, of) for each in policy.statements if each.allows)


def _is_open(statement: Statement, of: Of) -> Truth:
    """Return whether an Allow is public: nobody fixed, and no condition with fixed values."""
    if _names_fixed(statement):
        return False
    return every(
        _is_loose(element, of) for element in statement.elements if element.name == "Condition"
    )


def _names_fixed(statement: Statement) -> bool:
    """Return whether only fixed principals are named; a federated one counts as public."""
    named = statement.principals
    if named is None or named.everyone or "*" in named.services:
        return False
    return not named.federated


_FIXING: Final = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid",
        "aws:principalservicename", "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner",
        "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)  # fmt: skip
"""The keys that the guide lists; the principal's it gives by the example aws:PrincipalOrgID."""
_EXACT: Final = frozenset(
    {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}
)


def _is_loose(element: Element, of: Of) -> Truth:
    """Return whether a condition leaves the statement public."""
    written, _, key = element.key.partition("/")
    name, key = read_operator(written), key.lower()
    is_fixing = key == "aws:sourceip" if name and name.base == "IpAddress" else key in _FIXING
    if name is None or not is_fixing or name.base not in (*_EXACT, "IpAddress"):
        return True
    loose = either(map(_test_of(key, of), element.wanted))
    return loose if loose is True else _by_operator(name, written, loose)


def _by_operator(name: OperatorName, written: str, loose: Truth) -> Truth:
    """ForAllValues also holds where the key is absent; of the rest the guide does not speak."""
    if name.quantifier == "ForAllValues":
        return True
    if name.if_exists or name.quantifier:
        return frozenset((f"how Block Public Access reads {written}",))
    return loose


def _test_of(key: str, of: Of) -> Callable[[str], Truth]:
    match key:
        case "aws:sourceip":
            return _is_broad
        case "aws:userid":
            return _is_loose_id
        case "s3:dataaccesspointarn" if of == "bucket":
            return _is_loose_access_point
        case _:
            return _is_wild


def _is_wild(value: str) -> bool:
    return any(mark in value for mark in ("*", "?", "${"))


def _is_loose_id(value: str) -> Truth:
    """The guide takes aws:userid only "outside the pattern AROLEID:*": a session by its name."""
    if _is_wild(value):
        return True
    is_session = value.startswith("ARO") and ":" in value
    return frozenset(("how Block Public Access reads aws:userid",)) if is_session else False


def _is_loose_access_point(value: str) -> bool:
    """In a bucket's policy the access point's name may be a wildcard, its account not."""
    parts = value.split(":", 5)
    return len(parts) != 6 or _is_wild(parts[4]) or not parts[4] or "${" in value


_PRIVATE: Final = tuple(
    ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_BROADEST: Final = {4: 8, 6: 32}


def _is_broad(value: str) -> bool:
    """Broader than /8 in IPv4 or /32 in IPv6 is public, the private ranges aside."""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return True
    if isinstance(network, ipaddress.IPv4Network) and any(map(network.subnet_of, _PRIVATE)):
        return False
    return network.prefixlen < _BROADEST[network.version]
