"""Attributes that do something by themselves: each sentence of their text that no table of rules says."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.attribute_values import AnyValue, AttributeItem, VendorName
from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    DerivationMethod,
    DrbgAlgorithm,
    HashingAlgorithm,
    ObjectType,
    ResultReason,
    RngAlgorithm,
    UsageLimitsUnit,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation, UsageLimits
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters, RngParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_3, V1_4, V2_0, V2_1, Version
from tests.flows.client import EVERY_USE, Client, aes, attributes
from tests.flows.objects import symmetric
from tests.flows.requests import (
    AddAttribute,
    Create,
    CreateKeyPair,
    DeriveKey,
    Import,
    ModifyAttribute,
    Register,
    Rekey,
    SetAttribute,
)

R = ResultReason
RNG = Tag.RANDOM_NUMBER_GENERATOR
_OWN = RngParameters(rng_algorithm=RngAlgorithm.UNSPECIFIED)
_OTHER = RngParameters(
    rng_algorithm=RngAlgorithm.DRBG,
    cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA1,
    drbg_algorithm=DrbgAlgorithm.HMAC,
)

# --- Random Number Generator (2.1 §4.46, since 1.3) ------------------------------------------------------


def _making(client: Client, rng: RngParameters) -> list[Any]:
    """Every operation that generates a key, asking for a generator."""
    base = client.active(aes(256, EVERY_USE | Mask.DERIVE_KEY))
    pair = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.EC), (Tag.CRYPTOGRAPHIC_LENGTH, 256))
    return [
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, (RNG, rng))),
        CreateKeyPair(
            common_attributes=pair,
            private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.SIGN)), (RNG, rng)),
            public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.VERIFY))),
        ),
        DeriveKey(
            object_type=ObjectType.SYMMETRIC_KEY,
            unique_identifier=[base],
            derivation_method=DerivationMethod.HASH,
            derivation_parameters=DerivationParameters(
                cryptographic_parameters=CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
            ),
            attributes=aes(128, 12, (RNG, rng)),
        ),
        Rekey(unique_identifier=base, attributes=attributes((RNG, rng))),
    ]


@pytest.mark.parametrize("version", [V1_3, V1_4, V2_0, V2_1], ids=str)
def test_a_generator_that_the_server_has_not_fails_the_request(client: Client, version: Version) -> None:
    """ "If the server does not support ... a matching random number generator then it SHALL fail the request"."""
    speaking = client.speaking(version)
    for asked in _making(speaking, _OTHER):
        count = len(client.server.store.objects)
        assert not speaking.one(asked).ok
        assert len(client.server.store.objects) == count
    for asked in _making(speaking, _OWN):
        assert speaking.one(asked).ok


@pytest.mark.parametrize("version", [V1_3, V2_1], ids=str)
def test_the_generator_of_a_registered_key_is_told_by_its_client_once(client: Client, version: Version) -> None:
    """ "it MAY do so at a later time through an Add Attribute operation", and "it SHALL NOT be deleted or updated"."""
    speaking = client.speaking(version)
    uid = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY)
    assert speaking.shown(uid, RNG) == {}
    speaking.do(AddAttribute(unique_identifier=uid, new_attribute=AttributeItem(RNG, _OTHER)))
    assert speaking.shown(uid, RNG) == {RNG: [_OTHER]}
    assert not speaking.one(ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(RNG, _OWN))).ok
    speaking.do(Rekey(unique_identifier=uid))
    new = next(each for each in client.server.store.objects if each != uid)
    assert speaking.shown(new, RNG) == {RNG: [_OWN]}  # "SHALL NOT be copied from the original object"


# --- Vendor Attribute (2.1 §4.60) ------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", ["a b", "a-b", "\u00fcmlaut", "acme!"])
def test_a_vendor_identification_has_letters_digits_underscores_and_periods(client: Client, vendor: str) -> None:
    given = (VendorName(vendor, "thing"), AnyValue(ItemType.INTEGER, 1))
    create = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, given))
    assert client.refusal(create) is R.INVALID_ATTRIBUTE
    uid = client.create()
    # 2.1 Table 324 (Set Attribute) lists no Invalid Attribute, Table 169 does.
    for request, reason in ((AddAttribute, R.INVALID_ATTRIBUTE), (SetAttribute, R.INVALID_FIELD)):
        assert client.refusal(request(unique_identifier=uid, new_attribute=AttributeItem(*given))) is reason
    taken = Import(unique_identifier="mine", attributes=attributes(given), object=symmetric())
    assert not client.one(taken).ok


@pytest.mark.parametrize("vendor", ["acme", "Acme_2.x", "x"])
def test_other_vendor_identifications_are_kept(client: Client, vendor: str) -> None:
    key = VendorName(vendor, "a thing, however it is called")
    uid = client.create(aes(256, 12, (key, AnyValue(ItemType.INTEGER, 1))))
    assert client.shown(uid, key) == {key: [AnyValue(ItemType.INTEGER, 1)]}
    assert client.located((key, AnyValue(ItemType.INTEGER, 1))) == [uid]
    # 1.x knows custom attributes alone, whose names begin with x- or y-.
    assert (key in client.speaking(V1_4).shown(uid)) is (vendor == "x")


# --- Usage Limits (2.1 §4.59) ----------------------------------------------------------------------------


def _limits(total: int, count: int | None = None) -> UsageLimits:
    return UsageLimits(usage_limits_total=total, usage_limits_count=count, usage_limits_unit=UsageLimitsUnit.BYTE)


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_0, V2_1], ids=str)
def test_a_count_is_the_servers_whatever_the_client_says(client: Client, version: Version) -> None:
    """ "The server SHALL ignore the Usage Limits Count value" of a new object; the client does not set it later."""
    speaking = client.speaking(version)
    uid = speaking.create(aes(256, EVERY_USE, (Tag.USAGE_LIMITS, _limits(100, 5))))
    assert speaking.shown(uid, Tag.USAGE_LIMITS) == {Tag.USAGE_LIMITS: [_limits(100, 100)]}
    other = AttributeItem(Tag.USAGE_LIMITS, _limits(50, 7))
    speaking.do(ModifyAttribute(unique_identifier=uid, new_attribute=other))
    assert speaking.shown(uid, Tag.USAGE_LIMITS) == {Tag.USAGE_LIMITS: [_limits(50, 50)]}
    without = speaking.create()
    speaking.do(AddAttribute(unique_identifier=without, new_attribute=other))
    assert speaking.shown(without, Tag.USAGE_LIMITS) == {Tag.USAGE_LIMITS: [_limits(50, 50)]}
    new = speaking.do(Rekey(unique_identifier=uid)).unique_identifier
    assert speaking.shown(new, Tag.USAGE_LIMITS) == {Tag.USAGE_LIMITS: [_limits(50, 50)]}


# --- Application Specific Information (2.1 §4.4) ----------------------------------------------------------

ASI = Tag.APPLICATION_SPECIFIC_INFORMATION


def _asi(namespace: str, content: str | None = None) -> ApplicationSpecificInformation:
    return ApplicationSpecificInformation(application_namespace=namespace, application_data=content)


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_0, V2_1], ids=str)
def test_the_server_makes_application_data_where_it_is_left_out(client: Client, version: Version) -> None:
    """ "any of the operations that result in new Managed Object(s) ... or adding/modifying the attribute"."""
    speaking = client.speaking(version)
    mine, foreign = (ASI, _asi("kmip-server")), (ASI, _asi("somebody-else"))
    created = speaking.create(aes(256, 12, mine))
    registered = speaking.register(symmetric(), ObjectType.SYMMETRIC_KEY, attributes(mine))
    added = speaking.create()
    speaking.do(AddAttribute(unique_identifier=added, new_attribute=AttributeItem(*mine)))
    made = [speaking.shown(uid, ASI)[ASI][0].application_data for uid in (created, registered, added)]
    assert all(made) and len(set(made)) == 3
    speaking.do(ModifyAttribute(unique_identifier=added, new_attribute=AttributeItem(*mine)))
    (again,) = speaking.shown(added, ASI)[ASI]
    assert again.application_data not in (None, *made)
    new = speaking.do(Rekey(unique_identifier=created)).unique_identifier
    assert speaking.shown(new, ASI)[ASI][0].application_data == made[0]  # 1.4 Table 173 does not leave it out
    for asked in (
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, foreign)),
        Register(object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes(foreign), object=symmetric()),
        AddAttribute(unique_identifier=created, new_attribute=AttributeItem(*foreign)),
        ModifyAttribute(unique_identifier=created, new_attribute=AttributeItem(*foreign)),
    ):
        assert not speaking.one(asked).ok
    speaking.do(AddAttribute(unique_identifier=added, new_attribute=AttributeItem(ASI, _asi("somebody-else", "mine"))))
    assert _asi("somebody-else", "mine") in speaking.shown(added, ASI)[ASI]
