"""The calls that tell of trails: what is set, how deliveries fare, which keys sign."""

from __future__ import annotations

from datetime import datetime, timedelta

from logkeep.lab.call import Answer, Call, Forward, World
from logkeep.lab.kinds.cloudtrail import find
from logkeep.lab.kinds.cloudtrail.checks import ApiError
from logkeep.lab.kinds.cloudtrail.moments import aware, iso
from logkeep.lab.kinds.cloudtrail.state import (
    DEFAULT_SELECTOR,
    GLOBAL_REGION,
    Course,
    Json,
    Trail,
    TrailStatus,
    state_of,
)
from logkeep.lab.wire import refuse, reply

KEY_LIFE = timedelta(days=365)
"""How far from the lab's first moment a signing key is valid, both ways."""


def trail_answer(trail: Trail) -> Json:
    """A trail as CreateTrail and UpdateTrail answer it; what is not set is left out."""
    optional = {
        "S3KeyPrefix": trail.prefix,
        "SnsTopicName": trail.topic.rpartition(":")[2],
        "SnsTopicARN": _topic_arn(trail),
        "CloudWatchLogsLogGroupArn": trail.log_group,
        "CloudWatchLogsRoleArn": trail.log_role,
        "KmsKeyId": trail.key_arn,
    }
    return {
        "Name": trail.name,
        "S3BucketName": trail.bucket,
        "IncludeGlobalServiceEvents": trail.global_events,
        "IsMultiRegionTrail": trail.multi_region,
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": trail.validation,
        "IsOrganizationTrail": trail.organization,
        "RecursiveLogging": trail.recursive,
        **{name: value for name, value in optional.items() if value},
    }


def _topic_arn(trail: Trail) -> str:
    if not trail.topic or trail.topic.startswith("arn:"):
        return trail.topic
    return f"arn:aws:sns:{trail.home}:{trail.account}:{trail.topic}"


def _described(trail: Trail) -> Json:
    return trail_answer(trail) | {
        "HomeRegion": trail.home,
        "HasCustomEventSelectors": bool(trail.advanced) or trail.selectors != (DEFAULT_SELECTOR,),
        "HasInsightSelectors": bool(trail.insights),
    }


def _in_sight(world: World, call: Call) -> list[Trail]:
    trails = (c.trail for c in state_of(world).courses.values())
    return [t for t in trails if find.visible(world, t, call.caller.account, call.region)]


def describe_trails(world: World, call: Call, _forward: Forward) -> Answer:
    """DescribeTrails: those of this Region, with shadows unless asked not to (rule 1.1.7)."""
    names: list[str] = call.arguments.get("trailNameList") or []
    shadows = call.arguments.get("includeShadowTrails", True)
    if names:
        found = [find.to_read(world, state_of(world), call, n) for n in names]
        trails = [c.trail for c in found if isinstance(c, Course)]
    else:
        trails = _in_sight(world, call)
    shown = [
        t for t in trails if shadows or not find.is_shadow(t, call.caller.account, call.region)
    ]
    return reply(call, {"trailList": [_described(t) for t in shown]})


def list_trails(world: World, call: Call, _forward: Forward) -> Answer:
    """ListTrails: every trail of the account, in whichever Region it is at home."""
    trails = [
        {"TrailARN": t.arn, "Name": t.name, "HomeRegion": t.home}
        for t in (c.trail for c in state_of(world).courses.values())
        if find.visible(world, t, call.caller.account, t.home)
    ]
    return reply(call, {"Trails": trails})


def get_trail(world: World, call: Call, _forward: Forward) -> Answer:
    """GetTrail."""
    course = find.to_read(world, state_of(world), call, str(call.arguments.get("Name", "")))
    if isinstance(course, ApiError):
        return refuse(call, course.code, course.message)
    return reply(call, {"Trail": _described(course.trail)})


def get_trail_status(
    world: World,
    call: Call,
    _forward: Forward,
) -> Answer:
    """GetTrailStatus: of the asked Region only (rule 1.1.8)."""
    course = find.to_read(world, state_of(world), call, str(call.arguments.get("Name", "")))
    if isinstance(course, ApiError):
        return refuse(call, course.code, course.message)
    stream = course.streams.get((call.caller.account, call.region))
    status = stream.status if stream else TrailStatus()
    return reply(call, _status_answer(course.trail, status))


def _status_answer(trail: Trail, status: TrailStatus) -> Json:
    """Rule 1.8, with the retired fields as AWS still sends them."""
    current = {
        "LatestDeliveryError": status.error,
        "LatestDeliveryTime": status.delivered,
        "StartLoggingTime": trail.started,
        "StopLoggingTime": trail.stopped,
        "LatestCloudWatchLogsDeliveryTime": status.logs_delivered,
        "LatestCloudWatchLogsDeliveryError": status.logs_error,
        "LatestDigestDeliveryTime": status.digest_delivered,
        "LatestDigestDeliveryError": status.digest_error,
    }
    return {
        "IsLogging": trail.logging,
        **{name: value for name, value in current.items() if value},
        "LatestDeliveryAttemptTime": _retired(status.attempted),
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "LatestDeliveryAttemptSucceeded": _retired(status.delivered),
        "TimeLoggingStarted": _retired(trail.started),
        "TimeLoggingStopped": _retired(trail.stopped),
    }


def _retired(at: datetime | None) -> str:
    return iso(at) if at else ""


def list_tags(world: World, call: Call, _forward: Forward) -> Answer:
    """ListTags."""
    listed: list[Json] = []
    for arn in call.arguments.get("ResourceIdList") or ():
        course = find.tagged(world, state_of(world), call, str(arn))
        if isinstance(course, ApiError):
            return refuse(call, course.code, course.message)
        tags = [{"Key": k, "Value": v} for k, v in course.trail.tags]
        listed.append({"ResourceId": arn, "TagsList": tags})
    return reply(call, {"ResourceTagList": listed})


def list_public_keys(
    world: World,
    call: Call,
    _forward: Forward,
) -> Answer:
    """ListPublicKeys: the Region's own pair, if it was valid in the asked time (rule 1.9.5)."""
    state = state_of(world)
    start, end = state.start - KEY_LIFE, state.start + KEY_LIFE
    asked_from = aware(call.arguments.get("StartTime") or call.at)
    asked_to = aware(call.arguments.get("EndTime") or call.at)
    if asked_from > asked_to:
        return refuse(call, "InvalidTimeRangeException", "The start time is after the end time.")
    if call.region not in (*world.regions, GLOBAL_REGION) or asked_to < start or asked_from > end:
        return reply(call, {"PublicKeyList": []})
    key = state.key_of(call.region)
    listed = {
        "Value": key.public_der,
        "ValidityStartTime": start,
        "ValidityEndTime": end,
        "Fingerprint": key.fingerprint,
    }
    return reply(call, {"PublicKeyList": [listed]})
