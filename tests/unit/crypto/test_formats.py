"""Key formats: every pair of forms there and back, and every malformed material refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from kmip_server.crypto import formats, keys
from kmip_server.crypto.ciphers import Ciphers
from kmip_server.crypto.describe import KeyFacts
from kmip_server.crypto.groups import prime_of
from kmip_server.crypto.verdicts import Verdicts
from kmip_server.errors import CryptographicFailure, KmipError
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import RecommendedCurve, ResultReason
from kmip_server.spec.structures.keys import TransparentKeyMaterial as Material

ciphers = Ciphers()
RSA = rsa.generate_private_key(65537, 1024)
EC = ec.generate_private_key(ec.SECP256R1())
DSA = dsa.generate_private_key(1024)
EC_NAMES = ("EC", "ECDSA", "ECDH", "ECMQV")

PRIVATE = {
    "RSA": (RSA, [Format.PKCS_1, Format.PKCS_8, Format.TRANSPARENT_RSA_PRIVATE_KEY]),
    "EC": (
        EC,
        [Format.ECPRIVATEKEY, Format.PKCS_8, *(Format[f"TRANSPARENT_{name}_PRIVATE_KEY"] for name in EC_NAMES)],
    ),
    "DSA": (DSA, [Format.PKCS_8, Format.TRANSPARENT_DSA_PRIVATE_KEY]),
}
PUBLIC = {
    "RSA": (RSA.public_key(), [Format.PKCS_1, Format.X_509, Format.TRANSPARENT_RSA_PUBLIC_KEY]),
    "EC": (
        EC.public_key(),
        [Format.X_509, *(Format[f"TRANSPARENT_{name}_PUBLIC_KEY"] for name in EC_NAMES)],
    ),
    "DSA": (DSA.public_key(), [Format.X_509, Format.TRANSPARENT_DSA_PUBLIC_KEY]),
}


@pytest.mark.parametrize("kind", PRIVATE)
def test_private_keys_survive_every_pair_of_formats(kind: str) -> None:
    key, names = PRIVATE[kind]
    first = formats.write_private(key, Format.PKCS_8)
    for one in names:
        for other in names:
            start = formats.write_private(key, one)
            there = ciphers.convert("private", None, one, start, other)
            back = ciphers.convert("private", None, other, there, Format.PKCS_8)
            assert back == first
            assert ciphers.check_private(there, other)


@pytest.mark.parametrize("kind", PUBLIC)
def test_public_keys_survive_every_pair_of_formats(kind: str) -> None:
    key, names = PUBLIC[kind]
    first = formats.write_public(key, Format.X_509)
    for one in names:
        for other in names:
            there = ciphers.convert("public", None, one, formats.write_public(key, one), other)
            assert ciphers.convert("public", None, other, there, Format.X_509) == first


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ED448, Algorithm.ML_KEM_768, Algorithm.ML_DSA_44])
def test_raw_keys(algorithm: Algorithm) -> None:
    pair = ciphers.generate_pair(algorithm, None, None)

    raw = ciphers.convert("private", algorithm, pair.private_format, pair.private, Format.RAW)
    public = ciphers.convert("public", algorithm, pair.public_format, pair.public, Format.RAW)

    assert ciphers.convert("private", algorithm, Format.RAW, raw, Format.PKCS_8) == pair.private
    assert ciphers.convert("public", algorithm, Format.RAW, public, Format.X_509) == pair.public


def test_symmetric_keys() -> None:
    made = ciphers.convert("symmetric", Algorithm.AES, Format.RAW, b"k" * 16, Format.TRANSPARENT_SYMMETRIC_KEY)
    assert made == Material(key=b"k" * 16)
    back = ciphers.convert("symmetric", Algorithm.AES, Format.TRANSPARENT_SYMMETRIC_KEY, made, Format.RAW)
    assert back == b"k" * 16


def test_the_same_format_gives_back_what_was_registered() -> None:
    for kind in ("private", "public", "symmetric"):
        for name in Format:
            assert ciphers.convert(kind, None, name, b"not a key at all", name) == b"not a key at all"


def test_transparent_rsa_keys_may_leave_numbers_out() -> None:
    """2.1 §3.7: one of the private exponent, and the primes, shall be present."""
    whole = formats.write_private(RSA, Format.TRANSPARENT_RSA_PRIVATE_KEY)
    assert isinstance(whole, Material)
    expected = RSA.private_numbers()
    n, e, d, p, q = whole.modulus, whole.public_exponent, whole.private_exponent, whole.p, whole.q
    for partial in (
        Material(modulus=n, private_exponent=d, public_exponent=e),
        Material(modulus=n, p=p, q=q),
        Material(modulus=n, p=p, q=q, private_exponent=d),
        Material(modulus=n, p=p, q=q, public_exponent=e),
    ):
        loaded = keys.load_private(partial, Format.TRANSPARENT_RSA_PRIVATE_KEY)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        numbers = loaded.private_numbers()
        assert {numbers.p, numbers.q} == {expected.p, expected.q}
        assert numbers.public_numbers == expected.public_numbers


def test_compressed_points_are_read() -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = EC.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    material = Material(recommended_curve=RecommendedCurve.P_256, q_string=point)

    made = ciphers.convert("public", None, Format.TRANSPARENT_EC_PUBLIC_KEY, material, Format.X_509)

    assert made == formats.write_public(EC.public_key(), Format.X_509)


UNSUPPORTED = [
    ("private", Format.PKCS_8, formats.write_private(EC, Format.PKCS_8), Format.PKCS_1),
    ("private", Format.PKCS_8, formats.write_private(RSA, Format.PKCS_8), Format.ECPRIVATEKEY),
    ("private", Format.PKCS_8, formats.write_private(RSA, Format.PKCS_8), Format.RAW),
    ("private", Format.PKCS_8, formats.write_private(RSA, Format.PKCS_8), Format.X_509),
    ("private", Format.PKCS_8, formats.write_private(RSA, Format.PKCS_8), Format.PKCS_12),
    ("private", Format.OPAQUE, b"bytes", Format.PKCS_8),
    ("private", Format.X_509, b"bytes", Format.PKCS_8),
    ("private", Format.TRANSPARENT_DH_PRIVATE_KEY, Material(p=prime_of(2048), g=2, x=3), Format.PKCS_1),
    ("public", Format.X_509, formats.write_public(RSA.public_key(), Format.X_509), Format.PKCS_8),
    ("public", Format.X_509, formats.write_public(EC.public_key(), Format.X_509), Format.PKCS_1),
    ("public", Format.TRANSPARENT_DH_PUBLIC_KEY, Material(p=prime_of(2048), g=2, y=8), Format.RAW),
    ("symmetric", Format.RAW, b"key", Format.PKCS_8),
    ("symmetric", Format.OPAQUE, b"key", Format.TRANSPARENT_SYMMETRIC_KEY),
]


@pytest.mark.parametrize(("kind", "given", "material", "wanted"), UNSUPPORTED)
def test_forms_that_a_key_does_not_have(kind: formats.ObjectKind, given: Format, material, wanted: Format) -> None:
    with pytest.raises(KmipError) as raised:
        ciphers.convert(kind, None, given, material, wanted)
    assert raised.value.reason is ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED


WHOLE = formats.write_private(RSA, Format.TRANSPARENT_RSA_PRIVATE_KEY)
assert isinstance(WHOLE, Material)
HUGE = 1 << 20000
MALFORMED = [
    ("private", Format.PKCS_1, b""),
    ("private", Format.PKCS_8, b"\x30\x03\x02\x01\x00"),
    ("private", Format.PKCS_8, b"\x30\x82\xff\xff"),
    ("private", Format.ECPRIVATEKEY, bytes(64)),
    ("private", Format.RAW, bytes(31)),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, Material()),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, Material(modulus=0, p=0, q=0)),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, Material(modulus=-5, p=-1, q=5)),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, replace(WHOLE, modulus=15, p=3, q=5)),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, Material(modulus=HUGE, p=1, q=HUGE)),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, Material(modulus=15, p=1, q=15)),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, Material(modulus=9, p=3, q=3)),
    ("private", Format.TRANSPARENT_RSA_PRIVATE_KEY, Material(modulus=35, private_exponent=7, public_exponent=5)),
    (
        "private",
        Format.TRANSPARENT_RSA_PRIVATE_KEY,
        Material(modulus=WHOLE.modulus, private_exponent=12345, public_exponent=65537),
    ),
    (
        "private",
        Format.TRANSPARENT_RSA_PRIVATE_KEY,
        Material(modulus=WHOLE.modulus, private_exponent=1, public_exponent=1),
    ),
    ("private", Format.TRANSPARENT_EC_PRIVATE_KEY, Material(recommended_curve=RecommendedCurve.P_256)),
    ("private", Format.TRANSPARENT_EC_PRIVATE_KEY, Material(recommended_curve=RecommendedCurve.P_256, d=0)),
    ("private", Format.TRANSPARENT_EC_PRIVATE_KEY, Material(recommended_curve=RecommendedCurve.P_256, d=1 << 256)),
    ("private", Format.TRANSPARENT_DSA_PRIVATE_KEY, Material(p=1, q=1, g=1, x=1)),
    ("private", Format.TRANSPARENT_DSA_PRIVATE_KEY, Material(p=HUGE, q=3, g=2, x=1)),
    ("private", Format.TRANSPARENT_DSA_PRIVATE_KEY, Material(p=1 << 8000, q=1 << 7000, g=2, x=1 << 6999)),
    ("public", Format.X_509, b""),
    ("public", Format.PKCS_1, b"\x30\x00"),
    ("public", Format.TRANSPARENT_RSA_PUBLIC_KEY, Material(modulus=3)),
    ("public", Format.TRANSPARENT_RSA_PUBLIC_KEY, Material(modulus=HUGE, public_exponent=3)),
    ("public", Format.TRANSPARENT_RSA_PUBLIC_KEY, Material(modulus=3, public_exponent=0)),
    ("public", Format.TRANSPARENT_EC_PUBLIC_KEY, Material(recommended_curve=RecommendedCurve.P_256)),
    ("public", Format.TRANSPARENT_EC_PUBLIC_KEY, Material(recommended_curve=RecommendedCurve.P_256, q_string=b"")),
    (
        "public",
        Format.TRANSPARENT_EC_PUBLIC_KEY,
        Material(recommended_curve=RecommendedCurve.P_256, q_string=b"\x04" + bytes(64)),
    ),
    ("public", Format.TRANSPARENT_DSA_PUBLIC_KEY, Material(p=23, q=11, g=4)),
    ("symmetric", Format.TRANSPARENT_SYMMETRIC_KEY, Material()),
    ("symmetric", Format.RAW, Material()),
]


@pytest.mark.parametrize(("kind", "given", "material"), MALFORMED)
def test_malformed_material_is_refused_cleanly(kind: formats.ObjectKind, given: Format, material) -> None:
    wanted = {"private": Format.PKCS_8, "public": Format.X_509, "symmetric": Format.RAW}[kind]
    if wanted is given:
        wanted = {"private": Format.PKCS_1, "public": Format.PKCS_1}.get(kind, Format.TRANSPARENT_SYMMETRIC_KEY)

    with pytest.raises(KmipError) as raised:
        ciphers.convert(kind, None, given, material, wanted)

    assert raised.value.reason is ResultReason.CRYPTOGRAPHIC_FAILURE or kind == "private"
    if kind == "private":
        assert not ciphers.check_private(material, given)


def test_numbers_that_do_not_agree_are_found_once_and_believed_when_trusted() -> None:
    numbers = RSA.private_numbers()
    wrong = rsa.RSAPrivateNumbers(
        numbers.p, numbers.q, numbers.d, numbers.dmp1 + 2, numbers.dmq1, numbers.iqmp, numbers.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)
    material = formats.write_private(wrong, Format.PKCS_1)

    assert not ciphers.check_private(material, Format.PKCS_1)
    with pytest.raises(CryptographicFailure):
        keys.load_private(material, Format.PKCS_1)
    assert keys.load_private(material, Format.PKCS_1, trusted=True)


def counting(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Memory of nothing, and a note of each time that numbers were held against each other."""
    monkeypatch.setattr(keys, "_VERDICTS", Verdicts())
    checked: list[bool] = []
    original = keys._load_private

    def load(material: Any, key_format: Any, algorithm: Any, most: int, trusted: bool) -> Any:
        checked.append(not trusted)
        return original(material, key_format, algorithm, most, trusted)

    monkeypatch.setattr(keys, "_load_private", load)
    return checked


@pytest.mark.parametrize("key_format", [Format.PKCS_1, Format.PKCS_8, Format.TRANSPARENT_RSA_PRIVATE_KEY])
@pytest.mark.parametrize("right", [True, False])
def test_a_key_that_nobody_vouches_for_is_checked_once_in_a_process(
    monkeypatch: pytest.MonkeyPatch, key_format: Format, right: bool
) -> None:
    material = formats.write_private(RSA, key_format)
    if not right:
        numbers = RSA.private_numbers()
        bent = rsa.RSAPrivateNumbers(
            numbers.p, numbers.q, numbers.d, numbers.dmp1 + 2, numbers.dmq1, numbers.iqmp, numbers.public_numbers
        ).private_key(unsafe_skip_rsa_key_validation=True)
        material = formats.write_private(bent, key_format)
        if isinstance(material, Material):
            material.private_exponent = 3
    checked = counting(monkeypatch)
    for _ in range(3):
        if right:
            assert keys.load_private(material, key_format)
        else:
            with pytest.raises(CryptographicFailure):
                keys.load_private(material, key_format)
    assert checked.count(True) == 1


def test_what_register_found_out_is_known_at_the_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = counting(monkeypatch)
    assert not keys.check_private(b"no key", Format.PKCS_1)
    with pytest.raises(CryptographicFailure):
        keys.load_private(b"no key", Format.PKCS_1)
    assert checked == [True]


def test_the_same_bytes_read_in_another_way_are_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    counting(monkeypatch)
    seed = bytes(32)
    with pytest.raises(CryptographicFailure):
        keys.load_private(seed, Format.PKCS_8)
    assert keys.load_private(seed, Format.RAW, algorithm=Algorithm.ED25519)


def test_the_memory_of_keys_is_bounded_and_holds_none() -> None:
    verdicts = Verdicts(2)
    one, two, three = b"one", b"two", b"three"
    for material in (one, two):
        verdicts.remember(material, Format.PKCS_8, None, sound=False)
    assert verdicts.about(one, Format.PKCS_8, None) is False
    verdicts.remember(three, Format.PKCS_8, None, sound=True)
    assert [verdicts.about(each, Format.PKCS_8, None) for each in (one, two, three)] == [False, None, True]
    assert Verdicts(2)._name(one, Format.PKCS_8, None) != verdicts._name(one, Format.PKCS_8, None)


@pytest.mark.parametrize("key_format", [Format.PKCS_1, Format.PKCS_8, Format.TRANSPARENT_RSA_PRIVATE_KEY])
def test_a_long_key_that_nobody_has_checked_is_not_checked_at_its_use(
    monkeypatch: pytest.MonkeyPatch, key_format: Format
) -> None:
    material = formats.write_private(RSA, key_format)
    assert keys.load_private(material, key_format)
    monkeypatch.setattr(keys, "UNCHECKED_RSA_BITS", RSA.key_size - 1)
    with pytest.raises(CryptographicFailure):
        keys.load_private(material, key_format)
    assert keys.load_private(material, key_format, trusted=True)
    assert keys.check_private(material, key_format)


def test_an_encrypted_pkcs8_key_is_kept_but_not_used() -> None:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    sealed = EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))

    assert ciphers.convert("private", None, Format.PKCS_8, sealed, Format.PKCS_8) == sealed
    with pytest.raises(CryptographicFailure):
        ciphers.convert("private", None, Format.PKCS_8, sealed, Format.ECPRIVATEKEY)


DESCRIBED = [
    (b"k" * 32, Format.RAW, KeyFacts(None, 256)),
    (Material(key=b"k" * 16), Format.TRANSPARENT_SYMMETRIC_KEY, KeyFacts(None, 128)),
    (formats.write_private(RSA, Format.PKCS_1), Format.PKCS_1, KeyFacts(Algorithm.RSA, 1024)),
    (formats.write_public(RSA.public_key(), Format.PKCS_1), Format.PKCS_1, KeyFacts(Algorithm.RSA, 1024)),
    (
        formats.write_public(EC.public_key(), Format.X_509),
        Format.X_509,
        KeyFacts(Algorithm.EC, 256, RecommendedCurve.P_256),
    ),
    (
        formats.write_private(EC, Format.TRANSPARENT_ECDH_PRIVATE_KEY),
        Format.TRANSPARENT_ECDH_PRIVATE_KEY,
        KeyFacts(Algorithm.ECDH, 256, RecommendedCurve.P_256),
    ),
    (formats.write_private(DSA, Format.PKCS_8), Format.PKCS_8, KeyFacts(Algorithm.DSA, 1024)),
    (Material(p=(1 << 2047) + 1, g=2, x=3), Format.TRANSPARENT_DH_PRIVATE_KEY, KeyFacts(Algorithm.DH, 2048)),
]


@pytest.mark.parametrize(("material", "name", "facts"), DESCRIBED)
def test_keys_describe_themselves(material, name: Format, facts: KeyFacts) -> None:
    assert ciphers.describe(material, name) == facts


def test_what_cannot_be_described() -> None:
    for material, name in (
        (b"x", Format.PKCS_8),
        (Material(), Format.TRANSPARENT_DH_PUBLIC_KEY),
        (b"x", Format.PKCS_12),
    ):
        with pytest.raises(KmipError):
            ciphers.describe(material, name)


def test_no_error_shows_key_material() -> None:
    canary = b"\x30\x0c" + b"CANARY-BYTES"
    for name in (Format.PKCS_1, Format.PKCS_8, Format.ECPRIVATEKEY, Format.RAW):
        with pytest.raises(KmipError) as raised:
            keys.load_private(canary, name)
        assert "CANARY" not in str(raised.value) + repr(raised.value) + repr(raised.value.__cause__)
