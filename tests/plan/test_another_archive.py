"""What is planned where the fleet file names another archive than the one that is in use?"""

from __future__ import annotations

import msgspec

from logkeep.plan import plan
from support import scenes
from support.worlds import known_more

NAME = "brand-new-archive"
MOVED = msgspec.structs.replace(
    scenes.FLEET, archive=msgspec.structs.replace(scenes.FLEET.archive, bucket=NAME)
)


def test_a_bucket_that_is_not_there_is_planned_under_the_key_that_is() -> None:
    made = plan(MOVED, known_more(MOVED, scenes.healthy()))
    assert made.blocked == ()
    calls = [change.call for change in made.changes]
    assert calls[0] == "s3:CreateBucket"
    assert calls.count("cloudtrail:UpdateTrail") == len(MOVED.accounts)
