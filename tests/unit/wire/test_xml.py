"""XML: the examples of Additional Message Encodings 1.0 §6, and what it leaves open."""

from __future__ import annotations

import pytest

from kmip_server.errors import InvalidMessage
from kmip_server.wire import xml
from kmip_server.wire.tree import Item, Limits

EXAMPLES: list[tuple[str, Item]] = [
    ('<ActivationDate type="DateTime" value="2001-01-01T10:00:00+10:00"/>', (0x420001, 9, 978307200)),
    (
        '<TTLV tag="0x420001" name="ActivationDate" type="DateTime" value="2001-01-01T00:00:00Z"/>',
        (0x420001, 9, 978307200),
    ),
    ('<TTLV tag="0x54FFFF" name="SomeExtension" type="Integer" value="-1"/>', (0x54FFFF, 2, -1)),
    (
        '<ActivationDate xmlns="urn:oasis:tc:kmip:xmlns" type="DateTime" value="2001-01-01T10:00:00+10:00"/>',
        (0x420001, 9, 978307200),
    ),
    (
        '<k:Attributes xmlns:k="urn:oasis:tc:kmip:xmlns"><k:Comment type="TextString" value=""/></k:Attributes>',
        (0x420125, 1, [(0x4200FD, 7, "")]),
    ),
    ('<IVCounterNonce type="ByteString" value="a1B2c3d4"/>', (0x42003D, 8, bytes.fromhex("a1b2c3d4"))),
    ('<PrivateKeyTemplateAttribute type="Structure"/>', (0x420065, 1, [])),
    (
        '<ProtocolVersion><ProtocolVersionMajor type="Integer" value="1"/></ProtocolVersion>',
        (0x420069, 1, [(0x42006A, 2, 1)]),
    ),
    ('<CryptographicUsageMask type="Integer" value="0x0000100c"/>', (0x42002C, 2, 0x100C)),
    ('<CryptographicUsageMask type="Integer" value="Encrypt Decrypt CertificateSign"/>', (0x42002C, 2, 0x100C)),
    ('<CryptographicUsageMask type="Integer" value="CertificateSign 0x00000004 0x0000008"/>', (0x42002C, 2, 0x100C)),
    ('<CryptographicUsageMask type="Integer" value="Encrypt|Decrypt"/>', (0x42002C, 2, 0xC)),
    ('<CryptographicUsageMask type="Integer" value="12"/>', (0x42002C, 2, 0xC)),
    ('<StorageStatusMask type="Integer" value="ArchivalStorage OnLineStorage"/>', (0x42008E, 2, 3)),
    ('<UsageLimitsCount type="LongInteger" value="1152921504606846976"/>', (0x420096, 3, 1 << 60)),
    ('<X type="BigInteger" value="0000000000000000"/>', (0x42009F, 4, 0)),
    ('<X type="BigInteger" value="ff"/>', (0x42009F, 4, -1)),
    ('<ObjectType type="Enumeration" value="0x00000002"/>', (0x420057, 5, 2)),
    ('<ObjectType type="Enumeration" value="SymmetricKey"/>', (0x420057, 5, 2)),
    ('<ObjectType type="Enumeration" value="0x80000001"/>', (0x420057, 5, 0x80000001)),
    ('<BatchOrderOption type="Boolean" value="true"/>', (0x420010, 6, True)),
    ('<AttributeName type="TextString" value="Cryptographic Algorithm"/>', (0x42000A, 7, "Cryptographic Algorithm")),
    ('<MACSignature type="ByteString" value="C50F77"/>', (0x42004D, 8, b"\xc5\x0fw")),
    ('<Offset type="Interval" value="27"/>', (0x420058, 10, 27)),
    ('<UniqueIdentifier type="Enumeration" value="IDPlaceholder"/>', (0x420094, 5, 1)),
    ('<UniqueIdentifier type="Identifier" value="AAABBBCCC"/>', (0x420094, 12, "AAABBBCCC")),
    ('<AttributeReference type="Enumeration" value="State"/>', (0x42013B, 5, 0x42008D)),
    ('<MaskGeneratorHashingAlgorithm type="Enumeration" value="SHA_256"/>', (0x420102, 5, 6)),
    ('<MaskGenerator type="Enumeration" value="MGF1"/>', (0x420101, 5, 1)),
    # §6.1.6.5 prints a tag without a name so.
    ('<x540001 type="LongInteger" value="-2"/>', (0x540001, 3, -2)),
    # XML Schema Part 2 §4.3.6: every type that §6.1.6 names but the string collapses blanks.
    ('<BatchCount type="Integer" value=" 10\n"/>', (0x42000D, 2, 10)),
    ('<BatchOrderOption type="Boolean" value=" true "/>', (0x420010, 6, True)),
    ('<MACSignature type="ByteString" value=" C50F77 "/>', (0x42004D, 8, b"\xc5\x0fw")),
    ('<Comment type="TextString" value=" blanks "/>', (0x4200FD, 7, " blanks ")),
    (
        '<Attributes xmlns="urn:oasis:tc:kmip:xmlns" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
        ' i:schemaLocation="urn:oasis:tc:kmip:xmlns kmip.xsd"/>',
        (0x420125, 1, []),
    ),
]


@pytest.mark.parametrize(("text", "tree"), EXAMPLES)
def test_example(text: str, tree: Item) -> None:
    assert xml.parse(text.encode()) == tree


def attribute(name: str, kind: str, value: str) -> bytes:
    return (
        f'<Attribute><AttributeName type="TextString" value="{name}"/>'
        f'<AttributeIndex type="Integer" value="0"/><AttributeValue type="{kind}" value="{value}"/></Attribute>'
    ).encode()


@pytest.mark.parametrize(
    ("name", "kind", "value", "number"),
    [
        ("Object Type", "Enumeration", "SymmetricKey", 2),
        ("State", "Enumeration", "Active", 2),
        ("Cryptographic Usage Mask", "Integer", "Encrypt Decrypt", 12),
        ("x-Purpose", "Integer", "7", 7),
    ],
)
def test_an_attribute_value_has_the_names_of_its_attribute(name: str, kind: str, value: str, number: int) -> None:
    tree = xml.parse(attribute(name, kind, value))
    assert tree[2][2][2] == number
    assert f'value="{value}"'.encode() in xml.print_(tree)


def test_a_vendor_attribute_has_no_names() -> None:
    with pytest.raises(InvalidMessage, match="tag AttributeValue: not a value of the enumeration"):
        xml.parse(attribute("x-Purpose", "Enumeration", "Active"))


def test_printed_form() -> None:
    tree = (
        0x420008,
        1,
        [
            (0x42000A, 7, 'a "b" & <c>\n'),
            (0x540001, 1, [(0x540002, 8, b"\xab")]),
            (0x42002C, 2, 0x4000000C),
            (0x420074, 5, 0x80000001),
            (0x420001, 9, 1205495800),
            (0x420001, 9, 1 << 62),
            (0x420001, 11, -1),
            (0x420079, 1, []),
        ],
    )
    assert xml.print_(tree).decode() == (
        "<Attribute>\n"
        '  <AttributeName type="TextString" value=\'a "b" &amp; &lt;c&gt;&#10;\'/>\n'
        '  <TTLV tag="0x540001">\n'
        '    <TTLV tag="0x540002" type="ByteString" value="ab"/>\n'
        "  </TTLV>\n"
        '  <CryptographicUsageMask type="Integer" value="Encrypt Decrypt 0x40000000"/>\n'
        '  <QueryFunction type="Enumeration" value="0x80000001"/>\n'
        '  <ActivationDate type="DateTime" value="2008-03-14T11:56:40+00:00"/>\n'
        '  <ActivationDate type="DateTime" value="0x4000000000000000"/>\n'
        '  <ActivationDate type="DateTimeExtended" value="1969-12-31T23:59:59.999999+00:00"/>\n'
        "  <RequestPayload/>\n"
        "</Attribute>\n"
    )


def test_a_control_character_is_shown_as_replaced() -> None:
    assert xml.parse(xml.print_((0x42000A, 7, "a\x01b"))) == (0x42000A, 7, "a\ufffdb")


def test_comments_and_a_declaration_are_no_data() -> None:
    text = b'<?xml version="1.0" encoding="UTF-8"?><!-- a --><Attributes><!-- b -->\n</Attributes><!-- c -->'
    assert xml.parse(text) == (0x420125, 1, [])


def test_depth_and_size_limits() -> None:
    text = b"<Attributes><Attributes><Attributes/></Attributes></Attributes>"
    assert xml.parse(text, Limits(max_depth=3, max_size=len(text)))
    with pytest.raises(InvalidMessage, match="nested more than 2 deep"):
        xml.parse(text, Limits(max_depth=2))
    with pytest.raises(InvalidMessage, match="more than the 62 allowed"):
        xml.parse(text, Limits(max_size=62))


def test_an_error_names_line_tag_and_defect() -> None:
    with pytest.raises(InvalidMessage) as refused:
        xml.parse(b'<Attributes>\n <CryptographicLength type="Integer" value="secret"/>\n</Attributes>')
    assert refused.value.message == "line 2: tag CryptographicLength: not a number"
