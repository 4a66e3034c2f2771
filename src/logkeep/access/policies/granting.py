"""Which calls make a policy let through all that is asked of it, every foreign statement kept?

Each call adds or widens statements of ours. None is made that changes nothing: what is refused
all the same is somebody else's to allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from logkeep.access.policies.carriers import NOTHING, Texts
from logkeep.access.policies.compose import (
    Composed,
    Form,
    TooLong,
    compose,
    denial,
    grant_sids,
    sids_of,
    without_ours,
)
from logkeep.access.policies.distinguish import are_distinguished
from logkeep.access.policies.speaking import (
    Holder,
    asked_of,
    closed_by,
    compiled,
    layers_for,
    put,
    texts,
    with_resource,
    written_at,
)
from logkeep.policy import Policy, decide
from logkeep.policy.resource_kinds import ROLE
from logkeep.policy.write import document_of, statements
from logkeep.route import Allows, Denies, Grant
from logkeep.snapshot.facts import Facts, remembered
from logkeep.snapshot.setting import Write
from logkeep.value import Absent, Seen


class Granted(msgspec.Struct, frozen=True):
    """The calls that say in a policy all that is asked of it; none where it says it already."""

    writes: tuple[Write, ...]
    form: Form = "exact"


class NotOurs(msgspec.Struct, frozen=True):
    """The policy is not the fleet's to change."""


class TooMany(msgspec.Struct, frozen=True):
    """There is no room for one document more."""

    limit: int


BUT_SOME = frozenset({"settings-open", "key-endable"})
"""What has to stay possible to somebody: a Deny of it that names nobody is never written."""
Answer = Granted | NotOurs | TooLong | TooMany


def place_of(facts: Facts, need: Allows | Denies) -> Holder | None:
    """Where a statement of ours would meet a need; None where none can, or may be ours."""
    if isinstance(need, Allows):
        holder = asked_of(facts, need) if need.grant else None
    else:
        holder = closed_by(facts, need) if is_closable(need) else None
    return written_at(holder) if holder else None


def is_closable(need: Denies) -> bool:
    """Whether we may write this Deny: never one that would lock everybody out (rule 2.3.5)."""
    return bool(need.closes) and (need.code not in BUT_SOME or bool(need.but))


@remembered
def is_ours_to_write(facts: Facts, at: Holder) -> bool:
    """Whether the fleet may change a policy at all."""
    return put(facts, at, "") is not None


def granted(facts: Facts, at: Holder, needs: Sequence[Allows | Denies]) -> Answer:
    """The calls by which one policy answers every grant and denial that is asked of it."""
    before = _before(facts, at)
    if before is None or not is_ours_to_write(facts, at):
        return NotOurs()
    asked = [n.grant for n in needs if isinstance(n, Allows) and n.grant]
    met = _Foreign(facts, sids_of(asked))
    wanted = [n.grant for n in needs if isinstance(n, Allows) and n.grant and not met.lets(n)]
    closing = {s["Sid"]: s for s in (denial(n) for n in needs if isinstance(n, Denies))}
    writes: list[Write] = []
    forms: set[Form] = set()
    placed = _by_document(at, wanted, before)
    if placed is None:
        return TooMany(at.kind.several)
    for name, grants in placed.items():
        text = before.get(name)
        made = compose(text, grants, closing.values(), at.kind.limit, at.kind.language)
        if not isinstance(made, Composed):
            return made
        forms.add(made.form)
        if document_of(made.text) != document_of(text):
            write = put(facts, at, made.text, name)
            writes += [write] if write else []
    return Granted(tuple(writes), "short" if "short" in forms else "exact")


def _before(facts: Facts, at: Holder) -> Texts | None:
    """What is there; None where it could not be read, or what would carry it is not there."""
    look = texts(facts, at)
    if isinstance(look, Seen):
        readable = isinstance(compiled(facts, at, look.value), Policy | None)
        return look.value if readable else None
    return NOTHING if isinstance(look, Absent) and not at.kind.missing else None


OURS: Final = "Logkeep"
"""How the names of our documents and the Sids of our statements begin."""


def _by_document(at: Holder, grants: list[Grant], before: Texts) -> dict[str, list[Grant]] | None:
    """The grants of each document: all in the one there is, else one document a Sid.

    Where there is room for no document more, statements of ours join the shortest of our others;
    None where there is none.
    """
    unique = dict.fromkeys(grants)
    if not at.kind.several:
        return {"": list(unique)}
    said = {name: _sids(text) for name, text in before.items() if name.startswith(OURS)}
    named: dict[str, str] = {}
    first = {grant.sid: grant for grant in reversed(unique)}
    for sid, grant in first.items():
        exact = [name for name, sids in said.items() if sid in sids]
        exact += [sid] if sid in before else []
        short = [name for name, sids in said.items() if sids & grant_sids(grant)]
        if exact or short:
            named[sid] = [*exact, *short][0]
    for sid in sorted(first.keys() - named.keys()):
        there = {*before, *named.values()}
        ours = [name for name in there if name.startswith(OURS)]
        full = len(there) >= at.kind.several
        if full and not ours:
            return None
        shortest = min(ours, key=lambda name: (len(before.get(name, "")), name), default=sid)
        named[sid] = shortest if full else sid
    found: dict[str, list[Grant]] = {}
    for grant in unique:
        found.setdefault(named[grant.sid], []).append(grant)
    return found


def _sids(text: str) -> frozenset[str]:
    return frozenset(str(each.get("Sid", "")) for each in statements(document_of(text)))


class _Foreign:
    """What the statements that are not ours let through by themselves."""

    def __init__(self, facts: Facts, sids: frozenset[str]) -> None:
        self._facts = facts
        self._sids = sids
        self._known: dict[Holder, Policy | None] = {}
        self._decided: dict[tuple[str, ...], bool] = {}

    def lets(self, need: Allows) -> bool:
        """Whether a request passes without ours; asked once for all that none tells apart."""
        if not need.same_for or are_distinguished(self._facts, need):
            return self._lets(need)
        if need.same_for not in self._decided:
            self._decided[need.same_for] = self._lets(need)
        return self._decided[need.same_for]

    def _lets(self, need: Allows) -> bool:
        holder, layers = asked_of(self._facts, need), layers_for(self._facts, need.request)
        if holder is None:
            return False
        if holder.kind is ROLE:
            listed = layers.identity if isinstance(layers.identity, tuple) else ()
            kept = tuple(policy for policy in listed if policy.name not in self._sids)
            layers = msgspec.structs.replace(layers, identity=kept)
        else:
            layers = with_resource(layers, self._without_ours(holder))
        return decide(need.request, layers).outcome == "Allowed"

    def _without_ours(self, holder: Holder) -> Policy | None:
        if holder not in self._known:
            look = texts(self._facts, holder)
            found = look.value if isinstance(look, Seen) else NOTHING
            kept = {name: without_ours(text, self._sids) for name, text in found.items()}
            left = {name: text for name, text in kept.items() if text is not None}
            read = compiled(self._facts, holder, left)
            self._known[holder] = read if isinstance(read, Policy) else None
        return self._known[holder]


def first_text(grants: Iterable[Grant], holder: Holder) -> str:
    """The text of a policy that grants just this, for what is yet to be made."""
    made = compose(None, list(grants), (), holder.kind.limit, holder.kind.language)
    assert isinstance(made, Composed)
    return made.text
