"""Whatever stands in an event history, nobody becomes trusted by it, and nothing of it commands.

Records are written by whoever calls AWS: session names, roles' names, and whole records where a
snapshot was forged. The fleet file and the terminal get plain text, and policies none of it.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from kinds.cloudtrail.founded import KEEPER, LOGKEEP, TOWER, Found, fleet_in, seed_of
from kinds.cloudtrail.test_founding import grown, text_of
from logkeep.plan import plan
from logkeep.show.paint import Paint
from logkeep.show.plan import plan_text
from support import changes, scenes
from support.shut_out import ARCHIVE, open_archive, told
from support.worlds import NOW

AT = NOW - datetime.timedelta(days=2)
STRANGER = "999999999999"
ESCAPE = "\x1b]8;;http://example.com\x07\u202e\x9b31m\r"


def hostile(own: str) -> dict[str, Any]:
    """Who changed the archive, by what is wrong with it; `own` is the archive's account."""
    issuer = f"arn:aws:iam::{own}:role/"
    return {
        "another account's role": changes.session(f"arn:aws:iam::{STRANGER}:role/Mallory"),
        "another account's user": changes.user(f"arn:aws:iam::{STRANGER}:user/Mallory"),
        "another partition's": changes.session(f"arn:aws-cn:iam::{own}:role/Mallory"),
        "another service's": changes.session(f"arn:aws:sts::{own}:role/Mallory"),
        "anybody": changes.user("*"),
        "any role": changes.session(f"{issuer}*"),
        "any role of its name": changes.session(f"{issuer}Mallory?"),
        "a variable": changes.session(f"{issuer}Mallory/${{aws:username}}"),
        "the account": changes.session(f"arn:aws:iam::{own}:root"),
        "a role with lines": changes.session(
            f'{issuer}Mallory"\nadministrators = ["arn:aws:iam::{STRANGER}:role/Mallory"]\n#'
        ),
        "a role with a table": changes.session(f"{issuer}Mallory\n[archive]\nbucket = 'mallory'"),
        "a role that speaks to the terminal": changes.session(f"{issuer}Mallory{ESCAPE}"),
        "a session that does": changes.session(f"{issuer}Mallory", ESCAPE),
        "a service that does": changes.service(f"mallory.amazonaws.com{ESCAPE}"),
        "an account that does": changes.stranger(f"Mallory{ESCAPE}"),
        "a long name": changes.session(f"{issuer}Mallory{'x' * 3000}"),
        "a role that is not there": changes.session(f"{issuer}Mallory"),
        "another's session of its name": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{own}:assumed-role/AWSControlTowerExecution/x",
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{STRANGER}:role/Mallory"}},
        },
        "numbers": {"type": 1, "arn": 2, "sessionContext": {"sessionIssuer": {"arn": 3}}},
    }


def is_plain(text: str) -> bool:
    return all(each.isprintable() or each == "\n" for each in text)


def roles_there(name: str) -> list[str]:
    """Those that are there; of a forged snapshot also what is no role's name."""
    who = hostile(KEEPER)[name]
    issuer = who.get("sessionContext", {}).get("sessionIssuer", {}).get("arn", "")
    forged = [issuer] if name != "a role that is not there" and isinstance(issuer, str) else []
    return [TOWER, LOGKEEP, *forged]


def history_of(name: str, own: str, bucket: str) -> list[dict[str, Any]]:
    return [changes.event("PutBucketPolicy", AT, hostile(own)[name], bucket)]


@pytest.mark.parametrize("is_known", [False, True], ids=["unknown", "as if there"])
@pytest.mark.parametrize("name", hostile(KEEPER))
def test_nobody_becomes_an_administrator_by_it(name: str, *, is_known: bool) -> None:
    roles = roles_there(name) if is_known else [TOWER, LOGKEEP]
    aws: Found = grown(events=history_of(name, KEEPER, "acme-logs"), roles=roles)
    text = text_of(aws, seed_of())
    fleet = fleet_in(text)
    assert is_plain(text)
    assert fleet.archive.bucket == "acme-logs"
    named = [each for each in fleet.archive.administrators or () if each not in (TOWER, LOGKEEP)]
    if is_known and name in ("a session that does", "a long name"):
        assert {each.partition("Mallory")[0] for each in named} <= {f"arn:aws:iam::{KEEPER}:role/"}
    else:
        assert named == []
    assert max(map(len, text.splitlines())) < 4000


@pytest.mark.parametrize("name", hostile(ARCHIVE))
def test_a_plan_tells_it_as_plain_text_and_trusts_nobody(name: str) -> None:
    history = history_of(name, ARCHIVE, scenes.FLEET.archive.bucket)
    made = plan(scenes.FLEET, told(open_archive(), *history))
    without = plan(scenes.FLEET, told(open_archive()))
    assert [each.arguments for each in made.changes] == [each.arguments for each in without.changes]
    assert "allory" not in json.dumps([each.arguments for each in made.changes])
    said = plan_text(scenes.FLEET, made, Paint())
    assert is_plain(said)
    assert max(map(len, said.splitlines())) < 200
