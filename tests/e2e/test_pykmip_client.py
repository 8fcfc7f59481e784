"""PyKMIP's client against a real server: objects and their attributes, in every version that it speaks.

Where PyKMIP 0.11 itself cannot do what the standard says, the test names it and holds the server's part of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from kmip.core import enums, objects, primitives
from kmip.core.exceptions import OperationFailure
from kmip.core.messages.contents import ProtocolVersion
from kmip.pie import objects as pie
from kmip.pie.client import ProxyKmipClient

from tests.e2e.pykmip_words import (
    CESSATION,
    Algorithm,
    Mask,
    Reason,
    Version,
    attribute,
    every_version,
    name_value,
    named,
    names,
    not_found,
    refused,
    since_2_0,
    values,
)
from tests.e2e.server_process import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

RSA = rsa.generate_private_key(65537, 2048)
PKCS1 = RSA.private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = RSA.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


@pytest.fixture
def client(server: ServerProcess, version: Version) -> Iterator[ProxyKmipClient]:
    with server.pykmip(version=version) as opened:
        yield opened


def unique(what: str) -> str:
    return f"{what} {uuid.uuid4()}"


def make_key(client: ProxyKmipClient, *masks: Mask, **more: Any) -> str:
    masks = masks or (Mask.ENCRYPT, Mask.DECRYPT)
    return str(client.create(Algorithm.AES, 256, cryptographic_usage_mask=list(masks), **more))


@every_version
def test_a_key_lives_and_dies(client: ProxyKmipClient) -> None:
    name = unique("key")
    uid = make_key(client, name=name)
    key = client.get(uid)
    assert isinstance(key, pie.SymmetricKey)
    assert (key.cryptographic_algorithm, key.cryptographic_length, len(key.value)) == (Algorithm.AES, 256, 32)
    assert values(client, uid, "State") == {"State": [enums.State.PRE_ACTIVE]}
    client.activate(uid)
    assert values(client, uid, "State") == {"State": [enums.State.ACTIVE]}
    with refused(Reason.PERMISSION_DENIED):  # 1.4 §4.21: an active object cannot be destroyed
        client.destroy(uid)
    client.revoke(CESSATION, uid, "no longer needed")
    assert values(client, uid, "State") == {"State": [enums.State.DEACTIVATED]}
    assert client.get(uid).value == key.value
    client.destroy(uid)
    with refused(since_2_0(client, Reason.OBJECT_DESTROYED, Reason.ITEM_NOT_FOUND), "destroyed"):
        client.get(uid)
    assert values(client, uid, "State") == {"State": [enums.State.DESTROYED]}
    assert uid not in client.locate(attributes=[named(name)])


@every_version
def test_a_compromised_key_stays_so(client: ProxyKmipClient) -> None:
    uid = make_key(client)
    client.activate(uid)
    client.revoke(enums.RevocationReasonCode.KEY_COMPROMISE, uid, compromise_occurrence_date=1_600_000_000)
    assert values(client, uid, "State") == {"State": [enums.State.COMPROMISED]}
    client.destroy(uid)
    assert values(client, uid, "State") == {"State": [enums.State.DESTROYED_COMPROMISED]}


@every_version
def test_a_key_pair_has_two_linked_halves(client: ProxyKmipClient) -> None:
    public, private = client.create_key_pair(
        Algorithm.RSA, 2048, public_name=unique("public"), private_name=unique("private"),
        public_usage_mask=[Mask.VERIFY], private_usage_mask=[Mask.SIGN],
    )  # fmt: skip
    shown, hidden = client.get(public), client.get(private)
    assert isinstance(shown, pie.PublicKey) and isinstance(hidden, pie.PrivateKey)
    opened = serialization.load_der_private_key(hidden.value, None)
    assert isinstance(opened, rsa.RSAPrivateKey)
    wanted = opened.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    x509_form = opened.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert shown.value in (wanted, x509_form)
    for uid in (public, private):
        assert values(client, uid, "Cryptographic Length") == {"Cryptographic Length": [2048]}


def self_signed() -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(RSA.public_key())
    built = built.serial_number(5).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return built.sign(RSA, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


CERTIFICATE = self_signed()


def registered() -> dict[str, Any]:
    split = pie.SplitKey(
        Algorithm.AES, 128, bytes(range(16)), [Mask.EXPORT], split_key_parts=4, key_part_identifier=1,
        split_key_threshold=2, split_key_method=enums.SplitKeyMethod.XOR,
    )  # fmt: skip
    return {
        "SymmetricKey": pie.SymmetricKey(Algorithm.AES, 128, bytes(range(16)), [Mask.ENCRYPT, Mask.DECRYPT]),
        "PublicKey": pie.PublicKey(Algorithm.RSA, 2048, PUBLIC, enums.KeyFormatType.PKCS_1, [Mask.VERIFY]),
        "PrivateKey": pie.PrivateKey(Algorithm.RSA, 2048, PKCS1, enums.KeyFormatType.PKCS_1, [Mask.SIGN]),
        "SplitKey": split,
        "Certificate": pie.X509Certificate(CERTIFICATE, [Mask.VERIFY]),
        "SecretData": pie.SecretData(b"correct horse", enums.SecretDataType.PASSWORD, [Mask.DERIVE_KEY]),
        "OpaqueObject": pie.OpaqueObject(b"anything", enums.OpaqueDataType.NONE),
    }


@every_version
@pytest.mark.parametrize("kind", registered())
def test_every_object_type_comes_back_as_it_was_registered(client: ProxyKmipClient, kind: str) -> None:
    given = registered()[kind]
    uid = client.register(given)
    found = client.get(uid)
    assert type(found) is type(given)
    assert found.value == given.value
    for field in ("cryptographic_algorithm", "cryptographic_length", "key_format_type", "data_type", "opaque_type",
                  "certificate_type", "split_key_parts", "split_key_threshold", "split_key_method"):  # fmt: skip
        assert getattr(found, field, None) == getattr(given, field, None), field
    assert names(client, uid) == [str(given.names[0])]
    client.destroy(uid)


@pytest.mark.parametrize("version", [Version.KMIP_1_2], ids=["KMIP_1_2"])
def test_every_attribute_at_once_can_be_read(client: ProxyKmipClient) -> None:
    """In 1.0, 1.3 and later PyKMIP stumbles over attributes it has no reader for, whoever sends them."""
    uid = make_key(client, name=unique("all"))
    _, found = client.get_attributes(uid)
    listed = client.get_attribute_list(uid)
    assert {each.attribute_name.value for each in found} == set(listed)
    assert {"Unique Identifier", "State", "Digest", "Name", "Initial Date", "Last Change Date"} <= set(listed)


@every_version
def test_attributes_are_listed_by_name_and_unknown_ones_left_out(client: ProxyKmipClient) -> None:
    uid = make_key(client)
    listed = client.get_attribute_list(uid)
    assert {"Unique Identifier", "Object Type", "State", "Cryptographic Usage Mask"} <= set(listed)
    assert "Name" not in listed
    assert values(client, uid, "Cryptographic Algorithm", "Contact Information") == {
        "Cryptographic Algorithm": [Algorithm.AES]
    }


@every_version
def test_locate_applies_every_filter_and_pages(client: ProxyKmipClient) -> None:
    name = unique("located")
    uids = [make_key(client, name=f"{name} {number}") for number in range(3)]
    group = [attribute(enums.AttributeType.OBJECT_GROUP, name)]
    assert client.locate(attributes=[named(f"{name} 1")]) == [uids[1]]
    assert client.locate(attributes=[named(name)]) == []
    assert client.locate(attributes=[named(f"{name} 1"), *group]) == []
    wanted = attribute(enums.AttributeType.CRYPTOGRAPHIC_ALGORITHM, Algorithm.TRIPLE_DES)
    assert client.locate(attributes=[named(f"{name} 1"), wanted]) == []
    private = attribute(enums.AttributeType.OBJECT_TYPE, enums.ObjectType.PRIVATE_KEY)
    assert not set(uids) & set(client.locate(attributes=[private]))
    symmetric = attribute(enums.AttributeType.OBJECT_TYPE, enums.ObjectType.SYMMETRIC_KEY)
    everything = client.locate(attributes=[symmetric])
    recent = client.kmip_version in (Version.KMIP_1_4, Version.KMIP_2_0)  # since then the newest come first
    assert [each for each in everything if each in uids] == (uids[::-1] if recent else uids)
    assert client.locate(maximum_items=2, attributes=[symmetric]) == everything[:2]
    if client.kmip_version in (Version.KMIP_1_3, Version.KMIP_1_4, Version.KMIP_2_0):
        assert client.locate(maximum_items=2, offset_items=1, attributes=[symmetric]) == everything[1:3]
    client.destroy(uids[0])
    assert client.locate(attributes=[named(f"{name} 0")]) == []


@every_version
def test_names_are_changed_and_deleted(client: ProxyKmipClient) -> None:
    name, other = unique("old"), unique("new")
    uid = make_key(client, name=name)
    if client.kmip_version is Version.KMIP_2_0:
        current, new = objects.CurrentAttribute(name_value(name)), objects.NewAttribute(name_value(other))
        assert client.modify_attribute(uid, current_attribute=current, new_attribute=new) == (uid, None)
    else:
        answered, changed = client.modify_attribute(uid, attribute=named(other, 0))
        assert (answered, changed.attribute_value.name_value.value) == (uid, other)
    assert client.locate(attributes=[named(name)]) == []
    assert client.locate(attributes=[named(other)]) == [uid]
    if client.kmip_version is Version.KMIP_2_0:
        client.delete_attribute(uid, current_attribute=objects.CurrentAttribute(name_value(other)))
    else:
        answered, deleted = client.delete_attribute(uid, attribute_name="Name", attribute_index=0)
        assert (answered, deleted.attribute_value.name_value.value) == (uid, other)
    assert client.locate(attributes=[named(other)]) == []
    assert "Name" not in client.get_attribute_list(uid)


@every_version
def test_attributes_of_the_servers_own_are_not_changed(client: ProxyKmipClient) -> None:
    uid = make_key(client)
    with pytest.raises(OperationFailure) as caught:
        if client.kmip_version is Version.KMIP_2_0:
            state = primitives.Enumeration(enums.State, enums.State.ACTIVE, enums.Tags.STATE)
            client.modify_attribute(uid, new_attribute=objects.NewAttribute(state))
        else:
            client.modify_attribute(uid, attribute=attribute(enums.AttributeType.STATE, enums.State.ACTIVE))
    assert caught.value.reason is since_2_0(client, Reason.ATTRIBUTE_READ_ONLY, Reason.PERMISSION_DENIED)
    assert values(client, uid, "State") == {"State": [enums.State.PRE_ACTIVE]}


@pytest.mark.parametrize("version", [Version.KMIP_2_0], ids=["KMIP_2_0"])
def test_an_attribute_is_set(client: ProxyKmipClient) -> None:
    uid = make_key(client)
    assert client.set_attribute(uid, attribute_name="Sensitive", attribute_value=True) == uid
    assert values(client, uid, "Sensitive") == {"Sensitive": [True]}
    with refused(Reason.SENSITIVE):
        client.get(uid)


@every_version
def test_query_and_versions_say_what_is_served(server: ServerProcess, version: Version) -> None:
    proxy = server.proxy(version=version)
    proxy.open()
    functions = [enums.QueryFunction.QUERY_OPERATIONS, enums.QueryFunction.QUERY_OBJECTS]
    answer = proxy.query(query_functions=[*functions, enums.QueryFunction.QUERY_SERVER_INFORMATION])
    assert answer.result_status.value is enums.ResultStatus.SUCCESS
    assert enums.Operation.CREATE in answer.operations
    assert (enums.Operation.ENCRYPT in answer.operations) == (version not in (Version.KMIP_1_0, Version.KMIP_1_1))
    assert (enums.Operation.SET_ATTRIBUTE in answer.operations) == (version is Version.KMIP_2_0)
    assert enums.ObjectType.SECRET_DATA in answer.object_types
    assert answer.vendor_identification == "kmip-server"
    versions = proxy.discover_versions()
    if version is Version.KMIP_1_0:  # the operation came with 1.1
        assert versions.result_reason.value is Reason.OPERATION_NOT_SUPPORTED
    else:
        assert [(each.major, each.minor) for each in versions.protocol_versions] == [
            (2, 1), (2, 0), (1, 4), (1, 3), (1, 2), (1, 1), (1, 0),
        ]  # fmt: skip
        some = proxy.discover_versions(protocol_versions=[ProtocolVersion(1, 0), ProtocolVersion(1, 2)])
        assert [(each.major, each.minor) for each in some.protocol_versions] == [(1, 2), (1, 0)]
    proxy.close()


@every_version
def test_objects_of_others_do_not_exist(server: ServerProcess, client: ProxyKmipClient, version: Version) -> None:
    name = unique("mine")
    uid = make_key(client, name=name)
    with server.pykmip("client2", version) as other:
        for attempt in (other.get, other.activate, other.destroy, other.get_attribute_list):
            for named_one in (uid, str(uuid.uuid4())):  # whose it is cannot be told from whether it is
                with refused(not_found(client), "no such object"):
                    attempt(named_one)
        assert other.locate(attributes=[named(name)]) == []
    assert len(client.get(uid).value) == 32


@every_version
def test_what_cannot_be_made_is_refused_in_the_standards_words(client: ProxyKmipClient) -> None:
    # 1.4 Table 280 has no finer reason; 2.0 §6.1.8.1 has.
    older = client.kmip_version < Version.KMIP_2_0
    with refused(Reason.INVALID_FIELD if older else Reason.INVALID_ATTRIBUTE_VALUE):
        client.create(Algorithm.AES, 129)
    with refused(not_found(client)):
        client.get("no such key")
    uid = make_key(client)
    client.activate(uid)
    # 1.4 §11.20; 2.0 §6.1.1.1.
    with refused(Reason.PERMISSION_DENIED if older else Reason.WRONG_KEY_LIFECYCLE_STATE, "Active"):
        client.activate(uid)


@every_version
def test_the_identifier_may_be_left_out_only_where_something_was_made_before(client: ProxyKmipClient) -> None:
    with refused(not_found(client)):  # 1.4 §4: the ID Placeholder of a new batch is empty
        client.get()


@pytest.mark.parametrize("version", [Version.KMIP_1_2, Version.KMIP_2_0], ids=lambda version: version.name)
def test_an_empty_user_name_in_the_clients_configuration_is_no_credential(
    server: ServerProcess, version: Version, tmp_path: Path
) -> None:
    """PyKMIP then sends an empty user name and an empty password; the certificate says who it is."""
    file = tmp_path / "pykmip.conf"
    file.write_text("[client]\nusername=\npassword=\n")
    with server.pykmip(version=version, config_file=file) as client:
        assert (client.proxy.username, client.proxy.password) == ("", "")
        uid = make_key(client)
        assert len(client.get(uid).value) == 32
    with server.pykmip("client1", version) as without:
        assert values(without, uid, "Object Type") == {"Object Type": [enums.ObjectType.SYMMETRIC_KEY]}


@pytest.mark.parametrize("version", [Version.KMIP_1_2, Version.KMIP_2_0], ids=lambda version: version.name)
def test_a_user_name_cannot_make_a_client_somebody_else(
    server: ServerProcess, version: Version, tmp_path: Path
) -> None:
    """No accounts are configured, so the name says nothing; the certificate does."""
    file = tmp_path / "pykmip.conf"
    file.write_text("[client]\nusername=client1\npassword=guess\n")
    with server.pykmip("client1", version) as client, server.pykmip("client2", version, config_file=file) as other:
        uid = make_key(client)
        with refused(not_found(client)):
            other.get(uid)
