"""Every published answer, spoiled in one place at a time: the comparer sees all but what the standard lets vary.

A value is changed, an item has another type, is left out, or comes twice. What may go unseen stands in ``PERMITTED``,
with the words that permit it (Profiles 3.0 §4.1.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import value_names
from kmip_server.wire.tree import Item
from tests.conformance.cases import all_cases
from tests.conformance.comparison import compare
from tests.conformance.dialogue import Dialogue
from tests.conformance.test_cases import NOW, PerfectServer
from tests.material import CASE_FILES, NO_CASES

_DATES = (
    "Activation Archive Compromise Deactivation Destroy Initial LastChange OriginalCreation ProtectStop ProcessStart"
)
_RNG = """
    CryptographicAlgorithm CryptographicLength DRBGAlgorithm FIPS186Variation HashingAlgorithm PredictionResistance
    RecommendedCurve
"""
_CAPABILITIES = """
    AsynchronousCapability AttestationCapability BatchContinueCapability BatchUndoCapability DestroyAction RNGMode
    ShreddingAlgorithm StreamingCapability UnwrapMode QuantumSafeCapability
"""

PERMITTED: dict[str, str] = {
    # Items 1 to 4: identifiers; a first one is as good as another, the next time it has to be the same.
    "UniqueIdentifier PrivateKeyUniqueIdentifier PublicKeyUniqueIdentifier ShortUniqueIdentifier": "value",
    "LinkedObjectIdentifier": "value",
    # Items 5, 6, 18, 19; $CORRELATION_VALUE and $TICKET_VALUE are symbolic in the same way.
    "AsynchronousCorrelationValue CorrelationValue TicketValue TimeStamp": "value",
    "ServerCorrelationValue": "value drop",
    # Items 7, 8 and 10, where the server made it up.
    "KeyMaterial KeyValue CertificateValue Data IVCounterNonce SignatureData MACData DigestValue": "value",
    "AuthenticatedEncryptionTag": "value",
    "Modulus PrivateExponent PublicExponent P Q PrimeExponentP PrimeExponentQ CRTCoefficient": "value",
    "SerialNumber CertificateSerialNumber CertificateLength": "value",
    # Item 9, where the client fixed none.
    " ".join(f"{name}Date" for name in [*_DATES.split(), "CompromiseOccurrence"]): "value",
    # Item 11, before 2.0 had defaults.
    "KeyFormatType": "value",
    # Variations 3, 5, 6 and 8, and what is illustrative (§4).
    "ResultMessage": "value drop",
    "VendorIdentification": "value drop",
    "ServerSerialNumber ServerVersion ServerName ServerLoad ProductName BuildLevel BuildDate ClusterInfo": "value drop",
    "RNGAlgorithm": "value",
    _RNG: "value drop",
    "RNGParameters": "drop",
    _CAPABILITIES: "value",
    "ExtensionName ExtensionTag ExtensionType ApplicationNamespace": "value drop twice type",
    "ExtensionInformation": "drop twice",
    # 0 in a case of 1.1, 3600 in the same of 1.2.
    "LeaseTime": "value",
    # PKCS#11's own Server Information.
    "PKCS_11OutputParameters": "value",
    # 1.0 §4.7.1: where the index is 0, and where the response is optional.
    "AttributeIndex": "drop twice type",
}
ALLOWED = {(kind, name) for names, kinds in PERMITTED.items() for name in names.split() for kind in kinds.split()}


def other(kind: int, value: Any) -> Any:
    """A wrong value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + (1000 if kind == ItemType.DATE_TIME else 1)
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
    return f"{value}x"


def spoiled(item: Item, named: int | None = None) -> Iterator[tuple[str, int, Item]]:
    """The item with one thing wrong, in every way: how it is wrong, under which tag, and what it is then."""
    tag, kind, value = item
    if kind != ItemType.STRUCTURE:
        wrong = (ItemType.BYTE_STRING, b"x") if kind == ItemType.TEXT_STRING else (ItemType.TEXT_STRING, "x")
        yield "value", value_names.names_under(tag, named), (tag, kind, other(kind, value))
        yield "type", value_names.names_under(tag, named), (tag, int(wrong[0]), wrong[1])
        return
    named = None
    for place, each in enumerate(value):
        before, after = value[:place], value[place + 1 :]
        for how, where, wrong_one in spoiled(each, named):
            yield how, where, (tag, kind, [*before, wrong_one, *after])
        name = value_names.names_under(each[0], named)
        if each[0] != Tag.BATCH_ITEM:
            yield "drop", name, (tag, kind, before + after)
            yield "twice", name, (tag, kind, [*before, each, each, *after])
        named = value_names.named_after(named, each[0], each[2])


@pytest.mark.skipif(not CASE_FILES, reason=NO_CASES)
@pytest.mark.parametrize("part", range(4))
def test_whatever_is_wrong_is_seen(part: int) -> None:
    unseen: dict[tuple[str, str], str] = {}
    seen = 0
    for case in all_cases()[part::8]:
        dialogue = Dialogue(case)
        server = PerfectServer(dialogue)
        for step, exchange in enumerate(case.exchanges):
            sent = dialogue.request(exchange.request, NOW)
            received = server.answer(exchange.response)
            dialogue.note_made(sent, received)
            bound = dict(dialogue.bound)
            for how, tag, wrong in spoiled(received):
                if compare(exchange.response, wrong, sent, dialogue):
                    seen += 1
                else:
                    unseen[how, value_names.tag_name(tag)] = f"{case} exchange {step}"
                dialogue.bound = dict(bound)
            assert compare(exchange.response, received, sent, dialogue) == []
            dialogue.answered(sent, received)
    assert seen > 15_000
    assert {found: where for found, where in unseen.items() if found not in ALLOWED} == {}
