"""`logkeep who`: everyone who may do something, and with --archive all that matters of it."""

from __future__ import annotations

import click

from logkeep.access.policies.speaking import resource_meant
from logkeep.cli.answer import answer
from logkeep.cli.look import as_json, look
from logkeep.cli.place import find
from logkeep.cli.problem import CANNOT_TELL, NO, YES, Problem
from logkeep.cli.settings import Settings, options, output, settings_of
from logkeep.cli.working import working
from logkeep.policy.catalogue import NoSuchAction, find_action, takes
from logkeep.show.across import across_text
from logkeep.show.silence import silence_text
from logkeep.show.who import access_text, held_text
from logkeep.show.who_json import who_json
from logkeep.value import Standing, all_of
from logkeep.who import Access, access, caveats, who
from logkeep.who import across as entrances
from logkeep.who import silence as silencers
from logkeep.who.resource import no_arn, not_one_resource

EXIT: dict[Standing, int] = {"holds": YES, "accepted": YES, "fails": NO}
"""All else cannot be told."""


@click.command("who", short_help="Say who may do something.")
@click.argument("action", required=False)
@click.argument("resource", required=False)
@click.option("--archive", is_flag=True, help="Who writes, reads, decrypts, deletes, administers.")
@click.option("--across", is_flag=True, help="Who may enter which account by which role.")
@click.option("--silence", is_flag=True, help="Who could switch logging off.")
@click.option("--direct", is_flag=True, help="Leave out those who get there by assuming a role.")
@options("fleet", "snapshot", "recent", "json")
@click.pass_context
def command(
    context: click.Context,
    action: str | None,
    resource: str | None,
    *,
    archive: bool,
    across: bool,
    silence: bool,
    direct: bool,
) -> int:
    """Say who may do ACTION on RESOURCE; or, with --archive, all that matters of the archive.

    Principals that can assume a role that may do it are named too, with the roles in between;
    --direct leaves them out. With --across: who may enter which account by which role, by its own
    policies and by the role's trust policy. With --silence: who could switch off
    the logging of which account.

    Exits with 0 where it can be told who, and with --archive every conclusion is proven; 1 where
    a conclusion is broken; 3 where something cannot be told.
    """
    settings = settings_of(context)
    if archive and action:
        raise Problem("--archive asks about the whole archive, and takes no ACTION")
    if across and (action or archive):
        raise Problem("--across asks about all accounts, and takes nothing else")
    if silence and (action or archive or across):
        raise Problem("--silence asks about all that captures logs, and takes nothing else")
    if silence:
        return _silence(settings)
    if direct and (archive or across):
        raise Problem("--direct goes with an ACTION and a RESOURCE")
    if across:
        return _across(settings)
    if archive:
        return _archive(settings)
    if action is None or resource is None:
        hint = "name an ACTION and a RESOURCE, or run with --archive, --across or --silence"
        raise Problem("`who` takes an ACTION and a RESOURCE", hint=hint)
    return _one(settings, action, resource, direct=direct)


def _one(settings: Settings, action: str, resource: str, *, direct: bool) -> int:
    found = find_action(action)
    if isinstance(found, NoSuchAction):
        hint = f"did you mean `{found.near[0]}`?" if found.near else "such as s3:GetObject"
        raise Problem(f"AWS knows no action `{action}`", hint=hint)
    place = find(settings)
    facts = look(settings, place).facts
    meant = resource_meant(facts, resource)
    unnamed = no_arn(place.fleet, found, meant)
    if unnamed is not None:
        raise Problem(unnamed.says, hint=unnamed.hint)
    if not takes(found, meant):
        patterns = " or ".join(sorted(found.arns, key=len)[:2]) or "`*`"
        raise Problem(f"{found.name} is not about `{resource}`", hint=f"it takes {patterns}")
    many = not_one_resource(place.fleet, meant)
    if many is not None:
        raise Problem(many.says, hint=many.hint)
    with working(settings, f"asking every policy about {found.name}"):
        held = who(facts, found, meant, direct=direct)
        besides = caveats(facts, meant)
    if settings.json:
        document = {"schema": 1, "action": found.name, "resource": meant, "caveats": besides}
        listed = {"holders": held.holders, "behind": held.behind}
        answer(as_json(who_json({**document, **listed})))
    else:
        answer(held_text(place.fleet, held, meant, output(settings), besides))
    doubted = held.by(certain=False) or any(not each.certain for each in held.behind)
    return CANNOT_TELL if doubted else YES


def _archive(settings: Settings) -> int:
    place = find(settings)
    taken = look(settings, place)
    with working(settings, "asking every policy about the archive"):
        found = access(taken.facts)
    if settings.json:
        answer(as_json(access_json(found)))
    else:
        answer(access_text(place.fleet, found, output(settings), taken.age))
    return EXIT.get(all_of(each.verdict for each in found.conclusions), CANNOT_TELL)


def _across(settings: Settings) -> int:
    place = find(settings)
    taken = look(settings, place)
    with working(settings, "asking who may enter which account"):
        found = entrances(taken.facts)
    if settings.json:
        answer(as_json(_whole(found)))
    else:
        answer(across_text(place.fleet, found, output(settings), taken.age))
    doubted = found.unread or any(not each.certain for each in found.entrants)
    return CANNOT_TELL if doubted else YES


def _silence(settings: Settings) -> int:
    place = find(settings)
    taken = look(settings, place)
    with working(settings, "asking who could end what captures the logs"):
        found = silencers(taken.facts)
    if settings.json:
        answer(as_json(_whole(found)))
    else:
        answer(silence_text(place.fleet, found, output(settings), taken.age))
    every = (h for each in found.captures for h in (*each.holders, *each.behind))
    doubted = found.not_asked or any(not each.certain for each in every)
    return CANNOT_TELL if doubted else YES


def access_json(found: Access) -> object:
    """The answer as JSON: the same values, with the schema's number first."""
    return _whole(found)


def _whole(found: object) -> object:
    return {"schema": 1, **who_json(found)}
