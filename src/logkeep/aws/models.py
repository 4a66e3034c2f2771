"""What does the SDK know of each service? Its own descriptions, read in half of its time."""

from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Callable
from typing import IO, Any, Final

import msgspec
from botocore import loaders

# botocore ships no types.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUntypedBaseClass=false
Loader: Any = loaders.Loader

FORMS: Final[tuple[tuple[str, Callable[[str, str], IO[bytes]]], ...]] = (
    (".json", open),  # type: ignore[assignment]
    (".json.gz", gzip.open),  # type: ignore[assignment]
)

NO_FILE: Final = (FileNotFoundError, IsADirectoryError, NotADirectoryError)

OPERATIONS_FILE: Final = "service-2"
OPERATIONS_MANY: Final = 200
"""The SDK itself makes calls to smaller services, to come by credentials."""


class Files:
    """Reads the files of descriptions, plain or packed."""

    def exists(self, file_path: str) -> bool:
        """Whether there is such a file; the name is told without its ending."""
        return any(os.path.isfile(f"{file_path}{ending}") for ending, _ in FORMS)

    def load_file(self, file_path: str) -> Any:
        """What a file holds, None where there is none; raises ValueError where it is no JSON."""
        for ending, opened in FORMS:
            path = f"{file_path}{ending}"
            with contextlib.suppress(*NO_FILE), opened(path, "rb") as file:
                try:
                    return msgspec.json.decode(file.read())
                except msgspec.DecodeError as error:
                    raise ValueError(f"{path}: {error}") from error
        return None


class Models(Loader):
    """The SDK's descriptions of services, from where the user's own settings say too."""

    FILE_LOADER_CLASS = Files
    ours: frozenset[str] = frozenset()

    def list_available_services(self, type_name: str) -> list[str]:
        """Every service that is described; of what type is seen when one is asked for.

        The SDK looks into each service's folder for that, which takes as long as reading one.
        """
        del type_name
        found = {each for path in self._potential_locations() for each in os.listdir(path)}
        return sorted(found)

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        """A service's description; of one with many operations only of those that are ours.

        The SDK makes a method of each: 750 for one question to EC2.
        """
        found: Any = super().load_service_model(service_name, type_name, api_version)
        if type_name == OPERATIONS_FILE and len(found["operations"]) > OPERATIONS_MANY:
            own = {name: each for name, each in found["operations"].items()
                   if f"{service_name}:{name}" in self.ours}  # fmt: skip
            found["operations"] = own or found["operations"]
        return found


def models(data_path: str | None, ours: frozenset[str]) -> Any:
    """Descriptions of services from these folders besides the SDK's own, as it takes the path.

    Ours are the calls that Logkeep makes, as `ec2:DescribeRegions`.
    """
    paths = [
        os.path.expanduser(os.path.expandvars(each))
        for each in (data_path or "").split(os.pathsep)
        if each
    ]
    made = Models(extra_search_paths=paths)
    made.ours = ours
    return made
