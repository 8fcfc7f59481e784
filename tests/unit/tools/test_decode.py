"""The tool that shows a message: every form of input, one sentence for what is wrong, no secret unless asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kmip_server.spec.tags import Tag
from kmip_server.spec.types import ItemType
from kmip_server.wire.tree import Item
from kmip_server.wire.ttlv import print_

TOOLS = Path(__file__).resolve().parents[3] / "tools"
sys.path.append(str(TOOLS))

import decode  # noqa: E402  # found by the line above

BYTES = ItemType.BYTE_STRING
TEXT = ItemType.TEXT_STRING
SECRET = b"\x00canary\x01"


def structure(tag: Tag, *items: Item) -> Item:
    return tag, ItemType.STRUCTURE, list(items)


MESSAGE = print_(structure(Tag.KEY_BLOCK, structure(Tag.KEY_VALUE, (Tag.KEY_MATERIAL, BYTES, SECRET))))


@pytest.mark.parametrize(
    "given",
    [MESSAGE.hex(), MESSAGE.hex(" "), "0x" + MESSAGE.hex().upper(), MESSAGE.hex(":"), MESSAGE.hex("\n", 16)],
    ids=["plain", "spaces", "prefix", "colons", "lines"],
)
def test_hexadecimal_in_any_dress_is_read(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert decode.main([given]) == 0
    assert '<KeyMaterial type="TextString" value="(8 bytes withheld)"/>' in capsys.readouterr().out


def test_a_secret_is_shown_only_to_who_asks(capsys: pytest.CaptureFixture[str]) -> None:
    decode.main([MESSAGE.hex()])
    assert SECRET.hex() not in capsys.readouterr().out
    decode.main(["--show-secrets", MESSAGE.hex()])
    assert SECRET.hex() in capsys.readouterr().out


@pytest.mark.parametrize("tag", sorted(decode.SECRET_TAGS))
def test_every_secret_is_withheld_wherever_it_stands(tag: Tag) -> None:
    for leaf in ((tag, BYTES, SECRET), (tag, TEXT, "canary"), (tag, ItemType.BIG_INTEGER, 0x63616E617279)):
        shown = decode.withheld(structure(Tag.RESPONSE_PAYLOAD, leaf))
        assert "withheld" in shown[2][0][2]


def test_a_transparent_key_is_withheld_and_what_is_said_of_it_shown() -> None:
    material = structure(Tag.KEY_MATERIAL, (Tag.D, ItemType.BIG_INTEGER, 2**200), (Tag.RECOMMENDED_CURVE, 5, 1))
    beside = structure(Tag.ATTRIBUTES, (Tag.COMMENT, TEXT, "seen"))
    shown = decode.withheld(structure(Tag.KEY_VALUE, material, beside))
    assert shown[2][0][2] == [(Tag.D, TEXT, "(201 bits withheld)"), (Tag.RECOMMENDED_CURVE, 5, 1)]
    assert shown[2][1] == beside


@pytest.mark.parametrize("content", [MESSAGE, MESSAGE.hex().encode() + b"\n"], ids=["binary", "hexadecimal"])
def test_a_file_and_standard_input_are_read(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(content)
    by_name = subprocess.run([TOOLS / "decode", file], capture_output=True, cwd=tmp_path, timeout=60)
    by_pipe = subprocess.run([TOOLS / "decode"], input=content, capture_output=True, cwd=tmp_path, timeout=60)
    assert by_name.stdout == by_pipe.stdout
    assert by_name.stdout.startswith(b"<KeyBlock>")
    assert (by_name.returncode, by_pipe.returncode) == (0, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("420", "3 hexadecimal digits are not whole bytes"),
        ("no-such-file", "'no-such-file' is neither a file nor hexadecimal digits"),
        (" ", "there is nothing to decode"),
        (MESSAGE[:-8].hex(), "offset 0, tag 0x420040: the item ends after the structure that holds it"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(given: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert decode.main([given]) == 1
    assert capsys.readouterr() == ("", f"decode: {said}\n")


def test_the_tool_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        decode.main(["--help"])
    assert left.value.code == 0
    assert "--show-secrets" in capsys.readouterr().out
