"""What the prose of the standard says under its attributes and operations, and no table of it shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kmip_server.spec.attribute_values import AnyValue, AttributeItem, Attributes, VendorName
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    HashingAlgorithm,
    LinkType,
    ObjectType,
    PaddingMethod,
    QueryFunction,
    RecommendedCurve,
    ResultReason,
    RevocationReasonCode,
    UsageLimitsUnit,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import ApplicationSpecificInformation, Link, UsageLimits
from kmip_server.spec.structures.keys import Certificate
from kmip_server.spec.structures.parameters import CryptographicDomainParameters, CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_4, V2_0, V2_1, Version
from tests.flows.client import Client, aes, attributes, integer, name, struct
from tests.flows.objects import AES, EVERY_OBJECT, template
from tests.flows.requests import AddAttribute, Create, CreateKeyPair, Query, Register, Rekey, revoke

R = ResultReason
ALGORITHM, LENGTH, MASK = Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH, Tag.CRYPTOGRAPHIC_USAGE_MASK
NEVER = 2**63 - 1


# --- templates and pairs ---------------------------------------------------------------------------


def _template(client: Client, called: str, *pairs: tuple[Any, Any]) -> None:
    items = [AttributeItem(key, value) for key, value in pairs]
    client.register(template(*items), ObjectType.TEMPLATE, attributes((Tag.NAME, name(called))))


def test_the_last_of_several_templates_comes_first(client: Client) -> None:
    """1.4 §4: "the value in the last of the conflicting templates takes precedence"."""
    old = client.speaking(V1_2)
    _template(old, "one", (ALGORITHM, AES), (LENGTH, 128), (MASK, 4), (Tag.OBJECT_GROUP, "g"))
    _template(old, "two", (LENGTH, 192), (MASK, 8), (Tag.OBJECT_GROUP, "h"))
    uid = old.create(Attributes([AttributeItem(MASK, 12)], [name("one"), name("two")]))
    assert old.shown(uid, LENGTH, MASK) == {LENGTH: [192], MASK: [12]}
    # "For multi-instance attributes, the union of attribute values is used".
    assert set(old.shown(uid, Tag.OBJECT_GROUP)[Tag.OBJECT_GROUP]) == {"g", "h"}


def test_a_value_that_request_and_template_share_is_there_once(client: Client) -> None:
    """1.4 §4: "the union of attribute values is used when the attributes are specified more than once"."""
    old = client.speaking(V1_2)
    _template(old, "one", (ALGORITHM, AES), (MASK, 12), (Tag.OBJECT_GROUP, "g"))
    uid = old.create(Attributes([AttributeItem(LENGTH, 128), AttributeItem(Tag.OBJECT_GROUP, "g")], [name("one")]))
    assert old.shown(uid, Tag.OBJECT_GROUP) == {Tag.OBJECT_GROUP: ["g"]}


def test_the_template_of_one_key_comes_before_what_is_said_of_both(client: Client) -> None:
    """1.4 §4.2: explicitly for the key, by its templates, explicitly for both, by the templates of both."""
    old = client.speaking(V1_2)
    _template(old, "own", (Tag.CONTACT_INFORMATION, "own template"), (Tag.DEACTIVATION_DATE, NEVER - 1))
    _template(old, "both", (Tag.CONTACT_INFORMATION, "template of both"), (Tag.DEACTIVATION_DATE, NEVER - 2))
    said = [(ALGORITHM, CryptographicAlgorithm.RSA), (LENGTH, 2048), (Tag.CONTACT_INFORMATION, "both")]
    asked = CreateKeyPair(
        common_attributes=Attributes([AttributeItem(*each) for each in said], [name("both")]),
        private_key_attributes=Attributes([AttributeItem(MASK, 1)], [name("own")]),
        public_key_attributes=attributes((MASK, 2)),
    )
    made = old.do(asked)
    shown = [
        old.shown(uid, Tag.CONTACT_INFORMATION, Tag.DEACTIVATION_DATE)
        for uid in (made.private_key_unique_identifier, made.public_key_unique_identifier)
    ]
    assert shown == [
        {Tag.CONTACT_INFORMATION: ["own template"], Tag.DEACTIVATION_DATE: [NEVER - 1]},
        {Tag.CONTACT_INFORMATION: ["both"], Tag.DEACTIVATION_DATE: [NEVER - 2]},
    ]


_CURVE = CryptographicDomainParameters(recommended_curve=RecommendedCurve.P_256)
_SHA_256 = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
_SHA_384 = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_384, padding_method=PaddingMethod.PSS)


@pytest.mark.parametrize("version", [V1_1, V1_4, V2_0, V2_1], ids=str)
def test_both_keys_of_a_pair_have_the_same_parameters(client: Client, version: Version) -> None:
    """1.4 Table 168, 2.1 Table 191: "SHALL contain the same value for both Private and Public Key"."""
    speaking = client.speaking(version)
    tags = (Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS, Tag.CRYPTOGRAPHIC_PARAMETERS)

    def asked(*public: tuple[Any, Any]) -> Any:
        return CreateKeyPair(
            common_attributes=attributes((ALGORITHM, CryptographicAlgorithm.ECDSA)),
            private_key_attributes=attributes((MASK, 1), (tags[0], _CURVE), (tags[1], _SHA_256)),
            public_key_attributes=attributes((MASK, 2), *public),
        )

    made = speaking.do(asked())
    shown = [
        speaking.shown(uid, *tags) for uid in (made.private_key_unique_identifier, made.public_key_unique_identifier)
    ]
    assert shown == [{tags[0]: [_CURVE], tags[1]: [_SHA_256]}] * 2
    wrong = R.INVALID_ATTRIBUTE_VALUE if version >= V2_0 else R.INVALID_FIELD
    assert speaking.refusal(asked((tags[1], _SHA_384))) is wrong


@pytest.mark.parametrize(
    ("algorithm", "length"),
    [
        (CryptographicAlgorithm.RSA, 2048),
        (CryptographicAlgorithm.EC, 256),
        (CryptographicAlgorithm.ECDH, 256),
    ],
)
def test_the_length_of_a_pair_may_be_left_to_the_server(
    client: Client, algorithm: CryptographicAlgorithm, length: int
) -> None:
    """1.4 Table 168: Cryptographic Length: "No"."""
    old = client.speaking(V1_4)
    made = old.do(CreateKeyPair(common_attributes=attributes((ALGORITHM, algorithm), (MASK, 3))))
    for uid in (made.private_key_unique_identifier, made.public_key_unique_identifier):
        assert old.shown(uid, LENGTH) == {LENGTH: [length]}


@pytest.mark.parametrize("version", [V2_0, V2_1], ids=str)
def test_what_a_client_leaves_out_the_server_supplies_and_tells(client: Client, version: Version) -> None:
    """2.1 §4: "available via Query. KMIP servers SHALL supply values for these attributes if the client omits them"."""
    speaking = client.speaking(version)
    told = speaking.do(Query(query_function=[QueryFunction.QUERY_DEFAULTS_INFORMATION])).defaults_information
    expected = {entry.object_type: attributes_of(entry) for entry in told.object_defaults}
    pair = speaking.do(CreateKeyPair())
    made = {
        ObjectType.SYMMETRIC_KEY: speaking.create(attributes()),
        ObjectType.PRIVATE_KEY: pair.private_key_unique_identifier,
        ObjectType.PUBLIC_KEY: pair.public_key_unique_identifier,
    }
    assert {kind: speaking.shown(uid, ALGORITHM, LENGTH, MASK) for kind, uid in made.items()} == expected
    # What the client says stands, and no length comes to an algorithm that it does not fit.
    asked = attributes((ALGORITHM, CryptographicAlgorithm.DES3))
    assert speaking.shown(speaking.create(asked), ALGORITHM, LENGTH, MASK) == {
        ALGORITHM: [CryptographicAlgorithm.DES3],
        LENGTH: [168],
        MASK: [12],
    }


def attributes_of(entry: Any) -> dict[Any, list[Any]]:
    return {item.key: [item.value] for item in entry.attributes.items}


def test_1_x_has_no_defaults(client: Client) -> None:
    """1.4 Table 165 and Table 168: algorithm and mask "SHALL be included"."""
    old = client.speaking(V1_4)
    assert not old.one(Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=attributes())).ok
    assert not old.one(CreateKeyPair()).ok


def test_an_object_has_one_replacement(client: Client) -> None:
    """2.1 §11.28: "there SHALL be only one such replacement object per Managed Object"."""
    uid = client.create()

    def replaced_by(other: str) -> AttributeItem:
        link = Link(link_type=LinkType.REPLACEMENT_OBJECT_LINK, linked_object_identifier=other)
        return AttributeItem(Tag.LINK, link)

    client.do(AddAttribute(unique_identifier=uid, new_attribute=replaced_by("a")))
    # 2.1 Table 169 lists no Invalid Attribute Value.
    assert client.refusal(AddAttribute(unique_identifier=uid, new_attribute=replaced_by("b"))) is R.INVALID_FIELD
    links = [(item.key, item.value) for item in (replaced_by("a"), replaced_by("b"))]
    made = Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, *links))
    assert client.refusal(made) is R.INVALID_ATTRIBUTE_VALUE


# --- what the server says of a new object ----------------------------------------------------------


@pytest.mark.parametrize("version", [V1_0, V1_4], ids=str)
def test_application_data_that_the_server_makes_is_returned(make_server: Any, version: Version) -> None:
    """1.4 §3.36: "if the server supports this namespace ... it SHALL return a suitable Application Data value"."""
    old = Client(make_server(application_namespaces=("ours",)), version)
    asked = (Tag.APPLICATION_SPECIFIC_INFORMATION, ApplicationSpecificInformation(application_namespace="ours"))
    secret = EVERY_OBJECT[ObjectType.SECRET_DATA]()
    pair = CreateKeyPair(
        common_attributes=attributes((ALGORITHM, CryptographicAlgorithm.RSA), (LENGTH, 2048), (MASK, 3)),
        private_key_attributes=attributes(asked),
    )
    for request in (
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, asked)),
        Register(object_type=ObjectType.SECRET_DATA, attributes=attributes(asked), object=secret),
        Rekey(unique_identifier=old.create(), attributes=attributes(asked)),
        pair,
    ):
        done = old.do(request)
        uid = getattr(done, "unique_identifier", None) or done.private_key_unique_identifier
        told = done.private_key_attributes if request is pair else done.attributes
        assert [item.value for item in told.items] == old.shown(uid, asked[0])[asked[0]]
        assert told.items[0].value.application_data
    assert done.public_key_attributes is None
    said = (asked[0], ApplicationSpecificInformation(application_namespace="ours", application_data="mine"))
    assert old.do(Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes(256, 12, said))).attributes is None


def test_a_certificate_of_any_type_has_a_length(client: Client) -> None:
    """2.1 §4.8: "SHALL be set by the server when the object is created or registered"."""
    pgp = Certificate(certificate_type=CertificateType.PGP, certificate_value=b"a PGP certificate")
    assert client.shown(client.register(pgp, ObjectType.CERTIFICATE), Tag.CERTIFICATE_LENGTH) == {
        Tag.CERTIFICATE_LENGTH: [17]
    }


@pytest.mark.parametrize("version", [V1_2, V1_4, V2_1], ids=str)
def test_what_the_server_creates_is_as_old_as_it_is_there(client: Client, version: Version) -> None:
    """2.1 §4.38: "SHALL be set by the server and SHALL be the same as the Initial Date attribute"."""
    speaking = client.speaking(version)
    shown = speaking.shown(speaking.create(aes(256, 12, (Tag.ORIGINAL_CREATION_DATE, 1000))))
    assert shown[Tag.ORIGINAL_CREATION_DATE] == shown[Tag.INITIAL_DATE]
    registered = speaking.register(
        EVERY_OBJECT[ObjectType.SYMMETRIC_KEY](),
        ObjectType.SYMMETRIC_KEY,
        attributes((Tag.ORIGINAL_CREATION_DATE, 1000)),
    )
    assert speaking.shown(registered)[Tag.ORIGINAL_CREATION_DATE] == [1000]


@pytest.mark.parametrize("version", [V1_1, V1_4, V2_1], ids=str)
def test_only_what_is_registered_may_have_been_served_before(client: Client, version: Version) -> None:
    """2.1 §4.24: "SHALL be set to True ... unless the client provides a False value in Register or Import"."""
    speaking = client.speaking(version)
    stale = (Tag.FRESH, False)
    assert speaking.shown(speaking.create(aes(256, 12, stale)), Tag.FRESH) == {Tag.FRESH: [True]}
    what = EVERY_OBJECT[ObjectType.SYMMETRIC_KEY]()
    registered = speaking.register(what, ObjectType.SYMMETRIC_KEY, attributes(stale))
    assert speaking.shown(registered, Tag.FRESH) == {Tag.FRESH: [False]}


def test_who_does_not_know_when_a_key_was_compromised_means_from_the_beginning(client: Client) -> None:
    """2.1 §6.1.44: "if a value is not provided ... Compromise Occurrence Date SHOULD be set to the Initial Date"."""
    uid = client.create()
    made = client.server.clock.seconds
    client.server.clock.advance(100)
    client.do(revoke(uid, RevocationReasonCode.KEY_COMPROMISE))
    tags = (Tag.COMPROMISE_OCCURRENCE_DATE, Tag.COMPROMISE_DATE)
    assert client.shown(uid, *tags) == {tags[0]: [made], tags[1]: [made + 100]}


def test_a_structure_in_a_custom_attribute_holds_no_structures(client: Client) -> None:
    """1.4 §3.39: "If a structure, then the structure SHALL NOT include sub structures"; 2.1 §4.60 does not say it."""
    uid = client.create()

    def adding(value: list[Any]) -> Any:
        return AddAttribute(
            unique_identifier=uid,
            new_attribute=AttributeItem(VendorName("x", "deep"), AnyValue(ItemType.STRUCTURE, value)),
        )

    flat, deep = integer(Tag.BATCH_COUNT, 1), struct(Tag.LINK, integer(Tag.BATCH_COUNT, 1))
    old = client.speaking(V1_4)
    assert old.refusal(adding([flat, deep])) is R.INVALID_FIELD
    old.do(adding([flat]))
    client.do(adding([flat, deep]))


def _certificate(**usages: bool) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "someone")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(begin).not_valid_after(begin.replace(year=2036))
    if usages:
        builder = builder.add_extension(x509.KeyUsage(**dict.fromkeys(_USAGES, False) | usages), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    return Certificate(
        certificate_type=CertificateType.X_509, certificate_value=signed.public_bytes(serialization.Encoding.DER)
    )


# 1.4 Table 96, for the key that is in a certificate: "Sign or Verify" is Verify, "Wrap Key or Unwrap Key" Wrap Key.
_USAGES = {
    "digital_signature": Mask.VERIFY,
    "content_commitment": Mask.CONTENT_COMMITMENT_NON_REPUDIATION,
    "key_encipherment": Mask.WRAP_KEY,
    "data_encipherment": Mask.ENCRYPT,
    "key_agreement": Mask.KEY_AGREEMENT,
    "key_cert_sign": Mask.CERTIFICATE_SIGN,
    "crl_sign": Mask.CRL_SIGN,
    "encipher_only": Mask.ENCRYPT | Mask.KEY_AGREEMENT,
    "decipher_only": Mask.DECRYPT | Mask.KEY_AGREEMENT,
}


@pytest.mark.parametrize("usage", _USAGES)
def test_a_certificate_tells_what_its_key_may_do(client: Client, usage: str) -> None:
    """1.4 §3.19: "X.509 Key Usage values SHALL be mapped to Cryptographic Usage Mask values"."""
    said = {usage: True}
    if usage in ("encipher_only", "decipher_only"):
        said["key_agreement"] = True
    uid = client.register(_certificate(**said), ObjectType.CERTIFICATE)
    assert client.shown(uid, MASK) == {MASK: [int(_USAGES[usage])]}


def test_what_the_client_says_of_a_certificate_comes_first(client: Client) -> None:
    """1.4 Table 169: the mask is the client's to give; where neither says anything, nothing is allowed."""
    uid = client.register(_certificate(crl_sign=True), ObjectType.CERTIFICATE, attributes((MASK, 2)))
    assert client.shown(uid, MASK) == {MASK: [2]}
    assert client.shown(client.register(_certificate(), ObjectType.CERTIFICATE), MASK) == {MASK: [0]}


# --- Locate ----------------------------------------------------------------------------------------


def test_a_limit_in_bytes_is_not_one_in_objects(client: Client) -> None:
    """2.1 §6.1.28: "Returned objects SHALL match all of the attributes in the request"."""

    def limits(total: int, unit: UsageLimitsUnit | None) -> tuple[Any, Any]:
        return Tag.USAGE_LIMITS, UsageLimits(usage_limits_total=total, usage_limits_unit=unit)  # type: ignore[arg-type]

    uid = client.create(aes(256, 12, limits(100, UsageLimitsUnit.OBJECT)))
    assert client.located(limits(50, UsageLimitsUnit.OBJECT)) == [uid]
    assert client.located(limits(50, UsageLimitsUnit.BYTE)) == []


@pytest.mark.parametrize("date", [Tag.DEACTIVATION_DATE, Tag.ORIGINAL_CREATION_DATE])
def test_a_date_that_never_comes_is_no_date(client: Client, date: Tag) -> None:
    """2.1 §6.1.28: "set to its largest possible value ... it is equivalent to an undefined attribute"."""
    made = [
        client.register(EVERY_OBJECT[ObjectType.SYMMETRIC_KEY](), ObjectType.SYMMETRIC_KEY, attributes(*pairs))
        for pairs in ([(date, NEVER)], [], [(date, NEVER - 1)])
    ]
    assert set(client.located((date, NEVER))) == set(made[:2])
