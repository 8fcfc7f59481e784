"""PyKMIP's client against a real server: keys in use, in every version that has the operation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac, keywrap, serialization
from kmip.core import enums
from kmip.core.messages import messages, payloads
from kmip.core.utils import BytearrayStream
from kmip.pie import objects as pie
from kmip.pie.client import ProxyKmipClient

from kmip_server.spec.tags import Tag
from kmip_server.wire import ttlv
from tests.e2e.pykmip_words import (
    CBC,
    CESSATION,
    VERSIONS,
    Algorithm,
    Mask,
    Reason,
    Version,
    every_version,
    named,
    refused,
    since_2_0,
    values,
    with_cryptography,
)
from tests.e2e.server_process import ServerProcess
from tests.flows import strict

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PSS = {
    "cryptographic_algorithm": Algorithm.RSA,
    "hashing_algorithm": enums.HashingAlgorithm.SHA_256,
    "padding_method": enums.PaddingMethod.PSS,
}
KEY = bytes(range(32))
WRAPPING = {
    "wrapping_method": enums.WrappingMethod.ENCRYPT,
    "encoding_option": enums.EncodingOption.NO_ENCODING,
}


@pytest.fixture
def client(server: ServerProcess, version: Version) -> Iterator[ProxyKmipClient]:
    with server.pykmip(version=version) as opened:
        yield opened


def active(client: ProxyKmipClient, *masks: Mask, key: bytes = KEY, algorithm: Algorithm = Algorithm.AES) -> str:
    uid = client.register(pie.SymmetricKey(algorithm, 8 * len(key), key, list(masks)))
    client.activate(uid)
    return str(uid)


@with_cryptography
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 1000])
def test_what_is_encrypted_is_decrypted(client: ProxyKmipClient, size: int) -> None:
    uid = active(client, Mask.ENCRYPT, Mask.DECRYPT)
    text, iv = secrets.token_bytes(size), secrets.token_bytes(16)
    cipher, answered = client.encrypt(text, uid, CBC, iv)
    assert answered is None  # 1.4 §4.29: only an IV that the server made is given back
    assert len(cipher) == (size // 16 + 1) * 16
    assert client.decrypt(cipher, uid, CBC, iv) == text
    with refused(Reason.CRYPTOGRAPHIC_FAILURE):
        client.decrypt(cipher[:-1], uid, CBC, iv)


@with_cryptography
def test_the_server_makes_the_iv_where_it_is_asked_to(client: ProxyKmipClient) -> None:
    uid = active(client, Mask.ENCRYPT, Mask.DECRYPT)
    first, second = (client.encrypt(b"text", uid, {**CBC, "random_iv": True}) for _ in range(2))
    assert len(first[1]) == 16 and first != second
    assert client.decrypt(first[0], uid, CBC, first[1]) == b"text"


@with_cryptography
def test_a_key_is_used_for_what_it_is_for_and_while_it_is_active(client: ProxyKmipClient) -> None:
    uid = active(client, Mask.ENCRYPT)
    cipher, _ = client.encrypt(b"text", uid, CBC, bytes(16))
    with refused(since_2_0(client, Reason.INCOMPATIBLE_CRYPTOGRAPHIC_USAGE_MASK, Reason.PERMISSION_DENIED), "Decrypt"):
        client.decrypt(cipher, uid, CBC, bytes(16))
    client.revoke(CESSATION, uid)
    with refused(Reason.PERMISSION_DENIED, "Deactivated"):  # 1.4 §11.30; 2.0's own cases say the same
        client.encrypt(b"text", uid, CBC, bytes(16))


@with_cryptography
def test_signatures_are_made_and_checked(client: ProxyKmipClient) -> None:
    public, private = client.create_key_pair(
        Algorithm.RSA, 2048, public_usage_mask=[Mask.VERIFY], private_usage_mask=[Mask.SIGN]
    )
    client.activate(public)
    client.activate(private)
    signature = client.sign(b"message", private, PSS)
    valid = client.signature_verify(b"message", signature, public, PSS)
    assert valid is enums.ValidityIndicator.VALID
    assert client.signature_verify(b"massage", signature, public, PSS) is enums.ValidityIndicator.INVALID


@with_cryptography
@pytest.mark.parametrize("algorithm", [Algorithm.HMAC_SHA256, Algorithm.HMAC_SHA512], ids=lambda each: each.name)
def test_a_mac_is_what_others_compute(client: ProxyKmipClient, algorithm: Algorithm) -> None:
    uid = active(client, Mask.MAC_GENERATE, algorithm=algorithm)
    hashed = {Algorithm.HMAC_SHA256: hashes.SHA256(), Algorithm.HMAC_SHA512: hashes.SHA512()}[algorithm]
    wanted = hmac.HMAC(KEY, hashed)
    wanted.update(b"data")
    assert client.mac(b"data", uid, algorithm) == (uid, wanted.finalize())


@pytest.mark.parametrize("version", VERSIONS[:2], ids=lambda version: version.name)
def test_cryptography_is_not_served_to_versions_that_lack_it(client: ProxyKmipClient) -> None:
    uid = active(client, Mask.ENCRYPT)
    with refused(Reason.OPERATION_NOT_SUPPORTED, "Encrypt"):
        client.encrypt(b"text", uid, CBC, bytes(16))
    assert client.get(uid).value == KEY  # the connection goes on


@every_version
def test_a_new_key_takes_the_place_of_an_old_one(client: ProxyKmipClient) -> None:
    name = f"rotated {secrets.token_hex(8)}"
    old = client.create(Algorithm.AES, 256, name=name, cryptographic_usage_mask=[Mask.ENCRYPT, Mask.DECRYPT])
    client.activate(old)
    if client.kmip_version is Version.KMIP_2_0:
        # PyKMIP sends the Template-Attribute of 1.x, which 2.0 does not have.
        with refused(Reason.INVALID_FIELD, "Template-Attribute"):
            client.rekey(old)
        return
    new = client.rekey(old, offset=0)
    assert new != old and client.get(new).value != client.get(old).value
    assert client.locate(attributes=[named(name)]) == [new]  # 1.4 §4.4: the name goes to the replacement
    assert values(client, old, "State") == {"State": [enums.State.ACTIVE]}
    assert "Link" in client.get_attribute_list(old) and "Link" in client.get_attribute_list(new)


@every_version
def test_a_key_is_derived_and_checked(client: ProxyKmipClient) -> None:
    uid = active(client, Mask.DERIVE_KEY)
    how = {"cryptographic_parameters": {"hashing_algorithm": enums.HashingAlgorithm.SHA_256}}
    wanted = {"cryptographic_algorithm": Algorithm.AES, "cryptographic_length": 128}
    method, symmetric = enums.DerivationMethod.HASH, enums.ObjectType.SYMMETRIC_KEY
    derived = client.derive_key(symmetric, [uid], method, how, **wanted)
    assert client.get(derived).value == hashlib.sha256(KEY).digest()[:16]
    answer = exchange(client, enums.Operation.CHECK, payloads.CheckRequestPayload(unique_identifier=uid))
    assert answer.result_status.value is enums.ResultStatus.SUCCESS
    assert client.get(uid).value == KEY


def exchange(client: ProxyKmipClient, operation: enums.Operation, payload: Any) -> Any:
    """Send a payload of PyKMIP's for which its own client loses its way in a refusal; the answered item."""
    proxy = client.proxy
    item = messages.RequestBatchItem(operation=messages.contents.Operation(operation), request_payload=payload)
    return proxy._send_and_receive_message(proxy._build_request_message(None, [item])).batch_items[0]


@pytest.mark.parametrize("version", VERSIONS[1:], ids=lambda version: version.name)  # the encoding option is of 1.1
def test_a_key_leaves_wrapped_by_another(server: ServerProcess, client: ProxyKmipClient) -> None:
    """PyKMIP's reader wants a structure where the standard has the wrapped key as bytes (1.4 §2.1.3, TC-141)."""
    wrapping, uid = active(client, Mask.WRAP_KEY, key=bytes(16)), active(client, Mask.ENCRYPT)
    asked = {**WRAPPING, "encryption_key_information": {
        "unique_identifier": wrapping,
        "cryptographic_parameters": {"block_cipher_mode": enums.BlockCipherMode.NIST_KEY_WRAP},
    }}  # fmt: skip
    specification = client._build_key_wrapping_specification(asked)
    item = messages.RequestBatchItem(
        operation=messages.contents.Operation(enums.Operation.GET),
        request_payload=payloads.GetRequestPayload(uid, key_wrapping_specification=specification),
    )
    stream = BytearrayStream()
    client.proxy._build_request_message(None, [item]).write(stream, client.kmip_version)
    with server.connect() as connection:
        answer = ttlv.parse(connection.send(bytes(stream.buffer)))
    path = (Tag.BATCH_ITEM, Tag.RESPONSE_PAYLOAD, Tag.SYMMETRIC_KEY, Tag.KEY_BLOCK)
    cipher = strict.value(answer, *path, Tag.KEY_VALUE)
    assert keywrap.aes_key_unwrap(bytes(16), cipher) == KEY
    assert strict.value(answer, *path, Tag.KEY_WRAPPING_DATA, Tag.WRAPPING_METHOD) == 1


@every_version
def test_a_key_that_came_wrapped_leaves_as_it_came(client: ProxyKmipClient) -> None:
    wrapping = active(client, Mask.WRAP_KEY, Mask.UNWRAP_KEY, key=bytes(16))
    cipher = keywrap.aes_key_wrap(bytes(16), KEY)
    data = {
        "wrapping_method": enums.WrappingMethod.ENCRYPT,
        "encryption_key_information": {
            "unique_identifier": wrapping,
            "cryptographic_parameters": {"block_cipher_mode": enums.BlockCipherMode.NIST_KEY_WRAP},
        },
        "encoding_option": enums.EncodingOption.NO_ENCODING,
    }
    if client.kmip_version is Version.KMIP_1_0:
        del data["encoding_option"]
    given = pie.SymmetricKey(Algorithm.AES, 256, cipher, [Mask.ENCRYPT], key_wrapping_data=data)
    found = client.get(client.register(given))
    assert found.value == cipher
    assert found.key_wrapping_data["encryption_key_information"]["unique_identifier"] == wrapping


FORMATS = {
    enums.KeyFormatType.PKCS_1: serialization.PrivateFormat.TraditionalOpenSSL,
    enums.KeyFormatType.PKCS_8: serialization.PrivateFormat.PKCS8,
}


def key_format(kind: enums.KeyFormatType) -> Any:
    """The argument as ``KMIPProxy.get`` takes it: it reads ``value`` from it first."""
    return SimpleNamespace(value=kind)


@every_version
@pytest.mark.parametrize("asked", FORMATS, ids=lambda asked: asked.name)
def test_a_private_key_leaves_in_the_format_asked_for(client: ProxyKmipClient, asked: enums.KeyFormatType) -> None:
    _, private = client.create_key_pair(Algorithm.RSA, 2048, private_usage_mask=[Mask.SIGN])
    block = client.proxy.get(private, key_format_type=key_format(asked)).secret.key_block
    assert block.key_format_type.value is asked
    material = block.key_value.key_material.value
    opened = serialization.load_der_private_key(material, None)
    written = opened.private_bytes(serialization.Encoding.DER, FORMATS[asked], serialization.NoEncryption())
    assert written == material


@every_version
def test_a_format_that_a_key_does_not_have_is_refused(client: ProxyKmipClient) -> None:
    uid = active(client, Mask.ENCRYPT)
    answer = client.proxy.get(uid, key_format_type=key_format(enums.KeyFormatType.X_509))
    assert answer.result_reason.value is Reason.KEY_FORMAT_TYPE_NOT_SUPPORTED
