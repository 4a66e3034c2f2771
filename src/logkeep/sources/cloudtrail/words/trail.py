"""The words for what can be wrong with a trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from logkeep.sources.cloudtrail.options import trail_logs
from logkeep.sources.cloudtrail.trails import LEADERS
from logkeep.value import Json
from logkeep.words.described import Described, Words, said, template, worded
from logkeep.words.plain import clean, few, joined, people, texts

POINTS_IT = (
    "`logkeep plan` points it at the archive once the bucket and the key let it; "
    "what it wrote elsewhere stays there"
)
SELECTED = {"s3": "S3 objects", "lambda": "Lambda functions"}
TELLING = ("eventCategory", "eventSource", "readOnly", "resources.type", "resources.ARN")
"""The fields of an event that are told otherwise than by their names."""


def _is_on_trail(finding: Described) -> bool:
    return finding.setting != "bucket.owner" and finding.role != "bucket"


def _foreign_title(finding: Described) -> str:
    if _is_on_trail(finding):
        return f"the trail of {finding.who} writes into a bucket of another account"
    return f"the archive's bucket `{finding.fleet.archive.bucket}` belongs to another account"


def _foreign_why(finding: Described) -> str:
    keeper = people(finding.fleet, [finding.fleet.archive.account])
    name = (
        said(finding.evidence.get("is")) if _is_on_trail(finding) else finding.fleet.archive.bucket
    )
    return (
        f"S3 answers that `{name}` exists, and it is not among the buckets of {keeper}; "
        "its owner can read what arrives there, and delete it"
    )


def _foreign_fix(finding: Described) -> str:
    if _is_on_trail(finding):
        return POINTS_IT
    return (
        "you cannot get that name back: write another one under `[archive] bucket` in "
        "logkeep.toml, then run `logkeep plan`; until then stop the trails that write there"
    )


def _management_why(finding: Described) -> str:
    """Rule 1.12: what its selectors take, and an event that they do not."""
    found = _some(finding)
    if not found:
        taken, should = (said(finding.evidence.get(name)) for name in ("is", "should"))
        return f"its event selectors take {taken}, and the fleet wants {should}"
    return (
        f"of management events its event selectors take {_taken(found)}, and the fleet wants "
        f"all{_for_instance(found)}"
    )


def _data_why(finding: Described) -> str:
    """Rule 1.12: which buckets and functions are covered, and that all others are not."""
    found = _some(finding)
    single = found.get("of")
    kind = f"`{clean(single)}`" if single else SELECTED.get(finding.setting.rsplit(".", 1)[-1])
    if not found:
        taken = said(finding.evidence.get("is"))
        return f"of data events of {kind} its event selectors take {taken}, and the fleet wants all"
    if not found["taken"]:
        return f"of data events of {kind} its event selectors take none, and the fleet wants all"
    rest = "not all" if single else "none of any other"
    return (
        f"of data events of {kind} its event selectors take {_taken(found)}, and {rest}"
        f"{_for_instance(found)}"
    )


def _some(finding: Described) -> Mapping[str, Json]:
    """What the selectors take and leave out, where they take some of it."""
    found = finding.evidence.get("is")
    return cast("dict[str, Json]", found) if isinstance(found, dict) else {}


def _taken(found: Mapping[str, Json]) -> str:
    return few([f"`{clean(each)}`" for each in texts(found["taken"])], 6)


def _for_instance(found: Mapping[str, Json]) -> str:
    """An event that is left out, by what the selectors ask of it."""
    missed: dict[str, str] = found.get("misses") or {}
    if not missed:
        return ""
    what = "read" if missed.get("readOnly") == "true" else "write"
    of = missed.get("resources.ARN") or missed.get("eventSource", "")
    more = [f"{name} `{clean(value)}`" for name, value in missed.items() if name not in TELLING]
    also = f" with {joined(more)}" if more else ""
    return f"; a {what} of `{clean(of)}`{also} is left out, for instance"


def _missing_why(finding: Described) -> str:
    wanted = (
        (logs, set(finding.accounts) & set(logs.accounts)) for logs in trail_logs(finding.fleet)
    )
    names = {logs.options.trail_name(account) for logs, accounts in wanted for account in accounts}
    named = " or ".join(f"`{clean(name)}`" for name in sorted(names)) or "`logkeep`"
    return (
        f"no trail there points at `{finding.fleet.archive.bucket}` or is called {named}; "
        "CloudTrail keeps 90 days of event history by itself, in the account only"
    )


def _global_why(finding: Described) -> str:
    """The trail's own flag; or that no trail at all would record them (rule 1.11.1)."""
    if finding.setting:
        return "its IncludeGlobalServiceEvents is off"
    home = LEADERS.get(finding.fleet.partition)
    where = f" in {home}, where AWS records them" if home else ""
    return (
        "calls to IAM, STS and CloudFront are in no log file: no trail at the archive records "
        f"them{where}"
    )


def _recorded_by(finding: Described) -> str:
    """Who records global events; several at once are those that cannot be told to leave them."""
    trails = texts(finding.evidence.get("recorders"))
    if not trails:
        return ""
    named = few([f"`{clean(arn)}`" for arn in trails])
    several = ": a multi-Region trail always records them" if len(trails) > 1 else ""  # rule 1.11.3
    return f"recorded by {named}{several}"


def _full_why(finding: Described) -> str:
    """Rules 1.12.2, 1.12.3."""
    return clean(finding.evidence.get("limit", "AWS takes 500 values in a trail's selectors"))


def _limit_why(finding: Described) -> str:
    """Rule 1.1.9."""
    return (
        f"{clean(finding.evidence.get('limit', 'there are five trails'))}, and AWS does not raise "
        "that limit; shadows of multi-Region trails count too"
    )


WORDS: dict[str, Words] = {
    "trail-missing": Words(
        template("no trail brings the logs of {who} to the archive"),
        _missing_why,
        template(
            "`logkeep plan` makes a multi-Region trail with log file validation under the "
            "archive's key, and starts it"
        ),
    ),
    "trail-off": worded(
        "the trail of {who} is switched off",
        "GetTrailStatus says that it is not logging; what happens meanwhile is in no log file",
        "`logkeep plan` starts it",
    ),
    "trail-elsewhere": worded(
        "the trail of {who} writes to another bucket",
        "it points at `{is_}`, and the archive is `{should}`",
        POINTS_IT,
    ),
    "bucket-misspelt": worded(
        "the trail of {who} names a bucket that does not exist",
        "it points at `{is_}`, which nobody owns, and the archive is `{should}`; "
        "anybody who makes a bucket of that name gets the logs",
        POINTS_IT,
    ),
    "bucket-foreign": Words(_foreign_title, _foreign_why, _foreign_fix),
    "trail-prefix": worded(
        "the trail of {who} writes under another prefix",
        "its S3 key prefix is {is_}, and the fleet file says {should}",
        "`logkeep plan` changes it, and the bucket's policy first",
    ),
    "trail-no-key": worded(
        "the trail of {who} names no key",
        "without one CloudTrail sends the header `AES256` itself, so its files are not under "
        "the archive's key even where that is the bucket's default",
        "`logkeep plan` names the archive's key, once the key lets CloudTrail use it",
        stops=False,
    ),
    "trail-wrong-key": worded(
        "the trail of {who} encrypts under another key",
        "it names `{is_}`, and the archive's key is `{should}`",
        "`logkeep plan` names the archive's key, once the key lets CloudTrail use it",
        stops=False,
    ),
    "trail-single-region": worded(
        "the trail of {who} records one Region only",
        "it is not a multi-Region trail, so what happens outside its home Region is in no log file",
        "`logkeep plan` makes it a multi-Region trail",
        stops=False,
    ),
    "global-events-off": Words(
        template("the trail of {who} leaves out global services"),
        _global_why,
        template("`logkeep plan` switches them on, on a trail that can record them"),
        step="global events",
        stops=False,
        holds=_recorded_by,
    ),
    "trail-no-validation": worded(
        "the trail of {who} writes no digests",
        "log file validation is off, so nobody can show that its files are complete, and an "
        "idle Region looks like one whose logs are missing",
        "`logkeep plan` switches log file validation on",
        stops=False,
    ),
    "management-events-off": Words(
        template("the trail of {who} leaves out management events"),
        _management_why,
        template("`logkeep plan` widens its event selectors"),
        step="selectors",
        stops=False,
    ),
    "data-events-off": Words(
        template("the trail of {who} leaves out data events"),
        _data_why,
        template("`logkeep plan` widens its event selectors; AWS bills data events by event"),
        step="selectors",
        stops=False,
    ),
    "selectors-full": Words(
        template("the event selectors of {who} cannot hold what the fleet wants"),
        _full_why,
        template("take values out of them that are no longer needed, then run `logkeep plan`"),
        stops=False,
    ),
    "insights-off": worded(
        "the trail of {who} does not have the Insights that the fleet wants",
        "it has {is_}, and the fleet wants {should}",
        "`logkeep plan` switches it on; AWS bills Insights by event analysed",
        step="selectors",
        stops=False,
    ),
    "log-bucket-loop": worded(
        "the trail of {who} records its own deliveries",
        "it takes data events of `{bucket}`, and RecursiveLogging is on: each log file that "
        "CloudTrail puts there is an event of the next one, for ever, and is billed",
        "`logkeep plan` switches RecursiveLogging off; what people and others do there stays "
        "recorded",
        step="selectors",
        stops=False,
    ),
    "trail-limit": Words(
        template("there is no room for another trail in {who}"),
        _limit_why,
        template("delete a trail there that is no longer needed, then run `logkeep plan`"),
    ),
}
