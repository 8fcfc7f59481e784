"""Operation policies from JSON files, in PyKMIP's format.

A file holds policies by name. Each has a ``preset``, sections for ``groups``, or both::

    {"storage": {
        "preset": {"SYMMETRIC_KEY": {"GET": "ALLOW_OWNER"}},
        "groups": {"backup": {"SYMMETRIC_KEY": {"LOCATE": "ALLOW_ALL", "GET": "ALLOW_ALL"}}}}}

or, in the older form, directly the rows of the preset. One name is kept for what PyKMIP has no word for, who may
do what needs no object; its rows have no type of object above them::

    {"operations without object": {
        "preset": {"CREATE": "DISALLOW_ALL"},
        "groups": {"backup": {"CREATE": "ALLOW_ALL"}}}}

A file is read whole or not at all. Whatever is unknown, doubled or without effect refuses, with the file and the
place in it: a rule that is not understood must not be a rule that is not there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from kmip_server.domain.policy.policies import Policies, Source
from kmip_server.domain.policy.rows import (
    BUILT_IN,
    WITHOUT_OBJECT,
    OperationPolicy,
    Permission,
    Section,
    ServerPolicy,
    decided_for,
)
from kmip_server.spec.enums import ObjectType, Operation

SERVER_POLICY = "operations without object"
"""The name in a file under which stands who may do what needs no object."""

_PYKMIP_NAMES = {
    "REKEY": "RE_KEY",
    "REKEY_KEY_PAIR": "RE_KEY_KEY_PAIR",
    "RECERTIFY": "RE_CERTIFY",
    "REPROVISION": "RE_PROVISION",
    "OPAQUE_DATA": "OPAQUE_OBJECT",
}
"""Names that PyKMIP spells in another way than the standard."""

_Row = Mapping[Operation, Permission]
_Part = TypeVar("_Part")


class PolicyFileError(ValueError):
    """A policy file cannot be used; the message names the file, the place in it and what is allowed there."""


class PolicyFile(NamedTuple):
    """What one file says."""

    policies: dict[str, OperationPolicy]
    server: ServerPolicy | None


def load_policies(directory: Path) -> Policies:
    """Read every ``*.json`` in a directory, in the order of their names, beside the built-in policies.

    Raises PolicyFileError if the directory cannot be read: without its files, more would be allowed than was
    meant. Names that begin with a dot are passed over, as editors and mounts leave them.
    """
    policies: dict[str, OperationPolicy] = {}
    server: ServerPolicy | None = None
    sources: list[Source] = []
    total = hashlib.sha256()
    for path, content in _files(directory):
        digest = hashlib.sha256(content)
        sources.append(Source(path.name, digest.hexdigest()))
        total.update(hashlib.sha256(path.name.encode()).digest() + digest.digest())
        found = parse_policies(_decoded(content, path), str(path))
        twice = sorted(found.policies.keys() & policies.keys())
        if twice or (server is not None and found.server is not None):
            name = twice[0] if twice else SERVER_POLICY
            raise PolicyFileError(f'{path}: the policy "{name}" stands in an earlier file already.')
        policies.update(found.policies)
        server = found.server or server
    return Policies(policies, server, tuple(sources), total.hexdigest())


def parse_policies(text: str, file: str) -> PolicyFile:
    """Read the text of one file; ``file`` names it in a PolicyFileError."""
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _without_doubles(pairs, file))
    except PolicyFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise PolicyFileError(f"{file} is not JSON: {error}.") from error
    policies: dict[str, OperationPolicy] = {}
    server: ServerPolicy | None = None
    for name, value in _object(content, file, ()).items():
        if name == SERVER_POLICY:
            server = _server_policy(_object(value, file, (name,)), file, name)
        elif name in BUILT_IN:
            _refuse(file, (name,), "this policy is the standard's own and cannot be defined anew")
        else:
            policies[name] = _policy(_object(value, file, (name,)), file, name)
    return PolicyFile(policies, server)


def _files(directory: Path) -> list[tuple[Path, bytes]]:
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix == ".json" and not path.name.startswith("."))
    except OSError as error:
        raise PolicyFileError(
            f"The directory of policies {directory} cannot be read: {error.strerror}. It may be empty, but must exist."
        ) from error
    try:
        return [(path, path.read_bytes()) for path in paths]
    except OSError as error:
        raise PolicyFileError(f"The policy file {error.filename} cannot be read: {error.strerror}.") from error


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyFileError(f"{path} is not UTF-8 text: {error}.") from error


def _policy(value: dict[str, Any], file: str, name: str) -> OperationPolicy:
    parts = {"preset", "groups"}
    if value and not value.keys() & parts:
        return OperationPolicy(preset=_section(value, file, (name,)))
    preset, groups = _preset_and_groups(value, file, name, _section)
    return OperationPolicy(preset=preset or {}, groups=groups)


def _server_policy(value: dict[str, Any], file: str, name: str) -> ServerPolicy:
    def row(value: Any, file: str, path: tuple[str, ...]) -> _Row:
        return _row(value, file, path, WITHOUT_OBJECT, {Permission.ALLOW_ALL, Permission.DISALLOW_ALL})

    preset, groups = _preset_and_groups(value, file, name, row)
    return ServerPolicy(preset=preset or {}, groups=groups)


def _preset_and_groups(
    value: dict[str, Any], file: str, name: str, read: Callable[[Any, str, tuple[str, ...]], _Part]
) -> tuple[_Part | None, dict[str, _Part] | None]:
    for part in value:
        if part not in ("preset", "groups"):
            _refuse(file, (name, part), "beside it stands preset or groups; allowed there are only these two")
    preset = read(value["preset"], file, (name, "preset")) if "preset" in value else None
    if "groups" not in value:
        return preset, None
    groups = _object(value["groups"], file, (name, "groups"))
    return preset, {group: read(section, file, (name, "groups", group)) for group, section in groups.items()}


def _section(value: Any, file: str, path: tuple[str, ...]) -> Section:
    section: dict[ObjectType, _Row] = {}
    for spelled, rows in _object(value, file, path).items():
        object_type = _named(ObjectType.__members__, spelled, file, (*path, spelled), "a type of object")
        if object_type in section:
            _refuse(file, (*path, spelled), f"{object_type.name} stands here twice, by two names")
        section[object_type] = _row(rows, file, (*path, spelled), decided_for(object_type), set(Permission))
    return section


def _row(
    value: Any,
    file: str,
    path: tuple[str, ...],
    decided: Collection[Operation],
    permissions: Collection[Permission],
) -> _Row:
    row: dict[Operation, Permission] = {}
    allowed = {each.name: each for each in Permission if each in permissions}
    for spelled, permission in _object(value, file, path).items():
        here = (*path, spelled)
        operation = _named(Operation.__members__, spelled, file, here, "an operation")
        if operation not in decided:
            _refuse(
                file,
                here,
                f'a rule for this operation has no effect here; under "{SERVER_POLICY}" stand those that need no '
                f"object, elsewhere those that act on one",
            )
        if operation in row:
            _refuse(file, here, f"{operation.name} stands here twice, by two names")
        row[operation] = _named(allowed, permission, file, here, "a permission")
    return row


_Named = TypeVar("_Named")


def _named(known: Mapping[str, _Named], spelled: Any, file: str, path: tuple[str, ...], what: str) -> _Named:
    if isinstance(spelled, str):
        found = known.get(_PYKMIP_NAMES.get(spelled, spelled))
        if found is not None:
            return found
    _refuse(file, path, f"{json.dumps(spelled)} is not {what}; allowed are {', '.join(known)}")


def _object(value: Any, file: str, path: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(file, path, "a JSON object ({...}) is expected")
    if "" in value:
        _refuse(file, path, "a name is empty")
    return value


def _without_doubles(pairs: list[tuple[str, Any]], file: str) -> dict[str, Any]:
    """Python's parser would keep the last of two entries of one name, and drop a rule without a word."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise PolicyFileError(f'{file}: "{name}" stands twice in one object.')
        found[name] = value
    return found


def _refuse(file: str, path: tuple[str, ...], why: str) -> NoReturn:
    place = " > ".join(path)
    raise PolicyFileError(f"{file}: {place}: {why}." if place else f"{file}: {why}.")
