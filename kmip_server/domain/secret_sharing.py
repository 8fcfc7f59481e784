"""A secret in parts, of which some number is needed to put it together again (KMIP 2.1 §2.8, 1.4 §2.2.5; Shamir 1979).

XOR needs every part. The polynomial methods choose, for each piece of the secret, a random polynomial over a field
whose value at 0 is the piece; the part with the Key Part Identifier x is its value at x. Pieces are bytes in
GF(2^8), two bytes in GF(2^16), and the whole secret as one number in a prime field.

Which GF(2^8): 1.x prints the polynomial of FIPS 197 (11B), 2.0 corrected it to "285", x^8+x^4+x^3+x^2+1 (11D), and
the published cases have used that one since 1.2 (TC-SJ-2, TC-SJ-3). A part does not tell which version made it, so
there is one field for all versions, 11D; GF(2^16) is built on it.

Whole strings are multiplied by one factor at a time, by a table of 256 bytes: that is fast enough to be pure Python,
and it is no cryptographic primitive. Nothing here knows where randomness comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from kmip_server.errors import CryptographicFailure, InvalidField, KmipError
from kmip_server.spec.enums import ResultReason, SplitKeyMethod

Random = Callable[[int], bytes]
T = TypeVar("T")

MAXIMUM_PARTS = 1000
MAXIMUM_WORK = 65536
"""Of parts times threshold: what splitting costs grows with both."""
MAXIMUM_PRIME_BITS = 2048
"""Of a prime that the client names: it has to be tested."""

_POLYNOMIAL = 0x11D
_M = 0x3A
"""2.1: GF(2^16) is GF(2^8)[y]/(y^2+y+m), "m = x^5+x^4+x^3+x, which is represented by the byte 0x3A"."""
_MERSENNE = (127, 521, 607, 1279, 2203, 3217, 4253, 9689, 11213, 19937, 23209, 44497)
"""Exponents of primes 2^e - 1, one of which serves where the client names no Prime Field Size."""
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19)


# --- the field of 256 elements ----------------------------------------------------------------------


def multiply_8(a: int, b: int) -> int:
    """The product of two elements of GF(2^8)."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _POLYNOMIAL
        b >>= 1
    return product


@lru_cache(maxsize=256)
def _times(factor: int) -> bytes:
    """The products of a factor with every byte."""
    return bytes(multiply_8(factor, byte) for byte in range(256))


def invert_8(a: int) -> int:
    """The inverse of an element of GF(2^8) that is not 0: a^254."""
    result = 1
    for _ in range(254):
        result = multiply_8(result, a)
    return result


def _xor(first: bytes, second: bytes) -> bytes:
    size = len(first)
    return (int.from_bytes(first, "big") ^ int.from_bytes(second, "big")).to_bytes(size, "big")


class _Bytes:
    """Strings of elements of GF(2^8), all multiplied by the same factor at once."""

    piece = 1
    points = 255

    @staticmethod
    def scale(string: bytes, factor: int) -> bytes:
        return string.translate(_times(factor))

    multiply = staticmethod(multiply_8)
    invert = staticmethod(invert_8)


# --- the field of 65536 elements --------------------------------------------------------------------


def multiply_16(a: int, b: int) -> int:
    """The product of two elements of GF(2^16): (ry + s)(uy + v) = ((r+s)(u+v) + sv)y + (ru*m + sv) (2.1 §2.8)."""
    r, s = a >> 8, a & 0xFF
    u, v = b >> 8, b & 0xFF
    low = multiply_8(s, v)
    return (multiply_8(r ^ s, u ^ v) ^ low) << 8 | (multiply_8(multiply_8(r, u), _M) ^ low)


def invert_16(a: int) -> int:
    """The inverse of uy + v that is not 0: ud^-1 y + (u+v)d^-1, where d = (u+v)v + mu^2."""
    u, v = a >> 8, a & 0xFF
    d = invert_8(multiply_8(u ^ v, v) ^ multiply_8(_M, multiply_8(u, u)))
    return multiply_8(u, d) << 8 | multiply_8(u ^ v, d)


class _Pairs:
    """Strings of elements of GF(2^16), two bytes each, the more significant one first."""

    piece = 2
    points = 65535

    @staticmethod
    def scale(string: bytes, factor: int) -> bytes:
        r, s = factor >> 8, factor & 0xFF
        u, v = string[0::2], string[1::2]
        low = v.translate(_times(s))
        scaled = bytearray(len(string))
        scaled[0::2] = _xor(_xor(u, v).translate(_times(r ^ s)), low)
        scaled[1::2] = _xor(u.translate(_times(multiply_8(r, _M))), low)
        return bytes(scaled)

    multiply = staticmethod(multiply_16)
    invert = staticmethod(invert_16)


_Field = type[_Bytes] | type[_Pairs]
_FIELDS: dict[SplitKeyMethod, _Field] = {
    SplitKeyMethod.POLYNOMIAL_SHARING_GF_28: _Bytes,
    SplitKeyMethod.POLYNOMIAL_SHARING_GF_216: _Pairs,
}


def _split_binary(field: _Field, secret: bytes, parts: int, threshold: int, random: Random) -> list[bytes]:
    if len(secret) % field.piece:
        raise InvalidField("GF(2^16) shares pieces of 16 bits; the key has an odd number of bytes")
    if parts > field.points:
        raise InvalidField(f"the field has room for {field.points} parts")
    coefficients = [random(len(secret)) for _ in range(threshold - 1)]
    shares = []
    for x in range(1, parts + 1):
        value = bytes(len(secret))
        for coefficient in coefficients:
            value = field.scale(_xor(value, coefficient), x)
        shares.append(_xor(value, secret))
    return shares


def _join_binary(field: _Field, shares: Mapping[int, bytes]) -> bytes:
    """The value at 0 of the polynomial through the shares (Lagrange)."""
    size = len(next(iter(shares.values())))
    if size % field.piece or max(shares) > field.points:
        raise CryptographicFailure("the parts do not fit the field")
    secret = bytes(size)
    for x, share in shares.items():
        above, below = 1, 1
        for other in shares:
            if other != x:
                above, below = field.multiply(above, other), field.multiply(below, other ^ x)
        secret = _xor(secret, field.scale(share, field.multiply(above, field.invert(below))))
    return secret


# --- prime fields -----------------------------------------------------------------------------------


def prime_for(bits: int, named: int | None) -> int:
    """The Prime Field Size for secrets of so many bits: the one named, or one of the server's choice.

    1.4 §2.2.5: "a prime bigger than 2^L". Raises InvalidField for another number.
    """
    if named is None:
        exponent = next((each for each in _MERSENNE if each > bits), None)
        if exponent is None:
            raise InvalidField("the key is too long for a prime field")
        return (1 << exponent) - 1
    if named <= 1 << bits:
        raise InvalidField(
            "the Prime Field Size is not bigger than every key of this length",
            ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS,
        )
    if named.bit_length() > MAXIMUM_PRIME_BITS and named not in _SERVER_PRIMES:
        raise InvalidField(f"a Prime Field Size has {MAXIMUM_PRIME_BITS} bits at most")
    if named not in _SERVER_PRIMES and not _is_prime(named):
        raise InvalidField("the Prime Field Size is no prime", ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS)
    return named


_SERVER_PRIMES = frozenset((1 << exponent) - 1 for exponent in _MERSENNE)


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test; a client that names a number made to pass it betrays nobody but itself."""
    if number < 2 or any(number % witness == 0 and number != witness for witness in _WITNESSES):
        return False
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for witness in _WITNESSES:
        value = pow(witness, odd, number)
        if value in (0, 1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


def _below(prime: int, random: Random) -> int:
    """A random number from 0 to prime - 1, each as likely as the other."""
    bits = prime.bit_length()
    while True:
        number = int.from_bytes(random((bits + 7) // 8), "big") >> -bits % 8
        if number < prime:
            return number


def _split_prime(prime: int, secret: bytes, parts: int, threshold: int, random: Random) -> list[bytes]:
    size = (prime.bit_length() + 7) // 8
    coefficients = [_below(prime, random) for _ in range(threshold - 1)]
    number = int.from_bytes(secret, "big")
    shares = []
    for x in range(1, parts + 1):
        value = 0
        for coefficient in coefficients:
            value = (value + coefficient) * x % prime
        shares.append(((value + number) % prime).to_bytes(size, "big"))
    return shares


def _join_prime(prime: int, shares: Mapping[int, bytes]) -> int:
    secret = 0
    for x, share in shares.items():
        above, below = 1, 1
        for other in shares:
            if other != x:
                above, below = above * other % prime, below * (other - x) % prime
        try:
            secret += int.from_bytes(share, "big") * above * pow(below, -1, prime)
        except ValueError as cause:
            raise CryptographicFailure("the parts do not fit the field") from cause
    return secret % prime


# --- splitting and joining --------------------------------------------------------------------------


def split(
    method: SplitKeyMethod, secret: bytes, parts: int, threshold: int, random: Random, prime: int | None = None
) -> list[bytes]:
    """Split a secret into parts, the first for the Key Part Identifier 1.

    Raises InvalidField where the numbers, the prime or the length do not fit the method, Server Limit Exceeded for
    more parts than the server makes.
    """
    if not 2 <= threshold <= parts:
        # With a threshold of one every part would be the key itself.
        raise InvalidField("the Split Key Threshold is between 2 and the number of Split Key Parts")
    if parts > MAXIMUM_PARTS or parts * threshold > MAXIMUM_WORK:
        raise KmipError("the key is to be split into too many parts", ResultReason.SERVER_LIMIT_EXCEEDED)
    if method is SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD:
        if prime is None:
            raise InvalidField("the Prime Field Size is missing")
        return _split_prime(prime, secret, parts, threshold, random)
    if method in _FIELDS:
        return _split_binary(_FIELDS[method], secret, parts, threshold, random)
    if method is not SplitKeyMethod.XOR:
        raise InvalidField("the Split Key Method is not served", ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS)
    if threshold != parts:
        raise InvalidField("with XOR the Split Key Threshold is the number of Split Key Parts")
    shares = [random(len(secret)) for _ in range(parts - 1)]
    return [*shares, _together(shares, secret)]


def _together(strings: Sequence[bytes], last: bytes) -> bytes:
    for string in strings:
        last = _xor(last, string)
    return last


def join(
    method: SplitKeyMethod, shares: Mapping[int, bytes], threshold: int, prime: int | None = None, length: int = 0
) -> bytes:
    """Put a secret together from its parts by Key Part Identifier, ``threshold`` of them at least.

    ``length`` is the number of bytes the secret has, where that is known: a number of a prime field has lost its
    leading zeros. Raises Cryptographic Failure where parts are too few, or do not belong together.
    """
    if len(shares) < threshold or not shares or min(shares) < 1:
        raise CryptographicFailure(f"{threshold} different parts are needed")
    if method is SplitKeyMethod.POLYNOMIAL_SHARING_PRIME_FIELD:
        if prime is None or prime < 2:
            raise CryptographicFailure("the parts have no Prime Field Size")
        if prime not in _SERVER_PRIMES and (prime.bit_length() > MAXIMUM_PRIME_BITS or not _is_prime(prime)):
            raise InvalidField("the Prime Field Size is no prime", ResultReason.BAD_CRYPTOGRAPHIC_PARAMETERS)
        whole = prime
        number = _agreed(shares, threshold, lambda some: _join_prime(whole, some))
        return number.to_bytes(max(length, (number.bit_length() + 7) // 8), "big")
    if len({len(share) for share in shares.values()}) != 1:
        raise CryptographicFailure("the parts are not of one length")
    if method in _FIELDS:
        field = _FIELDS[method]
        return _agreed(shares, threshold, lambda some: _join_binary(field, some))
    if method is not SplitKeyMethod.XOR:
        raise InvalidField("the Split Key Method is not served", ResultReason.UNSUPPORTED_CRYPTOGRAPHIC_PARAMETERS)
    first, *rest = shares.values()
    return _together(rest, first)


def _agreed(shares: Mapping[int, bytes], threshold: int, joined: Callable[[Mapping[int, bytes]], T]) -> T:
    """The secret of the first parts; where there are more than needed, all of them must lead to the same one."""
    secret = joined(dict(list(shares.items())[:threshold]))
    if len(shares) > threshold and joined(shares) != secret:
        raise CryptographicFailure("the parts do not belong together")
    return secret
