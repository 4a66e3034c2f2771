"""Reading statements out of a policy document, element by element, all mistakes at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, cast

from logkeep.policy.conditions import Check, compile_condition, read_operator
from logkeep.policy.facts import Facts
from logkeep.policy.operators import NULL, OPERATORS
from logkeep.policy.pattern import ANY_ONE, ANY_RUN
from logkeep.policy.principals import Principals
from logkeep.policy.statement import (
    Element,
    Got,
    Statement,
    action_element,
    glob_of_actions,
    principal_element,
    resource_element,
)
from logkeep.policy.values import ContextValue, JsonObject, Kind, StatementRef
from logkeep.policy.write import as_list

_ELEMENTS: Final = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
    "NotResource", "Condition",
)  # fmt: skip
_PRINCIPAL_TYPES: Final = ("AWS", "Service", "Federated", "CanonicalUser")
_ACTION: Final = re.compile(r"\*|(\*|[A-Za-z0-9-]+):[^\s:]+\Z")
_PRINCIPAL_ARN: Final = re.compile(r"arn:[\w-]+:(iam|sts)::\d{12}:[^*?]+\Z")
_UNIQUE_ID: Final = re.compile(r"A[A-Z0-9]{15,127}\Z")


class Rules(NamedTuple):
    """What AWS demands and refuses in a statement of a kind of policy."""

    principal: bool = False
    """It names whom it is about; other kinds are attached to them."""
    resource: bool = True
    not_principal: bool = False
    unique_sids: bool = False
    may_be_empty: bool = False


_ATTACHED: Final = Rules(unique_sids=True, may_be_empty=True)
RULES: Final[dict[Kind, Rules]] = {
    "identity": _ATTACHED,
    "boundary": _ATTACHED,
    "session": _ATTACHED,
    "scp": Rules(may_be_empty=True),
    "rcp": Rules(principal=True),
    "resource": Rules(principal=True, not_principal=True),
    "key": Rules(principal=True, not_principal=True),
    "endpoint": Rules(principal=True, not_principal=True),
    "trust": Rules(principal=True, resource=False),
}
"""IAM User Guide, "Principal", "NotPrincipal" and "Sid"; Organizations, "SCP/RCP syntax"."""


class Mistakes:
    """What AWS would refuse, each with its place."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, place: str, says: str) -> None:
        """Note a mistake at a place."""
        self.found.append(f"{place}: {says}")


def one_of(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` if a known word is near."""
    names = {name.lower(): name for name in known}
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    near = difflib.get_close_matches(word.lower()[:80], names, 1)
    return f"; did you mean `{names[near[0]]}`?" if near else ""


def as_object(value: object) -> JsonObject | None:
    """Return a JSON object, or None where it is none."""
    return cast("JsonObject", value) if isinstance(value, dict) else None


def shown_value(value: object) -> str:
    """Return a JSON value for a message: a text in backticks, anything else by its type."""
    return f"`{value[:80]}`" if isinstance(value, str) else f"a JSON {type(value).__name__}"


def read_statements(
    given: object,
    kind: Kind,
    policy: str,
    *,
    variables: bool,
    mistakes: Mistakes,
    held: bool = False,
) -> list[Statement]:
    """Return the statements of a document's `Statement`, a single one or a list.

    What AWS holds it has accepted: there a statement that is not understood is in doubt, an
    action that no request can have matches nothing, and the other statements count.
    """
    listed = as_list(given)
    if given is None or (not listed and not RULES[kind].may_be_empty):
        mistakes.add("Statement", "is missing or empty")
        return []
    read: list[Statement] = []
    for index, one in enumerate(listed):
        place = f"Statement[{index}]"
        content = as_object(one)
        if content is None:
            mistakes.add(place, "is not an object")
            continue
        sid = content.get("Sid", "")
        ref = StatementRef(policy, index, sid if isinstance(sid, str) else "")
        read += _Reader(content, kind, place, variables, mistakes, held=held).statement(ref)
    if RULES[kind].unique_sids and not held:
        _no_repeated_sids(read, mistakes)
    return read


def _no_repeated_sids(statements: Sequence[Statement], mistakes: Mistakes) -> None:
    seen: set[str] = set()
    for statement in statements:
        if statement.ref.sid and statement.ref.sid in seen:
            place = f"Statement[{statement.ref.index}].Sid"
            mistakes.add(place, f"`{statement.ref.sid}` stands twice")
        seen.add(statement.ref.sid)


class _Reader:
    """Reads one statement; what is wrong goes to the mistakes."""

    def __init__(
        self,
        given: JsonObject,
        kind: Kind,
        place: str,
        variables: bool,
        mistakes: Mistakes,
        *,
        held: bool,
    ) -> None:
        self.given = given
        self.held = held
        self.kind: Kind = kind
        self.place = place
        self.variables = variables
        self.mistakes = mistakes

    def wrong(self, element: str, says: str) -> None:
        self.mistakes.add(f"{self.place}.{element}" if element else self.place, says)

    def statement(self, ref: StatementRef) -> list[Statement]:
        """Return the statement alone in a list, or nothing where it is wrong."""
        before = len(self.mistakes.found)
        self._names()
        effect = self.given.get("Effect")
        if effect not in ("Allow", "Deny"):
            self.wrong("Effect", f"must be `Allow` or `Deny`, not {shown_value(effect)}")
        principals, elements = self._principal()
        actions = self._actions()
        elements += [*actions, *self._resources(), *self._conditions()]
        self._kind_rules()
        if wrong := self.mistakes.found[before:]:
            del self.mistakes.found[before if self.held else len(self.mistakes.found) :]
            return [_doubtful(ref, wrong[0], allows=effect == "Allow")] if self.held else []
        accepts = glob_of_actions(actions[0].wanted, negated=actions[0].name == "NotAction")
        return [
            Statement(
                ref,
                allows=effect == "Allow",
                accepts_action=accepts,
                principals=principals,
                elements=elements,
            )
        ]

    def _names(self) -> None:
        for element in self.given:
            if element not in _ELEMENTS:
                self.wrong("", f"unknown element `{element}`{one_of(element, _ELEMENTS)}")
        if not isinstance(self.given.get("Sid", ""), str):
            self.wrong("Sid", "is not a string")

    def _either(self, name: str) -> str | None:
        """Return which of an element and its Not-form stands, one and not both."""
        present = [form for form in (name, f"Not{name}") if form in self.given]
        if len(present) == 2:
            self.wrong("", f"has both {name} and Not{name}")
        return present[0] if len(present) == 1 else None

    def _texts(self, place: str, value: object, *, empty: bool = False) -> list[str]:
        """Return a string or list of strings; booleans and numbers only make sense as text."""
        listed = as_list(value)
        if not listed and not empty:
            self.wrong(place, "is empty")
        texts: list[str] = []
        for one in listed:
            if not isinstance(one, str):
                self.wrong(place, "must be a string or a list of strings")
                return []
            if ANY_RUN in one or ANY_ONE in one:
                self.wrong(place, "holds characters that AWS refuses")
            texts.append(one)
        return texts

    def _principal(self) -> tuple[Principals | None, list[Element]]:
        form, rules = self._either("Principal"), RULES[self.kind]
        if not rules.principal:
            for name in ("Principal", "NotPrincipal"):
                if name in self.given:
                    self.wrong(name, f"has no place in a policy of kind {self.kind}")
            return None, []
        if form is None:
            if "Principal" not in self.given:
                self.wrong("", "has no Principal")
            return None, []
        values = self._principal_values(form)
        principals = Principals(values)
        wanted = [value for named in values.values() for value in named]
        element = principal_element(principals, wanted, negated=form == "NotPrincipal")
        return (None if form == "NotPrincipal" else principals), [element]

    def _principal_values(self, form: str) -> dict[str, tuple[str, ...]]:
        given = self.given[form]
        if given == "*":
            return {"AWS": ("*",)}
        named = as_object(given)
        if not named:
            self.wrong(form, 'must be `*` or an object such as {"AWS": …}')
            return {}
        values: dict[str, tuple[str, ...]] = {}
        for kind, listed in named.items():
            place = f"{form}.{kind}"
            if kind not in _PRINCIPAL_TYPES:
                self.wrong(place, f"unknown principal type{one_of(kind, _PRINCIPAL_TYPES)}")
            values[kind] = tuple(self._texts(place, listed))
            if kind == "AWS":
                self._check_aws(place, values[kind])
        return values

    def _check_aws(self, place: str, names: Iterable[str]) -> None:
        """Refuse what names no principal: a wildcard stands alone (IAM, "Principal")."""
        for name in names:
            is_account = len(name) == 12 and name.isdigit()
            known = name == "*" or is_account or _PRINCIPAL_ARN.match(name)
            if not known and not _UNIQUE_ID.match(name):
                self.wrong(place, f"invalid principal `{name}`")

    def _actions(self) -> list[Element]:
        form = self._either("Action")
        if form is None:
            if "Action" not in self.given:
                self.wrong("", "has no Action")
            return []
        actions = self._texts(form, self.given[form])
        for action in actions:
            if not _ACTION.match(action):
                if self.held:  # no request has such an action, so it matches none
                    continue
                self.wrong(form, f"`{action}` is no action; one begins with its service: `s3:…`")
            elif self.kind == "trust" and not action.lower().startswith("sts:"):
                self.wrong(form, f"`{action}` is not an action of sts, as a trust policy needs")
        return [action_element(actions, negated=form == "NotAction")]

    def _resources(self) -> list[Element]:
        form = self._either("Resource")
        if not RULES[self.kind].resource:
            for name in ("Resource", "NotResource"):
                if name in self.given:
                    self.wrong(name, f"has no place in a policy of kind {self.kind}")
            return []
        if form is None:
            if "Resource" not in self.given:
                self.wrong("", "has no Resource")
            return []
        values = self._texts(form, self.given[form])
        for value in values:
            if not value.startswith(("arn:", "*", "?", "${")):
                self.wrong(form, f"`{value}` is neither an ARN nor `*`")
            elif self.held and value[0] in "*?" and value.strip("*"):
                self.wrong(form, f"`{value}`, which is neither an ARN nor `*`")
        return [resource_element(values, negated=form == "NotResource", variables=self.variables)]

    def _conditions(self) -> list[Element]:
        blocks = as_object(self.given.get("Condition", {}))
        if blocks is None:
            self.wrong("Condition", "is not an object")
            return []
        elements: list[Element] = []
        for operator, block in blocks.items():
            elements += self._condition_block(operator, block)
        return elements

    def _condition_block(self, operator: str, block: object) -> list[Element]:
        place = f"Condition.{operator}"
        name = read_operator(operator)
        if name is None:
            self.wrong(place, f"unknown operator{_near_operator(operator)}")
            return []
        keys = as_object(block)
        if keys is None:
            self.wrong(place, "is not an object of keys and values")
            return []
        elements: list[Element] = []
        named = Counter(key.lower() for key in keys)
        for key, listed in keys.items():
            if ":" not in key:
                self.wrong(place, f"`{key}` is no condition key; one begins with its service")
            texts = self._values(f"{place}.{key}", listed)
            check = compile_condition(name, key, texts, variables=self.variables)
            lowered = key.lower()
            if named[lowered] > 1:
                check = _stands_twice(key)
            elements.append(
                Element("Condition", f"{operator}/{key}", tuple(texts), check, _looks_up(lowered))
            )
        return elements

    def _values(self, place: str, listed: object) -> list[str]:
        """Return a condition's values; AWS takes booleans and numbers as their text."""
        texts = [_as_text(value) for value in as_list(listed)]
        return self._texts(place, texts, empty=True)

    def _kind_rules(self) -> None:
        allows = self.given.get("Effect") == "Allow"
        if "NotPrincipal" in self.given and RULES[self.kind].principal:
            if not RULES[self.kind].not_principal:
                self.wrong("NotPrincipal", f"has no place in a policy of kind {self.kind}")
            elif allows:
                self.wrong("NotPrincipal", "is not supported with Allow")
        if self.kind == "rcp":
            self._rcp_rules(allows=allows)

    def _rcp_rules(self, *, allows: bool) -> None:
        """Organizations, "RCP syntax": Deny only, of everyone, actions named; but AWS's own."""
        if self.given.get("Principal") not in ("*", {"AWS": "*"}, None):
            self.wrong("Principal", "must be `*` in an RCP")
        if "NotAction" in self.given:
            self.wrong("NotAction", "has no place in an RCP")
        is_full_access = self.given.get("Action") in ("*", ["*"]) and "Condition" not in self.given
        if allows and not is_full_access:
            self.wrong("Effect", "an RCP can only deny; RCPFullAWSAccess alone allows")


def _doubtful(ref: StatementRef, mistake: str, *, allows: bool) -> Statement:
    """Return a statement of which nobody here knows what AWS makes of it."""
    doubt = frozenset((f"what AWS makes of {mistake}",))

    def unsure(_facts: Facts) -> frozenset[str]:
        return doubt

    def any_action(_action: str) -> bool:
        return True

    element = Element("Statement", "", (), unsure, unsure)
    return Statement(
        ref, allows=allows, accepts_action=any_action, principals=None, elements=[element]
    )


def _stands_twice(key: str) -> Check:
    """Return the doubt about a key that stands twice in a block, in other letters."""
    doubt = frozenset((f"how AWS reads `{key[:80]}` twice in one block",))
    return lambda _facts: doubt


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


def _near_operator(operator: str) -> str:
    _, prefix, base = ("", "", operator)
    for known in ("ForAllValues:", "ForAnyValue:"):
        if operator.startswith(known):
            prefix, base = known, operator.removeprefix(known)
    suffixed = [f"{name}{suffix}" for name in OPERATORS for suffix in ("", "IfExists")]
    return one_of(operator, [f"{prefix}{name}" for name in (*suffixed, NULL)]) if base else ""


def _looks_up(key: str) -> Got:
    def got(facts: Facts) -> ContextValue | frozenset[str] | None:
        return facts.look(key)

    return got
