"""Does this text name one resource of somebody's, that `who` and `why` can be asked about?"""

from __future__ import annotations

import msgspec

from logkeep.fleet import Fleet
from logkeep.fleet.naming import account_objection
from logkeep.policy.catalogue import Action
from logkeep.value import ArnParts, parse_arn
from logkeep.words.plain import joined

WILD = "*?"


class NotOne(msgspec.Struct, frozen=True):
    """What is wrong with it, and what to write instead."""

    says: str
    hint: str


def no_arn(fleet: Fleet, action: Action, resource: str) -> NotOne | None:
    """That a text is no ARN, and how that of a bucket or an object looks."""
    if resource == "*" or parse_arn(resource) is not None:
        return None
    name = resource.removeprefix("s3://")
    arn = f"arn:{fleet.partition}:s3:::{name}" if action.name.startswith("s3:") else "its ARN"
    return NotOne(f"`{resource}` is not an ARN", f"name it by {arn}")


def not_one_resource(fleet: Fleet, resource: str) -> NotOne | None:
    """Why an ARN names no single resource; None where it does, and of what is no ARN."""
    parts = parse_arn(resource)
    if parts is None:
        return None
    named = {"partition": parts.partition, "Region": parts.region, "account": parts.account}
    wild = [f"{what} `{text}`" for what, text in named.items() if _is_wild(text)]
    if _is_wild(_name(parts)):
        wild.append(f"name `{_name(parts)}`")
    if wild:
        says = f"`{resource}` names more than one resource: {joined(wild)}"
        return NotOne(says, f"ask about one, such as {_example(fleet, parts)}")
    wrong = account_objection(parts.account) if parts.account not in ("", "aws") else None
    if wrong is not None:
        return NotOne(f"`{resource}`: account `{parts.account}`: {wrong.says}", wrong.hint)
    return None


def _is_wild(text: str) -> bool:
    return any(each in text for each in WILD)


def _name(parts: ArnParts) -> str:
    """What of a name can hold no `*`: not an object's key, nor the end of a log group's ARN."""
    if parts.service == "s3":
        return parts.resource.partition("/")[0]
    return parts.resource.removesuffix(":*") if parts.service == "logs" else parts.resource


def _example(fleet: Fleet, parts: ArnParts) -> str:
    """The ARN with something of the fleet's own in the place of each wildcard."""
    home, archive = fleet.home_region, fleet.archive
    region = home if _is_wild(parts.region) else parts.region
    account = archive.account if _is_wild(parts.account) else parts.account
    partition = fleet.partition if _is_wild(parts.partition) else parts.partition
    name, own = _name(parts), archive.bucket if parts.service == "s3" else "NAME"
    kept = parts.resource[len(name) :]
    one = own if parts.service == "s3" else name.translate({ord(each): None for each in WILD}) + own
    shown = (one if _is_wild(name) else name) + kept
    return f"arn:{partition}:{parts.service}:{region}:{account}:{shown}"
