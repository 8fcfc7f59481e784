"""Wrapping a key on its way out, and unwrapping one that came wrapped (KMIP 2.1 §7.18, §3.3; 1.4 §2.1.5, §2.1.6)."""

from __future__ import annotations

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import CryptographicFailure, InvalidField, KmipError, PermissionDenied
from kmip_server.operations.changing import title_of
from kmip_server.operations.presenting import presented
from kmip_server.operations.using import agreeing, chosen_algorithm
from kmip_server.ports import Context
from kmip_server.spec.attribute_values import Attributes
from kmip_server.spec.enums import (
    BlockCipherMode,
    EncodingOption,
    LinkType,
    ObjectType,
    Operation,
    ResultReason,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.operations import (
    SIGNING_SIGNED,
    SIGNING_WRAPPED,
    VERIFYING_SIGNED,
    VERIFYING_WRAPPED,
    WRAPPING,
    Purpose,
    Use,
)
from kmip_server.spec.structures.keys import (
    EncryptionKeyInformation,
    KeyBlock,
    KeyValue,
    KeyWrappingData,
    KeyWrappingSpecification,
    MacSignatureKeyInformation,
    ManagedObjectStructure,
)
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_1

_MAY_UNWRAP = CryptographicUsageMask.UNWRAP_KEY | CryptographicUsageMask.WRAP_KEY
"""TC-WRAP-2 and -3 have the server unwrap with a key that may only wrap: it undoes what that key once did."""
_KEYS = frozenset({ObjectType.SYMMETRIC_KEY, ObjectType.PUBLIC_KEY, ObjectType.PRIVATE_KEY})
WRAPPED = CryptographicParameters(block_cipher_mode=BlockCipherMode.NISTKEYWRAP)
SIGNED = CryptographicParameters()
"""What holds where neither the request nor the key says anything."""
_METHODS = frozenset(
    {
        WrappingMethod.ENCRYPT,
        WrappingMethod.MAC_SIGN,
        WrappingMethod.ENCRYPT_THEN_MAC_SIGN,
        WrappingMethod.MAC_SIGN_THEN_ENCRYPT,
    }
)


def wrapped(block: KeyBlock, asked: KeyWrappingSpecification, found: ManagedObject, ctx: Context) -> None:
    """Wrap the key of a block as asked, in place."""
    in_structure = block.key_wrapping_data is not None and isinstance(block.key_value, KeyValue)
    if block.key_wrapping_data is not None:
        unwrap(block, ctx)  # Registered wrapped: it leaves wrapped as this client asks (TC-WRAP-3).
    if not isinstance(block.key_value, KeyValue):
        raise KmipError("the server does not hold the value of this key", ResultReason.KEY_VALUE_NOT_PRESENT)
    if asked.wrapping_method not in _METHODS:
        raise KmipError("the wrapping method is not served", ResultReason.FEATURE_NOT_SUPPORTED)
    option = _encoding_option(asked, ctx)
    plain = _plain(block.key_value, asked, option, found, ctx)
    data = KeyWrappingData(wrapping_method=asked.wrapping_method)
    if ctx.version >= V1_1:
        data.encoding_option = asked.encoding_option
    method = asked.wrapping_method
    if method in (WrappingMethod.MAC_SIGN, WrappingMethod.MAC_SIGN_THEN_ENCRYPT):
        _authenticate(plain, asked, data, ctx)
    if method is not WrappingMethod.MAC_SIGN:
        plain = _encrypt(plain, asked, data, ctx)
    if method is WrappingMethod.ENCRYPT_THEN_MAC_SIGN:
        _authenticate(plain, asked, data, ctx)
    # 1.4 §2.1.3: a byte string; a key that came with its wrapped material in a structure leaves so (TC-WRAP-3).
    block.key_value = KeyValue(key_material=plain) if in_structure else plain
    block.key_wrapping_data = data


def unwrap(block: KeyBlock, ctx: Context) -> None:
    """Unwrap a key that was registered wrapped, in place (Key Wrap Type Not Wrapped, 1.4 §4.11)."""
    data, value = block.key_wrapping_data, block.key_value
    if data is None or value is None:
        return
    if data.wrapping_method not in _METHODS:
        raise KmipError("the key was wrapped in a way that is not served", ResultReason.KEY_WRAP_TYPE_NOT_SUPPORTED)
    content = _content(value, ctx)
    if data.wrapping_method is WrappingMethod.ENCRYPT_THEN_MAC_SIGN:
        _require_authentic(content, data, ctx)
    if data.wrapping_method is not WrappingMethod.MAC_SIGN:
        content = _decrypted(content, data, ctx)
    if data.wrapping_method in (WrappingMethod.MAC_SIGN, WrappingMethod.MAC_SIGN_THEN_ENCRYPT):
        _require_authentic(content, data, ctx)
    encoded = data.encoding_option is not EncodingOption.NO_ENCODING
    block.key_value = ctx.decode_key_value(content) if encoded else KeyValue(key_material=content)
    block.key_wrapping_data = None


def require_encoding(structure: ManagedObjectStructure) -> None:
    """1.4 §2.1.5: "If No Encoding is specified, then the Key Value structure SHALL NOT contain any attributes"."""
    block = getattr(structure, "key_block", None)
    data = block.key_wrapping_data if isinstance(block, KeyBlock) else None
    if data is None or data.encoding_option is not EncodingOption.NO_ENCODING:
        return
    value = block.key_value if isinstance(block, KeyBlock) else None
    if isinstance(value, KeyValue) and value.attributes is not None:
        raise KmipError("a key that is wrapped without encoding has no attributes", ResultReason.ENCODING_OPTION_ERROR)


def _content(value: KeyValue | bytes, ctx: Context) -> bytes:
    """The bytes that were wrapped; a key that came in a structure has them as its material (TC-WRAP-3)."""
    content = value if isinstance(value, bytes) else value.key_material
    if not isinstance(content, bytes):
        raise KmipError("the wrapped key is no string of bytes", ResultReason.ENCODING_OPTION_ERROR)
    return content


def _decrypted(content: bytes, data: KeyWrappingData, ctx: Context) -> bytes:
    information = data.encryption_key_information
    if information is None:
        raise InvalidField("Encryption Key Information is missing")
    key = _wrapping_key(information.unique_identifier, ctx, Use(Purpose.PROCESS))
    if not (key.head.cryptographic_usage_mask or 0) & _MAY_UNWRAP:
        raise PermissionDenied(
            "the wrapping key is not for unwrapping", ResultReason.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK
        )
    parameters = _parameters(information.cryptographic_parameters, key)
    material = ctx.material(key)
    return ctx.ciphers.unwrap(
        chosen_algorithm(parameters, material),
        material.value,
        parameters,
        content,
        iv=data.iv_counter_nonce,
        key_format=material.key_format_type,
        trusted=material.trusted,
    )


def _require_authentic(content: bytes, data: KeyWrappingData, ctx: Context) -> None:
    """Hold the MAC or signature over a key against it; raises Cryptographic Failure where it is not of that key."""
    information = data.mac_signature_key_information
    if information is None or data.mac_signature is None:
        raise InvalidField("MAC/Signature or MAC/Signature Key Information is missing")
    key = _verifying_key(information.unique_identifier, ctx)
    parameters = _parameters(information.cryptographic_parameters, key, SIGNED)
    material = ctx.material(key)
    if not ctx.ciphers.is_authentic(
        chosen_algorithm(parameters, material),
        material.value,
        parameters,
        content,
        data.mac_signature,
        key_format=material.key_format_type,
    ):
        raise CryptographicFailure("the MAC or signature over the wrapped key is not valid")


def _verifying_key(unique_identifier: str, ctx: Context) -> ManagedObject:
    """The key that verifies: of MACs the one named; of signatures the public one.

    2.1 Table 17: what is named is "the Symmetric Key used to MAC, or ... the Private Key (or its corresponding Public
    Key) used to sign".
    """
    named = _wrapping_key(unique_identifier, ctx, Use(Purpose.PROCESS))
    if named.object_type is ObjectType.SYMMETRIC_KEY:
        return _wrapping_key(unique_identifier, ctx, VERIFYING_WRAPPED)
    if named.object_type is ObjectType.PUBLIC_KEY:
        return _wrapping_key(unique_identifier, ctx, VERIFYING_SIGNED)
    for pointer in named.attributes.all(Tag.LINK):
        if pointer.link_type is LinkType.PUBLIC_KEY_LINK:
            return _wrapping_key(pointer.linked_object_identifier, ctx, VERIFYING_SIGNED)
    raise KmipError("the private key has no public key to verify with", ResultReason.WRAPPING_OBJECT_NOT_FOUND)


def _encoding_option(asked: KeyWrappingSpecification, ctx: Context) -> EncodingOption:
    """1.1 §2.1.6: "If not specified, the default is TTLV encoding", as 1.0, which had no option, always did."""
    option = asked.encoding_option or EncodingOption.TTLV_ENCODING
    if option is EncodingOption.NO_ENCODING and asked.attribute_name:
        raise KmipError("attributes can be wrapped only with TTLV encoding", ResultReason.ENCODING_OPTION_ERROR)
    return option


def _plain(
    value: KeyValue, asked: KeyWrappingSpecification, option: EncodingOption, found: ManagedObject, ctx: Context
) -> bytes:
    """The bytes to wrap: the material alone, or the encoded key value with the attributes asked for."""
    if option is EncodingOption.NO_ENCODING:
        if not isinstance(value.key_material, bytes):
            raise KmipError("a transparent key cannot be wrapped without encoding", ResultReason.ENCODING_OPTION_ERROR)
        return value.key_material
    if asked.attribute_name:
        names = set(asked.attribute_name)
        value.attributes = Attributes([item for item in presented(found, ctx, None) if title_of(item.key) in names])
    return ctx.encode_key_value(value)


def _encrypt(plain: bytes, asked: KeyWrappingSpecification, data: KeyWrappingData, ctx: Context) -> bytes:
    information = asked.encryption_key_information
    if information is None:
        raise InvalidField("Encryption Key Information is missing")
    key = _wrapping_key(information.unique_identifier, ctx, WRAPPING)
    parameters = _parameters(information.cryptographic_parameters, key)
    material = ctx.material(key)
    out = ctx.ciphers.wrap(
        chosen_algorithm(parameters, material), material.value, parameters, plain, key_format=material.key_format_type
    )
    ctx.spend(key, len(plain))
    data.encryption_key_information = EncryptionKeyInformation(
        unique_identifier=key.unique_identifier, cryptographic_parameters=information.cryptographic_parameters
    )
    data.iv_counter_nonce = out.iv
    return bytes(out.data)


def _authenticate(plain: bytes, asked: KeyWrappingSpecification, data: KeyWrappingData, ctx: Context) -> None:
    information = asked.mac_signature_key_information
    if information is None:
        raise InvalidField("MAC/Signature Key Information is missing")
    key = _wrapping_key(information.unique_identifier, ctx, Use(Purpose.APPLY))
    private = key.object_type is ObjectType.PRIVATE_KEY
    key = _wrapping_key(information.unique_identifier, ctx, SIGNING_SIGNED if private else SIGNING_WRAPPED)
    parameters = _parameters(information.cryptographic_parameters, key, SIGNED)
    material = ctx.material(key)
    data.mac_signature = ctx.ciphers.authenticate(
        chosen_algorithm(parameters, material),
        material.value,
        parameters,
        plain,
        key_format=material.key_format_type,
        trusted=material.trusted,
    )
    ctx.spend(key, len(plain))
    data.mac_signature_key_information = MacSignatureKeyInformation(
        unique_identifier=key.unique_identifier, cryptographic_parameters=information.cryptographic_parameters
    )


def _wrapping_key(unique_identifier: str, ctx: Context, use: Use) -> ManagedObject:
    """The other key; it must exist for the subject, be a key, and be fit for the use."""
    try:
        key = ctx.load(unique_identifier, use=use, operation=Operation.ENCRYPT)
    except KmipError as error:
        stands_for = {
            ResultReason.OBJECT_NOT_FOUND: ResultReason.WRAPPING_OBJECT_NOT_FOUND,
            ResultReason.OBJECT_DESTROYED: ResultReason.WRAPPING_OBJECT_DESTROYED,
            ResultReason.OBJECT_ARCHIVED: ResultReason.WRAPPING_OBJECT_ARCHIVED,
        }
        if error.reason in stands_for:
            raise KmipError(f"the wrapping key: {error.message}", stands_for[error.reason]) from error
        raise
    if key.object_type not in _KEYS:
        raise KmipError("the wrapping key is not a key", ResultReason.INVALID_OBJECT_TYPE)
    return key


def _parameters(
    asked: CryptographicParameters | None, key: ManagedObject, default: CryptographicParameters = WRAPPED
) -> CryptographicParameters:
    """1.4 §2.1.6: what is asked, else the key's own first parameters, else NIST Key Wrap (RFC 3394).

    What is asked must match one of the key's own parameters, if it has any; a key without any wraps as asked, though
    the standard would have an error there: most clients do not set the attribute.
    """
    if not key.head.parameterised:
        return asked or default
    own: list[CryptographicParameters] = key.attributes.all(Tag.CRYPTOGRAPHIC_PARAMETERS)
    if asked is None:
        return own[0]
    if not any(agreeing(asked, each) for each in own):
        raise InvalidField(
            "the Cryptographic Parameters are none of the wrapping key's", ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS
        )
    return asked


def wrapping_key_of(structure: object) -> str | None:
    """The identifier of the key that an object came wrapped with; None for what is not wrapped."""
    block = getattr(structure, "key_block", None)
    data = block.key_wrapping_data if isinstance(block, KeyBlock) else None
    if data is None:
        return None
    information = data.encryption_key_information or data.mac_signature_key_information
    return None if information is None else information.unique_identifier
