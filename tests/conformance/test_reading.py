"""Published files that are no well-formed XML, or print their messages out of the ordinary, are read all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from kmip_server.spec.enums import Operation
from kmip_server.spec.tags import Tag
from kmip_server.wire.tree import Item
from tests.conformance import cases
from tests.conformance.cases import Placeholder, child, operations_of, read

VERSION = """<ProtocolVersion><ProtocolVersionMajor type="Integer" value="1"/>
    <ProtocolVersionMinor type="Integer" value="{minor}"/></ProtocolVersion>"""


def message(kind: str, operation: str, rest: str, minor: int = 4) -> str:
    header = f"<{kind}Header>{VERSION.format(minor=minor)}<BatchCount type='Integer' value='1'/></{kind}Header>"
    item = f'<BatchItem><Operation type="Enumeration" value="{operation}"/>{rest}</BatchItem>'
    return f"<{kind}Message>{header}{item}</{kind}Message>"


UID = '<UniqueIdentifier type="TextString" value="$UNIQUE_IDENTIFIER_0"/>'
ASKED = message("Request", "Destroy", f"<RequestPayload>{UID}</RequestPayload>")
DONE = '<ResultStatus type="Enumeration" value="Success"/>'
GIVEN = message("Response", "Destroy", f"{DONE}<ResponsePayload>{UID}</ResponsePayload>")

SHAPES = {
    "as it should be": f"<KMIP>{ASKED}{GIVEN}</KMIP>",
    "another root": f"<KmipTestCase>{ASKED}{GIVEN}</KmipTestCase>",
    "with a declaration": f'<?xml version="1.0" ?>\n<!-- what & why -->\n<KMIP>{ASKED}{GIVEN}</KMIP>',
    "a byte order mark": f"\ufeff<KMIP>{ASKED}{GIVEN}</KMIP>",
    "text before the root": f"# TC-X-1-14\n# does <this>\n<KMIP>\n{ASKED}\n{GIVEN}\n</KMIP>\n",
    "the root ends twice": f"<KMIP>{ASKED}{GIVEN}</KMIP>\n</KMIP>\n",
    "the root ends early": f"<KMIP>{ASKED}</KMIP>{GIVEN}</KMIP>",
    "no root": f"{ASKED}\n{GIVEN}",
    "a dump beside": f"<KMIP># 42 & <7B ..\n{ASKED}\nB<x&..{GIVEN}</KMIP>",
    "a message that was struck out": f"<KMIP><!-- {ASKED} -->{ASKED}& {GIVEN}</KMIP>",
    "a print of a message": f"<KMIP><![CDATA[POST /kmip\n{ASKED}]]>{ASKED}& {GIVEN}</KMIP>",
    "blanks": f"<KMIP>{ASKED}{GIVEN}</KMIP>".replace("<UniqueIdentifier", "<UniqueIdentifier  ").replace("/>", "  />"),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_the_messages_are_found(text: str) -> None:
    case = read(text.encode(), "TC-X-1-14")
    (exchange,) = case.exchanges
    assert operations_of(case) == {Operation.DESTROY}
    payload = child(child(exchange.response, Tag.BATCH_ITEM), Tag.RESPONSE_PAYLOAD)
    found = child(payload, Tag.UNIQUE_IDENTIFIER)
    assert found is not None and found[2] == Placeholder("UNIQUE_IDENTIFIER_0")


def version_of(item: Item) -> list[int]:
    version = child(item[2][0], Tag.PROTOCOL_VERSION)
    assert version is not None
    return [part[2] for part in version[2]]


def test_the_version_is_that_of_the_name() -> None:
    other = ASKED.replace('Minor type="Integer" value="4"', 'Minor type="Integer" value="3"')
    case = read(f"<KMIP>{other}{GIVEN}{ASKED}{GIVEN}</KMIP>".encode(), "TC-X-1-14")
    assert [version_of(part) for each in case.exchanges for part in (each.request, each.response)] == [[1, 4]] * 4


def test_requests_before_their_responses_are_answered_the_other_way_round() -> None:
    revoke, revoked = ASKED.replace("Destroy", "Revoke"), GIVEN.replace("Destroy", "Revoke")
    case = read(f"<KMIP>{ASKED}{revoke}{revoked}{GIVEN}</KMIP>".encode(), "TC-X-1-10")
    operations = [child(child(each.request, Tag.BATCH_ITEM), Tag.OPERATION) for each in case.exchanges]
    assert [each and each[2] for each in operations] == [Operation.REVOKE, Operation.DESTROY]


def test_blanks_of_a_page_are_no_part_of_a_name() -> None:
    name = '<AttributeName type="TextString" value="Cryptographic   Usage Mask"/>'
    asked = ASKED.replace(UID, UID + name)
    for case_id, expected in (("TC-X-1-12", "Cryptographic Usage Mask"), ("TC-X-1-14", "Cryptographic   Usage Mask")):
        case = read(f"<KMIP>{asked}{GIVEN}</KMIP>".encode(), case_id)
        payload = child(child(case.exchanges[0].request, Tag.BATCH_ITEM), Tag.REQUEST_PAYLOAD)
        found = child(payload, Tag.ATTRIBUTE_NAME)
        assert found is not None and found[2] == expected


def test_a_file_that_cannot_be_read_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "TC-X-1-14": f"<KMIP>{ASKED}{GIVEN}</KMIP>",
        "TC-X-2-14": f"<KMIP>{ASKED}</KMIP>",
        "TC-X-3-14": f"<KMIP>{ASKED}{GIVEN}</KMIP>".replace("UniqueIdentifier", "Unheard"),
        "TC-X-4-14": "<KMIP/>",
        "TC-X-5-14": f"<KMIP>{ASKED}{GIVEN}</KMIP>".replace('"Success"', '"Perhaps"'),
        "TC-X-6-14": f"<KMIP>{GIVEN}</KMIP>",
    }
    files = [tmp_path / f"{name}.xml" for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text)
    monkeypatch.setattr(cases, "CASE_FILES", files)
    cases._read.cache_clear()
    try:
        assert [case.case_id for case in cases.all_cases.__wrapped__()] == ["TC-X-1-14"]
        assert list(cases.unreadable()) == list(texts)[1:]
    finally:
        cases._read.cache_clear()
