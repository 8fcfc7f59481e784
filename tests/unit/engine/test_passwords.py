"""Passwords: what is kept of them, and what is refused as a kept one."""

from __future__ import annotations

import base64
import hashlib

import pytest

from kmip_server.engine.passwords import PasswordHash, decoy_like, hash_password, parse_hash

CHEAP = PasswordHash(10, 1, 1, b"salt" * 4, hashlib.scrypt(b"right", salt=b"salt" * 4, n=1024, r=1, p=1, dklen=32))


def line(*, ln: str = "10", r: str = "1", p: str = "1", salt: bytes = CHEAP.salt, key: bytes = CHEAP.key) -> str:
    coded = [base64.b64encode(part).decode().rstrip("=") for part in (salt, key)]
    return f"$scrypt$ln={ln},r={r},p={p}${coded[0]}${coded[1]}"


def test_a_password_matches_its_own_hash_alone() -> None:
    hashed = hash_password("correct horse")
    assert "correct horse" not in hashed
    assert parse_hash(hashed).matches("correct horse")
    assert not parse_hash(hashed).matches("correct horsf")


def test_two_hashes_of_one_password_differ() -> None:
    numbers = iter((b"a" * 16, b"b" * 16))
    assert hash_password("same", lambda size: next(numbers)) != hash_password("same", lambda size: next(numbers))


def test_the_hash_is_scrypt_as_rfc_7914_has_it() -> None:
    """RFC 7914 §12, third vector: P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1 (its first 32 bytes)."""
    key = bytes.fromhex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")
    found = parse_hash(line(ln="14", r="8", salt=b"SodiumChloride", key=key))
    assert found.matches("pleaseletmein")
    assert not found.matches("pleaseletmein2")


def test_an_empty_password_has_no_hash() -> None:
    with pytest.raises(ValueError, match="empty"):
        hash_password("")


def test_a_kept_hash_is_read_and_not_shown() -> None:
    assert parse_hash(line()) == CHEAP
    assert repr(CHEAP) == "PasswordHash(<withheld>)"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        line() + "\n",
        line().replace("scrypt", "argon2id"),
        line(ln="010"),
        line(ln="-1"),
        line(salt=b""),
        line(key=b"short"),
        line(key=bytes(64)),
    ],
)
def test_what_is_no_hash_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="not a password hash") as caught:
        parse_hash(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(("ln", "r", "p"), [("9", "8", "1"), ("24", "8", "1"), ("99", "1", "1"), ("15", "8", "17")])
def test_a_cost_that_is_too_low_or_would_stop_the_server_is_refused(ln: str, r: str, p: str) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        parse_hash(line(ln=ln, r=r, p=p))


def test_a_salt_that_is_no_base64_is_refused() -> None:
    with pytest.raises(ValueError, match="base64"):
        parse_hash(line().replace(base64.b64encode(CHEAP.salt).decode().rstrip("="), "A" * 13))


def test_a_decoy_costs_what_the_costliest_costs_and_matches_nothing() -> None:
    dear = CHEAP._replace(log_n=12)
    decoy = decoy_like([CHEAP, dear])
    assert (decoy.log_n, decoy.r, decoy.p) == (12, 1, 1)
    assert decoy.key not in (CHEAP.key, dear.key)
    assert not decoy.matches("right")


def test_a_text_that_is_not_unicode_is_a_wrong_password() -> None:
    assert not CHEAP.matches("\ud800")
