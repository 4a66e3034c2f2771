"""The small changes by which a policy would let one request in: an element, or a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast

import msgspec

from logkeep.access import people
from logkeep.policy import Policy, Request, write
from logkeep.policy.facts import Facts as RequestFacts
from logkeep.policy.statement import Element, Statement
from logkeep.policy.write import listed, statements, with_statements
from logkeep.snapshot.facts import Facts
from logkeep.value import Json, account_of

Written = dict[str, Json]


class Edit(msgspec.Struct, frozen=True):
    """One statement changed in one element, or one statement more."""

    index: int
    """The statement's place in the policy."""
    sid: str
    element: str
    """The element that takes one value more: `Principal`, `Condition`…; empty for a statement."""
    key: str
    """For a condition `Operator/key`."""
    value: str
    """What the element takes more."""
    before: Written | None
    """None where the statement is new."""
    after: Written
    document: Written
    """The whole policy after it."""


def edits(facts: Facts, asked: Request, policy: Policy | None) -> Iterator[Edit]:
    """Every change worth trying: an Allow that fails in one element widened, then a new one."""
    document: Written = policy.document if policy else write.document()
    known = RequestFacts(asked)
    for statement in policy.statements if policy else ():
        failing = [e for e in statement.elements if e.check(known) is False]
        if statement.allows and len(failing) == 1:
            yield from _widened(facts, asked, document, statement, failing[0])
    yield _added(facts, asked, document)


def _widened(
    facts: Facts, asked: Request, document: Written, statement: Statement, failing: Element
) -> Iterator[Edit]:
    """The statement with the request's own value in the one element that leaves it out."""
    index = statement.ref.index
    before = statements(document)[index]
    value = _value(facts, asked, failing)
    if value is None:
        return
    changed = _with_value(before, failing, asked, value)
    if changed is None:
        return
    body = statements(document)
    body[index] = changed
    yield Edit(
        index,
        statement.ref.sid,
        failing.name,
        failing.key,
        value,
        before,
        changed,
        with_statements(document, body),
    )


def _value(facts: Facts, asked: Request, element: Element) -> str | None:
    """What the request would have to be named by; None where no value more lets it in."""
    match element.name:
        case "Principal":
            return people.principal_of_session(facts, asked.principal)
        case "Action":
            return asked.action
        case "Resource":
            return plainly(asked.resource)
        case "Condition" if POSITIVE.fullmatch(element.key.partition("/")[0]):
            got = asked.context.get(element.key.partition("/")[2].lower())
            return got if isinstance(got, str) and not SPECIAL.search(got) else None
        case _:
            return None


POSITIVE: Final = re.compile(r"(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like))(IfExists)?")
"""The operators under which a value more only lets more in (IAM User Guide, "Condition")."""
SPECIAL: Final = re.compile(r"[*?$]")


def plainly(text: str) -> str:
    """A text in which nothing is a wildcard or variable (IAM User Guide, "Policy variables")."""
    return SPECIAL.sub(lambda found: "${" + found[0] + "}", text)


def _with_value(statement: Written, element: Element, asked: Request, value: str) -> Written | None:
    if element.name == "Principal":
        named: Json = statement.get("Principal")
        if not isinstance(named, dict):
            return None
        kind = "AWS" if asked.principal.startswith("arn:") else "Service"
        principals = cast(Written, named)
        return {**statement, "Principal": {**principals, kind: _more(principals.get(kind), value)}}
    if element.name == "Condition":
        operator, _, name = element.key.partition("/")
        condition = cast(dict[str, Written], statement["Condition"])
        if name not in condition.get(operator, {}):
            return None
        keys = {**condition[operator], name: _more(condition[operator][name], value)}
        return {**statement, "Condition": {**condition, operator: keys}}
    return {**statement, element.name: _more(statement.get(element.name), value)}


def _more(values: Json, value: str) -> Json:
    return [*listed(values), value] if values is not None else value


def _added(facts: Facts, asked: Request, document: Written) -> Edit:
    """A statement of its own, that says nothing but this request."""
    body = statements(document)
    who = people.principal_of_session(facts, asked.principal)
    condition = {
        _spelt(name): value
        for name, value in sorted(asked.context.items())
        if isinstance(value, str) and _narrows(name)
    }
    statement: Written = {
        "Sid": _free_sid(asked, who, body),
        "Effect": "Allow",
        "Principal": {"AWS" if who.startswith("arn:") else "Service": who},
        "Action": asked.action,
        "Resource": "*" if asked.action.startswith("kms:") else plainly(asked.resource),
        **({"Condition": {"StringEquals": condition}} if condition else {}),
    }
    whole = with_statements(document, [*body, statement])
    return Edit(len(body), statement["Sid"], "", "", "", None, statement, whole)


SPELLING: Final[Mapping[str, str]] = {
    "aws:sourcearn": "aws:SourceArn",
    "aws:sourceaccount": "aws:SourceAccount",
    "kms:viaservice": "kms:ViaService",
}
"""The keys that a statement of its own asks for, as AWS writes them."""
CONTEXT: Final = "kms:EncryptionContext:"
"""How the key of an encryption context begins, which a statement asks for too."""


def _narrows(name: str) -> bool:
    return name in SPELLING or name.startswith(CONTEXT.lower())


def _spelt(name: str) -> str:
    start = CONTEXT.lower()
    return CONTEXT + name.removeprefix(start) if name.startswith(start) else SPELLING[name]


def _free_sid(asked: Request, who: str, body: list[Written]) -> str:
    """A Sid that says what is allowed to whom, and that no statement bears yet."""
    name = who.rsplit("/", 1)[-1].split(".amazonaws")[0]
    name = f"root-of-{account_of(who)}" if who.endswith(":root") else name
    words = f"Allow-{asked.action.partition(':')[2]}-{name}"
    sid = "".join(w[:1].upper() + w[1:] for w in re.split(r"[^A-Za-z0-9]+", words))
    taken = {statement.get("Sid") for statement in body}
    return next(s for s in (sid, *(f"{sid}{n}" for n in range(2, 999))) if s not in taken)
