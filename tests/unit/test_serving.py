"""Sessions and their service: bytes in, work, rounds, replies; no socket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kmip_server.engine.identity import Account, Accounts
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.operations.create_key_pair import CreateKeyPairRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.query import QueryRequest
from kmip_server.serving import KmipService, KmipSession
from kmip_server.spec.enums import CredentialType, CryptographicAlgorithm, QueryFunction, ResultReason
from kmip_server.spec.masks import CryptographicUsageMask
from kmip_server.spec.structures.credentials import Authentication, Credential, UsernameAndPassword
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_2, V2_1, Version
from kmip_server.transport.service import Peer
from kmip_server.wire import ttlv
from tests.flows import strict
from tests.flows.client import Client, attributes
from tests.kit import Server

QUERY = QueryRequest(query_function=[QueryFunction.QUERY_OPERATIONS])
PASSWORD = parse_hash(hash_password("secret"))
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(*names: tuple[x509.ObjectIdentifier, str]) -> bytes:
    subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in names])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(KEY.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


ALICE, BOB = certificate((NameOID.COMMON_NAME, "alice")), certificate((NameOID.COMMON_NAME, "bob"))


def peer(shown: bytes) -> Peer:
    return Peer("192.0.2.1", shown, "TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519", float("inf"))


class Told:
    """What the service passed on."""

    def __init__(self) -> None:
        self.calls: list[str] = []


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def server() -> Server:
    return Server(accounts=Accounts(users={"operator": Account(PASSWORD)}))


@pytest.fixture
def service(server: Server, told: Told) -> KmipService:
    return KmipService(
        server.engine,
        server.messages,
        server.authenticator,
        lambda: told.calls.append("reload") or "nothing has changed",  # type: ignore[func-returns-value]
        lambda: told.calls.append("close"),
    )


def session(service: KmipService, shown: bytes = ALICE) -> KmipSession:
    found = service.connect(peer(shown))
    assert isinstance(found, KmipSession)
    return found


def message(server: Server, asked: object, version: Version = V2_1, **header: object) -> bytes:
    return ttlv.print_(Client(server, version).message(asked, **header))


def answers(service: KmipService, work: Sequence[object]) -> list[tuple[int, ResultReason | None]]:
    """Run what is slow, then the round; status and reason of each reply's one item."""
    for each in work:
        if each.slow is not None:  # type: ignore[attr-defined]
            each.slow()  # type: ignore[attr-defined]
    found = []
    for reply in service.run(work, list):
        item = strict.children(ttlv.parse(reply), Tag.BATCH_ITEM)[0]
        reason = strict.child(item, Tag.RESULT_REASON)
        found.append((strict.value(item, Tag.RESULT_STATUS), None if reason is None else ResultReason(reason[2])))
    return found


def get(name: str) -> GetRequest:
    return GetRequest(unique_identifier=name)


def test_a_certificate_that_names_nobody_is_refused_in_a_sentence(service: KmipService) -> None:
    for shown in (certificate((NameOID.ORGANIZATION_NAME, "x")), b"no certificate"):
        refused = service.connect(peer(shown))
        assert isinstance(refused, str) and refused.endswith(".")


def test_frames_that_come_together_are_answered_in_order(service: KmipService, server: Server) -> None:
    stream = message(server, QUERY) + message(server, get("nobody")) + message(server, QUERY, V1_2)
    here = session(service)
    work = here.receive(stream)
    assert (len(work), here.partial, here.closing) == (3, False, False)
    assert answers(service, work) == [(0, None), (1, ResultReason.OBJECT_NOT_FOUND), (0, None)]


def test_a_frame_that_comes_byte_by_byte_is_one_request(service: KmipService, server: Server) -> None:
    here = session(service)
    data = message(server, QUERY)
    for at in range(len(data) - 1):
        assert here.receive(data[at : at + 1]) == []
        assert here.partial
    work = here.receive(data[-1:])
    assert (len(work), here.partial) == (1, False)
    assert answers(service, work) == [(0, None)]


def test_a_broken_frame_is_answered_once_after_what_came_before_it(service: KmipService, server: Server) -> None:
    here = session(service)
    work = here.receive(message(server, QUERY) + b"GET / HTTP/1.1\r\n\r\n")
    assert here.closing and not here.partial
    assert answers(service, work) == [(0, None), (1, ResultReason.INVALID_MESSAGE)]
    assert here.receive(message(server, QUERY)) == ()


def test_what_cannot_be_parsed_within_its_frame_leaves_the_session_open(service: KmipService, server: Server) -> None:
    here = session(service)
    data = bytearray(message(server, QUERY))
    data[11] = 0x77  # the type of the header
    work = here.receive(bytes(data) + message(server, QUERY))
    assert not here.closing
    assert answers(service, work) == [(1, ResultReason.INVALID_MESSAGE), (0, None)]


def test_each_connection_acts_for_its_own_certificate(service: KmipService, server: Server) -> None:
    alice, bob = session(service, ALICE), session(service, BOB)
    uid = Client(server).create()  # the kit's own client is alice too
    asked = message(server, get(uid))
    work = [*alice.receive(asked), *bob.receive(asked)]  # in one round
    assert answers(service, work) == [(0, None), (1, ResultReason.OBJECT_NOT_FOUND)]


def signed_in(name: str, password: str) -> Authentication:
    value = UsernameAndPassword(username=name, password=password)
    return Authentication(
        credential=[Credential(credential_type=CredentialType.USERNAME_AND_PASSWORD, credential_value=value)]
    )


def test_a_password_is_checked_before_the_round_and_makes_another_subject(service: KmipService, server: Server) -> None:
    uid = Client(server).create()
    here = session(service)
    asked = message(server, get(uid), authentication=signed_in("operator", "secret"))
    (first,) = here.receive(asked)
    assert first.slow is not None
    assert answers(service, [first]) == [(1, ResultReason.OBJECT_NOT_FOUND)]  # alice's; the operator is not alice
    (again,) = here.receive(asked)
    assert again.slow is None  # it is known now
    assert answers(service, here.receive(message(server, get(uid)))) == [(0, None)]  # without it: alice again


def test_a_wrong_password_fails_the_request_and_nothing_else(service: KmipService, server: Server) -> None:
    here = session(service)
    for name, password in (("operator", "guess"), ("nobody", "secret")):
        work = here.receive(message(server, QUERY, authentication=signed_in(name, password)))
        assert answers(service, work) == [(1, ResultReason.AUTHENTICATION_NOT_SUCCESSFUL)]
    work = here.receive(message(server, QUERY, authentication=signed_in("", "")))  # no credential at all
    assert work[0].slow is None
    assert answers(service, work) == [(0, None)]
    assert not here.closing


def test_what_takes_long_is_done_before_the_round(service: KmipService, server: Server) -> None:
    asked = CreateKeyPairRequest(
        common_attributes=attributes(
            (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.RSA), (Tag.CRYPTOGRAPHIC_LENGTH, 2048)
        ),
        private_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(CryptographicUsageMask.SIGN))),
        public_key_attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(CryptographicUsageMask.VERIFY))),
    )
    (work,) = session(service).receive(message(server, asked))
    assert work.slow is not None
    work.slow()
    assert work.call.prepared[0].pair is not None
    assert answers(service, session(service).receive(message(server, QUERY))) == [(0, None)]
    (reply,) = service.run([work], list)
    assert strict.value(ttlv.parse(reply), Tag.BATCH_ITEM, Tag.RESULT_STATUS) == 0


def test_reload_and_close_are_passed_on(service: KmipService, told: Told) -> None:
    assert service.reload() == "nothing has changed"
    service.close()
    assert told.calls == ["reload", "close"]
