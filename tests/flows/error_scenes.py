"""For every operation a request that succeeds, and objects for it; the error tables then spoil one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from kmip_server.operations.certify import CertifyRequest
from kmip_server.operations.re_certify import ReCertifyRequest
from kmip_server.operations.validate import ValidateRequest
from kmip_server.spec.enums import (
    AdjustmentType,
    BlockCipherMode,
    CertificateRequestType,
    CryptographicAlgorithm,
    DerivationMethod,
    HashingAlgorithm,
    ObjectType,
    Operation,
    SplitKeyMethod,
    UsageLimitsUnit,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_2, V1_4, V2_1
from tests.flows import objects
from tests.flows.client import Client, aes, attributes, custom, name
from tests.flows.requests import (
    Activate,
    AddAttribute,
    AdjustAttribute,
    Archive,
    Check,
    CreateKeyPair,
    CreateSplitKey,
    Decrypt,
    DeleteAttribute,
    DeriveKey,
    Destroy,
    Encrypt,
    Export,
    Get,
    GetAttributeList,
    GetAttributes,
    GetUsageAllocation,
    Mac,
    MacVerify,
    ModifyAttribute,
    ObtainLease,
    Recover,
    Rekey,
    RekeyKeyPair,
    SetAttribute,
    Sign,
    SignatureVerify,
    revoke,
)

Op = Operation
M = CryptographicUsageMask
EVERY_MASK = int(M.all_bits(V1_4))
CBC = CryptographicParameters(
    block_cipher_mode=BlockCipherMode.CBC, cryptographic_algorithm=CryptographicAlgorithm.AES, random_iv=True
)
HASHED = CryptographicParameters(hashing_algorithm=HashingAlgorithm.SHA_256)
HMAC = CryptographicParameters(cryptographic_algorithm=CryptographicAlgorithm.HMAC_SHA256)
ACTIVE = (Tag.ACTIVATION_DATE, 0)
ELLIPTIC = (
    (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.ECDSA),
    (Tag.CRYPTOGRAPHIC_LENGTH, 256),
)

Make = Callable[..., str]
Ask = Callable[[Any], Any]


# --- objects, made in a version that has everything ---------------------------------------------------


def key(client: Client, *more: tuple[Any, Any], mask: int = EVERY_MASK, length: int = 256) -> str:
    """An AES key that is active unless something else is said."""
    given = more if any(tag is Tag.ACTIVATION_DATE for tag, _ in more) else (*more, ACTIVE)
    return client.speaking(V2_1).create(aes(length, mask, *[pair for pair in given if pair[1] is not None]))


def pre_active(client: Client, *more: tuple[Any, Any]) -> str:
    """One that is not."""
    return client.speaking(V2_1).create(aes(256, EVERY_MASK, *more))


def private(client: Client, *more: tuple[Any, Any], mask: int = EVERY_MASK) -> str:
    """An active RSA private key."""
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), *(more or (ACTIVE,)))
    return client.speaking(V2_1).register(objects.private_key(), ObjectType.PRIVATE_KEY, given)


def public(client: Client, *more: tuple[Any, Any], mask: int = EVERY_MASK) -> str:
    """An active RSA public key."""
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), *(more or (ACTIVE,)))
    return client.speaking(V2_1).register(objects.public_key(), ObjectType.PUBLIC_KEY, given)


def hmac(client: Client, *more: tuple[Any, Any], mask: int = EVERY_MASK) -> str:
    """An active key for HMAC."""
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, mask), *(more or (ACTIVE,)))
    what = objects.symmetric(algorithm=CryptographicAlgorithm.HMAC_SHA256)
    return client.speaking(V2_1).register(what, ObjectType.SYMMETRIC_KEY, given)


def certificate(client: Client, *more: tuple[Any, Any]) -> str:
    """A certificate."""
    return client.speaking(V2_1).register(objects.certificate(), ObjectType.CERTIFICATE, attributes(*more))


def opaque(client: Client, *more: tuple[Any, Any]) -> str:
    """Bytes nobody understands: of the wrong type for nearly everything."""
    return client.speaking(V2_1).register(objects.opaque(), ObjectType.OPAQUE_OBJECT, attributes(*more))


def template(client: Client, *more: tuple[Any, Any]) -> str:
    """A template of 1.x."""
    what = objects.template(*attributes((Tag.CRYPTOGRAPHIC_LENGTH, 256)).items)
    return client.speaking(V1_2).register(what, ObjectType.TEMPLATE, attributes(*(more or ((Tag.NAME, name("t")),))))


def pair(client: Client, *more: tuple[Any, Any]) -> Any:
    """A pair of keys made here; the answer to Create Key Pair."""
    return client.speaking(V2_1).do(new_pair(*more))


def new_pair(*more: tuple[Any, Any]) -> CreateKeyPair:
    """Make a pair of keys on a curve."""

    def given(mask: CryptographicUsageMask) -> Any:
        return attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(mask)))

    return CreateKeyPair(
        common_attributes=attributes(*ELLIPTIC, *more),
        private_key_attributes=given(M.SIGN),
        public_key_attributes=given(M.VERIFY),
    )


def pair_private(client: Client, *more: tuple[Any, Any]) -> str:
    """The private key of a pair that was made here."""
    return str(pair(client, *more).private_key_unique_identifier)


def pair_public(client: Client, *more: tuple[Any, Any]) -> str:
    """The public key of such a pair."""
    return str(pair(client, *more).public_key_unique_identifier)


def limited(client: Client, total: int = 1000, *more: tuple[Any, Any]) -> str:
    """A key whose use is limited to so many bytes."""
    limits = UsageLimits(usage_limits_total=total, usage_limits_count=total, usage_limits_unit=UsageLimitsUnit.BYTE)
    return key(client, (Tag.USAGE_LIMITS, limits), *more)


def part(client: Client, *more: tuple[Any, Any]) -> str:
    """The first of three parts of a key."""
    return parts(client, *more)[0]


def parts(client: Client, *more: tuple[Any, Any]) -> list[str]:
    """Three parts of a key, two of which are enough."""
    made = client.speaking(V2_1).do(split(key(client), *more))
    return [str(each) for each in made.unique_identifier]


def split(uid: Any = None, *more: tuple[Any, Any], **changed: Any) -> CreateSplitKey:
    """Split a key in three."""
    given: dict[str, Any] = {
        "object_type": ObjectType.SPLIT_KEY,
        "split_key_parts": 3,
        "split_key_threshold": 2,
        "split_key_method": SplitKeyMethod.POLYNOMIAL_SHARING_GF_28,
        "attributes": attributes(*more),
    }
    return CreateSplitKey(unique_identifier=uid, **{**given, **changed})


def archived(make: Make) -> Make:
    """The same object, archived."""

    def made(client: Client, *more: tuple[Any, Any]) -> str:
        uid = make(client, *more)
        client.speaking(V2_1).do(Archive(unique_identifier=uid))
        return uid

    return made


# --- requests on one object ---------------------------------------------------------------------------


def derive(uid: Any, *more: tuple[Any, Any], **changed: Any) -> DeriveKey:
    """Derive an AES key with HMAC-SHA-256."""
    given: dict[str, Any] = {
        "object_type": ObjectType.SYMMETRIC_KEY,
        "derivation_method": DerivationMethod.HMAC,
        "derivation_parameters": DerivationParameters(cryptographic_parameters=HASHED, derivation_data=[b"data"]),
        "attributes": aes(128, int(M.ENCRYPT), *more),
    }
    return DeriveKey(unique_identifier=[uid] if uid else [], **{**given, **changed})


NOTE = custom("value")
ON_ONE: dict[Operation, tuple[Make, Ask]] = {
    Op.RE_KEY: (key, lambda uid: Rekey(unique_identifier=uid)),
    Op.RE_KEY_KEY_PAIR: (pair_private, lambda uid: RekeyKeyPair(private_key_unique_identifier=uid)),
    Op.DERIVE_KEY: (key, derive),
    Op.CERTIFY: (public, lambda uid: certify(uid)),
    Op.CHECK: (key, lambda uid: Check(unique_identifier=uid)),
    Op.GET: (key, lambda uid: Get(unique_identifier=uid)),
    Op.GET_ATTRIBUTES: (key, lambda uid: GetAttributes(unique_identifier=uid)),
    Op.GET_ATTRIBUTE_LIST: (key, lambda uid: GetAttributeList(unique_identifier=uid)),
    Op.ADD_ATTRIBUTE: (key, lambda uid: AddAttribute(unique_identifier=uid, new_attribute=NOTE)),
    Op.MODIFY_ATTRIBUTE: (
        lambda client, *more: key(client, (NOTE.key, NOTE.value), *more),
        lambda uid: ModifyAttribute(unique_identifier=uid, new_attribute=NOTE),
    ),
    Op.DELETE_ATTRIBUTE: (
        lambda client, *more: key(client, (Tag.NAME, name("n")), *more),
        lambda uid: DeleteAttribute(unique_identifier=uid, attribute_reference=Tag.NAME),
    ),
    Op.SET_ATTRIBUTE: (key, lambda uid: SetAttribute(unique_identifier=uid, new_attribute=NOTE)),
    Op.ADJUST_ATTRIBUTE: (
        key,
        lambda uid: AdjustAttribute(
            unique_identifier=uid,
            attribute_reference=Tag.PROTECTION_PERIOD,
            adjustment_type=AdjustmentType.INCREMENT,
            adjustment_value=None,
        ),
    ),
    Op.OBTAIN_LEASE: (key, lambda uid: ObtainLease(unique_identifier=uid)),
    Op.GET_USAGE_ALLOCATION: (
        lambda client, *more: limited(client, 1000, *more),
        lambda uid: GetUsageAllocation(unique_identifier=uid, usage_limits_count=10),
    ),
    Op.ACTIVATE: (pre_active, lambda uid: Activate(unique_identifier=uid)),
    Op.REVOKE: (key, revoke),
    Op.DESTROY: (pre_active, lambda uid: Destroy(unique_identifier=uid)),
    Op.ARCHIVE: (key, lambda uid: Archive(unique_identifier=uid)),
    Op.RECOVER: (archived(key), lambda uid: Recover(unique_identifier=uid)),
    Op.VALIDATE: (certificate, lambda uid: ValidateRequest(certificate=[], unique_identifier=[uid] if uid else [])),
    Op.ENCRYPT: (
        key,
        lambda uid: Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(16)),
    ),
    Op.DECRYPT: (
        key,
        lambda uid: Decrypt(
            unique_identifier=uid, cryptographic_parameters=CBC, data=bytes(16), iv_counter_nonce=bytes(16)
        ),
    ),
    Op.SIGN: (private, lambda uid: Sign(unique_identifier=uid, cryptographic_parameters=HASHED, data=b"x")),
    Op.SIGNATURE_VERIFY: (
        public,
        lambda uid: SignatureVerify(
            unique_identifier=uid, cryptographic_parameters=HASHED, data=b"x", signature_data=bytes(256)
        ),
    ),
    Op.MAC: (hmac, lambda uid: Mac(unique_identifier=uid, cryptographic_parameters=HMAC, data=b"x")),
    Op.MAC_VERIFY: (
        hmac,
        lambda uid: MacVerify(unique_identifier=uid, cryptographic_parameters=HMAC, data=b"x", mac_data=bytes(32)),
    ),
    Op.CREATE_SPLIT_KEY: (key, split),
    Op.EXPORT: (key, lambda uid: Export(unique_identifier=uid)),
}
"""Operations on one object: how the object is made, and the request that succeeds on it."""


@cache
def signing_request() -> bytes:
    """A PKCS#10 request for the RSA key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name.from_rfc4514_string("CN=tests"))
    return builder.sign(objects.rsa_key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def certify(uid: Any, value: bytes | None = None, *more: tuple[Any, Any], **changed: Any) -> CertifyRequest:
    """Certify the RSA key by a request for it."""
    return CertifyRequest(
        unique_identifier=uid,
        certificate_request_type=CertificateRequestType.PKCS_10,
        certificate_request_value=value or signing_request(),
        attributes=attributes(*more),
        **changed,
    )


def re_certify(uid: Any, value: bytes | None = None, *more: tuple[Any, Any], **changed: Any) -> ReCertifyRequest:
    """Make the certificate anew, by the same request."""
    return ReCertifyRequest(
        unique_identifier=uid,
        certificate_request_type=CertificateRequestType.PKCS_10,
        certificate_request_value=value or signing_request(),
        attributes=attributes(*more),
        **changed,
    )


def certified(client: Client, *_: Any) -> str:
    """A certificate that this server made."""
    done = client.speaking(V2_1).do(certify(public(client)))
    return str(done.unique_identifier)


ON_ONE[Op.RE_CERTIFY] = (certified, lambda uid: re_certify(uid))
