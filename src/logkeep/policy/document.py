"""Policy documents: a compiled policy, or every mistake that AWS refuses it for.

IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from logkeep.policy.caller import Caller, read_caller
from logkeep.policy.facts import Facts
from logkeep.policy.json_text import read_json
from logkeep.policy.layer_answer import NO, Claim, LayerAnswer
from logkeep.policy.principals import NOBODY, Named
from logkeep.policy.reading import Mistakes, as_object, one_of, read_statements, shown_value
from logkeep.policy.statement import Statement
from logkeep.policy.truth import Truth, every
from logkeep.policy.values import JsonObject, Kind, Malformed

_ELEMENTS: Final = ("Version", "Id", "Statement")
_VERSIONS: Final = ("2012-10-17", "2008-10-17")
_REMEMBERED: Final = 4096
"""How many action and caller pairs a policy keeps its selection for."""


class Selected(NamedTuple):
    """A statement whose action matches, and how it names the caller."""

    holds: Callable[[Facts], Truth]
    named: Named
    statement: Statement
    grants: LayerAnswer
    """What the policy says where this Allow speaks directly and nothing denies."""


class Selection(NamedTuple):
    """What of a policy can speak about an action and caller."""

    denies: tuple[Selected, ...]
    allows: tuple[Selected, ...]


class Policy:
    """A compiled policy; it never changes, but remembers what it selected before."""

    __slots__ = ("document", "kind", "name", "selections", "statements")

    def __init__(
        self, name: str, kind: Kind, document: JsonObject, statements: tuple[Statement, ...]
    ) -> None:
        self.name = name
        self.kind: Kind = kind
        self.document = document
        self.statements = statements
        self.selections: dict[tuple[str, str], Selection] = {}
        """What was selected before, by action and principal."""

    def __repr__(self) -> str:
        return f"Policy({self.name!r}, {len(self.statements)} statements)"

    def select(self, action: str, principal: str) -> Selection:
        """Return the statements that can speak about a lower-case action of a principal."""
        caller = read_caller(principal)
        speaking = (s for s in self.statements if s.accepts_action(action))
        found = [each for statement in speaking for each in _selected(statement, caller)]
        selection = Selection(
            tuple(each for each in found if not each.statement.allows),
            tuple(each for each in found if each.statement.allows),
        )
        if len(self.selections) >= _REMEMBERED:
            self.selections.clear()
        self.selections[action, principal] = selection
        return selection


def _selected(statement: Statement, caller: Caller) -> Iterator[Selected]:
    """Yield a statement if it names the caller, and again if it may by an identity provider."""
    principals = statement.principals
    named = principals.named(caller) if principals else Named(direct=True)
    yes = Claim(truth=True, by=statement)
    grants = LayerAnswer(NO, yes, yes, NO)
    if named != NOBODY:
        yield Selected(statement.holds, named, statement, grants)
    if principals and not principals.everyone and principals.may_be_of_provider(caller):
        holds = _of_provider(statement, principals.federated)
        yield Selected(holds, Named(direct=frozenset((PROVIDER,))), statement, grants)


PROVIDER: Final = "whether naming an identity provider names the sessions of its users"
"""IAM User Guide, "Principal", says so of trust policies, of others not outright."""
SAML_PROVIDER: Final = "the SAML provider of the session"
"""No context key tells its ARN: aws:FederatedProvider is of OpenID Connect alone."""


def _of_provider(statement: Statement, providers: frozenset[str]) -> Callable[[Facts], Truth]:
    """Return the test of a statement for a session that one of the providers let in."""
    may_be_saml = any(":saml-provider/" in name for name in providers)

    def holds(facts: Facts) -> Truth:
        got = facts.look("aws:federatedprovider")
        if got is None:
            comes: Truth = frozenset((SAML_PROVIDER,)) if may_be_saml else False
        else:
            comes = got if isinstance(got, frozenset) else got in providers
        return every((comes, statement.holds(facts)))

    return holds


def read_policy(
    document: object, kind: Kind = "resource", name: str = "", *, held: bool = False
) -> Policy | Malformed:
    """Return a policy from JSON text or parsed JSON, or all that is wrong with it.

    One that AWS holds is valid for AWS: only what is no policy at all is then malformed.
    """
    mistakes = Mistakes()
    content = as_object(_parse(document, mistakes))
    if content is None:
        if not mistakes.found:
            mistakes.add("policy", "is not a JSON object")
        return Malformed(tuple(mistakes.found))
    head = Mistakes()
    version = _read_head(content, head)
    if not held:
        mistakes.found += head.found
    variables = version == _VERSIONS[0]
    statements = read_statements(
        content.get("Statement"), kind, name, variables=variables, mistakes=mistakes, held=held
    )
    if mistakes.found:
        return Malformed(tuple(mistakes.found))
    return Policy(name, kind, content, tuple(statements))


def _parse(document: object, mistakes: Mistakes) -> object:
    if not isinstance(document, (str, bytes)):
        return document
    try:
        return read_json(document, lambda pairs: _no_repeats(pairs, mistakes))
    except (ValueError, RecursionError) as error:
        mistakes.add("policy", f"is not JSON: {error}")
        return None


def _no_repeats(pairs: list[tuple[str, Any]], mistakes: Mistakes) -> JsonObject:
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            mistakes.add("policy", f"`{key}` stands twice in one object")
        found[key] = value
    return found


def _read_head(content: JsonObject, mistakes: Mistakes) -> str:
    """Return the version; without one AWS reads 2008-10-17, which knows no variables."""
    for element in content:
        if element not in _ELEMENTS:
            mistakes.add("policy", f"unknown element `{element}`{one_of(element, _ELEMENTS)}")
    version = content.get("Version", _VERSIONS[1])
    if version not in _VERSIONS:
        mistakes.add(
            "Version", f"is {shown_value(version)}; AWS knows `2012-10-17` and `2008-10-17`"
        )
    if not isinstance(content.get("Id", ""), str):
        mistakes.add("Id", "is not a string")
    return version if isinstance(version, str) else ""
