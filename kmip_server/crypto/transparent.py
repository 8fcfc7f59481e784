"""Transparent keys to the library's keys and back (KMIP 2.1 §3.4-§3.12).

Numbers come from clients: their sizes are bounded before anything is computed with them.
"""

from __future__ import annotations

from math import gcd

from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.dh import (
    DHParameterNumbers,
    DHPrivateKey,
    DHPrivateNumbers,
    DHPublicKey,
    DHPublicNumbers,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kmip_server.crypto.curves import curve_of, name_of
from kmip_server.crypto.refusals import bad_key, unsupported_format
from kmip_server.spec.structures.keys import TransparentKeyMaterial

MAXIMUM_BITS = 16384
"""Of any number in a transparent key: the largest modulus that the library works with."""

FACTORED_BITS = 4096
"""Of an RSA modulus that comes without its primes: they have to be computed."""
DSA_BITS = 4096
DSA_ORDER_BITS = 512
"""Of P and Q of a DSA private key: its public half has to be computed (FIPS 186-4 knows 3072 and 256)."""
DH_BITS = 8192
DH_EXPONENT_BITS = 512
DH_FREE_BITS = 2048
"""Of P and X of a Diffie-Hellman private key, likewise: a P of the last may have an X as long as itself (RFC 7919 knows
8192 and 400)."""
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71)


def _require(*numbers: int | None) -> list[int]:
    """Return the numbers; raises where one is missing, not positive or too long."""
    found = [number for number in numbers if number is not None and 0 < number and number.bit_length() <= MAXIMUM_BITS]
    if len(found) != len(numbers):
        raise bad_key()
    return found


def rsa_private(material: TransparentKeyMaterial, trusted: bool) -> rsa.RSAPrivateKey:
    """Build an RSA private key: from its primes, or from both exponents (2.1 §3.7)."""
    (n,) = _require(material.modulus)
    if material.p is not None or material.q is not None:
        p, q = _require(material.p, material.q)
        if p * q != n:
            raise bad_key()
    else:
        e, d = _require(material.public_exponent, material.private_exponent)
        p, q = _factors(n, e, d)
    e, d = _exponents(material, p, q)
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(e, n),
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=trusted)


def _factors(n: int, e: int, d: int) -> tuple[int, int]:
    """Find the primes of a modulus from both exponents (Handbook of Applied Cryptography 8.2.2 (i)).

    The library's own function can be kept busy for hours by numbers made for it; here the work is bounded:
    a true key is found with all but one chance in a million, and a false one costs seconds at most.
    """
    if n.bit_length() > FACTORED_BITS or e >= n or d >= n or pow(17, e * d, n) != 17:
        raise bad_key()
    odd = e * d - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for witness in _WITNESSES:
        root = pow(witness, odd, n)
        for _ in range(twos):
            square = root * root % n
            if square == 1:
                if root not in (1, n - 1):
                    p = gcd(root + 1, n)
                    return p, n // p
                break
            root = square
    raise bad_key()


def _exponents(material: TransparentKeyMaterial, p: int, q: int) -> tuple[int, int]:
    """Return public and private exponent; the standard lets a client leave out either, or both."""
    order = (p - 1) * (q - 1) // gcd(p - 1, q - 1)
    if material.public_exponent is None and material.private_exponent is not None:
        (d,) = _require(material.private_exponent)
        return pow(d, -1, order), d
    (e,) = _require(65537 if material.public_exponent is None else material.public_exponent)
    if material.private_exponent is None:
        return e, pow(e, -1, order)
    return e, _require(material.private_exponent)[0]


def rsa_public(material: TransparentKeyMaterial) -> rsa.RSAPublicKey:
    """Build an RSA public key (2.1 §3.8)."""
    n, e = _require(material.modulus, material.public_exponent)
    return rsa.RSAPublicNumbers(e, n).public_key()


def ec_private(material: TransparentKeyMaterial) -> ec.EllipticCurvePrivateKey:
    """Build an elliptic curve private key (2.1 §3.11; 1.0 §2.1.7.8-§2.1.7.12)."""
    (d,) = _require(material.d)
    return ec.derive_private_key(d, curve_of(material.recommended_curve))


def ec_public(material: TransparentKeyMaterial) -> ec.EllipticCurvePublicKey:
    """Build an elliptic curve public key; Q String may be compressed, hybrid or neither (2.1 §3.12)."""
    point = material.q_string
    if point is None:
        raise bad_key()
    if point[:1] in (b"\6", b"\7"):
        # SEC 1 §2.3.4: a hybrid point is an uncompressed one that says the parity of y besides.
        if point[0] & 1 != point[-1] & 1:
            raise bad_key()
        point = b"\4" + point[1:]
    return ec.EllipticCurvePublicKey.from_encoded_point(curve_of(material.recommended_curve), point)


def dsa_private(material: TransparentKeyMaterial) -> dsa.DSAPrivateKey:
    """Build a DSA private key (2.1 §3.5)."""
    p, q, g, x = _require(material.p, material.q, material.g, material.x)
    if p < 2 or x >= q or p.bit_length() > DSA_BITS or q.bit_length() > DSA_ORDER_BITS:
        raise bad_key()
    public = dsa.DSAPublicNumbers(pow(g, x, p), dsa.DSAParameterNumbers(p, q, g))
    return dsa.DSAPrivateNumbers(x, public).private_key()


def dsa_public(material: TransparentKeyMaterial) -> dsa.DSAPublicKey:
    """Build a DSA public key (2.1 §3.6)."""
    p, q, g, y = _require(material.p, material.q, material.g, material.y)
    return dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g)).public_key()


def dh_private(material: TransparentKeyMaterial) -> DHPrivateKey:
    """Build a Diffie-Hellman private key; J tells nothing that P and Q do not (2.1 §3.9)."""
    p, g, x = _require(material.p, material.g, material.x)
    longest = DH_FREE_BITS if p.bit_length() <= DH_FREE_BITS else DH_EXPONENT_BITS
    if p.bit_length() > DH_BITS or x >= p or x.bit_length() > longest:
        raise bad_key()
    return DHPrivateNumbers(x, DHPublicNumbers(pow(g, x, p), _dh_group(material))).private_key()


def dh_public(material: TransparentKeyMaterial) -> DHPublicKey:
    """Build a Diffie-Hellman public key (2.1 §3.10)."""
    (y,) = _require(material.y)
    return DHPublicNumbers(y, _dh_group(material)).public_key()


def _dh_group(material: TransparentKeyMaterial) -> DHParameterNumbers:
    p, g = _require(material.p, material.g)
    return DHParameterNumbers(p, g, None if material.q is None else _require(material.q)[0])


def from_rsa_private(key: rsa.RSAPrivateKey) -> TransparentKeyMaterial:
    """Write an RSA private key with all its numbers."""
    numbers = key.private_numbers()
    return TransparentKeyMaterial(
        modulus=numbers.public_numbers.n,
        private_exponent=numbers.d,
        public_exponent=numbers.public_numbers.e,
        p=numbers.p,
        q=numbers.q,
        prime_exponent_p=numbers.dmp1,
        prime_exponent_q=numbers.dmq1,
        crt_coefficient=numbers.iqmp,
    )


def from_rsa_public(key: rsa.RSAPublicKey) -> TransparentKeyMaterial:
    """Write an RSA public key."""
    numbers = key.public_numbers()
    return TransparentKeyMaterial(modulus=numbers.n, public_exponent=numbers.e)


def from_ec_private(key: ec.EllipticCurvePrivateKey) -> TransparentKeyMaterial:
    """Write an elliptic curve private key."""
    curve = name_of(key.curve)
    if curve is None:
        raise unsupported_format("The standard has no name for the curve of this key")
    return TransparentKeyMaterial(recommended_curve=curve, d=key.private_numbers().private_value)


def from_ec_public(key: ec.EllipticCurvePublicKey) -> TransparentKeyMaterial:
    """Write an elliptic curve public key, its point uncompressed (2.1 §3.1: "By default")."""
    curve = name_of(key.curve)
    if curve is None:
        raise unsupported_format("The standard has no name for the curve of this key")
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return TransparentKeyMaterial(recommended_curve=curve, q_string=point)


def from_dsa_private(key: dsa.DSAPrivateKey) -> TransparentKeyMaterial:
    """Write a DSA private key."""
    numbers = key.private_numbers()
    group = numbers.public_numbers.parameter_numbers
    return TransparentKeyMaterial(p=group.p, q=group.q, g=group.g, x=numbers.x)


def from_dsa_public(key: dsa.DSAPublicKey) -> TransparentKeyMaterial:
    """Write a DSA public key."""
    numbers = key.public_numbers()
    group = numbers.parameter_numbers
    return TransparentKeyMaterial(p=group.p, q=group.q, g=group.g, y=numbers.y)


def from_dh_private(key: DHPrivateKey) -> TransparentKeyMaterial:
    """Write a Diffie-Hellman private key."""
    numbers = key.private_numbers()
    group = numbers.public_numbers.parameter_numbers
    return TransparentKeyMaterial(p=group.p, q=group.q, g=group.g, x=numbers.x)


def from_dh_public(key: DHPublicKey) -> TransparentKeyMaterial:
    """Write a Diffie-Hellman public key."""
    numbers = key.public_numbers()
    group = numbers.parameter_numbers
    return TransparentKeyMaterial(p=group.p, q=group.q, g=group.g, y=numbers.y)
