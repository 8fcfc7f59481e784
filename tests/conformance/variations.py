"""The values that may vary in a response, each with the words that permit it (Profiles 1.0 §4.7.1, 3.0 §4.1.1).

"Other variations not explicitly noted in this section SHALL be deemed non-conformant." Numbers are those of 3.0. Where
the files contradict each other in something that no list names, both places are cited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kmip_server.spec.enums import KeyFormatType, Operation
from kmip_server.spec.structures.parameters import RngParameters
from kmip_server.spec.structures.query import CapabilityInformation
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item
from tests.conformance.cases import child

_MADE_UP = {
    Tag.SHORT_UNIQUE_IDENTIFIER,
    Tag.TIME_STAMP,
    Tag.SERVER_CORRELATION_VALUE,
    Tag.CLIENT_CORRELATION_VALUE,
    Tag.ASYNCHRONOUS_CORRELATION_VALUE,
}
"""Items 2, 5, 6, 18, 19. Unique identifiers (1, 3, 4) are placeholders in every case, and bound."""

_DATES = {
    Tag.ACTIVATION_DATE,
    Tag.ARCHIVE_DATE,
    Tag.COMPROMISE_DATE,
    Tag.COMPROMISE_OCCURRENCE_DATE,
    Tag.DEACTIVATION_DATE,
    Tag.DESTROY_DATE,
    Tag.INITIAL_DATE,
    Tag.LAST_CHANGE_DATE,
    Tag.PROTECT_STOP_DATE,
    Tag.PROCESS_START_DATE,
    Tag.VALIDITY_DATE,
    Tag.ORIGINAL_CREATION_DATE,
}
"""Item 9, "where the value is not specified in the request as a fixed DateTime value"."""

_MATERIAL = {Tag.KEY_MATERIAL, Tag.KEY_VALUE, Tag.CERTIFICATE_VALUE}
_NUMBERS = {
    Tag.MODULUS,
    Tag.PRIVATE_EXPONENT,
    Tag.PUBLIC_EXPONENT,
    Tag.P,
    Tag.Q,
    Tag.PRIME_EXPONENT_P,
    Tag.PRIME_EXPONENT_Q,
    Tag.CRT_COEFFICIENT,
}
"""What transparent keys that a server makes in a case are made of."""
_OF_MATERIAL = {Tag.DIGEST_VALUE, Tag.SERIAL_NUMBER, Tag.CERTIFICATE_SERIAL_NUMBER, Tag.CERTIFICATE_LENGTH}
"""Item 10, and what else is read from the content: a certificate that the server makes has the server's number."""
_OUTPUT = {Tag.DATA, Tag.SIGNATURE_DATA, Tag.MAC_DATA, Tag.AUTHENTICATED_ENCRYPTION_TAG, Tag.IV_COUNTER_NONCE}
_ON_CURVES = 80
"""No signature of ours on a curve has more bytes; its length varies by itself (DER)."""
_C_GET_INFO = 3
"""Its place in PKCS#11's list of functions; its answer begins with the version of the interface."""

ILLUSTRATIVE: dict[int, type[Any]] = {
    # Variation 6: "The value returned may vary ... The other fields ... may be present or omitted".
    Tag.RANDOM_NUMBER_GENERATOR: RngParameters,
    # "The values for the returned items ... are illustrative. Actual values from a real client or server system may
    # vary" (§4): TC-Q-RNGS and TC-Q-CAP are several answers to one question.
    Tag.RNG_PARAMETERS: RngParameters,
    Tag.CAPABILITY_INFORMATION: CapabilityInformation,
}
"""Structures whose values vary. Their fields are those of the standard, of its types and in its order."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the batch item whose answer is compared."""

    operation: int | None = None
    sent: Item | None = None
    made_by_server: bool = False
    """Whether an object it is about is the server's own."""
    random_output: bool = False
    """Whether the output of this operation differs each time, or comes from a key that does."""
    fixed_dates: set[tuple[int, int]] = field(default_factory=set)
    has_defaults: bool = False
    """Whether the version has "a default value required in the specification" for Key Format Types (2.0 Table 81)."""


def varies(tag: int, expected: Item, actual: Item, about: About) -> bool:
    """Whether the value of a field may differ from the printed one."""
    if tag in _MADE_UP:
        return True
    if tag in _DATES:
        return (tag, expected[2]) not in about.fixed_dates
    if tag == Tag.LEASE_TIME:
        return bool(expected[2] == 0)  # in 1.1; the same case of 1.2 has 3600 (TC-95), as all others have
    if tag in _OF_MATERIAL:
        return about.made_by_server and (tag != Tag.DIGEST_VALUE or len(expected[2]) == len(actual[2]))
    if tag in _MATERIAL or tag in _NUMBERS:  # item 7: "key material content", the shape of it stays
        return about.made_by_server and _as_long(expected, actual)
    if tag == Tag.KEY_FORMAT_TYPE:  # item 11
        return about.made_by_server and not about.has_defaults and child(about.sent, Tag.KEY_FORMAT_TYPE) is None
    if tag in _OUTPUT:  # item 8
        return _output_varies(tag, expected, actual, about)
    if tag == Tag.PKCS_11_OUTPUT_PARAMETERS:
        # C_GetInfo is Server Information (variation 8) in PKCS#11's form: manufacturer, library and its version.
        function = child(about.sent, Tag.PKCS_11_FUNCTION)
        same = len(expected[2]) == len(actual[2]) and expected[2][:2] == actual[2][:2]
        return function is not None and function[2] == _C_GET_INFO and same
    return tag == Tag.SERVER_INFORMATION  # variation 8: "the contents of the structure returned MAY vary"


def _as_long(expected: Item, actual: Item) -> bool:
    """Another key of the same algorithm and length has as many bytes; a structure is compared part by part."""
    if expected[1] != ItemType.BYTE_STRING:
        return expected[1] != ItemType.STRUCTURE
    return len(expected[2]) == len(actual[2]) or len(expected[2]) > 64  # DER: a number may have a byte more or less


def _output_varies(tag: int, expected: Item, actual: Item, about: About) -> bool:
    longest = max(len(expected[2]), len(actual[2]))
    if len(expected[2]) != len(actual[2]) and not (tag == Tag.SIGNATURE_DATA and longest <= _ON_CURVES):
        return False
    if about.operation == Operation.RNG_RETRIEVE:
        return True
    if tag == Tag.IV_COUNTER_NONCE:  # beside Data: the server made it up
        return about.operation == Operation.ENCRYPT and child(about.sent, Tag.IV_COUNTER_NONCE) is None
    return about.random_output or (about.made_by_server and about.operation == Operation.MAC)


def without_format(digest: Item) -> Item:
    """A digest of a certificate, without the format.

    The field is required of keys and secret data only (1.4 Table 88). Of a certificate TC-CERTATTR-1-14 prints Raw,
    TC-PKCS12-2-14 nothing, and 2.0 Table 81 says X.509.
    """
    tag, kind, parts = digest
    return tag, kind, [each for each in parts if each[0] != Tag.KEY_FORMAT_TYPE]


def of_certificate(digest: Item) -> bool:
    """Whether the digest is that of a certificate: nothing else has this format."""
    given = child(digest, Tag.KEY_FORMAT_TYPE)
    return given is not None and given[2] == KeyFormatType.X_509
