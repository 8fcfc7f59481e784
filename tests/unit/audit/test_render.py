from __future__ import annotations

import json

import pytest

from kmip_server.audit.chain import AuditChain
from kmip_server.audit.record import FIELDS
from kmip_server.audit.render import as_json, as_sentence, when
from kmip_server.audit.verify import BEGINNING
from kmip_server.ports import AuditEntry, AuditRow

ENTRY = AuditEntry(
    at=1_700_000_000_123_456,
    subject="CN=alice",
    issuer="CN=Test CA",
    serial="2A",
    address="192.0.2.7",
    operation="Get",
    object_id="4a1c",
    object_type="Symmetric Key",
    rule="default: owner",
    decision="deny",
    result="Operation Failed",
    reason="Item Not Found",
    detail="",
    correlation="r9/1",
)


def row(**change: str) -> AuditRow:
    return AuditChain().extend(BEGINNING, [ENTRY._replace(**change)])[0]


def test_a_sentence_tells_when_who_what_how_and_why() -> None:
    assert as_sentence(row()) == (
        "#1 2023-11-14T22:13:20.123456Z CN=alice (certificate 2A, of CN=Test CA) at 192.0.2.7: Get Symmetric Key 4a1c; "
        "Operation Failed (Item Not Found); denied by default: owner; request r9/1"
    )


def test_a_sentence_leaves_out_what_is_empty() -> None:
    bare = AuditEntry(0, **dict.fromkeys(FIELDS, "") | {"result": "Success"})
    (made,) = AuditChain().extend(BEGINNING, [bare])
    assert as_sentence(made) == "#1 1970-01-01T00:00:00.000000Z an unknown client: nothing; Success"


def test_json_is_one_line_that_holds_everything() -> None:
    made = row(detail="Zoë")
    line = as_json(made)
    assert "\n" not in line
    assert line.isascii()
    content = json.loads(line)
    assert [content[name] for name in FIELDS] == list(made.fields)
    assert (content["sequence"], content["at"], content["time"]) == (1, ENTRY.at, "2023-11-14T22:13:20.123456Z")
    assert bytes.fromhex(content["hash"]) == made.hash
    assert bytes.fromhex(content["previous"]) == made.previous


def test_rows_spoilt_in_the_database_cannot_feign_lines_or_colours() -> None:
    spoilt = row()._replace(fields=("\n#2 all is well\x1b[2J",) * len(FIELDS))
    for line in (as_sentence(spoilt), as_json(spoilt)):
        assert line.isprintable()
    short = spoilt._replace(fields=("\n", "x"))
    assert as_sentence(short).endswith(r"is no record of this release: \n | x")
    assert json.loads(as_json(short))["fields"] == ["\n", "x"]


@pytest.mark.parametrize("at", [2**62, -(2**62)])
def test_a_time_outside_the_calendar_is_shown_as_its_number(at: int) -> None:
    assert when(at) == f"{at}µs"
