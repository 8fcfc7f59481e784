"""The second Digest: over the default Key Format Type, of a key that is kept in another (KMIP 2.1 §4.21, §4.26).

"the server ... SHALL compute the digest on the data in the assigned Key Format Type, as well as a digest in the
default KMIP Key Format Type for that type of key and the algorithm requested". 1.x knows no default and allows
several digests; the first is the one it asks for.
"""

from __future__ import annotations

from typing import Literal

from kmip_server.errors import KmipError
from kmip_server.ports import Ciphers, Codec
from kmip_server.spec.enums import CryptographicAlgorithm, HashingAlgorithm, KeyFormatType, ObjectType
from kmip_server.spec.key_formats import default_format
from kmip_server.spec.structures.attributes import Digest
from kmip_server.spec.structures.keys import KeyBlock, KeyValue, ManagedObjectStructure, TransparentKeyMaterial

_KINDS: dict[ObjectType, Literal["public", "private"]] = {
    ObjectType.PUBLIC_KEY: "public",
    ObjectType.PRIVATE_KEY: "private",
}


def default_digest(
    structure: ManagedObjectStructure | None,
    object_type: ObjectType,
    algorithm: CryptographicAlgorithm | None,
    ciphers: Ciphers,
    codec: Codec,
    *,
    trusted: bool,
) -> Digest | None:
    """The digest over the default format; None where that is the format at hand, or the key cannot be read in it."""
    block = getattr(structure, "key_block", None)
    if not isinstance(block, KeyBlock) or block.key_format_type is KeyFormatType.RAW:
        return None
    wanted = default_format(object_type, algorithm)
    if wanted is None or wanted is block.key_format_type or block.key_wrapping_data is not None:
        return None
    value = block.key_value
    if not isinstance(value, KeyValue) or (not trusted and _without_primes(value.key_material)):
        return None
    try:
        material = ciphers.convert(
            _KINDS.get(object_type, "symmetric"), algorithm, block.key_format_type, value.key_material, wanted
        )
    except KmipError:
        return None  # stored without being believed: nobody can read it, so nobody can say what it would be
    plain = codec.pack_material(material) if isinstance(material, TransparentKeyMaterial) else material
    return Digest(
        hashing_algorithm=HashingAlgorithm.SHA_256, digest_value=ciphers.digest(plain), key_format_type=wanted
    )


def _without_primes(material: bytes | TransparentKeyMaterial) -> bool:
    """Whether the primes of an RSA key would have to be found first: seconds, for numbers made to be no key."""
    return isinstance(material, TransparentKeyMaterial) and material.modulus is not None and material.p is None
