"""XML and JSON with one defect each, named by it: the typed error, and nothing expanded, fetched or told."""

from __future__ import annotations

import pytest

from kmip_server.errors import InvalidMessage
from kmip_server.wire import json, xml

BILLION_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{i + 1} "{f"&lol{i or str()};" * 10}">' for i in range(9))
    + ']><Comment type="TextString" value="&lol9;"/>'
)
TEXT = '<Comment type="TextString" value="secret"/>'

XML_DEFECTS: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "not well-formed"),
    "blanks": ("  \n", "not well-formed"),
    "cut short": ("<Attributes>", "not well-formed"),
    "billion laughs": (BILLION_LAUGHS, "document type"),
    "DTD": ("<!DOCTYPE Attributes><Attributes/>", "document type"),
    "external DTD": ('<!DOCTYPE Attributes SYSTEM "http://localhost:1/x.dtd"><Attributes/>', "document type"),
    "external entity": (
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Comment type="TextString" value="&x;"/>',
        "document type",
    ),
    "parameter entity": ('<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><Attributes/>', "document type"),
    "undefined entity": ('<Comment type="TextString" value="&x;"/>', "not well-formed"),
    "processing instruction": ("<?php evil ?><Attributes/>", "processing instruction"),
    "two documents": ("<Attributes/><Attributes/>", "not well-formed"),
    "text between elements": ("<Attributes>secret</Attributes>", "text between"),
    "duplicate attribute": ('<Comment type="TextString" value="a" value="b"/>', "not well-formed"),
    "unknown attribute": ('<Comment type="TextString" value="a" evil="b"/>', "does not have"),
    "unknown element": ("<Evil/>", "no tag"),
    "tag of seven digits": ('<TTLV tag="0x4200941" type="Integer" value="1"/>', "no tag"),
    "tag without digits": ('<TTLV tag="0x" type="Integer" value="1"/>', "no tag"),
    "general form without tag": ('<TTLV type="Integer" value="1"/>', "no tag"),
    "foreign namespace": ('<Attributes xmlns="urn:evil"/>', "foreign namespace"),
    "undeclared prefix": ("<k:Attributes/>", "not well-formed"),
    "unknown type": ('<Comment type="Evil" value="a"/>', "type is not known"),
    "structure with a value": ('<Attributes value="a"/>', "Structure with a value"),
    "text without a value": ('<Comment type="TextString"/>', "no value"),
    "text with an element": (f'<Comment type="TextString" value="a">{TEXT}</Comment>', "holds an element"),
    "unknown enumeration value": ('<State type="Enumeration" value="secret"/>', "State: not a value"),
    "enumeration of nine digits": ('<State type="Enumeration" value="0x100000000"/>', "more than 32 bits"),
    "unknown mask component": ('<CryptographicUsageMask type="Integer" value="Encrypt secret"/>', "not a value"),
    "integer too big": ('<BatchCount type="Integer" value="2147483648"/>', "does not fit 32 bits"),
    "integer of many digits": (f'<BatchCount type="Integer" value="{"9" * 100_000}"/>', "not a number"),
    "integer with underscores": ('<BatchCount type="Integer" value="1_0"/>', "not a number"),
    "integer of foreign digits": ('<BatchCount type="Integer" value="\u0661"/>', "not a number"),
    "negative interval": ('<LeaseTime type="Interval" value="-1"/>', "does not fit 32 bits"),
    "long too big": ('<UsageLimitsCount type="LongInteger" value="9223372036854775808"/>', "does not fit 64"),
    "boolean 2": ('<BatchOrderOption type="Boolean" value="2"/>', "neither true nor false"),
    "odd hexadecimal": ('<KeyMaterial type="ByteString" value="abc"/>', "hexadecimal digits"),
    "bytes that are no hexadecimal": ('<KeyMaterial type="ByteString" value="secret"/>', "hexadecimal digits"),
    "zero-length big integer": ('<Modulus type="BigInteger" value=""/>', "without digits"),
    "month 13": ('<ActivationDate type="DateTime" value="2001-13-01T00:00:00Z"/>', "calendar"),
    "date without time": ('<ActivationDate type="DateTime" value="2001-01-01"/>', "not a date"),
    "offset of a day": ('<ActivationDate type="DateTime" value="2001-01-01T00:00:00+24:00"/>', "not a date"),
    "null character": ('<Comment type="TextString" value="a\0b"/>', "not well-formed"),
    "null as a reference": ('<Comment type="TextString" value="a&#0;b"/>', "not well-formed"),
    "bad UTF-8": (b'<Comment type="TextString" value="\xc3\x28"/>', "not well-formed"),
    "UTF-16": (TEXT.encode("utf-16"), "not UTF-8"),
    "declared another encoding": (
        b'<?xml version="1.0" encoding="latin-1"?><Comment value="\xe9"/>',
        "not well-formed",
    ),
    "deep": ("<Attributes>" * 1000, "nested more than 32 deep"),
}

JSON_DEFECTS: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "not JSON"),
    "cut short": ('{"tag":"Attributes"', "not JSON"),
    "two documents": ('{"tag":"Attributes"}{"tag":"Attributes"}', "not JSON"),
    "an array": ("[]", "not a JSON object"),
    "a number": ("1", "not a JSON object"),
    "null": ("null", "not a JSON object"),
    "duplicate property": ('{"tag":"Comment","type":"TextString","value":"a","value":"b"}', "twice"),
    "unknown property": ('{"tag":"Attributes","evil":1}', "does not have"),
    "no tag": ('{"type":"Integer","value":1}', "no tag"),
    "a number as tag": ('{"tag":4325476,"value":[]}', "no tag"),
    "unknown tag": ('{"tag":"Evil"}', "no tag"),
    "tag of seven digits": ('{"tag":"0x4200941"}', "no tag"),
    "unknown type": ('{"tag":"Comment","type":"Evil","value":1}', "type is not known"),
    "a list as type": ('{"tag":"Comment","type":["TextString"],"value":1}', "type is not known"),
    "structure that is an object": ('{"tag":"Attributes","value":{}}', "not an array"),
    "structure that is text": ('{"tag":"Attributes","value":"secret"}', "not an array"),
    "structure of numbers": ('{"tag":"Attributes","value":[1]}', "not a JSON object"),
    "text that is a number": ('{"tag":"Comment","type":"TextString","value":1}', "not a string"),
    "text without value": ('{"tag":"Comment","type":"TextString"}', "not a string"),
    "integer that is a boolean": ('{"tag":"BatchCount","type":"Integer","value":true}', "not a string"),
    "integer that is a float": ('{"tag":"BatchCount","type":"Integer","value":1.0}', "not a string"),
    "integer that is a decimal text": ('{"tag":"BatchCount","type":"Integer","value":"1"}', "hexadecimal"),
    "integer too big": ('{"tag":"BatchCount","type":"Integer","value":2147483648}', "does not fit 32"),
    "integer of many digits": (f'{{"tag":"BatchCount","type":"Integer","value":{"9" * 100_000}}}', "not JSON"),
    "infinity": ('{"tag":"BatchCount","type":"Integer","value":Infinity}', "not finite"),
    "not a number": ('{"tag":"BatchCount","type":"Integer","value":NaN}', "not finite"),
    "boolean 2": ('{"tag":"BatchOrderOption","type":"Boolean","value":2}', "not a string"),
    "boolean 2 in hexadecimal": ('{"tag":"BatchOrderOption","type":"Boolean","value":"0x2"}', "neither 0 nor 1"),
    "negative enumeration": ('{"tag":"State","type":"Enumeration","value":-1}', "does not fit 32"),
    "unknown enumeration value": ('{"tag":"State","type":"Enumeration","value":"secret"}', "not a value"),
    "zero-length big integer": ('{"tag":"Modulus","type":"BigInteger","value":"0x"}', "without digits"),
    "date that is a number": ('{"tag":"ActivationDate","type":"DateTime","value":1}', "not a string"),
    "null character": ('{"tag":"Comment","type":"TextString","value":"a\\u0000b"}', "null character"),
    "half a surrogate": ('{"tag":"Comment","type":"TextString","value":"\\ud800"}', "surrogate"),
    "control character unescaped": ('{"tag":"Comment","type":"TextString","value":"\x01"}', "not JSON"),
    "bad UTF-8": (b'{"tag":"Comment","type":"TextString","value":"\xc3\x28"}', "not JSON"),
    "two byte order marks": (b'\xef\xbb\xbf\xef\xbb\xbf{"tag":"Attributes"}', "not JSON"),
    "UTF-16": ('{"tag":"Attributes"}'.encode("utf-16"), "not JSON"),
    "deep": ('{"tag":"Attributes","value":[' * 100 + "]}" * 100, "nested too deep"),
    "very deep": ("[" * 500_000, "nested"),
}


@pytest.mark.parametrize("name", XML_DEFECTS)
def test_xml_defect(name: str) -> None:
    text, said = XML_DEFECTS[name]
    with pytest.raises(InvalidMessage, match=said) as refused:
        xml.parse(text.encode() if isinstance(text, str) else text)
    assert "secret" not in refused.value.message
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("name", JSON_DEFECTS)
def test_json_defect(name: str) -> None:
    text, said = JSON_DEFECTS[name]
    with pytest.raises(InvalidMessage, match=said) as refused:
        json.parse(text.encode() if isinstance(text, str) else text)
    assert "secret" not in refused.value.message
    assert refused.value.__cause__ is None
