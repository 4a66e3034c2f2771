"""docs/delivery.svg is what `logkeep diagnose ROUTE --picture` draws; nothing in it is hostile."""

from __future__ import annotations

from xml.etree import ElementTree

import msgspec
import pytest

from logkeep.diagnose.diagnosis import Diagnosed, diagnose
from logkeep.show.picture import route_svg
from logkeep.value import ASPECTS
from support import scenes
from support.places import ROOT

PICTURE = ROOT / "docs" / "delivery.svg"
SVG = "{http://www.w3.org/2000/svg}"


def route(name: str = "cloudtrail/222222222222/us-east-1") -> Diagnosed:
    """A route whose key refuses it."""
    found = diagnose(scenes.FLEET, scenes.key_drops_production())
    return next(each for each in found.routes if each.name == name)


def test_the_picture_in_the_docs_is_up_to_date(request: pytest.FixtureRequest) -> None:
    drawn = route_svg(scenes.FLEET, route())
    if request.config.getoption("update_snapshots"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn


def test_each_hop_has_its_box_and_each_aspect_its_mark() -> None:
    drawn = ElementTree.fromstring(route_svg(scenes.FLEET, route()))
    said = [text.text or "" for text in drawn.iter(f"{SVG}text")]
    for hop in route().hops:
        assert hop.role in said
    for aspect in ASPECTS:
        assert aspect in said
    titles = {title.text for title in drawn.iter(f"{SVG}title")}
    assert {"permitted: fails", "configured: holds"} <= titles


def test_a_hostile_name_stays_text() -> None:
    hop = msgspec.structs.replace(
        route().hops[0], role='</text><script>alert("x")</script>\x1b[31m'
    )
    hostile = msgspec.structs.replace(route(), hops=(hop, *route().hops[1:]))
    drawn = route_svg(scenes.FLEET, hostile)
    assert "<script" not in drawn
    assert "\x1b" not in drawn
    assert ElementTree.fromstring(drawn).tag == f"{SVG}svg"
