"""PKCS#11 objects are managed objects (2.1 §6.1.37): make, find, read, use, destroy, under the rules of KMIP."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kmip_server.domain.policy import OperationPolicy, Permission, Policies
from kmip_server.spec.cryptoki import Attribute, KeyType, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm, ObjectType, Operation, ResultReason, State
from kmip_server.spec.masks import CryptographicUsageMask as M
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_1
from tests.flows import objects
from tests.flows.client import Client, aes, attributes
from tests.flows.cryptoki import Application, array, attribute, buffer, count, mechanism, template, ulong
from tests.flows.requests import Destroy, Get
from tests.kit import BOB, Server
from tests.store_kit import open_backend

A, C, CODE = Attribute, ObjectClass, ReturnCode
AES_KEY_GEN, CBC_PAD, GCM, CTR, ECB = 0x1080, 0x1085, 0x1087, 0x1086, 0x1081
KEY = bytes(range(16))


@pytest.fixture
def library(client: Client) -> Application:
    return Application(client).initialized()


@pytest.fixture
def session(library: Application) -> bytes:
    return ulong(library.session())


def made(library: Application, session: bytes, given: Any) -> int:
    return library.handle("C_CreateObject", session + template(given))


def aes_key(library: Application, session: bytes, **more: Any) -> int:
    named = {A[name]: value for name, value in more.items()}
    return made(library, session, {A.CLASS: C.SECRET_KEY, A.KEY_TYPE: KeyType.AES, A.VALUE: KEY, **named})


def uid_of(library: Application, session: bytes, handle: int) -> str:
    return str(read(library, session, handle, A.UNIQUE_ID)[1].decode())


def asking(code: A, room: int | None = 4096) -> bytes:
    """An attribute to be read: with a buffer, or asking for its size."""
    scalar = code.kind.name in ("BOOL", "ULONG", "DATE")
    return ulong(code) + b"\x00" + (b"\x00" if room is None else b"\x01" + (b"" if scalar else count(room)))


def read(library: Application, session: bytes, handle: int, code: A) -> tuple[ReturnCode, bytes]:
    """One attribute: return code and value."""
    result, output = library.call("C_GetAttributeValue", session + ulong(handle) + count(1) + asking(code))
    value = output[4 + 10 :]
    scalar = code.kind.name in ("BOOL", "ULONG", "DATE")
    return result, value if scalar else value[4:]


def find(library: Application, session: bytes, given: Any) -> list[int]:
    library.done("C_FindObjectsInit", session + template(given))
    output = library.done("C_FindObjects", session + ulong(100))
    library.done("C_FindObjectsFinal", session)
    return [int.from_bytes(output[at : at + 8], "big") for at in range(4, len(output), 8)]


# --- objects -------------------------------------------------------------------------------------------


def test_a_generated_key_is_a_managed_object(library: Application, session: bytes, client: Client) -> None:
    given = {A.LABEL: b"disk", A.ID: b"\x01\x02", A.VALUE_LEN: 32, A.ENCRYPT: True, A.TOKEN: True}
    handle = library.handle("C_GenerateKey", session + mechanism(AES_KEY_GEN) + template(given))
    uid = uid_of(library, session, handle)
    shown = client.shown(uid)
    assert shown[Tag.CRYPTOGRAPHIC_LENGTH] == [256] and shown[Tag.STATE] == [State.ACTIVE]
    assert shown[Tag.CRYPTOGRAPHIC_USAGE_MASK] == [int(M.ENCRYPT)]
    assert shown[Tag.NAME][0].name_value == "disk"
    value = client.do(Get(unique_identifier=uid)).object.key_block.key_value.key_material
    assert read(library, session, handle, A.VALUE) == (CODE.OK, value)
    assert read(library, session, handle, A.ID) == (CODE.OK, b"\x01\x02")
    assert read(library, session, handle, A.LOCAL) == (CODE.OK, b"\x01")
    assert read(library, session, handle, A.DECRYPT) == (CODE.OK, b"\x00")


@pytest.mark.parametrize(
    ("code", "given", "refusal"),
    [
        (AES_KEY_GEN, {}, CODE.TEMPLATE_INCOMPLETE),
        (AES_KEY_GEN, {A.VALUE_LEN: 15}, CODE.KEY_SIZE_RANGE),
        (AES_KEY_GEN, {A.VALUE_LEN: 20}, CODE.ATTRIBUTE_VALUE_INVALID),
        (AES_KEY_GEN, {A.VALUE_LEN: 16, A.CLASS: C.PUBLIC_KEY}, CODE.TEMPLATE_INCONSISTENT),
        (AES_KEY_GEN, {A.VALUE_LEN: 16, A.KEY_TYPE: KeyType.DES3}, CODE.TEMPLATE_INCONSISTENT),
        (AES_KEY_GEN, {A.VALUE_LEN: 16, A.TOKEN: False}, CODE.TEMPLATE_INCONSISTENT),
        (AES_KEY_GEN, {A.VALUE_LEN: 16, A.LOCAL: True}, CODE.ATTRIBUTE_READ_ONLY),
        (AES_KEY_GEN, {A.VALUE_LEN: 16, A.MODULUS: b"1"}, CODE.ATTRIBUTE_TYPE_INVALID),
        (AES_KEY_GEN, {A.VALUE_LEN: 16, A.LABEL: b"\xff"}, CODE.ATTRIBUTE_VALUE_INVALID),
        (CBC_PAD, {A.VALUE_LEN: 16}, CODE.MECHANISM_INVALID),
        (0x12345, {A.VALUE_LEN: 16}, CODE.MECHANISM_INVALID),
    ],
)
def test_keys_that_cannot_be_generated(
    library: Application, session: bytes, code: int, given: Any, refusal: ReturnCode
) -> None:
    before = len(library.client.server.store.objects)
    assert library.call("C_GenerateKey", session + mechanism(code) + template(given)) == (refusal, None)
    assert len(library.client.server.store.objects) == before


def test_a_read_only_session_makes_and_destroys_nothing(library: Application, session: bytes) -> None:
    handle = aes_key(library, session)
    reader = ulong(library.session(writable=False))
    generate = reader + mechanism(AES_KEY_GEN) + template({A.VALUE_LEN: 16})
    assert library.call("C_GenerateKey", generate)[0] is CODE.SESSION_READ_ONLY
    assert library.call("C_DestroyObject", reader + ulong(handle))[0] is CODE.SESSION_READ_ONLY


def test_objects_are_found_by_what_their_template_says(library: Application, session: bytes) -> None:
    first = aes_key(library, session, LABEL=b"one", ID=b"1")
    second = aes_key(library, session, LABEL=b"two", ID=b"2", ENCRYPT=True)
    thing = made(library, session, {A.CLASS: C.DATA, A.VALUE: b"something", A.LABEL: b"one"})
    assert set(find(library, session, {})) == {first, second, thing}
    assert set(find(library, session, {A.LABEL: b"one"})) == {first, thing}
    assert find(library, session, {A.LABEL: b"one", A.CLASS: C.SECRET_KEY}) == [first]
    assert find(library, session, {A.ID: b"2"}) == [second]
    assert set(find(library, session, {A.KEY_TYPE: KeyType.AES})) == {first, second}
    assert find(library, session, {A.CLASS: C.SECRET_KEY, A.DECRYPT: True}) == [first]
    assert find(library, session, {A.KEY_TYPE: KeyType.RSA}) == []
    assert find(library, session, {A.TOKEN: False}) == []
    assert find(library, session, {A.LABEL: b"\xff"}) == []


def test_a_search_gives_its_handles_in_portions(library: Application, session: bytes) -> None:
    handles = {aes_key(library, session) for _ in range(3)}
    library.done("C_FindObjectsInit", session + template({}))
    assert library.call("C_FindObjectsInit", session + template({}))[0] is CODE.OPERATION_ACTIVE
    found = [library.done("C_FindObjects", session + ulong(2)) for _ in range(3)]
    assert [each[:4] for each in found] == [count(2), count(1), count(0)]
    library.done("C_FindObjectsFinal", session)
    assert library.call("C_FindObjectsFinal", session)[0] is CODE.OPERATION_NOT_INITIALIZED
    assert library.call("C_FindObjects", session + ulong(1))[0] is CODE.OPERATION_NOT_INITIALIZED
    assert len(handles) == 3


def test_a_key_is_not_searched_by_its_value(library: Application, session: bytes) -> None:
    aes_key(library, session)
    assert library.call("C_FindObjectsInit", session + template({A.VALUE: KEY}))[0] is CODE.ATTRIBUTE_TYPE_INVALID


def test_other_clients_objects_are_not_seen(library: Application, session: bytes) -> None:
    handle = aes_key(library, session)
    uid = uid_of(library, session, handle)
    other = Application(Client(library.client.server, who=BOB)).initialized()
    theirs = ulong(other.session())
    assert find(other, theirs, {}) == []
    assert find(other, theirs, {A.UNIQUE_ID: uid.encode()}) == []
    assert other.call("C_DestroyObject", theirs + ulong(handle))[0] is CODE.OBJECT_HANDLE_INVALID


def test_attributes_stand_each_for_itself(library: Application, session: bytes) -> None:
    handle = ulong(aes_key(library, session, LABEL=b"name", SENSITIVE=True))
    asked = count(4) + asking(A.LABEL, None) + asking(A.VALUE) + asking(A.CLASS) + asking(A.LABEL, 2)
    code, output = library.call("C_GetAttributeValue", session + handle + count(1) + asking(A.MODULUS))
    assert (code, output) == (CODE.ATTRIBUTE_TYPE_INVALID, count(1) + ulong(A.MODULUS) + b"\x00\x00")
    assert library.call("C_GetAttributeValue", session + handle + asked)[0] is CODE.TEMPLATE_INCONSISTENT  # twice
    asked = count(3) + asking(A.LABEL, None) + asking(A.VALUE) + asking(A.CLASS)
    code, output = library.call("C_GetAttributeValue", session + handle + asked)
    assert code is CODE.ATTRIBUTE_SENSITIVE
    assert output == b"".join(
        (
            count(3),
            ulong(A.LABEL) + b"\x00\x01" + count(4),
            ulong(A.VALUE) + b"\x00\x00",
            ulong(A.CLASS) + b"\x01\x01" + ulong(C.SECRET_KEY),
        )
    )
    code, output = library.call("C_GetAttributeValue", session + handle + count(1) + asking(A.LABEL, 2))
    assert (code, output) == (CODE.BUFFER_TOO_SMALL, count(1) + ulong(A.LABEL) + b"\x00\x00")


def test_an_unextractable_key_stays(library: Application, session: bytes) -> None:
    handle = aes_key(library, session, EXTRACTABLE=False)
    assert read(library, session, handle, A.VALUE)[0] is CODE.ATTRIBUTE_SENSITIVE
    assert read(library, session, handle, A.NEVER_EXTRACTABLE) == (CODE.OK, b"\x01")


def test_reading_a_value_is_audited_as_what_it_is(library: Application, session: bytes) -> None:
    handle = aes_key(library, session)
    uid = uid_of(library, session, handle)
    read(library, session, handle, A.VALUE)
    last = library.client.server.store.audit[-1].fields
    assert uid in last and any("C_GetAttributeValue" in part and "Get" in part for part in last)
    assert not any(KEY.hex() in part for part in last)


def test_destroyed_objects_are_gone(library: Application, session: bytes, client: Client) -> None:
    handle = aes_key(library, session)
    uid = uid_of(library, session, handle)
    library.done("C_DestroyObject", session + ulong(handle))
    assert client.shown(uid, Tag.STATE)[Tag.STATE] == [State.DESTROYED]
    assert library.call("C_DestroyObject", session + ulong(handle))[0] is CODE.OBJECT_HANDLE_INVALID
    assert find(library, session, {}) == []
    init = session + mechanism(ECB) + ulong(handle)
    assert library.call("C_EncryptInit", init)[0] is CODE.KEY_HANDLE_INVALID


def test_a_key_of_kmip_is_a_key_of_pkcs_11(library: Application, session: bytes, client: Client) -> None:
    uid = client.active(aes(128))
    (handle,) = find(library, session, {A.UNIQUE_ID: uid.encode()})
    assert read(library, session, handle, A.KEY_TYPE) == (CODE.OK, ulong(KeyType.AES))
    client.register(objects.secret(), ObjectType.SECRET_DATA)
    assert find(library, session, {}) == [handle]  # PKCS#11 has no class for a secret


def test_rsa_keys_by_their_numbers(library: Application, session: bytes) -> None:
    numbers = objects.rsa_key().private_numbers()

    def raw(value: int) -> bytes:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    public = {
        A.CLASS: C.PUBLIC_KEY,
        A.KEY_TYPE: KeyType.RSA,
        A.MODULUS: raw(numbers.public_numbers.n),
        A.PUBLIC_EXPONENT: raw(numbers.public_numbers.e),
    }
    private = {
        **public,
        A.CLASS: C.PRIVATE_KEY,
        A.PRIVATE_EXPONENT: raw(numbers.d),
        A.PRIME_1: raw(numbers.p),
        A.PRIME_2: raw(numbers.q),
        A.EXPONENT_1: raw(numbers.dmp1),
        A.EXPONENT_2: raw(numbers.dmq1),
        A.COEFFICIENT: raw(numbers.iqmp),
    }
    one, two = made(library, session, public), made(library, session, private)
    assert read(library, session, one, A.MODULUS) == (CODE.OK, raw(numbers.public_numbers.n))
    assert read(library, session, one, A.MODULUS_BITS) == (CODE.OK, ulong(2048))
    assert read(library, session, two, A.PRIVATE_EXPONENT) == (CODE.OK, raw(numbers.d))
    library.done("C_SignInit", session + mechanism(0x0040) + ulong(two))
    signature = library.done("C_Sign", session + array(b"data") + buffer(256))[5:]
    objects.rsa_key().public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: 99}, CODE.ATTRIBUTE_VALUE_INVALID),
        ({A.CLASS: C.SECRET_KEY, A.KEY_TYPE: KeyType.AES}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: C.SECRET_KEY, A.VALUE: KEY}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: C.SECRET_KEY, A.VALUE: KEY, A.KEY_TYPE: KeyType.RSA}, CODE.TEMPLATE_INCONSISTENT),
        ({A.CLASS: C.SECRET_KEY, A.VALUE: KEY, A.KEY_TYPE: 0x9999}, CODE.ATTRIBUTE_VALUE_INVALID),
        ({A.CLASS: C.SECRET_KEY, A.VALUE: b"", A.KEY_TYPE: KeyType.AES}, CODE.TEMPLATE_INCONSISTENT),
        ({A.CLASS: C.SECRET_KEY, A.VALUE: KEY, A.KEY_TYPE: KeyType.AES, A.VALUE_LEN: 9}, CODE.TEMPLATE_INCONSISTENT),
        ({A.CLASS: C.PUBLIC_KEY, A.KEY_TYPE: KeyType.EC, A.EC_POINT: b""}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: C.PUBLIC_KEY, A.KEY_TYPE: KeyType.DSA, A.VALUE: b"1"}, CODE.ATTRIBUTE_TYPE_INVALID),
        ({A.CLASS: C.PUBLIC_KEY, A.KEY_TYPE: KeyType.RSA, A.MODULUS: b"\x03"}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: C.CERTIFICATE, A.VALUE: b"x", A.CERTIFICATE_TYPE: 1}, CODE.ATTRIBUTE_VALUE_INVALID),
    ],
)
def test_objects_that_cannot_be_created(library: Application, session: bytes, given: Any, refusal: ReturnCode) -> None:
    assert library.call("C_CreateObject", session + template(given)) == (refusal, None)
    assert library.client.server.store.objects == {}


def test_a_certificate(library: Application, session: bytes) -> None:
    value = objects.certificate().certificate_value
    handle = made(library, session, {A.CLASS: C.CERTIFICATE, A.CERTIFICATE_TYPE: 0, A.VALUE: value})
    assert read(library, session, handle, A.VALUE) == (CODE.OK, value)
    assert read(library, session, handle, A.SUBJECT)[0] is CODE.OK
    assert find(library, session, {A.CLASS: C.CERTIFICATE}) == [handle]


# --- using them ----------------------------------------------------------------------------------------


def at_once(library: Application, session: bytes, name: str, how: bytes, key: int, data: bytes) -> Any:
    code, _ = library.call(f"C_{name}Init", session + how + ulong(key))
    if code is not CODE.OK:
        return code
    code, output = library.call(f"C_{name}", session + array(data) + buffer(4096))
    return output[5:] if code is CODE.OK else code


@pytest.mark.parametrize(
    "how",
    [
        mechanism(CBC_PAD, array(bytes(16))),
        mechanism(CTR, ulong(128) + bytes(16)),
        mechanism(CTR, count(128) + bytes(16)),
        mechanism(GCM, array(bytes(12)) + ulong(96) + array(b"more") + ulong(128)),
        mechanism(GCM, array(bytes(12)) + count(96) + array(b"more") + count(128)),
    ],
    ids=["CBC_PAD", "CTR", "CTR short", "GCM", "GCM short"],
)
def test_what_is_encrypted_is_decrypted(library: Application, session: bytes, how: bytes) -> None:
    key = aes_key(library, session)
    secret = at_once(library, session, "Encrypt", how, key, b"a secret of some length")
    assert at_once(library, session, "Decrypt", how, key, secret) == b"a secret of some length"


def test_gcm_puts_the_tag_behind(library: Application, session: bytes) -> None:
    key = aes_key(library, session)
    how = mechanism(GCM, array(bytes(12)) + ulong(96) + array(b"") + ulong(128))
    secret = at_once(library, session, "Encrypt", how, key, b"data")
    assert secret == AESGCM(KEY).encrypt(bytes(12), b"data", None)
    wrong = secret[:-1] + bytes((secret[-1] ^ 1,))
    assert at_once(library, session, "Decrypt", how, key, wrong) is CODE.ENCRYPTED_DATA_INVALID
    assert at_once(library, session, "Decrypt", how, key, b"short") is CODE.ENCRYPTED_DATA_INVALID


def test_parts_give_what_the_whole_gives(library: Application, session: bytes) -> None:
    key = aes_key(library, session)
    how = mechanism(CBC_PAD, array(bytes(16)))
    whole = at_once(library, session, "Encrypt", how, key, b"first second")
    library.done("C_EncryptInit", session + how + ulong(key))
    for part in (b"first ", b"second"):
        assert library.done("C_EncryptUpdate", session + array(part) + buffer(64)) == b"\x01" + count(0)
    assert library.call("C_Encrypt", session + array(b"x") + buffer(64))[0] is CODE.OPERATION_ACTIVE
    assert library.done("C_EncryptFinal", session + buffer(64))[5:] == whole
    assert library.call("C_EncryptFinal", session + buffer(64))[0] is CODE.OPERATION_NOT_INITIALIZED


def test_the_length_of_a_result_may_be_asked_first(library: Application, session: bytes) -> None:
    uid = uid_of(library, session, aes_key(library, session))
    (key,) = find(library, session, {A.UNIQUE_ID: uid.encode()})
    library.done("C_EncryptInit", session + mechanism(CBC_PAD, array(bytes(16))) + ulong(key))
    ask = session + array(bytes(20))
    assert library.call("C_Encrypt", ask + buffer(None)) == (CODE.OK, b"\x00" + count(32))
    assert library.call("C_Encrypt", ask + buffer(31)) == (CODE.BUFFER_TOO_SMALL, b"\x00" + count(32))
    assert library.call("C_Encrypt", ask + buffer(32))[0] is CODE.OK
    assert library.call("C_Encrypt", ask + buffer(32))[0] is CODE.OPERATION_NOT_INITIALIZED


def test_asking_for_a_length_spends_nothing(library: Application, session: bytes, client: Client) -> None:
    limits = UsageLimits(usage_limits_total=20, usage_limits_count=20, usage_limits_unit=1)
    uid = client.active(aes(128, int(M.ENCRYPT | M.DECRYPT), (Tag.USAGE_LIMITS, limits)))
    (key,) = find(library, session, {A.UNIQUE_ID: uid.encode()})
    library.done("C_EncryptInit", session + mechanism(CTR, ulong(128) + bytes(16)) + ulong(key))
    ask = session + array(bytes(20))
    for _ in range(3):
        assert library.call("C_Encrypt", ask + buffer(None))[0] is CODE.OK
    assert client.shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0].usage_limits_count == 20
    assert library.call("C_Encrypt", ask + buffer(64))[0] is CODE.OK
    assert client.shown(uid, Tag.USAGE_LIMITS)[Tag.USAGE_LIMITS][0].usage_limits_count == 0
    library.done("C_EncryptInit", session + mechanism(CTR, ulong(128) + bytes(16)) + ulong(key))
    assert library.call("C_Encrypt", ask + buffer(64))[0] is CODE.KEY_FUNCTION_NOT_PERMITTED


def test_a_key_is_used_as_its_mask_says(library: Application, session: bytes) -> None:
    key = aes_key(library, session, DECRYPT=True)
    how = mechanism(CBC_PAD, array(bytes(16)))
    assert at_once(library, session, "Encrypt", how, key, b"x") is CODE.KEY_FUNCTION_NOT_PERMITTED
    assert at_once(library, session, "Decrypt", how, key, bytes(15)) is CODE.ENCRYPTED_DATA_INVALID


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        (mechanism(0x99999), CODE.MECHANISM_INVALID),
        (mechanism(AES_KEY_GEN), CODE.MECHANISM_INVALID),
        (mechanism(CBC_PAD), CODE.MECHANISM_PARAM_INVALID),
        (mechanism(CBC_PAD, array(bytes(16)) + b"x"), CODE.MECHANISM_PARAM_INVALID),
        (mechanism(CBC_PAD, b"\x00\x00\x00\xff"), CODE.MECHANISM_PARAM_INVALID),
        (mechanism(GCM, array(bytes(12)) + ulong(96) + array(b"") + ulong(7)), CODE.MECHANISM_PARAM_INVALID),
        (mechanism(ECB, b"x"), CODE.MECHANISM_PARAM_INVALID),
    ],
)
def test_mechanisms_that_do_not_fit(library: Application, session: bytes, how: bytes, refusal: ReturnCode) -> None:
    key = aes_key(library, session)
    assert library.call("C_EncryptInit", session + how + ulong(key)) == (refusal, None)


def test_an_iv_of_another_length_is_refused_when_it_is_used(library: Application, session: bytes) -> None:
    key = aes_key(library, session)
    how = mechanism(CBC_PAD, array(bytes(15)))
    assert at_once(library, session, "Encrypt", how, key, b"x") is CODE.MECHANISM_PARAM_INVALID
    assert library.call("C_Encrypt", session + array(b"x") + buffer(64))[0] is CODE.OPERATION_NOT_INITIALIZED


def test_an_unknown_key(library: Application, session: bytes) -> None:
    assert library.call("C_EncryptInit", session + mechanism(ECB) + ulong(5))[0] is CODE.KEY_HANDLE_INVALID


def test_digests(library: Application, session: bytes) -> None:
    library.done("C_DigestInit", session + mechanism(0x250))
    assert library.call("C_DigestInit", session + mechanism(0x250))[0] is CODE.OPERATION_ACTIVE
    assert library.done("C_Digest", session + array(b"abc") + buffer(32))[5:] == hashlib.sha256(b"abc").digest()
    library.done("C_DigestInit", session + mechanism(0x270))
    library.done("C_DigestUpdate", session + array(b"a"))
    library.done("C_DigestUpdate", session + array(b"bc"))
    assert library.done("C_DigestFinal", session + buffer(64))[5:] == hashlib.sha512(b"abc").digest()
    assert library.call("C_DigestFinal", session + buffer(64))[0] is CODE.OPERATION_NOT_INITIALIZED
    assert library.call("C_DigestInit", session + mechanism(ECB))[0] is CODE.MECHANISM_INVALID


def test_hmac(library: Application, session: bytes) -> None:
    given = {A.CLASS: C.SECRET_KEY, A.KEY_TYPE: KeyType.GENERIC_SECRET, A.VALUE: KEY}
    key = made(library, session, given)
    code = at_once(library, session, "Sign", mechanism(0x271), key, b"abc")
    assert code == hmac.digest(KEY, b"abc", "sha512")
    library.done("C_VerifyInit", session + mechanism(0x271) + ulong(key))
    assert library.call("C_Verify", session + array(b"abc") + array(code)) == (CODE.OK, None)
    library.done("C_VerifyInit", session + mechanism(0x271) + ulong(key))
    library.done("C_VerifyUpdate", session + array(b"ab"))
    assert library.call("C_VerifyFinal", session + array(code)) == (CODE.SIGNATURE_INVALID, None)


@pytest.mark.parametrize(
    "how",
    [
        mechanism(0x0040),
        mechanism(0x0043, ulong(0x250) + ulong(2) + ulong(32)),
        mechanism(0x0043, ulong(0x250) + ulong(2) + count(32)),
        mechanism(0x0001),
    ],
    ids=["PKCS", "PSS", "PSS short", "unhashed"],
)
def test_a_pair_signs_and_verifies(library: Application, session: bytes, how: bytes) -> None:
    pair = mechanism(0x0000) + template({A.MODULUS_BITS: 2048, A.ID: b"7"}) + template({A.ID: b"7"})
    handles = library.done("C_GenerateKeyPair", session + pair)
    public, private = int.from_bytes(handles[:8], "big"), int.from_bytes(handles[8:], "big")
    assert set(find(library, session, {A.ID: b"7"})) == {public, private}
    assert read(library, session, private, A.KEY_TYPE) == (CODE.OK, ulong(KeyType.RSA))
    signature = at_once(library, session, "Sign", how, private, b"data")
    assert len(signature) == 256
    library.done("C_VerifyInit", session + how + ulong(public))
    assert library.call("C_Verify", session + array(b"data") + array(signature)) == (CODE.OK, None)
    library.done("C_VerifyInit", session + how + ulong(public))
    assert library.call("C_Verify", session + array(b"date") + array(signature))[0] is CODE.SIGNATURE_INVALID
    assert at_once(library, session, "Sign", how, public, b"data") is CODE.KEY_TYPE_INCONSISTENT


def test_rsa_encryption(library: Application, session: bytes) -> None:
    pair = mechanism(0x0000) + template({A.MODULUS_BITS: 2048}) + template({})
    handles = library.done("C_GenerateKeyPair", session + pair)
    public, private = int.from_bytes(handles[:8], "big"), int.from_bytes(handles[8:], "big")
    oaep = mechanism(0x0009, ulong(0x250) + ulong(2) + ulong(1) + array(b""))
    secret = at_once(library, session, "Encrypt", oaep, public, b"data")
    assert at_once(library, session, "Decrypt", oaep, private, secret) == b"data"
    assert at_once(library, session, "Decrypt", oaep, private, bytes(256)) is CODE.ENCRYPTED_DATA_INVALID
    bad = mechanism(0x0009, ulong(0x9999) + ulong(2) + ulong(1) + array(b""))
    assert library.call("C_EncryptInit", session + bad + ulong(public))[0] is CODE.MECHANISM_PARAM_INVALID


@pytest.mark.parametrize(
    ("public", "private", "refusal"),
    [
        ({}, {}, CODE.TEMPLATE_INCOMPLETE),
        ({A.MODULUS_BITS: 512}, {}, CODE.KEY_SIZE_RANGE),
        ({A.MODULUS_BITS: 2048, A.PUBLIC_EXPONENT: b"\x03"}, {}, CODE.ATTRIBUTE_VALUE_INVALID),
        ({A.MODULUS_BITS: 2048}, {A.KEY_TYPE: KeyType.EC}, CODE.TEMPLATE_INCONSISTENT),
        ({A.MODULUS_BITS: 2048, A.SIGN: True}, {}, CODE.TEMPLATE_INCONSISTENT),
    ],
)
def test_pairs_that_cannot_be_generated(
    library: Application, session: bytes, public: Any, private: Any, refusal: ReturnCode
) -> None:
    asked = session + mechanism(0x0000) + template(public) + template(private)
    assert library.call("C_GenerateKeyPair", asked) == (refusal, None)
    assert library.client.server.store.objects == {}


P_256 = bytes.fromhex("06082a8648ce3d030107")


@pytest.mark.parametrize(
    ("code", "params", "size"),
    [
        (0x1044, P_256, 32),
        (0x1045, bytes.fromhex("06052b81040022"), 48),
        (0x1046, bytes.fromhex("06052b81040023"), 66),
        (0x1041, P_256, 32),
    ],
)
def test_elliptic_curves(library: Application, session: bytes, code: int, params: bytes, size: int) -> None:
    pair = mechanism(0x1040) + template({A.EC_PARAMS: params}) + template({A.SIGN: True})
    handles = library.done("C_GenerateKeyPair", session + pair)
    public, private = int.from_bytes(handles[:8], "big"), int.from_bytes(handles[8:], "big")
    assert read(library, session, public, A.EC_PARAMS) == (CODE.OK, params)
    assert read(library, session, private, A.KEY_TYPE) == (CODE.OK, ulong(KeyType.EC))
    assert find(library, session, {A.CLASS: C.PUBLIC_KEY, A.KEY_TYPE: KeyType.EC}) == [public]
    data = bytes(range(32))
    signature = at_once(library, session, "Sign", mechanism(code), private, data)
    assert len(signature) == 2 * size  # r and s, one after the other
    key: Any = load_der_public_key(read(library, session, public, A.PUBLIC_KEY_INFO)[1])
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    hashing = {0x1044: hashes.SHA256(), 0x1045: hashes.SHA384(), 0x1046: hashes.SHA512()}.get(code)
    if hashing is not None:
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashing))
    wrong = bytes((signature[0] ^ 1,)) + signature[1:]
    cases = ((signature, CODE.OK), (wrong, CODE.SIGNATURE_INVALID), (b"", CODE.SIGNATURE_INVALID))
    for given, result in (*cases, (signature[:-1], CODE.SIGNATURE_INVALID)):
        library.done("C_VerifyInit", session + mechanism(code) + ulong(public))
        assert library.call("C_Verify", session + array(data) + array(given))[0] is result


@pytest.mark.parametrize(
    ("public", "refusal"),
    [
        ({}, CODE.TEMPLATE_INCOMPLETE),
        ({A.EC_PARAMS: b"\x06\x01\x00"}, CODE.CURVE_NOT_SUPPORTED),
        ({A.EC_PARAMS: P_256, A.MODULUS_BITS: 2048}, CODE.ATTRIBUTE_TYPE_INVALID),
    ],
)
def test_curves_that_cannot_be_had(library: Application, session: bytes, public: Any, refusal: ReturnCode) -> None:
    asked = session + mechanism(0x1040) + template(public) + template({})
    assert library.call("C_GenerateKeyPair", asked) == (refusal, None)


def test_a_public_key_that_signs_is_not_found(library: Application, session: bytes) -> None:
    library.done("C_GenerateKeyPair", session + mechanism(0x1040) + template({A.EC_PARAMS: P_256}) + template({}))
    assert find(library, session, {A.CLASS: C.PUBLIC_KEY, A.SIGN: True}) == []
    assert len(find(library, session, {A.SIGN: True})) == 1 and len(find(library, session, {A.SIGN: False})) == 0


def test_random_bytes(library: Application, session: bytes) -> None:
    one, two = (library.done("C_GenerateRandom", session + count(32)) for _ in range(2))
    assert len(one) == len(two) == 32 and one != two
    assert len(library.done("C_GenerateRandom", session + array(bytes(16)))) == 16  # the buffer came along
    assert library.call("C_GenerateRandom", session + count(1 << 30))[0] is CODE.ARGUMENTS_BAD
    assert library.call("C_SeedRandom", session + array(b"seed"))[0] is CODE.RANDOM_SEED_NOT_SUPPORTED


def test_operations_are_cancelled(library: Application, session: bytes) -> None:
    key = aes_key(library, session)
    library.done("C_EncryptInit", session + mechanism(ECB) + ulong(key))
    library.done("C_FindObjectsInit", session + template({}))
    library.done("C_SessionCancel", session + ulong(0x140))
    library.done("C_EncryptInit", session + mechanism(ECB) + ulong(key))
    library.done("C_FindObjectsInit", session + template({}))


def test_what_is_kept_between_parts_is_bounded(library: Application, session: bytes) -> None:
    library.done("C_DigestInit", session + mechanism(0x250))
    library.done("C_DigestUpdate", session + array(bytes(65536)))
    assert library.call("C_DigestUpdate", session + array(b"x"))[0] is CODE.DATA_LEN_RANGE
    assert library.call("C_DigestFinal", session + buffer(32))[0] is CODE.OPERATION_NOT_INITIALIZED


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_parameters_cut_anywhere_are_a_codec_error_and_leave_nothing(
    library: Application, session: bytes, cut: int
) -> None:
    whole = session + template({A.CLASS: C.SECRET_KEY, A.KEY_TYPE: KeyType.AES, A.VALUE: KEY})
    assert library.failure("C_CreateObject", whole[:cut]) is ResultReason.PKCS_11_CODEC_ERROR
    assert library.client.server.store.objects == {}


def test_an_attribute_nobody_knows(library: Application, session: bytes) -> None:
    unknown = count(1) + ulong(0x8000FFFF) + b"\x01\x01" + array(b"x")
    assert library.call("C_CreateObject", session + unknown) == (CODE.ATTRIBUTE_TYPE_INVALID, None)
    nested = attribute(A.CLASS, C.DATA) + ulong(A.WRAP_TEMPLATE) + b"\x01\x01" + template({A.LABEL: b"x"})
    assert library.call("C_CreateObject", session + count(2) + nested)[0] is CODE.ATTRIBUTE_TYPE_INVALID


def ruled(make_server: Any, *allowed: Operation) -> tuple[Client, Application, bytes, int, str]:
    """A key whose policy lets its owner do these, seen through PKCS#11."""
    rules = dict.fromkeys((*allowed, Operation.LOCATE, Operation.ACTIVATE), Permission.ALLOW_OWNER)
    policies = Policies({"ruled": OperationPolicy(preset={ObjectType.SYMMETRIC_KEY: rules})})
    client = Client(make_server(policies=policies), V1_4)
    uid = client.active(aes(128, int(M.ENCRYPT), (Tag.OPERATION_POLICY_NAME, "ruled")))
    library = Application(client.speaking(V2_1)).initialized()
    session = ulong(library.session())
    (handle,) = find(library, session, {A.CLASS: C.SECRET_KEY})
    return client, library, session, handle, uid


def test_the_policy_of_an_object_must_allow_both(make_server: Any) -> None:
    how = mechanism(CTR, ulong(128) + bytes(16))
    for allowed, result in (
        ((Operation.ENCRYPT, Operation.PKCS_11), CODE.OK),
        ((Operation.ENCRYPT,), CODE.ACTION_PROHIBITED),
        ((Operation.PKCS_11,), CODE.ACTION_PROHIBITED),
    ):
        _, library, session, handle, _ = ruled(make_server, *allowed)
        assert library.call("C_EncryptInit", session + how + ulong(handle))[0] is result


def test_an_object_is_destroyed_in_both_steps_or_in_none(make_server: Any) -> None:
    allowed = (Operation.PKCS_11, Operation.REVOKE, Operation.GET_ATTRIBUTES)
    client, library, session, handle, uid = ruled(make_server, *allowed)
    assert library.call("C_DestroyObject", session + ulong(handle))[0] is CODE.ACTION_PROHIBITED
    assert client.shown(uid, Tag.STATE)[Tag.STATE] == [State.ACTIVE]


def test_a_database_undoes_what_a_refused_function_wrote(tmp_path: Path) -> None:
    with open_backend("sqlite", tmp_path) as backend:
        library = Application(Client(Server(store=backend.open()))).initialized()
        session = ulong(library.session())
        key = aes_key(library, session)
        library.done("C_EncryptInit", session + mechanism(CBC_PAD, array(bytes(16))) + ulong(key))
        assert library.call("C_Encrypt", session + array(b"x") + buffer(3))[0] is CODE.BUFFER_TOO_SMALL
        assert library.call("C_Encrypt", session + array(b"x") + buffer(16))[0] is CODE.OK
        refused = session + mechanism(AES_KEY_GEN) + template({A.VALUE_LEN: 20})
        assert library.call("C_GenerateKey", refused)[0] is CODE.ATTRIBUTE_VALUE_INVALID
        assert find(library, session, {}) == [key]
        library.done("C_DestroyObject", session + ulong(key))
        assert find(library, session, {}) == []


def test_a_key_whose_policy_is_anothers_is_not_used(library: Application, session: bytes, client: Client) -> None:
    given = attributes(
        (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.AES),
        (Tag.CRYPTOGRAPHIC_LENGTH, 128),
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, int(M.ENCRYPT)),
    )
    uid = client.active(given)
    (handle,) = find(library, session, {A.UNIQUE_ID: uid.encode()})
    client.do(Destroy(unique_identifier=client.create(given)))
    stolen = Application(Client(library.client.server, who=BOB)).initialized()
    theirs = ulong(stolen.session())
    assert stolen.call("C_EncryptInit", theirs + mechanism(ECB) + ulong(handle))[0] is CODE.KEY_HANDLE_INVALID
