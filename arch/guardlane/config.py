# SPDX-License-Identifier: Apache-2.0
"""Strict settings: frozen models whose every value has a unit and a source, and their identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from guardlane.cite import Citation
from guardlane.errors import GuardlaneError
from guardlane.units import Quantity, Read


class Settings(BaseModel):
    """Values that describe a thing: strict types, no unknown keys, no NaN, never changed.

    Fields are `name: Annotated[type, bounds, citation] = default`; one may be a `Settings` too.
    """

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_default=True,
    )


class NotIdentity:
    """Mark in an annotation: this value cannot change a result; it is in no hash and no record."""


class Positional:
    """Mark in an annotation: on the command line this value needs no option name."""


def is_marked(field: FieldInfo, mark: type) -> bool:
    """Whether the annotation of `field` carries `mark`, as a class or an instance of it."""
    return any(item is mark or isinstance(item, mark) for item in field.metadata)


@dataclass(frozen=True)
class Parameter:
    """One value of a `Settings`, however deep: what a table of parameters shows."""

    path: tuple[str, ...]
    annotation: Any
    default: Any  # PydanticUndefined when it must be given
    is_required: bool
    citation: Citation | None
    choices: tuple[str, ...]
    is_identity: bool
    is_positional: bool

    @property
    def name(self) -> str:
        """Value of the dotted name: `machine.core.clock`."""
        return ".".join(self.path)

    @property
    def default_text(self) -> str:
        """Value of the default as one types it; empty when there is none."""
        if self.is_required or self.default is None:
            return ""
        if isinstance(self.default, bool):
            return str(self.default).lower()
        return str(self.default)


def settings_class(annotation: Any) -> type[Settings] | None:
    """Value of the `Settings` class that `annotation` is, or None."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, Settings) else None


def explain(model: type[Settings], prefix: tuple[str, ...] = ()) -> Iterator[Parameter]:
    """List every parameter of `model` and of the settings inside it, as they are declared."""
    for name, field in model.model_fields.items():
        inner = settings_class(field.annotation)
        if inner is not None:
            yield from explain(inner, (*prefix, name))
            continue
        citations = [item for item in field.metadata if isinstance(item, Citation)]
        yield Parameter(
            path=(*prefix, name),
            annotation=field.annotation,
            default=field.get_default(call_default_factory=True, validated_data={}),
            is_required=field.is_required(),
            citation=citations[0] if citations else None,
            choices=choices(field.annotation),
            is_identity=not is_marked(field, NotIdentity),
            is_positional=is_marked(field, Positional),
        )


def choices(annotation: Any) -> tuple[str, ...]:
    """Value of the words that `annotation` allows; empty when it is no list of words."""
    if get_origin(annotation) is Literal:
        return tuple(str(word) for word in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(member.value) for member in annotation)
    return ()


def resolved(settings: Settings) -> dict[str, Any]:
    """Value of the settings as JSON-able data in base units, less what is marked `NotIdentity`."""
    fields = type(settings).model_fields
    return {
        name: plain(getattr(settings, name), name)
        for name, field in fields.items()
        if not is_marked(field, NotIdentity)
    }


def plain(value: Any, name: str) -> Any:
    """Value of `value` as JSON-able data: quantities as integers, ranges and paths as text."""
    if isinstance(value, Settings):
        return resolved(value)
    if isinstance(value, Enum):
        return plain(value.value, name)
    if isinstance(value, Quantity):
        return int(value)
    if isinstance(value, Read | PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{name}[{place}]") for place, item in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise GuardlaneError(f"{name} must be plain data for a record, not {type(value).__name__}")


def config_hash(settings: Settings, *content: str) -> str:
    """Value of the identity of resolved settings: BLAKE2b-128 of canonical JSON, 32 hex digits.

    `content` are the digests of inputs that settings name by a path, which is no identity.
    """
    identity = [resolved(settings), *content]
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
