"""What the cells of the standard's attribute tables mean, in the words of ``kmip_server/spec/attributes.py``.

The tables use few phrases; each stands here once, letter for letter. A phrase that is not here is an error
(KeyError): a new version has said something new.
"""

from __future__ import annotations

from kmip_server.spec.attribute_rules import May, SetBy
from kmip_server.spec.attributes import (
    ALWAYS,
    BEFORE_ALLOCATION,
    BY_ITS_MAKER,
    CERTIFICATES,
    CRYPTOGRAPHIC,
    IF_ABSENT,
    KEY_PAIRS,
    KEYS,
    OPAQUE_OBJECTS,
    PGP_KEYS,
    SYMMETRIC,
    TEMPLATES,
    UNTIL_4,
    UNTIL_6,
    UNTIL_REACHED,
    WITH_KEY_VALUE,
)
from kmip_server.spec.enums import ObjectType, Operation

_NEVER = May(ever=False)

MAY: dict[str, May] = {
    "No": _NEVER,
    "No, but only by the server in response to certain requests (see above)": _NEVER,
    "Yes": ALWAYS,
    "Yes, only while in Pre-Active state": UNTIL_4,
    "Yes, only while in Pre-Active or Active state": UNTIL_6,
    "Yes, only while in Pre-Active or Active state and as long as the Process Start Date has been not reached.": (
        UNTIL_REACHED
    ),
    "Yes, only while in Pre-Active or Active state and as long as the Protect Stop Date has not been reached.": (
        UNTIL_REACHED
    ),
    "Yes (Total and/or Unit only, as long as Get Usage Allocation has not been performed)": BEFORE_ALLOCATION,
    "Yes (Usage Limits Total and/or Usage Limits Unit only, as long as Get Usage Allocation has not been performed)": (
        BEFORE_ALLOCATION
    ),
    "Yes, as long as Get Usage Allocation has not been performed": BEFORE_ALLOCATION,
    "Yes, for server-created attributes": BY_ITS_MAKER,
    "Yes, for client-created attributes": BY_ITS_MAKER,
    "Yes (only if the Application Data is omitted in the client request)": IF_ABSENT,
    "Yes (Only if no value present)": IF_ABSENT,
}

_OBJECTS: dict[str, frozenset[ObjectType]] = {
    "All Objects": frozenset(ObjectType),
    "All Cryptographic Objects": CRYPTOGRAPHIC,
    "Managed Cryptographic Objects": CRYPTOGRAPHIC,
    "Keys": KEYS,
    "Certificates": CERTIFICATES,
    "X.509 Certificates": CERTIFICATES,
    "PGP keys": PGP_KEYS,
    "Templates": TEMPLATES,
    "Opaque Object": OPAQUE_OBJECTS,
    "Opaque Objects": OPAQUE_OBJECTS,
    "Asymmetric Keys": KEY_PAIRS,
    "Public Keys": KEY_PAIRS,
    "Private Keys": KEY_PAIRS,
    "Symmetric Keys": SYMMETRIC,
    "Split Keys of symmetric keys": SYMMETRIC,
    "Symmetric Key": WITH_KEY_VALUE,
    "Private Key": WITH_KEY_VALUE,
    "Split Key": WITH_KEY_VALUE,
    "Secret Data": WITH_KEY_VALUE,
}

WHENEVER: dict[str, frozenset[str]] = {
    "When object is created or registered": frozenset({"Create", "Register"}),
    "When created or registered": frozenset({"Create", "Register"}),
    "When object is stored": frozenset({"Create", "Register"}),
    "When Sensitive attribute is set or changed": frozenset({"Create", "Register", "Modify Attribute"}),
    "When Never Extractable attribute is set or changed": frozenset({"Create", "Register", "Modify Attribute"}),
    "When object is rotated": frozenset({"Re-key", "Re-key Key Pair"}),
    "When object is rotated by the server": frozenset({"Re-key", "Re-key Key Pair"}),
}


def objects_of(cell: str) -> frozenset[ObjectType]:
    """The object types a cell means."""
    found: frozenset[ObjectType] = frozenset()
    for part in cell.split(","):
        found |= _OBJECTS[part.strip()]
    return found


def operations_of(cell: str) -> frozenset[str]:
    """The operations a cell of "When implicitly set" names; its commas are not to be relied on."""
    if cell in WHENEVER:
        return WHENEVER[cell]
    found: set[str] = set()
    for title in sorted((operation.title for operation in Operation), key=len, reverse=True):
        if title in cell:
            found.add(title)
            cell = cell.replace(title, "")
    return frozenset(found)


def set_by(cell: str) -> SetBy:
    """Who sets the attribute first."""
    client, server = "Client" in cell, "Server" in cell
    return (SetBy.CLIENT if client else SetBy(0)) | (SetBy.SERVER if server else SetBy(0))
