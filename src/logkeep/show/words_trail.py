"""The words for what can be wrong with a trail."""

from __future__ import annotations

from logkeep.show.plain import clean, people
from logkeep.show.told import Told, Words, said, template, worded

POINTS_IT = (
    "`logkeep plan` points it at the archive once the bucket and the key let it; "
    "what it wrote elsewhere stays there"
)
SELECTED = {"s3": "S3 objects", "lambda": "Lambda functions"}


def _is_on_trail(told: Told) -> bool:
    return told.setting != "bucket.owner" and told.role != "bucket"


def _foreign_title(told: Told) -> str:
    if _is_on_trail(told):
        return f"the trail of {told.who} writes into a bucket of another account"
    return f"the archive's bucket `{told.fleet.archive.bucket}` belongs to another account"


def _foreign_why(told: Told) -> str:
    keeper = people(told.fleet, [told.fleet.archive.account])
    name = said(told.evidence.get("is")) if _is_on_trail(told) else told.fleet.archive.bucket
    return (
        f"S3 answers that `{name}` exists, and it is not among the buckets of {keeper}; "
        "whoever owns it can read what arrives there, and delete it"
    )


def _foreign_fix(told: Told) -> str:
    if _is_on_trail(told):
        return POINTS_IT
    return (
        "nobody can take that name back: write another one under `[archive] bucket` in "
        "logkeep.toml, then run `logkeep plan`; until then stop the trails that write there"
    )


def _data_why(told: Told) -> str:
    kind = SELECTED.get(told.setting.rsplit(".", 1)[-1], "some resources")
    taken = said(told.evidence.get("is"))
    return f"of data events of {kind} its event selectors take {taken}, and the fleet wants all"


def _missing_why(told: Told) -> str:
    wanted = ((logs, set(told.accounts) & set(logs.accounts)) for logs in told.fleet.logs)
    names = {logs.trail_name(account) for logs, accounts in wanted for account in accounts}
    named = " or ".join(f"`{clean(name)}`" for name in sorted(names)) or "`logkeep`"
    return (
        f"no trail there points at `{told.fleet.archive.bucket}` or is called {named}; "
        "CloudTrail keeps 90 days of event history by itself, in the account only"
    )


def _limit_why(told: Told) -> str:
    """Rule 1.1.9."""
    return (
        f"{clean(told.evidence.get('limit', 'there are five trails'))}, and AWS raises that for "
        "nobody; shadows of multi-Region trails count"
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
        "it points at `{is_}`, which is nobody's, and the archive is `{should}`; "
        "whoever makes a bucket of that name gets the logs",
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
    ),
    "trail-wrong-key": worded(
        "the trail of {who} encrypts under another key",
        "it names `{is_}`, and the archive's key is `{should}`",
        "`logkeep plan` names the archive's key, once the key lets CloudTrail use it",
    ),
    "trail-single-region": worded(
        "the trail of {who} records one Region only",
        "it is not a multi-Region trail, so what happens in other Regions is in no log file",
        "`logkeep plan` makes it a multi-Region trail",
    ),
    "global-events-off": worded(
        "the trail of {who} leaves out global services",
        "IncludeGlobalServiceEvents is off: calls to IAM, STS and CloudFront are in no log file",
        "`logkeep plan` switches them on",
    ),
    "trail-no-validation": worded(
        "the trail of {who} writes no digests",
        "log file validation is off, so nobody can show that its files are whole, and an idle "
        "Region looks like a silent one",
        "`logkeep plan` switches log file validation on",
    ),
    "management-events-off": worded(
        "the trail of {who} leaves out management events",
        "its event selectors take {is_}, and the fleet wants {should}",
        "`logkeep plan` widens its event selectors",
    ),
    "data-events-off": Words(
        template("the trail of {who} leaves out data events"),
        _data_why,
        template("`logkeep plan` widens its event selectors; AWS bills data events by event"),
    ),
    "trail-limit": Words(
        template("there is no room for another trail in {who}"),
        _limit_why,
        template("delete a trail there that is no longer needed, then run `logkeep plan`"),
    ),
}
