"""Every flow log, and every interface with what captures it: `logkeep list`."""

from __future__ import annotations

from collections.abc import Iterator

from logkeep.access.default_encryption import default_encryption
from logkeep.access.log_group import group
from logkeep.network.coverage import Coverage
from logkeep.network.fields import DEFAULT
from logkeep.snapshot.facts import Facts, seen
from logkeep.sources.vpc_flow import requests
from logkeep.sources.vpc_flow.chosen import fields_of, goes, group_of_log
from logkeep.sources.vpc_flow.coverage import coverage, unseen_owner
from logkeep.sources.vpc_flow.described import FlowLog, Interface, flow_logs, interfaces, places
from logkeep.sources.vpc_flow.options import FlowLogs
from logkeep.value import Absent, AccountId, Arn, Region, Seen
from logkeep.words.listed import Item, ListedEntry, Nothing, Said, Unlisted, not_read
from logkeep.words.plain import few


def of_flow_logs(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[ListedEntry]:
    """Each flow log with what it captures, where it delivers, and whether that works."""
    for each in logs:
        for account in each.accounts:
            found = list(_logs_of(facts, each, account))
            yield from found or [Nothing(account)]


def _logs_of(facts: Facts, logs: FlowLogs, account: AccountId) -> Iterator[ListedEntry]:
    for region in places(facts, account):
        look = flow_logs(facts, account, region)
        if not isinstance(look, Seen):
            yield Unlisted(account, region, not_read(look))
            continue
        for log in look.value:
            arn = f"arn:{facts.fleet.partition}:ec2:{region}:{account}:vpc-flow-log"
            mine = any(goes(facts, log, logs.options, to) for to in logs.options.to)
            whose = "fleet" if mine else "another"
            name = log.flow_log_id
            said = tuple(_said(facts, (account, region), log))
            yield Item(account, region, name, f"{arn}/{name}", whose, said)


def _said_as(name: str, value: str, otherwise: str = "not said", brief: str = "") -> Said:
    """What AWS says, the same for a person; or that it says nothing."""
    return Said(name, value or None, (value or otherwise,), brief=brief)


def _said(facts: Facts, place: tuple[AccountId, Region], log: FlowLog) -> Iterator[Said]:
    yield _said_as("captures", log.resource_id, brief=log.resource_id)
    yield _said_as("traffic", log.traffic_type)
    fields = fields_of(log)
    shown = "default" if fields == DEFAULT else " ".join(fields)
    yield _said_as("format", shown or log.log_format)
    to = log.log_destination or log.group
    yield _said_as("destination", to, brief=to.removeprefix("arn:aws:s3:::"))
    if log.is_to_bucket:
        yield _said_as("files", log.destination_options.file_format)
    if log.bucket_arn == facts.fleet.bucket_arn:
        yield _key(facts)
    if log.group:
        yield _group_key(facts, group_of_log(facts, *place, log))
    yield _said_as("role", log.deliver_logs_permission_arn, "none")
    if log.deliver_cross_account_role:
        yield _said_as("role_there", log.deliver_cross_account_role)
    status = log.deliver_logs_status
    error = f": {log.deliver_logs_error_message}" if log.deliver_logs_error_message else ""
    yield _said_as("delivery", f"{status}{error}" if status else "", brief=status)


def _key(facts: Facts) -> Said:
    """The key of the bucket's default, under which the files lie (rule 6.3.5)."""
    if seen(default_encryption(facts)) is None:
        return Said("key", None, (), "s3:GetBucketEncryption: the default could not be seen")
    return _said_as("key", requests.default_key(facts), "none")


def _group_key(facts: Facts, arn: Arn) -> Said:
    """The key that the log group has of its own (rule 8.2.3)."""
    look = group(facts, arn)
    if isinstance(look, Absent):
        return Said("key", None, ("none, for the log group is not there",))
    if not isinstance(look, Seen):
        return Said("key", None, (), not_read(look))
    return _said_as("key", look.value.kms_key_id, "none")


def of_interfaces(facts: Facts, logs: tuple[FlowLogs, ...]) -> Iterator[ListedEntry]:
    """Each network interface with the flow logs that record it, and what they leave out."""
    for each in logs:
        for account in each.accounts:
            found = list(_interfaces_of(facts, account))
            yield from found or [Nothing(account)]


def _interfaces_of(facts: Facts, account: AccountId) -> Iterator[ListedEntry]:
    for region in places(facts, account):
        look, known = interfaces(facts, account, region), coverage(facts, account, region)
        if not isinstance(look, Seen):
            yield Unlisted(account, region, not_read(look))
            continue
        unread = "" if isinstance(known, Seen) else not_read(known)
        covered = seen(known)
        hidden = _hidden(covered)
        for face in look.value:
            yield _interface(facts, (account, region), face, covered, hidden, unread)


def _hidden(found: Coverage | None) -> dict[str, list[str]]:
    hidden: dict[str, list[str]] = {}
    for each in found.hiding if found else ():
        hidden.setdefault(each.interface, []).append(each.action)
    return hidden


def _interface(
    facts: Facts,
    place: tuple[AccountId, Region],
    face: Interface,
    known: Coverage | None,
    hidden: dict[str, list[str]],
    unread: str,
) -> Item:
    id_ = face.network_interface_id
    arn = f"arn:{facts.fleet.partition}:ec2:{place[1]}:{place[0]}:network-interface/{id_}"
    logs = known.captured.get(id_, ()) if known else ()
    said = [
        _said_as("vpc", face.vpc_id, brief=face.vpc_id),
        _said_as("subnet", face.subnet_id),
        _said_as("address", face.private_ip_address),
        _said_as("status", face.status),
    ]
    foreign = "" if logs else unseen_owner(facts, *place, face.vpc_id)
    if known is None or foreign:
        said.append(Said("captured_by", None, (), unread or foreign))
    else:
        nothing = () if logs else ("nothing",)
        brief = few(logs, 1) or "nothing"
        said.append(Said("captured_by", list(logs), (*logs, *nothing), brief=brief))
    if hidden.get(id_):
        said.append(_said_as("left_out", " ".join(hidden[id_])))
    if known is not None and id_ in known.doubled:
        said.append(Said("recorded_twice", value=True, words=("yes",)))
    return Item(*place, id_, arn, "fleet" if logs else "another", tuple(said))
