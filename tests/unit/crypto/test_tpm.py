"""Quotes of a TPM: only what the key signed over the nonce, whole and of the right state, is good."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kmip_server.crypto.tpm import is_good_quote, load_quote_key
from tests.tpm import PCRS, Key, attest, public_pem, quote, signature, sized

NONCE = b"a nonce of this server"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())


def good(measurement: bytes, key: Key = EC, nonce: bytes = NONCE, digest: bytes | None = PCRS) -> bool:
    return is_good_quote(measurement, load_quote_key(public_pem(key)), nonce, digest)


@pytest.mark.parametrize(("key", "pss"), [(RSA, False), (RSA, True), (EC, False)], ids=["rsassa", "rsapss", "ecdsa"])
def test_a_quote_is_good_under_every_scheme(key: Key, pss: bool) -> None:
    made = quote(key, NONCE, pss=pss)
    assert good(made, key) and good(made, key, digest=None)
    assert not good(made, key, b"another nonce")
    assert not good(made, key, digest=bytes(32))


def test_no_byte_of_it_may_differ() -> None:
    made = quote(EC, NONCE)
    for place in range(len(made)):
        assert not good(made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :])
        assert not good(made[:place])
    assert not good(made + b"\0")


def test_another_key_or_kind_of_key_signed_nothing() -> None:
    assert not good(quote(ec.generate_private_key(ec.SECP256R1()), NONCE))
    assert not good(quote(RSA, NONCE))
    assert not good(quote(EC, NONCE), RSA)


@pytest.mark.parametrize("wrong", [attest(NONCE, magic=0), attest(NONCE, kind=0x8017), attest(NONCE) + b"\0", b""])
def test_what_is_signed_must_be_a_quote_that_the_tpm_made(wrong: bytes) -> None:
    assert not good(sized(wrong) + signature(EC, wrong))


def test_a_hash_or_scheme_that_is_not_served_is_no_signature() -> None:
    made = attest(NONCE)
    signed = signature(EC, made)
    assert not good(sized(made) + b"\x00\x18\x00\x04" + signed[4:])
    assert not good(sized(made) + b"\x00\x1a" + signed[2:])


def test_only_keys_that_a_tpm_has_are_taken() -> None:
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    for pem in (b"none", other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(ValueError):
            load_quote_key(pem)
