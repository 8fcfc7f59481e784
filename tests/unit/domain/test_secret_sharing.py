"""Secret sharing: the fields, and what becomes of parts (2.1 §2.8)."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmip_server.domain import secret_sharing as sharing
from kmip_server.errors import CryptographicFailure, InvalidField, KmipError
from kmip_server.spec.enums import ResultReason
from kmip_server.spec.enums import SplitKeyMethod as Method

XOR, GF8, GF16, PRIME = (
    Method.XOR,
    Method.POLYNOMIAL_SHARING_GF_28,
    Method.POLYNOMIAL_SHARING_GF_216,
    Method.POLYNOMIAL_SHARING_PRIME_FIELD,
)
bytes_8, bytes_16 = st.integers(0, 255), st.integers(0, 65535)
FIELDS = [
    (bytes_8, sharing.multiply_8, sharing.invert_8),
    (bytes_16, sharing.multiply_16, sharing.invert_16),
]


# --- fields ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("elements", "multiply", "invert"), FIELDS, ids=["GF(2^8)", "GF(2^16)"])
def test_they_are_fields(elements: st.SearchStrategy[int], multiply: object, invert: object) -> None:
    @settings(max_examples=150, deadline=None)
    @given(elements, elements, elements)
    def laws(a: int, b: int, c: int) -> None:
        times, inverse = multiply, invert
        assert times(a, b) == times(b, a)
        assert times(a, times(b, c)) == times(times(a, b), c)
        assert times(a, b ^ c) == times(a, b) ^ times(a, c)
        assert times(a, 1) == a
        if a:
            assert times(a, inverse(a)) == 1

    laws()


def test_the_field_of_bytes_is_that_of_285() -> None:
    """2.1 §2.8: "285 - x^8+x^4+x^3+x^2+1": in it x generates everything, and x^8 is 1D."""
    power, seen = 1, set()
    for _ in range(255):
        seen.add(power)
        power = sharing.multiply_8(power, 2)
    assert len(seen) == 255
    assert sharing.multiply_8(0x80, 2) == 0x1D


def test_y_squared_is_y_plus_m() -> None:
    """GF(2^16) is GF(2^8)[y]/(y^2+y+m) with m = 3A."""
    assert sharing.multiply_16(0x0100, 0x0100) == 0x013A


# --- published parts -------------------------------------------------------------------------------


def test_parts_of_a_published_case() -> None:
    """OASIS KMIP Test Cases 1.4, TC-SJ-2-14: two of four in GF(2^8)."""
    parts = {
        1: bytes.fromhex("66C46A7754F94DE420C7B1A7FFF5EC56"),
        2: bytes.fromhex("CF93D1E2A7E593CD5B8D6247F4E5D49C"),
        3: bytes.fromhex("A855B891F61AD9217240D8EC061E37DA"),
        4: bytes.fromhex("803DBAD55CDD329FAD19D99AE2C5A415"),
    }
    for some in itertools.combinations(parts, 2):
        joined = sharing.join(GF8, {x: parts[x] for x in some}, 2)
        assert joined.hex() == "0102030405060708090a0b0c0d0e0f10"
    assert sharing.join(GF8, parts, 2).hex() == "0102030405060708090a0b0c0d0e0f10"


def test_parts_of_xor() -> None:
    """OASIS KMIP Test Cases 1.4, TC-SJ-4-14."""
    parts = (
        "d4b92c299199298e30dee13b967e6dda",
        "35ea4f615686230c7b11538693674e89",
        "3478ddd2e1f89f2005011d26d9fff37c",
        "d429bd9e23e192aa47c4a497d1e8df3f",
    )
    joined = sharing.join(XOR, {x: bytes.fromhex(part) for x, part in enumerate(parts, 1)}, 4)
    assert joined.hex() == "0102030405060708090a0b0c0d0e0f10"


# --- splitting and joining -------------------------------------------------------------------------


def _prime(method: Method, secret: bytes) -> int | None:
    return sharing.prime_for(len(secret) * 8, None) if method is PRIME else None


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([XOR, GF8, GF16, PRIME]),
    st.binary(min_size=1, max_size=40),
    st.integers(2, 9),
    st.integers(2, 9),
    st.randoms(use_true_random=False),
)
def test_any_parts_that_are_enough_give_the_secret(
    method: Method, secret: bytes, n: int, k: int, chance: object
) -> None:
    parts, threshold = max(n, k), n if method is XOR else min(n, k)
    parts = threshold if method is XOR else parts
    secret = secret * 2 if method is GF16 else secret
    prime = _prime(method, secret)
    shares = dict(enumerate(sharing.split(method, secret, parts, threshold, os.urandom, prime), 1))
    some = chance.sample(sorted(shares), chance.randint(threshold, parts))
    joined = sharing.join(method, {x: shares[x] for x in some}, threshold, prime, len(secret))
    assert joined == secret


@pytest.mark.parametrize("method", [GF8, GF16, PRIME])
def test_fewer_parts_tell_nothing(method: Method) -> None:
    """Whatever one part of two is, any secret fits it: it is one point of a line."""
    secret = b"\0\0"
    prime = _prime(method, secret)
    seen = {sharing.split(method, secret, 2, 2, os.urandom, prime)[0] for _ in range(200)}
    assert len(seen) > 190
    with pytest.raises(CryptographicFailure):
        sharing.join(method, {1: seen.pop()}, 2, prime)


@pytest.mark.parametrize("method", [GF8, GF16, PRIME])
def test_a_part_too_many_that_does_not_fit_is_noticed(method: Method) -> None:
    secret = b"0123456789abcdef"
    prime = _prime(method, secret)
    shares = dict(enumerate(sharing.split(method, secret, 3, 2, os.urandom, prime), 1))
    broken = bytearray(shares[3])
    broken[-1] ^= 1
    with pytest.raises(CryptographicFailure):
        sharing.join(method, {**shares, 3: bytes(broken)}, 2, prime, 16)


@pytest.mark.parametrize("method", [XOR, GF8, GF16])
def test_parts_of_different_lengths_are_not_of_one_key(method: Method) -> None:
    with pytest.raises(CryptographicFailure):
        sharing.join(method, {1: b"ab", 2: b"abcd"}, 2)


def test_leading_zeros_survive_a_prime_field() -> None:
    secret = bytes(4) + b"key"
    prime = sharing.prime_for(56, None)
    shares = dict(enumerate(sharing.split(PRIME, secret, 2, 2, os.urandom, prime), 1))
    assert sharing.join(PRIME, shares, 2, prime, 7) == secret
    assert sharing.join(PRIME, shares, 2, prime) == b"key"


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("parts", "threshold"), [(0, 0), (1, 1), (3, 1), (2, 3), (-1, -1), (3, 0)])
@pytest.mark.parametrize("method", [XOR, GF8])
def test_numbers_that_make_no_sense(method: Method, parts: int, threshold: int) -> None:
    with pytest.raises(InvalidField):
        sharing.split(method, b"key", parts, threshold, os.urandom)


def test_xor_needs_every_part() -> None:
    with pytest.raises(InvalidField):
        sharing.split(XOR, b"key", 3, 2, os.urandom)


def test_there_is_room_for_so_many() -> None:
    assert len(sharing.split(GF8, b"k", 255, 2, os.urandom)) == 255
    with pytest.raises(InvalidField):
        sharing.split(GF8, b"k", 256, 2, os.urandom)
    assert len(sharing.split(GF16, b"ke", 300, 2, os.urandom)) == 300
    with pytest.raises(InvalidField):
        sharing.split(GF16, b"key", 3, 2, os.urandom)
    for parts, threshold in ((1001, 2), (500, 500)):
        with pytest.raises(KmipError) as refused:
            sharing.split(GF16, b"ke", parts, threshold, os.urandom)
        assert refused.value.reason is ResultReason.SERVER_LIMIT_EXCEEDED


def test_primes() -> None:
    assert sharing.prime_for(128, None) == (1 << 521) - 1
    assert sharing.prime_for(8, 257) == 257
    for named in (256, 251, 255, 259, 0, -257, (1 << 2048) + 1):
        with pytest.raises(InvalidField):
            sharing.prime_for(8, named)
    with pytest.raises(InvalidField):
        sharing.prime_for(50_000, None)


def test_random_numbers_are_below_the_prime() -> None:
    """Rejected, not reduced: every number is as likely as the other."""
    shares = {sharing.split(PRIME, b"\0", 2, 2, os.urandom, 257)[0] for _ in range(3000)}
    assert {int.from_bytes(share, "big") for share in shares} == set(range(257))


def test_an_extension_is_not_served() -> None:
    method = Method(0x80000001)
    with pytest.raises(InvalidField):
        sharing.split(method, b"key", 2, 2, os.urandom)
    with pytest.raises(InvalidField):
        sharing.join(method, {1: b"key", 2: b"key"}, 2)
