"""Access logs switched on that never came: found, and mended."""

from __future__ import annotations

from datetime import timedelta

from logkeep.lab.demo.stage import Stage
from logkeep.lab.fleet_text import fleet_text

WHO = "admin@production"
ASKED = """\
[[logs]]
source = "s3-access"
accounts = ["production"]
buckets = ["app-*"]"""
TARGET = "app-access-logs"
INTO = f"LoggingEnabled={{TargetBucket={TARGET},TargetPrefix=data/}}"


def tell(here: Stage) -> None:
    """Tell it."""
    _by_hand(here)
    _silence(here)
    _found(here)
    _arriving(here)


def _by_hand(here: Stage) -> None:
    here.title("1. Switched on by hand")
    here.say(
        """Production's data lies in `app-data`, and somebody wants to know who reads it. Two
        buckets, one setting, and S3 has no objection:"""
    )
    for name in ("app-data", TARGET):
        here.run("aws", "s3api", "create-bucket", "--bucket", name, who=WHO, shown=False)
    named = ("--bucket", "app-data", "--bucket-logging-status", INTO)
    here.run("aws", "s3api", "put-bucket-logging", *named, who=WHO)


def _use(here: Stage) -> None:
    """A developer puts an object and reads it."""
    here.write("report.csv", "place,sum\n", shown=False)
    where = ("--bucket", "app-data", "--key", "report.csv")
    here.run("aws", "s3api", "put-object", *where, "--body", "report.csv", who=WHO, shown=False)
    here.run("aws", "s3api", "get-object", *where, "copy.csv", who=WHO, shown=False)


def _silence(here: Stage) -> None:
    here.advance(timedelta(hours=1))
    _use(here)
    here.advance(timedelta(hours=6))
    here.say("People use the bucket, and six hours go by. No log has come, and nothing says why:")
    found = here.run("aws", "s3", "ls", f"s3://{TARGET}", "--recursive", who=WHO)
    here.expect(not found.text.strip(), "no log has come")


def _found(here: Stage) -> None:
    here.title("2. Found")
    here.say(
        """The console would have written a policy for the bucket that takes the logs; the API does
        not. Logkeep asks the very request that S3 makes:"""
    )
    here.write(
        "logkeep.toml", fleet_text(here.running.accounts, here.running.regions, ASKED), shown=False
    )
    found = here.run("logkeep", "diagnose", code=1)
    here.expect("error[target-refuses]" in found.text, "diagnose names the target's refusal")
    here.title("3. Mended")
    here.say("One statement, for this bucket alone; the setting that is there stays:")
    here.run("logkeep", "apply", "--yes")


def _arriving(here: Stage) -> None:
    _use(here)
    here.advance(timedelta(hours=4))
    here.title("4. Arriving")
    here.say(
        """Access logs are late and best effort: hours, not minutes, and a few records may be lost.
        Four hours later they are there, each request a line:"""
    )
    copied = ("s3", "cp", f"s3://{TARGET}", "logs", "--recursive", "--quiet")
    here.run("aws", *copied, who=WHO)
    logs = sorted((here.folder / "logs").rglob("*"))
    texts = [path.read_text(encoding="utf-8") for path in logs if path.is_file()]
    mine = [line for text in texts for line in text.splitlines() if "report.csv" in line]
    here.expect(mine, "the logs have the requests that were made")
    here.show(*(line for record in mine for line in _short(record)))
    here.run("logkeep", "diagnose")
    here.run("logkeep", "list", "access-logs")


def _short(record: str) -> tuple[str, str]:
    """What a record says of who asked, and of what for; its ids and its end are left out."""
    start, _, rest = record.partition('"')
    _, bucket, moment, zone, _, who, _, operation, _ = start.split()
    uri, _, after = rest.partition('"')
    status = after.split()[0]
    return f"... {bucket} {moment} {zone} {who}", f'    {operation} "{uri}" {status} ...'
