"""Passwords as they are kept: never themselves, only what scrypt (RFC 7914) makes of them and a salt.

A hash is one line, ``$scrypt$ln=15,r=8,p=1$<salt>$<key>``, base64 without padding, so that its cost stands beside
it and can be raised later without touching older ones. Making and checking one takes about 50 ms and 32 MiB, on
purpose: whoever steals the configuration pays this for every guess.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from typing import NamedTuple

from kmip_server.ports import Random

_LOG_N, _R, _P = 15, 8, 1
_SALT_BYTES = 16
_KEY_BYTES = 32
_MOST_MEMORY = 256 * 2**20
"""Bytes that checking one password may take."""

_FORM = re.compile(
    r"\$scrypt\$ln=(?P<ln>[1-9][0-9]?),r=(?P<r>[1-9][0-9]?),p=(?P<p>[1-9][0-9]?)"
    r"\$(?P<salt>[A-Za-z0-9+/]{11,86})\$(?P<key>[A-Za-z0-9+/]{43})"
)


class PasswordHash(NamedTuple):
    """A kept password."""

    log_n: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def __repr__(self) -> str:
        return "PasswordHash(<withheld>)"

    @property
    def cost(self) -> int:
        """How much work checking takes, in blocks mixed."""
        return self.p * self.r << self.log_n

    def matches(self, password: str) -> bool:
        """Check a password; slow on purpose, and as slow for a wrong one."""
        return hmac.compare_digest(self.key, _derive(password, self.log_n, self.r, self.p, self.salt))


def hash_password(password: str, random: Random = os.urandom) -> str:
    """What to write into the configuration for a password; ValueError for an empty one."""
    if not password:
        raise ValueError("the password is empty")
    salt = random(_SALT_BYTES)
    key = _derive(password, _LOG_N, _R, _P, salt)
    return f"$scrypt$ln={_LOG_N},r={_R},p={_P}${_unpadded(salt)}${_unpadded(key)}"


def parse_hash(text: str) -> PasswordHash:
    """Read what :func:`hash_password` wrote; ValueError, without the text, if it is nothing of the kind."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError("this is not a password hash as `kmip-server hash-password` writes it ($scrypt$...)")
    log_n, r, p = int(form["ln"]), int(form["r"]), int(form["p"])
    if log_n < 10 or p > 16 or _memory(log_n, r) > _MOST_MEMORY:
        raise ValueError("the cost of this password hash is out of bounds: ln >= 10, p <= 16, at most 256 MiB")
    try:
        return PasswordHash(log_n, r, p, _padded(form["salt"]), _padded(form["key"]))
    except binascii.Error as error:
        raise ValueError("the salt or the key of this password hash is not base64") from error


def decoy_like(hashes: list[PasswordHash], random: Random = os.urandom) -> PasswordHash:
    """A hash that no password matches, as costly as the costliest: what an unknown name is checked against."""
    model = max(hashes, key=lambda each: each.cost)
    return model._replace(salt=random(_SALT_BYTES), key=random(_KEY_BYTES))


def _derive(password: str, log_n: int, r: int, p: int, salt: bytes) -> bytes:
    # A text that is not valid Unicode cannot come over the wire; if it does, it is a wrong password, not a crash.
    secret = password.encode("utf-8", "surrogatepass")
    room = _memory(log_n, r) + 2**20 * (1 + p)
    return hashlib.scrypt(secret, salt=salt, n=1 << log_n, r=r, p=p, dklen=_KEY_BYTES, maxmem=room)


def _memory(log_n: int, r: int) -> int:
    return 128 * r << log_n


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _padded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
