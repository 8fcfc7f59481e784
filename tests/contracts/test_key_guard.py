"""One suite for every guard of a root key: what wraps must unwrap, and nothing else may."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kmip_server.domain.secret import Secret
from kmip_server.errors import KmipError
from kmip_server.ports import RootKey
from kmip_server.vault.envelope import Envelope, rewrap
from kmip_server.vault.errors import SealBroken, VaultError
from kmip_server.vault.pkcs11 import Pkcs11Guard, init_root
from kmip_server.vault.software import create_root_file, load_root_file
from tests.softhsm import soft_token
from tests.stub_guard import StubGuard

OBJECT = {"uid": "4a1c", "object_type": 2, "owner": "CN=alice"}
_number = itertools.count()


@dataclass(frozen=True)
class Kind:
    """How guards of one kind are made: each with a root key of its own."""

    make: Callable[[], RootKey]
    again: Callable[[RootKey], RootKey]
    """Another guard of the same root key, as after a restart."""


def _software(folder: Path, passphrase: Secret | None) -> Kind:
    paths: dict[str, Path] = {}

    def make() -> RootKey:
        path = folder / f"root-{next(_number)}"
        paths[create_root_file(path, passphrase, cost=2**14)] = path
        return load_root_file(path, passphrase)

    return Kind(make, lambda guard: load_root_file(paths[guard.root_id], passphrase))


def _softhsm() -> Kind:
    token = soft_token(f"guard-{next(_number)}")
    labels: dict[str, str] = {}

    def make() -> RootKey:
        label = f"root-{next(_number)}"
        labels[init_root(token.settings(label), token.pin)] = label
        return Pkcs11Guard(token.settings(label), token.pin)

    return Kind(make, lambda guard: Pkcs11Guard(token.settings(labels[guard.root_id]), token.pin))


@pytest.fixture(scope="module", params=["software", "software with passphrase", "stub", "SoftHSM"])
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kind:
    match request.param:
        case "software":
            return _software(tmp_path_factory.mktemp("root"), None)
        case "software with passphrase":
            return _software(tmp_path_factory.mktemp("root"), Secret(b"correct horse"))
        case "stub":
            return Kind(StubGuard, lambda guard: guard)
        case _:
            return _softhsm()


@pytest.fixture
def guard(kind: Kind) -> RootKey:
    return kind.make()


def test_what_is_wrapped_is_unwrapped(guard: RootKey) -> None:
    kek = secrets.token_bytes(32)
    assert guard.unwrap(guard.wrap(kek, b"bound"), b"bound") == kek


def test_a_wrapped_kek_does_not_show_the_kek_and_is_never_the_same_twice(guard: RootKey) -> None:
    kek = secrets.token_bytes(32)
    first, second = guard.wrap(kek, b""), guard.wrap(kek, b"")
    assert first != second
    assert kek not in first
    assert kek[:8] not in first


def test_it_unwraps_after_a_restart_under_the_same_root_id(kind: Kind, guard: RootKey) -> None:
    wrapped = guard.wrap(b"k" * 32, b"bound")
    again = kind.again(guard)
    assert again.root_id == guard.root_id
    assert again.unwrap(wrapped, b"bound") == b"k" * 32


def test_root_ids_are_public_names_of_one_form_and_differ(kind: Kind) -> None:
    names = {kind.make().root_id for _ in range(3)}
    assert len(names) == 3
    assert all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in names)


def test_another_binding_is_refused(guard: RootKey) -> None:
    wrapped = guard.wrap(b"k" * 32, b"one")
    for other in (b"two", b"", b"one\x00", b"on"):
        with pytest.raises(VaultError):
            guard.unwrap(wrapped, other)


def test_every_altered_byte_is_refused(guard: RootKey) -> None:
    wrapped = guard.wrap(b"k" * 32, b"bound")
    for place in range(len(wrapped)):
        altered = bytearray(wrapped)
        altered[place] ^= 1
        with pytest.raises(VaultError):
            guard.unwrap(bytes(altered), b"bound")


@pytest.mark.parametrize("wrapped", [b"", b"\x01", b"\x01" + bytes(60), bytes(61), bytes(200)])
def test_what_is_no_wrapped_kek_is_refused(guard: RootKey, wrapped: bytes) -> None:
    with pytest.raises(VaultError):
        guard.unwrap(wrapped, b"")


def test_another_root_key_is_refused(kind: Kind, guard: RootKey) -> None:
    wrapped = guard.wrap(b"k" * 32, b"bound")
    with pytest.raises(VaultError):
        kind.make().unwrap(wrapped, b"bound")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_only_a_kek_is_wrapped(guard: RootKey, length: int) -> None:
    with pytest.raises(VaultError, match="32"):
        guard.wrap(bytes(length), b"")


def test_a_refusal_says_one_sentence_to_the_operator_and_nothing_to_the_client(kind: Kind, guard: RootKey) -> None:
    wrapped = guard.wrap(b"k" * 32, b"")
    with pytest.raises(KmipError) as refused:
        guard.unwrap(wrapped, b"other")
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)
    assert guard.root_id not in refused.value.message


def test_it_works_on_both_sides_of_a_fork(guard: RootKey) -> None:
    wrapped = guard.wrap(b"k" * 32, b"bound")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, guard.unwrap(wrapped, b"bound") + guard.wrap(b"c" * 32, b"child"))
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    assert told[:32] == b"k" * 32
    assert guard.unwrap(wrapped, b"bound") == b"k" * 32
    if not isinstance(guard, StubGuard):  # a stub keeps its keys in the memory of one process
        assert guard.unwrap(told[32:], b"child") == b"c" * 32


def test_it_works_when_first_used_after_the_fork(kind: Kind) -> None:
    guard = kind.again(kind.make())
    wrapped = guard.wrap(b"k" * 32, b"")
    unused = kind.again(guard)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if unused.unwrap(wrapped, b"") == b"k" * 32 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert unused.unwrap(wrapped, b"") == b"k" * 32


def test_an_envelope_opens_after_a_restart(kind: Kind, guard: RootKey) -> None:
    record = Envelope(guard, []).new_kek_record(1_700_000_000)
    sealed = Envelope(guard, [record]).seal(b"secret", **OBJECT)
    restarted = Envelope(kind.again(guard), [record])
    assert restarted.open(sealed, **OBJECT) == b"secret"
    with pytest.raises(SealBroken):
        restarted.open(sealed, **(OBJECT | {"uid": "4a1d"}))


def test_an_envelope_refuses_the_keks_of_another_root_key(kind: Kind, guard: RootKey) -> None:
    record = Envelope(guard, []).new_kek_record(1_700_000_000)
    foreign = kind.make()
    with pytest.raises(VaultError, match=record.root_id):
        Envelope(foreign, [record]).warm()
    disguised = record._replace(root_id=foreign.root_id)
    with pytest.raises(VaultError):
        Envelope(foreign, [disguised]).warm()


def test_a_kek_moves_to_another_kind_of_root_key(guard: RootKey) -> None:
    old = StubGuard()
    record = Envelope(old, []).new_kek_record(5)
    sealed = Envelope(old, [record]).seal(b"secret", **OBJECT)
    moved = rewrap(record, old, guard)
    assert Envelope(guard, [moved]).open(sealed, **OBJECT) == b"secret"
    assert (moved.kek_id, moved.created, moved.active) == (record.kek_id, record.created, record.active)
