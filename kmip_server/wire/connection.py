"""Cuts a stream of bytes into whole TTLV messages, without a socket (KMIP 2.1 §10.1).

A message is one Structure: eight header bytes say how long it is. What they say is judged at once, before
any of the message is waited for: a stream that is not KMIP, or a length over the limit, breaks the framer
for good, and never costs memory. The one message of a usual read is handed on without being copied.
"""

from __future__ import annotations

from kmip_server.errors import InvalidMessage

_HEADER_SIZE = 8
_TAG_PREFIX = 0x42
"""First byte of every tag the standard defines; that of a message is one."""
_STRUCTURE = 0x01


class Framer:
    """One direction of one connection: bytes in as they come, whole messages out.

    ``error`` is None until the stream breaks. It then holds the one typed error which may be answered
    before the connection is closed; bytes received later are thrown away, for nothing tells any more
    where a message would begin.
    """

    __slots__ = ("_held", "_max_message", "error")

    def __init__(self, max_message: int) -> None:
        """Accept messages of up to ``max_message`` bytes, their headers included."""
        self._max_message = max_message
        self._held = bytearray()
        self.error: InvalidMessage | None = None

    @property
    def partial(self) -> bool:
        """Whether a message has begun to arrive and its end has not."""
        return bool(self._held)

    def receive(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Take the bytes that came and return the messages which they complete, oldest first."""
        if self.error is not None:
            return []
        if self._held:
            self._held += data
            messages, used = self._cut(self._held)
            del self._held[:used]
        else:
            whole = bytes(data)
            if len(whole) >= _HEADER_SIZE and self._size(whole, 0) == len(whole):
                return [whole]
            messages, used = self._cut(whole)
            self._held += memoryview(whole)[used:]
        if self.error is not None:
            self._held.clear()
        return messages

    def _cut(self, stream: bytes | bytearray) -> tuple[list[bytes], int]:
        """Return the whole messages at the start of the stream, and how many of its bytes they are."""
        messages: list[bytes] = []
        start = 0
        with memoryview(stream) as view:
            while start < len(view):
                size = self._size(view, start)
                if self.error is not None or size is None or start + size > len(view):
                    break
                messages.append(bytes(view[start : start + size]))
                start += size
        return messages, start

    def _size(self, stream: bytes | memoryview, start: int) -> int | None:
        """Return the size of the message that begins at ``start``: None while its header is not whole, or is wrong."""
        if stream[start] != _TAG_PREFIX:
            self.error = InvalidMessage("a message does not begin with a KMIP tag")
            return None
        if len(stream) - start < _HEADER_SIZE:
            return None
        size = int.from_bytes(stream[start + 4 : start + 8], "big") + _HEADER_SIZE
        if stream[start + 3] != _STRUCTURE:
            self.error = InvalidMessage("a message is not a Structure")
        elif size & 7:
            self.error = InvalidMessage("the length of a message is not a multiple of 8")
        elif size > self._max_message:
            self.error = InvalidMessage(f"a message is longer than the {self._max_message} bytes allowed")
        else:
            return size
        return None
