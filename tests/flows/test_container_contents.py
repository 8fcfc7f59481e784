"""PKCS#12: several keys in one container, costs that are hidden, certificates, Import (2.1 §4.39, §6.1.19, §6.1.25)."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, cms, core
from asn1crypto import pkcs12 as asn1
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from kmip_server.operations.add_attribute import AddAttributeRequest
from kmip_server.operations.get import GetRequest
from kmip_server.operations.import_ import ImportRequest
from kmip_server.spec.attribute_values import AttributeItem
from kmip_server.spec.enums import (
    CertificateType,
    KeyFormatType,
    LinkType,
    ObjectType,
    ResultReason,
)
from kmip_server.spec.structures.keys import Certificate, KeyBlock, KeyValue, PrivateKey
from kmip_server.spec.tags import Tag
from kmip_server.spec.version import V2_0, V2_1, Version
from tests.authority import der, new_key
from tests.flows.client import Client, attributes
from tests.flows.containers import (
    PASSWORD,
    SINCE_1_4,
    add_link,
    asked,
    chain,
    container,
    link,
    linked,
    opened,
    password,
)
from tests.kit import Server


@pytest.fixture
def client() -> Client:
    return Client(Server())


# --- several keys, hidden costs --------------------------------------------------------------------


def joined(*containers: bytes) -> bytes:
    """One container with the parts of several, under the same password; without a MAC."""
    parts = [part for each in containers for part in asn1.Pfx.load(each).authenticated_safe]
    return without_mac(parts)


def without_mac(parts: list[Any]) -> bytes:
    content = core.OctetString(asn1.AuthenticatedSafe(parts).dump())
    made: bytes = asn1.Pfx({"version": "v3", "auth_safe": {"content_type": "data", "content": content}}).dump()
    return made


def test_of_several_keys_the_named_one_comes_with_its_own_chain(client: Client) -> None:
    """1.4 §3.45: the friendly name under which key and chain "SHALL be found"; without one, the first key's."""
    first, second = new_key(), new_key("ec")
    chains = chain(first), chain(second)
    both = joined(container(first, *chains[0], name=b"one"), container(second, *chains[1], name=b"two"))
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    for asked_name, name, key, own in (
        ("TWO", "TWO", second, chains[1]),
        ("one", "one", first, chains[0]),
        (None, "one", first, chains[0]),
    ):
        named = () if asked_name is None else ((Tag.PKCS_12_FRIENDLY_NAME, asked_name),)
        uid = client.do(asked(V2_1, both, word, *named)).unique_identifier
        assert client.shown(uid)[Tag.PKCS_12_FRIENDLY_NAME] == [name]
        made = opened(client, uid)
        assert made.key is not None and made.key.public_key() == key.public_key()  # type: ignore[union-attr]
        assert made.cert is not None and made.cert.certificate == own[0]
        assert [each.certificate for each in made.additional_certs] == list(own[1:])
    missing = asked(V2_1, both, word, (Tag.PKCS_12_FRIENDLY_NAME, "three"))
    assert client.refusal(missing) is ResultReason.INVALID_FIELD


@pytest.mark.parametrize("command", ["-legacy", "-descert -legacy", "-nomac", "-macalg sha512", "-keypbe NONE", ""])
def test_what_other_programs_write_is_read(client: Client, tmp_path: Path, command: str) -> None:
    """OpenSSL's own, of this day and of the days of RC2."""
    key = new_key()
    leaf, middle, root = chain(key)
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in (leaf, middle, root))
    (tmp_path / "certificates.pem").write_bytes(pem)
    word = PASSWORD.decode()
    files = ["-inkey", "key.pem", "-in", "certificates.pem", "-out", "made.p12"]
    made = ["openssl", "pkcs12", "-export", *command.split(), "-name", "mine", "-passout", f"pass:{word}", *files]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    request = asked(V2_1, (tmp_path / "made.p12").read_bytes(), link(LinkType.PKCS_12_PASSWORD_LINK, password(client)))
    again = opened(client, client.do(request).unique_identifier)
    assert again.cert is not None and again.cert.friendly_name == b"mine"
    assert [each.certificate for each in (again.cert, *again.additional_certs)] == [leaf, middle, root]
    other = asked(
        V2_1, (tmp_path / "made.p12").read_bytes(), link(LinkType.PKCS_12_PASSWORD_LINK, password(client, b"no"))
    )
    assert client.refusal(other) is ResultReason.BAD_PASSWORD


def encrypted_part(bags: Any, rounds: int) -> Any:
    """A part under the password, by PBES2 as RFC 8018 §6.2 has it."""
    salt, iv = b"s" * 16, b"i" * 16
    key = PBKDF2HMAC(hashes.SHA256(), 32, salt, rounds).derive(PASSWORD)
    plain = bags.dump()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    return cms.ContentInfo(
        {
            "content_type": "encrypted_data",
            "content": {
                "version": "v0",
                "encrypted_content_info": {
                    "content_type": "data",
                    "content_encryption_algorithm": pbes2(salt, rounds, iv),
                    "encrypted_content": sealed,
                },
            },
        }
    )


def pbes2(salt: bytes, rounds: int, iv: bytes) -> dict[str, Any]:
    salted = algos.Pbkdf2Salt("specified", core.OctetString(salt))
    function = {"salt": salted, "iteration_count": rounds, "prf": {"algorithm": "sha256"}}
    return {
        "algorithm": "pbes2",
        "parameters": {
            "key_derivation_func": {"algorithm": "pbkdf2", "parameters": function},
            "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": iv},
        },
    }


HOURS = 2_000_000_000


def test_a_cost_that_is_hidden_in_an_encrypted_part_is_not_paid(client: Client) -> None:
    """Its iterations are seen only when the part is open: the library, given the whole, would compute for hours."""
    dear = {"encryption_algorithm": pbes2(b"s" * 16, HOURS, b"i" * 16), "encrypted_data": b"x" * 64}
    hidden = encrypted_part(asn1.SafeContents([{"bag_id": "pkcs8_shrouded_key_bag", "bag_value": dear}]), 1000)
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    assert client.refusal(asked(V2_1, without_mac([hidden]), word)) is ResultReason.INVALID_FIELD
    key = new_key()
    seen = list(asn1.Pfx.load(container(key, *chain(key))).authenticated_safe)
    uid = client.do(asked(V2_1, without_mac([hidden, *seen]), word)).unique_identifier
    again = opened(client, uid)
    assert again.key is not None and again.key.public_key() == key.public_key()  # type: ignore[union-attr]


@pytest.mark.parametrize("where", ["part", "key", "sum", "mac", "many"])
def test_no_cost_in_sight_is_paid_beyond_the_limit(client: Client, where: str) -> None:
    key = new_key()
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1000).build(PASSWORD)
    good = pkcs12.serialize_key_and_certificates(b"x", key, chain(key)[0], None, encryption)
    outer = asn1.Pfx.load(good)
    parts = list(outer.authenticated_safe)
    if where == "part":
        _algorithm(parts[0])["parameters"] = pbes2(b"s" * 16, HOURS, b"i" * 16)["parameters"]
    elif where == "key":
        dear = {"encryption_algorithm": pbes2(b"s" * 16, HOURS, b"i" * 16), "encrypted_data": b"x" * 64}
        bags = asn1.SafeContents([{"bag_id": "pkcs8_shrouded_key_bag", "bag_value": dear}])
        parts = [cms.ContentInfo({"content_type": "data", "content": core.OctetString(bags.dump())})]
    elif where == "sum":
        parts = [*parts, *(encrypted_part(asn1.SafeContents([]), 200_000) for _ in range(3))]
    elif where == "many":
        parts = parts * 100
    whole = without_mac(parts)
    if where == "mac":
        outer["mac_data"]["iterations"] = HOURS
        whole = outer.dump(force=True)
    request = asked(V2_1, whole, link(LinkType.PKCS_12_PASSWORD_LINK, password(client)))
    expected = ResultReason.INVALID_FIELD if where == "many" else ResultReason.FEATURE_NOT_SUPPORTED  # 2.1 Table 294
    assert client.refusal(request) is expected


def _algorithm(part: Any) -> Any:
    return part["content"]["encrypted_content_info"]["content_encryption_algorithm"]


def test_a_changed_mac_is_a_wrong_password(client: Client) -> None:
    key = new_key()
    outer = asn1.Pfx.load(container(key, *chain(key)))
    outer["mac_data"]["mac"]["digest"] = bytes(32)
    request = asked(V2_1, outer.dump(force=True), link(LinkType.PKCS_12_PASSWORD_LINK, password(client)))
    assert client.refusal(request) is ResultReason.BAD_PASSWORD


# --- certificates in containers, Import -------------------------------------------------------------


@SINCE_1_4
def test_a_certificate_leaves_in_a_container_with_its_chain(client: Client, version: Version) -> None:
    """2.1 §6.1.19: "either that of a private key or certificate"; 1.4 §4.11: "that of a private key"."""
    client = client.speaking(version)
    certificates = chain(new_key())
    uids = [
        client.register(Certificate(certificate_type=CertificateType.X_509, certificate_value=der(each)), CERTIFICATE)
        for each in certificates
    ]
    for uid, issuer in itertools.pairwise(uids):
        client.do(add_link(uid, LinkType.CERTIFICATE_LINK, issuer))
    wanted = GetRequest(unique_identifier=uids[0], key_format_type=KeyFormatType.PKCS_12)
    if version < V2_0:
        assert client.refusal(wanted) is ResultReason.KEY_FORMAT_TYPE_NOT_SUPPORTED
        return
    assert client.refusal(wanted) is ResultReason.BAD_PASSWORD
    client.do(add_link(uids[0], LinkType.PKCS_12_PASSWORD_LINK, password(client)))
    client.do(
        AddAttributeRequest(unique_identifier=uids[0], new_attribute=AttributeItem(Tag.PKCS_12_FRIENDLY_NAME, "me"))
    )
    made = client.do(wanted)
    assert made.object_type is CERTIFICATE
    again = pkcs12.load_pkcs12(made.object.certificate_value, PASSWORD)
    assert again.key is None and again.cert is None
    assert [each.certificate for each in again.additional_certs] == list(certificates)
    assert again.additional_certs[0].friendly_name == b"me"
    assert client.do(GetRequest(unique_identifier=uids[0])).object.certificate_value == der(certificates[0])


CERTIFICATE = ObjectType.CERTIFICATE


@SINCE_1_4
def test_import_takes_a_container_apart(client: Client, version: Version) -> None:
    client = client.speaking(version)
    key = new_key("ec")
    certificates = chain(key)
    value = container(key, *certificates)
    block = KeyBlock(
        key_format_type=KeyFormatType.PKCS_12, key_value=value if version < V2_0 else KeyValue(key_material=value)
    )

    def request(*pairs: Any) -> ImportRequest:
        return ImportRequest(
            unique_identifier="mine",
            object_type=ObjectType.PRIVATE_KEY,
            replace_existing=True,
            attributes=attributes((Tag.CRYPTOGRAPHIC_USAGE_MASK, 1), *pairs),
            object=PrivateKey(key_block=block),
        )

    bad = ResultReason.INVALID_FIELD if version < V2_0 else ResultReason.BAD_PASSWORD
    assert client.refusal(request()) is bad
    word = link(LinkType.PKCS_12_PASSWORD_LINK, password(client))
    assert client.do(request(word)).unique_identifier == "mine"
    assert client.do(GetRequest(unique_identifier="mine")).object.key_block.key_format_type is KeyFormatType.PKCS_8
    made = opened(client, "mine")
    assert made.cert is not None
    assert [each.certificate for each in (made.cert, *made.additional_certs)] == list(certificates)
    # What it says of its certificates itself holds: they are not made again.
    (known,) = linked(client, "mine", LinkType.PKCS_12_CERTIFICATE_LINK)
    before = client.located((Tag.OBJECT_TYPE, CERTIFICATE))
    client.do(request(word, link(LinkType.PKCS_12_CERTIFICATE_LINK, known)))
    assert client.located((Tag.OBJECT_TYPE, CERTIFICATE)) == before
