"""A machine attests itself to a running server, whichever worker it meets."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from kmip_server.spec.enums import AttestationType, CredentialType, QueryFunction, ResultReason
from kmip_server.spec.structures.credentials import Attestation, Authentication, Credential, Nonce
from kmip_server.spec.tags import Tag
from kmip_server.wire import ttlv
from tests.e2e.server_process import ServerProcess
from tests.flows import strict
from tests.flows.requests import Get, Query
from tests.tpm import public_pem, quote


def test_a_key_is_given_to_the_machine_that_attests_itself(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "ak.pem").write_bytes(public_pem(key))
    settings = {
        "server": {"workers": 2},
        "attestation": {"operations": ["Get", "Export"]},
        "attestation.keys": {"client1": str(tmp_path / "ak.pem")},
    }
    server = ServerProcess(tmp_path / "state", settings)
    server.prepare("init")
    assert server.command("check-config").returncode == 0
    server.start()
    try:
        connections = [server.client("client1") for _ in range(4)]
        client = connections[0][1]
        told = client.do(Query(query_function=[QueryFunction.QUERY_ATTESTATION_TYPES]))
        assert told.attestation_type == [AttestationType.TPM_QUOTE]
        request = Get(unique_identifier=client.create())
        assert client.refusal(request) is ResultReason.PERMISSION_DENIED
        message = client.message(request, attestation_capable_indicator=True)
        header = ttlv.parse(client.server.send(ttlv.print_(message)))[2][0]
        given = strict.child(header, Tag.NONCE)
        assert given is not None
        nonce = Nonce(nonce_id=strict.value(given, Tag.NONCE_ID), nonce_value=strict.value(given, Tag.NONCE_VALUE))
        value = Attestation(
            nonce=nonce,
            attestation_type=AttestationType.TPM_QUOTE,
            attestation_measurement=quote(key, nonce.nonce_value),
        )
        proof = Authentication(
            credential=[Credential(credential_type=CredentialType.ATTESTATION, credential_value=value)]
        )
        done = [each.one(request, authentication=proof) for _, each in connections]
        assert [each.ok for each in done] == [True, False, False, False]
        assert {each.reason for each in done[1:]} == {ResultReason.ATTESTATION_FAILED}
        for connection, _ in connections:
            connection.raw.close()
    finally:
        server.stop()
    (tmp_path / "ak.pem").write_text("none")
    broken = server.command("check-config")
    assert broken.returncode == 1 and "ak.pem" in broken.stdout + broken.stderr
