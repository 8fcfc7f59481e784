"""Turns the bytes of a KMIP message, or of what the database holds, into readable XML.

Secrets are withheld unless asked for: what is printed here ends in terminals, tickets and chats.
"""

from __future__ import annotations

import argparse
import binascii
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kmip_server.errors import InvalidMessage
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import ttlv, xml
from kmip_server.wire.tree import Item, Limits

SECRET_TAGS = frozenset(
    {
        Tag.KEY_VALUE,
        Tag.KEY_MATERIAL,
        Tag.OPAQUE_DATA_VALUE,
        Tag.DATA,
        Tag.DERIVATION_DATA,
        Tag.PASSWORD,
        Tag.ONE_TIME_PASSWORD,
        Tag.HASHED_PASSWORD,
        Tag.TICKET_VALUE,
        Tag.SERVER_HASHED_PASSWORD,
        Tag.OTP_SEED,
        Tag.HASHED_USERNAME_PASSWORD,
        Tag.HASHED_PASSWORD_USERNAME,
    }
)
"""What is withheld, with everything inside it that is a byte string, a big integer or a password's text."""
OPEN_INSIDE = frozenset({Tag.ATTRIBUTE, Tag.ATTRIBUTES})
"""Inside a Key Value: not the secret, but what is said of it."""

_SECRET_TYPES = frozenset({ItemType.BYTE_STRING, ItemType.BIG_INTEGER, ItemType.TEXT_STRING})
_HEX = frozenset(b"0123456789abcdefABCDEF")
_BETWEEN = bytes.maketrans(b":,-|\r\n\t", b" " * 7)
_LIMITS = Limits(max_size=1 << 30, max_depth=200)

EXAMPLES = """examples:
  tools/decode 42007801000000...        bytes in hexadecimal; spaces, colons and a leading 0x do not matter
  tools/decode request.bin              a file, binary or hexadecimal
  xxd -p request.bin | tools/decode     standard input
"""


def main(arguments: Sequence[str]) -> int:
    """Run the tool; 0, or 1 after one sentence about what is wrong."""
    parser = argparse.ArgumentParser(
        prog="tools/decode",
        description="Show a KMIP message (TTLV, in hexadecimal or binary) as readable XML.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("message", nargs="*", help="hexadecimal digits, or the name of a file; without: standard input")
    parser.add_argument("--show-secrets", action="store_true", help="show key material, data and passwords too")
    options = parser.parse_args(arguments)
    try:
        tree = ttlv.parse(bytes_of(given(options.message)), _LIMITS)
        print(xml.print_(tree if options.show_secrets else withheld(tree)).decode(), end="")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us had enough
    except (InvalidMessage, OSError, ValueError) as error:
        print(f"decode: {error}", file=sys.stderr)
        return 1
    return 0


def given(message: Sequence[str]) -> bytes:
    """What was given to decode: the arguments as digits, a file's content, or standard input."""
    if not message:
        return sys.stdin.buffer.read()
    text = " ".join(message)
    if len(message) == 1 and len(text) < 256 and Path(text).is_file():
        return Path(text).read_bytes()
    if not _is_hexadecimal(text.encode()):
        raise ValueError(f"{text[:60]!r} is neither a file nor hexadecimal digits")
    return text.encode()


def bytes_of(content: bytes) -> bytes:
    """The message's bytes; hexadecimal digits are read, anything else is taken as it is."""
    if not content.strip():
        raise ValueError("there is nothing to decode")
    if not _is_hexadecimal(content):
        return content
    digits = _digits(content)
    if len(digits) % 2:
        raise ValueError(f"{len(digits)} hexadecimal digits are not whole bytes")
    return binascii.unhexlify(digits)


def _digits(content: bytes) -> bytes:
    pieces = content.translate(_BETWEEN).split()
    return b"".join(piece[2:] if piece[:2] in (b"0x", b"0X") else piece for piece in pieces)


def _is_hexadecimal(content: bytes) -> bool:
    return _HEX.issuperset(_digits(content))


def withheld(item: Item, secret: bool = False) -> Item:
    """The item with how long a secret is in place of the secret."""
    tag, kind, value = item
    secret = (secret or tag in SECRET_TAGS) and tag not in OPEN_INSIDE
    if kind == ItemType.STRUCTURE:
        return tag, kind, [withheld(child, secret) for child in value]
    if not secret or kind not in _SECRET_TYPES:
        return item
    if kind == ItemType.BIG_INTEGER:
        said = f"{value.bit_length()} bits"
    else:
        said = f"{len(value)} {'bytes' if kind == ItemType.BYTE_STRING else 'characters'}"
    return tag, ItemType.TEXT_STRING, f"({said} withheld)"
