"""A typed face of botocore's shapes: what records need to know of an operation's model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from logkeep.lab.wire import service_model


@dataclass(frozen=True)
class Form:
    """One shape of an API model."""

    shape: Any

    @property
    def kind(self) -> Literal["structure", "list", "map", "scalar"]:
        """What the shape is, as far as writing it goes."""
        name = str(self.shape.type_name)
        if name == "structure" or name == "list" or name == "map":
            return name
        return "scalar"

    @property
    def members(self) -> dict[str, Form]:
        """A structure's members by name."""
        return {str(n): Form(s) for n, s in self.shape.members.items()}

    @property
    def item(self) -> Form:
        """A list's element or a map's value."""
        return Form(self.shape.member if self.kind == "list" else self.shape.value)

    @property
    def sensitive(self) -> bool:
        """Whether the model calls it sensitive; a KMS key's id real records show all the same."""
        return bool(self.shape.metadata.get("sensitive")) and self.shape.name != "SSEKMSKeyId"

    @property
    def flattened(self) -> bool:
        """Whether a list is written without an element around it."""
        return bool(self.shape.serialization.get("flattened"))

    @property
    def location(self) -> str:
        """Where it goes in a REST request; empty for the body."""
        return str(self.shape.serialization.get("location") or "")

    def wire(self, otherwise: str) -> str:
        """Its name on the wire."""
        return str(self.shape.serialization.get("name") or otherwise)


@dataclass(frozen=True)
class Operation:
    """One operation of an API model."""

    name: str
    input: Form | None
    output: Form | None
    uri: str
    """The path and fixed query of a REST request."""


@cache
def operation(service: str, name: str) -> Operation:
    """The model of an operation."""
    model: Any = service_model(service).operation_model(name)
    return Operation(
        name,
        Form(model.input_shape) if model.input_shape is not None else None,
        Form(model.output_shape) if model.output_shape is not None else None,
        str(model.http.get("requestUri", "")),
    )


@cache
def endpoint_prefix(service: str) -> str:
    """The first label of the service's real host name."""
    model: Any = service_model(service)
    return str(model.metadata.get("endpointPrefix", service))


@cache
def signing_name(service: str) -> str:
    """The service's name in signatures and in eventSource."""
    model: Any = service_model(service)
    return str(model.signing_name)
