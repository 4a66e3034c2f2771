"""How such archives grow: by hand, one `aws` command at a time."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta

from logkeep.lab.demo.stage import START, Stage
from logkeep.lab.kinds.cloudtrail.by_hand_policies import (
    BUCKET,
    READER,
    SECURITY,
    TRAIL,
    bucket_policy,
    fleet_text,
    key_policy,
    trail_arn,
)
from logkeep.lab.kinds.cloudtrail.held import Archive, File, logs
from logkeep.lab.work import work

MEMBERS = {"production": "222222222222", "staging": "333333333333"}
KEEPER = "admin@security"
READS = "LogReader@security"
WHOLE = ("--is-multi-region-trail", "--enable-log-file-validation")


def tell(here: Stage) -> None:
    """Tell it."""
    key = _first_trail(here)
    before = _members_without_key(here)
    _members_with_key(here, key, before)
    _who_reads(here)
    _validated(here)
    _tampered(here)


def _trail(
    here: Stage, verb: str, *more: str, who: str, code: int | None = 0, shown: bool = True
) -> str:
    """One `aws cloudtrail` command about the trail; what it printed."""
    return here.run(
        "aws", "cloudtrail", verb, "--name", TRAIL, *more, who=who, code=code, shown=shown
    ).text


def _create(here: Stage, *more: str, who: str, code: int | None = 0, shown: bool = True) -> str:
    query = ("--query", "TrailARN", "--output", "text")
    where = ("--s3-bucket-name", BUCKET)
    return _trail(
        here, "create-trail", *where, *WHOLE, *more, *query, who=who, code=code, shown=shown
    )


def _put_bucket_policy(here: Stage, *accounts: str, shown: bool = False) -> None:
    here.write("bucket-policy.json", bucket_policy(accounts), shown=shown)
    put = ("put-bucket-policy", "--bucket", BUCKET, "--policy", "file://bucket-policy.json")
    here.run("aws", "s3api", *put, who=KEEPER)


def _first_trail(here: Stage) -> str:
    """The security account's own trail, with its bucket and its key."""
    here.title("1. The first trail, in the security account")
    here.run("aws", "s3api", "create-bucket", "--bucket", BUCKET, who=KEEPER)
    here.say("A trail needs a bucket that lets CloudTrail in. AWS checks that at once:")
    refused = _create(here, who=KEEPER, code=None)
    here.expect("InsufficientS3BucketPolicyException" in refused, "AWS names the bucket's policy")
    _put_bucket_policy(here, SECURITY, shown=True)
    here.say("And a key of its own, which CloudTrail may use for this one trail:")
    here.write("key-policy.json", key_policy([SECURITY]))
    policy = ("--policy", "file://key-policy.json")
    query = ("--query", "KeyMetadata.Arn", "--output", "text")
    key = here.run("aws", "kms", "create-key", *policy, *query, who=KEEPER).text.strip()
    alias = ("--alias-name", f"alias/{TRAIL}", "--target-key-id", key)
    here.run("aws", "kms", "create-alias", *alias, who=KEEPER)
    _create(here, "--kms-key-id", key, who=KEEPER)
    _trail(here, "start-logging", who=KEEPER)
    return key


def _members_without_key(here: Stage) -> dict[str, File]:
    """Two more accounts send their logs too; nobody thinks of the key."""
    here.title("2. Two more accounts join, and nobody thinks of the key")
    refused = _create(here, who="admin@production", code=None)
    here.expect("InsufficientS3BucketPolicyException" in refused, "AWS names the bucket's policy")
    here.say("The bucket is in another account, so its owner has to name the new trails first:")
    _put_bucket_policy(here, SECURITY, *MEMBERS.values())
    for name in MEMBERS:
        shown = name == "production"
        _create(here, who=f"admin@{name}", shown=shown)
        _trail(here, "start-logging", who=f"admin@{name}", shown=shown)
    here.say("Staging does the same. To be sure, the bucket's default encryption is set as well:")
    _default_encryption(here)
    work(here.running, "monday")
    here.advance(timedelta(hours=1))
    here.say("People work, an hour goes by, and files arrive from all three accounts:")
    joined = ("security", "production")
    newest = {name: _newest(here, _accounts(here)[name]) for name in joined}
    for name, file in newest.items():
        wanted = "aws:kms" if name == "security" else "AES256"
        here.expect(
            _head(here, file)[0] == wanted, f"the file of {name} is encrypted with {wanted}"
        )
    here.say(
        """A trail that names no key sends the header AES256 itself, and a header overrides the
        bucket's default (rule 1.5.2). Everybody who may read the bucket can read these files."""
    )
    return newest


def _default_encryption(here: Stage) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": f"alias/{TRAIL}"}
    rules = json.dumps({"Rules": [{"ApplyServerSideEncryptionByDefault": default}]})
    put = ("--bucket", BUCKET, "--server-side-encryption-configuration", rules)
    here.run("aws", "s3api", "put-bucket-encryption", *put, who=KEEPER)


def _accounts(here: Stage) -> dict[str, str]:
    return {name: id_ for id_, name in here.running.accounts.items()}


def _archive(here: Stage) -> Archive:
    return Archive(here.running, BUCKET, role=READER)


def _newest(here: Stage, account: str) -> File:
    """The newest log file of an account's home Region."""
    found = logs(_archive(here).files(f"AWSLogs/{account}/CloudTrail/us-east-1/"))
    here.expect(found, f"log files of {account} arrive")
    return max(found, key=lambda file: file.modified_at)


def _head(here: Stage, file: File) -> tuple[str, ...]:
    """How a file lies there, by `head-object`."""
    query = ("--query", "[ServerSideEncryption,SSEKMSKeyId]", "--output", "text")
    head = ("head-object", "--bucket", BUCKET, "--key", file.key)
    return tuple(here.run("aws", "s3api", *head, *query, who=READS).text.split())


def _members_with_key(here: Stage, key: str, before: dict[str, File]) -> None:
    """The key's policy grows account by account, and the trails are pointed at the key."""
    here.title("3. The key, account by account")
    here.say("The trails are to name the key. AWS checks that too:")
    named = ("--kms-key-id", key, "--query", "KmsKeyId", "--output", "text")
    refused = _trail(here, "update-trail", *named, who="admin@production", code=None)
    here.expect("InsufficientEncryptionPolicyException" in refused, "AWS names the key's policy")
    known = [SECURITY]
    here.say("The key's policy names production's trail now, and then the trail may name the key:")
    for name, account in MEMBERS.items():
        known.append(account)
        here.write("key-policy.json", key_policy(known), shown=False)
        put = ("--key-id", key, "--policy-name", "default", "--policy", "file://key-policy.json")
        shown = name == "production"
        here.run("aws", "kms", "put-key-policy", *put, who=KEEPER, shown=shown)
        _trail(here, "update-trail", *named, who=f"admin@{name}", shown=shown)
    work(here.running, "tuesday")
    here.advance(timedelta(hours=1))
    here.say(
        "Staging does the same. An hour later, production's newest file and the one from before:"
    )
    after = _newest(here, MEMBERS["production"])
    here.expect(_head(here, after) == ("aws:kms", key), "new files are encrypted under the key")
    old = _head(here, before["production"])
    here.expect(old[0] == "AES256", "files from before stay as they were")
    here.say("What was written before stays as it was written. Nothing encrypts it again.")


def _who_reads(here: Stage) -> None:
    here.title("4. A reader decrypts, a developer does not")
    file = _newest(here, MEMBERS["production"])
    source = f"s3://{BUCKET}/{file.key}"
    quiet = ("--no-progress",)
    here.run("aws", "s3", "cp", source, "log.json.gz", *quiet, who=READS)
    records = json.loads(gzip.decompress((here.folder / "log.json.gz").read_bytes()))["Records"]
    here.say(f"The reader has it: {len(records)} records of {MEMBERS['production']}.")
    copy = ("s3", "cp", source, "mine.json.gz", *quiet)
    refused = here.run("aws", *copy, who="developer@security", code=None)
    here.expect("AccessDenied" in refused.text, "the developer is refused")
    here.say(
        """The developer of the same account may do anything in S3, and is refused all the same:
        the key's policy lets one role decrypt, and nobody else."""
    )


def _validate(here: Stage, account: str, code: int) -> str:
    """`aws cloudtrail validate-logs`, as the reader, of one account's trail."""
    start = f"{START.replace(minute=0):%Y-%m-%dT%H:%M:%SZ}"
    end = f"{_now(here):%Y-%m-%dT%H:%M:%SZ}"
    span = ("--start-time", start, "--end-time", end)
    which = ("--trail-arn", trail_arn(account), "--s3-bucket", BUCKET, "--account-id", account)
    return here.run("aws", "cloudtrail", "validate-logs", *which, *span, who=READS, code=code).text


def _now(here: Stage) -> datetime:
    return here.lab.world.now()


def _validated(here: Stage) -> None:
    here.title("5. Everything is as CloudTrail wrote it")
    said = _validate(here, MEMBERS["production"], 0)
    here.expect("INVALID" not in said, "every file of production is valid")
    here.expect("digest files valid" in said, "there are digests of production")


def _tampered(here: Stage) -> None:
    """Change one file, delete another: AWS's tool and Logkeep name the same two."""
    here.title("6. Until somebody changes one file and deletes another")
    account = MEMBERS["production"]
    held = logs(_archive(here).files(f"AWSLogs/{account}/CloudTrail/us-east-1/"))
    changed, deleted = max(held, key=_age), min(held, key=_age)
    here.say("Nothing protects the bucket itself: an administrator may write and delete there.")
    text = gzip.decompress((here.folder / "log.json.gz").read_bytes()).decode()
    other = text.replace("127.0.0.1", "203.0.113.99").encode()
    (here.folder / "changed.json.gz").write_bytes(gzip.compress(other, mtime=0))
    where = f"s3://{BUCKET}/{changed.key}"
    sent = ("--no-progress", "--sse", "AES256")
    here.run("aws", "s3", "cp", "changed.json.gz", where, *sent, who=KEEPER)
    here.run("aws", "s3", "rm", f"s3://{BUCKET}/{deleted.key}", who=KEEPER)
    said = _validate(here, account, 1)
    here.expect(f"{changed.key}\tINVALID: hash" in said, "AWS's tool names the changed file")
    here.expect(f"{deleted.key}\tINVALID: not found" in said, "AWS's tool names the deleted file")
    _logkeep_agrees(here, changed, deleted)


def _age(file: File) -> datetime:
    return file.modified_at


def _logkeep_agrees(here: Stage, changed: File, deleted: File) -> None:
    here.say("Logkeep looks at the same archive, and says what it would take to protect it:")
    here.write("logkeep.toml", fleet_text())
    found = here.run("logkeep", "diagnose", code=1)
    here.expect("bucket-deletable" in found.text, "diagnose says that logs can be deleted")
    here.say("And the reader verifies it, all accounts and Regions at once:")
    said = here.run("logkeep", "verify", who=READS, code=1).text
    for kind, file in (("log-changed", changed), ("log-missing", deleted)):
        here.expect(kind in said and file.key in said, f"verify names {file.key} as {kind}")
