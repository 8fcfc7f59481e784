"""The groups in which pairs of Diffie-Hellman over finite fields are made (RFC 7919, Appendix A).

Groups of a server's own would take minutes to find, and nobody could tell whether they are good ones. Keys of any group
can be registered and used.
"""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric.dh import DHParameterNumbers, DHParameters

_ADDENDS = {2048: 560316, 3072: 2625351, 4096: 5736041, 6144: 15705020, 8192: 10965728}
"""What is added, for each length in bits, to the bits of e: the only number in which the primes differ."""
GROUP_LENGTHS = frozenset(_ADDENDS)
_GENERATOR = 2
_GUARD = 64
"""Bits of e beyond those wanted, for what rounding takes."""


def _e(bits: int) -> int:
    """The whole part of 2^bits times e, the base of the natural logarithm."""
    total = term = 1 << (bits + _GUARD)
    divisor = 1
    while term:
        term //= divisor
        total += term
        divisor += 1
    return total >> _GUARD


def prime_of(bits: int) -> int:
    """The safe prime of so many bits: 2^b - 2^(b-64) + ([2^(b-130) e] + X) 2^64 - 1."""
    return (1 << bits) - (1 << (bits - 64)) + ((_e(bits - 130) + _ADDENDS[bits]) << 64) - 1


@cache
def group(bits: int) -> DHParameters:
    """The group of so many bits, with the order of its generator."""
    prime = prime_of(bits)
    return DHParameterNumbers(prime, _GENERATOR, (prime - 1) // 2).parameters()
