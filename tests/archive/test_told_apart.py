"""One log stands for all of its folder only where no policy could tell two of them apart."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from logkeep.access.policies.distinguish import Patterns, reaches_into
from logkeep.policy import Layers, Policy, decide, read_policy, request
from support.examples import examples

BUCKET = "arn:aws:s3:::logs"
FOLDER = f"{BUCKET}/AWSLogs/222222222222/CloudTrail/"
PARTS = (
    "arn:aws:s3:::", "arn:*:s3:::", "arn:aws:s3:*:*:", "logs", "/", "AWSLogs", "222222222222",
    "CloudTrail", "us-east-1", "eu-west-1", "*", "?", "log", ".json.gz", "${aws:PrincipalAccount}",
)  # fmt: skip
PATTERNS = st.one_of(
    st.builds("".join, st.lists(st.sampled_from(PARTS), min_size=1, max_size=7)),
    st.builds("arn:aws:s3:::{}".format, st.builds("".join, st.lists(st.sampled_from(PARTS[3:])))),
    st.integers(0, len(FOLDER)).map(lambda length: f"{FOLDER[:length]}*"),
    st.tuples(st.integers(0, len(FOLDER)), st.sampled_from("*?")).map(
        lambda it: f"{FOLDER[: it[0]]}{it[1]}{FOLDER[it[0] + 1 :]}*"
    ),
)
NAMES = [
    f"{FOLDER}{''.join(parts)}"
    for parts in itertools.product(
        ("us-east-1", "eu-west-1", ""), ("/", ""), ("log", "2026:x/"), (".json.gz", "")
    )
]


def says(pattern: str) -> set[str]:
    """What a policy with this Resource says of each name in the folder."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": pattern}
    policy = read_policy({"Version": "2012-10-17", "Statement": statement}, "resource", "a policy")
    if not isinstance(policy, Policy):
        return set()
    context = {"aws:PrincipalAccount": "222222222222"}
    user = "arn:aws:iam::222222222222:user/ada"
    asked = (request(user, "s3:GetObject", name, "222222222222", context) for name in NAMES)
    return {decide(each, Layers(resource=policy)).outcome for each in asked}


@examples(400)
@given(PATTERNS)
def test_what_does_not_reach_into_a_folder_says_the_same_of_all_in_it(pattern: str) -> None:
    assert reaches_into(pattern, FOLDER) or len(says(pattern)) <= 1


@examples(200)
@given(st.lists(PATTERNS, max_size=6))
def test_all_that_reach_into_a_folder_are_near_it(patterns: list[str]) -> None:
    near = set(Patterns(patterns).near(FOLDER))
    assert {pattern for pattern in patterns if reaches_into(pattern, FOLDER)} <= near


def test_the_usual_resources_tell_nothing_apart() -> None:
    for pattern in ("*", f"{BUCKET}/*", f"{BUCKET}/*AWSLogs/*", f"{BUCKET}/AWSLogs/*", BUCKET):
        assert not reaches_into(pattern, FOLDER), pattern
    for pattern in (f"{FOLDER}us-east-1/*", f"{BUCKET}/*/us-east-1/*", f"{BUCKET}/*.json.gz"):
        assert reaches_into(pattern, FOLDER), pattern


def test_many_wildcards_take_no_longer() -> None:
    for middle in ("*a" * 400, "*a?" * 400):
        assert reaches_into(f"{BUCKET}/{middle}*", FOLDER)
    assert not reaches_into(f"{BUCKET}/{'*' * 400}CloudTrail{'*' * 400}", FOLDER)
