"""The specification's error tables (1.4 §11, 2.1 §6.1): their rows, and what each means as a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
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
    (r"^Non-existing attributes, attributes that the server does not understand", "invalid attribute"),
    (r"[Tt]emplates? that do not exist", "template not found"),
    (r"Template object is archived", "template archived"),
    (r"Name attribute with the Template structure", "template with a name inside"),
    (r"missing or multiple PKCS#12 Password Links", "no password link"),
    (r"Link does not contain the Unique Identifier of a Secret Data", "link to no password"),
    (r"Asynchronous Correlation Value exists", "invalid asynchronous correlation value"),
    (r"with the specified Correlation Value exists", "invalid correlation value"),
    (r"Wrapping key does not exist", "wrapping object not found"),
    (r"Encryption Key Information exists, but it is not a key", "wrapping with what is no key"),
    (r"Encryption Key Information exists, but it is not able", "incompatible cryptographic usage mask"),
    (r"Signature Key Information exists, but it is not a key", "mac with what is no key"),
    (r"Signature Key Information exists, but it is not able", "mac with a key not for it"),
    (r"Key Format Type and/or Key Compression", "key format type not supported"),
    (r"server only has attributes for this object", "key value not present"),
    (r"Cryptographic Parameters associated", "bad cryptographic parameters"),
    (r"in the desired Encoding Option", "encoding option not possible"),
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
    (r"No matching attribute instance|Index is specified, but no matching", "attribute instance not found"),
    (r"does not have multiple instances", "index of a single value"),
    (r"Index is not specified and the attribute has multiple", "no index and many values"),
    (r"New attribute contains Attribute Index", "index of a new attribute"),
    (r"same Attribute Name is present more than once", "attribute named twice"),
    (r"Incorrect attribute value", "invalid attribute value"),
    (r"Split Key Method not supported", "unsupported cryptographic parameters"),
    (r"Invalid Derivation Method", "unsupported cryptographic parameters"),
    (r"Invalid Derivation Parameters", "bad cryptographic parameters"),
    (r"Ambiguous derivation data", "derivation data given twice"),
    (r"has already been destroyed", "object destroyed"),
    (r"not in Pre-Active", "wrong key lifecycle state"),
    (r"not able to be activated|not able to be revoked|not of the correct type", "invalid object type"),
    (r"not able to be re-keyed", "not to be re-keyed"),
    (r"not able to be certified", "not to be certified"),
    (r"no Usage Limits attribute", "attribute not found"),
    (r"not able to be used for|objects are not able", "wrong key lifecycle state"),
    (r"Check cannot be performed", "illegal object type"),
    (r"not allowed to use the object according", "incompatible cryptographic usage mask"),
    (r"not able to grant", "usage limit exceeded"),
    (r"new lease is not permitted", "no lease"),
    (r"No Usage Limits Count is specified", "no count"),
    (r"Revocation Reason is not recognized", "unknown revocation reason"),
    (r"does not specify a certificate list", "no certificate list"),
    (r"^Offset field is not permitted", "offset and date"),
    (r"^An offset cannot be used", "offset without activation date"),
    (r"REQUIRED field\(s\) missing", "required field missing"),
    (r"Field is not supported by server", "field not supported"),
    (r"less than Split Key Threshold", "too few parts"),
    (r"ryptographic error|Error creating", "cryptographic failure"),
    (r"does not match type of cryptographic object", "invalid object type"),
    (r"Object Type is not recognized", "unknown object type"),
    (r"already exists on the server", "object already exists"),
    (r"archived", "object archived"),
    (r"Object does not exist|No object with|objects specified do not exist", "object not found"),
    # 1.4 §11.1, for every operation
    (r"Protocol major version mismatch", "version mismatch"),
    (r"Error parsing batch item or payload", "invalid message"),
    (r"same field is contained in a header/batch item/payload", "repeated field"),
    (r"Same major version, different minor versions", "field of another minor version"),
    (r"Same major & minor version, unknown field", "invalid field"),
    (r"Client is not allowed to perform", "permission denied"),
    (r"Maximum Response Size has been exceeded", "response too large"),
    (r"Server does not support operation", "operation not supported"),
    (r"Criticality Indicator", "feature not supported"),
    (r"Message cannot be parsed", "message that is none"),
    (r"not able to be completed synchronously", "no time to wait"),
    (r"the client has set the Attestation Capable indicator to True", "attestation required"),
    (r"the client has set the Attestation Capable indicator to False", "not capable of attestation"),
    (r"attestation data provided by the client does not validate", "attestation failed"),
    # 1.4 §11.43
    (r"Continuation Option set to Stop", "batch stops"),
    (r"Continuation Option set to Continue", "batch continues"),
    (r"Continuation Option set to Undo", "batch is undone"),
)
"""What the words of the 1.x tables mean."""


class Row(NamedTuple):
    """One line of a table as it is printed."""

    version: Version
    table: str
    words: str
    """The error definition of 1.x; for 2.x the reason itself."""
    reason: str


class Cell(NamedTuple):
    """One error of one table: of one operation, or of none in particular."""

    version: Version
    operation: Operation | None
    circumstance: str
    reason: str

    def __str__(self) -> str:
        operation = self.operation.name if self.operation is not None else "any"
        return f"{self.version}-{operation}-{self.circumstance}".replace(" ", "_")


_OPERATIONS = {operation.title.lower(): operation for operation in Operation}
_MISPRINTS = {
    "cryptographic failure?": "cryptographic failure",
    "not extractble": "not extractable",
    "not supported.": "not supported",
}
SENT_TO_CLIENTS = (Operation.NOTIFY, Operation.PUT)
"""What the server asks others: they answer."""


@cache
def rows() -> tuple[Row, ...]:
    """Every line of every table."""
    return tuple(_rows())


def _rows() -> Iterator[Row]:
    for text, tables in registry().get("errors", {}).items():
        version = parse_version(text)
        for title, lines in tables.items():
            table = title.removesuffix(" Errors")
            for line in lines:
                if version >= V2_0:
                    # Tables of server-to-client operations stand under the same title, with fewer of the same reasons.
                    yield from (Row(version, table, reason.lower(), reason.lower()) for reason in line["reasons"])
                else:
                    yield Row(version, table, line["definition"], _reason(table, line["definition"], line["reason"]))


def _reason(table: str, words: str, printed: str) -> str:
    """The reason of a line of 1.x; where none is printed (Derive Key since 1.2), that of the same words."""
    reason = printed.lower()
    if reason not in ("", "operation failed"):
        return _MISPRINTS.get(reason, reason)
    for version in ("1.1", "1.4"):
        tables = registry()["errors"][version]
        own_first = [tables.get(table, []), *tables.values()]
        for line in (line for lines in own_first for line in lines):
            told = line["reason"].lower()
            if line["definition"] == words and told not in ("", "operation failed"):
                return _MISPRINTS.get(told, told)
    return ""


def cell_of(row: Row) -> Cell | None:
    """What a line means; None where nobody knows, which no line may be."""
    operation = _OPERATIONS.get(row.table.lower())
    if row.version >= V2_0:
        return Cell(row.version, operation, row.words, row.reason)
    meant = next((meant for pattern, meant in CIRCUMSTANCES if re.search(pattern, row.words)), "")
    return Cell(row.version, operation, meant, row.reason) if meant and row.reason else None


def cells() -> list[Cell]:
    """Every error of every table, each once."""
    return [cell for cell in dict.fromkeys(cell_of(row) for row in rows()) if cell is not None]


def general_cells() -> list[Cell]:
    """The errors that 1.x prints once for all, for every operation; 2.x prints them in each table."""
    found = [
        Cell(version, operation, circumstance, reason)
        for version in VERSIONS
        if version < V2_0
        for operation in Operation
        if operation.in_version(version) and operation not in SENT_TO_CLIENTS
        for circumstance, reason in (*((reason, reason) for reason in sorted(GENERAL)), *_OLDER)
        if version >= V1_2 or "attestation" not in circumstance
    ]
    return found if registry() else []


_OLDER = (("repeated field", "invalid message"), ("not capable of attestation", "permission denied"))
"""What 1.x tells apart and 2.x does not (1.4 §11.1)."""
