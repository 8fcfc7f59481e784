"""Profiles that the server claims (KMIP Profiles; 2.1 §7.31, §11.41): those whose mandatory test cases it passes.

The row of a profile names the published cases that are its evidence, by how their names begin, and the versions in
which all of them pass: a test holds the rows against the cases. Where a version has no mandatory case at hand there
is no evidence, and no claim.
"""

from __future__ import annotations

from typing import NamedTuple

from kmip_server.spec.enums import ProfileName
from kmip_server.spec.version import V1_0, V1_1, V1_2, V1_3, V1_4, V2_0, V2_1, V3_0, VERSIONS, Version


class Profile(NamedTuple):
    """A profile of the server."""

    name: str
    """The member of ProfileName, less the version that is part of it up to 1.4."""
    cases: str
    """How the names of its mandatory cases begin."""
    versions: tuple[Version, ...]
    """The versions in which it is claimed."""
    web: bool = False
    """Whether it is about HTTPS, and so claimed only where that is served."""

    def name_in(self, version: Version) -> ProfileName:
        """Its name in a version: up to 1.4 the version is part of it, later it stands beside it."""
        if version >= V2_0:
            return ProfileName[self.name]
        return ProfileName[f"{self.name}_KMIP_V{version.major}_{version.minor}"]


_ONES = (V1_0, V1_1, V1_2, V1_3, V1_4)

PROFILES: tuple[Profile, ...] = (
    Profile("SYMMETRIC_KEY_LIFECYCLE_SERVER", "SKLC-M-", (*_ONES, V2_1, V3_0)),
    Profile("ASYMMETRIC_KEY_LIFECYCLE_SERVER", "AKLC-M-", VERSIONS),
    Profile("SYMMETRIC_KEY_FOUNDRY_SERVER", "SKFF-M-", VERSIONS),
    Profile("OPAQUE_MANAGED_OBJECT_STORE_SERVER", "OMOS-M-", _ONES),
    Profile("STORAGE_ARRAY_WITH_SELF_ENCRYPTING_DRIVE_SERVER", "SASED-M-", VERSIONS),
    Profile("TAPE_LIBRARY_SERVER", "TL-M-", VERSIONS),
    Profile("BASELINE_SERVER", "BL-M-", (V2_1, V3_0)),
    Profile("BASIC_CRYPTOGRAPHIC_SERVER", "CS-BC-M-", (V1_3, V1_4, V2_0, V2_1, V3_0)),
    Profile("ADVANCED_CRYPTOGRAPHIC_SERVER", "CS-AC-M-", (V1_3, V1_4, V2_0, V2_1, V3_0)),
    Profile("RNG_CRYPTOGRAPHIC_SERVER", "CS-RNG-M-", (V1_2, V1_3, V1_4, V2_0, V2_1, V3_0)),
    Profile("SUITE_B_MINLOS_128_SERVER", "SUITEB_128-M-", (V1_0, V1_1, V1_2, V1_3)),
    Profile("SUITE_B_MINLOS_192_SERVER", "SUITEB_192-M-", (V1_0, V1_2, V1_3, V1_4)),
    Profile("PKCS_11_SERVER", "PKCS11-M-", (V2_1, V3_0)),
    Profile("AES_XTS_SERVER", "AX-M-", (V2_0, V2_1, V3_0)),
    Profile("HTTPS_SERVER", "MSGENC-HTTPS-M-", (*_ONES, V2_1, V3_0), web=True),
    Profile("XML_SERVER", "MSGENC-XML-M-", (*_ONES, V2_1, V3_0), web=True),
    Profile("JSON_SERVER", "MSGENC-JSON-M-", (*_ONES, V2_1, V3_0), web=True),
)
"""Every profile that is claimed in some version.

Quantum Safe Server is not, though its cases pass: Profiles 3.0 §3.3.1 says that its servers "SHALL NOT support" TLS
1.2, and this one does unless it is told otherwise. Where it is, the operator may declare the profile.
"""
