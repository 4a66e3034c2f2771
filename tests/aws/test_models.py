"""The SDK's descriptions of services: read quicker, and as the SDK reads them itself."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest
from botocore import exceptions as sdk

from logkeep.aws.calls import CALLS, service_of
from logkeep.aws.models import OPERATIONS_MANY, models
from logkeep.aws.session import OURS
from logkeep.aws.writes import WRITES


class Sdks(botocore.loaders.Loader):
    """As it is where no lab is in the same process."""

    FILE_LOADER_CLASS = botocore.loaders.JSONFileLoader


SDK: Any = Sdks()
OF_AWS = sorted({*WRITES, *(name for name, call in CALLS.items() if not call.outside)})
SERVICES = sorted({service_of(call) for call in OF_AWS})


@pytest.mark.parametrize("service", SERVICES)
def test_a_description_is_the_sdks_with_the_calls_that_are_ours(service: str) -> None:
    for kind in ("service-2", "endpoint-rule-set-1"):
        own, whole = (each.load_service_model(service, kind) for each in (models(None, OURS), SDK))
        if kind == "service-2" and len(whole["operations"]) > OPERATIONS_MANY:
            calls = {name for name in whole["operations"] if f"{service}:{name}" in OURS}
            assert set(own["operations"]) == calls
            whole = {**whole, "operations": {name: whole["operations"][name] for name in calls}}
        assert json.dumps(own, sort_keys=True) == json.dumps(whole, sort_keys=True)


def test_every_call_of_the_tables_is_described() -> None:
    loader = models(None, OURS)
    for call in OF_AWS:
        service, name = call.split(":")
        described = loader.load_service_model(service_of(call), "service-2")["operations"]
        assert name in described, (service, name)


def test_what_is_not_described_is_missed_as_the_sdk_misses_it() -> None:
    loader = models(None, OURS)
    for service, kind in (("nothing", "service-2"), ("sts", "nothing-1")):
        with pytest.raises(sdk.DataNotFoundError):
            loader.load_service_model(service, kind)


def test_the_users_own_descriptions_go_first(tmp_path: Path) -> None:
    own = tmp_path / "weather" / "2026-01-01"
    own.mkdir(parents=True)
    (tmp_path / "a file").touch()
    with gzip.open(own / "service-2.json.gz", "wt") as file:
        file.write('{"operations": {}, "metadata": {}}')
    (own / "broken-1.json").write_text("{")
    loader = models(f"{tmp_path}:{tmp_path / 'nowhere'}", OURS)
    assert "weather" in loader.list_available_services("service-2")
    assert loader.load_service_model("weather", "service-2")["operations"] == {}
    with pytest.raises(ValueError, match=r"broken-1\.json: "):
        loader.load_service_model("weather", "broken-1")
