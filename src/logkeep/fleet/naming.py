"""Which names AWS accepts, and what is wrong with one that it would not."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from logkeep.value import AccountId, Region, parse_arn

BUCKET_CHARS_MAX = 63
PREFIX_CHARS_MAX = 200
_BUCKET_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_NO_REGIONAL_NAMESPACE = frozenset({"me-south-1", "me-central-1"})
_REGION = re.compile(r"[a-z]{2,6}(-[a-z]{2,12}){1,3}-\d{1,2}")
_ACCOUNT = re.compile(r"\d{12}")
_ROLE = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_ALIAS = re.compile(r"alias/[A-Za-z0-9/_-]{1,250}")
_KEY_ID = re.compile(r"key/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})")
_PRINCIPAL = re.compile(
    r"root|(user|role)/([\x21-\x29\x2b-\x3e\x40-\x7e]{1,512}/)?[A-Za-z0-9_+=,.@-]{1,64}"
)


class Objection(NamedTuple):
    """Why a name is refused, and what would help."""

    says: str
    hint: str = ""


def bucket_objection(name: str) -> Objection | None:
    """What S3's page "General purpose bucket naming rules" holds against a bucket's name."""
    if not 3 <= len(name) <= BUCKET_CHARS_MAX:
        return Objection(f"a bucket name has 3 to 63 characters, this has {len(name)}")
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        hint = "write it in lower case" if re.fullmatch(r"[A-Za-z0-9.-]+", name) else ""
        return Objection(
            "a bucket name has only lower-case letters, digits, periods and hyphens", hint
        )
    if not (name[0].isalnum() and name[-1].isalnum()):
        return Objection("a bucket name begins and ends with a letter or digit")
    if ".." in name:
        return Objection("a bucket name has no two periods in a row")
    if is_ip_address(name):
        return Objection("a bucket name does not look like an IP address")
    return _reserved_objection(name)


def _reserved_objection(name: str) -> Objection | None:
    for start in _BUCKET_STARTS:
        if name.startswith(start):
            return Objection(f"bucket names beginning `{start}` are reserved by AWS")
    for end in _BUCKET_ENDS:
        if name.endswith(end):
            return Objection(f"bucket names ending `{end}` are reserved by AWS")
    return None


def regional_objection(name: str, account: AccountId, region: Region) -> Objection | None:
    """What is wrong with a name that ends as account-regional ones do (rule 10.6)."""
    if not name.endswith("-an"):
        return None
    if region in _NO_REGIONAL_NAMESPACE:
        return Objection(f"{region} has no account-regional bucket names, which end `-an`")
    ending = f"-{account}-{region}-an"
    if name.endswith(ending) and len(name) > len(ending):
        return None
    hint = f"end it `{ending}`, or otherwise than `-an`"
    return Objection("names ending `-an` are account-regional ones", hint)


def regional_bucket(start: str, account: AccountId, region: Region) -> str | None:
    """The bucket name that only this account can take (rule 10.6), None where there are none."""
    if region in _NO_REGIONAL_NAMESPACE:
        return None
    ending = f"-logs-{account}-{region}-an"
    return start[: BUCKET_CHARS_MAX - len(ending)].rstrip("-") + ending


def is_ip_address(text: str) -> bool:
    """Whether the text is written as an IPv4 address."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return bool(re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", text))
    return True


def account_objection(text: str) -> Objection | None:
    """What is wrong with an account's id."""
    if _ACCOUNT.fullmatch(text) and text.isascii():
        return None
    bare = re.sub(r"[\s-]", "", text)
    hint = f"did you mean `{bare}`?" if _ACCOUNT.fullmatch(bare) and bare.isascii() else ""
    return Objection("an account id has twelve digits", hint)


def region_objection(text: str) -> Objection | None:
    """What is wrong with the shape of a Region's name."""
    if _REGION.fullmatch(text) and text.isascii():
        return None
    zone = re.fullmatch(r"(.*\d)[a-z]", text)
    if zone and _REGION.fullmatch(zone[1]):
        return Objection("this is an Availability Zone", f"did you mean `{zone[1]}`?")
    if _REGION.fullmatch(text.lower()):
        return Objection("a Region is written in lower case", f"did you mean `{text.lower()}`?")
    return Objection("not a Region's name", "a Region looks like `eu-west-1`")


def role_objection(text: str) -> Objection | None:
    """What IAM's page "IAM and AWS STS quotas" holds against a role's name."""
    if _ROLE.fullmatch(text):
        return None
    if text.startswith("arn:"):
        hint = "write its name only; the same role is assumed in every account"
        return Objection("a role's name is wanted, not its ARN", hint)
    return Objection("a role name has 1 to 64 letters, digits and `_+=,.@-`")


def group_objection(text: str) -> Objection | None:
    """What CloudWatch Logs holds against a log group's name (API Reference, CreateLogGroup)."""
    if text.startswith("arn:"):
        return Objection("a log group's name is wanted, not its ARN", "write its name only")
    if text.startswith("aws/"):
        return Objection("log groups beginning `aws/` are AWS's own")
    if re.fullmatch(r"[A-Za-z0-9._/#-]{1,512}", text):
        return None
    return Objection("a log group's name has 1 to 512 letters, digits and `._-/#`")


def prefix_objection(text: str) -> Objection | None:
    """What AWS holds against an S3 key prefix (rule 1.3.2)."""
    if not 1 <= len(text) <= PREFIX_CHARS_MAX:
        return Objection(f"a prefix has 1 to 200 characters, this has {len(text)}")
    if text.startswith("/") or text.endswith("/"):
        return Objection("a prefix has no slash at its ends", f"write `{text.strip('/')}`")
    if "AWSLogs/" in text + "/":
        hint = "leave it out; AWS puts `AWSLogs/` after the prefix itself"
        return Objection("a prefix holds no `AWSLogs/`", hint)
    return None if text.isprintable() else Objection("a prefix holds only printable characters")


def key_objection(text: str, partition: str, region: Region) -> Objection | None:
    """What is wrong with a key for a bucket in this Region; an empty place is not compared."""
    if text.startswith("alias/"):
        return _alias_objection(text)
    parts = parse_arn(text)
    if parts is None or parts.service != "kms" or not _KEY_ID.fullmatch(parts.resource):
        hint = "write `alias/NAME`, or `arn:aws:kms:REGION:ACCOUNT:key/ID`"
        return Objection("neither an alias nor a key's ARN", hint)
    if partition and parts.partition != partition:
        return Objection(f"the fleet lives in partition `{partition}`, not `{parts.partition}`")
    if region and parts.region != region:
        says = f"the key lies in `{parts.region}` and the bucket in `{region}`"
        return Objection(says, "S3 takes only a key of the bucket's own Region")  # rule 1.6.1
    return account_objection(parts.account)


def _alias_objection(text: str) -> Objection | None:
    if text.startswith("alias/aws/"):
        hint = "nobody can change the policy of a key that AWS manages; name one of your own"
        return Objection("aliases beginning `alias/aws/` belong to AWS", hint)
    if not _ALIAS.fullmatch(text):
        return Objection("an alias has only letters, digits and `/_-` after `alias/`")
    return None


def principal_objection(text: str, partition: str) -> Objection | None:
    """What is wrong with the ARN of a role, user or account root; `` as partition is any."""
    parts = parse_arn(text)
    example = f"write `arn:{partition or 'aws'}:iam::ACCOUNT:role/NAME`"
    if parts is None:
        return Objection("not an ARN", example)
    if partition and parts.partition != partition:
        return Objection(f"the fleet lives in partition `{partition}`, not `{parts.partition}`")
    if parts.service == "sts":
        return Objection("a session comes and goes; its role is wanted", example)
    if parts.service != "iam" or parts.region or not _PRINCIPAL.fullmatch(parts.resource):
        return Objection("not the ARN of a role or user", example)
    return account_objection(parts.account)
