"""The configuration as text: its mistakes as sentences, and its settings as a file that explains itself.

Everything here is read from the models that it is given, so that no setting is described twice: the names,
defaults and comments in ``conf/server.toml`` and in the file that ``kmip-server init`` writes are the models' own.
"""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

WIDTH = 110
"""Columns of a comment line."""

UNSET = "example; not set by default"
"""Marks the line of a setting that has no default: TOML has no word for "nothing"."""

Location = tuple[int | str, ...]


def sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """One mistake that pydantic found in one sentence: the dotted name, what is wrong, what is allowed."""
    location = error["loc"]
    if error["type"] == "extra_forbidden":
        return _unknown(location, model)
    name = _dotted(location)
    if error["type"] == "value_error":
        return f"{name}: {error['msg'].removeprefix('Value error, ')}."
    return f"{name} is {_shown(error['input'])}, but {_demand(error['msg'])}."


def _unknown(location: Location, model: type[BaseModel]) -> str:
    """Say that a name is no setting, which one may have been meant, and which ones there are."""
    owner = _owner(location[:-1], model)
    known = sorted(owner.model_fields)
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    prefix = _dotted(location[:-1])
    hint = f"; did you mean {_dotted((*location[:-1], close[0]))}?" if close else "."
    where = f"in [{prefix}]" if prefix else "as sections"
    return f"{_dotted(location)} is not a setting{hint} Allowed {where}: {', '.join(known)}."


def _owner(location: Location, model: type[BaseModel]) -> type[BaseModel]:
    """Return the model that the names lead to."""
    for part in location:
        if str(part) not in model.model_fields:
            continue  # a name that the operator chose, in a table of models
        annotation = model.model_fields[str(part)].annotation
        for each in (annotation, *get_args(annotation)):
            if isinstance(each, type) and issubclass(each, BaseModel):
                model = each
    return model


def _dotted(location: Iterable[int | str]) -> str:
    """``("server", "listen", 0)`` as ``server.listen[0]``."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _shown(value: Any) -> str:
    """A wrong value as it stood in the file, cut where it is long."""
    text = "a section" if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _demand(message: str) -> str:
    """Turn pydantic's "Input should be a valid tuple" into "must be a list"."""
    words = {"Input should": "must", "valid tuple": "list", "valid array": "list", "an object": "a section"}
    for theirs, ours in words.items():
        message = message.replace(theirs, ours)
    return message[0].lower() + message[1:]


def render(model: type[BaseModel], heading: str, values: Mapping[str, Any] | None = None) -> str:
    """Write a configuration file: every setting of every section under its comment.

    A setting in ``values`` (``{"server.port": 5697}``) is set; each other one stands as a comment with its default.
    A name in ``values`` that is no setting raises KeyError.
    """
    left = dict(values or {})
    lines = [*_comment(heading)]
    for name in model.model_fields:
        section = _owner((name,), model)
        lines += ["", "", *_comment(section.__doc__ or ""), f"[{name}]"]
        # A table of its own ends the section in TOML, so tables come last.
        for key, field in sorted(section.model_fields.items(), key=lambda item: _is_table(item[1])):
            lines += ["", *_setting(name, key, field, left)]
    if left:
        raise KeyError(f"not a setting: {', '.join(sorted(left))}")
    return "\n".join(lines) + "\n"


def _is_table(field: FieldInfo) -> bool:
    """Whether the setting is a table of its own (``[groups.by_common_name]``)."""
    return field.default_factory is dict


def _setting(section: str, name: str, field: FieldInfo, values: dict[str, Any]) -> list[str]:
    """The comment of one setting and its line."""
    comment = _comment(field.description or "")
    if _is_table(field):
        return [*comment, f"[{section}.{name}]", *(f"# {example}" for example in field.examples or ())]
    chosen = f"{section}.{name}"
    if chosen in values:
        return [*comment, f"{name} = {toml_value(values.pop(chosen))}"]
    if field.default is None:
        return [*comment, f"#{name} = {toml_value((field.examples or [''])[0])}  # {UNSET}"]
    return [*comment, f"#{name} = {toml_value(field.default)}"]


def _comment(text: str) -> list[str]:
    """Text as comment lines; an empty line in it stays one."""
    lines: list[str] = []
    for paragraph in textwrap.dedent(text).strip().split("\n\n"):
        lines += [
            *([""] if lines else []),
            *textwrap.wrap(" ".join(paragraph.split()), WIDTH - 2, break_on_hyphens=False),
        ]
    return [f"# {line}".rstrip() for line in lines]


def toml_value(value: Any) -> str:
    """A value as TOML writes it. JSON's strings are TOML's basic strings, once nothing is escaped as a surrogate."""
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
