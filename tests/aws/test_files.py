import datetime
import gzip
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logkeep.aws import files
from logkeep.aws.files import (
    NotASnapshot,
    SnapshotFileProblem,
    SnapshotMissing,
    SnapshotOfOtherVersion,
    SnapshotTruncated,
    read_snapshot,
    write_snapshot,
)
from logkeep.snapshot import Reply, Snapshot, ask, reply
from support.examples import examples

TAKEN = datetime.datetime(2026, 11, 23, 3, 10, tzinfo=datetime.UTC)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
QUESTIONS = st.builds(
    ask,
    st.sampled_from(["111111111111", "222222222222"]),
    st.sampled_from(["us-east-1", "eu-west-1"]),
    st.sampled_from(["s3:GetBucketPolicy", "kms:DescribeKey"]),
    Bucket=st.text(max_size=5),
)
REPLIES = st.builds(reply, BODIES) | st.builds(
    lambda error, message: Reply(error=error, message=message), st.text(min_size=1), st.text()
)
SNAPSHOTS = st.builds(
    Snapshot, st.text(), st.just(TAKEN), st.dictionaries(QUESTIONS, REPLIES, max_size=4)
)
SMALL = Snapshot("acme", TAKEN, {ask("1" * 12, "us-east-1", "s3:ListBuckets"): reply({"a": 1})})


def told(snapshot: Snapshot) -> object:
    answers = {
        question: (msgspec.json.decode(found.body), found.error, found.message)
        for question, found in snapshot.answers.items()
    }
    return snapshot.fleet, snapshot.taken_at, answers


@given(SNAPSHOTS)
@examples(30)
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, kept: Snapshot) -> None:
    path = tmp_path_factory.mktemp("s") / "snapshot.gz"
    write_snapshot(path, kept)
    assert told(read_snapshot(path)) == told(kept)


def test_equal_snapshots_give_equal_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    answers = {ask("1" * 12, "eu", "s3:ListBuckets"): reply(1), ask("2" * 12, "eu", "x"): reply(2)}
    write_snapshot(first, Snapshot("acme", TAKEN, answers))
    write_snapshot(second, Snapshot("acme", TAKEN, dict(reversed(answers.items()))))
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o077 == 0


def test_no_part_of_a_snapshot_passes_for_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.gz"
    write_snapshot(path, SMALL)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises((SnapshotTruncated, NotASnapshot)):
            read_snapshot(path)


def test_no_single_changed_byte_of_the_content_is_overlooked(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.gz"
    write_snapshot(path, SMALL)
    whole = path.read_bytes()
    for index in range(10, len(whole)):  # before it lies the gzip header, which says nothing
        path.write_bytes(whole[:index] + bytes([whole[index] ^ 0x55]) + whole[index + 1 :])
        with pytest.raises(SnapshotFileProblem):
            read_snapshot(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", SnapshotTruncated),
        (b'{"snapshot":1}', NotASnapshot),
        (gzip.compress(b""), SnapshotTruncated),
        (gzip.compress(b"[]"), NotASnapshot),
        (gzip.compress(b"hello"), NotASnapshot),
        (gzip.compress(b'{"some":"thing"}'), NotASnapshot),
        (gzip.compress(b'{"snapshot":1}'), NotASnapshot),
        (gzip.compress(b'{"snapshot":2,"fleet":"acme"}'), SnapshotOfOtherVersion),
    ],
    ids=range(8),
)
def test_each_bad_file_is_refused_by_its_own_name(
    tmp_path: Path, content: bytes, problem: type[Exception]
) -> None:
    path = tmp_path / "snapshot.gz"
    path.write_bytes(content)
    with pytest.raises(problem, match=r"snapshot\.gz: "):
        read_snapshot(path)


def test_missing_file_and_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing):
        read_snapshot(tmp_path / "nowhere")
    with pytest.raises(SnapshotFileProblem, match="directory"):
        read_snapshot(tmp_path)


def test_a_write_that_fails_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "snapshot.gz"
    write_snapshot(path, SMALL)
    before = path.read_bytes()

    def fails(_: Snapshot) -> object:
        yield b"{}"
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "encode", fails)
    with pytest.raises(KeyboardInterrupt):
        write_snapshot(path, SMALL)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
