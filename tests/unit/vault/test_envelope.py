from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmip_server.errors import CryptographicFailure
from kmip_server.ports import KekRecord
from kmip_server.spec.enums import ResultReason
from kmip_server.vault.envelope import Envelope, kek_id_of
from kmip_server.vault.errors import SealBroken, VaultError
from tests.stub_guard import StubGuard

PLAIN = b"canary-key-bytes" * 2
OBJECT = {"uid": "4a1c-90", "object_type": 2, "owner": "CN=alice"}


@pytest.fixture
def guard() -> StubGuard:
    return StubGuard()


@pytest.fixture
def record(guard: StubGuard) -> KekRecord:
    return Envelope(guard, []).new_kek_record(100)


@pytest.fixture
def envelope(guard: StubGuard, record: KekRecord) -> Envelope:
    return Envelope(guard, [record])


@pytest.mark.parametrize("plain", [b"", b"k", PLAIN, bytes(100_000)])
def test_what_is_sealed_is_opened(envelope: Envelope, plain: bytes) -> None:
    assert envelope.open(envelope.seal(plain, **OBJECT), **OBJECT) == plain


def test_a_blob_is_version_kek_id_nonce_ciphertext_tag(guard: StubGuard, record: KekRecord) -> None:
    sealed = Envelope(guard, [record], random=lambda length: b"n" * length).seal(PLAIN, **OBJECT)
    assert sealed[:21] == b"\x01" + record.kek_id + b"n" * 12
    assert len(sealed) == 21 + len(PLAIN) + 16
    assert kek_id_of(sealed) == record.kek_id
    assert b"canary" not in sealed


def test_each_seal_takes_a_nonce_of_its_own(envelope: Envelope) -> None:
    assert len({envelope.seal(PLAIN, **OBJECT)[9:21] for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "other",
    [
        {"uid": "4a1c-91"},
        {"uid": ""},
        {"uid": "4a1c-9", "owner": "0CN=alice"},
        {"uid": "4a1c-90C", "owner": "N=alice"},
        {"object_type": 3},
        {"object_type": 2 << 24},
        {"owner": "CN=bob"},
        {"owner": ""},
        {"uid": "CN=alice", "owner": "4a1c-90"},
    ],
)
def test_a_blob_of_another_object_type_or_owner_is_refused(envelope: Envelope, other: dict[str, object]) -> None:
    sealed = envelope.seal(PLAIN, **OBJECT)
    with pytest.raises(SealBroken):
        envelope.open(sealed, **(OBJECT | other))


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@given(_TEXT, _TEXT, _TEXT, _TEXT)
def test_no_two_different_bindings_are_taken_for_one(uid: str, owner: str, other_uid: str, other_owner: str) -> None:
    guard = StubGuard()
    envelope = Envelope(guard, [Envelope(guard, []).new_kek_record(1)])
    sealed = envelope.seal(PLAIN, uid=uid, object_type=2, owner=owner)
    if (uid, owner) == (other_uid, other_owner):
        assert envelope.open(sealed, uid=other_uid, object_type=2, owner=other_owner) == PLAIN
    else:
        with pytest.raises(SealBroken):
            envelope.open(sealed, uid=other_uid, object_type=2, owner=other_owner)


def test_every_altered_bit_is_refused(envelope: Envelope) -> None:
    sealed = envelope.seal(PLAIN, **OBJECT)
    for place in range(len(sealed)):
        for bit in (1, 0x80):
            altered = bytearray(sealed)
            altered[place] ^= bit
            with pytest.raises(SealBroken):
                envelope.open(bytes(altered), **OBJECT)


def test_every_shortened_or_lengthened_blob_is_refused(envelope: Envelope) -> None:
    sealed = envelope.seal(PLAIN, **OBJECT)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            envelope.open(sealed[:length], **OBJECT)
    with pytest.raises(SealBroken):
        envelope.open(sealed + b"\0", **OBJECT)


def test_a_blob_moved_under_another_kek_is_refused(guard: StubGuard, record: KekRecord) -> None:
    second = Envelope(guard, []).new_kek_record(200)
    envelope = Envelope(guard, [record, second])
    sealed = envelope.seal(PLAIN, **OBJECT)
    with pytest.raises(SealBroken):
        envelope.open(sealed[:1] + record.kek_id + sealed[9:], **OBJECT)


def test_the_log_is_told_which_object_and_the_client_is_not_told_why(envelope: Envelope) -> None:
    sealed = envelope.seal(PLAIN, **OBJECT)
    with pytest.raises(CryptographicFailure) as refused:
        envelope.open(sealed, **(OBJECT | {"owner": "CN=mallory"}))
    assert "4a1c-90" in str(refused.value)
    assert refused.value.reason is ResultReason.CRYPTOGRAPHIC_FAILURE
    assert "owner" not in refused.value.message
    assert refused.value.message == SealBroken("x", "y").message


def test_the_guard_is_asked_once_per_kek(guard: StubGuard, record: KekRecord) -> None:
    envelope = Envelope(guard, [record])
    assert guard.unwraps == 0
    sealed = [envelope.seal(PLAIN, **OBJECT) for _ in range(5)]
    for blob in sealed:
        envelope.open(blob, **OBJECT)
    envelope.load([record])
    envelope.open(sealed[0], **OBJECT)
    assert guard.unwraps == 1


def test_the_guard_is_asked_once_when_threads_come_together(guard: StubGuard, record: KekRecord) -> None:
    envelope, barrier = Envelope(guard, [record]), threading.Barrier(8)

    def first() -> None:
        barrier.wait()
        envelope.seal(PLAIN, **OBJECT)

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert guard.unwraps == 1


def test_a_broken_token_is_told_and_tried_again_at_the_next_use(guard: StubGuard, record: KekRecord) -> None:
    envelope = Envelope(guard, [record])
    guard.broken = "Token 'x' does not work; check the device."
    with pytest.raises(VaultError, match="check the device"):
        envelope.seal(PLAIN, **OBJECT)
    guard.broken = None
    assert envelope.open(envelope.seal(PLAIN, **OBJECT), **OBJECT) == PLAIN


def test_a_rotation_seals_under_the_new_kek_and_opens_under_both(guard: StubGuard, record: KekRecord) -> None:
    envelope = Envelope(guard, [record])
    old = envelope.seal(PLAIN, **OBJECT)
    second = envelope.new_kek_record(200)
    envelope.load([record._replace(active=False), second])
    new = envelope.seal(PLAIN, **OBJECT)
    assert (kek_id_of(old), kek_id_of(new)) == (record.kek_id, second.kek_id)
    assert envelope.open(old, **OBJECT) == envelope.open(new, **OBJECT) == PLAIN


def test_of_two_active_keks_the_newest_seals(guard: StubGuard, record: KekRecord) -> None:
    newest = Envelope(guard, []).new_kek_record(300)
    for records in ([record, newest], [newest, record]):
        assert kek_id_of(Envelope(guard, records).seal(PLAIN, **OBJECT)) == newest.kek_id


def test_a_kek_of_another_process_is_read_when_a_blob_names_it(guard: StubGuard, record: KekRecord) -> None:
    database = [record]
    envelope = Envelope(guard, database, reload=lambda: database)
    second = Envelope(guard, []).new_kek_record(200)
    sealed = Envelope(guard, [second]).seal(PLAIN, **OBJECT)
    with pytest.raises(SealBroken, match=second.kek_id.hex()):
        envelope.open(sealed, **OBJECT)
    database.append(second)
    assert envelope.open(sealed, **OBJECT) == PLAIN


def test_without_an_active_kek_nothing_is_sealed(guard: StubGuard, record: KekRecord) -> None:
    for records in ([], [record._replace(active=False)]):
        with pytest.raises(VaultError, match="init-root"):
            Envelope(guard, records).seal(PLAIN, **OBJECT)


@pytest.mark.parametrize(
    "change", [{"created": 101}, {"kek_id": bytes(8)}, {"wrapped": bytes(48)}, {"root_id": "f" * 16}]
)
def test_an_altered_kek_record_is_refused(guard: StubGuard, record: KekRecord, change: dict[str, object]) -> None:
    with pytest.raises(VaultError):
        Envelope(guard, [record._replace(**change)]).warm()


def test_warm_finds_a_wrong_root_key_at_once(record: KekRecord) -> None:
    with pytest.raises(VaultError, match=f"{record.root_id}.*configure the root key"):
        Envelope(StubGuard(), [record]).warm()


def test_no_kek_shows_in_a_text(envelope: Envelope) -> None:
    drawn: list[bytes] = []

    def random(length: int) -> bytes:
        drawn.append(os.urandom(length))
        return drawn[-1]

    record = Envelope(StubGuard(), [], random=random).new_kek_record(1)
    kek = next(value for value in drawn if len(value) == 32)
    assert kek not in record.wrapped
    assert kek.hex() not in repr(record) + repr(envelope)
