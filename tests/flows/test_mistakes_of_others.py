"""Bug classes that other key managers have paid for: one test each, named after the mistake.

The numbers are those of published advisories. What concerns rooms of their own is proved there: telemetry in
the clear (there is none), salts of passwords (``tests/unit/engine/test_passwords.py``), no authentication by
default (``tests/e2e/test_transport_handshake.py``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kmip_server.domain.policy import OperationPolicy, Permission, Policies
from kmip_server.domain.subject import USERNAME, Subject, qualified_name
from kmip_server.engine.identity import Account, Accounts
from kmip_server.engine.passwords import hash_password, parse_hash
from kmip_server.operations.registry import Handler
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    CertificateType,
    CredentialType,
    CryptographicAlgorithm,
    EncodingOption,
    KeyWrapType,
    ObjectType,
    Operation,
    ResultReason,
    State,
    UsageLimitsUnit,
    WrappingMethod,
)
from kmip_server.spec.masks import CryptographicUsageMask as Mask
from kmip_server.spec.structures.attributes import UsageLimits
from kmip_server.spec.structures.credentials import Authentication, Credential, UsernameAndPassword
from kmip_server.spec.structures.keys import (
    Certificate,
    EncryptionKeyInformation,
    KeyWrappingData,
    KeyWrappingSpecification,
    SymmetricKey,
)
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V1_4, V2_1, VERSIONS
from kmip_server.store.memory import MemoryTransaction
from kmip_server.wire import ttlv
from tests.flows.client import CBC, Client, aes, attributes, custom, name
from tests.flows.objects import AES, KEY_BYTES, block, private_key, secret, symmetric
from tests.flows.recording import RecordingServer
from tests.flows.requests import (
    Activate,
    AddAttribute,
    Create,
    Decrypt,
    DeleteAttribute,
    Destroy,
    Encrypt,
    Get,
    GetAttributes,
    Locate,
    Mac,
    ModifyAttribute,
    Query,
    Rekey,
    SetAttribute,
    revoke,
)
from tests.kit import ALICE, BOB, TABLE, subject

CANARY = b"CANARY-KEY-BYTES-1f2e3d4c5b6a798"
NOBODY = Subject("", frozenset(), "", "", "", "", "")


def _login(user: str, password: str) -> Authentication:
    value = UsernameAndPassword(username=user, password=password)
    kind = CredentialType.USERNAME_AND_PASSWORD
    return Authentication(credential=[Credential(credential_type=kind, credential_value=value)])


def test_2025_007_who_failed_to_authenticate_gets_nothing_at_all(make_server: Any) -> None:
    """Theirs opened every door when the configuration of authentication was broken."""
    server = make_server(accounts=Accounts(users={"carol": Account(parse_hash(hash_password("right")))}))
    client = Client(server, V1_4)
    uid = client.create()
    wrong = client.ask(
        Query(),
        Get(unique_identifier=uid),
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()),
        authentication=_login("carol", "wrong"),
    )
    assert [each.reason for each in wrong] == [ResultReason.AUTHENTICATION_NOT_SUCCESSFUL]
    assert len(server.store.objects) == 1
    nobody = Client(server, V1_4, NOBODY)
    assert nobody.refusal(Get(unique_identifier=uid)) is ResultReason.ITEM_NOT_FOUND
    assert nobody.refusal(Query()) is ResultReason.PERMISSION_DENIED
    assert nobody.refusal(Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()))
    assert not nobody.one(Locate()).ok or nobody.located() == []


def _sharing(*operations: Operation) -> Policies:
    """A policy under which anyone may do these with a symmetric key, and its owner everything."""
    rules = dict.fromkeys(Operation, Permission.ALLOW_OWNER) | dict.fromkeys(operations, Permission.ALLOW_ALL)
    return Policies({"shared": OperationPolicy(preset={ObjectType.SYMMETRIC_KEY: rules})})


def _shared_key(server: RecordingServer) -> str:
    """A key of Alice's under the policy ``shared``, Active."""
    return Client(server, V1_4).active(aes(256, 12, (Tag.OPERATION_POLICY_NAME, "shared"), (Tag.NAME, name("shared"))))


def test_2026_016_attribute_operations_ask_for_their_own_permission(make_server: Any) -> None:
    """Theirs let whoever might read attributes write them."""
    server = make_server(policies=_sharing(Operation.GET_ATTRIBUTES))
    uid = _shared_key(server)
    old, new = Client(server, V1_4, BOB), Client(server, V2_1, BOB)
    assert old.shown(uid)
    item = custom("mine")
    changed = AttributeItem(Tag.NAME, name("stolen"))
    denied = [
        old.refusal(AddAttribute(unique_identifier=uid, new_attribute=item)),
        old.refusal(ModifyAttribute(unique_identifier=uid, new_attribute=changed)),
        old.refusal(DeleteAttribute(unique_identifier=uid, attribute_reference=Tag.NAME)),
        new.refusal(SetAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.SENSITIVE, True))),
    ]
    assert denied == [ResultReason.PERMISSION_DENIED] * 4
    assert Client(server).shown(uid, Tag.NAME) == {Tag.NAME: [name("shared")]}


def test_get_does_not_imply_use_nor_use_get(make_server: Any) -> None:
    """Theirs still grants every cryptographic operation with Get."""
    encrypting = Encrypt(cryptographic_parameters=CBC, data=b"x")
    for allowed, denied in ((Get(), encrypting), (encrypting, Get())):
        server = make_server(
            policies=_sharing(Operation.GET if isinstance(allowed, type(Get())) else Operation.ENCRYPT)
        )
        allowed.unique_identifier = denied.unique_identifier = _shared_key(server)
        bob = Client(server, V1_4, BOB)
        assert bob.one(allowed).ok
        assert bob.refusal(denied) is ResultReason.PERMISSION_DENIED


def test_2026_017_and_018_rekey_activate_and_the_like_ask_who_owns_the_object(client: Client) -> None:
    for version in VERSIONS:
        mine = client.speaking(version)
        bob = Client(client.server, version, BOB)
        sleeping, active = mine.create(), mine.active()
        before = dict(client.server.store.objects)
        for request in (
            Activate(unique_identifier=sleeping),
            Rekey(unique_identifier=active),
            revoke(active),
            Destroy(unique_identifier=sleeping),
            AddAttribute(unique_identifier=active, new_attribute=custom("theirs")),
        ):
            assert bob.refusal(request) in (ResultReason.ITEM_NOT_FOUND, ResultReason.OBJECT_NOT_FOUND)
        assert client.server.store.objects == before


def test_2026_003_nothing_that_is_made_replaces_what_is_there(client: Client) -> None:
    """Theirs let an Import with the identifier of somebody else's key write over it."""
    bob = Client(client.server, V2_1, BOB)
    theirs = bob.create()
    before = client.server.store.objects[theirs]
    stated = attributes((Tag.UNIQUE_IDENTIFIER, theirs), (Tag.CRYPTOGRAPHIC_USAGE_MASK, 12))
    answer = client.one(
        TABLE[Operation.REGISTER].request(
            object_type=ObjectType.SYMMETRIC_KEY, attributes=stated, object=symmetric(CANARY)
        )
    )
    assert client.server.store.objects[theirs] == before
    if answer.ok:
        assert answer.payload.unique_identifier != theirs
        assert client.shown(answer.payload.unique_identifier, Tag.UNIQUE_IDENTIFIER) == {
            Tag.UNIQUE_IDENTIFIER: [answer.payload.unique_identifier]
        }


def test_2025_009_wrapping_and_unwrapping_ask_for_permission_on_the_other_key(client: Client) -> None:
    server = client.server
    bob = Client(server, V1_4, BOB)
    mask = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.WRAP_KEY | Mask.UNWRAP_KEY)))
    theirs = bob.register(symmetric(bytes(32)), ObjectType.SYMMETRIC_KEY, mask)
    bob.do(Activate(unique_identifier=theirs))
    alice = Client(server, V1_4, ALICE)
    mine = alice.create()
    wrap = Get(
        unique_identifier=mine,
        key_wrapping_specification=KeyWrappingSpecification(
            wrapping_method=WrappingMethod.ENCRYPT,
            encryption_key_information=EncryptionKeyInformation(unique_identifier=theirs),
            encoding_option=EncodingOption.NO_ENCODING,
        ),
    )
    assert alice.refusal(wrap) is ResultReason.ITEM_NOT_FOUND
    wrapped = SymmetricKey(key_block=block(b"", algorithm=AES, length=256))
    wrapped.key_block.key_value = bytes(40)
    wrapped.key_block.key_wrapping_data = KeyWrappingData(
        wrapping_method=WrappingMethod.ENCRYPT,
        encryption_key_information=EncryptionKeyInformation(unique_identifier=theirs),
        encoding_option=EncodingOption.NO_ENCODING,
    )
    kept = alice.register(wrapped, ObjectType.SYMMETRIC_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12)))
    unwrap = Get(unique_identifier=kept, key_wrap_type=KeyWrapType.NOT_WRAPPED)
    assert alice.refusal(unwrap) is ResultReason.ITEM_NOT_FOUND


def _limited(count: int) -> tuple[Any, Any]:
    return Tag.USAGE_LIMITS, UsageLimits(usage_limits_total=count, usage_limits_unit=UsageLimitsUnit.OBJECT)


def _sealed_everywhere(server: Any, uid: str) -> bytes:
    kept = server.store.objects[uid]
    assert KEY_BYTES not in kept.body.form
    assert kept.body.sealed is not None and KEY_BYTES not in kept.body.sealed
    return bytes(kept.body.sealed)


@pytest.mark.parametrize(
    "change",
    [
        lambda client, uid: client.do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x")),
        lambda client, uid: client.do(Get(unique_identifier=uid)),
        lambda client, uid: client.do(
            ModifyAttribute(unique_identifier=uid, new_attribute=AttributeItem(Tag.NAME, name("b")))
        ),
        lambda client, uid: client.do(AddAttribute(unique_identifier=uid, new_attribute=custom("c"))),
        lambda client, uid: client.do(revoke(uid)),
    ],
    ids=["2026-015-usage-limit", "fresh", "960-modify-attribute", "add-attribute", "revoke"],
)
def test_a_change_beside_the_key_leaves_the_key_sealed(client: Client, change: Callable[[Client, str], Any]) -> None:
    """Theirs wrote the unwrapped key when the usage limit was counted, and lost the wrapping on Modify Attribute."""
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12), (Tag.NAME, name("a")), _limited(5))
    uid = client.register(symmetric(), ObjectType.SYMMETRIC_KEY, given)
    client.do(Activate(unique_identifier=uid))
    before = _sealed_everywhere(client.server, uid)
    change(client.speaking(V1_4), uid)
    assert _sealed_everywhere(client.server, uid) == before
    assert client.do(Get(unique_identifier=uid)).object.key_block.key_value.key_material == KEY_BYTES


def test_2026_008_no_plaintext_survives_revoke_or_destroy(client: Client) -> None:
    """Theirs answered from a cache of unwrapped keys."""
    uid = client.active()
    encrypting = Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=b"x")
    sealed = client.do(encrypting)
    client.do(revoke(uid))
    assert client.refusal(encrypting) is ResultReason.WRONG_KEY_LIFECYCLE_STATE
    client.do(Destroy(unique_identifier=uid))
    opened = Decrypt(
        unique_identifier=uid, cryptographic_parameters=CBC, data=sealed.data, iv_counter_nonce=sealed.iv_counter_nonce
    )
    for request in (encrypting, opened, Get(unique_identifier=uid)):
        assert client.refusal(request) is ResultReason.OBJECT_DESTROYED
    assert client.server.store.objects[uid].body.sealed is None


def test_2026_011_a_change_that_lost_the_race_changes_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Theirs checked the state in one call and wrote it in another."""
    uid = client.active()
    before = dict(client.server.store.objects)
    monkeypatch.setattr(MemoryTransaction, "replace", lambda self, changed: False)
    for request in (revoke(uid), Rekey(unique_identifier=uid), Activate(unique_identifier=uid)):
        assert not client.one(request).ok
        assert client.server.store.objects == before, "something of a lost change was kept"


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (Tag.UNIQUE_IDENTIFIER, "chosen"),
        (Tag.STATE, State.ACTIVE),
        (Tag.INITIAL_DATE, 1),
        (Tag.DESTROY_DATE, 1),
        (Tag.LAST_CHANGE_DATE, 1),
        (Tag.CRYPTOGRAPHIC_LENGTH, 128),
        (Tag.CRYPTOGRAPHIC_ALGORITHM, CryptographicAlgorithm.DES3),
        (Tag.ALWAYS_SENSITIVE, True),
        (Tag.NEVER_EXTRACTABLE, True),
        (Tag.OBJECT_TYPE, ObjectType.OPAQUE_OBJECT),
        (Tag.LEASE_TIME, 99),
        (Tag.CRYPTOGRAPHIC_USAGE_MASK, 0xFFFF),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_5_26_read_only_attributes_stay_as_they_are(client: Client, tag: Tag, value: Any) -> None:
    uid = client.create()
    before = client.shown(uid)
    item = AttributeItem(tag, value)
    assert not client.one(ModifyAttribute(unique_identifier=uid, new_attribute=item)).ok
    assert not client.one(SetAttribute(unique_identifier=uid, new_attribute=item)).ok
    assert not client.one(AddAttribute(unique_identifier=uid, new_attribute=item)).ok
    assert not client.one(DeleteAttribute(unique_identifier=uid, attribute_reference=tag)).ok
    assert client.shown(uid) == before


def test_2026_014_no_secret_in_reprs_logs_audit_or_messages(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Theirs printed keys with the debug output of a request."""
    caplog.set_level(logging.DEBUG)
    speaking = client.speaking(V1_4)
    objects = {ObjectType.SYMMETRIC_KEY: symmetric(CANARY), ObjectType.SECRET_DATA: secret(CANARY)}
    replies = []
    for kind, what in objects.items():
        given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, int(Mask.MAC_GENERATE)))
        request = TABLE[Operation.REGISTER].request(object_type=kind, attributes=given, object=what)
        data = ttlv.print_(speaking.message(request))
        call = client.server.call(data)
        shown = repr(call) + repr(call.request) + repr(request) + str(call.request.items[0].request_payload)
        assert "CANARY" not in shown and CANARY.hex() not in shown
        uid = speaking.register(what, kind, given)
        replies.append(speaking.one(Mac(unique_identifier=uid, data=b"x")))
        kept = client.server.store.objects[uid]
        assert "CANARY" not in repr(kept)
    broken = private_key()
    broken.key_block = block(CANARY, broken.key_block.key_format_type, CryptographicAlgorithm.RSA, 2048)
    uid = speaking.register(broken, ObjectType.PRIVATE_KEY, attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 1)))
    speaking.do(Activate(unique_identifier=uid))
    replies.append(speaking.one(TABLE[Operation.SIGN].request(unique_identifier=uid, data=b"x")))
    seen = caplog.text + repr(client.server.store.audit) + "".join(str(each.message) for each in replies)
    assert not replies[-1].ok
    assert "CANARY" not in seen and CANARY.hex() not in seen


def test_2026_013_internal_errors_stay_inside(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Theirs told clients the text of database and library errors."""

    def fail(request: Any, ctx: Any) -> Any:
        raise RuntimeError("SELECT secret FROM /var/lib/kmip")

    row = TABLE[Operation.QUERY]
    monkeypatch.setitem(TABLE, Operation.QUERY, Handler(row.operation, row.request, row.response, fail))
    answer = client.one(Query())
    assert answer.reason is ResultReason.GENERAL_FAILURE
    assert answer.message is not None and "SELECT" not in answer.message and "/var" not in answer.message
    incident = answer.message.split()[-1]
    assert incident in caplog.text and "SELECT secret" in caplog.text
    assert client.create()


def test_2026_010_nothing_is_sealed_twice_alike(client: Client) -> None:
    """Theirs derived keys with a salt written into the program."""
    given = attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 12))
    uids = [client.register(symmetric(), ObjectType.SYMMETRIC_KEY, given) for _ in range(2)]
    assert len({client.server.store.objects[uid].body.sealed for uid in uids}) == 2
    for uid in uids:
        client.do(Activate(unique_identifier=uid))
    ask = Encrypt(unique_identifier=uids[0], cryptographic_parameters=CBC, data=b"same")
    first, second = client.do(ask), client.do(ask)
    assert first.iv_counter_nonce != second.iv_counter_nonce and first.data != second.data


def test_2025_002_a_certificate_with_a_negative_serial_number_is_kept(client: Client) -> None:
    """Theirs crashed; RFC 5280 forbids such numbers, and old authorities issued them."""
    der = _certificate_with_serial(b"\x02\x02\xff\x7f")
    kept = Certificate(certificate_type=CertificateType.X_509, certificate_value=der)
    for version in VERSIONS:
        speaking = client.speaking(version)
        uid = speaking.register(kept, ObjectType.CERTIFICATE)
        assert speaking.do(Get(unique_identifier=uid)).object.certificate_value == der
        assert speaking.do(GetAttributes(unique_identifier=uid))


def _certificate_with_serial(encoded: bytes) -> bytes:
    """A certificate whose serial number is replaced by these bytes; its signature does not matter here."""
    key = ec.generate_private_key(ec.SECP256R1())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(0x1234)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    assert made.count(b"\x02\x02\x12\x34") == 1
    return made.replace(b"\x02\x02\x12\x34", encoded)


def test_2026_006_clients_at_the_same_time_do_not_disturb_each_other(client: Client) -> None:
    """Theirs crashed under concurrent requests; here each thread is one client with its own keys."""
    server = client.server
    failures: list[BaseException] = []

    def work(who: Subject) -> None:
        try:
            mine = Client(server, V2_1, who)
            for _ in range(10):
                uid = mine.active(aes(256, 12, (Tag.NAME, name(f"{who.name}"))))
                sealed = mine.do(Encrypt(unique_identifier=uid, cryptographic_parameters=CBC, data=who.name.encode()))
                opened = mine.do(
                    Decrypt(
                        unique_identifier=uid,
                        cryptographic_parameters=CBC,
                        data=sealed.data,
                        iv_counter_nonce=sealed.iv_counter_nonce,
                    )
                )
                assert opened.data == who.name.encode()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(subject(f"client{number}"),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(server.store.objects) == 40


def test_f_004_ways_of_authentication_do_not_share_a_name_space(make_server: Any) -> None:
    """Theirs takes a user called like a certificate for its holder."""
    accounts = Accounts(users={"alice": Account(parse_hash(hash_password("word")))})
    server = make_server(accounts=accounts)
    of_certificate = Client(server, V1_4, ALICE)
    uid = of_certificate.create()
    as_user = of_certificate.one(Get(unique_identifier=uid), authentication=_login("alice", "word"))
    assert as_user.reason is ResultReason.ITEM_NOT_FOUND
    made = of_certificate.do(
        Create(object_type=ObjectType.SYMMETRIC_KEY, attributes=aes()), authentication=_login("alice", "word")
    )
    assert server.store.objects[made.unique_identifier].owner == qualified_name(USERNAME, "alice")
    assert of_certificate.refusal(Get(unique_identifier=made.unique_identifier)) is ResultReason.ITEM_NOT_FOUND
