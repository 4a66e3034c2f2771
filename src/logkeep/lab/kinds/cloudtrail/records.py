"""A call as CloudTrail records it: one event for the caller, one more for another owner."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from logkeep.lab.call import Answer, Call, Caller, World
from logkeep.lab.kinds.cloudtrail import names
from logkeep.lab.kinds.cloudtrail.elements import additional_data, elements, parameters
from logkeep.lab.kinds.cloudtrail.model import endpoint_prefix
from logkeep.lab.kinds.cloudtrail.moments import iso
from logkeep.lab.kinds.cloudtrail.resources import resources
from logkeep.lab.kinds.cloudtrail.routing import route
from logkeep.lab.kinds.cloudtrail.state import GLOBAL_REGION, Event, Json, TrailState, state_of

EVENT_VERSION = "1.11"
_SHARED = {"s3", "kms", "sts", "secretsmanager", "lambda"}
"""Services whose cross-account calls the owner of the resource receives too (rule 1.12.6)."""


def record(world: World, call: Call, answer: Answer) -> None:
    """Turn a call into the events of every account that receives it."""
    if not call.caller.account or (call.service, call.operation) in names.UNRECORDED:
        return
    state = state_of(world)
    _remember_session(state, call, answer)
    for event in events_of(world, state, call, answer):
        route(world, state, event)


def _remember_session(state: TrailState, call: Call, answer: Answer) -> None:
    """Keep when a session began: its later records say so."""
    key = answer.output.get("Credentials", {}).get("AccessKeyId") if call.service == "sts" else None
    if key:
        state.sessions[key] = call.at


def events_of(world: World, state: TrailState, call: Call, answer: Answer) -> list[Event]:
    """The caller's event and, where another account owns the resource, the owner's."""
    shared = _is_shared(call, answer)
    region = _region(world, call)
    mine = _event(state, call, answer, region, call.caller.account, identity(state, call))
    if not shared:
        return [mine]
    stranger: Json = {
        "type": "AWSAccount",
        "principalId": call.caller.principal_id,
        "accountId": call.caller.account,
    }
    theirs = _event(state, call, answer, region, call.resource_account, stranger)
    shared_id = state.unique_id()
    mine.record["sharedEventID"] = theirs.record["sharedEventID"] = shared_id
    return [mine, theirs]


def _is_shared(call: Call, answer: Answer) -> bool:
    if call.service not in _SHARED or call.resource_account in ("", call.caller.account):
        return False
    # A refused AssumeRole is told to its caller only, as its record names no role in real logs.
    return call.service != "sts" or not answer.error_code


def _region(world: World, call: Call) -> str:
    if names.is_recorded_by_the_leader(call.service, call.region):
        return GLOBAL_REGION
    if call.service == "s3" and call.arguments.get("Bucket"):
        bucket = world.bucket(str(call.arguments["Bucket"]))
        return bucket.region if bucket else call.region
    return call.region


def _event(
    state: TrailState, call: Call, answer: Answer, region: str, account: str, who: Json
) -> Event:
    data = names.data_type(call.service, call.operation)
    category: Literal["Management", "Data"] = "Data" if data else "Management"
    body = assemble(
        state,
        at=call.at,
        source=names.event_source(call.service),
        name=names.event_name(call.service, call.operation),
        region=region,
        account=account,
        identity=who,
        read_only=names.is_read(call.service, call.operation),
        category=category,
        parameters=parameters(call, answer),
    )
    body["sourceIPAddress"] = call.source_ip
    body["userAgent"] = call.user_agent
    body["responseElements"] = elements(call, answer)
    body["requestID"] = call.request_id or state.unique_id()
    body |= _error(call, answer) | additional_data(call, answer)
    if named := resources(call, answer):
        body["resources"] = named
    body["tlsDetails"] = _tls(call, region)
    is_global = names.is_global(call.service, call.region)
    return Event(account, region, call.at, body, category, is_global)


_ORDER = (
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "sharedEventID",
    "eventCategory",
    "tlsDetails",
)


def ordered(record: Json) -> Json:
    """The record with its fields in the order of real ones."""
    return {name: record[name] for name in _ORDER if name in record}


def assemble(
    state: TrailState,
    *,
    at: datetime,
    source: str,
    name: str,
    region: str,
    account: str,
    identity: Json,
    read_only: bool,
    category: Literal["Management", "Data"],
    parameters: Json | None,
) -> Json:
    """A record with the fields that every record has, in AWS's order."""
    return {
        "eventVersion": EVENT_VERSION,
        "userIdentity": identity,
        "eventTime": iso(at),
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "",
        "userAgent": "",
        "requestParameters": parameters,
        "responseElements": None,
        "requestID": state.unique_id(),
        "eventID": state.unique_id(),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": category == "Management",
        "recipientAccountId": account,
        "eventCategory": category,
    }


def _error(call: Call, answer: Answer) -> Json:
    if answer.status < 300 and not answer.error_code:
        return {}
    error = {"errorCode": _recorded_code(call, answer.error_code or str(answer.status))}
    return error | ({"errorMessage": answer.error_message} if answer.error_message else {})


_HEADLESS = {
    ("HeadBucket", "404"): "NoSuchBucket",
    ("HeadObject", "404"): "NoSuchKey",
    ("HeadBucket", "403"): "AccessDenied",
    ("HeadObject", "403"): "AccessDenied",
}
"""What S3 means where a HEAD answer has no body to say it in."""


def _recorded_code(call: Call, code: str) -> str:
    """The error's name in records, which differs from the API's for some services."""
    if code == "AccessDeniedException":
        return "AccessDenied"
    match call.service:
        case "s3":
            return _HEADLESS.get((call.operation, code), code)
        case "ec2":
            return code if code.startswith(("Client.", "Server.")) else f"Client.{code}"
        case "iam" if code not in ("AccessDenied", "Throttling", "ValidationError"):
            return code if code.endswith("Exception") else f"{code}Exception"
        case _:
            return code


def _tls(call: Call, region: str) -> Json:
    """The lab presents loopback as TLS to the service's real endpoint."""
    prefix = endpoint_prefix(call.service)
    leader = names.is_recorded_by_the_leader(call.service, call.region)
    host = f"{prefix}.amazonaws.com" if leader else f"{prefix}.{region}.amazonaws.com"
    if call.service == "s3" and call.arguments.get("Bucket"):
        host = f"{call.arguments['Bucket']}.{host}"
    return {
        "tlsVersion": "TLSv1.3",
        "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": host,
    }


def tagged_identity(service: str) -> Json:
    """The userIdentity of a service that acts of itself."""
    return {"type": "AWSService", "invokedBy": service}


def identity(state: TrailState, call: Call) -> Json:
    """The userIdentity of a caller (CloudTrail User Guide, userIdentity element)."""
    caller = call.caller
    match caller.kind:
        case "service":
            return tagged_identity(caller.name)
        case "root":
            return _principal("Root", caller)
        case "user":
            return _principal("IAMUser", caller) | {"userName": caller.name}
        case "role":
            began = state.sessions.get(caller.access_key, call.at)
            return _principal("AssumedRole", caller) | {"sessionContext": _session(caller, began)}
        case "federated":
            return _principal("FederatedUser", caller)
        case "provider":
            return {"type": "WebIdentityUser", "identityProvider": caller.name}
        case "anonymous":
            return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}


def _principal(kind: str, caller: Caller) -> Json:
    return {
        "type": kind,
        "principalId": caller.principal_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key,
    }


def _session(caller: Caller, began: datetime) -> Json:
    return {
        "sessionIssuer": {
            "type": "Role",
            "principalId": caller.principal_id.partition(":")[0],
            "arn": caller.role_arn,
            "accountId": caller.account,
            "userName": caller.name,
        },
        "attributes": {"creationDate": iso(began), "mfaAuthenticated": "false"},
    }
