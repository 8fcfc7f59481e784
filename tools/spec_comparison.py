"""Holds the rows of ``kmip_server/spec`` against the tables that the published specifications print.

The published tables come as ``registry.json`` (extracted from the OASIS texts; not part of this repository). Every
difference must be explained in :data:`EXPLAINED`, by the section that settles it; whatever is left is a fault
in a row. Checking the standard is safer than generating from it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from spec_cells import MAY, WHENEVER, objects_of, operations_of, set_by

from kmip_server.spec import enums, masks
from kmip_server.spec.attribute_rules import AttributeRow
from kmip_server.spec.attributes import ATTRIBUTES, TEMPLATES, VENDOR_ATTRIBUTE
from kmip_server.spec.enums import ObjectType, Operation
from kmip_server.spec.kmip_enum import KmipEnum, KmipMask
from kmip_server.spec.operations import OPERATIONS, Direction
from kmip_server.spec.schema import FieldSpec, Kind, Special, fields_of, is_structure, tag_of
from kmip_server.spec.structures import attributes, credentials, envelope, keys, parameters, query
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V3_0, VERSIONS, Version

REGISTRY = "registry.json"


@dataclass(frozen=True, order=True)
class Difference:
    """One thing that a version prints otherwise than a row says."""

    subject: str
    """What it is about: ``tag Activation Date``, ``attribute Digest``, ``field Key Block.Key Value``."""
    what: str
    version: Version

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}"


EXPLAINED: dict[str, str] = {
    "Digital Signature Algorithm *: * is printed *(PKCS#1 v*": (
        "2.0 dropped the bracket (2.1 §11.16), and the test cases of 1.x already write the name without it"
    ),
    "Mask Generator MGF1: 0x1 is printed 'MFG1'": "a slip of 2.0 and 2.1 (§11.30); every test case writes MGF1",
    "Cryptographic Usage Mask Content Commitment (Non Repudiation): 0x400 is not in the version": (
        "2.0 reserves the bit (2.1 §12.1), yet its test cases set it"
    ),
    "attribute Cryptographic *: implicitly_set_by has *ertify too many": (
        "1.0 forgot them (§3.4, §3.5): a certificate has both attributes, and 1.1 added them"
    ),
    "attribute Link: implicitly_set_by has Register too many": (
        "1.x leaves it out (1.4 §3.35); a Register that names PKCS#12 or wrapping links sets them (2.1 §4.31)"
    ),
    "attribute State: objects is printed 'All Cryptographic Objects'": (
        "1.4 Errata 01 §2.3 strikes these words out of 1.4: an Opaque Object has a State"
    ),
    "attribute Digest: always is printed *": "the condition is the row's if_readable (2.1 §4.21)",
    "field DerivationParameters.Derivation Data: many is printed *": (
        "2.x lets it be repeated (2.1 §7.12) but says nothing of what several mean; one is served, more are refused"
    ),
    "field DerivationParameters.Salt: is not in the version": "1.x prints it in a table for PBKDF2 alone (1.4 §4.6)",
    "field DerivationParameters.Iteration Count: is not in the version": "as Salt (1.4 §4.6)",
    "field Authentication.Credential: many is printed *": (
        "repeated since 1.2 (§6.6); 1.0 and 1.1 clients send one, and every one that comes is checked"
    ),
    "field ObjectDefaults.Object Type | ObjectTypes: is printed *": "one line of the table, two fields (2.1 §7.22)",
    "field ExtensionInformation.Extension Type: is printed *": (
        "2.x makes the integer an enumeration of item types (2.1 §7.13); only sent, and this server sends none"
    ),
    "field ObjectGroups.Object Group: is printed *": "Object Group is a text attribute (2.1 §4.35)",
    "field ServerInformation.Alternat*": "one field: 7.37 prints Alternative, the tag table Alternate (2.1 §11.56)",
    "structure Re*BatchItem: cites §8.?": "what is in it is printed with the message, 2.1 §8.3 and §8.6",
    "field ServerInformation.Vendor-Specific: is missing": "any extension tag; this server sends none (2.1 §7.37)",
}
"""Pattern of a difference, to why the row stands all the same, with the section."""


def registry_path() -> Path:
    """Where the published tables lie: in the folder ``KMIP_SHARED`` names, else beside the checkout."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "kmip"
    return Path(os.environ.get("KMIP_SHARED") or beside) / REGISTRY


def _plain(name: str) -> str:
    """A name without what the printings vary in: case, blanks, hyphens."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _name_in(entry: dict[str, Any], version: Version) -> str:
    """How the version prints the name."""
    for name, versions in entry.get("names", {}).items():
        if str(version) in versions:
            return str(name)
    return str(entry["name"])


def _rows_of(subject: str, cls: type[KmipEnum], values: list[dict[str, Any]], version: Version) -> Iterator[Difference]:
    """Codes and names of an enumeration, a mask, or the tags."""
    printed = {int(v["hex"], 16): _name_in(v, version) for v in values if str(version) in v["versions"]}
    ours = {int(member): member.title for member in cls if member.in_version(version)}
    for code in sorted(printed.keys() | ours.keys()):
        name = printed.get(code) or ours[code]
        if code not in ours:
            yield Difference(f"{subject} {name}", f"{code:#x} is missing", version)
        elif code not in printed:
            yield Difference(f"{subject} {name}", f"{code:#x} is not in the version", version)
        elif _plain(printed[code]) != _plain(ours[code]):
            yield Difference(f"{subject} {ours[code]}", f"{code:#x} is printed {printed[code]!r}", version)


_ENUM_CLASSES = {"data": "DataCode", "uniqueidentifier": "UniqueIdentifierCode"}
"""Enumerations whose class is not named like them: the name belongs to a field."""


def enumeration_class(name: str) -> type[KmipEnum] | None:
    """The class of a printed enumeration or mask."""
    wanted = _ENUM_CLASSES.get(_plain(name), name)
    for module in (enums, masks):
        for candidate in vars(module).values():
            if isinstance(candidate, type) and issubclass(candidate, KmipEnum):
                if _plain(candidate.__name__) == _plain(wanted):
                    return candidate
    return Operation if name == "Operation" else None


def compare_codes(registry: dict[str, Any], version: Version) -> Iterator[Difference]:
    """Tags, enumerations and masks."""
    yield from _rows_of("tag", Tag, registry["tags"], version)
    for kind in ("enumerations", "masks"):
        for name, entry in registry[kind].items():
            if str(version) not in entry["versions"]:
                continue
            cls = enumeration_class(name)
            if cls is None:
                yield Difference(f"{kind[:-1]} {name}", "has no class", version)
            else:
                yield from _rows_of(name, cls, entry["values"], version)


def compare_operations(registry: dict[str, Any], version: Version) -> Iterator[Difference]:
    """Which operations there are, who sends them, and where they are printed last."""
    by_name = {row.operation.title: row for row in OPERATIONS.values()}
    for name, entry in registry["operations"].items():
        row = by_name.get(name)
        if row is None or row.in_version(version) != (str(version) in entry["versions"]):
            yield Difference(f"operation {name}", "is not in the version, or wrongly so", version)
            continue
        payload = entry["payloads"].get(str(version))
        if payload is None:
            continue
        both = str(version) in entry.get("server_to_client_payloads", {})
        if row.direction is not Direction.BOTH and (both or payload["direction"] != row.direction.value):
            yield Difference(f"operation {name}", f"is sent {payload['direction']}", version)
        if row.section.startswith(f"{version} ") and row.section != f"{version} §{payload['section']}":
            yield Difference(f"operation {name}", f"is printed in §{payload['section']}", version)


def compare_attributes(registry: dict[str, Any], version: Version) -> Iterator[Difference]:
    """Which attributes there are, and the table of rules of each."""
    by_name = {row.name: row for row in ATTRIBUTES.values()}
    by_name |= {"Custom Attribute": VENDOR_ATTRIBUTE, "Vendor Attribute": VENDOR_ATTRIBUTE}
    by_name["Certificate Attributes"] = ATTRIBUTES[Tag.CERTIFICATE_SUBJECT_CN]
    printed = {name for name, entry in registry["attributes"].items() if str(version) in entry}
    for name in sorted(printed):
        subject, row = f"attribute {name}", by_name.get(name)
        if row is None or not row.in_version(version):
            yield Difference(subject, "is missing", version)
            continue
        entry = registry["attributes"][name][str(version)]
        if row.section.startswith(f"{version} ") and row.section != f"{version} §{entry['section']}":
            yield Difference(subject, f"is printed in §{entry['section']}", version)
        if entry.get("rules"):
            yield from _compare_rules(subject, row, entry["rules"], version)
    if version < V3_0:
        for row in ATTRIBUTES.values():
            one_of_many = row.section == "2.1 §4.6"  # Certificate Attributes: one table, 24 attributes
            if row.in_version(version) and row.name not in printed and not one_of_many:
                yield Difference(f"attribute {row.name}", "is not in the version", version)


def _compare_rules(subject: str, row: AttributeRow, rules: dict[str, str], version: Version) -> Iterator[Difference]:
    """One table of rules, cell by cell."""
    for column, cell in (
        ("server_may_modify", "modifiable_by_server"),
        ("client_may_modify", "modifiable_by_client"),
        ("client_may_delete", "deletable_by_client"),
    ):
        if MAY[rules[cell]] != getattr(row, column):
            yield Difference(subject, f"{column} is printed {rules[cell]!r}", version)
    if set_by(rules["initially_set_by"]) != row.set_by:
        yield Difference(subject, f"set_by is printed {rules['initially_set_by']!r}", version)
    if rules["multiple_instances"].startswith("Yes") != row.many:
        yield Difference(subject, f"many is printed {rules['multiple_instances']!r}", version)
    yield from _compare_objects(subject, row, rules, version)
    ours = {o.title for o in row.implicitly_set_by if o.in_version(version)}
    theirs = operations_of(rules.get("implicitly_set_by") or "")
    for title in sorted(theirs - ours):
        yield Difference(subject, f"implicitly_set_by lacks {title}", version)
    if (rules.get("implicitly_set_by") or "") not in WHENEVER:
        for title in sorted(ours - theirs):
            yield Difference(subject, f"implicitly_set_by has {title} too many", version)


def _compare_objects(subject: str, row: AttributeRow, rules: dict[str, str], version: Version) -> Iterator[Difference]:
    """Which objects can have the attribute, and which always do."""
    objects = objects_of(rules["object_types"])
    if any((t in objects) != row.applies_to(t, version) for t in ObjectType if t.in_version(version)):
        yield Difference(subject, f"objects is printed {rules['object_types']!r}", version)
    always = rules["always_has_value"]
    for object_type in objects - TEMPLATES:
        printed = always.startswith("Yes") and object_type.title not in always
        if object_type.in_version(version) and printed != row.always_in(object_type, version):
            yield Difference(subject, f"always is printed {always!r}", version)
            break


_CAPTIONS: dict[type[Any], str] = {
    credentials.UsernameAndPassword: "Username and Password Credential",
    credentials.Device: "Device Credential",
    credentials.Attestation: "Attestation Credential",
    credentials.OneTimePassword: "One Time Password Credential",
    credentials.HashedPassword: "Hashed Password Credential",
    credentials.TicketCredential: "for the Ticket",
    keys.TransparentKeyMaterial: "Transparent",
}
"""Structures that share a tag, to what the captions of their tables say."""


def structure_classes() -> Iterator[type[Any]]:
    """Every structure declared in ``spec/structures``."""
    for module in (keys, attributes, credentials, parameters, query, envelope):
        for candidate in vars(module).values():
            if is_structure(candidate) and candidate.__module__ == module.__name__:
                yield candidate


def compare_structures(registry: dict[str, Any], version: Version) -> Iterator[Difference]:
    """The fields of each structure, in the order in which they are written."""
    tables = registry["structures"].get(str(version), [])
    for cls in structure_classes():
        tag = tag_of(cls)
        if tag is None:
            continue
        caption = _CAPTIONS.get(cls, "")
        sections = {t["section"] for t in tables if _plain(t["rows"][0][0]) == _plain(tag.title)}
        for cited in re.findall(rf"{re.escape(str(version))} §([\d.]*\d)", cls.__doc__ or ""):
            if sections and cited not in sections:
                yield Difference(f"structure {cls.__name__}", f"cites §{cited}", version)
        for table in tables:
            head, *rows = table["rows"]
            if rows and head[1] == "Structure" and _plain(head[0]) == _plain(tag.title) and caption in table["caption"]:
                yield from _compare_fields(cls, table, rows, version)


def repeated_by_nature(spec: FieldSpec, version: Version) -> bool:
    """Whether one field stands for many items: attributes, before 2.0 gave them a structure of their own."""
    return spec.kind is Special.ATTRIBUTES and spec.tag_in(version) is Tag.ATTRIBUTE


def encoding_of(kind: Kind) -> str:
    """How the tables print what a field holds; empty where it depends on more than the field."""
    if isinstance(kind, ItemType):
        return "Date" if kind is ItemType.DATE_TIME else kind.name.replace("_", " ").title()
    if isinstance(kind, Special):
        return ""
    if is_structure(kind):
        return "Structure"
    return "Integer" if issubclass(kind, KmipMask) else "Enumeration"


def _compare_fields(
    cls: type[Any], table: dict[str, Any], rows: list[list[str]], version: Version
) -> Iterator[Difference]:
    """One table: names, order, and what the server insists on."""
    subject = cls.__name__
    declared: dict[str, FieldSpec] = {
        _plain(spec.tag_in(version).title): spec for _, spec in fields_of(cls) if spec.in_version(version)
    }
    printed = [(_plain(name.split(",")[0]), row) for row in rows for name in row[0].split("|")]
    for name, row in printed:
        spec = declared.get(name)
        if spec is None:
            yield Difference(f"field {subject}.{row[0]}", "is missing", version)
        elif spec.required and len(row) > 2 and row[2].startswith("No"):
            yield Difference(f"field {subject}.{row[0]}", f"is required, and printed {row[2]!r}", version)
        elif ("repeated" in " ".join(row)) != (spec.many or repeated_by_nature(spec, version)):
            yield Difference(f"field {subject}.{row[0]}", f"many is printed {row[1:]!r}", version)
        elif not row[1].removeprefix("Object Data ").startswith(encoding_of(spec.kind)):
            yield Difference(f"field {subject}.{row[0]}", f"is printed {row[1]!r}", version)
    names = [name for name, _ in printed]
    if cls is not keys.TransparentKeyMaterial:
        for name in declared.keys() - set(names):
            yield Difference(f"field {subject}.{declared[name].tag.title}", "is not in the version", version)
    order = [name for name in declared if name in names]
    if order != [name for name in names if name in declared]:
        yield Difference(
            f"structure {subject}", f"is printed in the order {', '.join(r[0] for _, r in printed)}", version
        )


def differences(registry: dict[str, Any]) -> Iterator[Difference]:
    """Every difference, explained or not."""
    for version in VERSIONS:
        yield from compare_codes(registry, version)
        yield from compare_operations(registry, version)
        yield from compare_attributes(registry, version)
        yield from compare_structures(registry, version)


def explanation(difference: Difference) -> str | None:
    """Why the row stands all the same; None: nothing says so."""
    for pattern, why in EXPLAINED.items():
        if fnmatchcase(str(difference), pattern):
            return why
    return None


def main(arguments: list[str] | None = None) -> int:
    """Print the differences with the versions that have them; 0 if each one is explained, 1 if not, 2 without tables.

    An argument such as ``2.1`` limits the report to that version.
    """
    only = set(sys.argv[1:] if arguments is None else arguments)
    path = registry_path()
    if not path.exists():
        print(f"{path} is absent: set KMIP_SHARED to the folder that holds {REGISTRY}", file=sys.stderr)
        return 2
    grouped: dict[str, list[Version]] = defaultdict(list)
    why: dict[str, str | None] = {}
    for difference in differences(json.loads(path.read_text())):
        if not only or str(difference.version) in only:
            grouped[str(difference)].append(difference.version)
            why[str(difference)] = explanation(difference)
    for text, versions in sorted(grouped.items(), key=lambda item: (why[item[0]] is None, item[0])):
        print(f"{'explained' if why[text] else 'DIFFERS':9} {text} ({', '.join(map(str, versions))})")
        if why[text]:
            print(f"{'':9} because {why[text]}")
    faults = sum(reason is None for reason in why.values())
    print(f"{len(why)} differences, {faults} unexplained")
    return 1 if faults else 0
