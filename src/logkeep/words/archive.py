"""The words for what can be wrong with the archive's bucket and key as they stand."""

from __future__ import annotations

from logkeep.policy.resource_kinds import KEY
from logkeep.route import Denies
from logkeep.value import parse_arn
from logkeep.words.access import kind_asked
from logkeep.words.described import Described, Words, template, worded
from logkeep.words.plain import clean, few, texts


def _closed_why(finding: Described) -> str:
    """Which actions no Deny closes, and whom a Deny leaves out."""
    open_ = texts(finding.evidence.get("open"))
    excepted = texts(finding.evidence.get("excepted"))
    parts: list[str] = []
    if open_:
        parts.append(f"no Deny statement denies {few([clean(a) for a in open_])} to everyone")
    if excepted:
        left_out = few([f"`{clean(name)}`" for name in excepted])
        parts.append(f"the existing Deny exempts {left_out}")
    return "; ".join(parts)


def _is_of_archive(finding: Described) -> bool:
    """Whether the policy that is too long is the archive's bucket's, or a key's."""
    return kind_asked(finding) is KEY or finding.arn == finding.fleet.bucket_arn


def _too_long_title(finding: Described) -> str:
    if _is_of_archive(finding):
        return "the archive's policy has no room for all accounts"
    return f"{kind_asked(finding).policy} has no room for what {finding.sender} needs: " + clean(
        finding.arn
    )


def _too_long_fix(finding: Described) -> str:
    fix = "take statements out that are no longer needed"
    more = ", or keep some accounts in a second archive"
    return fix + more if _is_of_archive(finding) else fix


def _key_missing_fix(finding: Described) -> str:
    if parse_arn(finding.fleet.archive.key):
        return (
            "a key named by its ARN is not made for you: name one that exists under "
            "`[archive] key` in logkeep.toml, or an alias such as `alias/logkeep`"
        )
    return "`logkeep plan` makes the key and its alias"


def _disabled_fix(finding: Described) -> str:
    if finding.evidence.get("is") == "PendingDeletion":
        return "`logkeep plan` cancels the deletion and enables the key; ask who wanted it gone"
    if finding.evidence.get("is") == "Disabled":
        return "`logkeep plan` enables it; ask who disabled it"
    return "the key's owner has to bring it back to `Enabled`"


def _unforced_why(finding: Described) -> str:
    """Which uploads no Deny refuses, or that a Deny of ours asks for something else."""
    if "says" in finding.evidence:
        return "the Deny that is there is not the one that the fleet file asks for now"
    sent = dict(finding.need.context) if isinstance(finding.need, Denies) else {}
    algorithm = sent.get("s3:x-amz-server-side-encryption")
    what = f"the header `{algorithm}`" if algorithm else "no encryption header"
    excepted = texts(finding.evidence.get("excepted"))
    if excepted:
        return f"the Deny leaves out {few([f'`{clean(name)}`' for name in excepted])}"
    return f"no Deny refuses an upload with {what} to everybody but AWS services"


SETTINGS_FIX = (
    "`logkeep plan` closes them to all but the archive's administrators: those named under "
    "`[archive] administrators`, or else the role that Logkeep uses there"
)


KEY_FIX = (
    "`logkeep plan` adds a Deny to the key's policy for all but the archive's administrators and "
    "the root user of the key's account"
)


def _endable_why(finding: Described) -> str:
    who = few([f"`{clean(name)}`" for name in texts(finding.evidence.get("who"))])
    may = few([clean(action) for action in texts(finding.evidence.get("may"))])
    ends = "if the key is deleted, nobody can read the logs under it any more"
    return f"{may or 'some of it'} is open to {who}; {ends}"


def _malformed_title(finding: Described) -> str:
    return f"{kind_asked(finding).policy} would not be accepted by AWS"


def _malformed_why(finding: Described) -> str:
    return clean("; ".join(texts(finding.evidence.get("mistakes"))))


def _malformed_fix(finding: Described) -> str:
    whose = kind_asked(finding).word
    return f"ask the {whose}'s owner to correct it; Logkeep changes no policy that it cannot read"


def _too_long_why(finding: Described) -> str:
    length, limit = finding.evidence.get("length", 0), finding.evidence.get("limit", 0)
    return f"in its shortest form it has {length:,} bytes, and AWS takes {limit:,}"


WORDS: dict[str, Words] = {
    "bucket-missing": worded(
        "the archive's bucket `{bucket}` does not exist",
        "{keeper} owns no bucket of that name, and S3 knows none",
        "`logkeep plan` makes it",
    ),
    "requester-pays": worded(
        "the archive's bucket is a Requester Pays bucket",
        "its payer is {is_}; {sender} delivers to no such bucket",
        "`logkeep plan` makes the bucket's owner pay",
    ),
    "key-missing": Words(
        template("the archive's key `{key}` does not exist"),
        template("KMS knows no key of that name in {keeper}"),
        _key_missing_fix,
    ),
    "key-disabled": Words(
        template("the archive's key is not enabled"),
        template(
            "its state is {is_}, so nothing can be encrypted under it: {sender} stops "
            "delivering, and nobody can read what lies there"
        ),
        _disabled_fix,
    ),
    "key-elsewhere": worded(
        "the archive's key lies in another Region than its bucket",
        "the key is in {is_} and the bucket in {should}; S3 takes only a key of its own Region",
        "name a key of {should} under `[archive] key` in logkeep.toml, then run `logkeep plan`",
    ),
    "key-unfit": worded(
        "the archive's key is of a kind that S3 cannot use",
        "it is {is_}, and {should} is wanted",
        "name a symmetric key for encryption under `[archive] key` in logkeep.toml",
    ),
    "key-unnamed": worded(
        "the archive's key has lost its name",
        "a key made for this fleet is there, and `{should}` does not lead to it",
        "`logkeep plan` makes the alias",
        stops=False,
    ),
    "bucket-untagged": worded(
        "a bucket of the fleet has lost its tag",
        "only Logkeep uses it, and it has no tag `logkeep:fleet` that says {should}",
        "`logkeep plan` tags it",
        stops=False,
    ),
    "bucket-unversioned": worded(
        "the archive's bucket keeps no versions",
        "versioning is {is_}: what is overwritten or deleted is gone",
        "`logkeep plan` enables versioning",
    ),
    "bucket-public": worded(
        "the archive's bucket is not closed to the public",
        "Block Public Access has {is_}",
        "`logkeep plan` switches all four flags on",
    ),
    "default-encryption-off": worded(
        "uploads without an encryption header are not encrypted under the archive's key",
        "the bucket's default encryption is {is_}, and {should} is wanted",
        "`logkeep plan` sets it, once the key's policy lets in the services that send no header",
        stops=False,
    ),
    "encryption-unforced": Words(
        template("the archive accepts uploads with another encryption than the fleet wants"),
        _unforced_why,
        template("`logkeep plan` adds a Deny to the bucket's policy that leaves out AWS services"),
        stops=False,
    ),
    "bucket-unlocked": worded(
        "Object Lock does not protect new objects of the archive as the fleet wants",
        "its Object Lock is {is_}, and {should} is wanted",
        "`logkeep plan` sets it; it cannot be switched off again, and does not lock "
        "existing objects",
        stops=False,
    ),
    "bucket-acls": worded(
        "access control lists (ACLs) are still enabled for the archive's bucket",
        "Object Ownership is {is_}: a file may belong to the account that wrote it, and "
        "an ACL may open it to others",
        "`logkeep plan` sets BucketOwnerEnforced",
    ),
    "bucket-expires": worded(
        "the archive's bucket deletes logs by itself",
        "its lifecycle deletes {is_}; no policy stops a lifecycle",
        "it may be intended, so Logkeep leaves it alone: ask the bucket's owner to remove the "
        "rule, or accept this finding in logkeep.toml",
    ),
    "bucket-deletable": Words(
        template("logs in the archive can be deleted"),
        _closed_why,
        template("`logkeep plan` adds a Deny to the bucket's policy; lifecycle rules still work"),
    ),
    "logs-forgeable": Words(
        template("people can add files among the archive's logs"),
        _closed_why,
        template("`logkeep plan` adds a Deny for everyone but AWS services"),
    ),
    "settings-open": Words(
        template("the archive's settings can be changed by others than its administrators"),
        _closed_why,
        template(SETTINGS_FIX),
    ),
    "key-endable": Words(
        template("others than its administrators can disable, delete or hand on the archive's key"),
        _endable_why,
        template(KEY_FIX),
    ),
    "transport-open": Words(
        template("the archive's bucket answers without TLS"),
        _closed_why,
        template("`logkeep plan` adds a Deny where aws:SecureTransport is false"),
    ),
    "policy-malformed": Words(_malformed_title, _malformed_why, _malformed_fix),
    "policy-too-long": Words(
        _too_long_title,
        _too_long_why,
        _too_long_fix,
    ),
}
