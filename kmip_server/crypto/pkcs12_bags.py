"""What lies in a PKCS#12 container, found without paying for what its sender hid in it (RFC 7292).

A container says how often a function is to be computed for its password: for the MAC, for each encrypted part, and
for each encrypted key, which may lie inside an encrypted part where nobody sees its number before it is paid for. So
the library never opens a container whole. The numbers in sight are added up first; then the encrypted parts are
opened, and the keys are opened one by one by whoever wants one. A part of this day (PBES2 with PBKDF2 and AES) is
decrypted here, and a key inside it is seen, after those that lie in sight, unless it costs too much. An older part is
opened by the library, beside a key that lies open, after which it looks at no further key (it reads one).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, NamedTuple

from asn1crypto import algos, cms, core
from asn1crypto import pkcs12 as asn1
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from kmip_server.crypto.crmf import DER_MISTAKES
from kmip_server.errors import FeatureNotSupported, InvalidField, KmipError
from kmip_server.spec.enums import ResultReason

MOST_ITERATIONS = 600_000
"""Of all functions that make keys from the password together: half a second."""
MOST_AT_ONCE = 50_000
"""The same where all others wait meanwhile: a twentieth of a second."""
_MOST_PARTS = 64
"""Parts of one container; each encrypted one costs a look of the library's."""
_MOST_BAGS = 256
_DEEPEST = 4
"""How often bags may lie in bags."""
_MAC_HASHES = {"sha1": 64, "sha224": 64, "sha256": 64, "sha384": 128, "sha512": 128}
"""Hashes of a MAC, and the size of their blocks in bytes."""


_AES_KEYS = {"aes128_cbc": 16, "aes192_cbc": 24, "aes256_cbc": 32}
_PBMAC1, _SCRYPT = "1.2.840.113549.1.5.14", "1.3.6.1.4.1.11591.4.11"
_LEAST_MAC_KEY, _MOST_MAC_KEY = 20, 128
"""Bytes of a key of PBMAC1: RFC 9579 §4, and the longest block of a hash."""
_MOST_SCRYPT_BLOCKS = 1 << 18
"""Cost times block size of scrypt, each 128 bytes of memory: 32 megabytes."""


class KeyBag(NamedTuple):
    """One private key as it lies in the container."""

    name: str | None
    der: bytes
    """PKCS#8; encrypted where ``iterations`` is not 0."""
    iterations: int

    def __repr__(self) -> str:
        return "KeyBag(<withheld>)"


class Bags(NamedTuple):
    """What lies in a container."""

    keys: list[KeyBag]
    certificates: list[tuple[bytes, str | None]]
    """DER and friendly name, as they come."""
    iterations: int
    """What has been paid so far."""


def bad_password() -> KmipError:
    """A wrong password and a broken container look alike, and shall."""
    return InvalidField("The container does not open with the password", ResultReason.BAD_PASSWORD)


def no_container() -> KmipError:
    """The bytes are no PKCS#12 container."""
    return InvalidField("The key material is no PKCS#12 container")


def require_cheap(iterations: int, most: int = MOST_ITERATIONS) -> None:
    """Refuse what costs more than a server should pay."""
    if not 0 <= iterations <= most:
        raise FeatureNotSupported("The container's password costs too much work")


def open_bags(container: bytes, password: bytes, most: int = MOST_ITERATIONS) -> Bags:
    """Find keys and certificates; the keys stay closed. Raises Bad Password where the MAC or a part does not fit."""
    try:
        outer = asn1.Pfx.load(container, strict=True)
        parts = list(outer.authenticated_safe) if outer["auth_safe"]["content_type"].native == "data" else []
        encrypted = [part for part in parts if part["content_type"].native == "encrypted_data"]
        paid = _mac_iterations(outer) + sum(_iterations(_algorithm_of(part)) for part in encrypted)
    except (ValueError, *DER_MISTAKES) as cause:
        raise no_container() from cause
    require_cheap(paid, most)
    if not parts or len(parts) > _MOST_PARTS:
        raise no_container()
    try:
        _require_mac(outer, password)
        found = Bags([], [], paid)
        inside = Bags([], [], 0)
        for part in parts:
            _open_part(part, password, found, inside)
        found.keys.extend(inside.keys)
        found.certificates.extend(inside.certificates)
    except (ValueError, *DER_MISTAKES) as cause:
        raise no_container() from cause
    return found


def _open_part(part: Any, password: bytes, found: Bags, inside: Bags) -> None:
    kind = part["content_type"].native
    if kind == "encrypted_data":
        plain = _decrypted(part, password)
        if plain is None:
            found.certificates.extend(_certificates_in(part, password))
            return
        try:
            _sort(asn1.SafeContents.load(plain, strict=True), inside, 0, hidden=True)
        except (ValueError, *DER_MISTAKES) as cause:
            raise bad_password() from cause
    elif kind == "data":
        _sort(asn1.SafeContents.load(part["content"].native, strict=True), found, 0)
    else:
        raise FeatureNotSupported("The container is encrypted for a key, not by a password")


def _decrypted(part: Any, password: bytes) -> bytes | None:
    """What stands in an encrypted part; None for one that is not of this day (RFC 8018 §6.2)."""
    info = part["content"]["encrypted_content_info"]
    algorithm = info["content_encryption_algorithm"]
    if algorithm["algorithm"].native != "pbes2":
        return None
    kdf, scheme = algorithm["parameters"]["key_derivation_func"], algorithm["parameters"]["encryption_scheme"]
    size = _AES_KEYS.get(scheme["algorithm"].native)
    if kdf["algorithm"].native != "pbkdf2" or size is None:
        return None
    asked = kdf["parameters"]
    key = hashlib.pbkdf2_hmac(
        asked["prf"]["algorithm"].native, password, asked["salt"].native, asked["iteration_count"].native, size
    )
    decryptor = Cipher(AES(key), CBC(scheme["parameters"].native)).decryptor()
    try:
        padded = decryptor.update(info["encrypted_content"].native) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as cause:
        raise bad_password() from cause


def _sort(bags: Any, found: Bags, depth: int, *, hidden: bool = False) -> None:
    """Take what is in sight: keys, open or encrypted, and certificates; a hidden key that is too dear is not seen."""
    if depth > _DEEPEST or len(bags) + len(found.keys) + len(found.certificates) > _MOST_BAGS:
        raise no_container()
    for bag in bags:
        kind, value = bag["bag_id"].native, bag["bag_value"]
        if kind == "safe_contents":
            _sort(value, found, depth + 1, hidden=hidden)
        elif kind == "key_bag":
            found.keys.append(KeyBag(_name_of(bag), value.untag().dump(), 0))
        elif kind == "pkcs8_shrouded_key_bag":
            try:
                iterations = _iterations(value["encryption_algorithm"])
            except FeatureNotSupported:
                if hidden:
                    continue
                raise
            found.keys.append(KeyBag(_name_of(bag), value.untag().dump(), max(iterations, 1)))
        elif kind == "cert_bag" and value["cert_id"].native == "x509":
            found.certificates.append((bytes(value["cert_value"]), _name_of(bag)))


def _certificates_in(part: Any, password: bytes) -> list[tuple[bytes, str | None]]:
    """The certificates of an encrypted part, opened by the library beside a key that needs no opening."""
    safe = asn1.AuthenticatedSafe([_OPEN_KEY, part])
    container = asn1.Pfx(
        {"version": "v3", "auth_safe": {"content_type": "data", "content": core.OctetString(safe.dump())}}
    )
    try:
        opened = pkcs12.load_pkcs12(container.dump(), password)
    except (ValueError, TypeError, UnsupportedAlgorithm) as cause:
        raise bad_password() from cause
    certificates = [each for each in (opened.cert, *opened.additional_certs) if each is not None]
    if len(certificates) > _MOST_BAGS:
        raise no_container()
    return [
        (
            each.certificate.public_bytes(Encoding.DER),
            None if each.friendly_name is None else each.friendly_name.decode("utf-8", "replace"),
        )
        for each in certificates
    ]


def _name_of(bag: Any) -> str | None:
    for attribute in bag["bag_attributes"] if bag["bag_attributes"].native else ():
        if attribute["type"].native == "friendly_name":
            return str(attribute["values"][0].native)
    return None


class _Pbmac1(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """PBMAC1-params (RFC 8018 Appendix A.5), with the one key derivation that RFC 9579 §4 allows."""

    _fields = [("kdf", algos.KdfAlgorithm), ("scheme", algos.HmacAlgorithm)]


class _Scrypt(core.Sequence):  # type: ignore[misc]
    """scrypt-params (RFC 7914 §7.1)."""

    _fields = [
        ("salt", core.OctetString),
        ("cost", core.Integer),
        ("block_size", core.Integer),
        ("parallelization", core.Integer),
        ("key_length", core.Integer, {"optional": True}),
    ]


def _pbmac1(mac: Any) -> Any:
    """The parameters of a MAC by PBMAC1 (RFC 9579); None where it is of the older kind."""
    algorithm = mac["mac"]["digest_algorithm"]
    return algorithm["parameters"].parse(_Pbmac1) if algorithm["algorithm"].dotted == _PBMAC1 else None


def _mac_iterations(outer: Any) -> int:
    mac = outer["mac_data"]
    if mac.native is None:
        return 0
    newer = _pbmac1(mac)
    return int(mac["iterations"].native if newer is None else newer["kdf"]["parameters"]["iteration_count"].native)


def _algorithm_of(part: Any) -> Any:
    return part["content"]["encrypted_content_info"]["content_encryption_algorithm"]


def _iterations(algorithm: Any) -> int:
    """How often the function is computed; for scrypt, what costs as much."""
    kdf = algorithm["parameters"]["key_derivation_func"] if algorithm["algorithm"].native == "pbes2" else None
    if kdf is not None and kdf["algorithm"].dotted == _SCRYPT:
        asked = kdf["parameters"].parse(_Scrypt)
        cost, block, parallel = (int(asked[name].native) for name in ("cost", "block_size", "parallelization"))
        if cost * block > _MOST_SCRYPT_BLOCKS:
            raise FeatureNotSupported("The container's password costs too much memory")
        number = cost * block * parallel // 2
    else:
        number = int(algorithm.kdf_iterations)
    require_cheap(number)
    return number


def _require_mac(outer: Any, password: bytes) -> None:
    """Hold the MAC against the parts (RFC 7292 §4); a container without one stands by its encryption alone."""
    mac = outer["mac_data"]
    if mac.native is None:
        return
    newer = _pbmac1(mac)
    if newer is None:
        name = mac["mac"]["digest_algorithm"]["algorithm"].native
        if name not in _MAC_HASHES:
            raise FeatureNotSupported("The container's MAC is of a kind that is not supported")
        key = mac_key(password, mac["mac_salt"].native, mac["iterations"].native, name)
    else:
        name, key = newer["scheme"]["algorithm"].native, _pbmac1_key(password, newer["kdf"])
    code = hmac.digest(key, outer["auth_safe"]["content"].contents, name)
    if not hmac.compare_digest(code, mac["mac"]["digest"].native):
        raise bad_password()


def _pbmac1_key(password: bytes, kdf: Any) -> bytes:
    """The key of PBMAC1; RFC 9579 §4: "MUST NOT accept params where the keyLength field is missing or less than 20"."""
    asked = kdf["parameters"]
    size, salt = asked["key_length"].native, asked["salt"].chosen.native
    if size is None or not _LEAST_MAC_KEY <= size <= _MOST_MAC_KEY or not isinstance(salt, bytes):
        raise no_container()
    return hashlib.pbkdf2_hmac(asked["prf"]["algorithm"].native, password, salt, asked["iteration_count"].native, size)


def mac_key(password: bytes, salt: bytes, iterations: int, name: str) -> bytes:
    """The key of a MAC (RFC 7292 Appendix B.2 with ID 3), for which one round of its step 6 is always enough."""
    block = _MAC_HASHES[name]
    secret = (password.decode("utf-8", "surrogateescape") + "\0").encode("utf-16-be", "surrogatepass")
    value = hashlib.new(name, b"\3" * block + _repeated(salt, block) + _repeated(secret, block)).digest()
    for _ in range(iterations - 1):
        value = hashlib.new(name, value).digest()
    return value


def _repeated(value: bytes, block: int) -> bytes:
    """Copies of a value, up to the next whole block."""
    if not value:
        return b""
    size = block * -(-len(value) // block)
    return (value * -(-size // len(value)))[:size]


def _open_key() -> Any:
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    bags = asn1.SafeContents([{"bag_id": "key_bag", "bag_value": asn1.PrivateKeyInfo.load(key)}])
    return cms.ContentInfo({"content_type": "data", "content": core.OctetString(bags.dump())})


_OPEN_KEY = _open_key()
"""A part with a key that is nobody's."""
