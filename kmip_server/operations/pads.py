"""One-time pads: each byte of a pad encrypts one byte, once, and decrypts one byte, once.

The standard has the algorithm's name alone (1.3 §9.1.3.2.13, One Time Pad); how a server keeps a pad is shown by
the published cases TC-OTP-1 to TC-OTP-5:

* A pad is Secret Data, or a Symmetric Key. Encrypt takes its bytes one after the other from the beginning, and so does
  Decrypt, each with a place of its own: what the one gave, the other takes back in the same order.
* What both have passed is gone: it is erased from the store in the transaction that used it. A pad that only
  encrypts (or only decrypts) loses its bytes at once.
* A pad that was registered without a value, and without a place where its value lies, is filled by the server:
  every Encrypt draws as many bytes as it needs, kept until they have decrypted once.
* A pad with which the server encrypts or decrypts never leaves it: who had a copy could use it a second time. Get tells
  the rest of it, its key block, when there is no value (any more); else it is Permission Denied.

How far a pad is used stands in attributes of the server's (y-), which the client can read.
"""

from __future__ import annotations

from typing import Any

from kmip_server.domain.attribute_map import AttributeMap
from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import IllegalOperation, KmipError, PermissionDenied
from kmip_server.operations.using import chosen_algorithm, key_bytes
from kmip_server.ports import Context, Material
from kmip_server.spec.attribute_values import AnyValue, VendorName
from kmip_server.spec.enums import CryptographicAlgorithm, ObjectType, Operation, ResultReason
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.keys import KeyBlock, KeyValue
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType

_PAD = CryptographicAlgorithm.ONE_TIME_PAD
_ENCRYPTED = VendorName("y", "Pad Bytes Encrypted")
_DECRYPTED = VendorName("y", "Pad Bytes Decrypted")
_ERASED = VendorName("y", "Pad Bytes Erased")
PAD_COUNTERS = (_ENCRYPTED, _DECRYPTED, _ERASED)
"""How far a pad is used: the facts of one pad, which no other takes over."""
_MOST_KEPT = 1_048_576
"""Bytes of a pad filled by the server that may wait to be decrypted."""
_USES = CryptographicUsageMask.ENCRYPT | CryptographicUsageMask.DECRYPT


def is_pad(key: ManagedObject) -> bool:
    """Whether a key is a one-time pad; raises Invalid Object Type for another secret, which encrypts nothing."""
    if key.head.cryptographic_algorithm is _PAD:
        return True
    if key.object_type is ObjectType.SECRET_DATA:
        raise IllegalOperation("a secret that is no one-time pad encrypts nothing", ResultReason.INVALID_OBJECT_TYPE)
    return False


def require_bare(request: Any) -> None:
    """A pad takes nothing beside the data."""
    names = ("iv_counter_nonce", "authenticated_encryption_additional_data", "authenticated_encryption_tag")
    if any(getattr(request, name, None) for name in names):
        raise KmipError("a one-time pad takes data alone", ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS)


def use_pad(key: ManagedObject, parameters: CryptographicParameters, data: bytes, ctx: Context) -> bytes:
    """Encrypt or decrypt, whichever the operation is, with the next bytes of the pad, and be done with them.

    Raises Usage Limit Exceeded where fewer are left than there are data, and nothing is used then.
    """
    encrypting = ctx.operation is Operation.ENCRYPT
    pad = ctx.load_for_change(key.unique_identifier)  # held until the end of the transaction: two never share a byte
    attributes = pad.attributes.copy()
    kept = _kept(pad, ctx)
    material = Material(_PAD, None, kept, True)
    chosen_algorithm(parameters, material)
    erased = _count(attributes, _ERASED)
    counter = _ENCRYPTED if encrypting else _DECRYPTED
    begin = _count(attributes, counter) - erased
    if encrypting and _is_filled_here(pad):
        kept += _filling(len(data), len(kept), ctx)
    piece = kept[begin : begin + len(data)]
    if len(piece) < len(data):
        raise PermissionDenied(f"{len(piece)} bytes of the pad are left", ResultReason.USAGE_LIMIT_EXCEEDED)
    work = ctx.ciphers.encrypt if encrypting else ctx.ciphers.decrypt
    out: Any = work(_PAD, piece, parameters, data)
    _put(attributes, counter, erased + begin + len(data))
    passed = _passed(pad, attributes)
    _put(attributes, _ERASED, passed)
    changed = ctx.with_secret(pad.with_attributes(attributes), kept[passed - erased :])
    ctx.save(changed, object_changed=False)
    return bytes(out.data if encrypting else out)


def withhold_pad(block: KeyBlock, found: ManagedObject) -> None:
    """Leave the value of a pad that is used up out of what is handed out; refuse to hand out one that is not."""
    if isinstance(block.key_value, KeyValue) and block.key_value.key_material == b"":
        block.key_value = None
    elif block.key_value is not None and block.key_wrapping_data is None:
        require_no_copy(found)


def require_no_copy(found: ManagedObject) -> None:
    """Refuse, with Permission Denied, to make a copy of a pad that the server uses."""
    head = found.head
    if head.cryptographic_algorithm is _PAD and (head.cryptographic_usage_mask or 0) & _USES:
        raise PermissionDenied("a one-time pad that is in use is not copied")


def _kept(pad: ManagedObject, ctx: Context) -> bytes:
    """What is left of the pad; raises Key Value Not Present where it lies elsewhere."""
    if pad.body.sealed is None and _is_filled_here(pad):
        return b""
    return key_bytes(ctx.material(pad))


def _is_filled_here(pad: ManagedObject) -> bool:
    attributes = pad.attributes
    return attributes.one(Tag.KEY_VALUE_PRESENT) is False and Tag.KEY_VALUE_LOCATION not in attributes


def _filling(needed: int, kept: int, ctx: Context) -> bytes:
    if kept + needed > _MOST_KEPT:
        raise KmipError("too much waits to be decrypted with this pad", ResultReason.SERVER_LIMIT_EXCEEDED)
    return ctx.ciphers.random(needed)


def _passed(pad: ManagedObject, attributes: AttributeMap) -> int:
    """How many bytes from the beginning will never be needed again."""
    mask = pad.head.cryptographic_usage_mask or 0
    ends = []
    if mask & CryptographicUsageMask.ENCRYPT:
        ends.append(_count(attributes, _ENCRYPTED))
    if mask & CryptographicUsageMask.DECRYPT:
        ends.append(_count(attributes, _DECRYPTED))
    return max(min(ends), _count(attributes, _ERASED))


def _count(attributes: AttributeMap, name: VendorName) -> int:
    found = attributes.one(name)
    return int(found.value) if isinstance(found, AnyValue) and isinstance(found.value, int) else 0


def _put(attributes: AttributeMap, name: VendorName, count: int) -> None:
    attributes.put(name, AnyValue(ItemType.LONG_INTEGER, count))
