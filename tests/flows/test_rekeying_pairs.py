"""Re-key Key Pair: a new pair takes the old one's place; dates, names, links, and every refusal (1.4 §11.6)."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import (
    CryptographicAlgorithm,
    KeyFormatType,
    LinkType,
    ObjectType,
    Operation,
    RecommendedCurve,
    ResultReason,
    RevocationReasonCode,
    State,
    UniqueIdentifierCode,
    UsageLimitsUnit,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.masks import ProtectionStorageMask
from kmip_server.spec.structures.attributes import Link, UsageLimits
from kmip_server.spec.structures.parameters import CryptographicDomainParameters
from kmip_server.spec.structures.query import ProtectionStorageMasks
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, attributes, name, raw
from tests.flows.objects import private_key
from tests.flows.requests import Activate, CreateKeyPair, Destroy, Get, RekeyKeyPair, Sign, revoke
from tests.kit import BOB

R = ResultReason
ALGORITHM, LENGTH, MASK = Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.CRYPTOGRAPHIC_USAGE_MASK
RSA, EC = CryptographicAlgorithm.RSA, CryptographicAlgorithm.ECDSA
_CURVE = (
    Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS,
    CryptographicDomainParameters(recommended_curve=RecommendedCurve.P_256),
)
_KOBLITZ = (
    Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS,
    CryptographicDomainParameters(recommended_curve=RecommendedCurve.SECP256K1),
)
_LATER = tuple(version for version in VERSIONS if version >= V1_1)


def pair(client: Client, *common: tuple[Any, Any], private: Any = (), public: Any = ()) -> tuple[str, str]:
    """The identifiers of a new pair on a curve, private key first."""
    made = client.do(
        CreateKeyPair(
            common_attributes=attributes(*(common or ((ALGORITHM, EC), _CURVE))),
            private_key_attributes=attributes((MASK, int(Mask.SIGN)), *private),
            public_key_attributes=attributes((MASK, int(Mask.VERIFY)), *public),
        )
    )
    return made.private_key_unique_identifier, made.public_key_unique_identifier


def rekeyed(client: Client, private: Any, **more: Any) -> tuple[str, str]:
    made = client.do(RekeyKeyPair(private_key_unique_identifier=private, **more))
    return made.private_key_unique_identifier, made.public_key_unique_identifier


def key(client: Client, uid: str, key_format: KeyFormatType | None = None) -> Any:
    return client.do(Get(unique_identifier=uid, key_format_type=key_format)).object.key_block


def links(client: Client, uid: str) -> list[tuple[LinkType, str]]:
    found = client.speaking(V2_1).shown(uid, Tag.LINK).get(Tag.LINK, [])
    return [(each.link_type, each.linked_object_identifier) for each in found]


# --- what is made ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", _LATER, ids=str)
@pytest.mark.parametrize("algorithm", [RSA, EC], ids=["RSA", "P-256"])
def test_a_new_pair_takes_the_place(client: Client, version: Version, algorithm: CryptographicAlgorithm) -> None:
    client = client.speaking(version)
    kind = ((ALGORITHM, RSA), (LENGTH, 1024)) if algorithm is RSA else ((ALGORITHM, EC), _CURVE)
    private, public = pair(client, *kind, private=[(Tag.NAME, name("mine"))], public=[(Tag.NAME, name("yours"))])
    new_private, new_public = rekeyed(client, private)
    assert len({private, public, new_private, new_public}) == 4
    assert links(client, new_private) == [
        (LinkType.PUBLIC_KEY_LINK, new_public),
        (LinkType.REPLACED_OBJECT_LINK, private),
    ]
    assert links(client, new_public) == [
        (LinkType.PRIVATE_KEY_LINK, new_private),
        (LinkType.REPLACED_OBJECT_LINK, public),
    ]
    assert links(client, private) == [
        (LinkType.PUBLIC_KEY_LINK, public),
        (LinkType.REPLACEMENT_OBJECT_LINK, new_private),
    ]
    assert links(client, public) == [
        (LinkType.PRIVATE_KEY_LINK, private),
        (LinkType.REPLACEMENT_OBJECT_LINK, new_public),
    ]
    assert client.located((Tag.NAME, name("mine"))) == [new_private]
    assert client.located((Tag.NAME, name("yours"))) == [new_public]
    old, new = key(client, private), key(client, new_private)
    assert old.key_value.key_material != new.key_value.key_material
    assert (old.cryptographic_length, old.cryptographic_algorithm) == (
        new.cryptographic_length,
        new.cryptographic_algorithm,
    )


def test_the_curve_stays(client: Client) -> None:
    """A length of 256 bits would be P-256 otherwise."""
    private, _ = pair(client, (ALGORITHM, EC), _KOBLITZ)
    new_private, new_public = rekeyed(client, private)
    block = key(client, new_private, KeyFormatType.TRANSPARENT_EC_PRIVATE_KEY)
    assert block.key_value.key_material.recommended_curve is RecommendedCurve.SECP256K1
    block = key(client, new_public, KeyFormatType.TRANSPARENT_EC_PUBLIC_KEY)
    assert block.key_value.key_material.recommended_curve is RecommendedCurve.SECP256K1


def test_the_new_pair_works_together(client: Client) -> None:
    private, _ = pair(client, (ALGORITHM, CryptographicAlgorithm.ED25519), (Tag.ACTIVATION_DATE, 1))
    new_private, new_public = rekeyed(client, private)
    assert client.shown(new_private, Tag.STATE) == {Tag.STATE: [State.ACTIVE]}
    assert client.do(Sign(unique_identifier=new_private, data=b"data")).signature_data
    assert client.shown(new_public, MASK) == {MASK: [int(Mask.VERIFY)]}


@pytest.mark.parametrize("version", [V1_4, V2_1], ids=str)
def test_what_is_asked_for_goes_before_what_was(client: Client, version: Version) -> None:
    client = client.speaking(version)
    private, _ = pair(client, (ALGORITHM, RSA), (LENGTH, 1024), private=[(Tag.NAME, name("n"))])
    new_private, new_public = rekeyed(
        client,
        private,
        common_attributes=attributes((LENGTH, 1536), (Tag.CONTACT_INFORMATION, "both")),
        private_key_attributes=attributes((MASK, int(Mask.DECRYPT))),
        public_key_attributes=attributes((MASK, int(Mask.ENCRYPT)), (Tag.NAME, name("p"))),
    )
    for uid, mask in ((new_private, Mask.DECRYPT), (new_public, Mask.ENCRYPT)):
        shown = client.shown(uid, LENGTH, MASK, Tag.CONTACT_INFORMATION)
        assert shown == {LENGTH: [1536], MASK: [int(mask)], Tag.CONTACT_INFORMATION: ["both"]}
    assert client.located((Tag.NAME, name("n"))) == [new_private]
    assert client.located((Tag.NAME, name("p"))) == [new_public]


def test_usage_limits_begin_anew(client: Client) -> None:
    limits = UsageLimits(usage_limits_total=9, usage_limits_unit=UsageLimitsUnit.OBJECT)
    private, _ = pair(
        client,
        (ALGORITHM, CryptographicAlgorithm.ED25519),
        (Tag.ACTIVATION_DATE, 1),
        private=[(Tag.USAGE_LIMITS, limits)],
    )
    client.do(Sign(unique_identifier=private, data=b"data"))
    assert client.shown(private, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0].usage_limits_count == 8
    new_private, _ = rekeyed(client, private)
    assert client.shown(new_private, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0].usage_limits_count == 9


def test_a_compromise_is_not_handed_on(client: Client) -> None:

    private, public = pair(client, private=[(Tag.ACTIVATION_DATE, 1)])
    client.do(revoke(private, RevocationReasonCode.KEY_COMPROMISE, 1))
    client.do(Activate(unique_identifier=public))
    new_private, _ = rekeyed(client, private)
    shown = client.shown(new_private)
    assert shown[Tag.STATE] == [State.ACTIVE]
    for tag in (Tag.COMPROMISE_DATE, Tag.COMPROMISE_OCCURRENCE_DATE, Tag.REVOCATION_REASON):
        assert tag not in shown


def test_generations_are_counted(client: Client) -> None:
    """2.1 §4.49-§4.52, as with Re-key."""
    old = pair(client)
    new = rekeyed(client, old[0])
    for uid in old:
        shown = client.shown(uid, Tag.ROTATE_GENERATION, Tag.ROTATE_LATEST, Tag.ROTATE_DATE)
        assert shown == {
            Tag.ROTATE_GENERATION: [0],
            Tag.ROTATE_LATEST: [False],
            Tag.ROTATE_DATE: [client.server.clock.seconds],
        }
    for uid in new:
        shown = client.shown(uid, Tag.ROTATE_GENERATION, Tag.ROTATE_LATEST, Tag.ROTATE_DATE)
        assert shown == {Tag.ROTATE_GENERATION: [1], Tag.ROTATE_LATEST: [True]}


# --- dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_1, V2_1], ids=str)
def test_an_offset_moves_every_date(client: Client, version: Version) -> None:
    """1.4 Table 176."""
    client = client.speaking(version)
    now = client.server.clock.seconds
    dates = [(Tag.ACTIVATION_DATE, now - 100), (Tag.DEACTIVATION_DATE, now + 900)]
    private, _ = pair(client, (ALGORITHM, EC), _CURVE, *dates)
    for uid in rekeyed(client, private, offset=50):
        shown = client.shown(uid, Tag.ACTIVATION_DATE, Tag.DEACTIVATION_DATE, Tag.STATE)
        assert shown == {
            Tag.ACTIVATION_DATE: [now + 50],
            Tag.DEACTIVATION_DATE: [now + 1050],
            Tag.STATE: [State.PRE_ACTIVE],
        }


def test_without_an_offset_dates_are_copied(client: Client) -> None:
    now = client.server.clock.seconds
    private, _ = pair(client, (ALGORITHM, EC), _CURVE, (Tag.ACTIVATION_DATE, now - 9), (Tag.DEACTIVATION_DATE, now + 9))
    for uid in rekeyed(client, private):
        shown = client.shown(uid, Tag.ACTIVATION_DATE, Tag.DEACTIVATION_DATE)
        assert shown == {Tag.ACTIVATION_DATE: [now - 9], Tag.DEACTIVATION_DATE: [now + 9]}


@pytest.mark.parametrize("version", [V1_1, V2_0, V2_1], ids=str)
def test_an_offset_that_contradicts(client: Client, version: Version) -> None:
    client = client.speaking(version)
    private, _ = pair(client, private=[(Tag.DEACTIVATION_DATE, client.server.clock.seconds + 100)])
    for group in ("common_attributes", "private_key_attributes", "public_key_attributes"):
        both = RekeyKeyPair(
            private_key_unique_identifier=private, offset=1, **{group: attributes((Tag.ACTIVATION_DATE, 1))}
        )
        assert client.refusal(both) is R.INVALID_MESSAGE
    # "no Activation Date has been specified for the existing key"
    answer = client.one(RekeyKeyPair(private_key_unique_identifier=private, offset=1))
    assert answer.reason is (R.ILLEGAL_OPERATION if version < V2_0 else R.INVALID_OBJECT_TYPE)


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_1, V1_4, V2_1], ids=str)
def test_keys_that_cannot_be_rekeyed(client: Client, version: Version) -> None:
    client = client.speaking(version)
    newer = version >= V2_0
    private, public = pair(client)
    assert client.refusal(RekeyKeyPair(private_key_unique_identifier="none")) is (
        R.OBJECT_NOT_FOUND if newer else R.ITEM_NOT_FOUND
    )
    wrong = R.INVALID_OBJECT_TYPE if newer else R.PERMISSION_DENIED
    assert client.refusal(RekeyKeyPair(private_key_unique_identifier=public)) is wrong
    assert client.refusal(RekeyKeyPair(private_key_unique_identifier=client.create())) is wrong
    alone = client.register(private_key(), ObjectType.PRIVATE_KEY, attributes((MASK, int(Mask.SIGN))))
    assert client.refusal(RekeyKeyPair(private_key_unique_identifier=alone)) is R.PERMISSION_DENIED
    rekeyed(client, private)
    assert client.refusal(RekeyKeyPair(private_key_unique_identifier=private)) is R.PERMISSION_DENIED
    other, its_public = pair(client)
    client.do(Destroy(unique_identifier=its_public))
    gone = R.OBJECT_DESTROYED if newer else R.ITEM_NOT_FOUND
    assert client.refusal(RekeyKeyPair(private_key_unique_identifier=other)) is gone
    before = len(client.server.store.objects)
    answer = client.one(
        RekeyKeyPair(
            private_key_unique_identifier=pair(client, (ALGORITHM, RSA), (LENGTH, 1024))[0],
            common_attributes=attributes((LENGTH, 100)),
        )
    )
    assert not answer.ok
    assert len(client.server.store.objects) == before + 2


def test_halves_cannot_differ(client: Client) -> None:
    private, _ = pair(client)
    asked = RekeyKeyPair(
        private_key_unique_identifier=private,
        private_key_attributes=attributes((LENGTH, 256)),
        public_key_attributes=attributes((LENGTH, 384)),
    )
    assert client.refusal(asked) is R.INVALID_FIELD  # 2.1 Table 312


def test_a_strangers_pair_is_not_there(client: Client) -> None:
    private, _ = pair(client, (ALGORITHM, RSA), (LENGTH, 1024))
    bob = Client(client.server, V2_1, BOB)
    assert bob.refusal(RekeyKeyPair(private_key_unique_identifier=private)) is R.OBJECT_NOT_FOUND
    assert len(client.server.store.objects) == 2


def test_it_came_with_1_1(client: Client) -> None:
    answer = client.speaking(V1_0).one(raw(Operation.RE_KEY_KEY_PAIR))
    assert answer.reason is R.OPERATION_NOT_SUPPORTED


@pytest.mark.parametrize("request_class", [CreateKeyPair, RekeyKeyPair])
def test_storage_is_software_or_nothing(client: Client, request_class: Any) -> None:
    private, _ = pair(client)
    hardware = ProtectionStorageMasks(protection_storage_mask=[int(ProtectionStorageMask.HARDWARE)])
    for field, reason in (
        ("common_protection_storage_masks", R.PRIVATE_PROTECTION_STORAGE_UNAVAILABLE),
        ("private_protection_storage_masks", R.PRIVATE_PROTECTION_STORAGE_UNAVAILABLE),
        ("public_protection_storage_masks", R.PUBLIC_PROTECTION_STORAGE_UNAVAILABLE),
    ):
        more = {"private_key_unique_identifier": private} if request_class is RekeyKeyPair else {}
        more["common_attributes"] = attributes((ALGORITHM, EC), _CURVE)
        assert client.refusal(request_class(**{field: hardware}, **more)) is reason


# --- in a batch ------------------------------------------------------------------------------------


def test_the_placeholder(client: Client) -> None:
    private, _ = pair(client)
    got, again = client.ask(Get(unique_identifier=private), RekeyKeyPair())
    assert got.ok and not again.ok  # Get sets no ID Placeholder in 2.x
    made, private_key_got, public_key_got = client.ask(
        RekeyKeyPair(private_key_unique_identifier=private),
        Get(unique_identifier=None),
        Get(unique_identifier=UniqueIdentifierCode.RE_KEY_KEY_PAIR_PUBLIC_KEY),
    )
    assert private_key_got.payload.unique_identifier == made.payload.private_key_unique_identifier
    assert public_key_got.payload.unique_identifier == made.payload.public_key_unique_identifier


def test_slow_pairs_are_made_before_the_round(client: Client) -> None:
    private, _ = pair(client, (ALGORITHM, RSA), (LENGTH, 1024))
    asked = RekeyKeyPair(private_key_unique_identifier=private)
    counting = _Counting(client.server.engine.rooms.ciphers)
    client.server.engine.rooms.ciphers = counting
    client.do(asked)
    assert counting.made == 1


def test_a_pair_of_the_same_batch(client: Client) -> None:
    """Nothing can be foreseen of it: a short key is made in its turn."""
    made = CreateKeyPair(common_attributes=attributes((ALGORITHM, RSA), (LENGTH, 1024)))
    answers = client.ask(made, RekeyKeyPair())
    assert all(answer.ok for answer in answers)
    assert (
        Link(
            link_type=LinkType.REPLACED_OBJECT_LINK,
            linked_object_identifier=answers[0].payload.private_key_unique_identifier,
        )
        in client.shown(answers[1].payload.private_key_unique_identifier, Tag.LINK)[Tag.LINK]
    )


class _Counting:
    """Ciphers that count pairs."""

    def __init__(self, ciphers: Any) -> None:
        self._ciphers = ciphers
        self.made = 0

    def generate_pair(self, *kind: Any) -> Any:
        self.made += 1
        return self._ciphers.generate_pair(*kind)

    def __getattr__(self, wanted: str) -> Any:
        return getattr(self._ciphers, wanted)
