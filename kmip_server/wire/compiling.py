"""Makes one function of straight code for each (structure, version): to read it, or to print it.

A loop over the fields' plans costs a call and three look-ups for every item of every message, about half of
what a message costs. Written out, a plan is a few comparisons. The text of a function comes from the
tables of the standard alone, never from a message; ``linecache`` knows it, so that a traceback shows its
lines, and ``inspect.getsource`` the whole.

For Digest in 1.4, reading looks like this::

    def bind(items):
        v_hashing_algorithm = v_digest_value = v_key_format_type = None
        try:
            for tag, kind, value in items:
                if tag == 0x420038:
                    if v_hashing_algorithm is not None: raise complaints.repeated(tag)
                    if kind != 5: raise WrongTypeError
                    v_hashing_algorithm = members_0.get(value)
                    ...
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kmip_server.errors import InvalidField, InvalidMessage
from kmip_server.spec.names import spaced_name
from kmip_server.spec.tags import Tag


class WrongTypeError(Exception):
    """The item is of another type than the field's; who catches it knows the field's name."""


class FieldReader(NamedTuple):
    """How one field is read from the items that stand under one tag."""

    name: str
    tag: int
    read: Callable[..., Any]
    """Item type and value to the field's value; raises WrongTypeError or KmipError. Of an enumeration: the
    code to the member, where ``members`` lacks it. Where it ``gathers``, the field so far comes first."""
    item_type: int | None = None
    """The one item type allowed; the value is then taken as it is, or looked up in ``members``."""
    members: Mapping[int, Any] | None = None
    many: bool = False
    gathers: bool = False


class FieldPrinter(NamedTuple):
    """How one field is printed."""

    name: str
    form: str
    """An expression for the bytes of ``value``; ``{0}``, ``{1}`` ... stand for the ``names``."""
    names: tuple[Any, ...]
    many: bool = False


class Complaints:
    """What can be wrong with the fields of a structure (General Errors, 1.4 §11.1)."""

    def __init__(self, name: str, version: str) -> None:
        self._title = spaced_name(name)
        self._version = version

    def unknown(self, tag: int) -> InvalidField:
        """A field that the version does not know."""
        known = Tag(tag)
        name = known.title if known.known else f"Tag 0x{tag:06X}"
        return InvalidField(f"{name} is not a field of {self._title} in KMIP {self._version}")

    def repeated(self, tag: int) -> InvalidMessage:
        """A field that may stand once and stands again."""
        return InvalidMessage(f"{Tag(tag).title} stands more than once in {self._title}")

    def wrong(self, tag: int) -> InvalidMessage:
        """A field of another type than the standard's."""
        return InvalidMessage(f"{Tag(tag).title} in {self._title} is of the wrong type")

    def missing(self, field_title: str) -> InvalidMessage:
        """A field that must be there and is not."""
        return InvalidMessage(f"{field_title} is missing in {self._title}")


def reading(
    cls: type[Any],
    version: str,
    plan: Sequence[FieldReader],
    required: Sequence[tuple[str, str]],
    fields: Sequence[tuple[str, bool]],
) -> Callable[[list[Any]], Any]:
    """The function that makes a structure from its items.

    ``required`` are names and titles of fields that must be there; ``fields`` all of the class, with
    whether each is a list: those that the version lacks are left empty.
    """
    names: dict[str, Any] = {
        "complaints": Complaints(cls.__name__, version),
        "cls": cls,
        "new": object.__new__,
        "WrongTypeError": WrongTypeError,
    }
    lines = ["def bind(items):"]
    lines += [f"    v_{name} = {'[]' if many else 'None'}" for name, many in fields]
    lines += ["    try:", "        for tag, kind, value in items:"]
    for number, field in enumerate(plan):
        lines.append(f"            {'elif' if number else 'if'} tag == 0x{field.tag:06X}:")
        lines += ["                " + line for line in _taking(field, number, names)]
    unknown = "raise complaints.unknown(tag)"
    lines += ["            else:", f"                {unknown}"] if plan else [f"            {unknown}"]
    lines += ["    except WrongTypeError:", "        raise complaints.wrong(tag) from None"]
    for name, title in required:
        lines += [f"    if v_{name} is None:", f"        raise complaints.missing({title!r})"]
    lines.append("    made = new(cls)")
    lines += [f"    made.{name} = v_{name}" for name, _ in fields]
    lines.append("    return made")
    return function("bind", f"bind {cls.__name__} {version}", lines, names)


def _taking(field: FieldReader, number: int, names: dict[str, Any]) -> list[str]:
    """The lines that take one item into its variable."""
    variable = f"v_{field.name}"
    names[f"read_{number}"] = field.read
    if field.gathers:
        return [f"{variable} = read_{number}({variable}, kind, value)"]
    lines = [] if field.many else [f"if {variable} is not None: raise complaints.repeated(tag)"]
    target = "found" if field.many else variable
    if field.item_type is None:
        lines.append(f"{target} = read_{number}(kind, value)")
    else:
        lines.append(f"if kind != {field.item_type}: raise WrongTypeError")
        if field.members is None:
            lines.append(f"{target} = value")
        else:
            names[f"members_{number}"] = field.members
            lines.append(f"{target} = members_{number}.get(value)")
            lines.append(f"if {target} is None: {target} = read_{number}(value)")
    if field.many:
        lines.append(f"{variable}.append(found)")
    return lines


def printing(cls: type[Any], version: str, plan: Sequence[FieldPrinter]) -> Callable[[Any], bytes]:
    """The function that prints the fields of a structure, one after another, without its own header."""
    names: dict[str, Any] = {}
    lines = ["def body(structure):", "    chunks = []", "    add = chunks.append"]
    for number, field in enumerate(plan):
        used = [f"n_{number}_{place}" for place in range(len(field.names))]
        names.update(zip(used, field.names, strict=True))
        form = field.form.format(*used)
        if field.many:
            lines += [f"    for value in structure.{field.name}:", f"        add({form})"]
        else:
            lines += [f"    value = structure.{field.name}", "    if value is not None:", f"        add({form})"]
    lines.append("    return b''.join(chunks)")
    return function("body", f"print {cls.__name__} {version}", lines, names)


def function(name: str, title: str, lines: Sequence[str], names: Mapping[str, Any]) -> Callable[..., Any]:
    """The function of this name that the lines define, its other names given."""
    source = "\n".join(lines) + "\n"
    place = f"<kmip: {title}>"
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    scope = dict(names)
    exec(compile(source, place, "exec"), scope)  # noqa: S102  # made above, of names from the tables alone
    made: Callable[..., Any] = scope[name]
    return made
