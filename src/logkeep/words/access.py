"""The words for requests that a policy refuses: which one, what was sent, and what failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from logkeep.policy.resource_kinds import BUCKET, KEY, ROLE, ResourceKind, kind_of
from logkeep.route import Allows, Denies
from logkeep.value import Json
from logkeep.words.plain import clean, few, joined, quoted, texts
from logkeep.words.told import Told, Words, template

SSE = "s3:x-amz-server-side-encryption"
LAYERS_MAX = 2
"""Of how many silent layers the nearest statement is told."""
COMMON_LAYERS = {
    "identity": "the principal's own policies",
    "boundary": "the principal's permissions boundary",
    "session": "the session's policy",
    "endpoint": "the VPC endpoint's policy",
    "grant": "a grant on the key",
    "key state": "the key's state",
    "acl": "the bucket's access control list",
    "object owner": "the object's owner",
    "public access": "Block Public Access",
}
LAYERS = {
    **COMMON_LAYERS,
    "rcp": "a resource control policy of the organization",
    "scp": "a service control policy of the organization",
}


def kind_asked(told: Told) -> ResourceKind:
    """Of which kind the resource is whose policy is asked."""
    match told.need:
        case Allows(policy_of=role) if role:
            return ROLE
        case Allows(request=asked):
            resource, action = asked.resource, asked.action
        case Denies(resource=resource, actions=actions):
            action = actions[0]
        case _:
            resource = str(told.evidence.get("resource") or told.arn)
            action = str(told.evidence.get("action", ""))
    return kind_of(resource, action) or (KEY if action.startswith("kms:") else BUCKET)


def layer_name(told: Told, layer: str) -> str:
    """Where a statement stands."""
    return LAYERS.get(layer, kind_asked(told).policy)


def need_line(told: Told) -> str:
    """The request that has to pass."""
    evidence = told.evidence
    if "action" not in evidence:
        return ""
    who, action = clean(evidence.get("principal", "")), clean(evidence["action"])
    return f"{who} may {action} on {folder(evidence.get('resource', ''))}"


def folder(resource: Json) -> str:
    """An object's ARN up to its day: the name behind it is only an example of what would come."""
    return re.sub(r"(/\d{4}/\d{2}/\d{2}/)\S+$", r"\1…", clean(resource))


def why(told: Told) -> str:
    """Which statement refuses, or which one is nearest to allowing and where it fails."""
    if told.evidence.get("outcome") == "ExplicitlyDenied":
        return _why_denied(told)
    nearest = cast("list[dict[str, Json]]", told.evidence.get("nearest") or [])
    action = clean(told.evidence.get("action", "it"))
    if not nearest:
        layer = layer_name(told, str(told.evidence.get("layer", "")))
        return f"no statement of {layer} allows {action}{_carried(told)}"
    silent = "; and ".join(_silence(told, near, action) for near in nearest[:LAYERS_MAX])
    return silent + _never(told)


def _never(told: Told) -> str:
    """What of the nearest statement can never match, and what may be meant."""
    found = cast("list[dict[str, Json]]", told.evidence.get("never") or [])
    if not found:
        return ""
    near = clean(found[0].get("near", ""))
    meant = f"; did you mean `{near}`?" if near else ""
    return f". It can never match: {clean(found[0].get('says', ''))}{meant}"


def _silence(told: Told, near: Mapping[str, Json], action: str) -> str:
    """Why a layer that had to speak said nothing."""
    layer = layer_name(told, str(near.get("layer", "")))
    statement = quoted(near.get("statement", ""))
    silent = f"no statement of {layer} allows {action}{_carried(told)}"
    return f"{silent}; nearest is {statement}, {_failed(near)}"


def _carried(told: Told) -> str:
    """What the request was for, if it is known."""
    sends = told.need.sends if isinstance(told.need, Allows) else ""
    return f" for {clean(sends)}" if sends else ""


def _failed(near: Mapping[str, Json]) -> str:
    """The one element of the nearest statement that failed: what it wants and what it got."""
    element = str(near.get("element", ""))
    wanted = few([f"`{clean(text)}`" for text in texts(near.get("wanted"))], 2, "more")
    got = near.get("got")
    sent = f"`{folder(', '.join(texts(got)))}`" if got is not None else "absent"
    if element == "Condition":
        operator, _, key = str(near.get("key", "")).partition("/")
        return f"which asks {clean(key)} ({clean(operator)}) to be {wanted}, and it is {sent}"
    verb = "leaves out" if element.startswith("Not") else "names"
    return f"whose {clean(element)} {verb} {wanted}, and the request's is {sent}"


def _why_denied(told: Told) -> str:
    layer = layer_name(told, str(told.evidence.get("layer", "")))
    statement = quoted(told.evidence.get("statement", ""))
    action = clean(told.evidence.get("action", "it"))
    return f"statement {statement} of {layer} denies {action}{_carried(told)}{sent(told)}"


def sent(told: Told) -> str:
    """What the request carries that policies ask about."""
    if not isinstance(told.need, Allows):
        return ""
    context = told.need.request.context
    header = context.get(SSE)
    return f", which is sent with `{SSE[3:]}: {clean(header)}`" if header else ""


def _forced_why(told: Told) -> str:
    statement = quoted(told.evidence.get("statement", ""))
    return f"statement {statement} {demand(told)}{sent(told)}"


def demand(told: Told) -> str:
    """What the denying statement asks of the header, as far as the evidence shows it."""
    condition = told.evidence.get("condition")
    if not isinstance(condition, dict):
        return "denies what comes with another encryption header"
    asked: list[str] = []
    for operator, keys in cast("dict[str, dict[str, Json]]", condition).items():
        for key, values in keys.items():
            if key.lower().startswith(SSE):
                wanted = few([f"`{clean(value)}`" for value in texts(values)])
                asked.append(f"{clean(key[3:])} ({clean(operator)}) {wanted}")
    return f"denies by {joined(asked)}"


def is_denied(told: Told) -> bool:
    """Whether a Deny stands in the way, which only its owner may take away."""
    return told.evidence.get("outcome") == "ExplicitlyDenied"


def owner_of_deny(told: Told) -> str:
    """Who has to change the statement that denies."""
    layer = str(told.evidence.get("layer", ""))
    if layer in ("rcp", "scp"):
        return "the organization's management account"
    if layer in ("identity", "boundary", "session"):
        return f"the owner of {clean(told.evidence.get('principal', 'the principal'))}"
    return f"the owner of the {kind_asked(told).word}"


def denied_fix(told: Told) -> str:
    """What `logkeep plan` adds where nothing allows; who has to act where somebody denies."""
    if not is_denied(told):
        return (
            f"`logkeep plan` adds what is missing to {kind_asked(told).policy}, and keeps "
            "every other statement"
        )
    return (
        f"not ours to change: ask {owner_of_deny(told)} to take "
        f"{quoted(told.evidence.get('statement', ''))} out, or to leave out "
        f"{clean(told.evidence.get('principal', ''))}"
    )


def forced_fix(told: Told) -> str:
    """Who has to leave the service out of the statement that asks for another header."""
    return (
        f"ask {owner_of_deny(told)} to leave {clean(told.evidence.get('principal', ''))} out of "
        f"{quoted(told.evidence.get('statement', ''))}"
    )


def _reader_fix(told: Told) -> str:
    layer = str(told.evidence.get("layer", ""))
    if is_denied(told):
        return denied_fix(told)
    if layer in ("identity", "boundary", "session", "scp"):
        owner = owner_of_deny(told)
        return f"ask {owner} to allow {clean(told.evidence.get('action', ''))} there"
    return denied_fix(told)


def _too_many_why(told: Told) -> str:
    who = few([quoted(name) for name in texts(told.evidence.get("who"))])
    return f"the key lets {who} decrypt what lies in the archive"


def _ways(told: Told) -> list[Mapping[str, Json]]:
    """What those named may do, each with the statement that lets them."""
    return cast("list[Mapping[str, Json]]", told.evidence.get("may") or [])


def _mixed_who(told: Told) -> str:
    return few([quoted(name) for name in texts(told.evidence.get("who"))])


def _writes_why(told: Told) -> str:
    """Which statement lets a reader do what."""
    by_place: dict[str, list[str]] = {}
    for way in _ways(told):
        by_place.setdefault(_place(way), []).append(clean(way.get("action", "")))
    said = [f"{few(actions)} by {place}" for place, actions in by_place.items()]
    return f"it may {'; and '.join(said)}" if said else "it may do more than read"


def _strangers_why(told: Told) -> str:
    where = joined(sorted({_place(way) for way in _ways(told)}))
    return f"{where} lets {_mixed_who(told)} write on behalf of any account"


def _strangers_fix(told: Told) -> str:
    where = joined(sorted({_place(way) for way in _ways(told)}))
    return (
        f"have the bucket's owner give {where} a condition on aws:SourceAccount or aws:SourceArn, "
        "or take it out: Logkeep's own statements name each account"
    )


def _place(way: Mapping[str, Json]) -> str:
    layer, statement = str(way.get("layer", "")), quoted(way.get("statement", ""))
    whose = "key" if str(way.get("action", "")).startswith("kms:") else "bucket"
    return f"{statement} of {LAYERS.get(layer, f'the {whose} policy')}"


def _writes_fix(told: Told) -> str:
    """Who has to take out what."""
    layers = {str(way.get("layer", "")) for way in _ways(told)}
    where = joined(sorted({_place(way) for way in _ways(told)})) or "the statement that allows it"
    if layers <= {"identity"}:
        return f"have the owner of {_mixed_who(told)} take these actions out of {where}"
    who = _mixed_who(told)
    return (
        f"take {who} out of {where}, or these actions out of its own policies where that delegates"
    )


def _reads_why(told: Told) -> str:
    who = _mixed_who(told)
    places = joined(sorted({_place(way) for way in _ways(told)}))
    return f"{who} may get logs and decrypt them, by {places}" if places else f"{who} may read logs"


WORDS: dict[str, Words] = {
    "bucket-refuses": Words(
        template("the archive's bucket refuses {sender} from {who}"), why, denied_fix
    ),
    "key-refuses": Words(
        template("the archive's key refuses {sender} from {who}"), why, denied_fix
    ),
    "bucket-denies": Words(
        template("a Deny keeps {sender} of {who} out of the archive's bucket"), why, denied_fix
    ),
    "key-denies": Words(
        template("a Deny keeps {sender} of {who} from the archive's key"), why, denied_fix
    ),
    "header-forced": Words(
        template("the archive's bucket demands a header that {sender} of {who} does not send"),
        _forced_why,
        forced_fix,
    ),
    "reader-missing": Words(
        template("the reader `{arn}` does not exist"),
        template("the account has no user or role of that name"),
        template("correct `[archive] readers` in logkeep.toml, or make the role"),
    ),
    "reader-cannot-read": Words(
        template("the reader `{arn}` cannot read the archive"), why, _reader_fix
    ),
    "reader-cannot-decrypt": Words(
        template("the reader `{arn}` cannot decrypt the archive's logs"), why, _reader_fix
    ),
    "readers-too-many": Words(
        template("others than the declared readers can decrypt logs"),
        _too_many_why,
        template(
            "name them under `[archive] readers` in logkeep.toml if they may, or have the "
            "key's owner take them out of its policy"
        ),
    ),
    "reader-can-write": Words(
        template("the reader `{arn}` can do more than read"), _writes_why, _writes_fix
    ),
    "archive-open-to-strangers": Words(
        template("a service writes into the archive for accounts that are not the fleet's"),
        _strangers_why,
        _strangers_fix,
    ),
    "writer-can-read": Words(
        template("a writer can read the archive's logs"),
        _reads_why,
        template(
            "take s3:GetObject out of what the bucket's policy allows whoever writes, or "
            "kms:Decrypt out of what the key's does"
        ),
    ),
}
