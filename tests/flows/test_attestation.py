"""Attestation (1.2 §6.17, 2.1 §9.3, §9.11): the nonce, the quote over it, and the operations that want one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kmip_server.crypto.tpm import is_good_quote, load_quote_key
from kmip_server.ports import Attesting
from kmip_server.spec.enums import AttestationType, CredentialType, Operation, QueryFunction, ResultReason
from kmip_server.spec.structures.credentials import Attestation, Authentication, Credential, Nonce
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_1, V1_2, V1_4, V2_1, VERSIONS, Version
from kmip_server.wire import ttlv
from kmip_server.wire.tree import Item
from tests.flows import strict
from tests.flows.client import Client, raw
from tests.flows.requests import Get, GetAttributes, Query
from tests.kit import ALICE, BOB, Server
from tests.tpm import public_pem, quote

R = ResultReason
KEY = ec.generate_private_key(ec.SECP256R1())
SINCE_1_2 = [version for version in VERSIONS if version >= V1_2]


def judge(holder: str, kind: AttestationType, measurement: bytes | None, assertion: bytes | None, nonce: bytes) -> bool:
    known = holder == ALICE.name and measurement is not None and assertion is None
    return known and is_good_quote(measurement or b"", load_quote_key(public_pem(KEY)), nonce, None)


@pytest.fixture
def server() -> Server:
    made = Server(attestation_types=(AttestationType.TPM_QUOTE,))
    made.engine.rooms.attesting = Attesting(frozenset({Operation.GET}), judge)
    return made


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)


def asked(client: Client, request: Any, **header: Any) -> tuple[Item, Item, ResultReason | None]:
    """The header of an answer, its first item, and why it was refused."""
    tree = client.message(request, **header)
    reply = ttlv.parse(client.server.send(ttlv.print_(tree), client.who))
    item = strict.children(reply, Tag.BATCH_ITEM)[0]
    reason = strict.child(item, Tag.RESULT_REASON)
    return reply[2][0], item, None if reason is None else ResultReason(reason[2])


def nonce_for(client: Client, request: Any) -> Nonce:
    """The nonce that a client which can attest is given."""
    header, _, reason = asked(client, request, attestation_capable_indicator=True)
    assert reason is R.ATTESTATION_REQUIRED
    assert [each[2] for each in strict.children(header, Tag.ATTESTATION_TYPE)] == [int(AttestationType.TPM_QUOTE)]
    made = strict.child(header, Tag.NONCE)
    assert made is not None
    return Nonce(nonce_id=strict.value(made, Tag.NONCE_ID), nonce_value=strict.value(made, Tag.NONCE_VALUE))


def attested(given: Nonce, **changes: Any) -> dict[str, Any]:
    """A header with an attestation."""
    value = Attestation(
        nonce=given,
        attestation_type=AttestationType.TPM_QUOTE,
        attestation_measurement=quote(KEY, given.nonce_value),
    )
    credential = Credential(credential_type=CredentialType.ATTESTATION, credential_value=replace(value, **changes))
    return {"attestation_capable_indicator": True, "authentication": Authentication(credential=[credential])}


@pytest.mark.parametrize("version", SINCE_1_2, ids=str)
def test_a_machine_attests_itself_over_the_nonce_and_gets_its_key(client: Client, version: Version) -> None:
    client = client.speaking(version)
    request = Get(unique_identifier=client.create())
    nonce = nonce_for(client, request)
    assert client.one(request, **attested(nonce)).ok
    assert client.refusal(request, **attested(nonce)) is R.ATTESTATION_FAILED  # good once


def test_who_cannot_attest_is_denied_and_gets_no_nonce(client: Client) -> None:
    request = Get(unique_identifier=client.create())
    for indicator in (None, False):
        header, _, reason = asked(client, request, attestation_capable_indicator=indicator)
        assert reason is R.PERMISSION_DENIED
        assert strict.child(header, Tag.NONCE) is None
    assert client.speaking(V1_1).refusal(request) is R.PERMISSION_DENIED


def test_what_wants_no_attestation_is_done_without(client: Client) -> None:
    uid = client.create()
    header, item, _ = asked(client, GetAttributes(unique_identifier=uid), attestation_capable_indicator=True)
    assert strict.value(item, Tag.RESULT_STATUS) == 0 and strict.child(header, Tag.NONCE) is None


def test_a_batch_with_one_such_operation_is_refused_whole(client: Client) -> None:
    uid = client.create()
    first, *_ = client.ask(GetAttributes(unique_identifier=uid), Get(unique_identifier=uid), batch_error_continuation_option=1)  # fmt: skip  # noqa: E501
    assert first.reason is R.PERMISSION_DENIED


def test_pkcs_11_stands_for_any_operation_and_wants_what_they_want(client: Client) -> None:
    assert client.refusal(raw(Operation.PKCS_11)) is R.PERMISSION_DENIED


@pytest.mark.parametrize(
    "changes",
    [
        {"attestation_measurement": quote(KEY, b"another nonce")},
        {"attestation_measurement": quote(ec.generate_private_key(ec.SECP256R1()), b"x")},
        {"attestation_measurement": None},
        {"attestation_measurement": b""},
        {"attestation_measurement": None, "attestation_assertion": b"somebody says so"},
        {"attestation_assertion": b"somebody says so too"},
        {"attestation_type": AttestationType.SAML_ASSERTION},
        {"nonce": Nonce(nonce_id=b"none", nonce_value=b"none")},
    ],
    ids=lambda changes: "+".join(changes),
)
def test_what_proves_nothing_fails(client: Client, changes: dict[str, Any]) -> None:
    request = Get(unique_identifier=client.create())
    nonce = nonce_for(client, request)
    assert client.refusal(request, **attested(nonce, **changes)) is R.ATTESTATION_FAILED
    if "nonce" not in changes:
        assert client.refusal(request, **attested(nonce)) is R.ATTESTATION_FAILED  # it was used up


def test_an_attestation_that_fails_stops_what_wants_none_as_well(client: Client) -> None:
    nonce = Nonce(nonce_id=b"x", nonce_value=b"x")
    assert client.refusal(Query(), **attested(nonce)) is R.ATTESTATION_FAILED


def test_a_nonce_is_for_one_client_for_a_while(server: Server, client: Client) -> None:
    request = Get(unique_identifier=client.create())
    nonce = nonce_for(client, request)
    assert Client(server, V2_1, BOB).refusal(request, **attested(nonce)) is R.ATTESTATION_FAILED
    late = nonce_for(client, request)
    server.clock.advance(61)
    assert client.refusal(request, **attested(late)) is R.ATTESTATION_FAILED
    assert client.one(request, **attested(nonce_for(client, request))).ok


def test_another_machine_cannot_attest_with_this_key(server: Server) -> None:
    other = Client(server, V2_1, BOB)
    request = Get(unique_identifier=other.create())
    assert other.refusal(request, **attested(nonce_for(other, request))) is R.ATTESTATION_FAILED


def test_more_than_one_attestation_is_refused(client: Client) -> None:
    header = attested(Nonce(nonce_id=b"x", nonce_value=b"x"))
    header["authentication"].credential *= 2
    assert client.refusal(Query(), **header) is R.INVALID_FIELD


def test_query_tells_what_is_accepted(client: Client) -> None:
    told = client.do(Query(query_function=[QueryFunction.QUERY_ATTESTATION_TYPES, QueryFunction.QUERY_CAPABILITIES]))
    assert told.attestation_type == [AttestationType.TPM_QUOTE]
    assert told.capability_information[0].attestation_capability is True


def test_where_none_is_accepted_none_is_wanted_and_every_one_fails() -> None:
    client = Client(Server(), V1_4)
    told = client.do(Query(query_function=[QueryFunction.QUERY_ATTESTATION_TYPES, QueryFunction.QUERY_CAPABILITIES]))
    assert told.attestation_type == []
    assert told.capability_information[0].attestation_capability is False
    request = Get(unique_identifier=client.create())
    assert client.one(request, attestation_capable_indicator=True).ok
    assert client.refusal(request, **attested(Nonce(nonce_id=b"x", nonce_value=b"x"))) is R.ATTESTATION_FAILED
