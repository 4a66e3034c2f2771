"""AWS's machine images are in every network of the lab, though made when first asked for."""

from __future__ import annotations

import pytest

from logkeep.lab.kinds.vpc_flow.state import network_of


@pytest.mark.parametrize("first", ["images", "snapshots"])
def test_whichever_is_asked_for_first_all_are_there(first: str) -> None:
    network = network_of(("999999999999", f"eu-west-{1 + (first == 'images')}"))
    asked = {"images": network.describe_images, "snapshots": network.describe_snapshots}
    found = {name: len(asked[name]()) for name in (first, *sorted(asked))}
    assert found["images"] > 1000
    assert found["snapshots"] == found["images"]
