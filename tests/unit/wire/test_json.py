"""JSON: the examples of Additional Message Encodings 1.0 §4, and what it leaves open."""

from __future__ import annotations

import pytest

from kmip_server.errors import InvalidMessage
from kmip_server.wire import json
from kmip_server.wire.tree import Item, Limits

EXAMPLES: list[tuple[str, Item]] = [
    ('{"tag": "ActivationDate", "type":"DateTime", "value":"2001-01-01T10:00:00+10:00"}', (0x420001, 9, 978307200)),
    ('{"tag": "0x54FFFF", "name":"SomeExtension", "type":"Integer", "value":"0x00000001"}', (0x54FFFF, 2, 1)),
    ('{"tag": "0x420001", "type":"DateTime", "value":"0x000000003a505520"}', (0x420001, 9, 0x3A505520)),
    ('{"tag": "IVCounterNonce", "type":"ByteString", "value":"a1b2c3d4"}', (0x42003D, 8, bytes.fromhex("a1b2c3d4"))),
    ('{"tag": "PrivateKeyTemplateAttribute", "type":"Structure", "value":[]}', (0x420065, 1, [])),
    ('{"tag": "PrivateKeyTemplateAttribute", "value":null}', (0x420065, 1, [])),
    (
        '{"tag": "ProtocolVersion", "value":[{"tag": "ProtocolVersionMajor", "type":"Integer", "value":1}]}',
        (0x420069, 1, [(0x42006A, 2, 1)]),
    ),
    ('{"tag": "BatchCount", "type":"Integer", "value":10}', (0x42000D, 2, 10)),
    # RFC 8259 §8.1: "MAY ignore the presence of a byte order mark rather than treating it as an error".
    ('\ufeff{"tag": "BatchCount", "type":"Integer", "value":10}', (0x42000D, 2, 10)),
    ('{"tag": "BatchCount", "type":"Integer", "value":"0x0000000A"}', (0x42000D, 2, 10)),
    ('{"tag": "BatchCount", "type":"Integer", "value":"0xffffffff"}', (0x42000D, 2, -1)),
    ('{"tag": "CryptographicUsageMask", "type":"Integer", "value": "0x0000100c"}', (0x42002C, 2, 0x100C)),
    ('{"tag": "CryptographicUsageMask", "type":"Integer", "value": 4108}', (0x42002C, 2, 0x100C)),
    (
        '{"tag": "CryptographicUsageMask", "type":"Integer", "value": "Encrypt|Decrypt|CertificateSign"}',
        (0x42002C, 2, 0x100C),
    ),
    (
        '{"tag": "CryptographicUsageMask", "type":"Integer", "value": "CertificateSign|0x00000004|0x0000008"}',
        (0x42002C, 2, 0x100C),
    ),
    ('{"tag": "0x540001", "type":"LongInteger", "value":"0xfffffffffffffffe"}', (0x540001, 3, -2)),
    ('{"tag": "0x540001", "type":"LongInteger", "value":-2}', (0x540001, 3, -2)),
    ('{"tag": "UsageLimitsCount", "type":"LongInteger", "value":"0x1000000000000000"}', (0x420096, 3, 1 << 60)),
    ('{"tag": "X", "type":"BigInteger", "value":0}', (0x42009F, 4, 0)),
    ('{"tag": "X", "type":"BigInteger", "value":"0x0000000000000000"}', (0x42009F, 4, 0)),
    ('{"tag": "X", "type":"BigInteger", "value":"0xffffffffffffff00"}', (0x42009F, 4, -256)),
    ('{"tag": "0x420057", "type":"Enumeration", "value":2}', (0x420057, 5, 2)),
    ('{"tag": "ObjectType", "type":"Enumeration", "value":"0x00000002"}', (0x420057, 5, 2)),
    ('{"tag": "ObjectType", "type":"Enumeration", "value":"SymmetricKey"}', (0x420057, 5, 2)),
    ('{"tag": "BatchOrderOption", "type":"Boolean", "value":true}', (0x420010, 6, True)),
    ('{"tag": "BatchOrderOption", "type":"Boolean", "value":"0x0000000000000001"}', (0x420010, 6, True)),
    (
        '{"tag": "AttributeName", "type":"TextString", "value":"Cryptographic Algorithm"}',
        (0x42000A, 7, "Cryptographic Algorithm"),
    ),
    ('{"tag": "MACSignature", "type":"ByteString", "value":"C50F77"}', (0x42004D, 8, b"\xc5\x0fw")),
    ('{"tag": "Offset", "type":"Interval", "value":27}', (0x420058, 10, 27)),
    ('{"tag": "Offset", "type":"Interval", "value":"0x0000001b"}', (0x420058, 10, 27)),
    ('{"tag": "UniqueIdentifier", "type":"Identifier", "value":"AAABBBCCC"}', (0x420094, 12, "AAABBBCCC")),
    (
        '{"tag":"Attribute","value":[{"tag":"AttributeName","type":"TextString","value":"State"},'
        '{"tag":"AttributeValue","type":"Enumeration","value":"Active"}]}',
        (0x420008, 1, [(0x42000A, 7, "State"), (0x42000B, 5, 2)]),
    ),
]


@pytest.mark.parametrize(("text", "tree"), EXAMPLES)
def test_example(text: str, tree: Item) -> None:
    assert json.parse(text.encode()) == tree


def test_printed_form() -> None:
    tree = (
        0x420008,
        1,
        [
            (0x42000A, 7, "Object Type"),
            (0x42000B, 5, 2),
            (0x42002C, 2, 12),
            (0x420096, 3, 1 << 60),
            (0x420096, 3, -3),
            (0x42009F, 4, -1),
            (0x540001, 10, 27),
            (0x420010, 6, False),
            (0x420079, 1, []),
        ],
    )
    assert json.print_(tree).decode() == (
        '{"tag":"Attribute","value":['
        '{"tag":"AttributeName","type":"TextString","value":"Object Type"},'
        '{"tag":"AttributeValue","type":"Enumeration","value":"SymmetricKey"},'
        '{"tag":"CryptographicUsageMask","type":"Integer","value":"Encrypt|Decrypt"},'
        '{"tag":"UsageLimitsCount","type":"LongInteger","value":"0x1000000000000000"},'
        '{"tag":"UsageLimitsCount","type":"LongInteger","value":-3},'
        '{"tag":"X","type":"BigInteger","value":"0xffffffffffffffff"},'
        '{"tag":"0x540001","type":"Interval","value":27},'
        '{"tag":"BatchOrderOption","type":"Boolean","value":false},'
        '{"tag":"RequestPayload","value":[]}]}'
    )


def test_every_text_survives() -> None:
    tree = (0x42000A, 7, 'a\x01"\\\u2028é😀')
    assert json.parse(json.print_(tree)) == tree


def test_depth_and_size_limits() -> None:
    text = b'{"tag":"Attributes","value":[{"tag":"Attributes","value":[{"tag":"Attributes"}]}]}'
    assert json.parse(text, Limits(max_depth=3, max_size=len(text)))
    with pytest.raises(InvalidMessage, match="nested too deep"):
        json.parse(text, Limits(max_depth=2))
    with pytest.raises(InvalidMessage, match="more than the 81 allowed"):
        json.parse(text, Limits(max_size=81))


def test_an_error_names_tag_and_defect() -> None:
    with pytest.raises(InvalidMessage) as refused:
        json.parse(b'{"tag":"CryptographicLength","type":"Integer","value":"secret"}')
    assert refused.value.message == "tag CryptographicLength: not a hexadecimal number"
