"""Two operations over the same parts at once (PKCS#11 3.0 §5.17).

Nothing is given out before Final here. So C_DecryptDigestUpdate and C_DecryptVerifyUpdate, which hand on the plaintext
that they give out, hand on none: all of it comes with C_DecryptFinal, and what comes there the application digests or
verifies itself, as in the example that the standard prints of each.
"""

from __future__ import annotations

from kmip_server.operations.cryptoki.calling import Call, function
from kmip_server.operations.cryptoki.encoding import counted
from kmip_server.operations.cryptoki.using import active_in, append


def _update(call: Call, kind: str, other: str, *, before: bool) -> bytes:
    """Take a part for one operation, and where the other wants what goes in (``before``), for that as well."""
    session = call.session()
    data, room = call.reader.data(), call.reader.room()
    call.reader.end()
    active_in(session, kind, parts=True)
    waiting = active_in(session, other, parts=True)
    if room.present:
        append(call, session, kind, data)
        if before:
            append(call, session, other, data)
        waiting.parts = True
    return bytes((room.present,)) + counted(0)


@function("C_DigestEncryptUpdate")
def digest_encrypt_update(call: Call) -> bytes:
    """A part that is digested and encrypted."""
    return _update(call, "encrypt", "digest", before=True)


@function("C_SignEncryptUpdate")
def sign_encrypt_update(call: Call) -> bytes:
    """A part that is signed and encrypted."""
    return _update(call, "encrypt", "sign", before=True)


@function("C_DecryptDigestUpdate")
def decrypt_digest_update(call: Call) -> bytes:
    """A part that is decrypted, and then digested."""
    return _update(call, "decrypt", "digest", before=False)


@function("C_DecryptVerifyUpdate")
def decrypt_verify_update(call: Call) -> bytes:
    """A part that is decrypted, and then verified."""
    return _update(call, "decrypt", "verify", before=False)
