from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from kmip_server.domain.secret import Secret
from kmip_server.vault.errors import VaultError
from kmip_server.vault.software import create_root_file, load_root_file

COST = 2**14
PASSPHRASE = Secret(b"correct horse battery staple")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


def _change(path: Path, **fields: object) -> None:
    content = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in (content | fields).items() if value is not None}))


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_file_is_made_for_its_owner_alone_and_loads_again(path: Path, passphrase: Secret | None) -> None:
    before = os.umask(0)
    try:
        root_id = create_root_file(path, passphrase, cost=COST)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_root_file(path, passphrase).root_id == root_id
    assert os.listdir(path.parent) == [path.name]


def test_a_file_that_exists_is_never_written_over(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(VaultError, match="never written over"):
        create_root_file(path, None)
    assert path.read_text() == "precious"
    assert os.listdir(path.parent) == [path.name]


def test_a_dangling_link_is_not_followed(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")
    with pytest.raises(VaultError, match="never written over"):
        create_root_file(path, None)
    assert not (path.parent / "elsewhere").exists()


def test_file_and_folder_reach_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode)))
    create_root_file(path, None)
    assert synced == [False, True]


def test_a_write_that_fails_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match="No space left"):
        create_root_file(path, None)
    assert os.listdir(path.parent) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"absent/root\.key cannot be written"):
        create_root_file(tmp_path / "absent" / "root.key", None)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o601])
def test_a_file_open_to_others_is_refused_with_the_remedy(path: Path, mode: int) -> None:
    create_root_file(path, None)
    path.chmod(mode)
    with pytest.raises(VaultError, match=f"{mode:04o}.*chmod 600"):
        load_root_file(path, None)
    path.chmod(0o400)
    load_root_file(path, None)


def test_a_missing_file_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(VaultError, match="kmip-server init-root"):
        load_root_file(path, None)


def test_the_passphrase_must_fit(path: Path) -> None:
    create_root_file(path, PASSPHRASE, cost=COST)
    with pytest.raises(VaultError, match="does not open") as refused:
        load_root_file(path, Secret(b"wrong horse"))
    assert "horse" not in str(refused.value)
    with pytest.raises(VaultError, match="is sealed by a passphrase"):
        load_root_file(path, None)


def test_a_sealed_file_does_not_hold_the_key(path: Path) -> None:
    drawn: list[bytes] = []

    def random(length: int) -> bytes:
        drawn.append(os.urandom(length))
        return drawn[-1]

    create_root_file(path, PASSPHRASE, cost=COST, random=random)
    assert drawn[0].hex() not in path.read_text()
    assert PASSPHRASE.expose().decode() not in path.read_text()


@pytest.mark.parametrize(
    "change",
    [
        {"salt": "00" * 32},
        {"nonce": "00" * 12},
        {"cost": 2 * COST},
        {"root_id": "0" * 16},
        {"key": "00" * 48},
    ],
)
def test_every_altered_field_of_a_sealed_file_is_noticed(path: Path, change: dict[str, object]) -> None:
    create_root_file(path, PASSPHRASE, cost=COST)
    _change(path, **change)
    with pytest.raises(VaultError, match="does not open"):
        load_root_file(path, PASSPHRASE)


def test_an_altered_key_in_clear_is_noticed(path: Path) -> None:
    create_root_file(path, None)
    _change(path, key="00" * 32)
    with pytest.raises(VaultError, match="not the one the file was made with"):
        load_root_file(path, None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "another release"),
        ({"format": "something"}, "no root key file"),
        ({"key": None}, "no intact"),
        ({"key": "00"}, "no intact"),
        ({"key": "zz"}, "no intact"),
        ({"key": 7}, "no intact"),
        ({"root_id": None}, "no intact"),
        ({"protection": "rot13"}, "no intact"),
        ({"protection": "scrypt"}, "no intact"),
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(path: Path, change: dict[str, object], says: str) -> None:
    create_root_file(path, None)
    _change(path, **change)
    with pytest.raises(VaultError, match=says):
        load_root_file(path, PASSPHRASE)


@pytest.mark.parametrize("cost", [0, -1, 2**13, 2**14 + 1, 2**21, 2**40, "many"])
def test_a_cost_that_would_exhaust_the_machine_or_protect_nothing_is_refused(path: Path, cost: object) -> None:
    create_root_file(path, PASSPHRASE, cost=COST)
    _change(path, cost=cost)
    with pytest.raises(VaultError, match="no intact"):
        load_root_file(path, PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"null", b"{", b"[" * 60000])
def test_any_bytes_give_a_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(VaultError, match="root key file"):
        load_root_file(path, None)
