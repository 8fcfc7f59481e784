"""Cases that do not pass as printed, each with the words by which it contradicts the specification, or itself.

An excuse names the places that its slip touches; all else of the case is compared. An excuse, or a place of one, that
is not needed fails the test run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatch

from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item
from tests.conformance.cases import Case

_PKCS_12 = (
    "slip: the case contradicts itself: its Locate has the Certificate Serial Number 020900D2F5BAD76A5AC8F9 (DER, "
    "as all other cases have it), and Get Attributes of the same object prints 00D2F5BAD76A5AC8F9, without tag and "
    "length. 2.0 §4.54 says only 'from the Serial Number field of the X.509 certificate'. 1.4 of the case prints the "
    "number as text with the zero before it, which all other cases leave out (TC-134: 9BBA23D1B6A48F97)"
)
_NO_NAME = (
    "slip: an Attribute without an Attribute Name, which 1.2 Table 2 requires; such a message is refused as invalid"
)
_CIPHERTEXT = (
    "slip: the printed ciphertext is not AES-ECB of the printed data under the registered key "
    "(later versions of the case print the right one)"
)
_WRAP_ENCODING = (
    "slip: the request has no Encoding Option and asks for an attribute to be wrapped; 1.2 Table 12: 'If Encoding "
    "Option is not present, the wrapped Key Value SHALL be TTLV encoded'. The case of 1.2 says so itself ('the "
    "default TTLV-encoding is used'), and prints 1FA68B0A...CFE5, RFC 3394 §4.1: the wrapped key alone"
)
_ECC_ENCRYPTED = (
    "slip: the key was registered as ECPrivateKey in the clear, and Get, which names no format, prints "
    "ECPrivateKey and in it a PKCS#8 key encrypted under a password that nobody gave. 1.0 §4.10: 'the server SHALL "
    "be able to return the key ... in the same format that was used when the key was registered' (1.2 of the case "
    "prints that key)"
)
_CERTIFICATE_RAW = (
    "contradicts 2.0 §4.26: 'Keys have a default Key Format Type that SHALL be produced by KMIP servers', Table "
    "81: 'Certificate | X.509'; the case prints Raw for Key Format Type and Digest of a certificate that was just "
    "registered"
)
_SPLIT_ANSWER = (
    "slip: Get of $UNIQUE_IDENTIFIER_4 is answered with $UNIQUE_IDENTIFIER_1, and Key Part Identifier 4 beside it; "
    "1.4 §4.11: 'The Unique Identifier of the object' (2.0 of the case prints the right one)"
)


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why a case may not pass as it is printed, and what exactly may differ; everything else is compared."""

    reason: str
    places: tuple[tuple[int, str], ...] = ()
    """Exchange, and how the path ends, of each difference."""
    mended: Callable[[Case], Case] | None = None
    """The case without the slip, where the slip leaves nothing to compare; it is run instead and has to pass."""

    def covers(self, exchange: int, path: str) -> bool:
        """Whether a difference there is the one excused."""
        return any(exchange == number and path.endswith(end) for number, end in self.places)


def _named(case: Case) -> Case:
    """With the name that later versions of the case print."""
    name: Item = (int(Tag.ATTRIBUTE_NAME), int(ItemType.TEXT_STRING), Tag.CRYPTOGRAPHIC_PARAMETERS.title)

    def named(item: Item) -> Item:
        tag, kind, value = item
        if kind != ItemType.STRUCTURE:
            return item
        parts = [named(each) for each in value]
        nameless = tag == Tag.ATTRIBUTE and not any(each[0] == Tag.ATTRIBUTE_NAME for each in parts)
        return tag, kind, [name, *parts] if nameless else parts

    return replace(case, exchanges=tuple(replace(each, request=named(each.request)) for each in case.exchanges))


_KEY_MATERIAL = "PrivateKey/KeyBlock/KeyValue/KeyMaterial"
_SERIAL_NUMBERS = ("/CertificateSerialNumber", "/SerialNumber")
_FORMAT = "/KeyFormatType"

EXCUSES: tuple[tuple[str, Excuse], ...] = (
    ("TC-PKCS12-2-??", Excuse(_PKCS_12, tuple((8, end) for end in _SERIAL_NUMBERS))),
    ("CS-AC-M-3-12", Excuse(_NO_NAME, mended=_named)),
    ("CS-AC-M-8-12", Excuse(_NO_NAME, mended=_named)),
    ("CS-BC-M-6-1[23]", Excuse(_CIPHERTEXT, ((1, "ResponsePayload/Data"), (2, "ResponsePayload/Data")))),
    ("TC-142-1?", Excuse(_WRAP_ENCODING, ((2, "SymmetricKey/KeyBlock/KeyValue"),))),
    ("TC-ECC-3-1[01]", Excuse(_ECC_ENCRYPTED, ((8, _KEY_MATERIAL),))),
    ("TC-CERTATTR-1-20", Excuse(_CERTIFICATE_RAW, ((1, _FORMAT),))),
    ("TC-IMPEXP-5-20", Excuse(_CERTIFICATE_RAW, ((2, _FORMAT),))),
    ("TC-SJ-4-1?", Excuse(_SPLIT_ANSWER, ((5, "ResponsePayload/UniqueIdentifier"),))),
)


_NO_OPERATION = (
    "slip: the Query that is refused because the ticket is used up is answered by a batch item without Operation; 2.0 "
    "§8.6: 'Operation | Yes, if specified in Request Batch Item' (TC-DLOGIN-1-20 has it in the same answer)"
)

OF_ABSENT: tuple[tuple[str, Excuse], ...] = (
    ("TC-LOGIN-3-20", Excuse(_NO_OPERATION, tuple((number, "BatchItem[0]") for number in range(8)))),
)
"""The same of cases that are not at hand and are told of; which exchange it is nobody says."""


def excuse_for(case: str) -> Excuse | None:
    """Why a case may not pass as printed, or None; ``case`` is its identifier, such as ``TC-92-11``."""
    return next((excuse for pattern, excuse in (*EXCUSES, *OF_ABSENT) if fnmatch(case, pattern)), None)
