"""Which trail does a name or ARN mean, seen from an account and a Region? (rule 1.1.3)."""

from __future__ import annotations

from logkeep.lab.call import Call, World
from logkeep.lab.kinds.cloudtrail import members
from logkeep.lab.kinds.cloudtrail.checks import ApiError, name_fault
from logkeep.lab.kinds.cloudtrail.state import Course, Trail, TrailState, accounts_of, regions_of


def visible(world: World, trail: Trail, account: str, region: str) -> bool:
    """Whether the trail or its shadow stands in this account and Region (rules 1.1.7, 1.2.2)."""
    return account in accounts_of(world, trail) and region in regions_of(world, trail)


def is_shadow(trail: Trail, account: str, region: str) -> bool:
    """Whether what stands there is a replica of a trail at home elsewhere."""
    return trail.home != region or trail.account != account


def to_read(world: World, state: TrailState, call: Call, name: str) -> Course | ApiError:
    """The trail a reading call names: a shadow must be named by its ARN."""
    if not name.startswith("arn:"):
        if fault := name_fault(name):
            return fault
        course = state.courses.get(arn_here(call, name))
        return course or unknown(call, name)
    if fault := _arn_fault(name):
        return fault
    course = state.courses.get(name)
    if course is None or call.caller.account not in accounts_of(world, course.trail):
        return unknown(call, name)
    return course


def to_change(world: World, state: TrailState, call: Call, name: str) -> Course | ApiError:
    """The trail a changing call names: only from its home Region, by those who may (1.2.2)."""
    course = _named(world, state, call, name)
    if isinstance(course, ApiError):
        return course
    trail = course.trail
    if trail.account != call.caller.account and not members.may_manage(world, call.caller.account):
        return members.not_management()
    if trail.home != call.region:
        said = f"Trail {trail.arn} must be changed in its home Region: {trail.home}."
        return ApiError("InvalidHomeRegionException", said)
    return course


def tagged(world: World, state: TrailState, call: Call, arn: str) -> Course | ApiError:
    """The trail that ListTags names; the tagging calls take ARNs only."""
    if fault := _arn_fault(arn):
        return fault
    course = to_read(world, state, call, arn)
    return _no_resource(arn) if isinstance(course, ApiError) else course


def to_tag(world: World, state: TrailState, call: Call, arn: str) -> Course | ApiError:
    """The trail that AddTags and RemoveTags name, which must be at home here (CT API AddTags)."""
    if fault := _arn_fault(arn):
        return fault
    course = to_change(world, state, call, arn)
    if isinstance(course, ApiError) and course.code != "NotOrganizationMasterAccountException":
        return _no_resource(arn)
    return course


def _no_resource(arn: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"The resource {arn} is not found.")


def _named(world: World, state: TrailState, call: Call, name: str) -> Course | ApiError:
    found = to_read(world, state, call, name)
    if not isinstance(found, ApiError) or name.startswith("arn:"):
        return found
    if found.code != "TrailNotFoundException":
        return found
    shadows = (
        c
        for c in state.courses.values()
        if c.trail.name == name and visible(world, c.trail, call.caller.account, call.region)
    )
    return next(shadows, found)


def arn_here(call: Call, name: str) -> str:
    """The ARN that a trail of this name would have at home here (rule 1.1.3)."""
    return f"arn:aws:cloudtrail:{call.region}:{call.caller.account}:trail/{name}"


def unknown(call: Call, name: str) -> ApiError:
    """No such trail, in the words of real records."""
    arn = name if name.startswith("arn:") else arn_here(call, name)
    said = f"Unknown trail: {arn} for the user: {call.caller.account}"
    return ApiError("TrailNotFoundException", said)


def _arn_fault(arn: str) -> ApiError | None:
    parts = arn.split(":")
    if len(parts) == 6 and parts[2] == "cloudtrail" and parts[5].startswith("trail/"):
        return None
    return ApiError("CloudTrailARNInvalidException", f"The ARN {arn} is not a valid trail ARN.")
