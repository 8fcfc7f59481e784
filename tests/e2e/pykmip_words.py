"""PyKMIP's vocabulary, in short, and what its clients are asked in every version they speak."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kmip.core import attributes as core_attributes
from kmip.core import enums
from kmip.core.factories.attributes import AttributeFactory
from kmip.pie.exceptions import KmipOperationFailure

Version = enums.KMIPVersion
Mask = enums.CryptographicUsageMask
Algorithm = enums.CryptographicAlgorithm
Reason = enums.ResultReason
VERSIONS = tuple(Version)
"""All that PyKMIP speaks: 1.0 to 1.4 and 2.0."""
WITH_CRYPTOGRAPHY = VERSIONS[2:]
"""Encrypt, Decrypt, Sign, Signature Verify and MAC came with KMIP 1.2."""
CBC = {
    "cryptographic_algorithm": Algorithm.AES,
    "block_cipher_mode": enums.BlockCipherMode.CBC,
    "padding_method": enums.PaddingMethod.PKCS5,
}
CESSATION = enums.RevocationReasonCode.CESSATION_OF_OPERATION

every_version = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
with_cryptography = pytest.mark.parametrize("version", WITH_CRYPTOGRAPHY, ids=lambda version: version.name)


@contextmanager
def refused(reason: enums.ResultReason, words: str = "") -> Iterator[None]:
    """What is done inside fails with this reason of the standard, in words for people."""
    with pytest.raises(KmipOperationFailure) as caught:
        yield
    assert caught.value.status is enums.ResultStatus.OPERATION_FAILED
    assert caught.value.reason is reason, caught.value
    assert words in caught.value.message


def attribute(kind: enums.AttributeType, value: Any, index: int | None = None) -> Any:
    """An attribute as PyKMIP's factory makes it."""
    return AttributeFactory().create_attribute(kind, value, index)


def named(text: str, index: int | None = None) -> Any:
    """A Name."""
    return attribute(enums.AttributeType.NAME, name_value(text), index)


def name_value(text: str) -> Any:
    """The value of a Name."""
    return core_attributes.Name.create(text, enums.NameType.UNINTERPRETED_TEXT_STRING)


def values(client: Any, uid: str, *names: str) -> dict[str, list[Any]]:
    """The attributes that were asked for, by name, as plain values."""
    answered, found = client.get_attributes(uid, list(names))
    assert answered == uid
    shown: dict[str, list[Any]] = {}
    for each in found:
        value = each.attribute_value
        shown.setdefault(each.attribute_name.value, []).append(getattr(value, "value", value))
    return shown


def names(client: Any, uid: str) -> list[str]:
    """The Names of an object, as texts."""
    _, found = client.get_attributes(uid, ["Name"])
    return [each.attribute_value.name_value.value for each in found]


def since_2_0(client: Any, reason: enums.ResultReason, before: enums.ResultReason) -> enums.ResultReason:
    """Which of the two a version says: 2.0 brought most of the exact reasons."""
    return reason if client.kmip_version is Version.KMIP_2_0 else before


def not_found(client: Any) -> enums.ResultReason:
    """What an unknown object is called."""
    return since_2_0(client, Reason.OBJECT_NOT_FOUND, Reason.ITEM_NOT_FOUND)
