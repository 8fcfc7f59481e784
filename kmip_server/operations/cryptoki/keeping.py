"""C_CreateObject as Register, C_DestroyObject as Revoke and Destroy (PKCS#11 3.0 §5.7)."""

from __future__ import annotations

from collections.abc import Callable

from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.classes import CURVES
from kmip_server.operations.cryptoki.encoding import octets_of, ulong
from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.operations.cryptoki.state import Session
from kmip_server.operations.cryptoki.templates import (
    Template,
    algorithm_of,
    attributes,
    bytes_of,
    number,
    plain,
    require_known,
)
from kmip_server.operations.destroy import DestroyRequest
from kmip_server.operations.register import RegisterRequest
from kmip_server.operations.revoke import RevokeRequest
from kmip_server.spec.cryptoki import CERTIFICATE_X_509, Attribute, KeyType, ObjectClass, ReturnCode
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    RevocationReasonCode,
    State,
)
from kmip_server.spec.structures.attributes import RevocationReason
from kmip_server.spec.structures.keys import (
    Certificate,
    KeyBlock,
    KeyValue,
    ManagedObjectStructure,
    OpaqueObject,
    PrivateKey,
    PublicKey,
    SymmetricKey,
    TransparentKeyMaterial,
)
from kmip_server.spec.structures.parameters import CryptographicDomainParameters

_DATA = 0x80000001
"""The Opaque Data Type of a data object: an extension, because the standard defines none (2.1 §11.35)."""


def require_writable(session: Session) -> None:
    """PKCS#11 3.0 §5.7: token objects are made and destroyed in read/write sessions alone."""
    if not session.writable:
        raise refused(ReturnCode.SESSION_READ_ONLY)


@function("C_CreateObject")
def create_object(call: Call) -> bytes:
    """Register what the template describes; it is stored without being believed, as every registered object."""
    session = call.session()
    template = plain(call.reader.template())
    call.reader.end()
    require_writable(session)
    said = number(template, Attribute.CLASS)
    if said is None:
        raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
    if said not in _STRUCTURES:
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    cls = ObjectClass(said)
    object_type, structure = _STRUCTURES[cls](template)
    more = {} if Attribute.EC_PARAMS not in template else {"cryptographic_domain_parameters": _domain(template)}
    request = RegisterRequest(
        object_type=object_type, attributes=attributes(template, cls, call.ctx.now, **more), object=structure
    )
    made = call.perform(Operation.REGISTER, request)
    return ulong(call.state.handle_of(made.unique_identifier))


_Made = tuple[ObjectType, ManagedObjectStructure]


def _secret_key(template: Template) -> _Made:
    require_known(template, frozenset({Attribute.VALUE, Attribute.VALUE_LEN}))
    value, algorithm = bytes_of(template, Attribute.VALUE), _algorithm(template)
    if not value or number(template, Attribute.VALUE_LEN) not in (None, len(value)):
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
    return ObjectType.SYMMETRIC_KEY, SymmetricKey(
        key_block=KeyBlock(
            key_format_type=KeyFormatType.RAW,
            key_value=KeyValue(key_material=value),
            cryptographic_algorithm=algorithm,
            cryptographic_length=len(value) * 8,
        )
    )


def _algorithm(template: Template) -> CryptographicAlgorithm:
    algorithm = algorithm_of(template)
    if algorithm is None:
        raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
    if template[Attribute.KEY_TYPE] in _ASYMMETRIC:
        raise refused(ReturnCode.TEMPLATE_INCONSISTENT)
    return algorithm


_ASYMMETRIC = frozenset({KeyType.RSA, KeyType.DSA, KeyType.DH, KeyType.EC, KeyType.EC_EDWARDS})


def _public_key(template: Template) -> _Made:
    if _key_type(template) == KeyType.EC:
        require_known(template, frozenset({Attribute.EC_PARAMS, Attribute.EC_POINT}))
        domain, point = _domain(template), octets_of(bytes_of(template, Attribute.EC_POINT))
        block = _ec(domain, KeyFormatType.TRANSPARENT_EC_PUBLIC_KEY, q_string=point)
        return ObjectType.PUBLIC_KEY, PublicKey(key_block=block)
    require_known(template, frozenset({Attribute.MODULUS, Attribute.PUBLIC_EXPONENT, Attribute.MODULUS_BITS}))
    return ObjectType.PUBLIC_KEY, PublicKey(key_block=_rsa(template, KeyFormatType.TRANSPARENT_RSA_PUBLIC_KEY, {}))


_PRIVATE_NUMBERS = {
    "private_exponent": Attribute.PRIVATE_EXPONENT,
    "p": Attribute.PRIME_1,
    "q": Attribute.PRIME_2,
    "prime_exponent_p": Attribute.EXPONENT_1,
    "prime_exponent_q": Attribute.EXPONENT_2,
    "crt_coefficient": Attribute.COEFFICIENT,
}


def _private_key(template: Template) -> _Made:
    if _key_type(template) == KeyType.EC:
        require_known(template, frozenset({Attribute.EC_PARAMS, Attribute.VALUE, Attribute.SUBJECT}))
        domain, number_of = _domain(template), int.from_bytes(bytes_of(template, Attribute.VALUE), "big")
        block = _ec(domain, KeyFormatType.TRANSPARENT_EC_PRIVATE_KEY, d=number_of)
        return ObjectType.PRIVATE_KEY, PrivateKey(key_block=block)
    known = frozenset({Attribute.MODULUS, Attribute.PUBLIC_EXPONENT, Attribute.SUBJECT, *_PRIVATE_NUMBERS.values()})
    require_known(template, known)
    numbers = {
        name: int.from_bytes(bytes_of(template, code), "big")
        for name, code in _PRIVATE_NUMBERS.items()
        if code in template or code is Attribute.PRIVATE_EXPONENT
    }
    block = _rsa(template, KeyFormatType.TRANSPARENT_RSA_PRIVATE_KEY, numbers)
    return ObjectType.PRIVATE_KEY, PrivateKey(key_block=block)


def _rsa(template: Template, key_format: KeyFormatType, numbers: dict[str, int]) -> KeyBlock:
    """An RSA key from its numbers; keys of other types are registered by the Register operation."""
    if _key_type(template) != KeyType.RSA:
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    modulus = int.from_bytes(bytes_of(template, Attribute.MODULUS), "big")
    exponent = int.from_bytes(bytes_of(template, Attribute.PUBLIC_EXPONENT), "big")
    return KeyBlock(
        key_format_type=key_format,
        key_value=KeyValue(
            key_material=TransparentKeyMaterial(modulus=modulus, public_exponent=exponent, **numbers)  # type: ignore[arg-type]
        ),
        cryptographic_algorithm=CryptographicAlgorithm.RSA,
        cryptographic_length=modulus.bit_length(),
    )


def _key_type(template: Template) -> int:
    key_type = number(template, Attribute.KEY_TYPE)
    if key_type is None:
        raise refused(ReturnCode.TEMPLATE_INCOMPLETE)
    return key_type


def _domain(template: Template) -> CryptographicDomainParameters:
    curve = CURVES.get(bytes_of(template, Attribute.EC_PARAMS))
    if curve is None:
        raise refused(ReturnCode.CURVE_NOT_SUPPORTED)
    return CryptographicDomainParameters(recommended_curve=curve)


def _ec(
    domain: CryptographicDomainParameters,
    key_format: KeyFormatType,
    *,
    d: int | None = None,
    q_string: bytes | None = None,
) -> KeyBlock:
    """An elliptic curve key from its curve and its number or point; its length is read from the curve."""
    material = TransparentKeyMaterial(recommended_curve=domain.recommended_curve, d=d, q_string=q_string)
    return KeyBlock(key_format_type=key_format, key_value=KeyValue(key_material=material))


def _certificate(template: Template) -> _Made:
    known = {Attribute.VALUE, Attribute.CERTIFICATE_TYPE, Attribute.SUBJECT, Attribute.ISSUER, Attribute.SERIAL_NUMBER}
    require_known(template, frozenset(known))
    if number(template, Attribute.CERTIFICATE_TYPE) not in (None, CERTIFICATE_X_509):
        raise refused(ReturnCode.ATTRIBUTE_VALUE_INVALID)
    # Subject, issuer and serial number are read from the certificate itself.
    value = bytes_of(template, Attribute.VALUE)
    return ObjectType.CERTIFICATE, Certificate(certificate_type=CertificateType.X_509, certificate_value=value)


def _data(template: Template) -> _Made:
    require_known(template, frozenset({Attribute.VALUE}))
    value = bytes_of(template, Attribute.VALUE)
    return ObjectType.OPAQUE_OBJECT, OpaqueObject(opaque_data_type=_DATA, opaque_data_value=value)


_STRUCTURES: dict[int, Callable[[Template], _Made]] = {
    ObjectClass.SECRET_KEY: _secret_key,
    ObjectClass.PUBLIC_KEY: _public_key,
    ObjectClass.PRIVATE_KEY: _private_key,
    ObjectClass.CERTIFICATE: _certificate,
    ObjectClass.DATA: _data,
}


@function("C_DestroyObject")
def destroy_object(call: Call) -> bytes | None:
    """Destroy; an active object is deactivated first, as KMIP's life of a key demands (2.1 §4.57)."""
    session = call.session()
    unique_identifier = call.state.object(call.reader.ulong())
    call.reader.end()
    require_writable(session)
    with call.acting_as(Operation.GET_ATTRIBUTES) as reading:
        active = reading.state_of(reading.load(unique_identifier)) is State.ACTIVE
    with call.acting_as(Operation.PKCS_11):  # both steps or none
        if active:
            reason = RevocationReason(revocation_reason_code=RevocationReasonCode.CESSATION_OF_OPERATION)
            call.perform(Operation.REVOKE, RevokeRequest(unique_identifier=unique_identifier, revocation_reason=reason))
        call.perform(Operation.DESTROY, DestroyRequest(unique_identifier=unique_identifier))
    return None
