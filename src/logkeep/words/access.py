"""The words for requests that a policy refuses: which one, what was sent, and what failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from logkeep.fleet import Fleet
from logkeep.policy.resource_kinds import BUCKET, KEY, ROLE, ResourceKind, kind_of
from logkeep.route import Allows, Denies
from logkeep.value import Json, account_of, arn_name
from logkeep.words.closest import is_negated, values_told, what_differs
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.plain import clean, few, joined, quoted, texts

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


def kind_asked(finding: Described) -> ResourceKind:
    """Of which kind the resource is whose policy is asked."""
    match finding.need:
        case Allows(policy_of=role) if role:
            return ROLE
        case Allows(request=asked):
            resource, action = asked.resource, asked.action
        case Denies(resource=resource, actions=actions):
            action = actions[0]
        case _:
            resource = str(finding.evidence.get("resource") or finding.arn)
            action = str(finding.evidence.get("action", ""))
    return kind_of(resource, action) or (KEY if action.startswith("kms:") else BUCKET)


def layer_name(finding: Described, layer: str) -> str:
    """Where a statement stands."""
    return LAYERS.get(layer, kind_asked(finding).policy)


def need_line(finding: Described) -> str:
    """The request that has to pass."""
    evidence = finding.evidence
    if "action" not in evidence:
        return ""
    who, action = clean(evidence.get("principal", "")), clean(evidence["action"])
    return f"{who} may {action} on {folder(evidence.get('resource', ''))}"


def folder(resource: Json) -> str:
    """An object's ARN up to its day: the name behind it is only an example of what would come."""
    text = clean(resource)
    day = re.search(r"/\d{4}/\d{2}/\d{2}/(?=\S)", text)
    return f"{text[: day.end()]}…" if day and " " not in text[day.end() :] else text


def why(finding: Described) -> str:
    """Which statement refuses, or which one is nearest to allowing and where it fails."""
    if finding.evidence.get("outcome") == "ExplicitlyDenied":
        return _why_denied(finding)
    nearest = cast("list[dict[str, Json]]", finding.evidence.get("nearest") or [])
    action = clean(finding.evidence.get("action", "it"))
    if not nearest:
        layer = layer_name(finding, str(finding.evidence.get("layer", "")))
        return f"no statement of {layer} allows {action}{_carried(finding)}"
    silent = "; and ".join(_silence(finding, near, action) for near in nearest[:LAYERS_MAX])
    return silent + _never(finding)


def _never(finding: Described) -> str:
    """What of the nearest statement can never match, and what may be meant."""
    found = cast("list[dict[str, Json]]", finding.evidence.get("never") or [])
    if not found:
        return ""
    near = clean(found[0].get("near", ""))
    meant = f"; did you mean `{near}`?" if near else ""
    return f". It can never match: {clean(found[0].get('says', ''))}{meant}"


def _silence(finding: Described, near: Mapping[str, Json], action: str) -> str:
    """Why a layer that had to speak said nothing."""
    layer = layer_name(finding, str(near.get("layer", "")))
    statement = quoted(near.get("statement", ""))
    silent = f"no statement of {layer} allows {action}{_carried(finding)}"
    return f"{silent}; nearest is {statement}, {_failed(near)}"


def _carried(finding: Described) -> str:
    """What the request was for, if it is known."""
    sends = finding.need.sends if isinstance(finding.need, Allows) else ""
    return f" for {clean(sends)}" if sends else ""


def _failed(near: Mapping[str, Json]) -> str:
    """The one element of the nearest statement that failed: what it wants and what it got."""
    element = str(near.get("element", ""))
    values, got = texts(near.get("wanted")), near.get("got")
    wanted = values_told(values, texts(got))
    sent = f"`{folder(', '.join(texts(got)))}`" if got is not None else "none"
    if element == "Condition":
        operator, _, key = str(near.get("key", "")).partition("/")
        be = "not to be" if is_negated(operator) else "to be"
        differs = "" if is_negated(operator) else what_differs(values, texts(got))
        asks = f"which asks {clean(key)} ({clean(operator)}) {be} {wanted}"
        return f"{asks}, and the request has {sent}{differs}"
    if element.startswith("Not"):
        return f"whose {clean(element)} leaves out {wanted}, and the request has {sent}"
    names = f"whose {clean(element)} names {wanted}, and the request has {sent}"
    return names + what_differs(values, texts(got))


def _why_denied(finding: Described) -> str:
    layer = layer_name(finding, str(finding.evidence.get("layer", "")))
    statement = quoted(finding.evidence.get("statement", ""))
    action = clean(finding.evidence.get("action", "it"))
    return f"statement {statement} of {layer} denies {action}{_carried(finding)}{sent(finding)}"


def sent(finding: Described) -> str:
    """What the request carries that policies ask about."""
    if not isinstance(finding.need, Allows):
        return ""
    context = finding.need.request.context
    header = context.get(SSE)
    return f", which is sent with `{SSE[3:]}: {clean(header)}`" if header else ""


def _forced_why(finding: Described) -> str:
    statement = quoted(finding.evidence.get("statement", ""))
    return f"statement {statement} {demand(finding)}{sent(finding)}"


def demand(finding: Described) -> str:
    """What the denying statement asks of the header, as far as the evidence shows it."""
    condition = finding.evidence.get("condition")
    if not isinstance(condition, dict):
        return "denies what comes with another encryption header"
    asked: list[str] = []
    for operator, keys in cast("dict[str, dict[str, Json]]", condition).items():
        for key, values in keys.items():
            if key.lower().startswith(SSE):
                wanted = few([f"`{clean(value)}`" for value in texts(values)])
                asked.append(f"{clean(key[3:])} ({clean(operator)}) {wanted}")
    return f"denies by {joined(asked)}"


def is_denied(finding: Described) -> bool:
    """Whether a Deny stands in the way, which only its owner may take away."""
    return finding.evidence.get("outcome") == "ExplicitlyDenied"


def owner_of_deny(finding: Described) -> str:
    """Who has to change the Deny statement."""
    layer = str(finding.evidence.get("layer", ""))
    if layer in ("rcp", "scp"):
        return "the organization's management account"
    if layer in ("identity", "boundary", "session"):
        return f"the owner of {clean(finding.evidence.get('principal', 'the principal'))}"
    return f"the owner of the {kind_asked(finding).word}"


def let_read(refused: Mapping[str, Json], fleet: Fleet, where: str) -> str:
    """What to ask of whom so that Logkeep may read what a policy refuses it."""
    layer = refused.get("layer")
    owner = f"the owner of `{_reading(refused, fleet)}` in {where}"
    if layer in ("rcp", "scp"):
        owner = "the organization's management account"
    if layer == "resource":
        owner = f"the owner of the resource in {_account(refused, fleet)}"
    return f"ask {owner} to {let_call(refused, fleet)}"


def let_call(refused: Mapping[str, Json], fleet: Fleet) -> str:
    """What is asked of whoever owns a policy that refuses Logkeep a read."""
    action, layer = clean(refused.get("action", "")), str(refused.get("layer", ""))
    policy = READ_LAYERS.get(layer, "the resource's policy")
    named = f" `{clean(refused['policy'])}`" if refused.get("policy") else ""
    denies = "does not allow it"
    if refused.get("outcome") == "ExplicitlyDenied":
        statement = refused.get("statement")
        denies = f"denies it by statement `{clean(statement)}`" if statement else "denies it"
    who = _reading(refused, fleet)
    return f"let `{who}` call {action}: {policy}{named} {denies}{_way_back(refused, fleet)}"


def _reading(refused: Mapping[str, Json], fleet: Fleet) -> str:
    """Who was refused, by name: the caller, or the role by which he enters other accounts."""
    return clean(arn_name(str(refused.get("principal", ""))) or fleet.role)


def _account(refused: Mapping[str, Json], fleet: Fleet) -> str:
    return clean(fleet.account_name(str(refused.get("account", ""))))


def _way_back(refused: Mapping[str, Json], fleet: Fleet) -> str:
    """Who can take back a bucket's policy that denies everybody (S3 API, DeleteBucketPolicy)."""
    of_bucket = str(refused.get("action", "")).startswith("s3:GetBucket")
    if refused.get("layer") != "resource" or not of_bucket:
        return ""
    root = f"the root user of {_account(refused, fleet)}"
    return f"; {root} may change or delete a bucket's policy, whatever the policy denies"


READ_LAYERS = {
    "scp": "the service control policy",
    "rcp": "the resource control policy",
    "identity": "its own policy",
    "boundary": "its permissions boundary",
    "session": "the session's policy",
    "endpoint": "the VPC endpoint's policy",
}


def denied_fix(finding: Described) -> str:
    """What `logkeep plan` adds where nothing allows; who has to act where somebody denies."""
    if not is_denied(finding):
        return _unsaid_fix(finding)
    return (
        f"not ours to change: ask {owner_of_deny(finding)} to take "
        f"{quoted(finding.evidence.get('statement', ''))} out, or to leave out "
        f"{clean(finding.evidence.get('principal', ''))}"
    )


def _unsaid_fix(finding: Described) -> str:
    """What `logkeep plan` adds; whom to ask where the policy is not the fleet's to write."""
    kind, evidence, need = kind_asked(finding), finding.evidence, finding.need
    asked = (need.policy_of or need.request.resource) if isinstance(need, Allows) else ""
    owner = account_of(asked or str(evidence.get("resource") or finding.arn))
    ours = finding.fleet.has(owner) or owner in ("", finding.fleet.archive.account)
    if ours and not kind.only_read:
        adds = f"`logkeep plan` adds what is missing to {kind.policy}"
        return f"{adds}, and keeps every other statement"
    whom, who = finding.fleet.account_name(owner), clean(evidence.get("principal", ""))
    action = clean(evidence.get("action", "it"))
    return f"not ours to change: ask {clean(whom)} to allow {action} to {who} in {kind.policy}"


def forced_fix(finding: Described) -> str:
    """Who has to leave the service out of the statement that asks for another header."""
    return (
        f"ask {owner_of_deny(finding)} to leave "
        f"{clean(finding.evidence.get('principal', ''))} out of "
        f"{quoted(finding.evidence.get('statement', ''))}"
    )


def reader_fix(finding: Described) -> str:
    """Who has to let a reader in, where Logkeep may not."""
    layer = str(finding.evidence.get("layer", ""))
    if is_denied(finding):
        return denied_fix(finding)
    if layer in ("identity", "boundary", "session", "scp"):
        owner = owner_of_deny(finding)
        return f"ask {owner} to allow {clean(finding.evidence.get('action', ''))} there"
    return denied_fix(finding)


def _too_many_why(finding: Described) -> str:
    who = few([quoted(name) for name in texts(finding.evidence.get("who"))])
    return f"the key lets {who} decrypt what lies in the archive"


def _ways(finding: Described) -> list[Mapping[str, Json]]:
    """What those named may do, each with the statement that lets them."""
    return cast("list[Mapping[str, Json]]", finding.evidence.get("may") or [])


def _mixed_who(finding: Described) -> str:
    return few([quoted(name) for name in texts(finding.evidence.get("who"))])


def _writes_why(finding: Described) -> str:
    """Which statement lets a reader do what."""
    by_place: dict[str, list[str]] = {}
    for way in _ways(finding):
        by_place.setdefault(_place(way), []).append(clean(way.get("action", "")))
    said = [f"{few(actions)} by {place}" for place, actions in by_place.items()]
    return f"it may {'; and '.join(said)}" if said else "it may do more than read"


def _strangers_why(finding: Described) -> str:
    where = joined(sorted({_place(way) for way in _ways(finding)}))
    return f"{where} lets {_mixed_who(finding)} write on behalf of any account"


def _strangers_fix(finding: Described) -> str:
    where = joined(sorted({_place(way) for way in _ways(finding)}))
    return (
        f"have the bucket's owner give {where} a condition on aws:SourceAccount or aws:SourceArn, "
        "or take it out: Logkeep's own statements name each account"
    )


def _place(way: Mapping[str, Json]) -> str:
    layer, statement = str(way.get("layer", "")), quoted(way.get("statement", ""))
    whose = "key" if str(way.get("action", "")).startswith("kms:") else "bucket"
    return f"{statement} of {LAYERS.get(layer, f'the {whose} policy')}"


def _writes_fix(finding: Described) -> str:
    """Who has to take out what."""
    layers = {str(way.get("layer", "")) for way in _ways(finding)}
    where = (
        joined(sorted({_place(way) for way in _ways(finding)})) or "the statement that allows it"
    )
    if layers <= {"identity"}:
        return f"have the owner of {_mixed_who(finding)} take these actions out of {where}"
    who = _mixed_who(finding)
    return (
        f"take {who} out of {where}, or these actions out of its own policies where that delegates"
    )


def _reads_why(finding: Described) -> str:
    who = _mixed_who(finding)
    places = joined(sorted({_place(way) for way in _ways(finding)}))
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
    "no-reader": worded(
        "nobody can open the logs that the archive keeps",
        "logkeep.toml names no reader, and no user or role may both get a log and decrypt it: a "
        "key that Logkeep makes lets nobody do so until one is named",
        "name the role that reads under `[archive] readers` in logkeep.toml, then run "
        "`logkeep plan`",
    ),
    "reader-cannot-read": Words(
        template("the reader `{arn}` cannot read the archive"), why, reader_fix
    ),
    "reader-cannot-decrypt": Words(
        template("the reader `{arn}` cannot decrypt the archive's logs"), why, reader_fix
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
            "remove s3:GetObject from what the bucket's policy allows the writer, or "
            "kms:Decrypt from what the key's policy allows it"
        ),
    ),
}
