"""Takes the secret out of an object's structure, and puts it back.

What is stored of an object is its form, which is no secret (format, algorithm, length, wrapping), and the
secret, which is sealed. One function does each direction, so that no secret stays in a form by mistake.
"""

from __future__ import annotations

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import InvalidMessage, KmipError
from kmip_server.ports import Codec, Sealer
from kmip_server.spec.enums import ResultReason
from kmip_server.spec.structures.credential_objects import CredentialObject, PasswordCredential, blank
from kmip_server.spec.structures.keys import (
    Certificate,
    CertificateRequest,
    KeyBlock,
    KeyValue,
    ManagedObjectStructure,
    OpaqueObject,
    Template,
    TransparentKeyMaterial,
)

_ELSEWHERE = "the server does not hold the value of this object"

KeyMaterial = bytes | TransparentKeyMaterial


def split(structure: ManagedObjectStructure, codec: Codec) -> tuple[bytes, bytes | None]:
    """The packed form and the secret; an object without a value, such as a template, has no secret."""
    secret: bytes | None
    if isinstance(structure, Template):
        return codec.pack_object(structure), None
    if isinstance(structure, Certificate):
        secret, structure.certificate_value = structure.certificate_value, b""
        form = codec.pack_object(structure)
        structure.certificate_value = secret
    elif isinstance(structure, CertificateRequest):
        secret, structure.certificate_request_value = structure.certificate_request_value, b""
        form = codec.pack_object(structure)
        structure.certificate_request_value = secret
    elif isinstance(structure, OpaqueObject):
        secret, structure.opaque_data_value = structure.opaque_data_value, b""
        form = codec.pack_object(structure)
        structure.opaque_data_value = secret
    elif isinstance(structure, PasswordCredential):
        secret, form = structure.password.encode(), codec.pack_object(blank(structure))
    elif isinstance(structure, CredentialObject):
        secret, form = codec.pack_structure(structure), codec.pack_object(blank(structure))
    else:
        block = structure.key_block
        whole = block.key_value
        secret, block.key_value = _split_value(whole, codec)
        form = codec.pack_object(structure)
        block.key_value = whole
    return form, secret


def _split_value(value: KeyValue | bytes | None, codec: Codec) -> tuple[bytes | None, KeyValue | bytes | None]:
    """The secret of a key value, and what stands in its place in the form."""
    if value is None:
        return None, None
    if isinstance(value, bytes):
        return value, b""
    # Attributes beside the key material belong to the object, and 1.x clients stumble over them in Get.
    if isinstance(value.key_material, bytes):
        return value.key_material, KeyValue(key_material=b"")
    return codec.pack_material(value.key_material), KeyValue(key_material=TransparentKeyMaterial())


def opened(found: ManagedObject, sealer: Sealer) -> bytes | None:
    """The secret of an object: opened here and nowhere else; None where there is none, or none any more."""
    sealed = found.body.sealed
    if sealed is None:
        return None
    return sealer.open(sealed, uid=found.unique_identifier, object_type=int(found.object_type), owner=found.owner)


def join(form: bytes, secret: bytes | None, codec: Codec) -> ManagedObjectStructure:
    """The object whole again."""
    if not form:
        raise KmipError("the object has no value", ResultReason.KEY_VALUE_NOT_PRESENT)  # 3.0: users and groups
    structure = codec.unpack_object(form)
    if isinstance(structure, Template):
        return structure
    block = getattr(structure, "key_block", None)
    if isinstance(block, KeyBlock) and block.key_value is None:
        # Its value lies elsewhere (1.2 §3.42), or here for the server's own use alone: the form is all there is.
        return structure
    if secret is None:
        raise KmipError(_ELSEWHERE, ResultReason.KEY_VALUE_NOT_PRESENT)
    if isinstance(structure, Certificate):
        structure.certificate_value = secret
    elif isinstance(structure, CertificateRequest):
        structure.certificate_request_value = secret
    elif isinstance(structure, OpaqueObject):
        structure.opaque_data_value = secret
    elif isinstance(structure, PasswordCredential):
        structure.password = secret.decode()
    elif isinstance(structure, CredentialObject):
        structure = codec.unpack_structure(type(structure), secret)
    else:
        _join_value(structure.key_block, secret, codec)
    return structure


def key_material(form: bytes, secret: bytes | None, codec: Codec) -> tuple[KeyBlock, KeyMaterial] | None:
    """What the form tells of a key, to be read only, and its material; None for an object that is not a key.

    Raises KmipError for a key that is stored wrapped, or elsewhere.
    """
    block = getattr(codec.shared_form(form), "key_block", None) if form else None
    if not isinstance(block, KeyBlock):
        return None
    value = block.key_value
    if block.key_wrapping_data is not None or (value is not None and not isinstance(value, KeyValue)):
        raise KmipError("the key is stored wrapped and cannot be used", ResultReason.KEY_VALUE_NOT_PRESENT)
    if secret is None:
        raise KmipError(_ELSEWHERE, ResultReason.KEY_VALUE_NOT_PRESENT)
    plain = value is None or isinstance(value.key_material, bytes)
    return block, secret if plain else codec.unpack_material(secret)


def _join_value(block: KeyBlock, secret: bytes, codec: Codec) -> None:
    if isinstance(block.key_value, KeyValue):
        if isinstance(block.key_value.key_material, bytes):
            block.key_value.key_material = secret
        else:
            block.key_value.key_material = codec.unpack_material(secret)
    else:
        block.key_value = secret


def key_block_of(structure: ManagedObjectStructure) -> KeyBlock:
    """The key block of a key; an object that has none is refused."""
    block = getattr(structure, "key_block", None)
    if not isinstance(block, KeyBlock):
        raise InvalidMessage("the object is not a key", ResultReason.INVALID_OBJECT_TYPE)
    return block
