"""Every way to make an object, in every version: what "SHALL always have a value" has one, from the text's own rules.

The rules are read from the specification's tables (``tests/flows/registry.py``), never from ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kmip_server.spec.enums import ObjectType, SplitKeyMethod
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, Version
from tests.authority import give_authority
from tests.flows.client import Client, attributes
from tests.flows.objects import EVERY_OBJECT, symmetric
from tests.flows.registry import FILE, NO_REGISTRY, VERSIONS_WITH_TEXT, registry, rules_of
from tests.flows.requests import CreateSplitKey, Import, JoinSplitKey
from tests.flows.test_links import certify, create_key_pair, derive_key, re_certify, re_key, re_key_key_pair
from tests.kit import Server

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=NO_REGISTRY)

_TAGS = {tag.title: tag for tag in Tag}
_KINDS = {
    ObjectType.CERTIFICATE: "Certificate",
    ObjectType.SYMMETRIC_KEY: "Symmetric Key",
    ObjectType.PUBLIC_KEY: "Public Key",
    ObjectType.PRIVATE_KEY: "Private Key",
    ObjectType.SPLIT_KEY: "Split Key",
    ObjectType.TEMPLATE: "Template",
    ObjectType.SECRET_DATA: "Secret Data",
    ObjectType.OPAQUE_OBJECT: "Opaque Object",
    ObjectType.PGP_KEY: "PGP key",
}
_NOT_CRYPTOGRAPHIC = (ObjectType.OPAQUE_OBJECT, ObjectType.TEMPLATE)
_UNREADABLE = {
    # "MAY be omitted only if this information is available from the Key Value": the bytes of a PGP key are not read.
    (ObjectType.PGP_KEY, Tag.CRYPTOGRAPHIC_ALGORITHM),
    (ObjectType.PGP_KEY, Tag.CRYPTOGRAPHIC_LENGTH),
    (ObjectType.PGP_KEY, Tag.DIGITAL_SIGNATURE_ALGORITHM),
    # 2.1 §11.26: a Key Format Type is of a key or a certificate.
    (ObjectType.OPAQUE_OBJECT, Tag.KEY_FORMAT_TYPE),
}
"""What the text asks of objects that have no such thing."""


def applies(words: str, kind: ObjectType) -> bool:
    """Whether "Applies to Object Types" names a type."""
    words = words.replace("\n", " ")
    if words.startswith("All Objects"):
        return True
    if words.startswith("All Cryptographic Objects"):
        return kind not in _NOT_CRYPTOGRAPHIC or _KINDS[kind] in words
    if words.startswith("Keys") and kind in (
        ObjectType.SYMMETRIC_KEY,
        ObjectType.PUBLIC_KEY,
        ObjectType.PRIVATE_KEY,
        ObjectType.SPLIT_KEY,
    ):
        return True
    return _KINDS[kind].casefold() in words.casefold()


def wanted(kind: ObjectType, version: Version) -> set[Tag]:
    """The attributes that an object of the type always has."""
    found = set()
    for name in registry()["attributes"]:
        rules = rules_of(name, version)
        if rules is None or name not in _TAGS or not rules["always_has_value"].startswith("Yes"):
            continue
        except_for = rules["always_has_value"].partition("xcept for")[2]
        if not applies(rules["object_types"], kind) or _KINDS[kind] in except_for:
            continue
        found.add(_TAGS[name])
    if kind is ObjectType.CERTIFICATE and version < V1_2:
        found.discard(Tag.CRYPTOGRAPHIC_ALGORITHM)  # of elliptic curves, for which 1.0 and 1.1 have no such value
    return {tag for tag in found if (kind, tag) not in _UNREADABLE}


def by_edges(maker: Callable[[Client], list[Any]]) -> Callable[[Client], list[str]]:
    def make(client: Client) -> list[str]:
        return sorted({uid for uid, _, _ in maker(client)})

    return make


def created(client: Client) -> list[str]:
    return [client.create()]


def registered(client: Client) -> list[str]:
    return [
        client.register(make(), kind)
        for kind, make in EVERY_OBJECT.items()
        if kind.in_version(client.version) and kind is not ObjectType.TEMPLATE
    ]


def split_and_joined(client: Client) -> list[str]:
    asked = CreateSplitKey(
        object_type=ObjectType.SPLIT_KEY,
        unique_identifier=client.create(),
        split_key_parts=2,
        split_key_threshold=2,
        split_key_method=SplitKeyMethod.XOR,
        attributes=attributes(),
    )
    parts = client.do(asked).unique_identifier
    joined = JoinSplitKey(object_type=ObjectType.SYMMETRIC_KEY, unique_identifier=parts, attributes=attributes())
    return [*parts, client.do(joined).unique_identifier]


def imported(client: Client) -> list[str]:
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12))
    return [client.do(Import(unique_identifier="mine", attributes=given, object=symmetric())).unique_identifier]


MAKERS = {
    "Create": (created, V1_0),
    "Create Key Pair": (by_edges(create_key_pair), V1_0),
    "Register": (registered, V1_0),
    "Derive Key": (by_edges(derive_key), V1_0),
    "Certify": (by_edges(certify), V1_1),
    "Re-certify": (by_edges(re_certify), V1_1),
    "Re-key": (by_edges(re_key), V1_0),
    "Re-key Key Pair": (by_edges(re_key_key_pair), V1_1),
    "Create Split Key": (split_and_joined, V1_2),
    "Import": (imported, V1_4),
}
EVERY = [
    pytest.param(make, version, id=f"{name}-{version}")
    for name, (make, since) in MAKERS.items()
    for version in VERSIONS_WITH_TEXT
    if version >= since
]


@pytest.mark.parametrize(("make", "version"), EVERY)
def test_what_always_has_a_value_has_one(make: Callable[[Client], list[str]], version: Version) -> None:
    server = Server()
    give_authority(server, "ec")
    client = Client(server, version)
    for uid in make(client):
        shown = client.shown(uid)
        kind = shown[Tag.OBJECT_TYPE][0]
        missing = wanted(kind, version) - shown.keys()
        assert not missing, (kind.title, sorted(tag.title for tag in missing))


def test_there_is_something_to_ask() -> None:
    for version in VERSIONS_WITH_TEXT:
        assert Tag.DIGEST in wanted(ObjectType.SYMMETRIC_KEY, version)
        assert Tag.CERTIFICATE_TYPE not in wanted(ObjectType.SYMMETRIC_KEY, version)
