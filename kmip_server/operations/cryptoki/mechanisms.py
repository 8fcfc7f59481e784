"""The mechanisms that are served: one row each, and how its parameter becomes Cryptographic Parameters.

PKCS#11 Current Mechanisms 3.0. What a row names is done by the KMIP operations; nothing cryptographic is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from kmip_server.errors import KmipError
from kmip_server.operations.cryptoki.encoding import Mechanism, Reader
from kmip_server.operations.cryptoki.refusing import refused
from kmip_server.spec.cryptoki import (
    DECRYPTS,
    DERIVES,
    DIGESTS,
    ENCRYPTS,
    GENERATES,
    GENERATES_PAIRS,
    SIGNS,
    SIGNS_RECOVERABLY,
    UNWRAPS,
    VERIFIES,
    VERIFIES_RECOVERING,
    WRAPS,
    ReturnCode,
)
from kmip_server.spec.enums import (
    BlockCipherMode,
    CryptographicAlgorithm,
    HashingAlgorithm,
    MaskGenerator,
    PaddingMethod,
)
from kmip_server.spec.structures.parameters import CryptographicParameters


class Use(NamedTuple):
    """How a key is to be used."""

    parameters: CryptographicParameters
    iv: bytes | None = None
    aad: bytes | None = None
    tag: int = 0
    """Bytes of the authentication tag behind the ciphertext."""


Parse = Callable[["Row", Reader | None], Use]


@dataclass(frozen=True, slots=True)
class Row:
    """One mechanism; key sizes are in the unit that PKCS#11 gives it (bytes for AES, bits for RSA)."""

    code: int
    flags: int
    smallest: int = 0
    largest: int = 0
    algorithm: CryptographicAlgorithm | None = None
    parse: Parse | None = None
    hashing: HashingAlgorithm | None = None
    fixed: dict[str, object] = field(default_factory=dict)
    """Cryptographic Parameters that the mechanism itself says."""


def _parameters(row: Row, **more: object) -> CryptographicParameters:
    return CryptographicParameters(**{**row.fixed, **more})  # type: ignore[arg-type]  # the rows say which


def _none(row: Row, reader: Reader | None) -> Use:
    """A mechanism without parameter."""
    if reader is not None and reader.rest():
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    return Use(_parameters(row))


def _iv(row: Row, reader: Reader | None) -> Use:
    """The parameter is the IV."""
    return Use(_parameters(row), iv=_given(reader).data())


def _general(row: Row, reader: Reader | None) -> Use:
    """CK_MAC_GENERAL_PARAMS: how many bytes the code has."""
    given = _given(reader)
    return Use(_parameters(row, tag_length=given.ulong() if given.rest() == 8 else given.count()))


def _ctr(row: Row, reader: Reader | None) -> Use:
    """CK_AES_CTR_PARAMS: how many bits count, the counter block."""
    given = _given(reader)
    bits = given.ulong() if given.rest() == 24 else given.count()
    return Use(_parameters(row, counter_length=bits), iv=given.take(16))


def _gcm(row: Row, reader: Reader | None) -> Use:
    """CK_GCM_PARAMS: IV, its bits, additional data, bits of the tag."""
    given = _given(reader)
    iv = given.data()
    # "CK_ULONGs that represent a count or length are represented as 4 bytes": whether bits are one, clients differ.
    wide = _is_wide(given)
    _bits(given, wide)
    aad = given.data()
    tag = _bits(given, wide)
    if tag % 8 or not 96 <= tag <= 128:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    return Use(_parameters(row, tag_length=tag // 8), iv=iv, aad=aad or None, tag=tag // 8)


def _is_wide(given: Reader) -> bool:
    """Whether the two numbers of bits have eight bytes: what is left then begins with four that are 0."""
    return given.peek(4) == bytes(4)


def _bits(given: Reader, wide: bool) -> int:
    return given.ulong() if wide else given.count()


HASHES = {
    0x048: HashingAlgorithm.SHA_512_224,
    0x04C: HashingAlgorithm.SHA_512_256,
    0x210: HashingAlgorithm.MD5,
    0x220: HashingAlgorithm.SHA_1,
    0x240: HashingAlgorithm.RIPEMD_160,
    0x255: HashingAlgorithm.SHA_224,
    0x250: HashingAlgorithm.SHA_256,
    0x260: HashingAlgorithm.SHA_384,
    0x270: HashingAlgorithm.SHA_512,
    0x2B0: HashingAlgorithm.SHA3_256,
    0x2B5: HashingAlgorithm.SHA3_224,
    0x2C0: HashingAlgorithm.SHA3_384,
    0x2D0: HashingAlgorithm.SHA3_512,
}
"""CKM_SHA_1 and so on."""
_MASKS = {
    1: HashingAlgorithm.SHA_1,
    2: HashingAlgorithm.SHA_256,
    3: HashingAlgorithm.SHA_384,
    4: HashingAlgorithm.SHA_512,
    5: HashingAlgorithm.SHA_224,
    6: HashingAlgorithm.SHA3_224,
    7: HashingAlgorithm.SHA3_256,
    8: HashingAlgorithm.SHA3_384,
    9: HashingAlgorithm.SHA3_512,
}
"""CKG_MGF1_SHA1 and so on."""


def _pss(row: Row, reader: Reader | None) -> Use:
    """CK_RSA_PKCS_PSS_PARAMS: hash, mask, length of the salt."""
    given = _given(reader)
    hashing, mask = HASHES.get(given.ulong()), _MASKS.get(given.ulong())
    salt = given.ulong() if given.rest() == 8 else given.count()
    if hashing is not row.hashing or mask is None or salt > 1024:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    return Use(
        _parameters(
            row,
            padding_method=PaddingMethod.PSS,
            mask_generator=MaskGenerator.MFG1,
            mask_generator_hashing_algorithm=mask,
            salt_length=salt,
        )
    )


def _oaep(row: Row, reader: Reader | None) -> Use:
    """CK_RSA_PKCS_OAEP_PARAMS: hash, mask, source of the label, the label."""
    given = _given(reader)
    hashing, mask, source = HASHES.get(given.ulong()), _MASKS.get(given.ulong()), given.ulong()
    label = given.data()
    if hashing is None or mask is None or source > 1:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    return Use(
        _parameters(
            row,
            padding_method=PaddingMethod.OAEP,
            hashing_algorithm=hashing,
            mask_generator=MaskGenerator.MFG1,
            mask_generator_hashing_algorithm=mask,
            p_source=label or None,
        )
    )


def _given(reader: Reader | None) -> Reader:
    if reader is None:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID)
    return reader


def use_of(mechanism: Mechanism, does: int) -> tuple[Row, Use]:
    """The row of a mechanism that is to be used so, and what its parameter says."""
    row = MECHANISMS.get(mechanism.code)
    if row is None or not row.flags & does or row.parse is None:
        raise refused(ReturnCode.MECHANISM_INVALID)
    reader = None if mechanism.parameter is None else Reader(mechanism.parameter)
    try:
        use = row.parse(row, reader)
        if reader is not None:
            reader.end()
    except KmipError as error:
        raise refused(ReturnCode.MECHANISM_PARAM_INVALID) from error
    return row, use


def _hmac(code: int, algorithm: CryptographicAlgorithm, parse: Parse) -> Row:
    return Row(code, SIGNS | VERIFIES, 1, 512, algorithm, parse, fixed={"cryptographic_algorithm": algorithm})


def _cmac(code: int, algorithm: CryptographicAlgorithm, smallest: int, largest: int, parse: Parse) -> Row:
    fixed: dict[str, object] = {"block_cipher_mode": BlockCipherMode.CMAC}
    return Row(code, SIGNS | VERIFIES, smallest, largest, algorithm, parse, fixed=fixed)


def _block(
    algorithm: CryptographicAlgorithm,
    smallest: int,
    largest: int,
    code: int,
    mode: BlockCipherMode,
    parse: Parse,
    padding: PaddingMethod | None = None,
) -> Row:
    fixed: dict[str, object] = {"block_cipher_mode": mode, "cryptographic_algorithm": algorithm}
    if padding is not None:
        fixed["padding_method"] = padding
    return Row(code, ENCRYPTS | DECRYPTS, smallest, largest, algorithm, parse, fixed=fixed)


_aes = partial(_block, CryptographicAlgorithm.AES, 16, 32)
_des3 = partial(_block, CryptographicAlgorithm.DES3, 24, 24)


class DERIVATIONS:
    """The mechanisms that derive a key otherwise than by a digest."""

    ECB, CBC = 0x1104, 0x1105  # CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA
    ECDH = 0x1050  # CKM_ECDH1_DERIVE
    HKDF = 0x402A  # CKM_HKDF_DERIVE


def _wrap(code: int, mode: BlockCipherMode) -> Row:
    fixed: dict[str, object] = {"block_cipher_mode": mode, "cryptographic_algorithm": CryptographicAlgorithm.AES}
    return Row(code, WRAPS | UNWRAPS, 16, 32, CryptographicAlgorithm.AES, _none, fixed=fixed)


def _data(code: int, mode: BlockCipherMode) -> Row:
    fixed: dict[str, object] = {"block_cipher_mode": mode, "padding_method": PaddingMethod.NONE}
    return Row(code, DERIVES, 16, 32, CryptographicAlgorithm.AES, fixed=fixed)


_RSA_BITS = (1024, 8192)
_EC_BITS = (192, 521)


def _rsa_hashed(code: int, hashing: HashingAlgorithm, parse: Parse = _none) -> Row:
    fixed: dict[str, object] = {"hashing_algorithm": hashing, "padding_method": PaddingMethod.PKCS1_V1_5}
    return Row(code, SIGNS | VERIFIES, *_RSA_BITS, CryptographicAlgorithm.RSA, parse, hashing, fixed)


_A, _H, _M = CryptographicAlgorithm, HashingAlgorithm, BlockCipherMode
_ROWS: tuple[Row, ...] = (
    Row(0x1080, GENERATES, 16, 32, _A.AES),  # CKM_AES_KEY_GEN
    Row(0x0131, GENERATES, 24, 24, _A.DES3),  # CKM_DES3_KEY_GEN
    Row(0x0350, GENERATES, 8, 512, _A.HMAC_SHA256),  # CKM_GENERIC_SECRET_KEY_GEN
    Row(0x0000, GENERATES_PAIRS, *_RSA_BITS, _A.RSA),  # CKM_RSA_PKCS_KEY_PAIR_GEN
    _aes(0x1081, _M.ECB, _none, PaddingMethod.NONE),  # CKM_AES_ECB
    _aes(0x1082, _M.CBC, _iv, PaddingMethod.NONE),  # CKM_AES_CBC
    _aes(0x1085, _M.CBC, _iv, PaddingMethod.PKCS5),  # CKM_AES_CBC_PAD
    _aes(0x1086, _M.CTR, _ctr),  # CKM_AES_CTR
    _aes(0x1087, _M.GCM, _gcm),  # CKM_AES_GCM
    _aes(0x2104, _M.OFB, _iv),  # CKM_AES_OFB
    _aes(0x2107, _M.CFB, _iv),  # CKM_AES_CFB128
    _block(_A.AES, 32, 64, 0x1071, _M.XTS, _iv),  # CKM_AES_XTS
    _des3(0x0132, _M.ECB, _none, PaddingMethod.NONE),  # CKM_DES3_ECB
    _des3(0x0133, _M.CBC, _iv, PaddingMethod.NONE),
    _des3(0x0136, _M.CBC, _iv, PaddingMethod.PKCS5),  # CKM_DES3_CBC_PAD
    _cmac(0x108A, _A.AES, 16, 32, _none),  # CKM_AES_CMAC
    _cmac(0x108B, _A.AES, 16, 32, _general),
    _cmac(0x0138, _A.DES3, 24, 24, _none),  # CKM_DES3_CMAC
    _cmac(0x0137, _A.DES3, 24, 24, _general),
    Row(
        0x0001,  # CKM_RSA_PKCS: what is signed is signed as it is, the client has put its DigestInfo around it
        ENCRYPTS | DECRYPTS | SIGNS | SIGNS_RECOVERABLY | VERIFIES | VERIFIES_RECOVERING | WRAPS | UNWRAPS,
        *_RSA_BITS,
        _A.RSA,
        _none,
        fixed={"padding_method": PaddingMethod.PKCS1_V1_5},
    ),
    Row(0x0009, ENCRYPTS | DECRYPTS | WRAPS | UNWRAPS, *_RSA_BITS, _A.RSA, _oaep),  # CKM_RSA_PKCS_OAEP
    *(
        row
        for plain, pss, hashing in (
            (0x0006, 0x000E, _H.SHA_1),  # CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS
            (0x0046, 0x0047, _H.SHA_224),
            (0x0040, 0x0043, _H.SHA_256),
            (0x0041, 0x0044, _H.SHA_384),
            (0x0042, 0x0045, _H.SHA_512),
            (0x0066, 0x0067, _H.SHA3_224),
            (0x0060, 0x0063, _H.SHA3_256),
            (0x0061, 0x0064, _H.SHA3_384),
            (0x0062, 0x0065, _H.SHA3_512),
        )
        for row in (_rsa_hashed(plain, hashing), _rsa_hashed(pss, hashing, _pss))
    ),
    *(
        row
        for code, algorithm in (
            (0x0211, _A.HMAC_MD5),  # CKM_MD5_HMAC; CKM_MD5_HMAC_GENERAL comes after it
            (0x0221, _A.HMAC_SHA1),
            (0x0256, _A.HMAC_SHA224),
            (0x0251, _A.HMAC_SHA256),
            (0x0261, _A.HMAC_SHA384),
            (0x0271, _A.HMAC_SHA512),
            (0x02B6, _A.HMAC_SHA3_224),
            (0x02B1, _A.HMAC_SHA3_256),
            (0x02C1, _A.HMAC_SHA3_384),
            (0x02D1, _A.HMAC_SHA3_512),
        )
        for row in (_hmac(code, algorithm, _none), _hmac(code + 1, algorithm, _general))
    ),
    Row(0x1040, GENERATES_PAIRS, *_EC_BITS, _A.EC),  # CKM_EC_KEY_PAIR_GEN
    *(
        Row(
            code,
            SIGNS | VERIFIES,
            *_EC_BITS,
            _A.EC,
            _none,
            fixed={} if hashing is None else {"hashing_algorithm": hashing},
        )
        for code, hashing in (
            (0x1041, None),  # CKM_ECDSA: over a digest
            (0x1042, _H.SHA_1),
            (0x1043, _H.SHA_224),
            (0x1044, _H.SHA_256),
            (0x1045, _H.SHA_384),
            (0x1046, _H.SHA_512),
            (0x1047, _H.SHA3_224),
            (0x1048, _H.SHA3_256),
            (0x1049, _H.SHA3_384),
            (0x104A, _H.SHA3_512),
        )
    ),
    Row(0x1057, SIGNS | VERIFIES, 256, 456, _A.ED25519, _none),  # CKM_EDDSA, without a context
    _wrap(0x2109, _M.NISTKEYWRAP),  # CKM_AES_KEY_WRAP
    _wrap(0x210B, _M.AESKEYWRAPPADDING),  # CKM_AES_KEY_WRAP_KWP
    Row(DERIVATIONS.ECDH, DERIVES, *_EC_BITS, _A.EC),
    Row(DERIVATIONS.HKDF, DERIVES, 1, 512),
    _data(DERIVATIONS.ECB, _M.ECB),
    _data(DERIVATIONS.CBC, _M.CBC),
    *(
        Row(code, DERIVES, 1, size, hashing=hashing, fixed={"hashing_algorithm": hashing})
        for code, hashing, size in (
            (0x0392, _H.SHA_1, 20),  # CKM_SHA1_KEY_DERIVATION
            (0x0396, _H.SHA_224, 28),
            (0x0393, _H.SHA_256, 32),
            (0x0394, _H.SHA_384, 48),
            (0x0395, _H.SHA_512, 64),
        )
    ),
    *(Row(code, DIGESTS, parse=_none, hashing=hashing) for code, hashing in HASHES.items()),
)

MECHANISMS: dict[int, Row] = {row.code: row for row in _ROWS}
"""Every mechanism that is served."""
UNHASHED = frozenset({0x0001, 0x1041})
"""Mechanisms whose data is signed as it is (KMIP: Digested Data without a Hashing Algorithm)."""
