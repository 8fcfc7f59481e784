"""C_DeriveKey as Derive Key: a hash of a key, data encrypted with it, HKDF, or a key agreement (PKCS#11 3.0 §5.18)."""

from __future__ import annotations

from kmip_server.operations.creating import asked_attributes, symmetric_bytes
from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.encoding import Mechanism, Reader, octets_of, ulong
from kmip_server.operations.cryptoki.keeping import require_writable
from kmip_server.operations.cryptoki.mechanisms import DERIVATIONS, HASHES, MECHANISMS, Row
from kmip_server.operations.cryptoki.refusing import Refusal, refused
from kmip_server.operations.cryptoki.templates import (
    Template,
    algorithm_of,
    attributes,
    number,
    plain,
    require_class,
    require_known,
)
from kmip_server.operations.derive_key import DeriveKeyRequest, admit_derived
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.cryptoki import DERIVES, Attribute, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm, DerivationMethod, KeyFormatType, ObjectType, Operation
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters, DerivationParameters
from kmip_server.spec.tags import Tag


@function("C_DeriveKey")
def derive_key(call: Call) -> bytes:
    """A new secret key from another one, linked with it in both directions."""
    session = call.session()
    mechanism, base = call.reader.mechanism(), call.reader.ulong()
    template = plain(call.reader.template())
    call.reader.end()
    require_writable(session)
    row = MECHANISMS.get(mechanism.code)
    if row is None or not row.flags & DERIVES:
        raise refused(ReturnCode.MECHANISM_INVALID)
    require_class(template, ObjectClass.SECRET_KEY)
    require_known(template, frozenset({Attribute.VALUE_LEN}))
    derive = _agreed if row.code == DERIVATIONS.ECDH else _derived
    try:
        made = derive(call, row, mechanism, call.state.object(base, ReturnCode.KEY_HANDLE_INVALID), template)
    except Refusal as refusal:
        if refusal.code is ReturnCode.OBJECT_HANDLE_INVALID:
            raise Refusal(ReturnCode.KEY_HANDLE_INVALID, refusal.why) from refusal
        raise
    return ulong(call.state.handle_of(made))


def _asked(call: Call, template: Template, length: int) -> Attributes:
    """The attributes of the new key, of so many bytes."""
    return attributes(
        template,
        ObjectClass.SECRET_KEY,
        call.ctx.now,
        # "If no key type is provided in the template, then the key produced ... will be a generic secret key."
        cryptographic_algorithm=algorithm_of(template) or CryptographicAlgorithm.HMAC_SHA256,
        cryptographic_length=length * 8,
    )


def _derived(call: Call, row: Row, mechanism: Mechanism, unique_identifier: str, template: Template) -> str:
    """What a hash or a cipher makes of the key."""
    method, given = _given(row, mechanism)
    request = DeriveKeyRequest(
        object_type=ObjectType.SYMMETRIC_KEY,
        unique_identifier=[unique_identifier],
        derivation_method=method,
        derivation_parameters=given,
        attributes=_asked(call, template, _length(row, given, number(template, Attribute.VALUE_LEN))),
    )
    return str(call.perform(Operation.DERIVE_KEY, request).unique_identifier)


def _agreed(call: Call, row: Row, mechanism: Mechanism, unique_identifier: str, template: Template) -> str:
    """The secret that a private key and the other side's public point agree on (CK_ECDH1_DERIVE_PARAMS).

    KMIP derives so from two objects; here the other one is a parameter. Policy, mask and links are those of Derive Key.
    """
    point = _point_of(mechanism)
    with call.acting_as(Operation.DERIVE_KEY) as inner:
        base = inner.load(unique_identifier)
        domain = base.attributes.one(Tag.CRYPTOGRAPHIC_DOMAIN_PARAMETERS)
        if base.object_type is not ObjectType.PRIVATE_KEY or domain is None or domain.recommended_curve is None:
            raise refused(ReturnCode.KEY_TYPE_INCONSISTENT)
        key = inner.material(base)
        secret = inner.ciphers.agree(
            key.value,
            key.key_format_type,
            TransparentKeyMaterial(recommended_curve=domain.recommended_curve, q_string=point),
            KeyFormatType.TRANSPARENT_EC_PUBLIC_KEY,
            algorithm=None,
            trusted=key.trusted,
        )
        length = number(template, Attribute.VALUE_LEN) or len(secret)
        if length > len(secret):
            raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
        asked = asked_attributes(_asked(call, template, length), ObjectType.SYMMETRIC_KEY, inner)
        symmetric_bytes(asked.one(Tag.CRYPTOGRAPHIC_ALGORITHM), length * 8, inner)
        # "The truncation removes bytes from the leading end of the secret value."
        return admit_derived(ObjectType.SYMMETRIC_KEY, asked, secret[-length:], [base], inner)


_CKD_NULL = 1
"""The secret itself, no function over it."""


def _point_of(mechanism: Mechanism) -> bytes:
    if mechanism.parameter is None:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    reader = Reader(mechanism.parameter)
    function_over, shared, point = reader.ulong(), reader.data(), reader.data()
    reader.end()
    if function_over != _CKD_NULL or shared or not point:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    # "A token MUST be able to accept this value encoded as a raw octet string ... MAY ... as a DER-encoded ECPoint".
    try:
        return octets_of(point)
    except Refusal:
        return point


def _given(row: Row, mechanism: Mechanism) -> tuple[DerivationMethod, DerivationParameters]:
    """What the mechanism and its parameter say."""
    if row.code == DERIVATIONS.HKDF:
        return DerivationMethod.HKDF, _hkdf(mechanism)
    how = CryptographicParameters(**row.fixed)  # type: ignore[arg-type]  # the rows say which
    if row.hashing is not None:
        if mechanism.parameter:
            raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
        return DerivationMethod.HASH, DerivationParameters(cryptographic_parameters=how)
    if mechanism.parameter is None:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    reader = Reader(mechanism.parameter)
    # CK_AES_CBC_ENCRYPT_DATA_PARAMS has the IV before the data; CK_KEY_DERIVATION_STRING_DATA has the data alone.
    iv = reader.take(16) if row.code == DERIVATIONS.CBC else None
    data = reader.data()
    reader.end()
    if not data or len(data) % 16:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    given = DerivationParameters(cryptographic_parameters=how, initialization_vector=iv, derivation_data=[data])
    return DerivationMethod.ENCRYPT, given


_SALT_NULL, _SALT_DATA = 1, 2
"""CKF_HKDF_SALT_NULL, CKF_HKDF_SALT_DATA."""


def _hkdf(mechanism: Mechanism) -> DerivationParameters:
    """CK_HKDF_PARAMS: whether to extract and expand, the hash, what salt, the salt, a key as salt, the information.

    KMIP's HKDF does both steps (2.1 §7.12), and its salt is no managed object.
    """
    if mechanism.parameter is None:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    reader = Reader(mechanism.parameter)
    steps = reader.flag(), reader.flag()
    hashing, kind, salt = HASHES.get(reader.ulong()), reader.ulong(), reader.data()
    reader.ulong()
    information = reader.data()
    reader.end()
    if not all(steps) or hashing is None or kind not in (_SALT_NULL, _SALT_DATA) or (kind == _SALT_NULL and salt):
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    return DerivationParameters(
        cryptographic_parameters=CryptographicParameters(hashing_algorithm=hashing),
        salt=salt or None,
        derivation_data=[information] if information else [],
    )


def _length(row: Row, given: DerivationParameters, asked: int | None) -> int:
    """Bytes of the new key: what is asked for, at most and else what the mechanism gives."""
    if row.code == DERIVATIONS.HKDF:
        if not asked:
            raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
        return asked
    most = row.largest if row.hashing is not None else len(given.derivation_data[0])
    if asked is None:
        return most
    if not 0 < asked <= most:
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
    return asked
