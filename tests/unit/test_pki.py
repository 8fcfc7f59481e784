"""The development PKI: real TLS accepts it, names are checked, nothing is overwritten, revocation is told."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kmip_server import pki


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as ``init`` leaves it. Tests that change it make their own."""
    folder = tmp_path_factory.mktemp("pki")
    pki.ensure(folder, ["client1", "client2"], ["kms.example.org", "192.0.2.7"])
    return folder


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_everything_is_there_and_keys_are_their_owners_alone(made: Path) -> None:
    names = {"ca", "server", "client1", "client2"}
    assert {path.name for path in made.iterdir()} == {f"{n}.{e}" for n in names for e in ("pem", "key")} | {"crl.pem"}
    for path in made.glob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----"), "PKCS#8"


def test_the_certificates_say_what_the_profiles_ask(made: Path) -> None:
    ca, server, client = (certificate(made / f"{name}.pem") for name in ("ca", "server", "client1"))
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    for leaf, usage in ((server, ExtendedKeyUsageOID.SERVER_AUTH), (client, ExtendedKeyUsageOID.CLIENT_AUTH)):
        leaf.verify_directly_issued_by(ca)
        assert list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [usage]
        assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= datetime.timedelta(days=731)
        assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "kms.example.org", socket.gethostname()} <= set(names.get_values_for_type(x509.DNSName))
    assert {"127.0.0.1", "::1", "192.0.2.7"} == {str(a) for a in names.get_values_for_type(x509.IPAddress)}
    assert client.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "client1"


def handshake(server_side: ssl.SSLContext, client_side: ssl.SSLContext, name: str) -> dict[str, object]:
    """Shake hands over a socket pair; return the server's certificate as the client sees it."""
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(10)
        right.settimeout(10)

        def serve() -> None:
            try:
                with server_side.wrap_socket(left, server_side=True) as connection:
                    connection.sendall(b"hello")
            except OSError:
                left.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with client_side.wrap_socket(right, server_hostname=name) as connection:
                assert connection.recv(5) == b"hello"
                return dict(connection.getpeercert() or {})
        finally:
            thread.join(10)


def server_context(folder: Path, crl: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if crl:
        context.load_verify_locations(folder / "crl.pem")
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def client_context(folder: Path, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "kms.example.org"])
def test_a_strict_client_and_a_strict_server_accept_each_other_by_every_name(made: Path, name: str) -> None:
    assert handshake(server_context(made, crl=True), client_context(made, "client1"), name)["subject"]


def test_a_name_that_the_server_does_not_have_is_refused(made: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(server_context(made), client_context(made, "client1"), "elsewhere.example.org")


def test_a_second_run_changes_nothing(made: Path) -> None:
    before = contents(made)
    assert pki.ensure(made, ["client1", "client2"]) == []
    assert contents(made) == before


def test_what_is_missing_is_made_from_the_same_ca_and_a_key_that_was_left_is_used(tmp_path: Path) -> None:
    pki.ensure(tmp_path, ["client1"])
    ca, key = (tmp_path / "ca.pem").read_bytes(), (tmp_path / "server.key").read_bytes()
    (tmp_path / "server.pem").unlink()
    assert [path.name for path in pki.ensure(tmp_path, ["client1", "client2"])] == [
        "client2.key",
        "client2.pem",
        "server.pem",
    ]
    assert ((tmp_path / "ca.pem").read_bytes(), (tmp_path / "server.key").read_bytes()) == (ca, key)
    assert handshake(server_context(tmp_path), client_context(tmp_path, "client2"), "localhost")


def test_a_pki_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    pki.ensure(tmp_path, [])
    (tmp_path / "ca.key").unlink()
    assert pki.ensure(tmp_path, ["client1"]) == []
    (tmp_path / "server.key").unlink()
    with pytest.raises(pki.PkiError, match=r"a CA without its key, so server\.key must come from that CA"):
        pki.ensure(tmp_path, [])
    with pytest.raises(pki.PkiError, match="ask whoever holds your CA"):
        pki.issue_client(tmp_path, "client1")
    (tmp_path / "ca.pem").unlink()
    with pytest.raises(pki.PkiError, match=r"no ca\.pem"):
        pki.ensure(tmp_path, [])


def test_a_client_gets_three_files_and_its_groups(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    files = pki.issue_client(made, "array-7", ["storage", "backup"], out)
    assert [path.name for path in files] == ["ca.pem", "array-7.pem", "array-7.key"]
    assert {path.parent for path in files} == {out}
    subject = certificate(files[1]).subject
    units = [part.value for part in subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)]
    assert units == ["storage", "backup"]
    assert handshake(server_context(made), client_context(out, "array-7"), "localhost")
    assert not (made / "array-7.key").exists(), "the key is with the client only"
    with pytest.raises(pki.PkiError, match=r"array-7\.pem exists already"):
        pki.issue_client(made, "array-7", [], tmp_path / "another")


def test_a_folder_with_another_ca_is_not_mixed_up(made: Path, tmp_path: Path) -> None:
    pki.ensure(tmp_path, [])
    with pytest.raises(pki.PkiError, match="is another CA's certificate"):
        pki.issue_client(made, "mixed", [], tmp_path)
    assert not (tmp_path / "mixed.pem").exists()
    assert not (tmp_path / "mixed.key").exists()


@pytest.mark.parametrize(
    "name", ["", "..", ".x", "-x", "a/b", "a b", "a\n", "ä", "x" * 65, "ca", "server", "crl", "a.key"]
)
def test_a_bad_name_is_refused_before_anything_is_written(made: Path, name: str) -> None:
    before = contents(made)
    with pytest.raises(pki.PkiError, match="cannot be a client's name"):
        pki.issue_client(made, name)
    assert contents(made) == before


@pytest.mark.parametrize("group", ["", "x" * 65, "a\nb"])
def test_a_bad_group_is_refused(made: Path, group: str) -> None:
    with pytest.raises(pki.PkiError, match="cannot be a group"):
        pki.issue_client(made, "someone", [group])


def test_a_bad_server_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pki.PkiError, match="'a b' is neither a host name nor an IP address"):
        pki.ensure(tmp_path, [], ["a b"])


def test_a_key_that_does_not_fit_the_ca_issues_nothing(tmp_path: Path) -> None:
    pki.ensure(tmp_path, ["client1"])
    (tmp_path / "ca.key").write_bytes((tmp_path / "client1.key").read_bytes())
    with pytest.raises(pki.PkiError, match=r"ca\.key is not the key of"):
        pki.issue_client(tmp_path, "client2")
    (tmp_path / "ca.key").write_text("no key")
    with pytest.raises(pki.PkiError, match="not an unencrypted private key"):
        pki.issue_client(tmp_path, "client2")


def test_a_revoked_client_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    pki.ensure(tmp_path, ["client1", "client2", "client3"])
    for name in ("client1", "client2"):
        path = pki.revoke_client(tmp_path, name)
    pki.revoke_client(tmp_path, "client1")  # twice is once
    crl = x509.load_pem_x509_crl(path.read_bytes())
    assert len(list(crl)) == 2
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 4
    for name in ("client1", "client2"):
        with pytest.raises(OSError, match=r"(?i)revoked|reset|broken"):
            handshake(server_context(tmp_path, crl=True), client_context(tmp_path, name), "localhost")
    assert handshake(server_context(tmp_path, crl=True), client_context(tmp_path, "client3"), "localhost")


def test_only_what_the_ca_issued_can_be_revoked(tmp_path: Path) -> None:
    pki.ensure(tmp_path / "a", ["client1"])
    pki.ensure(tmp_path / "b", [])
    (tmp_path / "b" / "foreign.pem").write_bytes((tmp_path / "a" / "client1.pem").read_bytes())
    (tmp_path / "b" / "odd.pem").write_text("odd")
    for name, said in (
        ("foreign", "was not issued by"),
        ("ca", "was not issued by"),
        ("nobody", "does not exist"),
        ("odd", "is not a certificate in PEM form"),
    ):
        with pytest.raises(pki.PkiError, match=said):
            pki.revoke_client(tmp_path / "b", name)


def test_no_temporary_file_stays(made: Path) -> None:
    assert not [path for path in made.iterdir() if path.name.startswith(".")]
