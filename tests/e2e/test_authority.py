"""An operator gives a running server a certificate authority; a client has a certificate made over TLS."""

from __future__ import annotations

import re
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from kmip_server.operations.certify import CertifyRequest
from kmip_server.operations.create_key_pair import CreateKeyPairRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.locate import LocateRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.operations.re_provision import ReProvisionRequest
from kmip_server.spec.enums import (
    CertificateType,
    CryptographicAlgorithm,
    KeyFormatType,
    ObjectType,
    Operation,
    QueryFunction,
    ResultReason,
)
from kmip_server.spec.structures.keys import Certificate, KeyValue, PrivateKey
from kmip_server.spec.tags import Tag
from tests.authority import certificate_of, new_key
from tests.e2e.server_process import ServerProcess, command
from tests.flows.client import Client, attributes


def configured(server: ServerProcess, printed: str) -> None:
    path = server.state / "server.toml"
    path.write_text(path.read_text() + "\n" + printed)


def certify(client: Client) -> x509.Certificate:
    pair = client.do(
        CreateKeyPairRequest(
            common_attributes=attributes(
                (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.EC), (Tag.CRYPTOGRAPHIC_LENGTH, 256)
            )
        )
    )
    asked = attributes((Tag.CERTIFICATE_TYPE, CertificateType.X_509), (Tag.CERTIFICATE_SUBJECT_CN, "Array 7"))
    made = client.do(CertifyRequest(unique_identifier=pair.public_key_unique_identifier, attributes=asked))
    value = client.do(GetRequest(unique_identifier=made.unique_identifier)).object.certificate_value
    return x509.load_der_x509_certificate(value)


def test_an_authority_is_made_named_and_used(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "state")
    server.prepare("init")
    server.start()
    try:
        connection, client = server.client("client1")
        with connection:
            served = client.do(QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])).operation
            assert Operation.CERTIFY not in served and Operation.GET in served
            refused = client.refusal(CertifyRequest(unique_identifier="x"))
            assert refused is ResultReason.OPERATION_NOT_SUPPORTED
    finally:
        server.stop()
    done = server.command("init-ca", "--subject", "CN=Storage CA,O=Example")
    assert (done.returncode, done.stderr) == (0, "")
    configured(server, done.stdout)
    assert server.command("check-config").returncode == 0
    server.start()
    try:
        connection, client = server.client("client1")
        with connection:
            served = client.do(QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])).operation
            assert Operation.CERTIFY in served
            certificate = certify(client)
            (authority,) = re.findall(r'issuer_certificate = "([^"]+)"', done.stdout)
            (key,) = re.findall(r'issuer_key = "([^"]+)"', done.stdout)
            root = x509.load_der_x509_certificate(
                client.do(GetRequest(unique_identifier=authority)).object.certificate_value
            )
            certificate.verify_directly_issued_by(root)
            assert certificate.issuer.rfc4514_string() == "CN=Storage CA,O=Example"
            assert certificate.subject.rfc4514_string() == "CN=Array 7"
            assert client.refusal(GetRequest(unique_identifier=key)) is ResultReason.OBJECT_NOT_FOUND
    finally:
        server.stop()
    assert server.command("audit", "verify").returncode == 0


def test_an_authority_of_ones_own_is_taken_in_from_files(tmp_path: Path) -> None:
    key = new_key("rsa")
    (tmp_path / "ca.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open"))
    )
    (tmp_path / "ca.pem").write_bytes(certificate_of(key, "CN=Own").public_bytes(Encoding.PEM))
    (tmp_path / "passphrase").write_text("open\n")
    (tmp_path / "wrong").write_text("shut\n")
    server = ServerProcess(tmp_path / "state")
    server.prepare("init")
    files = ("--key", tmp_path / "ca.key", "--certificate", tmp_path / "ca.pem")
    done = server.command("init-ca", *files, "--passphrase-file", tmp_path / "wrong")
    assert done.returncode == 2 and "its passphrase is another one" in done.stderr
    done = server.command("init-ca", *files, "--passphrase-file", tmp_path / "passphrase")
    assert (done.returncode, done.stderr) == (0, "")
    configured(server, done.stdout)
    server.start()
    try:
        connection, client = server.client("client2")
        with connection:
            assert certify(client).issuer.rfc4514_string() == "CN=Own"
    finally:
        server.stop()


def test_an_authority_that_could_make_clients_is_refused(tmp_path: Path) -> None:
    """Whoever may certify chooses the subject: with this authority a client could become any other."""
    state = tmp_path / "state"
    assert command("init", "--state", state).returncode == 0
    certs = state / "certs"
    done = command("init-ca", "--state", state, "--key", certs / "ca.key", "--certificate", certs / "ca.pem")
    assert done.returncode == 1
    assert "any client could have a certificate of any other made" in done.stderr
    for wrong in ((), ("--subject", "CN=x", "--key", certs / "ca.key"), ("--key", certs / "ca.key")):
        assert command("init-ca", "--state", state, *wrong).returncode == 2
    done = command("init-ca", "--state", state, "--subject", "no name")
    assert done.returncode == 1 and "RFC 4514" in done.stderr


def test_a_client_has_its_certificate_replaced_and_every_worker_refuses_the_old_one(tmp_path: Path) -> None:
    state = tmp_path / "state"
    server = ServerProcess(state, {"server": {"workers": 2}})
    server.prepare("init")
    certs = state / "certs"
    other = ("--key", tmp_path / "x.key", "--certificate", tmp_path / "x.pem")
    key = new_key()
    (tmp_path / "x.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "x.pem").write_bytes(certificate_of(key, "CN=Strange").public_bytes(Encoding.PEM))
    done = server.command("init-ca", "--for-clients", *other)
    assert done.returncode == 1 and "let nobody in" in done.stderr
    done = server.command("init-ca", "--for-clients", "--key", certs / "ca.key", "--certificate", certs / "ca.pem")
    assert (done.returncode, done.stderr) == (0, "")
    configured(server, done.stdout)
    assert server.command("check-config").returncode == 0
    server.start()
    try:
        old = [server.client("client1") for _ in range(6)]
        client = old[0][1]
        made, private, _, new = client.ask(
            ReProvisionRequest(),
            GetRequest(key_format_type=KeyFormatType.PKCS_8),
            LocateRequest(attributes=attributes((Tag.OBJECT_TYPE, ObjectType.CERTIFICATE)), maximum_items=1),
            GetRequest(),
        )
        for connection, each in (*old, server.client("client1")):
            with connection:
                assert each.refusal(QueryRequest()) is ResultReason.AUTHENTICATION_NOT_SUCCESSFUL
        _keep(certs / "renewed", private.payload.object, new.payload.object)
        connection, client = server.client("renewed")
        with connection:
            found = client.shown(made.payload.unique_identifier, Tag.OBJECT_TYPE)
            assert found[Tag.OBJECT_TYPE] == [ObjectType.PRIVATE_KEY]
    finally:
        server.stop()
    assert server.command("audit", "verify").returncode == 0


def _keep(stem: Path, key: PrivateKey, certificate: Certificate) -> None:
    """Write what a client got as the files it connects with."""
    value = key.key_block.key_value
    assert isinstance(value, KeyValue) and isinstance(value.key_material, bytes)
    loaded = load_der_private_key(value.key_material, None)
    stem.with_suffix(".key").write_bytes(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    parsed = x509.load_der_x509_certificate(certificate.certificate_value)
    stem.with_suffix(".pem").write_bytes(parsed.public_bytes(Encoding.PEM))
