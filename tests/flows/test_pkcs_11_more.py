"""PKCS#11: digests of keys, signatures with recovery, two operations at once, HKDF, and the mechanisms."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives import cmac, hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kmip_server.operations.cryptoki.mechanisms import DERIVATIONS, HASHES, MECHANISMS
from kmip_server.spec.cryptoki import DIGESTS, SIGNS, Attribute, KeyType, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, ObjectType
from kmip_server.spec.masks import CryptographicUsageMask as M
from kmip_server.spec.tags import Tag
from tests.flows import objects
from tests.flows.client import Client, attributes
from tests.flows.cryptoki import Application, array, buffer, count, mechanism, template, ulong
from tests.flows.requests import CreateKeyPair, Get
from tests.flows.test_pkcs_11_objects import KEY, aes_key, at_once, find, read
from tests.kit import BOB

A, C, CODE = Attribute, ObjectClass, ReturnCode
SHA256, CBC_PAD, RSA_PKCS, EDDSA = 0x250, 0x1085, 0x0001, 0x1057


@pytest.fixture
def library(client: Client) -> Application:
    return Application(client).initialized()


@pytest.fixture
def session(library: Application) -> bytes:
    return ulong(library.session())


def found(library: Application, session: bytes, uid: str) -> int:
    (handle,) = find(library, session, {A.UNIQUE_ID: uid.encode()})
    return handle


def final(library: Application, session: bytes, name: str) -> bytes:
    return bytes(library.done(name, session + buffer(4096))[5:])


def rsa(library: Application, session: bytes, client: Client) -> tuple[int, int, Any]:
    """An RSA pair's handles, and its public key for the library alone."""
    every = int(M.SIGN | M.VERIFY)
    given = attributes(
        (Tag.CRYPTOGRAPHIC_ALGORITHM, Algorithm.RSA),
        (Tag.CRYPTOGRAPHIC_LENGTH, 2048),
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, every),
        (Tag.ACTIVATION_DATE, 0),
    )
    pair = client.do(CreateKeyPair(common_attributes=given))
    der = client.do(Get(unique_identifier=pair.public_key_unique_identifier)).object.key_block.key_value.key_material
    handles = [
        found(library, session, uid) for uid in (pair.private_key_unique_identifier, pair.public_key_unique_identifier)
    ]
    return handles[0], handles[1], load_der_public_key(der)


# --- C_DigestKey -------------------------------------------------------------------------------------------


def test_a_key_is_digested_between_data(library: Application, session: bytes) -> None:
    key = aes_key(library, session)
    library.done("C_DigestInit", session + mechanism(SHA256))
    library.done("C_DigestUpdate", session + array(b"before"))
    assert library.call("C_DigestKey", session + ulong(key)) == (CODE.OK, None)
    library.done("C_DigestUpdate", session + array(b"after"))
    assert final(library, session, "C_DigestFinal") == hashlib.sha256(b"before" + KEY + b"after").digest()
    assert library.call("C_DigestKey", session + ulong(key))[0] is CODE.OPERATION_NOT_INITIALIZED


def test_what_may_not_be_had_is_not_digested(library: Application, session: bytes, client: Client) -> None:
    library.done("C_DigestInit", session + mechanism(SHA256))
    hidden = aes_key(library, session, SENSITIVE=True)
    fixed = aes_key(library, session, EXTRACTABLE=False)
    private, public, _ = rsa(library, session, client)
    for handle in (hidden, fixed, private, public):
        assert library.call("C_DigestKey", session + ulong(handle)) == (CODE.KEY_INDIGESTIBLE, None)
    assert library.call("C_DigestKey", session + ulong(99)) == (CODE.KEY_HANDLE_INVALID, None)
    library.done("C_DigestUpdate", session + array(b"x"))
    assert final(library, session, "C_DigestFinal") == hashlib.sha256(b"x").digest()


# --- signatures with recovery ------------------------------------------------------------------------------


def test_a_signature_gives_its_data_back(library: Application, session: bytes, client: Client) -> None:
    private, public, key = rsa(library, session, client)
    library.done("C_SignRecoverInit", session + mechanism(RSA_PKCS) + ulong(private))
    asked = session + array(b"short data")
    assert library.call("C_SignRecover", asked + buffer(None)) == (CODE.OK, b"\x00" + count(256))
    signature = bytes(library.done("C_SignRecover", asked + buffer(256))[5:])
    assert key.recover_data_from_signature(signature, padding.PKCS1v15(), None) == b"short data"
    library.done("C_VerifyRecoverInit", session + mechanism(RSA_PKCS) + ulong(public))
    assert library.done("C_VerifyRecover", session + array(signature) + buffer(256))[5:] == b"short data"
    for wrong in (bytes(256), signature[:-1], b""):
        library.done("C_VerifyRecoverInit", session + mechanism(RSA_PKCS) + ulong(public))
        asked = session + array(wrong) + buffer(256)
        assert library.call("C_VerifyRecover", asked)[0] is CODE.SIGNATURE_INVALID
        assert library.call("C_VerifyRecover", asked)[0] is CODE.OPERATION_NOT_INITIALIZED
    for name in ("C_SignRecoverInit", "C_VerifyRecoverInit"):
        assert library.call(name, session + mechanism(0x0040) + ulong(private))[0] is CODE.MECHANISM_INVALID


# --- two at once -------------------------------------------------------------------------------------------


def test_digest_and_encrypt_then_decrypt_and_digest(library: Application, session: bytes) -> None:
    key, how = aes_key(library, session), mechanism(CBC_PAD, array(bytes(16)))
    library.done("C_DigestInit", session + mechanism(SHA256))
    library.done("C_EncryptInit", session + how + ulong(key))
    for part in (b"first ", b"second"):
        assert library.done("C_DigestEncryptUpdate", session + array(part) + buffer(64)) == b"\x01" + count(0)
    assert library.done("C_DigestEncryptUpdate", session + array(b"x") + buffer(None)) == b"\x00" + count(0)
    sealed, digest = final(library, session, "C_EncryptFinal"), final(library, session, "C_DigestFinal")
    assert digest == hashlib.sha256(b"first second").digest()
    assert at_once(library, session, "Decrypt", how, key, sealed) == b"first second"
    library.done("C_DigestInit", session + mechanism(SHA256))
    library.done("C_DecryptInit", session + how + ulong(key))
    library.done("C_DecryptDigestUpdate", session + array(sealed) + buffer(64))
    plain = final(library, session, "C_DecryptFinal")
    library.done("C_DigestUpdate", session + array(plain))
    assert final(library, session, "C_DigestFinal") == digest


def test_sign_and_encrypt_then_decrypt_and_verify(library: Application, session: bytes) -> None:
    key, how, code = aes_key(library, session), mechanism(CBC_PAD, array(bytes(16))), mechanism(0x108A)
    library.done("C_SignInit", session + code + ulong(key))
    library.done("C_EncryptInit", session + how + ulong(key))
    library.done("C_SignEncryptUpdate", session + array(b"some data") + buffer(64))
    sealed, made = final(library, session, "C_EncryptFinal"), final(library, session, "C_SignFinal")
    for signature, result in ((made, CODE.OK), (bytes(16), CODE.SIGNATURE_INVALID)):
        library.done("C_VerifyInit", session + code + ulong(key))
        library.done("C_DecryptInit", session + how + ulong(key))
        library.done("C_DecryptVerifyUpdate", session + array(sealed) + buffer(64))
        library.done("C_VerifyUpdate", session + array(final(library, session, "C_DecryptFinal")))
        assert library.call("C_VerifyFinal", session + array(signature))[0] is result
    for name in ("C_SignEncryptUpdate", "C_DecryptVerifyUpdate", "C_DigestEncryptUpdate", "C_DecryptDigestUpdate"):
        assert library.call(name, session + array(b"x") + buffer(64))[0] is CODE.OPERATION_NOT_INITIALIZED


# --- HKDF --------------------------------------------------------------------------------------------------


def hkdf(prf: int, salt: bytes | None, info: bytes, *, extract: int = 1, expand: int = 1, kind: int = 0) -> bytes:
    kind = kind or (1 if salt is None else 2)
    steps = bytes((extract, expand))
    return mechanism(DERIVATIONS.HKDF, steps + ulong(prf) + ulong(kind) + array(salt or b"") + ulong(0) + array(info))


def derive(library: Application, session: bytes, how: bytes, base: int, **more: Any) -> tuple[ReturnCode, Any]:
    given = {A.CLASS: C.SECRET_KEY, A.KEY_TYPE: KeyType.GENERIC_SECRET} | {
        A[name]: value for name, value in more.items()
    }
    return library.call("C_DeriveKey", session + how + ulong(base) + template(given))


@pytest.mark.parametrize(("prf", "algorithm"), [(0x250, hashes.SHA256()), (0x2C0, hashes.SHA3_384())])
@pytest.mark.parametrize(("salt", "info"), [(None, b""), (b"salt", b"info")])
def test_hkdf(library: Application, session: bytes, prf: int, algorithm: Any, salt: bytes | None, info: bytes) -> None:
    base = aes_key(library, session, DERIVE=True)
    code, output = derive(library, session, hkdf(prf, salt, info), base, VALUE_LEN=40)
    assert code is CODE.OK
    value = read(library, session, int.from_bytes(output, "big"), A.VALUE)[1]
    assert value == HKDF(algorithm, 40, salt, info).derive(KEY)


def test_what_hkdf_refuses(library: Application, session: bytes) -> None:
    base = aes_key(library, session, DERIVE=True)
    for how in (
        hkdf(0x250, None, b"", extract=0),
        hkdf(0x250, None, b"", expand=0),
        hkdf(0x999, None, b""),
        hkdf(0x250, b"salt", b"", kind=1),
        hkdf(0x250, None, b"", kind=4),
        mechanism(DERIVATIONS.HKDF),
    ):
        assert derive(library, session, how, base, VALUE_LEN=16)[0] is CODE.MECHANISM_PARAM_INVALID
    assert derive(library, session, hkdf(0x250, None, b""), base)[0] is CODE.TEMPLATE_INCOMPLETE
    plain = aes_key(library, session)
    assert derive(library, session, hkdf(0x250, None, b""), plain, VALUE_LEN=16)[0] is CODE.KEY_FUNCTION_NOT_PERMITTED


# --- every mechanism ---------------------------------------------------------------------------------------


def test_codes_are_those_of_the_header_files() -> None:
    """As python-pkcs11 has them, for those that it has."""
    known = {each.value: each.name for each in pkcs11.Mechanism}
    named = {
        0x2104: "AES_OFB",
        0x2107: "AES_CFB128",
        0x133: "DES3_CBC",
        0x138: "DES3_CMAC",
        0x108B: "AES_CMAC_GENERAL",
        0x2B6: "SHA3_224_HMAC",
        0x2D2: "SHA3_512_HMAC_GENERAL",
        0x62: "SHA3_512_RSA_PKCS",
        0x67: "SHA3_224_RSA_PKCS_PSS",
        0x1057: "EDDSA",
    }
    for code, name in named.items():
        assert code in MECHANISMS and known[code] == name
    for code, hashing in HASHES.items():
        if code in known:
            assert known[code].replace("_", "") == hashing.name.replace("_", "")


@pytest.mark.parametrize("code", sorted(code for code, row in MECHANISMS.items() if row.flags & DIGESTS))
def test_digests(library: Application, session: bytes, code: int) -> None:
    hashing = HASHES[code]
    library.done("C_DigestInit", session + mechanism(code))
    made = library.done("C_Digest", session + array(b"abc") + buffer(64))[5:]
    name = hashing.name.lower()
    name = "sha1" if hashing is HashingAlgorithm.SHA_1 else name.replace("sha_", "sha").replace("ripemd_", "ripemd")
    assert made == hashlib.new(name, b"abc").digest()


HMACS = {0x211: "md5", 0x221: "sha1", 0x256: "sha224", 0x251: "sha256", 0x261: "sha384", 0x271: "sha512"}
HMACS |= {0x2B6: "sha3_224", 0x2B1: "sha3_256", 0x2C1: "sha3_384", 0x2D1: "sha3_512"}


@pytest.mark.parametrize("code", HMACS)
def test_hmac_whole_and_shorter(library: Application, session: bytes, client: Client, code: int) -> None:
    usable = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(M.MAC_GENERATE | M.MAC_VERIFY)), (Tag.ACTIVATION_DATE, 0))
    uid = client.register(objects.symmetric(KEY, Algorithm.HMAC_SHA256), ObjectType.SYMMETRIC_KEY, usable)
    key, whole = found(library, session, uid), hmac.digest(KEY, b"data", HMACS[code])
    for how, size in (
        (mechanism(code), len(whole)),
        (mechanism(code + 1, ulong(10)), 10),
        (mechanism(code + 1, count(12)), 12),
    ):
        assert at_once(library, session, "Sign", how, key, b"data") == whole[:size]
        library.done("C_VerifyInit", session + how + ulong(key))
        assert library.call("C_Verify", session + array(b"data") + array(whole[:size]))[0] is CODE.OK
    short = mechanism(code + 1, ulong(4))
    assert at_once(library, session, "Sign", short, key, b"data") is CODE.MECHANISM_PARAM_INVALID


def test_cmac(library: Application, session: bytes, client: Client) -> None:
    usable = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(M.MAC_GENERATE)), (Tag.ACTIVATION_DATE, 0))
    for algorithm, value, code, general in (
        (Algorithm.AES, KEY, 0x108A, 0x108B),
        (Algorithm.DES3, bytes(range(24)), 0x138, 0x137),
    ):
        uid = client.register(objects.symmetric(value, algorithm), ObjectType.SYMMETRIC_KEY, usable)
        key = found(library, session, uid)
        whole = at_once(library, session, "Sign", mechanism(code), key, b"data")
        assert isinstance(whole, bytes)
        if algorithm is Algorithm.AES:
            context = cmac.CMAC(AES(KEY))
            context.update(b"data")
            assert whole == context.finalize()
        assert at_once(library, session, "Sign", mechanism(general, ulong(8)), key, b"data") == whole[:8]


@pytest.mark.parametrize("code", sorted(code for code, row in MECHANISMS.items() if row.algorithm is Algorithm.RSA))
def test_rsa_signatures(library: Application, session: bytes, client: Client, code: int) -> None:
    row = MECHANISMS[code]
    if not row.flags & SIGNS:
        return
    private, public, _ = rsa(library, session, client)
    parameter = None
    if row.parse.__name__ == "_pss":  # type: ignore[union-attr]
        prf = next(each for each, hashing in HASHES.items() if hashing is row.hashing)
        parameter = ulong(prf) + ulong(2) + ulong(20)
    how = mechanism(code, parameter)
    signature = at_once(library, session, "Sign", how, private, b"data")
    assert isinstance(signature, bytes)
    for data, result in ((b"data", CODE.OK), (b"date", CODE.SIGNATURE_INVALID)):
        library.done("C_VerifyInit", session + how + ulong(public))
        assert library.call("C_Verify", session + array(data) + array(signature))[0] is result


def test_eddsa(library: Application, session: bytes, client: Client) -> None:
    given = attributes((Tag.CRYPTOGRAPHIC_ALGORITHM, Algorithm.ED25519), (Tag.ACTIVATION_DATE, 0))
    pair = client.do(CreateKeyPair(common_attributes=given))
    private = found(library, session, pair.private_key_unique_identifier)
    public = found(library, session, pair.public_key_unique_identifier)
    signature = at_once(library, session, "Sign", mechanism(EDDSA), private, b"data")
    assert len(signature) == 64  # type: ignore[arg-type]
    for data, result in ((b"data", CODE.OK), (b"date", CODE.SIGNATURE_INVALID)):
        library.done("C_VerifyInit", session + mechanism(EDDSA) + ulong(public))
        assert library.call("C_Verify", session + array(data) + array(signature))[0] is result  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("algorithm", "value", "how"),
    [
        (Algorithm.AES, KEY, mechanism(0x2104, array(bytes(16)))),
        (Algorithm.AES, KEY, mechanism(0x2107, array(bytes(16)))),
        (Algorithm.AES, bytes(range(32)), mechanism(0x1071, array(bytes(16)))),
        (Algorithm.DES3, bytes(range(24)), mechanism(0x132)),
        (Algorithm.DES3, bytes(range(24)), mechanism(0x133, array(bytes(8)))),
        (Algorithm.DES3, bytes(range(24)), mechanism(0x136, array(bytes(8)))),
    ],
    ids=["OFB", "CFB", "XTS", "3DES ECB", "3DES CBC", "3DES CBC PAD"],
)
def test_other_modes(
    library: Application, session: bytes, client: Client, algorithm: Algorithm, value: bytes, how: bytes
) -> None:
    usable = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(M.ENCRYPT | M.DECRYPT)), (Tag.ACTIVATION_DATE, 0))
    uid = client.register(objects.symmetric(value, algorithm), ObjectType.SYMMETRIC_KEY, usable)
    key = found(library, session, uid)
    sealed = at_once(library, session, "Encrypt", how, key, bytes(32))
    assert isinstance(sealed, bytes) and sealed[:32] != bytes(32)
    assert at_once(library, session, "Decrypt", how, key, sealed) == bytes(32)


def test_nobody_digests_the_key_of_another(client: Client) -> None:
    bob = Application(Client(client.server, client.version, BOB)).initialized()
    their = ulong(bob.session())
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(M.ENCRYPT)))
    uid = client.register(objects.symmetric(KEY), ObjectType.SYMMETRIC_KEY, given)
    assert find(bob, their, {A.UNIQUE_ID: uid.encode()}) == []
    bob.done("C_DigestInit", their + mechanism(SHA256))
    assert bob.call("C_DigestKey", their + ulong(1))[0] is CODE.KEY_HANDLE_INVALID
