"""What may somebody do by its own side alone, where that side is not ours to look at?

A stranger's policies are the stranger's to change, so what nobody read of them lets it do
everything: only the policies of what is asked for keep it out.
"""

from __future__ import annotations

import itertools
from typing import Final

import msgspec

from logkeep.access import key
from logkeep.policy import Layers, Policy, Unread, read_policy
from logkeep.snapshot.facts import Facts, remembered
from logkeep.value import AccountId, Arn


def _everything() -> Policy:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = read_policy({"Version": "2012-10-17", "Statement": statement}, "identity", "its own")
    assert isinstance(policy, Policy)
    return policy


EVERYTHING: Final = _everything()
"""What somebody's policies say who has, or gives itself, every permission."""


def all_allowed(layers: Layers) -> Layers:
    """The layers of somebody whom its own account lets do everything."""
    return msgspec.structs.replace(layers, identity=(EVERYTHING,), boundary=None, scps=None)


def as_stranger(layers: Layers) -> Layers:
    """The layers of a stranger: what was read of its own side, and leave where nothing was."""
    identity, boundary, scps = layers.identity, layers.boundary, layers.scps
    return msgspec.structs.replace(
        layers,
        identity=(EVERYTHING,) if isinstance(identity, Unread) else identity,
        boundary=None if isinstance(boundary, Unread) else boundary,
        scps=None if isinstance(scps, Unread) else scps,
    )


def is_strangers(facts: Facts, account: AccountId) -> bool:
    """Whether an account is none of the fleet's, nor the archive's or its key's."""
    return account != "" and account not in _own(facts)


AT_A_TIME: Final = 1_000


def nobodys_account(facts: Facts) -> AccountId:
    """An account that neither the fleet nor any answer speaks of: it stands for all others.

    What a plan would write speaks of none but the fleet's and those spoken of before.
    """
    return _nobodys(facts.first)


@remembered
def _nobodys(facts: Facts) -> AccountId:
    known = facts.fleet.accounts.values()
    free = (f"{number:012d}" for number in range(999_999_999_999, 0, -1))
    return next(each for each in free if each not in known and not _is_spoken_of(facts, each))


def _is_spoken_of(facts: Facts, account: AccountId) -> bool:
    """Whether any answer speaks of an account; some at a time, for together they are large."""
    named = account.encode()
    replies = iter(facts.snapshot.answers.values())
    while some := [each.body for each in itertools.islice(replies, AT_A_TIME)]:
        if named in b" ".join(some):
            return True
    return False


def outsider(facts: Facts) -> Arn:
    """Stands for any principal of any other account: its own account allows it everything."""
    role = "role/anybody-with-every-permission"
    return f"arn:{facts.fleet.partition}:iam::{nobodys_account(facts)}:{role}"


@remembered
def _own(facts: Facts) -> frozenset[AccountId]:
    fleet = facts.fleet
    return frozenset({*fleet.accounts.values(), fleet.archive.account, key.account(facts)})
