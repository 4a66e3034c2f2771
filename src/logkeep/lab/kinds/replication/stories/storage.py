"""An upload refused despite a default; the archive replicated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from logkeep.lab.demo.stage import Stage
from logkeep.lab.fleet_text import BUCKET, fleet_text
from logkeep.lab.work import work

WHO = "admin@production"
KEEPER = "admin@staging"
DATA, REPLICA, ABROAD = "app-data", "acme-replica", "eu-west-1"
FORCED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "EncryptionIsAskedFor",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{DATA}/*",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}},
        }
    ],
}
WANTED = f"""
[archive.replica]
account = "staging"
region = "{ABROAD}"
bucket = "{REPLICA}"
key = "{{key}}"
"""


def tell(here: Stage) -> None:
    """Tell it."""
    fleet = fleet_text(here.running.accounts, here.running.regions)
    here.write("logkeep.toml", fleet, shown=False)
    here.run("logkeep", "apply", "--yes", shown=False)
    _refused(here)
    _accepted(here)
    _replica(here, fleet)


def _refused(here: Stage) -> None:
    here.title("1. Refused, although there is a default")
    here.say(
        f"""Production's bucket `{DATA}` encrypts by default, and its policy denies an upload that
        does not ask for encryption:"""
    )
    here.run("aws", "s3api", "create-bucket", "--bucket", DATA, who=WHO, shown=False)
    here.write("policy.json", FORCED, shown=False)
    put = ("put-bucket-policy", "--bucket", DATA, "--policy", "file://policy.json")
    here.run("aws", "s3api", *put, who=WHO, shown=False)
    where = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault"
    shown = ("get-bucket-encryption", "--bucket", DATA, "--query", where)
    here.run("aws", "s3api", *shown, who=WHO)
    here.write("report.csv", "place,sum\n", shown=False)
    copy = ("s3", "cp", "report.csv", f"s3://{DATA}/", "--no-progress")
    found = here.run("aws", *copy, who=WHO, code=None)
    here.expect("explicit deny in a resource-based policy" in found.text, "the upload is refused")
    found = here.run("logkeep", "try", "put", f"s3://{DATA}/report.csv", code=1)
    here.expect("AccessDenied" in found.text, "it was foretold")


def _accepted(here: Stage) -> None:
    here.title("2. Accepted")
    copy = ("s3", "cp", "report.csv", f"s3://{DATA}/", "--sse", "AES256", "--no-progress")
    here.run("aws", *copy, who=WHO)
    head = ("head-object", "--bucket", DATA, "--key", "report.csv")
    lies = here.run("aws", "s3api", *head, who=WHO, shown=False).json()
    here.expect(lies["ServerSideEncryption"] == "AES256", "it lies as its header says")


def _replica(here: Stage, fleet: str) -> None:
    work(here.running, "monday")
    here.advance(timedelta(hours=1))
    old = _logs(here, BUCKET, "ada")
    here.expect(old, "the archive has logs before it has a replica")
    made = ("kms", "create-key", "--region", ABROAD)
    key = here.run("aws", *made, who=KEEPER, shown=False).json()["KeyMetadata"]["Arn"]
    here.title("3. The archive, replicated into another account")
    here.say(
        """One more table in the fleet file: staging keeps a second copy, in another Region and
        under a key of its own. Logkeep sets up both sides; S3 then copies what is written from now
        on:"""
    )
    wanted = WANTED.format(key=key)
    here.write("logkeep.toml", fleet + wanted, shown=False)
    here.show(*wanted.strip().splitlines())
    here.run("logkeep", "apply", "--yes", ends=(5, 2))
    work(here.running, "tuesday")
    here.advance(timedelta(hours=1))
    here.advance(timedelta(minutes=14))  # the newest logs take some minutes more
    _object_by_object(here, old)
    _left(here, min(old))


def _object_by_object(here: Stage, old: dict[str, str]) -> None:
    """Which logs are in the replica, and whose they are there."""
    logs, copies = _logs(here, BUCKET, "ada"), _logs(here, REPLICA, KEEPER)
    owner = here.run("aws", "s3api", "list-buckets", who=KEEPER, shown=False).json()["Owner"]["ID"]
    here.expect(set(copies.values()) == {owner}, "staging owns every replica")
    here.expect(copies.keys() == logs.keys() - old.keys(), "what was there before is left")
    here.say(
        """People go on working, and an hour goes by. Object by object, the logs of us-east-1; each
        replica is staging's own, so that nobody of the archive's account can delete both:"""
    )
    names = here.running.accounts
    for_each = {True: "in the replica, owned by staging", False: "left where it is"}
    lines = sorted((_moment(key), names[_account(key)], for_each[key in copies]) for key in logs)
    here.show(*(f"{moment}  {account:<10}  {fate}" for moment, account, fate in lines))
    newest = max(copies, key=_moment)
    for bucket, who, wanted in ((BUCKET, "ada", "COMPLETED"), (REPLICA, KEEPER, "REPLICA")):
        head = ("head-object", "--bucket", bucket, "--key", newest)
        found = here.run("aws", "s3api", *head, who=who, shown=False).json()
        here.expect(found["ReplicationStatus"] == wanted, f"S3 says {wanted} in {bucket}")


def _left(here: Stage, key: str) -> None:
    """One that is not replicated, and why."""
    here.title("4. One that is not")
    here.say("S3 gives what it leaves no status at all, and no reason. Logkeep names it:")
    head = ("head-object", "--bucket", BUCKET, "--key", key, "--query", "ReplicationStatus")
    found = here.run("aws", "s3api", *head, shown=False)
    here.expect(found.json() is None, "S3 says nothing of what is older than the rule")
    asked = ("try", "replicate", f"s3://{BUCKET}/{key}", "--created", "before")
    found = here.run("logkeep", *asked, code=1)
    here.expect("existed before the rule" in found.text, "the reason is its age")


def _logs(here: Stage, bucket: str, who: str) -> dict[str, str]:
    """The owner of each log of us-east-1, by its key."""
    listed = ("list-object-versions", "--bucket", bucket)
    answer = here.run("aws", "s3api", *listed, who=who, shown=False).json()
    found: list[dict[str, Any]] = answer.get("Versions") or []
    own = [each for each in found if "/CloudTrail/us-east-1/" in each["Key"]]
    return {each["Key"]: each["Owner"]["ID"] for each in own}


def _account(key: str) -> str:
    """Whose log it is, as its key tells."""
    return key.rpartition("/")[2].partition("_")[0]


def _moment(key: str) -> str:
    """When it was delivered, as its key tells."""
    text = key.split("_")[-2]
    return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[9:11]}:{text[11:13]}"
