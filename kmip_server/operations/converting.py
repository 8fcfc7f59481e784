"""A key in the format that is asked for: Key Format Type and Key Compression Type of Get and Export (2.1 §6.1.19)."""

from __future__ import annotations

from typing import Literal, Protocol

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import KmipError
from kmip_server.operations.containers import pack
from kmip_server.operations.wrapping import unwrap
from kmip_server.ports import Context
from kmip_server.spec.enums import KeyCompressionType, KeyFormatType, KeyWrapType, ObjectType, ResultReason
from kmip_server.spec.key_formats import spoken_format
from kmip_server.spec.structures.keys import KeyBlock, KeyValue

_TELLING = frozenset(
    {ObjectType.SYMMETRIC_KEY, ObjectType.PUBLIC_KEY, ObjectType.PRIVATE_KEY, ObjectType.SPLIT_KEY, ObjectType.PGP_KEY}
)
"""Objects whose key block tells algorithm and length; of a secret it tells what was registered (1.4 §2.1.3)."""
_KINDS: dict[ObjectType, Literal["public", "private"]] = {
    ObjectType.PUBLIC_KEY: "public",
    ObjectType.PRIVATE_KEY: "private",
}
"""What sort of key is converted; every other is a string of bytes."""
_UNCOMPRESSED = KeyCompressionType.EC_PUBLIC_KEY_TYPE_UNCOMPRESSED


class WantedFormat(Protocol):
    """In which format a key is asked for."""

    key_format_type: KeyFormatType | None
    key_wrap_type: KeyWrapType | None
    key_compression_type: KeyCompressionType | None


def convert(block: KeyBlock, found: ManagedObject, request: WantedFormat, ctx: Context) -> None:
    """Bring the key of a block, in place, into the format that is asked for; else it stays as it was registered."""
    head = found.head
    if found.object_type in _TELLING:
        block.cryptographic_algorithm = block.cryptographic_algorithm or head.cryptographic_algorithm
        block.cryptographic_length = block.cryptographic_length or head.cryptographic_length
    if block.key_wrapping_data is not None and request.key_wrap_type is KeyWrapType.NOT_WRAPPED:
        unwrap(block, ctx)
    compression = _compression(block, found, request)
    if request.key_format_type is None and not block.key_format_type.in_version(ctx.version):
        block.key_format_type = spoken_format(block.key_format_type, head.cryptographic_algorithm, ctx.version)
    wanted = request.key_format_type or block.key_format_type
    if wanted is block.key_format_type and compression is None:
        return
    if block.key_wrapping_data is not None or not isinstance(block.key_value, KeyValue):
        raise KmipError("a wrapped key has the format it was registered in", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)
    if wanted is KeyFormatType.PKCS_12 and found.object_type is ObjectType.PRIVATE_KEY:
        pack(block, found, ctx)
        return
    if found.object_type is ObjectType.PGP_KEY and wanted is not KeyFormatType.RAW:
        raise KmipError("a PGP key is a string of bytes", ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED)
    block.key_value.key_material = ctx.ciphers.convert(
        _KINDS.get(found.object_type, "symmetric"),
        block.cryptographic_algorithm,
        block.key_format_type,
        block.key_value.key_material,
        wanted,
        compression,
    )
    block.key_format_type = wanted
    if block.key_compression_type is not None or compression is not None:
        block.key_compression_type = compression or _UNCOMPRESSED


def _compression(block: KeyBlock, found: ManagedObject, request: WantedFormat) -> KeyCompressionType | None:
    """The compression that makes a difference: "Determines the compression method for elliptic curve public keys"."""
    asked, kept = request.key_compression_type, block.key_compression_type or _UNCOMPRESSED
    as_kept = request.key_format_type in (None, block.key_format_type)
    if asked is None or (asked is kept and (as_kept or asked is _UNCOMPRESSED)):
        return None
    if found.object_type is not ObjectType.PUBLIC_KEY:
        raise KmipError("only public keys have compressed forms", ResultReason.KEY_COMPRESSION_TYPE_NOT_SUPPORTED)
    return asked
