"""The specification's error tables (1.4 §11, 2.1 §6.1) as cells: a version, an operation, a circumstance, a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kmip_server.spec.enums import Operation
from kmip_server.spec.version import V1_2, V2_0, VERSIONS, Version, parse_version
from tests.flows.registry import registry

GENERAL = frozenset(
    {
        "attestation failed",
        "attestation required",
        "feature not supported",
        "invalid field",
        "invalid message",
        "operation not supported",
        "permission denied",
        "response too large",
    }
)
"""Reasons that 2.x prints for every operation and 1.x once for all (1.4 §11.1)."""

CIRCUMSTANCES: tuple[tuple[str, str], ...] = (
    # The order counts: the first that fits the words of a 1.x table is it.
    (r"templates? that do not exist|Template object is archived", ""),
    (r"Asynchronous Correlation Value exists", "invalid asynchronous correlation value"),
    (r"with the specified Correlation Value exists", "invalid correlation value"),
    (r"Wrapping key does not exist", "wrapping object not found"),
    (r"Encryption Key Information exists, but it is not a key", "wrapping with what is no key"),
    (r"Encryption Key Information exists, but it is not able", "incompatible cryptographic usage mask"),
    (r"Signature Key Information exists, but it is not a key", "mac with what is no key"),
    (r"Signature Key Information exists, but it is not able", "mac with a key not for it"),
    (r"Key Format Type and/or Key Compression", "key format type not supported"),
    (r"Cryptographic Parameters associated", "bad cryptographic parameters"),
    (r"Encoding Option not permitted", "encoding option error"),
    (r"Key Wrap Type is not supported", "key wrap type not supported"),
    (r"Object is Sensitive", "sensitive"),
    (r"Object is not Extractable", "not extractable"),
    (r"does not contain a signed certificate request", "invalid csr"),
    (r"same Name attribute|Name attribute with the same|Name attribute value to a value", "non unique name attribute"),
    (r"more instances than|server limit on instances", "server limit exceeded"),
    (r"Application Namespace", "application namespace not supported"),
    (r"Key Value is not present", "key value not present"),
    (r"The specified attribute already exists", "attribute single valued"),
    (r"read-only attribute|attribute is read-only|read-only/REQUIRED", "attribute read only"),
    (r"not supported for this object", "invalid attribute"),
    (r"A specified attribute does not exist|No attribute with the specified name", "attribute not found"),
    (r"No matching attribute instance", "attribute instance not found"),
    (r"Incorrect attribute value", "invalid attribute value"),
    (r"Split Key Method not supported", "unsupported cryptographic parameters"),
    (r"has already been destroyed", "object destroyed"),
    (r"not in Pre-Active", "wrong key lifecycle state"),
    (r"not able to be activated|not able to be revoked", "invalid object type"),
    (r"no Usage Limits attribute", "attribute not found"),
    (r"not able to be used for|objects are not able", "wrong key lifecycle state"),
    (r"Check cannot be performed", "illegal object type"),
    (r"not allowed to use the object according", "incompatible cryptographic usage mask"),
    (r"not able to grant", "usage limit exceeded"),
    (r"less than Split Key Threshold|ryptographic error|Error creating", "cryptographic failure"),
    (r"does not match type of cryptographic object", "invalid object type"),
    (r"already exists on the server", "object already exists"),
    (r"archived", "object archived"),
    (r"Object does not exist|No object with|objects specified do not exist", "object not found"),
)
"""What the words of the 1.x tables mean; those that are not here are told by the tests of their operations."""


class Cell(NamedTuple):
    """One error of one table."""

    version: Version
    operation: Operation
    circumstance: str
    reason: str

    def __str__(self) -> str:
        return f"{self.version}-{self.operation.name}-{self.circumstance}".replace(" ", "_")


_OPERATIONS = {operation.title.lower(): operation for operation in Operation}
_MISPRINTS = {"cryptographic failure?": "cryptographic failure", "not extractble": "not extractable"}


def cells() -> list[Cell]:
    """Every error of every table, each once."""
    return list(dict.fromkeys(_cells()))


def _cells() -> Iterator[Cell]:
    for text, tables in registry().get("errors", {}).items():
        version = parse_version(text)
        for title, rows in tables.items():
            operation = _OPERATIONS.get(title.removesuffix(" Errors").lower())
            if operation is None or operation in (Operation.NOTIFY, Operation.PUT):
                continue  # "General" and "Batch Items", and what the server asks others
            for row in rows:
                if version >= V2_0:
                    for reason in row["reasons"]:
                        yield Cell(version, operation, reason.lower(), reason.lower())
                elif row["reason"] not in ("", "Operation Failed"):  # Derive Key prints none since 1.2
                    yield from _older(version, operation, row["definition"], row["reason"].lower())


def _older(version: Version, operation: Operation, words: str, reason: str) -> Iterator[Cell]:
    meant = next((meant for pattern, meant in CIRCUMSTANCES if re.search(pattern, words)), "")
    if meant:
        yield Cell(version, operation, meant, _MISPRINTS.get(reason, reason))


def general_cells() -> list[Cell]:
    """The errors that 1.x prints once for all, for every operation; 2.x prints them in each table."""
    found = [
        Cell(version, operation, reason, reason)
        for version in VERSIONS
        if version < V2_0
        for operation in Operation
        if operation.in_version(version) and operation not in (Operation.NOTIFY, Operation.PUT)
        for reason in sorted(GENERAL)
        if version >= V1_2 or not reason.startswith("attestation")
    ]
    return found if registry() else []
