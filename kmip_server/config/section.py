"""What every section of the configuration is made of, and how a mistake in it is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo
from pydantic_core import PydanticCustomError

Item = TypeVar("Item")


class ConfigurationError(Exception):
    """The configuration cannot be used: ``mistakes`` holds every reason found, each one sentence."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def beside_the_file(path: object, info: ValidationInfo) -> Path:
    """A relative path starts at the folder of the configuration file, so that a server can be started from anywhere."""
    if not isinstance(path, str | Path) or not str(path):
        raise PydanticCustomError("path_type", "Input should be a path")
    folder: Path | None = info.context["folder"] if info.context else None
    return folder / path if folder else Path(path)


def not_empty(values: tuple[Item, ...]) -> tuple[Item, ...]:
    """Refuse an empty list. (pydantic's own minimum also complains of a list whose one item is wrong.)"""
    if not values:
        raise ValueError("the list is empty, but must name at least one")
    return values


Place = Annotated[Path, PlainValidator(beside_the_file)]
Seconds = Annotated[float, Field(gt=0, le=31_536_000)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]


class Section(BaseModel):
    """What all sections share: frozen, no unknown setting, no silent conversion ("1" is no number)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
