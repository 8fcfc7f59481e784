"""PKCS#11 functions that change, copy, wrap, unwrap and derive, and elliptic curve keys from their numbers."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.keywrap import aes_key_wrap, aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from kmip_server.spec.cryptoki import Attribute, KeyType, ObjectClass, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm, LinkType, ObjectType, RevocationReasonCode
from kmip_server.spec.masks import CryptographicUsageMask as M
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.tags import Tag
from tests.flows import objects
from tests.flows.client import Client, aes, attributes
from tests.flows.cryptoki import Application, array, buffer, mechanism, template, ulong
from tests.flows.requests import revoke
from tests.flows.test_pkcs_11_objects import KEY, aes_key, at_once, find, made, read, uid_of
from tests.kit import BOB

A, C, CODE = Attribute, ObjectClass, ReturnCode
KEY_WRAP, KEY_WRAP_KWP, OAEP, RSA_PKCS = 0x2109, 0x210B, 0x0009, 0x0001
P_256 = bytes.fromhex("06082a8648ce3d030107")


@pytest.fixture
def library(client: Client) -> Application:
    return Application(client).initialized()


@pytest.fixture
def session(library: Application) -> bytes:
    return ulong(library.session())


# --- C_SetAttributeValue --------------------------------------------------------------------------------


def set_values(library: Application, session: bytes, handle: int, given: Any) -> ReturnCode:
    return library.call("C_SetAttributeValue", session + ulong(handle) + template(given))[0]


def test_labels_and_identifiers_are_given_changed_and_taken_away(
    library: Application, session: bytes, client: Client
) -> None:
    handle = aes_key(library, session)
    uid = uid_of(library, session, handle)
    assert read(library, session, handle, A.MODIFIABLE) == (CODE.OK, b"\x01")
    assert set_values(library, session, handle, {A.LABEL: b"disk", A.ID: b"\x01"}) is CODE.OK
    assert find(library, session, {A.LABEL: b"disk", A.ID: b"\x01"}) == [handle]
    assert set_values(library, session, handle, {A.LABEL: b"tape", A.ID: b"\x02"}) is CODE.OK
    assert [each.name_value for each in client.shown(uid, Tag.NAME)[Tag.NAME]] == ["tape"]
    assert find(library, session, {A.ID: b"\x01"}) == []
    assert set_values(library, session, handle, {A.LABEL: b"", A.ID: b""}) is CODE.OK
    assert client.shown(uid, Tag.NAME) == {}
    assert read(library, session, handle, A.ID) == (CODE.OK, b"")


def test_sensitive_and_extractable_go_one_way(library: Application, session: bytes) -> None:
    handle = aes_key(library, session)
    assert set_values(library, session, handle, {A.SENSITIVE: True, A.EXTRACTABLE: False}) is CODE.OK
    assert read(library, session, handle, A.SENSITIVE) == (CODE.OK, b"\x01")
    assert read(library, session, handle, A.ALWAYS_SENSITIVE) == (CODE.OK, b"\x00")
    assert read(library, session, handle, A.NEVER_EXTRACTABLE) == (CODE.OK, b"\x00")
    assert set_values(library, session, handle, {A.SENSITIVE: False}) is CODE.ATTRIBUTE_READ_ONLY
    assert set_values(library, session, handle, {A.EXTRACTABLE: True}) is CODE.ATTRIBUTE_READ_ONLY
    assert read(library, session, handle, A.VALUE)[0] is CODE.ATTRIBUTE_SENSITIVE


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({A.ENCRYPT: False}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.CLASS: C.DATA}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.TOKEN: False}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.LOCAL: False}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.VALUE: bytes(16)}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.EC_PARAMS: P_256}, CODE.ATTRIBUTE_TYPE_INVALID),
        ({A.LABEL: b"\xff"}, CODE.ATTRIBUTE_VALUE_INVALID),
    ],
)
def test_a_refused_change_changes_nothing(
    library: Application, session: bytes, client: Client, given: Any, refusal: ReturnCode
) -> None:
    handle = aes_key(library, session, LABEL=b"one")
    uid = uid_of(library, session, handle)
    before = client.shown(uid)
    first = {A.ID: b"new"}
    assert set_values(library, session, handle, first | given) is refusal
    assert client.shown(uid) == before
    assert set_values(library, session, 99, first) is CODE.OBJECT_HANDLE_INVALID
    reader = ulong(library.session(writable=False))
    assert set_values(library, reader, handle, first) is CODE.SESSION_READ_ONLY


# --- C_CopyObject ---------------------------------------------------------------------------------------


def copied(library: Application, session: bytes, handle: int, given: Any) -> int | ReturnCode:
    code, output = library.call("C_CopyObject", session + ulong(handle) + template(given))
    return int.from_bytes(output, "big") if code is CODE.OK else code


def test_a_copy_is_another_object_with_the_same_value(library: Application, session: bytes, client: Client) -> None:
    handle = aes_key(library, session, LABEL=b"one", ID=b"1", ENCRYPT=True, DECRYPT=True)
    copy = copied(library, session, handle, {A.LABEL: b"two", A.DECRYPT: False, A.SENSITIVE: True, A.TOKEN: True})
    assert isinstance(copy, int) and copy != handle
    assert find(library, session, {A.ID: b"1", A.LABEL: b"two"}) == [copy]
    assert read(library, session, copy, A.DECRYPT) == (CODE.OK, b"\x00")
    assert read(library, session, copy, A.SENSITIVE) == (CODE.OK, b"\x01")
    data = bytes(16)
    how = mechanism(0x1081)
    assert at_once(library, session, "Encrypt", how, copy, data) == at_once(
        library, session, "Encrypt", how, handle, data
    )
    assert client.shown(uid_of(library, session, copy), Tag.CRYPTOGRAPHIC_LENGTH) == {Tag.CRYPTOGRAPHIC_LENGTH: [128]}


def test_every_class_is_copied(library: Application, session: bytes) -> None:
    value = objects.certificate().certificate_value
    for given in ({A.CLASS: C.DATA, A.VALUE: b"x"}, {A.CLASS: C.CERTIFICATE, A.VALUE: value}):
        handle = made(library, session, given)
        copy = copied(library, session, handle, {})
        assert isinstance(copy, int)
        assert read(library, session, copy, A.VALUE) == read(library, session, handle, A.VALUE)


def test_what_may_not_leave_is_not_copied(library: Application, session: bytes, client: Client) -> None:
    limits = UsageLimits(usage_limits_total=10, usage_limits_unit=1)
    limited = client.active(aes(256, M.ENCRYPT, (Tag.USAGE_LIMITS, limits)))
    compromised = client.active()
    client.do(revoke(compromised, RevocationReasonCode.KEY_COMPROMISE))
    handles = [aes_key(library, session, SENSITIVE=True), aes_key(library, session, EXTRACTABLE=False)]
    for uid in (limited, compromised):
        handles += find(library, session, {A.UNIQUE_ID: uid.encode()})
    assert len(handles) == 4
    for handle in handles:
        assert copied(library, session, handle, {}) is CODE.ACTION_PROHIBITED
    assert [read(library, session, handle, A.COPYABLE)[1] for handle in handles[:3]] == [b"\x00"] * 3


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({A.DECRYPT: True}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.CLASS: C.DATA}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.MODULUS: b"1"}, CODE.ATTRIBUTE_TYPE_INVALID),
        ({A.LOCAL: True}, CODE.ATTRIBUTE_READ_ONLY),
        ({A.TOKEN: False}, CODE.TEMPLATE_INCONSISTENT),
    ],
)
def test_copies_that_would_be_something_else(
    library: Application, session: bytes, given: Any, refusal: ReturnCode
) -> None:
    handle = aes_key(library, session, ENCRYPT=True)
    count = len(library.client.server.store.objects)
    assert copied(library, session, handle, given) is refusal
    assert copied(library, ulong(library.session(writable=False)), handle, {}) is CODE.SESSION_READ_ONLY
    assert len(library.client.server.store.objects) == count


# --- C_WrapKey, C_UnwrapKey -----------------------------------------------------------------------------


def wrap(library: Application, session: bytes, how: bytes, wrapper: int, key: int, room: Any = 4096) -> Any:
    given = session + how + ulong(wrapper) + ulong(key) + buffer(room)
    code, output = library.call("C_WrapKey", given)
    return output[5:] if code is CODE.OK else code


def unwrap(library: Application, session: bytes, how: bytes, wrapper: int, wrapped: bytes, given: Any) -> Any:
    asked = session + how + ulong(wrapper) + array(wrapped) + template(given)
    code, output = library.call("C_UnwrapKey", asked)
    return int.from_bytes(output, "big") if code is CODE.OK else code


AES_TEMPLATE = {A.CLASS: C.SECRET_KEY, A.KEY_TYPE: KeyType.AES, A.ENCRYPT: True}


@pytest.mark.parametrize(("code", "reference"), [(KEY_WRAP, aes_key_wrap), (KEY_WRAP_KWP, aes_key_wrap_with_padding)])
def test_a_secret_key_goes_out_wrapped_and_comes_back(
    library: Application, session: bytes, code: int, reference: Any
) -> None:
    """RFC 3394 and RFC 5649, checked against the library's own."""
    kek = bytes(range(32))
    wrapper = made(
        library, session, {A.CLASS: C.SECRET_KEY, A.KEY_TYPE: KeyType.AES, A.VALUE: kek, A.WRAP: True, A.UNWRAP: True}
    )
    key = aes_key(library, session, SENSITIVE=True)
    wrapped = wrap(library, session, mechanism(code), wrapper, key)
    assert wrapped == reference(kek, KEY)
    back = unwrap(library, session, mechanism(code), wrapper, wrapped, AES_TEMPLATE)
    assert read(library, session, back, A.VALUE) == (CODE.OK, KEY)
    assert read(library, session, back, A.VALUE_LEN) == (CODE.OK, ulong(16))
    for flag in (A.LOCAL, A.ALWAYS_SENSITIVE, A.NEVER_EXTRACTABLE):
        assert read(library, session, back, flag) == (CODE.OK, b"\x00")


def test_a_private_key_is_wrapped_as_pkcs_8(library: Application, session: bytes, client: Client) -> None:
    private = objects.rsa_key()
    uid = client.register(
        objects.private_key(),
        ObjectType.PRIVATE_KEY,
        attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(M.SIGN)), (Tag.ACTIVATION_DATE, 1)),
    )
    (key,) = find(library, session, {A.UNIQUE_ID: uid.encode()})
    wrapper = aes_key(library, session, WRAP=True, UNWRAP=True)
    how = mechanism(KEY_WRAP_KWP)
    wrapped = wrap(library, session, how, wrapper, key)
    plain = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert wrapped == aes_key_wrap_with_padding(KEY, plain)
    given = {A.CLASS: C.PRIVATE_KEY, A.KEY_TYPE: KeyType.RSA, A.SIGN: True}
    back = unwrap(library, session, how, wrapper, wrapped, given)
    signature = at_once(library, session, "Sign", mechanism(0x0040), back, b"data")
    private.public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())


def test_rsa_wraps_with_the_public_and_unwraps_with_the_private_half(library: Application, session: bytes) -> None:
    pair = mechanism(0x0000) + template({A.MODULUS_BITS: 2048, A.WRAP: True}) + template({A.UNWRAP: True})
    handles = library.done("C_GenerateKeyPair", session + pair)
    public, private = int.from_bytes(handles[:8], "big"), int.from_bytes(handles[8:], "big")
    key = aes_key(library, session)
    oaep = mechanism(OAEP, ulong(0x250) + ulong(2) + ulong(1) + array(b""))
    for how in (mechanism(RSA_PKCS), oaep):
        wrapped = wrap(library, session, how, public, key)
        assert len(wrapped) == 256
        back = unwrap(library, session, how, private, wrapped, AES_TEMPLATE)
        assert read(library, session, back, A.VALUE) == (CODE.OK, KEY)


def test_the_length_of_a_wrapped_key_may_be_asked_first(library: Application, session: bytes) -> None:
    wrapper, key = aes_key(library, session, WRAP=True), aes_key(library, session)
    asked = session + mechanism(KEY_WRAP) + ulong(wrapper) + ulong(key)
    assert library.done("C_WrapKey", asked + buffer(None)) == b"\x00" + (24).to_bytes(4, "big")
    code, output = library.call("C_WrapKey", asked + buffer(23))
    assert (code, output) == (CODE.BUFFER_TOO_SMALL, b"\x00" + (24).to_bytes(4, "big"))


def test_what_is_not_wrapped(library: Application, session: bytes) -> None:
    wrapper, plain = aes_key(library, session, WRAP=True), aes_key(library, session)
    stays = aes_key(library, session, EXTRACTABLE=False)
    thing = made(library, session, {A.CLASS: C.DATA, A.VALUE: b"x"})
    how = mechanism(KEY_WRAP)
    assert wrap(library, session, how, wrapper, stays) is CODE.KEY_UNEXTRACTABLE
    assert wrap(library, session, how, wrapper, thing) is CODE.KEY_NOT_WRAPPABLE
    assert wrap(library, session, how, plain, wrapper) is CODE.KEY_FUNCTION_NOT_PERMITTED
    assert wrap(library, session, how, 99, plain) is CODE.WRAPPING_KEY_HANDLE_INVALID
    assert wrap(library, session, how, wrapper, 99) is CODE.KEY_HANDLE_INVALID
    assert wrap(library, session, mechanism(0x1085), wrapper, plain) is CODE.MECHANISM_INVALID
    assert wrap(library, session, mechanism(KEY_WRAP, b"x"), wrapper, plain) is CODE.MECHANISM_PARAM_INVALID


def test_what_is_not_unwrapped(library: Application, session: bytes) -> None:
    wrapper, wraps_only = aes_key(library, session, WRAP=True, UNWRAP=True), aes_key(library, session, WRAP=True)
    how = mechanism(KEY_WRAP)
    wrapped = wrap(library, session, how, wrapper, wraps_only)
    count = len(library.client.server.store.objects)
    broken = bytes((wrapped[0] ^ 1,)) + wrapped[1:]
    for handle, given, which, refusal in (
        (wrapper, AES_TEMPLATE, broken, CODE.WRAPPED_KEY_INVALID),
        (wraps_only, AES_TEMPLATE, wrapped, CODE.KEY_FUNCTION_NOT_PERMITTED),
        (99, AES_TEMPLATE, wrapped, CODE.UNWRAPPING_KEY_HANDLE_INVALID),
        (wrapper, {}, wrapped, CODE.TEMPLATE_INCOMPLETE),
        (wrapper, {A.CLASS: C.SECRET_KEY}, wrapped, CODE.TEMPLATE_INCOMPLETE),
        (wrapper, {A.CLASS: C.PUBLIC_KEY, A.KEY_TYPE: KeyType.RSA}, wrapped, CODE.ATTRIBUTE_VALUE_INVALID),
        (wrapper, {**AES_TEMPLATE, A.VALUE_LEN: 24}, wrapped, CODE.TEMPLATE_INCONSISTENT),
        (wrapper, {**AES_TEMPLATE, A.VALUE: KEY}, wrapped, CODE.ATTRIBUTE_TYPE_INVALID),
    ):
        assert unwrap(library, session, how, handle, which, given) is refusal
    reader = ulong(library.session(writable=False))
    assert unwrap(library, reader, how, wrapper, wrapped, AES_TEMPLATE) is CODE.SESSION_READ_ONLY
    assert len(library.client.server.store.objects) == count


def test_another_clients_key_wraps_nothing(library: Application, session: bytes, client: Client) -> None:
    wrapper = aes_key(library, session, WRAP=True)
    other = Application(Client(client.server, client.version, BOB)).initialized()
    theirs = ulong(other.session())
    key = aes_key(other, theirs)
    assert wrap(other, theirs, mechanism(KEY_WRAP), wrapper + 7, key) is CODE.WRAPPING_KEY_HANDLE_INVALID


# --- C_DeriveKey ----------------------------------------------------------------------------------------


def derive(library: Application, session: bytes, how: bytes, base: int, given: Any) -> Any:
    code, output = library.call("C_DeriveKey", session + how + ulong(base) + template(given))
    return int.from_bytes(output, "big") if code is CODE.OK else code


@pytest.mark.parametrize(
    ("code", "name"), [(0x0392, "sha1"), (0x0396, "sha224"), (0x0393, "sha256"), (0x0394, "sha384"), (0x0395, "sha512")]
)
def test_a_key_is_the_digest_of_another(
    library: Application, session: bytes, client: Client, code: int, name: str
) -> None:
    base = aes_key(library, session, DERIVE=True)
    handle = derive(library, session, mechanism(code), base, {A.LABEL: b"child"})
    digest = hashlib.new(name, KEY).digest()
    assert read(library, session, handle, A.VALUE) == (CODE.OK, digest)
    assert read(library, session, handle, A.KEY_TYPE) == (CODE.OK, ulong(KeyType.GENERIC_SECRET))
    shorter = derive(library, session, mechanism(code), base, {A.KEY_TYPE: KeyType.AES, A.VALUE_LEN: 16})
    assert read(library, session, shorter, A.VALUE) == (CODE.OK, digest[:16])
    links = client.shown(uid_of(library, session, handle), Tag.LINK)[Tag.LINK]
    assert [each.link_type for each in links] == [LinkType.DERIVATION_BASE_OBJECT_LINK]


def test_a_key_is_data_encrypted_with_another(library: Application, session: bytes) -> None:
    base, data, iv = aes_key(library, session, DERIVE=True), bytes(range(32)), bytes(range(16))
    for how, mode in (
        (mechanism(0x1104, array(data)), ECB()),
        (mechanism(0x1105, iv + array(data)), CBC(iv)),
    ):
        handle = derive(library, session, how, base, {A.KEY_TYPE: KeyType.AES})
        assert read(library, session, handle, A.VALUE) == (CODE.OK, Cipher(AES(KEY), mode).encryptor().update(data))


@pytest.mark.parametrize(
    ("how", "given", "refusal"),
    [
        (mechanism(0x0393), {A.VALUE_LEN: 33}, CODE.TEMPLATE_INCONSISTENT),
        (mechanism(0x0393, b"x"), {}, CODE.MECHANISM_PARAM_INVALID),
        (mechanism(0x1104), {}, CODE.MECHANISM_PARAM_INVALID),
        (mechanism(0x1104, array(b"short")), {}, CODE.MECHANISM_PARAM_INVALID),
        (mechanism(0x1081), {}, CODE.MECHANISM_INVALID),
        (mechanism(0x0393), {A.CLASS: C.PUBLIC_KEY}, CODE.TEMPLATE_INCONSISTENT),
        (mechanism(0x0393), {A.KEY_TYPE: KeyType.AES, A.VALUE_LEN: 20}, CODE.ATTRIBUTE_VALUE_INVALID),
        (mechanism(0x0393), {A.VALUE: KEY}, CODE.ATTRIBUTE_TYPE_INVALID),
    ],
)
def test_keys_that_cannot_be_derived(
    library: Application, session: bytes, how: bytes, given: Any, refusal: ReturnCode
) -> None:
    base = aes_key(library, session, DERIVE=True)
    count = len(library.client.server.store.objects)
    assert derive(library, session, how, base, given) is refusal
    assert derive(library, session, mechanism(0x0393), 99, {}) is CODE.KEY_HANDLE_INVALID
    assert len(library.client.server.store.objects) == count


def test_a_key_that_is_not_for_it_derives_nothing(library: Application, session: bytes) -> None:
    assert derive(library, session, mechanism(0x0393), aes_key(library, session), {}) is CODE.KEY_FUNCTION_NOT_PERMITTED


@pytest.mark.parametrize(
    ("params", "curve"), [(P_256, ec.SECP256R1()), (bytes.fromhex("06052b81040023"), ec.SECP521R1())]
)
def test_two_sides_agree_on_a_secret(
    library: Application, session: bytes, client: Client, params: bytes, curve: Any
) -> None:
    pair = mechanism(0x1040) + template({A.EC_PARAMS: params}) + template({A.DERIVE: True})
    handles = library.done("C_GenerateKeyPair", session + pair)
    public, private = int.from_bytes(handles[:8], "big"), int.from_bytes(handles[8:], "big")
    other = ec.generate_private_key(curve)
    ours: Any = load_der_public_key(read(library, session, public, A.PUBLIC_KEY_INFO)[1])
    secret = other.exchange(ec.ECDH(), ours)
    point = other.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    encoded = b"\x04" + (b"" if len(point) < 128 else b"\x81") + bytes((len(point),)) + point
    for given in (point, encoded):
        how = mechanism(0x1050, ulong(1) + array(b"") + array(given))
        whole = derive(library, session, how, private, {})
        assert read(library, session, whole, A.VALUE) == (CODE.OK, secret)
        shorter = derive(library, session, how, private, {A.KEY_TYPE: KeyType.AES, A.VALUE_LEN: 16})
        assert read(library, session, shorter, A.VALUE) == (CODE.OK, secret[-16:])
    links = client.shown(uid_of(library, session, whole), Tag.LINK)[Tag.LINK]
    assert [(each.link_type, each.linked_object_identifier) for each in links] == [
        (LinkType.DERIVATION_BASE_OBJECT_LINK, uid_of(library, session, private))
    ]
    count = len(client.server.store.objects)
    good = ulong(1) + array(b"") + array(point)
    for parameter, template_, refusal in (
        (None, {}, CODE.MECHANISM_PARAM_INVALID),
        (ulong(2) + array(b"") + array(point), {}, CODE.MECHANISM_PARAM_INVALID),
        (ulong(1) + array(b"x") + array(point), {}, CODE.MECHANISM_PARAM_INVALID),
        (good, {A.VALUE_LEN: len(secret) + 1}, CODE.TEMPLATE_INCONSISTENT),
        (good, {A.KEY_TYPE: KeyType.AES, A.VALUE_LEN: 15}, CODE.ATTRIBUTE_VALUE_INVALID),
    ):
        assert derive(library, session, mechanism(0x1050, parameter), private, template_) is refusal
    broken = mechanism(0x1050, ulong(1) + array(b"") + array(point[:-1] + b"\x00"))
    assert isinstance(derive(library, session, broken, private, {}), ReturnCode)
    secret_key = aes_key(library, session, DERIVE=True)
    assert derive(library, session, mechanism(0x1050, good), secret_key, {}) is CODE.KEY_TYPE_INCONSISTENT
    assert len(client.server.store.objects) == count + 1


def test_the_size_of_an_object_is_not_told(library: Application, session: bytes) -> None:
    handle = aes_key(library, session)
    assert library.done("C_GetObjectSize", session + ulong(handle)) == b"\xff" * 8
    assert library.call("C_GetObjectSize", session + ulong(99))[0] is CODE.OBJECT_HANDLE_INVALID


# --- elliptic curve keys from their numbers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "curve", "code", "hashing"),
    [
        (P_256, ec.SECP256R1(), 0x1044, hashes.SHA256()),
        (bytes.fromhex("06052b81040022"), ec.SECP384R1(), 0x1045, hashes.SHA384()),
        (bytes.fromhex("06052b81040023"), ec.SECP521R1(), 0x1046, hashes.SHA512()),
    ],
)
def test_a_pair_is_created_from_its_curve_number_and_point(
    library: Application, session: bytes, client: Client, params: bytes, curve: Any, code: int, hashing: Any
) -> None:
    key = ec.generate_private_key(curve)
    size = (curve.key_size + 7) // 8
    number = key.private_numbers().private_value.to_bytes(size, "big")
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    encoded = b"\x04" + (b"" if len(point) < 128 else b"\x81") + bytes((len(point),)) + point
    common = {A.KEY_TYPE: KeyType.EC, A.EC_PARAMS: params}
    public = made(library, session, {A.CLASS: C.PUBLIC_KEY, A.EC_POINT: encoded, A.VERIFY: True, **common})
    private = made(library, session, {A.CLASS: C.PRIVATE_KEY, A.VALUE: number, A.SIGN: True, **common})
    assert read(library, session, public, A.EC_POINT) == (CODE.OK, encoded)
    assert read(library, session, private, A.VALUE) == (CODE.OK, number)
    assert read(library, session, private, A.EC_PARAMS) == (CODE.OK, params)
    assert read(library, session, public, A.VALUE)[0] is CODE.ATTRIBUTE_TYPE_INVALID
    shown = client.shown(uid_of(library, session, private), Tag.CRYPTOGRAPHIC_ALGORITHM, Tag.CRYPTOGRAPHIC_LENGTH)
    assert shown == {
        Tag.CRYPTOGRAPHIC_ALGORITHM: [CryptographicAlgorithm.EC],
        Tag.CRYPTOGRAPHIC_LENGTH: [curve.key_size],
    }
    signature = at_once(library, session, "Sign", mechanism(code), private, b"data")
    library.done("C_VerifyInit", session + mechanism(code) + ulong(public))
    assert library.call("C_Verify", session + array(b"data") + array(signature))[0] is CODE.OK


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({A.CLASS: C.PUBLIC_KEY, A.EC_POINT: b"\x04\x01\x02"}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: C.PUBLIC_KEY, A.EC_PARAMS: b"\x06\x01\x00", A.EC_POINT: b"\x04\x01\x02"}, CODE.CURVE_NOT_SUPPORTED),
        ({A.CLASS: C.PUBLIC_KEY, A.EC_PARAMS: P_256, A.EC_POINT: b"\x04\x41\x02"}, CODE.ATTRIBUTE_VALUE_INVALID),
        ({A.CLASS: C.PUBLIC_KEY, A.EC_PARAMS: P_256}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: C.PRIVATE_KEY, A.EC_PARAMS: P_256}, CODE.TEMPLATE_INCOMPLETE),
        ({A.CLASS: C.PRIVATE_KEY, A.EC_PARAMS: P_256, A.VALUE: b"\x01", A.PRIME_1: b"1"}, CODE.ATTRIBUTE_TYPE_INVALID),
    ],
)
def test_elliptic_curve_keys_that_cannot_be_created(
    library: Application, session: bytes, given: Any, refusal: ReturnCode
) -> None:
    asked = session + template({A.KEY_TYPE: KeyType.EC, **given})
    assert library.call("C_CreateObject", asked) == (refusal, None)
    assert library.client.server.store.objects == {}


def test_a_sensitive_elliptic_curve_key_tells_no_number(library: Application, session: bytes) -> None:
    given = {A.CLASS: C.PRIVATE_KEY, A.KEY_TYPE: KeyType.EC, A.EC_PARAMS: P_256, A.VALUE: b"\x07", A.SENSITIVE: True}
    handle = made(library, session, given)
    assert read(library, session, handle, A.VALUE)[0] is CODE.ATTRIBUTE_SENSITIVE


@pytest.mark.parametrize("name", ["C_SetAttributeValue", "C_CopyObject", "C_WrapKey", "C_UnwrapKey", "C_DeriveKey"])
def test_parameters_cut_anywhere_fail_the_operation_and_change_nothing(
    library: Application, session: bytes, name: str
) -> None:
    key = aes_key(library, session, WRAP=True, UNWRAP=True, DERIVE=True)
    whole = {
        "C_SetAttributeValue": ulong(key) + template({A.LABEL: b"x"}),
        "C_CopyObject": ulong(key) + template({A.LABEL: b"x"}),
        "C_WrapKey": mechanism(KEY_WRAP) + ulong(key) + ulong(key) + buffer(100),
        "C_UnwrapKey": mechanism(KEY_WRAP) + ulong(key) + array(bytes(24)) + template(AES_TEMPLATE),
        "C_DeriveKey": mechanism(0x0393) + ulong(key) + template({}),
    }[name]
    given = session + whole
    count = len(library.client.server.store.objects)
    for end in range(len(given)):
        assert library.failure(name, given[:end]) is not None
    assert library.failure(name, given + b"\x00") is not None
    assert len(library.client.server.store.objects) == count
