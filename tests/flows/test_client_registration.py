"""Client registration (2.1 §11.10; 1.3 §9.1.3.2.47): a newcomer fetches what somebody else registered for it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from kmip_server.domain.policy import Policies, parse_policies
from kmip_server.engine.identity import Account, Accounts
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.operations.create_credential import CreateCredentialRequest
from kmip_server.operations.create_user import CreateUserRequest
from kmip_server.operations.poll import PollRequest
from kmip_server.spec.enums import CredentialType, KeyFormatType, LinkType, ObjectType, Operation, ResultReason
from kmip_server.spec.structures.attributes import Link
from kmip_server.spec.structures.credential_objects import PasswordCredential
from kmip_server.spec.structures.credentials import Authentication, Credential, UsernameAndPassword
from kmip_server.spec.structures.keys import Certificate, KeyBlock, KeyValue, PrivateKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_0, V2_1, V3_0, Version
from tests.authority import certificate_of, der
from tests.flows.client import Client, attributes, name
from tests.flows.requests import Destroy, Get
from tests.kit import TABLE, Server, subject

R = ResultReason
POLICY = """{"registration": {
    "preset": {"PRIVATE_KEY": {"LOCATE": "ALLOW_OWNER", "GET": "ALLOW_OWNER", "DESTROY": "ALLOW_OWNER"},
               "CERTIFICATE": {"LOCATE": "ALLOW_OWNER", "GET": "ALLOW_OWNER"}},
    "groups": {"admins": {"PASSWORD_CREDENTIAL": {"GET_ATTRIBUTES": "ALLOW_OWNER"}},
               "newcomers": {"PRIVATE_KEY": {"LOCATE": "ALLOW_ALL", "GET": "ALLOW_ALL"},
                             "CERTIFICATE": {"LOCATE": "ALLOW_ALL", "GET": "ALLOW_ALL"}}}},
  "operations without object": {"groups": {"admins": {"CREATE_USER": "ALLOW_ALL", "CREATE_GROUP": "ALLOW_ALL",
                                                      "CREATE_CREDENTIAL": "ALLOW_ALL"}}}}"""
KEY = ec.generate_private_key(ec.SECP256R1())
USER, PASSWORD = "one-time-user", "one-time-password"
MACHINE = subject("new-machine")


@pytest.fixture
def server() -> Server:
    found = parse_policies(POLICY, "registration.json")
    account = Account(parse_hash(hash_password(PASSWORD)), frozenset({"newcomers"}))
    return Server(
        policies=Policies(found.policies, found.server),
        accounts=Accounts(users={USER: account}, stored=True),
        default_policy="registration",
    )


def by(called: str = USER, password: str = PASSWORD) -> dict[str, Any]:
    value = UsernameAndPassword(username=called, password=password)
    credential = Credential(credential_type=CredentialType.USERNAME_AND_PASSWORD, credential_value=value)
    return {"authentication": Authentication(credential=[credential])}


def registered(server: Server) -> str:
    """A key and its certificate, registered by somebody else; the key's identifier."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    registrar = Client(server, V2_1)
    value = Certificate(certificate_value=der(certificate_of(KEY, "CN=newcomer")), certificate_type=1)  # type: ignore[arg-type]
    certificate = registrar.register(value, ObjectType.CERTIFICATE)
    pkcs_8 = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    block = KeyBlock(key_format_type=KeyFormatType.PKCS_8, key_value=KeyValue(key_material=pkcs_8))
    link = Link(link_type=LinkType.PKCS_12_CERTIFICATE_LINK, linked_object_identifier=certificate)
    return registrar.register(PrivateKey(key_block=block), ObjectType.PRIVATE_KEY, attributes((Tag.LINK, link)))


def container(answer: Any, version: Version) -> bytes:
    value = answer.object.key_block.key_value
    return bytes(value if version < V2_0 else value.key_material)


@pytest.mark.parametrize("version", [V1_4, V2_0, V2_1, V3_0], ids=str)
def test_a_newcomer_fetches_its_key_and_certificate_under_its_own_password(server: Server, version: Version) -> None:
    uid = registered(server)
    newcomer = Client(server, version, MACHINE)
    request = Get(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_12)
    for _ in range(2):  # when the password is checked, and when it is remembered
        given = container(newcomer.do(request, **by()), version)
        # 2.1 §11.10: "The returned PKCS#12 is protected with HEX(SHA256(Username || Password))."
        own = hashlib.sha256((USER + PASSWORD).encode()).hexdigest().encode()
        key, certificate, _ = pkcs12.load_key_and_certificates(given, own)
        assert key == KEY or key.private_numbers() == KEY.private_numbers()  # type: ignore[union-attr]
        assert isinstance(certificate, x509.Certificate)
        assert certificate.subject.rfc4514_string() == "CN=newcomer"
        with pytest.raises(ValueError):
            pkcs12.load_key_and_certificates(given, PASSWORD.encode())
    # It may fetch, and nothing else; without its password it is nobody here.
    assert newcomer.refusal(Destroy(unique_identifier=uid), **by()) is R.PERMISSION_DENIED
    assert newcomer.refusal(request) in (R.ITEM_NOT_FOUND, R.OBJECT_NOT_FOUND)


def test_who_came_without_a_password_needs_a_password_link(server: Server) -> None:
    uid = registered(server)
    request = Get(unique_identifier=uid, key_format_type=KeyFormatType.PKCS_12)
    assert Client(server).refusal(request) is R.BAD_PASSWORD


def test_a_user_who_is_an_object_fetches_in_the_same_way(server: Server) -> None:
    admin = Client(server, V3_0, subject("root", ["admins"]))
    kept = PasswordCredential(password="stored")
    made = admin.do(CreateCredentialRequest(credential_type=CredentialType.PASSWORD, password_credential=kept))
    group = admin.do(TABLE[Operation.CREATE_GROUP].request(attributes=attributes((Tag.NAME, name("newcomers")))))
    links = ((Tag.CREDENTIAL_LINK, made.unique_identifier), (Tag.GROUP_LINK, group.unique_identifier))
    admin.do(CreateUserRequest(attributes=attributes((Tag.NAME, name("late")), *links)))
    newcomer = Client(server, V2_1, MACHINE)
    request = Get(unique_identifier=registered(server), key_format_type=KeyFormatType.PKCS_12)
    given = container(newcomer.do(request, **by("late", "stored")), V2_1)
    own = hashlib.sha256(b"latestored").hexdigest().encode()
    assert pkcs12.load_key_and_certificates(given, own)[0] is not None


def test_the_groups_of_others_are_not_a_users(server: Server) -> None:
    """Whoever may make users, and no groups, puts nobody into a group of somebody else."""
    admin, other = (Client(server, V3_0, subject(each, ["admins"])) for each in ("root", "toor"))
    group = admin.do(TABLE[Operation.CREATE_GROUP].request(attributes=attributes((Tag.NAME, name("newcomers")))))
    kept = PasswordCredential(password="stored")
    made = other.do(CreateCredentialRequest(credential_type=CredentialType.PASSWORD, password_credential=kept))
    links = ((Tag.CREDENTIAL_LINK, made.unique_identifier), (Tag.GROUP_LINK, group.unique_identifier))
    other.do(CreateUserRequest(attributes=attributes((Tag.NAME, name("late")), *links)))
    request = Get(unique_identifier=registered(server))
    refused = Client(server, V2_1, MACHINE).refusal(request, **by("late", "stored"))
    assert refused in (R.ITEM_NOT_FOUND, R.OBJECT_NOT_FOUND)


def test_an_asynchronous_get_is_for_who_asked(server: Server) -> None:
    newcomer = Client(server, V2_1, MACHINE)
    request = Get(unique_identifier=registered(server), key_format_type=KeyFormatType.PKCS_12)
    pending = newcomer.one(request, asynchronous_indicator=(5, 1), **by())
    server.idle()
    done = newcomer.do(PollRequest(asynchronous_correlation_value=pending.value), **by())
    own = hashlib.sha256((USER + PASSWORD).encode()).hexdigest().encode()
    assert pkcs12.load_key_and_certificates(container(done, V2_1), own)[0] is not None
