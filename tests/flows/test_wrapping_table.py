"""Wrapping, every cell: method, cipher, encoding, version, through Get, Register, Export and Import (2.1 §3.3, §7.18).

What leaves wrapped is opened by the library alone where it has the cipher whole, and by the server in every cell.
"""

from __future__ import annotations

import hmac
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_unwrap_with_padding

from kmip_server.operations.export import ExportRequest
from kmip_server.operations.import_ import ImportRequest
from kmip_server.operations.register import RegisterRequest
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    EncodingOption,
    HashingAlgorithm,
    KeyWrapType,
    ObjectType,
    PaddingMethod,
    WrappingMethod,
)
from kmip_server.spec.enums import ResultReason as R
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.keys import KeyWrappingSpecification
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_0, V1_1, V1_4, V2_0, V2_1, VERSIONS, Version
from tests.flows.client import Client, attributes
from tests.flows.objects import KEY_BYTES, symmetric
from tests.flows.requests import Get
from tests.flows.test_wrapping import ACTIVE, KEK, MAC_KEY, MASK, METHODS, how, mac_key, pair, wrapped

Mode, Padding, Algorithm = BlockCipherMode, PaddingMethod, CryptographicAlgorithm
KEY = ObjectType.SYMMETRIC_KEY


class Cipher(NamedTuple):
    """A wrapping key, and how it wraps."""

    key: bytes
    algorithm: CryptographicAlgorithm
    parameters: CryptographicParameters | None
    detects: bool
    """Whether a changed byte is always found."""
    since: Version = V1_0


def mode(
    block_cipher_mode: Mode | None, padding: Padding | None = None, tag_length: int | None = None
) -> CryptographicParameters:
    return CryptographicParameters(block_cipher_mode=block_cipher_mode, padding_method=padding, tag_length=tag_length)


CIPHERS = {
    "none said": Cipher(KEK, Algorithm.AES, None, True),
    "NIST": Cipher(KEK, Algorithm.AES, mode(Mode.NISTKEYWRAP), True),
    "NIST with padding": Cipher(KEK[:16], Algorithm.AES, mode(Mode.AESKEYWRAPPADDING), True),
    "CBC": Cipher(KEK, Algorithm.AES, mode(Mode.CBC, Padding.PKCS5), False),
    "ECB": Cipher(KEK, Algorithm.AES, mode(Mode.ECB, Padding.PKCS5), False),
    "CFB": Cipher(KEK, Algorithm.AES, mode(Mode.CFB), False),
    "OFB": Cipher(KEK, Algorithm.AES, mode(Mode.OFB), False),
    "CTR": Cipher(KEK, Algorithm.AES, mode(Mode.CTR), False),
    "GCM": Cipher(KEK, Algorithm.AES, mode(Mode.GCM, tag_length=16), True, V1_4),
    "CCM": Cipher(KEK, Algorithm.AES, mode(Mode.CCM, tag_length=16), True, V1_4),
    "Triple DES": Cipher(bytes(range(24)), Algorithm.DES3, mode(Mode.CBC, Padding.PKCS5), False),
    "Camellia": Cipher(KEK, Algorithm.CAMELLIA, mode(Mode.CBC, Padding.PKCS5), False),
    "ChaCha20-Poly1305": Cipher(KEK, Algorithm.CHACHA20POLY1305, CryptographicParameters(), True, V1_4),
}
OPTIONS = (None, EncodingOption.NO_ENCODING, EncodingOption.TTLV_ENCODING)
CELLS = [
    (name, option, version)
    for name, cipher in CIPHERS.items()
    for version in VERSIONS
    if version >= cipher.since
    for option in (OPTIONS if version >= V1_1 else OPTIONS[:1])  # 1.1 brought the Encoding Option
]


def wrapping_key(client: Client, cipher: Cipher, mask: int = Mask.WRAP_KEY | Mask.UNWRAP_KEY) -> str:
    what = symmetric(cipher.key, cipher.algorithm)
    return client.register(what, KEY, attributes((MASK, int(mask)), ACTIVE))


def named(client: Client) -> str:
    return client.register(symmetric(), KEY, attributes((MASK, 12)))


def unwrapped(client: Client, uid: str) -> Any:
    """What the server makes of a key that it keeps wrapped; clients of before 1.4 cannot ask for it."""
    speaking = client if client.version >= V1_4 else client.speaking(V1_4)
    return speaking.one(Get(unique_identifier=uid, key_wrap_type=KeyWrapType.NOT_WRAPPED))


def opened(name: str, wrapped_bytes: bytes, iv: bytes | None) -> bytes | None:
    """By the library alone."""
    cipher = CIPHERS[name]
    if name in ("none said", "NIST"):
        return aes_key_unwrap(cipher.key, wrapped_bytes)
    if name == "NIST with padding":
        return aes_key_unwrap_with_padding(cipher.key, wrapped_bytes)
    makers: dict[str, Any] = {"GCM": AESGCM, "CCM": AESCCM, "ChaCha20-Poly1305": ChaCha20Poly1305}
    if name not in makers:
        return None
    assert iv is not None
    return bytes(makers[name](cipher.key).decrypt(iv, wrapped_bytes, None))


@pytest.mark.parametrize(("name", "option", "version"), CELLS, ids=str)
def test_a_key_leaves_and_comes_back(
    client: Client, name: str, option: EncodingOption | None, version: Version
) -> None:
    client, cipher = client.speaking(version), CIPHERS[name]
    other, uid = wrapping_key(client, cipher), named(client)
    specification = how(encrypting=other, with_=cipher.parameters, option=option)
    out = wrapped(client, uid, specification)
    value = out.key_block.key_value
    assert isinstance(value, bytes) and KEY_BYTES not in value
    data = out.key_block.key_wrapping_data
    assert data.encryption_key_information.unique_identifier == other and data.encoding_option is option
    plain = opened(name, value, data.iv_counter_nonce)
    if plain is not None:
        assert plain == KEY_BYTES if option is EncodingOption.NO_ENCODING else plain.endswith(KEY_BYTES)
    kept = client.register(out, KEY)
    assert client.do(Get(unique_identifier=kept)).object == out  # it leaves as it came
    answer = unwrapped(client, kept)
    assert answer.payload.object.key_block.key_value.key_material == KEY_BYTES
    assert answer.payload.object.key_block.key_wrapping_data is None
    if version >= V1_4:
        check_travel(client, uid, specification)
    check_tampering(client, out, cipher)


def check_travel(client: Client, uid: str, specification: KeyWrappingSpecification) -> None:
    """Export wrapped; Import as it is, and unwrapped."""
    out = client.do(ExportRequest(unique_identifier=uid, key_wrapping_specification=specification)).object
    for wrap_type, bare in ((KeyWrapType.AS_REGISTERED, False), (KeyWrapType.NOT_WRAPPED, True)):
        asked = ImportRequest(
            unique_identifier=f"as {bare}",
            object_type=KEY,
            key_wrap_type=wrap_type,
            attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)),
            object=out,
        )
        imported = client.do(asked).unique_identifier
        block = client.do(Get(unique_identifier=imported)).object.key_block
        assert (block.key_wrapping_data is None) is bare
        if bare:
            assert block.key_value.key_material == KEY_BYTES
        else:
            answer = unwrapped(client, imported)
            assert answer.payload.object.key_block.key_value.key_material == KEY_BYTES


def check_tampering(client: Client, out: Any, cipher: Cipher) -> None:
    """A changed, cut or lengthened key is never the key; where the cipher can tell, it is refused."""
    good = out.key_block.key_value
    for bad in (
        bytes([good[0] ^ 1]) + good[1:],
        good[:-1] + bytes([good[-1] ^ 1]),
        good[:-8],
        good[:-1],
        good + b"x",
        b"",
    ):
        out.key_block.key_value = bad
        answer = unwrapped(client, client.register(out, KEY))
        if cipher.detects or not answer.ok:
            assert answer.reason is R.CRYPTOGRAPHIC_FAILURE, (bad == b"", answer)
        else:
            assert answer.payload.object.key_block.key_value.key_material != KEY_BYTES
    out.key_block.key_value = good


@pytest.mark.parametrize(
    "unserved",
    [Mode.PCBC, Mode.CMAC, Mode.CBC_MAC, Mode.X9_102_AESKW, Mode.X9_102_TDKW, Mode.X9_102_AKW1, Mode.X9_102_AKW2],
)
@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
def test_modes_that_are_not_served(client: Client, unserved: Mode, version: Version) -> None:
    client = client.speaking(version)
    other, uid = wrapping_key(client, CIPHERS["NIST"]), named(client)
    asked = how(encrypting=other, with_=mode(unserved), option=None)
    answer = client.one(Get(unique_identifier=uid, key_wrapping_specification=asked))
    expected = {R.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS, R.FEATURE_NOT_SUPPORTED, R.BAD_CRYPTOGRAPHIC_PARAMETERS}
    assert answer.reason in expected | ({R.INVALID_FIELD, R.CRYPTOGRAPHIC_FAILURE} if version < V2_0 else set())


@pytest.mark.parametrize("version", [V1_0, V1_4, V2_1], ids=str)
@pytest.mark.parametrize("padding", [Padding.OAEP, Padding.PKCS1_V1_5])
def test_rsa_wraps(client: Client, version: Version, padding: Padding) -> None:
    client = client.speaking(version)
    private, public = pair(client, Mask.UNWRAP_KEY, Mask.WRAP_KEY)
    uid = named(client)
    parameters = CryptographicParameters(padding_method=padding, hashing_algorithm=HashingAlgorithm.SHA_256)
    out = wrapped(client, uid, how(encrypting=public, with_=parameters, option=None))
    out.key_block.key_wrapping_data.encryption_key_information.unique_identifier = private
    answer = unwrapped(client, client.register(out, KEY))
    assert answer.payload.object.key_block.key_value.key_material == KEY_BYTES
    good = out.key_block.key_value
    for bad in (good[:-1], good + b"x", b""):
        out.key_block.key_value = bad
        assert unwrapped(client, client.register(out, KEY)).reason is R.CRYPTOGRAPHIC_FAILURE


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("option", OPTIONS)
def test_codes_in_every_version(
    client: Client, version: Version, method: WrappingMethod, option: EncodingOption | None
) -> None:
    if version < V1_1:
        option = None  # 1.0 has none, and means TTLV
    client = client.speaking(version)
    code, uid = mac_key(client), named(client)
    other = None if method is WrappingMethod.MAC_SIGN else wrapping_key(client, CIPHERS["NIST with padding"])
    padded = None if other is None else CIPHERS["NIST with padding"].parameters
    out = wrapped(client, uid, how(method, other, padded, code, option=option))
    data, value = out.key_block.key_wrapping_data, out.key_block.key_value
    if method is WrappingMethod.ENCRYPT_THEN_MAC_SIGN:
        assert data.mac_signature == hmac.digest(MAC_KEY, value, "sha256")
    if method is WrappingMethod.MAC_SIGN:
        assert data.mac_signature == hmac.digest(MAC_KEY, value, "sha256") and KEY_BYTES in value
    answer = unwrapped(client, client.register(out, KEY))
    assert answer.payload.object.key_block.key_value.key_material == KEY_BYTES
    for spoilt in (bytes(32), data.mac_signature[:-1], b""):
        data.mac_signature = spoilt
        assert unwrapped(client, client.register(out, KEY)).reason is R.CRYPTOGRAPHIC_FAILURE
    data.mac_signature = None
    assert unwrapped(client, client.register(out, KEY)).reason is R.INVALID_FIELD


# --- reasons ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V1_4, V2_0, V2_1], ids=str)
def test_the_reasons_of_the_wrapping_key(client: Client, version: Version) -> None:
    """2.1 Table 222 (Get), and 1.4 §11.12 where it has other words."""
    client = client.speaking(version)
    uid, cipher = named(client), CIPHERS["NIST"]

    def reason(**said: Any) -> R | None:
        return client.refusal(Get(unique_identifier=uid, key_wrapping_specification=how(**said)))

    old = version < V2_0
    assert reason(encrypting="nothing") is (R.ITEM_NOT_FOUND if old else R.WRAPPING_OBJECT_NOT_FOUND)
    wrong = wrapping_key(client, cipher, Mask.ENCRYPT | Mask.UNWRAP_KEY)
    mask = R.PERMISSION_DENIED if old else R.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK
    assert reason(encrypting=wrong) is mask
    only_wraps = wrapping_key(client, cipher, Mask.WRAP_KEY)
    attribute = ("Cryptographic Usage Mask",)
    no_encoding = {"option": EncodingOption.NO_ENCODING, "names": attribute}
    assert reason(encrypting=only_wraps, **no_encoding) is R.ENCODING_OPTION_ERROR
    out = wrapped(client, uid, how(encrypting=only_wraps))
    out.key_block.key_wrapping_data.encryption_key_information.unique_identifier = wrapping_key(
        client, cipher, Mask.ENCRYPT
    )
    answer = unwrapped(client, client.register(out, KEY))
    assert answer.reason is mask
    other = wrapping_key(client, Cipher(bytes(32), Algorithm.AES, None, True))
    out.key_block.key_wrapping_data.encryption_key_information.unique_identifier = other
    assert unwrapped(client, client.register(out, KEY)).reason is R.CRYPTOGRAPHIC_FAILURE
    asked = RegisterRequest(object_type=KEY, object=out)
    assert client.one(asked).ok  # kept wrapped, unbelieved


def test_a_key_of_a_wrong_length_cannot_be_wrapped_without_padding(client: Client) -> None:
    """RFC 3394 §2: n blocks of 64 bits, two at least."""
    other = wrapping_key(client, CIPHERS["NIST"])
    for value, fits in ((b"k" * 16, True), (b"k" * 24, True), (b"k" * 8, False), (b"k" * 17, False)):
        what = symmetric(value, Algorithm.HMAC_SHA256)
        uid = client.register(what, KEY, attributes((MASK, 12)))
        answer = client.one(
            Get(unique_identifier=uid, key_wrapping_specification=how(encrypting=other, with_=mode(Mode.NISTKEYWRAP)))
        )
        assert answer.ok is fits
        if not fits:
            assert answer.reason is R.CRYPTOGRAPHIC_FAILURE
