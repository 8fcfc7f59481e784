"""PKCS#12 of this day: a MAC by PBMAC1 (RFC 9579), keys under scrypt (RFC 7914)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from asn1crypto import algos, core, keys
from asn1crypto import pkcs12 as asn1
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from kmip_server.crypto.pkcs12_bags import _Pbmac1, _Scrypt
from kmip_server.spec.enums import LinkType, ResultReason
from kmip_server.spec.version import V2_1
from tests.authority import new_key
from tests.flows.client import Client
from tests.flows.containers import PASSWORD, asked, chain, container, link, opened, password
from tests.flows.test_container_contents import encrypted_part, without_mac
from tests.kit import Server

KEY = new_key()


@pytest.fixture
def client() -> Client:
    return Client(Server())


def word(client: Client, value: bytes = PASSWORD) -> Any:
    return link(LinkType.PKCS_12_PASSWORD_LINK, password(client, value))


def with_pbmac1(
    whole: bytes, rounds: int = 2048, size: int | None = 32, prf: str = "sha256", scheme: str = "sha512"
) -> bytes:
    """The container with its MAC made anew, as RFC 9579 §4 has it: over the parts, the password in UTF-8."""
    outer = asn1.Pfx.load(whole)
    salt = b"salt" * 4
    key = hashlib.pbkdf2_hmac(prf, PASSWORD, salt, rounds if rounds < 1_000_000 else 1, size or 32)
    function: dict[str, Any] = {
        "salt": algos.Pbkdf2Salt("specified", core.OctetString(salt)),
        "iteration_count": rounds,
        "prf": {"algorithm": prf},
    }
    if size is not None:
        function["key_length"] = size
    parameters = _Pbmac1({"kdf": {"algorithm": "pbkdf2", "parameters": function}, "scheme": {"algorithm": scheme}})
    code = hmac.digest(key, outer["auth_safe"]["content"].contents, scheme)
    outer["mac_data"] = {
        "mac": {
            "digest_algorithm": {"algorithm": "1.2.840.113549.1.5.14", "parameters": parameters},
            "digest": code,
        },
        "mac_salt": b"NOT USED",
        "iterations": 1,
    }
    return bytes(outer.dump())


@pytest.mark.parametrize(("prf", "scheme"), [("sha256", "sha256"), ("sha256", "sha512"), ("sha512", "sha384")])
def test_pbmac1(client: Client, prf: str, scheme: str) -> None:
    made = with_pbmac1(container(KEY, *chain(KEY), name=b"mine"), prf=prf, scheme=scheme)
    assert pkcs12.load_pkcs12(made, PASSWORD).key is not None  # the library's own reading agrees
    uid = client.do(asked(V2_1, made, word(client))).unique_identifier
    again = opened(client, uid)
    assert again.key is not None and again.key.public_key() == KEY.public_key()  # type: ignore[union-attr]
    assert again.cert is not None and again.cert.friendly_name == b"mine"


def test_what_pbmac1_refuses(client: Client) -> None:
    whole = container(KEY, *chain(KEY))
    made = with_pbmac1(whole)
    assert client.refusal(asked(V2_1, made, word(client, b"another"))) is ResultReason.BAD_PASSWORD
    at = made.rindex(b"salt") - 1
    changed = made[:at] + bytes((made[at] ^ 1,)) + made[at + 1 :]
    assert not client.one(asked(V2_1, changed, word(client))).ok
    # RFC 9579 §4: "MUST NOT accept params where the keyLength field is missing or less than 20"
    for size in (None, 16, 19):
        assert client.refusal(asked(V2_1, with_pbmac1(whole, size=size), word(client))) is ResultReason.INVALID_FIELD
    dear = with_pbmac1(whole, rounds=2_000_000_000)
    assert client.refusal(asked(V2_1, dear, word(client))) is ResultReason.FEATURE_NOT_SUPPORTED


def under_scrypt(cost: int, block: int, parallel: int, computed: bool = True) -> bytes:
    """A container whose key is encrypted under scrypt (RFC 7914 §7.1)."""
    plain = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, iv = b"salt" * 4, b"i" * 16
    key = Scrypt(salt=salt, length=32, n=cost, r=block, p=parallel).derive(PASSWORD) if computed else bytes(32)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    function = _Scrypt({"salt": salt, "cost": cost, "block_size": block, "parallelization": parallel})
    info = keys.EncryptedPrivateKeyInfo(
        {
            "encryption_algorithm": {
                "algorithm": "pbes2",
                "parameters": {
                    "key_derivation_func": {"algorithm": "1.3.6.1.4.1.11591.4.11", "parameters": function},
                    "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": iv},
                },
            },
            "encrypted_data": sealed,
        }
    )
    bags = asn1.SafeContents([{"bag_id": "pkcs8_shrouded_key_bag", "bag_value": info}])
    return without_mac([{"content_type": "data", "content": core.OctetString(bags.dump())}])


def test_scrypt(client: Client) -> None:
    made = under_scrypt(16384, 8, 1)
    uid = client.do(asked(V2_1, made, word(client))).unique_identifier
    again = opened(client, uid)
    assert again.key is not None and again.key.public_key() == KEY.public_key()  # type: ignore[union-attr]
    assert client.refusal(asked(V2_1, made, word(client, b"another"))) is ResultReason.BAD_PASSWORD


@pytest.mark.parametrize(("cost", "block", "parallel"), [(1 << 20, 8, 1), (16384, 8, 100), (2, 1 << 20, 1)])
def test_a_scrypt_that_costs_too_much_is_not_paid(client: Client, cost: int, block: int, parallel: int) -> None:
    made = under_scrypt(cost, block, parallel, computed=False)
    assert client.refusal(asked(V2_1, made, word(client))) is ResultReason.FEATURE_NOT_SUPPORTED


@pytest.mark.parametrize("shrouded", [True, False])
def test_a_key_inside_an_encrypted_part(client: Client, shrouded: bool) -> None:
    """RFC 7292 §4.2: any bag may lie in any part; the key lies under the password once, or twice."""
    seen = asn1.SafeContents.load(asn1.Pfx.load(container(KEY, *chain(KEY))).authenticated_safe[1]["content"].native)
    bag = seen[0]
    if not shrouded:
        plain = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        bag = {"bag_id": "key_bag", "bag_value": keys.PrivateKeyInfo.load(plain)}
    made = without_mac([encrypted_part(asn1.SafeContents([bag]), 1000)])
    uid = client.do(asked(V2_1, made, word(client))).unique_identifier
    again = opened(client, uid)
    assert again.key is not None and again.key.public_key() == KEY.public_key()  # type: ignore[union-attr]
    assert client.refusal(asked(V2_1, made, word(client, b"another"))) is ResultReason.BAD_PASSWORD
