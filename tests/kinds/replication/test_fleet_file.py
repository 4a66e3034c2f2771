"""`[archive.replica]` and `[[replication]]`: what they are read into, and what is wrong with it."""

from __future__ import annotations

import pytest

from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.sources import kinds
from logkeep.sources.replication.options import Pair, Replica, made_role
from support import scenes

PAIR = '[[replication]]\nfrom = "app-logs"\nto = "app-copy"\n'
REPLICA = '[archive.replica]\nbucket = "acme-replica"\nregion = "eu-west-1"\n'
KEY = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"


def read(more: str) -> Fleet | list[str]:
    found = read_fleet(f"{scenes.FLEET_TEXT}\n{more}", kinds())
    return found if isinstance(found, Fleet) else [f"{m.where}: {m.says} {m.hint}" for m in found]


def test_both_tables_are_read() -> None:
    found = read(f'{PAIR}account = "staging"\ntags = ["keep=yes"]\n{PAIR}prefix = "a/"\n{REPLICA}')
    assert isinstance(found, Fleet), found
    one, other, replica = (each.options for each in found.logs_of("replication"))
    assert isinstance(one, Pair)
    assert (one.from_, one.to, one.account, one.tags) == (
        "app-logs", "app-copy", "staging", ("keep=yes",),
    )  # fmt: skip
    assert isinstance(other, Pair)
    assert other.prefix == "a/"
    assert isinstance(replica, Replica)
    assert (replica.bucket, replica.owner) == ("acme-replica", "destination")


def test_the_role_of_the_replica_reads_the_archive_and_nobody_elses_does() -> None:
    found = read(PAIR)
    assert isinstance(found, Fleet)
    assert found.archive_readers == ()
    found = read(REPLICA)
    assert isinstance(found, Fleet)
    assert found.archive_readers == (made_role(found.bucket_arn, found.archive.account),)


@pytest.mark.parametrize("asked", [PAIR, REPLICA])
def test_a_fleet_that_only_replicates_needs_no_logs(asked: str) -> None:
    text = scenes.FLEET_TEXT.partition("[[logs]]")[0]
    found = read_fleet(f"{text}\n{asked}", kinds())
    assert isinstance(found, Fleet), found
    assert {each.source for each in found.logs} == {"replication"}
    nothing = read_fleet(text, kinds())
    assert isinstance(nothing, tuple)
    assert [(each.where, each.says) for each in nothing] == [("logkeep.toml: logs", "missing")]
    assert "`[[replication]]`" in nothing[0].hint


def back(source: str, to: str) -> str:
    return f'[[replication]]\nfrom = "{source}"\nto = "{to}"\n'


THREE = ("app-logs", "app-copy", "x-1")
EACH_INTO_EVERY = "".join(back(one, to) for one in THREE for to in THREE if one != to)
LAST = back("x-1", "app-copy")


def role_of(name: str) -> str:
    return f'role = "arn:aws:iam::111111111111:role/{name}"\n'


@pytest.mark.parametrize(
    "text",
    [
        PAIR + back("app-copy", "app-third"),  # a chain: S3 sends nothing on, and nothing goes back
        f'{PAIR}tags = ["k=v"]\n{PAIR}tags = ["k=w"]\nowner = "source"\n',
        f'{PAIR}prefix = "a/"\n{PAIR}prefix = "b/"\nowner = "source"\n',
        f'{PAIR}prefix = "a/"\n{PAIR}prefix = "a/b/"\n',  # the same of both
        PAIR + back("app-logs", "app-third"),
        REPLICA + PAIR,
        PAIR + back("app-copy", "app-logs"),  # two-way, which S3 allows
        REPLICA + PAIR + back("app-copy", "app-logs"),
        EACH_INTO_EVERY,
        f'{PAIR}prefix = "a/"\n{back("app-copy", "x-1")}prefix = "b/"\n{back("x-1", "app-logs")}'
        'prefix = "c/"\n',  # nothing that comes to one would have to go on
    ],
)
def test_what_goes_together(text: str) -> None:
    assert isinstance(read(text), Fleet), read(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[replication]]\nfrom = "app-logs"\n', "replication[0].to: missing"),
        (PAIR.replace("app-copy", "app-logs"), "a bucket is not replicated into itself"),
        (f'{PAIR}key = "{KEY.rsplit("/", 1)[1]}"\n', "name it by its ARN"),
        (f'{PAIR}key = "alias/x"\n', "looked up in the account of the role"),
        (f'{PAIR}key = "{KEY.rsplit(":", 1)[0]}:alias/x"\n', "name the key by its own ARN"),
        (PAIR + PAIR, "`app-logs` into `app-copy` is asked for already"),
        (REPLICA.replace("acme-replica", "secprod-multiaccount-logs"), "the archive itself"),
        (f'{PAIR}region = "us-east-1"\nkey = "{KEY}"\n', "lies in `eu-west-1`"),
        (f'{PAIR}account = "stagin"\n', "did you mean `staging`?"),
        (f'{PAIR}owner = "me"\n', "unknown value `me`"),
        (f'{PAIR}storage-class = "COLD"\n', "unknown value `COLD`"),
        (f'{PAIR}tags = ["keep"]\n', "not KEY=VALUE"),
        (f'{PAIR}tags = ["k=v"]\ndelete-markers = true\n', "no delete markers by tags"),
        (f'{PAIR}buckt = "x"\n', "unknown key `buckt`"),
        (
            PAIR + back("app-copy", "x-1") + back("x-1", "app-logs"),
            "replication[2].to: a cycle of replications: app-logs -> app-copy -> x-1 -> app-logs "
            "S3 replicates no replica any further: what is written into `app-logs` comes to "
            "`app-copy` and not to `x-1`; replicate `app-logs` into `x-1` too",
        ),
        (EACH_INTO_EVERY.removesuffix(LAST), "comes to `app-logs` and not to `app-copy`"),
        (
            REPLICA + back("acme-replica", "secprod-multiaccount-logs"),
            "archive.replica.bucket: a cycle of replications: secprod-multiaccount-logs -> acme-"
            "replica -> secprod-multiaccount-logs leave one of them out: who writes into the "
            "archive's replica would also write into the archive",
        ),
        (
            f'{PAIR}prefix = "a/"\n{PAIR}prefix = "a/b/"\nowner = "source"\n',
            "replication[1].prefix: overlapping filters: `app-logs` into `app-copy` is asked for "
            "already of `a/`, with another `owner`",
        ),
        (f'{PAIR}tags = ["k=v"]\n{PAIR}time-control = true\n', "with another `time-control`"),
        (
            f'{PAIR}account = "staging"\n{PAIR}account = "production"\nprefix = "a/"\n',
            "`app-copy` is said to be in `staging` too",
        ),
        (
            f"{PAIR}{role_of('x')}{back('app-logs', 'app-two')}{role_of('y')}",
            "a bucket has one role for all its rules",
        ),
        (f'{REPLICA}readers = ["LogReader"]\n', "archive.replica.readers"),
        ('[archive.replica]\nregion = "eu-west-1"\n', "archive.replica.bucket: missing"),
        (f'{REPLICA}owner = "source"\n', "its bucket has no ACLs"),
        (f"{REPLICA}delete-markers = true\n", "keeps what is deleted in the archive"),
        ('[[logs]]\nsource = "replication"\n', "unknown source `replication`"),
        ('[replication]\nfrom = "a"\n', "write it as `[[replication]]`"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str) -> None:
    found = read(text)
    assert isinstance(found, list)
    assert any(says in each for each in found), found
