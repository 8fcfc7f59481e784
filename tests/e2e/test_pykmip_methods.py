"""Every method of PyKMIP's two clients: the lower one's are called here, and none may be left out of these tests."""

from __future__ import annotations

import ast
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kmip.core import attributes as core_attributes
from kmip.core import enums, objects
from kmip.core.exceptions import OperationFailure
from kmip.core.factories.attributes import AttributeFactory
from kmip.core.messages import payloads
from kmip.pie import objects as pie
from kmip.pie.client import ProxyKmipClient
from kmip.pie.factory import ObjectFactory
from kmip.services.kmip_client import KMIPProxy

from tests.e2e.pykmip_words import (
    CESSATION,
    Algorithm,
    Mask,
    Version,
    every_version,
    not_found,
    with_cryptography,
)
from tests.e2e.server_process import ServerProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

KEY = bytes(range(16))
SUCCESS = enums.ResultStatus.SUCCESS
SYMMETRIC = enums.ObjectType.SYMMETRIC_KEY


@pytest.fixture
def proxy(server: ServerProcess, version: Version) -> Iterator[KMIPProxy]:
    opened = server.proxy(version=version)
    opened.open()
    yield opened
    opened.close()


def template(tag: enums.Tags = enums.Tags.TEMPLATE_ATTRIBUTE, **asked: Any) -> Any:
    """Attributes by their names, as a Template-Attribute."""
    factory = AttributeFactory()
    made = [factory.create_attribute(enums.AttributeType[name.upper()], value) for name, value in asked.items()]
    return objects.TemplateAttribute(attributes=made, tag=tag)


def aes(*masks: Mask) -> Any:
    return template(
        cryptographic_algorithm=Algorithm.AES, cryptographic_length=128, cryptographic_usage_mask=list(masks)
    )


def done(result: Any) -> Any:
    """What was answered; it must be a success."""
    if isinstance(result, dict):
        assert result["result_status"] is SUCCESS, result
    else:
        assert result.result_status.value is SUCCESS, result.result_message
    return result


def text(value: Any) -> str:
    return str(getattr(value, "value", value))


def registered(proxy: KMIPProxy, *masks: Mask, algorithm: Algorithm = Algorithm.AES) -> str:
    secret = ObjectFactory().convert(pie.SymmetricKey(algorithm, 128, KEY))
    uid = text(done(proxy.register(SYMMETRIC, template(cryptographic_usage_mask=list(masks)), secret)).uuid)
    done(proxy.activate(uid))
    return uid


@every_version
def test_a_key_lives_and_dies(proxy: KMIPProxy) -> None:
    uid = text(done(proxy.create(SYMMETRIC, aes(Mask.ENCRYPT))).uuid)
    assert text(done(proxy.activate(uid)).uuid) == uid
    assert len(done(proxy.get(uid)).secret.key_block.key_value.key_material.value) == 16
    assert uid in done(proxy.locate()).uuids
    (state,) = done(proxy.get_attributes(uid, ["State"])).attributes
    assert state.attribute_value.value is enums.State.ACTIVE
    assert "State" in done(proxy.get_attribute_list(uid)).names
    new = done(proxy.rekey(uid))["unique_identifier"]
    assert new != uid
    done(proxy.revoke(CESSATION, uid, "no longer needed"))
    assert text(done(proxy.destroy(uid)).uuid) == uid
    assert proxy.get(uid).result_status.value is enums.ResultStatus.OPERATION_FAILED
    done(proxy.get(new))


@every_version
def test_a_key_is_derived_and_checked(proxy: KMIPProxy) -> None:
    uid = registered(proxy, Mask.DERIVE_KEY)
    how = core_attributes.DerivationParameters(
        cryptographic_parameters=core_attributes.CryptographicParameters(
            hashing_algorithm=enums.HashingAlgorithm.SHA_256
        )
    )
    derived = done(proxy.derive_key(SYMMETRIC, [uid], enums.DerivationMethod.HASH, how, aes(Mask.ENCRYPT)))
    found = done(proxy.get(derived["unique_identifier"])).secret.key_block.key_value.key_material.value
    assert found == hashlib.sha256(KEY).digest()[:16]
    assert done(proxy.check(uid, cryptographic_usage_mask=[Mask.DERIVE_KEY]))["unique_identifier"] == uid


@pytest.mark.parametrize("version", list(Version)[1:], ids=lambda version: version.name)  # the operation is of 1.1
def test_a_pair_is_made_and_made_anew(proxy: KMIPProxy) -> None:
    pair = done(
        proxy.create_key_pair(
            common_template_attribute=template(
                enums.Tags.COMMON_TEMPLATE_ATTRIBUTE, cryptographic_algorithm=Algorithm.RSA, cryptographic_length=2048
            ),
            private_key_template_attribute=template(
                enums.Tags.PRIVATE_KEY_TEMPLATE_ATTRIBUTE, cryptographic_usage_mask=[Mask.SIGN]
            ),
            public_key_template_attribute=template(
                enums.Tags.PUBLIC_KEY_TEMPLATE_ATTRIBUTE, cryptographic_usage_mask=[Mask.VERIFY]
            ),
        )
    )
    old = text(pair.private_key_uuid)
    done(proxy.activate(old))
    new = done(proxy.rekey_key_pair(private_key_uuid=core_attributes.PrivateKeyUniqueIdentifier(old)))
    names = {old, text(pair.public_key_uuid), text(new.private_key_uuid), text(new.public_key_uuid)}
    assert len(names) == 4 and names <= set(done(proxy.locate()).uuids)


@with_cryptography
def test_keys_are_used(proxy: KMIPProxy) -> None:
    parameters = core_attributes.CryptographicParameters
    cbc = parameters(block_cipher_mode=enums.BlockCipherMode.CBC, padding_method=enums.PaddingMethod.PKCS5)
    uid = registered(proxy, Mask.ENCRYPT, Mask.DECRYPT)
    cipher = done(proxy.encrypt(b"text", uid, cbc, bytes(16)))["data"]
    assert len(cipher) == 16
    assert done(proxy.decrypt(cipher, uid, cbc, bytes(16)))["data"] == b"text"
    uid = registered(proxy, Mask.MAC_GENERATE, algorithm=Algorithm.HMAC_SHA256)
    answer = done(proxy.mac(b"data", uid, parameters(cryptographic_algorithm=Algorithm.HMAC_SHA256)))
    assert answer.mac_data.value == hmac.digest(KEY, b"data", "sha256")


@with_cryptography
def test_signatures_are_made_and_checked(server: ServerProcess, proxy: KMIPProxy) -> None:
    with server.pykmip() as client:
        public, private = client.create_key_pair(
            Algorithm.RSA, 2048, public_usage_mask=[Mask.VERIFY], private_usage_mask=[Mask.SIGN]
        )
    done(proxy.activate(public))
    done(proxy.activate(private))
    pss = core_attributes.CryptographicParameters(
        padding_method=enums.PaddingMethod.PSS,
        hashing_algorithm=enums.HashingAlgorithm.SHA_256,
        cryptographic_algorithm=Algorithm.RSA,
    )
    signature = done(proxy.sign(b"message", private, pss))["signature"]
    for message, wanted in ((b"message", "VALID"), (b"massage", "INVALID")):
        answer = done(proxy.signature_verify(message, signature, public, pss))
        assert answer["validity_indicator"] is enums.ValidityIndicator[wanted]


@every_version
def test_a_payload_is_sent_as_it_is(proxy: KMIPProxy, version: Version) -> None:
    assert proxy.kmip_version is version
    uid = registered(proxy, Mask.ENCRYPT)
    answer = proxy.send_request_payload(enums.Operation.GET, payloads.GetRequestPayload(uid))
    assert (answer.unique_identifier, answer.object_type) == (uid, SYMMETRIC)
    with pytest.raises(OperationFailure) as caught:
        proxy.send_request_payload(enums.Operation.GET, payloads.GetRequestPayload("no such key"))
    assert caught.value.reason is not_found(proxy)


@every_version
def test_a_refused_check_and_one_without_a_mask_are_more_than_pykmip_can_read(proxy: KMIPProxy) -> None:
    """Its ``check`` reads ``payload.usage_limits_count`` of no payload, and goes through a mask that is None."""
    uid = registered(proxy, Mask.ENCRYPT)
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'usage_limits_count'"):
        proxy.check("no such key", cryptographic_usage_mask=[Mask.ENCRYPT])
    with pytest.raises(TypeError, match="'NoneType' object is not iterable"):
        proxy.check(uid)
    done(proxy.get(uid))  # the connection goes on


@pytest.mark.parametrize("version", [Version.KMIP_1_4], ids=["KMIP_1_4"])
def test_what_the_lower_client_says_of_itself(proxy: KMIPProxy) -> None:
    clause, suite = enums.ConformanceClause.DISCOVER_VERSIONS, enums.AuthenticationSuite.TLS12
    assert proxy.get_supported_conformance_clauses() == [clause]
    assert suite in proxy.get_supported_authentication_suites()
    assert proxy.is_conformance_clause_supported(clause)
    assert proxy.is_authentication_suite_supported(suite)
    assert proxy.is_profile_supported(clause, suite)
    assert not proxy.is_profile_supported(enums.ConformanceClause.BASELINE, suite)


@every_version
def test_a_connection_is_opened_closed_and_opened_again_and_a_key_checked(
    server: ServerProcess, version: Version
) -> None:
    client = server.pykmip(version=version)
    client.open()
    uid = client.register(pie.SymmetricKey(Algorithm.AES, 128, KEY, [Mask.ENCRYPT]))
    client.close()
    client.open()
    assert client.check(uid, cryptographic_usage_mask=[Mask.ENCRYPT]) == uid
    assert client.get(uid).value == KEY
    client.close()


def called(receiver: str) -> set[str]:
    """The names that the tests with PyKMIP ask of objects of this name."""
    trees = [ast.parse(path.read_text()) for path in Path(__file__).parent.glob("*pykmip_*.py")]
    asked = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    last = {ast.Name: "id", ast.Attribute: "attr"}
    return {node.attr for node in asked if getattr(node.value, last.get(type(node.value), ""), "") == receiver}


@pytest.mark.parametrize(("kind", "receiver"), [(ProxyKmipClient, "client"), (KMIPProxy, "proxy")])
def test_no_method_is_left_out(kind: type, receiver: str) -> None:
    public = {name for name in dir(kind) if not name.startswith("_")}
    assert len(public) > 20
    assert public - called(receiver) == set()
