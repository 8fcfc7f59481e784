from __future__ import annotations

import os
from pathlib import Path

import pytest

from kmip_server.vault.errors import VaultError
from kmip_server.vault.reference import read_reference


def _file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"1234", b"1234"), (b"1234\n", b"1234"), (b"1234\r\n", b"1234"), (b" 12\n34 \n\n", b" 12\n34 \n")],
)
def test_a_file_gives_its_content_without_one_final_line_break(tmp_path: Path, content: bytes, value: bytes) -> None:
    assert read_reference(f"file:{_file(tmp_path, content)}").expose() == value


def test_an_environment_variable_gives_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PIN", os.fsdecode(b"\xff12"))
    assert read_reference("env:TEST_PIN").expose() == b"\xff12"


def test_a_group_may_read_a_secret_file_but_not_everybody(tmp_path: Path) -> None:
    assert read_reference(f"file:{_file(tmp_path, b'x', 0o440)}").expose() == b"x"
    with pytest.raises(VaultError, match="chmod 600"):
        read_reference(f"file:{_file(tmp_path, b'x', 0o604)}")


@pytest.mark.parametrize(("content", "says"), [(b"", "empty"), (b"\n", "empty"), (b"x" * 5000, "more than 4096 bytes")])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(VaultError, match=says):
        read_reference(f"file:{_file(tmp_path, content)}")


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_PIN", raising=False)
    with pytest.raises(VaultError, match="TEST_PIN is not set"):
        read_reference("env:TEST_PIN")
    with pytest.raises(VaultError, match="No such file"):
        read_reference(f"file:{tmp_path}/absent")


@pytest.mark.parametrize("reference", ["hunter2", "pass:hunter2", "file:", "env:", ""])
def test_a_secret_given_in_place_of_a_reference_is_not_repeated(reference: str) -> None:
    with pytest.raises(VaultError) as refused:
        read_reference(reference)
    assert "hunter2" not in str(refused.value)
    assert "file:/path" in str(refused.value)
