"""Why a principal may or may not do something: every decision that it takes, as one answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from logkeep.access import key, organization, people
from logkeep.access.assume_role import may_switch, switch_of
from logkeep.access.default_encryption import default_encryption
from logkeep.access.now import of_now
from logkeep.access.policies.speaking import (
    all_layers_for,
    part_of_archive,
    resource_meant,
)
from logkeep.policy import Context, Decision, Explanation, Outcome, Request, explain
from logkeep.policy.awss_own import kept_by_aws
from logkeep.policy.catalogue import Action, NoSuchAction, find_action, takes
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources import samples
from logkeep.sources.whose import owner_of
from logkeep.value import AccountId, Arn, Seen, Unseen, account_of, arn_name, parse_arn
from logkeep.who.by_point import bucket_behind, explained
from logkeep.who.resource import no_arn, not_one_resource

SSE: Final = "s3:x-amz-server-side-encryption"
SSE_KEY: Final = "s3:x-amz-server-side-encryption-aws-kms-key-id"
SERVICE: Final = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
PERSON: Final = re.compile(r"(user|role|assumed-role|federated-user)/.+|root")


class Question(msgspec.Struct, frozen=True):
    """May this principal do this to that resource, in this context?"""

    principal: str
    action: Action
    resource: Arn
    context: Context = Context()
    """What is told of the request; a key told to be empty is known to be absent."""
    via: Arn = ""
    """The role that the principal switches to first, and does it as."""
    owner: AccountId = ""
    """Whose the resource is, where that is known besides: some ARNs name no account."""


class BadQuestion(msgspec.Struct, frozen=True):
    """What makes no sense of a question, and what may have been meant."""

    says: str
    hint: str = ""


class Ruling(msgspec.Struct, frozen=True):
    """One of the decisions that an answer takes: the bucket's, or the key's."""

    request: Request
    explanation: Explanation

    @property
    def outcome(self) -> Outcome:
        """What this request alone says."""
        return self.explanation.decision.outcome


class Why(msgspec.Struct, frozen=True):
    """The answer: allowed where every request is."""

    question: Question
    rulings: tuple[Ruling, ...]

    @property
    def deciding(self) -> Ruling:
        """The first ruling that denies, else the first that cannot be told, else the first."""
        for wanted in (("ExplicitlyDenied", "ImplicitlyDenied"), ("Unknown",)):
            for ruling in self.rulings:
                if ruling.outcome in wanted:
                    return ruling
        return self.rulings[0]

    @property
    def outcome(self) -> Outcome:
        """Denied over unknown over allowed."""
        return self.deciding.outcome


def question(
    facts: Facts,
    principal: str,
    action: str,
    resource: Arn,
    context: Mapping[str, list[str]],
    via: Arn = "",
) -> Question | BadQuestion:
    """A question that makes sense in this fleet, or what is wrong with it."""
    found = find_action(action)
    if isinstance(found, NoSuchAction):
        return _no_such_action(found)
    resource = resource_meant(facts, resource)
    named = _by_name(facts, principal)
    if isinstance(named, BadQuestion):
        return named
    principal = named
    wrong = _wrong_resource(facts, found, resource) or _wrong_principal(facts, principal)
    values_of = Context({name: tuple(v for v in values if v) for name, values in context.items()})
    single = {name: value[0] if len(value) == 1 else value for name, value in values_of.items()}
    wrong = wrong or (_wrong_switch(facts, principal, via) if via else None)
    return wrong or Question(principal, found, resource, Context(single), via)


def _wrong_switch(facts: Facts, principal: str, via: Arn) -> BadQuestion | None:
    """What is wrong with a switch: only people switch, and only to a role that is there."""
    parts = parse_arn(via)
    if parts is None or parts.service != "iam" or not parts.resource.startswith("role/"):
        return BadQuestion(f"`{via}` is not a role", "name the role by its ARN")
    if not principal.startswith("arn:") or not may_switch(principal):
        return BadQuestion(f"`{principal}` switches to no role", "a user, role or session does")
    return _not_there(facts, via)


def _no_such_action(found: NoSuchAction) -> BadQuestion:
    near = f"did you mean `{found.near[0]}`?" if found.near else ""
    hint = near or "an action is a service and a name, such as s3:GetObject"
    return BadQuestion(f"AWS knows no action `{found.name}`", hint)


def _wrong_resource(facts: Facts, action: Action, resource: Arn) -> BadQuestion | None:
    unnamed = no_arn(facts.fleet, action, resource)
    if unnamed is not None:
        return BadQuestion(unnamed.says, unnamed.hint)
    if takes(action, resource):
        many = not_one_resource(facts.fleet, resource)
        return BadQuestion(many.says, many.hint) if many else None
    taken = " or ".join(sorted(action.arns, key=len)[:2]) or "`*`: it knows no single resource"
    return BadQuestion(f"{action.name} is not about `{resource}`", f"it takes {taken}")


def _by_name(facts: Facts, principal: str) -> str | BadQuestion:
    """The ARN of `developer@security`: a user or role by its name and its account's; else as is."""
    name, at, where = principal.rpartition("@")
    account = facts.fleet.accounts.get(where)
    if not (name and at) or principal.startswith("arn:") or account is None:
        return principal
    listed = people.principals(facts, account)
    if not isinstance(listed, Seen):
        return BadQuestion(f"the users and roles of `{where}` could not be read", "use an ARN")
    found = [arn for arn in listed.value if arn_name(arn) == name]
    if len(found) == 1:
        return found[0]
    if found:
        return BadQuestion(f"`{principal}` may mean {' or '.join(found)}", "use the ARN")
    near = _near(name, map(arn_name, listed.value))
    hint = f"did you mean `{near}@{where}`?" if near else ""
    return BadQuestion(f"`{where}` has no user or role `{name}`", hint)


def _wrong_principal(facts: Facts, principal: str) -> BadQuestion | None:
    if principal == "anonymous" or SERVICE.fullmatch(principal):
        return None
    parts = parse_arn(principal)
    if parts is None:
        hint = "a user's or role's ARN, a service such as logs.amazonaws.com, or `anonymous`"
        return BadQuestion(f"`{principal}` isn't a valid principal; use an ARN", hint)
    if parts.service not in ("iam", "sts") or not PERSON.fullmatch(parts.resource):
        return BadQuestion(f"`{principal}` is not a user, role, session or root user")
    return _not_there(facts, principal)


def _not_there(facts: Facts, principal: Arn) -> BadQuestion | None:
    """A user or role that its account, which was read, does not have."""
    who = people.principal_of_session(facts, principal)
    parts = parse_arn(who)
    listed = people.principals(facts, account_of(who))
    if not isinstance(listed, Seen) or who in listed.value or ":iam:" not in who:
        return None
    if parts is None or parts.resource == "root":
        return None
    near = _near(who, listed.value, 0.85)
    hint = f"did you mean `{near}`?" if near else "its account was read, and has no such one"
    return BadQuestion(f"there is no `{principal}` in the snapshot", hint)


def why(facts: Facts, asked: Question) -> Why:
    """The answer, with the ruling on every request that it takes."""
    return Why(asked, tuple(_rulings(facts, asked)))


def _rulings(facts: Facts, asked: Question) -> Iterator[Ruling]:
    """The switch into a role where there is one, then the request as that role."""
    if not asked.via:
        yield from _own_rulings(facts, asked)
        return
    yield _ruling(facts, switch_of(facts, asked.principal, asked.via, asked.context))
    yield from _own_rulings(facts, msgspec.structs.replace(asked, principal=asked.via))


def _own_rulings(facts: Facts, asked: Question) -> Iterator[Ruling]:
    """The request itself; for a log also the key's side (rule 4.8)."""
    request = _request(facts, asked, asked.action.name, asked.resource, {})
    behind = bucket_behind(facts, request)
    if behind is not None:
        asked = msgspec.structs.replace(asked, resource=behind.request.resource)
        layers = all_layers_for(facts, behind.request)
        yield from (Ruling(*each) for each in explained(behind, layers))
        request = behind.request
    else:
        yield _ruling(facts, request)
    if part_of_archive(facts, asked.resource) != "bucket":
        return
    match asked.action.name:
        case "s3:GetObject" | "s3:GetObjectVersion":
            yield _key_ruling(facts, asked, "kms:Decrypt", key.arn(facts))
        case "s3:PutObject":
            yield from _encryption_rulings(facts, asked, request)
        case _:
            return


def _encryption_rulings(facts: Facts, asked: Question, request: Request) -> Iterator[Ruling]:
    """The data key of an upload, where it is encrypted under one."""
    under = _encrypted_under(facts, request)
    if isinstance(under, Unseen):
        yield Ruling(request, Explanation(Decision("Unknown", unknown=(under.call, SSE))))
    elif under:
        yield _key_ruling(facts, asked, "kms:GenerateDataKey", under)


def _ruling(facts: Facts, request: Request) -> Ruling:
    if kept_by_aws(request.action, request.resource):
        return Ruling(request, Explanation(Decision("ExplicitlyDenied")))
    return Ruling(request, explain(request, all_layers_for(facts, request)))


def _request(
    facts: Facts, asked: Question, action: str, resource: Arn, context: Mapping[str, str]
) -> Request:
    """The request in the context that is told; of a person only TLS and the time are known."""
    delivery = _delivery(facts, asked, action)
    # A request for no single resource is one to the caller's own account.
    own = account_of(asked.principal) if resource == "*" else ""
    owner = asked.owner or owner_of(facts, resource) or own
    known = dict(delivery.context) if delivery else _of_anybody(facts, asked)
    account = account_of(asked.principal)
    return Request(
        asked.principal,
        action,
        resource,
        owner,
        Context({**known, **_about(facts, asked.principal), **context, **asked.context}),
        delivery.unknown if delivery else frozenset({"*"}),
        delivery.possible if delivery else (),
        wildcard_only_action=action == asked.action.name and not asked.action.arns,
        in_management_account=organization.is_management(facts, account),
        resource_in_management_account=organization.is_management(facts, owner),
    )


def _of_anybody(facts: Facts, asked: Question) -> dict[str, str]:
    """TLS, and the snapshot's time unless another is told."""
    told = {name.lower() for name, _ in asked.context.items()}
    now = {name.lower(): value for name, value in of_now(facts).items()}
    return {"aws:securetransport": "true", **({} if told & set(now) else now)}


def _about(facts: Facts, principal: str) -> dict[str, str]:
    """What the snapshot says of a principal: its organization, and the role of a session."""
    account = account_of(principal)
    found = seen(organization.membership(facts, account)) if account else None
    context = {"aws:principalorgid": found.id} if found else {}
    role = people.principal_of_session(facts, principal)
    listed = seen(people.principals(facts, account)) if role != principal else None
    return {**context, "aws:principalarn": role} if listed and role in listed else context


def _delivery(facts: Facts, asked: Question, action: str) -> Request | None:
    """The very request of a service that delivers an account's logs, if that is asked about."""
    if asked.principal.startswith("arn:"):
        return None
    source = asked.context.get("aws:sourceaccount")
    # About no log, as nearly every call is, no delivery needs to be looked for.
    accounts = (source,) if source else samples.accounts_of(asked.resource)
    for account in accounts:
        for request in samples.deliveries_of(facts, account) if isinstance(account, str) else ():
            if request.principal == asked.principal and request.action == action:
                return request
    return None


def _key_ruling(facts: Facts, asked: Question, action: str, key_arn: Arn) -> Ruling:
    """The key's side of a log: asked by S3, in the context that the log is encrypted under."""
    via = {} if SERVICE.fullmatch(asked.principal) else {"kms:viaservice": _via(facts)}
    context = {**via, **dict(samples.sample_of(facts, asked.resource).context)}
    return _ruling(facts, _request(facts, asked, action, key_arn, context))


def _via(facts: Facts) -> str:
    return f"s3.{facts.fleet.archive_region}.amazonaws.com"


def _encrypted_under(facts: Facts, request: Request) -> Arn | Unseen:
    """The key that an upload is encrypted under: as it says, else as the bucket does by default."""
    header = request.context.get(SSE)
    if isinstance(header, str) and not header.startswith("aws:kms"):
        return ""
    named = request.context.get(SSE_KEY)
    if isinstance(named, str):
        return resource_meant(facts, named)
    default = _default_key(facts)
    return default or (key.arn(facts) if header else "")


def _default_key(facts: Facts) -> Arn | Unseen:
    """The key of the bucket's default encryption; empty where that is S3's own."""
    look = default_encryption(facts)
    if isinstance(look, Unseen):
        return look
    default = seen(look)
    if default is None or not default.under_kms:
        return ""
    return resource_meant(facts, default.key) or key.arn(facts)


def _near(text: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The name that a text comes nearest; empty where none is near."""
    import difflib  # takes 5 ms, and is wanted only where a word is misspelt

    return next(iter(difflib.get_close_matches(text, list(known), n=1, cutoff=cutoff)), "")
