"""The files with which the server goes to subscribers: every mistake is one sentence that names the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kmip_server.transport import Outgoing, OutgoingTls, outgoing_problems
from tests.subscriber import TlsSubscriber
from tests.transport_kit import Pki


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


@pytest.fixture
def good(pki: Pki) -> OutgoingTls:
    own = pki.issue("own")
    return OutgoingTls(own, own.with_suffix(".key"), (pki.ca_path,))


def test_good_files_have_no_problems(good: OutgoingTls, pki: Pki) -> None:
    assert outgoing_problems(good) == []
    for name, more in {"rsa": {"rsa_key": True}, "client": {"eku": "CLIENT_AUTH"}}.items():
        own = pki.issue(name, **more)  # type: ignore[arg-type]
        assert outgoing_problems(OutgoingTls(own, own.with_suffix(".key"), (pki.ca_path,))) == []


@pytest.mark.parametrize("name", ["certificate", "private_key", "authorities"])
@pytest.mark.parametrize("content", [None, b"", b"rubbish"])
def test_a_file_that_is_absent_or_holds_something_else_is_named(
    good: OutgoingTls, tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / "broken.pem"
    if content is not None:
        path.write_bytes(content)
    broken: Any = {name: (path,) if name == "authorities" else path}
    (problem,) = outgoing_problems(replace(good, **broken))
    assert str(path) in problem and "subscribers" in problem
    assert ("No such file" in problem) == (content is None)


def expired(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    own = pki.issue("old", days=(-9, -1))
    return OutgoingTls(own, own.with_suffix(".key"), good.authorities)


def early(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    own = pki.issue("new", days=(1, 9))
    return OutgoingTls(own, own.with_suffix(".key"), good.authorities)


def foreign(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    return replace(good, private_key=pki.issue("other").with_suffix(".key"))


def for_servers(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    own = pki.issue("tls", eku="SERVER_AUTH")
    return OutgoingTls(own, own.with_suffix(".key"), good.authorities)


def sealed(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    path = Path(good.private_key)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    seal = serialization.BestAvailableEncryption(b"word")
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, seal))
    return good


def old_authority(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    return replace(good, authorities=(*good.authorities, pki.issue("past", days=(-9, -1), own=True)))


def stale_list(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    return replace(good, revocation_lists=(pki.revoke(days=(-9, -1)),))


def binary_list(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    path = pki.revoke()
    crl = x509.load_pem_x509_crl(path.read_bytes())
    path.write_bytes(crl.public_bytes(serialization.Encoding.DER))
    return replace(good, revocation_lists=(path,))


def no_list(pki: Pki, good: OutgoingTls) -> OutgoingTls:
    return replace(good, revocation_lists=(pki.ca_path,))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (expired, "old.pem expired on"),
        (early, "new.pem is valid only from"),
        (foreign, "other.key does not belong to the certificate for subscribers"),
        (for_servers, "tls.pem is not for client authentication"),
        (sealed, "own.key is encrypted; store it without a passphrase"),
        (stale_list, "crl.pem was to be replaced on"),
        (binary_list, "crl.pem is not in PEM"),
        (no_list, "holds no readable CRL"),
        (old_authority, "past.pem holds expired certificates only"),
    ],
)
def test_what_would_not_do_is_told(
    pki: Pki, good: OutgoingTls, spoil: Callable[[Pki, OutgoingTls], OutgoingTls], said: str
) -> None:
    (problem,) = outgoing_problems(spoil(pki, good))
    assert said in problem and "\n" not in problem


def test_a_connection_is_not_used_beyond_its_time_or_that_of_the_other_s_certificate(
    pki: Pki, good: OutgoingTls, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber = TlsSubscriber(pki.issue("receiver", days=(-1, 1)), pki.ca_path)
    line = Outgoing(good, "127.0.0.1", subscriber.port, "localhost")
    try:
        assert line.idle()
        day, moment = time.time() + 2 * 86_400, time.monotonic() + 601
        with monkeypatch.context() as later:
            later.setattr("kmip_server.transport.outgoing.time.time", lambda: day)
            assert not line.idle()
        with monkeypatch.context() as later:
            later.setattr("kmip_server.transport.outgoing.time.monotonic", lambda: moment)
            assert not line.idle()
        assert line.idle()
    finally:
        line.close()
        subscriber.close()
