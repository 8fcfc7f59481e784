"""Cases that are published, though not among the files at hand: each moved here from its nearest sibling.

The versions stand in a row, and a case goes from one to the next, as often as needed (``moving``). ``test_neighbours``
shows on every case that is at hand in two neighbouring versions that what is moved is what is published.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tests.conformance.cases import Case, all_cases
from tests.conformance.excuses import excuse_for
from tests.conformance.moving.ages import listed, reasoned, within
from tests.conformance.moving.tagged import from_tags, to_tags
from tests.conformance.moving.three import from_three, to_three

VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "3.0")


def move(case: Case, version: str) -> Case:
    """The case as another version would have it."""
    here, there = VERSIONS.index(case.version), VERSIONS.index(version)
    step = 1 if there > here else -1
    while here != there:
        case = _HOPS.get((VERSIONS[here], VERSIONS[here + step]), within)(case, VERSIONS[here + step])
        case = listed(case) if step > 0 else case
        here += step
    return case


_HOPS: dict[tuple[str, str], Callable[[Case, str], Case]] = {
    ("1.4", "2.0"): to_tags,
    ("2.0", "1.4"): from_tags,
    ("2.0", "2.1"): reasoned,
    ("2.1", "2.0"): reasoned,
    ("2.1", "3.0"): to_three,
    ("3.0", "2.1"): from_three,
}
"""Where the form changes; everywhere else a version differs only in what it has."""

MISSING: dict[str, str] = {
    # 1.0 has six of the numbered cases; 112, 122, 133, 141, 142, 151 to 153 and 161 need what 1.1 brought. 171 deletes
    # one of two Names without an index: "then the operation is rejected" (1.0 §4.15); since 1.1 index 0 is meant.
    "1.0": """
        SKFF-M-3 SKFF-M-5 SKFF-M-6 SKFF-M-9 SKFF-M-11 SKFF-O-6 SKLC-M-1 SKLC-M-2 TC-92 TC-93 TC-95 TC-132 TC-134
        TC-181 TC-182 TC-DERIVEKEY-5 TC-I18N-1 TC-I18N-2 TC-NP-2
    """,
    "1.1": """
        OMOS-O-1 SKFF-M-1 SKFF-M-4 SKFF-M-8 SKFF-O-4 SKFF-O-6 SKLC-M-1 SUITEB_192-M-1 TC-32 TC-51 TC-71 TC-72 TC-82
        TC-93 TC-101 TC-112 TC-141 TC-171 TC-313 TC-DERIVEKEY-5 TC-ECC-1 TC-ECC-3 TC-NP-1 TC-NP-2
    """,
    "1.2": """
        AKLC-M-1 CS-AC-M-7 CS-BC-M-3 CS-BC-M-7 SKFF-M-2 SKFF-M-9 SKFF-O-5 TC-41 TC-51 TC-71 TC-131 TC-312 TC-313 TC-315
        TC-DERIVEKEY-1 TC-ECC-2 TC-I18N-2 TC-I18N-3 TC-MDO-1 TC-SJ-2 TC-SJ-3
    """,
    # The ninth case of CS-AC signs with ECDSA, as TC-ECDSA-SIGN-1 does, whose first messages say 1.3.
    "1.3": """
        CS-AC-M-3 CS-BC-M-5 CS-BC-M-6 CS-BC-M-9 CS-BC-M-12 SKFF-M-5 SKFF-M-10 SKFF-M-12 SKLC-M-3 TC-ECDSA-SIGN-1
        TC-Q-CAP-2 TC-Q-CAP-3 TC-Q-RNGS-2 TC-Q-RNGS-4 TC-REKEY-1 TC-RNG-ATTR-2 TC-STREAM-ENCDEC-1 TC-STREAM-HASH-3
    """,
    "1.4": """
        AKLC-M-1 AKLC-O-1 AX-M-1 AX-M-2 CS-AC-M-3 CS-AC-M-OAEP-4 CS-AC-M-OAEP-5 CS-AC-M-OAEP-7 CS-BC-M-2 CS-BC-M-5
        CS-BC-M-6 CS-BC-M-8 CS-BC-M-12 CS-BC-M-GCM-3 CS-RNG-O-3 SKFF-M-6 SKFF-M-7 SKFF-M-11 SKFF-M-12 SUITEB_128-M-1
        TC-DERIVEKEY-4 TC-ECC-2 TC-I18N-2 TC-I18N-3 TC-PGP-1 TC-Q-PROF-2 TC-Q-VAL-1 TC-REKEY-1 TC-RNG-ATTR-2
        TC-STREAM-ENC-2
    """,
    # The last line is what OASIS lists for 2.0 though nobody has the files.
    "2.0": """
        CS-AC-M-3 CS-AC-M-4 CS-AC-M-7 CS-AC-M-8 CS-AC-M-OAEP-4 CS-BC-M-7 CS-BC-M-9 CS-BC-M-13 CS-BC-M-CHACHA20POLY1305-1
        CS-RNG-O-4 OMOS-M-1 PKCS11-M-1 QS-M-1 TC-CREATE-SD-1 TC-CS-CORVAL-1 TC-ECC-2 TC-ECDSA-SIGN-DIGESTEDDATA-1
        TC-EXTRACTABLE-1 TC-MDO-1 TC-OFFSET-2 TC-PKCS12-1 TC-SENSITIVE-1 TC-STREAM-SIGNVFY-1 TC-WRAP-1
        BL-M-1 BL-M-2 BL-M-3 BL-M-4 BL-M-5 BL-M-7 BL-M-8 BL-M-9 BL-M-10 BL-M-11 BL-M-12 MSGENC-HTTPS-M-1 MSGENC-JSON-M-1
        MSGENC-XML-M-1 SKFF-M-1 SKLC-M-1 SKLC-M-2 SKLC-M-3 SKLC-O-1
    """,
    "2.1": """
        AKLC-M-2 BL-M-8 BL-M-12 CS-AC-M-3 CS-AC-M-8 CS-AC-M-OAEP-2 CS-AC-M-OAEP-4 CS-AC-M-OAEP-6 CS-AC-M-OAEP-8
        CS-AC-M-OAEP-10 CS-BC-M-2 CS-BC-M-4 CS-BC-M-5 CS-BC-M-8 CS-BC-M-11 CS-BC-M-CHACHA20-1 CS-BC-M-CHACHA20-3
        CS-BC-M-CHACHA20POLY1305-1 CS-BC-M-GCM-1 CS-RNG-O-1 CS-RNG-O-4 OMOS-M-1 OMOS-O-1 SKFF-M-6 SKFF-M-7 SKFF-M-9
        SKLC-M-3 TC-LOGIN-1
    """,
    "3.0": """
        AKLC-M-1 AKLC-M-2 AKLC-O-1 CS-AC-M-1 CS-AC-M-2 CS-AC-M-3 CS-AC-M-4 CS-AC-M-OAEP-6 CS-AC-M-OAEP-7 CS-BC-M-4
        CS-BC-M-5 CS-BC-M-8 CS-BC-M-9 CS-BC-M-11 CS-BC-M-12 CS-BC-M-14 CS-BC-M-CHACHA20-1 CS-BC-M-CHACHA20-3
        CS-BC-M-GCM-2 OMOS-M-1 OMOS-O-1 QS-M-1 SKFF-M-2 SKFF-M-6 SKFF-M-7 SKFF-M-9
    """,
}
"""Cases without their last number, by the version that has them and whose file is not at hand."""

_SOURCES = {"CS-BC-M-6": "2.0"}
"""Where the nearest sibling prints a wrong value, and which one prints the right one."""


@cache
def at_hand() -> dict[tuple[str, str], Case]:
    """Every case there is a file of, by version and by what it is called in all versions."""
    return {(case.version, stem_of(case)): case for case in all_cases()}


def stem_of(case: Case) -> str:
    """What a case is called in every version that has it."""
    return case.case_id.rpartition("-")[0]


def absent() -> list[tuple[str, str]]:
    """What of MISSING is not at hand, as ``neighbour`` wants it."""
    names = [(stem, version) for version, stems in MISSING.items() for stem in stems.split()]
    return [(stem, version) for stem, version in names if (version, stem) not in at_hand()]


def neighbour(stem: str, version: str) -> Case:
    """The case of that version, moved from the nearest one that is at hand: of the same form, and rather the later."""
    there = VERSIONS.index(version)

    def distance(other: str) -> tuple[bool, int, int]:
        here = VERSIONS.index(other)
        return (other < "2.0") != (version < "2.0"), abs(here - there), -here

    sources = [_SOURCES[stem]] if stem in _SOURCES else [other for other in VERSIONS if (other, stem) in at_hand()]
    source = at_hand()[min(sources, key=distance), stem]
    excuse = excuse_for(source.case_id)
    return move(excuse.mended(source) if excuse is not None and excuse.mended is not None else source, version)
