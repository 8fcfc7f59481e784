"""What the operations share that take their data in several parts (KMIP 1.4 §4, 2.1 §6.1, introductions).

The first part has the Init Indicator and is answered with a Correlation Value; the others bring that value, the last
one with the Final Indicator. Both indicators without a value, or none of the three, make a request in a single part.

What is said once holds for all parts: a later part may repeat the parameters, the IV or the additional data, but
not change them. The object is loaded at every part: its policy, state and usage mask are asked each time.

Sign, Signature Verify, MAC, MAC Verify and Hash gather their input until the final part: a running hash cannot be
taken out of the library, and the next part may come to another process. Their length is therefore limited
(``limits.max_stream_bytes``); who has more hashes it and has the digest signed (Digested Data). How Encrypt and
Decrypt go on from part to part is told in ``crypto/parts.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmip_server.domain.objects import ManagedObject
from kmip_server.errors import InvalidField
from kmip_server.operations.using import chosen_algorithm, effective_parameters, require_data
from kmip_server.ports import Context, Material, Part
from kmip_server.spec.schema import field, structure
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType


@structure(Tag.REQUEST_PAYLOAD)
class StreamState:
    """What one part leaves for the next; it is kept sealed, and in KMIP's own encoding."""

    cryptographic_parameters: CryptographicParameters | None = field(
        Tag.CRYPTOGRAPHIC_PARAMETERS, CryptographicParameters, default=None
    )
    held: bytes | None = field(Tag.DATA, ItemType.BYTE_STRING, default=None)
    """Input that the next part needs."""
    vector: bytes | None = field(Tag.NONCE_VALUE, ItemType.BYTE_STRING, default=None)
    """What the next block depends on."""
    iv_counter_nonce: bytes | None = field(Tag.IV_COUNTER_NONCE, ItemType.BYTE_STRING, default=None)
    authenticated_encryption_additional_data: bytes | None = field(
        Tag.AUTHENTICATED_ENCRYPTION_ADDITIONAL_DATA, ItemType.BYTE_STRING, default=None
    )
    authenticated_encryption_tag: bytes | None = field(
        Tag.AUTHENTICATED_ENCRYPTION_TAG, ItemType.BYTE_STRING, default=None
    )
    signature_data: bytes | None = field(Tag.SIGNATURE_DATA, ItemType.BYTE_STRING, default=None)
    mac_data: bytes | None = field(Tag.MAC_DATA, ItemType.BYTE_STRING, default=None)


def is_part(request: Any) -> bool:
    """Whether a request is one part of several; raises InvalidField where its indicators contradict each other."""
    if request.correlation_value is not None:
        if request.init_indicator:
            raise InvalidField("the first part has no Correlation Value yet")
        return True
    if request.init_indicator:
        return not request.final_indicator
    if request.final_indicator:
        raise InvalidField("the final part needs the Correlation Value that the first part was given")
    return False


def require_undigested(request: Any) -> None:
    """A digest is of all data: it cannot come in parts (1.4 §4.31)."""
    if request.digested_data is not None:
        raise InvalidField("Digested Data cannot come in several parts")


class Parts:
    """One part being worked: the state that the one before it left, and how this one ends."""

    __slots__ = ("_ctx", "_object_id", "data", "final", "first", "state")

    def __init__(self, request: Any, ctx: Context, key: ManagedObject | None) -> None:
        self._ctx = ctx
        self._object_id = "" if key is None else key.unique_identifier
        self.first = bool(request.init_indicator)
        self.final = bool(request.final_indicator)
        self.state: StreamState
        if self.first:
            asked = request.cryptographic_parameters
            self.state = StreamState(
                cryptographic_parameters=effective_parameters(asked, key) if key is not None else asked
            )
        else:
            self.state = ctx.streams.resume(request.correlation_value, self._object_id, StreamState)
            self.once(request, "cryptographic_parameters")
        # 1.4 §4: "Data is always required in cryptographic operations except when either Init Indicator or
        # Final Indicator is true."
        self.data: bytes = (request.data or b"") if self.first or self.final else require_data(request.data)

    @property
    def parameters(self) -> CryptographicParameters:
        """What holds for all parts."""
        return self.state.cryptographic_parameters or CryptographicParameters()

    def once(self, request: Any, name: str, *, late: bool = False) -> None:
        """Take a field into the state; InvalidField where it was given before and differs, or comes too late.

        ``late`` allows it after the first part.
        """
        given, known = getattr(request, name), getattr(self.state, name)
        if given is None or given == known:
            return
        if known is not None or not (self.first or late):
            raise InvalidField(f"{_TITLES[name]} must be as with the first part")
        setattr(self.state, name, given)

    def through(self, cipher: Callable[..., Part], material: Material, **more: Any) -> Part:
        """Have this part encrypted or decrypted from where the one before it ended; its own end goes into the state."""
        state, parameters = self.state, self.parameters
        out = cipher(
            chosen_algorithm(parameters, material),
            material.value,
            parameters,
            self.data,
            held=state.held or b"",
            vector=state.vector,
            iv=state.iv_counter_nonce,
            aad=state.authenticated_encryption_additional_data,
            final=self.final,
            key_format=material.key_format_type,
            **more,
        )
        state.held, state.vector = out.progress.held, out.progress.vector
        return out

    def gather(self) -> bytes | None:
        """All data, with the final part; None before, when it is added to what is kept."""
        whole = (self.state.held or b"") + self.data
        if self.final:
            return whole
        self.state.held = whole
        return None

    def finish(self) -> bytes | None:
        """Keep the state for the next part, or end it; returns the Correlation Value for the answer."""
        streams = self._ctx.streams
        if self.first:
            return streams.begin(self._object_id, self.state)
        if self.final:
            streams.end()
            return None
        return streams.keep(self.state)


_TITLES = {
    name: tag.title
    for name, tag in (
        ("cryptographic_parameters", Tag.CRYPTOGRAPHIC_PARAMETERS),
        ("iv_counter_nonce", Tag.IV_COUNTER_NONCE),
        ("authenticated_encryption_additional_data", Tag.AUTHENTICATED_ENCRYPTION_ADDITIONAL_DATA),
        ("authenticated_encryption_tag", Tag.AUTHENTICATED_ENCRYPTION_TAG),
        ("signature_data", Tag.SIGNATURE_DATA),
        ("mac_data", Tag.MAC_DATA),
    )
}
