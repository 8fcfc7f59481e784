"""The PKCS#11 operation (2.1 §6.1.37): the library, its slot, sessions, and what fails the operation itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kmip_server.operations.cryptoki.calling import FUNCTIONS
from kmip_server.spec.cryptoki import NUMBERS, ReturnCode
from kmip_server.spec.enums import Operation, ResultReason
from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.spec.version import V1_4, V2_0, V2_1, V3_0
from tests.flows.client import Client, data, enumeration, integer, raw, text
from tests.flows.cryptoki import Application, count, ulong
from tests.kit import BOB

CODE = ReturnCode


@pytest.fixture
def library(client: Client) -> Application:
    """An initialized library."""
    return Application(client).initialized()


@pytest.mark.parametrize("version", [V2_0, V2_1, V3_0])
def test_the_published_conversation(server: Any, version: Any) -> None:
    library = Application(Client(server, version))
    assert library.call("C_Initialize", b"\x01") == (CODE.OK, None)
    assert library.correlation is not None
    code, info = library.call("C_GetInfo")
    assert code is CODE.OK and len(info) == 76 and info[:2] == bytes((2, 40)) and info[2:34] == b"test".ljust(32)
    assert library.call("C_Finalize") == (CODE.OK, None)
    if version == V3_0:  # its case has a Correlation Value after the end too: one that is worth nothing
        assert library.call("C_GetInfo") == (CODE.CRYPTOKI_NOT_INITIALIZED, None)


def test_versions_before_2_0_have_no_such_operation(client: Client) -> None:
    asked = raw(Operation.PKCS_11, enumeration(Tag.PKCS_11_FUNCTION, 3))
    assert client.speaking(V1_4).refusal(asked) is ResultReason.OPERATION_NOT_SUPPORTED


def test_without_a_correlation_value_nothing_is_initialized(client: Client) -> None:
    assert Application(client).call("C_GetInfo") == (CODE.CRYPTOKI_NOT_INITIALIZED, None)


def test_another_version_of_the_encoding_is_refused(client: Client) -> None:
    library = Application(client)
    assert library.call("C_Initialize", b"\x02")[0] is CODE.ARGUMENTS_BAD
    assert library.call("C_GetInfo")[0] is CODE.CRYPTOKI_NOT_INITIALIZED


def test_a_correlation_value_is_its_owners(library: Application) -> None:
    other = Application(Client(library.client.server, V2_1, BOB))
    other.correlation = library.correlation
    assert other.failure("C_GetInfo") is ResultReason.INVALID_ASYNCHRONOUS_CORRELATION_VALUE


@pytest.mark.parametrize("value", [b"", b"\x00", bytes(80), b"nothing"])
def test_a_correlation_value_cannot_be_made_up(client: Client, value: bytes) -> None:
    library = Application(client)
    library.correlation = value
    assert library.failure("C_GetInfo") is ResultReason.INVALID_ASYNCHRONOUS_CORRELATION_VALUE


def test_a_correlation_value_expires_unless_it_is_used(library: Application) -> None:
    clock = library.client.server.clock
    clock.advance(2000)
    assert library.call("C_GetInfo")[0] is CODE.OK  # renewed: half its time had passed
    clock.advance(2000)
    assert library.call("C_GetInfo")[0] is CODE.OK
    clock.advance(3601)
    assert library.call("C_GetInfo")[0] is CODE.CRYPTOKI_NOT_INITIALIZED


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (enumeration(Tag.PKCS_11_FUNCTION, 0), ResultReason.PKCS_11_INVALID_FUNCTION),
        (enumeration(Tag.PKCS_11_FUNCTION, 93), ResultReason.PKCS_11_INVALID_FUNCTION),
        (enumeration(Tag.PKCS_11_FUNCTION, 0x80000001), ResultReason.PKCS_11_INVALID_FUNCTION),
        (integer(Tag.PKCS_11_FUNCTION, 3), ResultReason.PKCS_11_INVALID_FUNCTION),  # a vendor's: there is none
        (text(Tag.PKCS_11_FUNCTION, "C_GetInfo"), ResultReason.INVALID_MESSAGE),
    ],
)
def test_a_function_that_there_is_not(client: Client, function: Any, reason: ResultReason) -> None:
    assert client.refusal(raw(Operation.PKCS_11, function)) is reason


def test_a_function_is_needed(client: Client) -> None:
    assert client.refusal(raw(Operation.PKCS_11)) is ResultReason.INVALID_MESSAGE


def test_interfaces(library: Application) -> None:
    function = enumeration(Tag.PKCS_11_FUNCTION, NUMBERS["C_GetInfo"])
    value = data(Tag.CORRELATION_VALUE, library.correlation or b"")
    named = text(Tag.PKCS_11_INTERFACE, "PKCS 11")
    answer = library.client.do(raw(Operation.PKCS_11, named, function, value))
    assert answer.pkcs_11_interface == "PKCS 11" and answer.pkcs_11_return_code is CODE.OK
    other = text(Tag.PKCS_11_INTERFACE, "Vendor NSS")
    refusal = library.client.refusal(raw(Operation.PKCS_11, other, function, value))
    assert refusal is ResultReason.PKCS_11_INVALID_INTERFACE


def not_served() -> set[str]:
    """What docs/operators.md says of it: the first column of its table."""
    text = (Path(__file__).parents[2] / "docs/operators.md").read_text()
    rows = text.partition("| functions | why |")[2].partition("\n\n")[0].splitlines()
    return {name for row in rows for name in re.findall(r"`(C_\w+)`", row.split("|")[1] if "|" in row else "")}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_functions_that_are_not_served_say_so_and_are_documented(library: Application, name: str) -> None:
    parameters = bytes(8) if name == "C_WaitForSlotEvent" else b"whatever"
    if name in not_served():
        assert library.call(name, parameters) == (CODE.FUNCTION_NOT_SUPPORTED, None)
    else:
        assert NUMBERS[name] in FUNCTIONS


def test_nothing_happens_to_the_slot(library: Application) -> None:
    assert library.call("C_WaitForSlotEvent", (1).to_bytes(8, "big")) == (CODE.NO_EVENT, None)


@pytest.mark.parametrize("parameters", [b"", b"\x01\x00"])
def test_parameters_that_do_not_fit_are_a_codec_error(client: Client, parameters: bytes) -> None:
    assert Application(client).failure("C_Initialize", parameters) is ResultReason.PKCS_11_CODEC_ERROR


def test_the_slot_list(library: Application) -> None:
    ask = b"\x01\x00" + count(0)
    assert library.call("C_GetSlotList", ask) == (CODE.OK, b"\x00" + count(1))
    assert library.call("C_GetSlotList", b"\x01\x01" + count(4)) == (CODE.OK, b"\x01" + count(1) + ulong(1))
    assert library.call("C_GetSlotList", b"\x01\x01" + count(0)) == (CODE.BUFFER_TOO_SMALL, b"\x00" + count(1))


@pytest.mark.parametrize(
    ("name", "size"), [("C_GetSlotInfo", 64 + 32 + 8 + 4), ("C_GetTokenInfo", 96 + 8 * 11 + 4 + 16)]
)
def test_slot_and_token(library: Application, name: str, size: int) -> None:
    code, info = library.call(name, ulong(1))
    assert code is CODE.OK and len(info) == size
    assert library.call(name, ulong(2)) == (CODE.SLOT_ID_INVALID, None)


def test_mechanisms(library: Application) -> None:
    code, listed = library.call("C_GetMechanismList", ulong(1) + b"\x01" + count(200))
    assert code is CODE.OK
    numbers = {int.from_bytes(listed[at : at + 8], "big") for at in range(5, len(listed), 8)}
    assert {0x1080, 0x1085, 0x1087, 0x0000, 0x0040, 0x0251, 0x0250} <= numbers
    for number in numbers:
        code, info = library.call("C_GetMechanismInfo", ulong(1) + ulong(number))
        assert code is CODE.OK and len(info) == 24 and any(info[16:])
    assert library.call("C_GetMechanismInfo", ulong(1) + ulong(0x99999))[0] is CODE.MECHANISM_INVALID


def test_sessions_come_and_go(library: Application) -> None:
    first, second = library.session(), library.session(writable=False)
    assert first != second
    assert library.call("C_GetSessionInfo", ulong(first)) == (CODE.OK, ulong(1) + ulong(2) + ulong(6) + ulong(0))
    assert library.call("C_GetSessionInfo", ulong(second))[1] == ulong(1) + ulong(0) + ulong(4) + ulong(0)
    assert library.call("C_CloseSession", ulong(first)) == (CODE.OK, None)
    assert library.call("C_CloseSession", ulong(first)) == (CODE.SESSION_HANDLE_INVALID, None)
    assert library.call("C_CloseAllSessions", ulong(1)) == (CODE.OK, None)
    assert library.call("C_GetSessionInfo", ulong(second)) == (CODE.SESSION_HANDLE_INVALID, None)
    assert library.call("C_GetFunctionStatus", ulong(library.session())) == (CODE.FUNCTION_NOT_PARALLEL, None)


def test_sessions_are_serial_and_not_without_number(library: Application) -> None:
    assert library.call("C_OpenSession", ulong(1) + ulong(2))[0] is CODE.SESSION_PARALLEL_NOT_SUPPORTED
    for _ in range(16):
        library.session()
    assert library.call("C_OpenSession", ulong(1) + ulong(6)) == (CODE.SESSION_COUNT, None)


def test_logging_in_goes_by_the_connection(library: Application) -> None:
    session = library.session()
    login = ulong(session) + ulong(1)
    assert library.call("C_Login", login + count(4) + b"1234") == (CODE.PIN_INCORRECT, None)
    assert library.call("C_Login", ulong(session) + ulong(0) + count(0)) == (CODE.USER_TYPE_INVALID, None)
    assert library.call("C_Login", login + count(0)) == (CODE.OK, None)
    assert library.call("C_Login", login + count(0)) == (CODE.USER_ALREADY_LOGGED_IN, None)
    assert library.call("C_GetSessionInfo", ulong(session))[1][8:16] == ulong(3)
    assert library.call("C_Logout", ulong(session)) == (CODE.OK, None)
    assert library.call("C_Logout", ulong(session)) == (CODE.USER_NOT_LOGGED_IN, None)
    library.call("C_Login", login + count(0))
    library.call("C_CloseSession", ulong(session))
    assert library.call("C_GetSessionInfo", ulong(library.session()))[1][8:16] == ulong(2)


def test_a_correlation_value_goes_on_in_another_process(library: Application, make_server: Any) -> None:
    """Nothing of it is in the memory of a server: another one with the same key-encryption key reads it."""
    session = library.session()
    other = make_server()
    other.envelope = library.client.server.envelope
    other.engine.rooms.sealer = other.envelope
    moved = Application(Client(other))
    moved.correlation = library.correlation
    assert moved.call("C_GetSessionInfo", ulong(session))[0] is CODE.OK


def test_what_the_function_said_stands_in_the_audit_trail(library: Application) -> None:
    library.call("C_CloseSession", ulong(77))
    last = library.client.server.store.audit[-1].fields
    assert any("C_CloseSession; CKR_SESSION_HANDLE_INVALID" in part for part in last)


def test_bytes_in_place_of_the_number_of_a_function(client: Client) -> None:
    wrong = (int(Tag.PKCS_11_FUNCTION), int(ItemType.STRUCTURE), [])
    assert client.refusal(raw(Operation.PKCS_11, wrong)) is ResultReason.INVALID_MESSAGE
