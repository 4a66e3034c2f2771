"""Beside `aws cloudtrail validate-logs` on random tamperings.

What it finds Logkeep finds too, and nothing is accused that CloudTrail wrote and nobody touched.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from awscli.clidriver import create_clidriver
from hypothesis import given
from hypothesis import strategies as st

from kinds.cloudtrail.integrity.written import with_trail, write
from logkeep.archive.spans import Span
from logkeep.aws.collect import collect
from logkeep.aws.session import Session
from logkeep.cli.verify import to_ask
from logkeep.fleet import Fleet
from logkeep.lab.documents import bucket_of
from logkeep.lab.server import Lab
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.cloudtrail.integrity.series import digest_time, log_time
from support.examples import examples
from support.verified import verified
from support.worlds import fleet_of

pytestmark = pytest.mark.lab
ACCOUNT = "111111111111"
BUCKET = "tampered-archive"
START = datetime.datetime(2026, 11, 16, tzinfo=datetime.UTC)
HOURS = 9
NONE = datetime.timedelta(0)
HALF = datetime.timedelta(minutes=30)
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/logkeep"
INVALID = re.compile(r"^(?:Digest|Log) file\ts3://[^/]+/(\S+)\tINVALID", re.MULTILINE)
META = "x-amz-meta-"
SPAN = ("--start-time", "2026-11-15", "--end-time", "2026-12-31", "--verbose")


@dataclass
class Scene:
    """An archive that the lab's CloudTrail wrote, as it was and as it is now."""

    lab: Lab
    fleet: Fleet
    snapshot: Snapshot
    whole: dict[str, tuple[bytes, dict[str, str]]]
    modified: dict[str, datetime.datetime]
    touched: set[str] = field(default_factory=set)

    @property
    def store(self) -> dict[str, Any]:
        return bucket_of(BUCKET).keys

    def restore(self) -> None:
        with self.lab.front.lock:
            for key in [key for key in self.store if key not in self.whole]:
                self.store.pop(key)
        for key in self.touched & self.whole.keys():
            # As old as it was: one that came as late as the next may be the newest there is.
            self.put(key, *self.whole[key], at=self.modified[key])
        self.touched = set()

    def put(
        self,
        key: str,
        body: bytes,
        metadata: dict[str, str],
        at: datetime.datetime | None = None,
    ) -> None:
        self.lab.world.store_object(
            BUCKET,
            key,
            body,
            at=at or self.lab.world.now(),
            algorithm="AES256",
            metadata=metadata,
        )
        self.touched.add(key)

    def file(self, number: int, kind: str = "") -> str:
        """A file that CloudTrail wrote; of one kind, if that is said."""
        keys = sorted(key for key in self.whole if kind in key)
        return keys[number % len(keys)]

    def deletes(self, number: int, _: int) -> None:
        self.delete(self.file(number))

    def deletes_a_digest(self, number: int, _: int) -> None:
        self.delete(self.file(number, "/CloudTrail-Digest/"))

    def delete(self, key: str) -> None:
        with self.lab.front.lock:
            if key in self.store:
                self.store.pop(key)
        self.touched.add(key)

    def changes(self, number: int, other: int) -> None:
        body, metadata = self.whole[self.file(number)]
        text = gzip.decompress(body)
        at = other * 7 % len(text)
        # Another digit or letter, so that it may still be JSON.
        changed = bytes([text[at] ^ 1])
        self.put(self.file(number), gzip.compress(text[:at] + changed + text[at + 1 :]), metadata)

    def spoils(self, number: int, _: int) -> None:
        self.put(self.file(number), b"no archive", self.whole[self.file(number)][1])

    def unsigns(self, number: int, _: int) -> None:
        key = self.file(number, "/CloudTrail-Digest/")
        self.put(key, self.whole[key][0], {})

    def puts_in_anothers_place(self, number: int, other: int) -> None:
        kind = ("/CloudTrail/", "/CloudTrail-Digest/")[number % 2]
        here, there = self.file(number, kind), self.file(other, kind)
        if here != there:
            self.put(there, *self.whole[here])

    def invents(self, number: int, _: int) -> None:
        key = self.file(number, "/CloudTrail/").replace(".json.gz", "")
        self.put(f"{key[:-4]}FAKE.json.gz", gzip.compress(b'{"Records": []}'), {})

    def aws_finds(self) -> set[str]:
        """The files that aws-cli says are missing or not as they were written."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            create_clidriver().main(["cloudtrail", "validate-logs", "--trail-arn", TRAIL, *SPAN])
        return set(INVALID.findall(said.getvalue()))

    def logkeep_finds(self) -> tuple[dict[str, str], list[Span]]:
        """The files that are missing or not as they were written, and the times that are proven."""
        report, stands, _ = verified(self.fleet, Session(self.fleet), self.snapshot)
        found = {f.key: f.kind for c in report.chains for f in c.faults if f.fails}
        assert ({each.verdict for each in stands.values()} == {"holds"}) == (not self.touched)
        return found, [span for each in stands.values() for span in each.proven]

    def innocent(self, key: str) -> bool:
        """Whether CloudTrail wrote it, nobody touched it, and the digest that lists it is whole."""
        at = log_time(key)
        digests = [key for key in self.touched if (ends := digest_time(key)) is not None and at is
                   not None and at <= ends <= at + datetime.timedelta(hours=2)]  # fmt: skip
        return key in self.whole and key not in self.touched and not digests


def _content(found: Any) -> tuple[bytes, dict[str, str]]:
    """The bytes and the user metadata of a stored object."""
    named = {name.lower(): value for name, value in found.metadata.items()}
    own = {name for name in named if name.startswith(META)}
    return found.value, {name.removeprefix(META): named[name] for name in own}


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    fleet = fleet_of({"security": ACCOUNT}, ("us-east-1",), readers=None)
    archive = msgspec.structs.replace(fleet.archive, bucket=BUCKET)
    fleet = msgspec.structs.replace(fleet, archive=archive)
    before = dict(os.environ)
    with Lab({ACCOUNT: "security"}, ("us-east-1",), START, ticking=False, extra={}) as lab:
        write(lab, with_trail(lab, BUCKET), HOURS, logs=3)
        try:
            os.environ.update(lab.environment("ada"))
            snapshot = collect(fleet, lambda known: to_ask(Facts(fleet, known)), Session(fleet))
            stored = list(bucket_of(BUCKET).keys.items())
            kept = {key: _content(found) for key, found in stored}
            modified = {
                key: found.last_modified.replace(tzinfo=datetime.UTC) for key, found in stored
            }
            yield Scene(lab, fleet, snapshot, kept, modified)
        finally:
            os.environ.clear()
            os.environ.update(before)


TAMPERINGS = (
    "deletes",
    "deletes_a_digest",
    "changes",
    "spoils",
    "unsigns",
    "puts_in_anothers_place",
    "invents",
)
STEPS = st.tuples(st.sampled_from(TAMPERINGS), st.integers(0, 999), st.integers(0, 999))


@examples(8)
@given(st.lists(STEPS, min_size=1, max_size=4))
def test_what_aws_finds_is_found_and_nothing_genuine_is_accused(
    scene: Scene, steps: list[tuple[str, int, int]]
) -> None:
    scene.restore()
    for name, number, other in steps:
        getattr(scene, name)(number, other)
    theirs, (ours, proven) = scene.aws_finds(), scene.logkeep_finds()
    assert theirs <= ours.keys()
    assert [key for key in ours if scene.innocent(key)] == []
    # Where a digest is at fault, that fault may stand for the files of its hour.
    for key in (scene.touched & scene.whole.keys()) - ours.keys():
        at = log_time(key) or (digest_time(key) or START) - HALF
        assert not any(span.holds(at, NONE) for span in proven), key


def test_both_find_an_untouched_archive_whole(scene: Scene) -> None:
    scene.restore()
    assert scene.aws_finds() == set()
    assert scene.logkeep_finds()[0] == {}
