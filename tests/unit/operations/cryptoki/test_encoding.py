"""The bytes of PKCS#11 parameters, as KMIP Profiles 2.1 §5.18.1 has them."""

from __future__ import annotations

import pytest

from kmip_server.errors import KmipError
from kmip_server.operations.cryptoki.encoding import Asked, Mechanism, Reader, attribute, padded
from kmip_server.operations.cryptoki.refusing import Refusal
from kmip_server.operations.cryptoki.state import Active, Session, State, pack, unpack
from kmip_server.spec.cryptoki import FUNCTIONS, NUMBERS, Attribute
from kmip_server.spec.enums import ResultReason


def test_functions_are_numbered_as_in_the_function_list_of_3_0() -> None:
    """2.1 §11.38; the numbers are the places in CK_FUNCTION_LIST_3_0 of PKCS#11 3.0."""
    known = {"C_Initialize": 1, "C_GetSlotList": 5, "C_OpenSession": 13, "C_CreateObject": 21, "C_Encrypt": 31}
    known |= {"C_Sign": 44, "C_GenerateKey": 59, "C_CancelFunction": 67, "C_WaitForSlotEvent": 68}
    known |= {"C_GetInterface": 70, "C_LoginUser": 71, "C_MessageVerifyFinal": 92}
    assert {name: NUMBERS[name] for name in known} == known
    assert len(FUNCTIONS) == len(NUMBERS) == 92


def test_attributes_are_asked_for_by_type_and_size() -> None:
    asked = bytes.fromhex(
        "00000003"
        "0000000000000103" "00" "01"  # CKA_SENSITIVE, a scalar: no count
        "0000000000000090" "00" "01" "00000010"  # CKA_CHECK_VALUE, room for 16 bytes
        "0000000000000003" "00" "00"  # CKA_LABEL, how long is it?
    )  # fmt: skip
    reader = Reader(asked)
    assert reader.template() == {
        Attribute.SENSITIVE: Asked(None, 1),
        Attribute.CHECK_VALUE: Asked(None, 16),
        Attribute.LABEL: Asked(None, None),
    }
    reader.end()


def test_values_follow_their_counts() -> None:
    given = bytes.fromhex(
        "00000003"
        "0000000000000103" "01" "01" "01"
        "0000000000000003" "01" "01" "00000002" "6869"
        "0000000040000600" "01" "01" "00000002" "0000000000001085" "0000000000001087"
    )  # fmt: skip
    assert Reader(given).template() == {
        Attribute.SENSITIVE: Asked(True, 1),
        Attribute.LABEL: Asked(b"hi", 2),
        Attribute.ALLOWED_MECHANISMS: Asked((0x1085, 0x1087), 2),
    }


def test_a_mechanism_has_a_parameter_or_none() -> None:
    assert Reader(bytes.fromhex("000000000000108100")).mechanism() == Mechanism(0x1081, None)
    whole = bytes.fromhex("0000000000000125010000000c000000080102030405060708")
    assert Reader(whole).mechanism() == Mechanism(0x125, bytes.fromhex("000000080102030405060708"))


def test_answers_have_the_same_form() -> None:
    assert attribute(Attribute.SENSITIVE, True, shown=True).hex() == "0000000000000103010101"
    assert attribute(Attribute.LABEL, b"hi", shown=True).hex() == "00000000000000030101000000026869"
    assert attribute(Attribute.LABEL, b"hi", shown=False).hex() == "0000000000000003000100000002"
    assert attribute(Attribute.VALUE, None, shown=True).hex() == "00000000000000110000"


@pytest.mark.parametrize("text", ["abc", "x" * 40, "ä" * 20])
def test_texts_are_filled_up_and_cut_between_characters(text: str) -> None:
    raw = padded(text, 32)
    assert len(raw) == 32 and text.startswith(raw.decode().rstrip())


@pytest.mark.parametrize("raw", ["", "00", "000000010000000000000103", "00000001000000000000010302"])
def test_what_ends_too_soon_or_is_no_flag_is_a_codec_error(raw: str) -> None:
    with pytest.raises(KmipError) as error:
        Reader(bytes.fromhex(raw)).template()
    assert error.value.reason is ResultReason.PKCS_11_CODEC_ERROR


def test_templates_are_bounded() -> None:
    with pytest.raises(Refusal):
        Reader(bytes.fromhex("ffffffff")).template()
    nested = bytes.fromhex("0000000100000000400002110101") * 10
    with pytest.raises(Refusal):
        Reader(nested).template()


def test_a_state_is_read_as_it_was_written() -> None:
    state = State(expires=5, logged_in=True, next_session=3, objects=["one", "two"])
    state.sessions[2] = Session(True, [2, 1], {"sign": Active(0x251, None, 1, b"part", True)})
    assert unpack(pack(state)) == state
