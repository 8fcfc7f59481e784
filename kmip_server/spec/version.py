"""Protocol versions as ordered values, and the range of versions a row of the standard holds in.

KMIP 2.1 §9.16 (Protocol Version). Versions compare as pairs, so 1.10 comes after 1.2.
"""

from __future__ import annotations

from typing import NamedTuple


class Version(NamedTuple):
    """A KMIP protocol version: ``Version(1, 4)`` is KMIP 1.4."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


V1_0 = Version(1, 0)
V1_1 = Version(1, 1)
V1_2 = Version(1, 2)
V1_3 = Version(1, 3)
V1_4 = Version(1, 4)
V2_0 = Version(2, 0)
V2_1 = Version(2, 1)
V3_0 = Version(3, 0)

VERSIONS: tuple[Version, ...] = (V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, V3_0)
"""Every version the tables know, oldest first."""

PREVIEW: frozenset[Version] = frozenset({V3_0})
"""Versions known from published test cases only; served where the configuration asks for them."""


def parse_version(text: str) -> Version:
    """Read ``"1.4"``; a version the tables do not know is a ValueError that names the known ones."""
    for version in VERSIONS:
        if str(version) == text:
            return version
    known = ", ".join(map(str, VERSIONS))
    raise ValueError(f"{text!r} is not a KMIP version this server knows ({known})")
