"""The MSGENC cases print their messages as XML, as TTLV bytes and as JSON: all three are the same message."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kmip_server.errors import InvalidMessage
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire import json, ttlv, xml
from kmip_server.wire.tree import Item
from tests.material import CASE_FILES, NO_CASES

FILES = [path for path in CASE_FILES if path.name.startswith("MSGENC-")]
pytestmark = pytest.mark.skipif(not FILES, reason=NO_CASES)

_MESSAGE = re.compile(r"<(Re(?:quest|sponse)Message)>.*?</\1>", re.DOTALL)
_BYTES = re.compile(r"(?:^(?:[0-9a-f]{2})+$\n)+", re.MULTILINE)
_JSON = re.compile(r'^\{"tag":"Re(?:quest|sponse)Message".*?^\]\}?$', re.MULTILINE | re.DOTALL)


def without_time_stamp(item: Item) -> Item:
    """The prints of one message were made at different moments."""
    tag, kind, value = item
    if kind == ItemType.STRUCTURE:
        return tag, kind, [without_time_stamp(each) for each in value if each[0] != Tag.TIME_STAMP]
    return item


def printed(path: Path) -> tuple[list[Item], list[Item], list[Item]]:
    """The messages of one file by encoding."""
    text = path.read_text().replace('"$NOW"', '"1970-01-01T00:00:00Z"')
    in_xml = [xml.parse(match[0].encode()) for match in _MESSAGE.finditer(text)]
    in_bytes = [ttlv.parse(bytes.fromhex(match[0])) for match in _BYTES.finditer(text) if match[0].startswith("42007")]
    in_json: list[Item] = []
    for match in _JSON.finditer(text):
        try:
            in_json.append(json.parse(match[0].encode()))
        except InvalidMessage:  # some prints lack the last brace
            in_json.append(json.parse(match[0].encode() + b"}"))
    return in_xml, in_bytes, in_json


def test_the_printed_forms_are_one_message() -> None:
    compared = 0
    for path in FILES:
        in_xml, *others = ([without_time_stamp(each) for each in messages] for messages in printed(path))
        for message in [message for messages in others for message in messages]:
            assert message in in_xml, path.name
            compared += 1
    assert compared == 48
