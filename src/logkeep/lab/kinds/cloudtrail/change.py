"""The calls that make, change, start, stop and delete trails, as AWS checks them (rule 1.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.kinds.cloudtrail import checks, cloudwatch, find, members
from logkeep.lab.kinds.cloudtrail.checks import ApiError
from logkeep.lab.kinds.cloudtrail.deliver import retire
from logkeep.lab.kinds.cloudtrail.selectors import advanced_fault, basic_fault
from logkeep.lab.kinds.cloudtrail.state import Course, Json, Trail, TrailState, settle, state_of
from logkeep.lab.kinds.cloudtrail.tell import trail_answer
from logkeep.lab.wire import deny, refuse, reply


def fail(call: Call, fault: ApiError) -> Answer:
    """A refusal in CloudTrail's own form."""
    return refuse(call, fault.code, fault.message)


def create_trail(world: World, call: Call, _forward: Forward) -> Answer:
    """CreateTrail."""
    state, asked = state_of(world), call.arguments
    name = str(asked.get("Name", ""))
    if fault := checks.name_fault(name):
        return fail(call, fault)
    wide = bool(asked.get("IsOrganizationTrail"))
    owner = members.owner_of_new(world, call.caller.account, organization=wide)
    blank = Trail(name=name, account=owner, home=call.region, bucket="")
    if blank.arn in state.courses:
        said = f"Trail {name} already exists for customer: {owner}"
        return fail(call, ApiError("TrailAlreadyExistsException", said))
    if why := cloudwatch.passing_refused(world, call):
        return deny(call, why)
    trail = replace(_amended(blank, asked), tags=_tags(asked.get("TagsList")))
    checked = _checked(world, state, call, trail)
    if isinstance(checked, ApiError):
        return fail(call, checked)
    state.courses[checked.arn] = Course(checked)
    return reply(call, trail_answer(checked))


def _amended(trail: Trail, asked: Json) -> Trail:
    """The trail with the settings that the call names; the rest stays."""
    changes: dict[str, Any] = {
        field: value for name, field in _SETTINGS.items() if (value := asked.get(name)) is not None
    }
    if isinstance(prefix := changes.get("prefix"), str):
        changes["prefix"] = prefix.rstrip("/")
    turned = changes.get("multi_region", trail.multi_region) is not trail.multi_region
    if turned and "global_events" not in changes and trail.bucket:  # rule 1.11.3
        changes["global_events"] = changes["multi_region"]
    return replace(trail, **changes)


_SETTINGS = {
    "S3BucketName": "bucket",
    "S3KeyPrefix": "prefix",
    "SnsTopicName": "topic",
    "IncludeGlobalServiceEvents": "global_events",
    "IsMultiRegionTrail": "multi_region",
    "EnableLogFileValidation": "validation",
    "CloudWatchLogsLogGroupArn": "log_group",
    "CloudWatchLogsRoleArn": "log_role",
    "KmsKeyId": "key_arn",
    "IsOrganizationTrail": "organization",
    "RecursiveLogging": "recursive",
}


def _checked(world: World, state: TrailState, call: Call, trail: Trail) -> Trail | ApiError:
    """The trail with its key resolved, or the first of AWS's objections."""
    if trail.organization and (fault := members.organization_fault(world, call.caller.account)):
        return fault
    if fault := checks.limit_fault(world, state, trail) or checks.settings_fault(world, trail):
        return fault
    bucket = world.bucket(trail.bucket)
    if bucket is None:
        said = f"S3 bucket {trail.bucket} does not exist!"
        return ApiError("S3BucketDoesNotExistException", said)
    key = checks.resolve(world, trail, bucket)
    if isinstance(key, ApiError):
        return key
    resolved = replace(trail, key_arn=key.arn if key else "")
    fault = checks.permission_fault(world, resolved, bucket, key, call.at)
    return fault or cloudwatch.group_fault(world, resolved) or resolved


def update_trail(world: World, call: Call, _forward: Forward) -> Answer:
    """UpdateTrail: the whole trail, as it would be, is checked again."""
    state = state_of(world)
    course = find.to_change(world, state, call, str(call.arguments.get("Name", "")))
    if isinstance(course, ApiError):
        return fail(call, course)
    if why := cloudwatch.passing_refused(world, call):
        return deny(call, why)
    amended = _amended(course.trail, call.arguments)
    if turned_fault := _turned_fault(world, call, course.trail, amended):
        return fail(call, turned_fault)
    trail = _checked(world, state, call, amended)
    if isinstance(trail, ApiError):
        return fail(call, trail)
    _set(world, course, trail)
    return reply(call, trail_answer(trail))


def _turned_fault(world: World, call: Call, before: Trail, after: Trail) -> ApiError | None:
    """Only management makes a trail the organization's or its own again (CT API UpdateTrail)."""
    turned = before.organization is not after.organization
    if turned and call.caller.account != world.management_account:
        return members.not_management()
    return None


def _set(world: World, course: Course, trail: Trail) -> None:
    course.trail = trail
    settle(world, course)


def delete_trail(world: World, call: Call, _forward: Forward) -> Answer:
    """DeleteTrail."""
    state = state_of(world)
    course = find.to_change(world, state, call, str(call.arguments.get("Name", "")))
    if isinstance(course, ApiError):
        return fail(call, course)
    del state.courses[course.trail.arn]
    retire(state, course, call.at)
    settle(world, course)
    return reply(call, {})


def start_logging(world: World, call: Call, _forward: Forward) -> Answer:
    """StartLogging."""
    return _switch(world, call, lambda t: t if t.logging else _started(t, call))


def _started(trail: Trail, call: Call) -> Trail:
    return replace(trail, logging=True, started=call.at)


def stop_logging(world: World, call: Call, _forward: Forward) -> Answer:
    """StopLogging."""
    return _switch(
        world, call, lambda t: replace(t, logging=False, stopped=call.at) if t.logging else t
    )


def _switch(world: World, call: Call, turn: Callable[[Trail], Trail]) -> Answer:
    state = state_of(world)
    course = find.to_change(world, state, call, str(call.arguments.get("Name", "")))
    if isinstance(course, ApiError):
        return fail(call, course)
    _set(world, course, turn(course.trail))
    return reply(call, {})


def put_event_selectors(
    world: World,
    call: Call,
    _forward: Forward,
) -> Answer:
    """PutEventSelectors: basic or advanced; setting one drops the other (rule 1.12.3)."""
    state, asked = state_of(world), call.arguments
    course = find.to_change(world, state, call, str(asked.get("TrailName", "")))
    if isinstance(course, ApiError):
        return fail(call, course)
    basic: list[Json] = asked.get("EventSelectors") or []
    advanced: list[Json] = asked.get("AdvancedEventSelectors") or []
    if fault := _selectors_fault(basic, advanced):
        return fail(call, fault)
    selectors = tuple(_completed(s) for s in basic)
    trail = replace(course.trail, selectors=selectors, advanced=tuple(advanced))
    _set(world, course, trail)
    return reply(call, {"TrailARN": trail.arn, **selectors_answer(trail)})


def _selectors_fault(basic: list[Json], advanced: list[Json]) -> ApiError | None:
    if bool(basic) is bool(advanced):
        said = "You must specify either EventSelectors or AdvancedEventSelectors, not both."
        return ApiError("InvalidEventSelectorsException", said)
    said = advanced_fault(advanced) if advanced else basic_fault(basic)
    return ApiError("InvalidEventSelectorsException", said) if said else None


def _completed(selector: Json) -> Json:
    """A basic selector with AWS's defaults for what was left out."""
    return {
        "ReadWriteType": selector.get("ReadWriteType", "All"),
        "IncludeManagementEvents": selector.get("IncludeManagementEvents", True),
        "DataResources": selector.get("DataResources") or [],
        "ExcludeManagementEventSources": selector.get("ExcludeManagementEventSources") or [],
    }


def selectors_answer(trail: Trail) -> Json:
    """The trail's selectors, of the kind that is set."""
    if trail.advanced:
        return {"AdvancedEventSelectors": list(trail.advanced)}
    return {"EventSelectors": list(trail.selectors)}


def get_event_selectors(
    world: World,
    call: Call,
    _forward: Forward,
) -> Answer:
    """GetEventSelectors."""
    state = state_of(world)
    course = find.to_read(world, state, call, str(call.arguments.get("TrailName", "")))
    if isinstance(course, ApiError):
        return fail(call, course)
    return reply(call, {"TrailARN": course.trail.arn, **selectors_answer(course.trail)})


def add_tags(world: World, call: Call, _forward: Forward) -> Answer:
    """AddTags."""
    added = dict(_tags(call.arguments.get("TagsList")))
    return _retag(world, call, lambda tags: tags | added)


def remove_tags(world: World, call: Call, _forward: Forward) -> Answer:
    """RemoveTags."""
    gone = dict(_tags(call.arguments.get("TagsList")))
    return _retag(world, call, lambda tags: {k: v for k, v in tags.items() if k not in gone})


def _retag(world: World, call: Call, change: Callable[[dict[str, str]], dict[str, str]]) -> Answer:
    state = state_of(world)
    course = find.to_tag(world, state, call, str(call.arguments.get("ResourceId", "")))
    if isinstance(course, ApiError):
        return fail(call, course)
    tags = change(dict(course.trail.tags))
    if len(tags) > 50:
        said = f"The number of tags per trail has exceeded 50: {len(tags)}."
        return fail(call, ApiError("TagsLimitExceededException", said))
    _set(world, course, replace(course.trail, tags=tuple(tags.items())))
    return reply(call, {})


def _tags(listed: list[Json] | None) -> tuple[tuple[str, str], ...]:
    return tuple((t["Key"], t.get("Value", "")) for t in listed or ())
