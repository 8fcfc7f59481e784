"""The points of elliptic curve public keys, as Key Compression Type asks for them (KMIP 2.1 §11.24, SEC 1 §2.3)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PublicFormat, load_der_public_key

from kmip_server.operations.get import GetRequest
from kmip_server.spec.enums import KeyCompressionType as Compression
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.enums import ResultReason as R
from kmip_server.spec.structures.keys import TransparentKeyMaterial as Transparent
from kmip_server.spec.version import V1_0, V1_3, V2_1, Version
from tests.flows.client import Client
from tests.flows.test_key_formats import EC_KEY, EC_PUBLIC, KINDS, P256, made, point, spki


def hybrid(key: ec.EllipticCurvePublicKey) -> bytes:
    whole = point(key)
    return bytes([6 | whole[-1] & 1]) + whole[1:]


POINTS = {
    Compression.EC_PUBLIC_KEY_TYPE_UNCOMPRESSED: point(EC_KEY.public_key()),
    Compression.EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_PRIME: point(EC_KEY.public_key(), PublicFormat.CompressedPoint),
    Compression.EC_PUBLIC_KEY_TYPE_X9_62_HYBRID: hybrid(EC_KEY.public_key()),
}


@pytest.mark.parametrize("version", [V1_0, V1_3, V2_1], ids=str)
@pytest.mark.parametrize("kept", [None, *POINTS])
def test_points_are_given_as_they_are_asked_for(client: Client, version: Version, kept: Compression | None) -> None:
    kind, client = KINDS["EC public"], client.speaking(version)
    name = EC_PUBLIC[0] if version >= V1_3 else EC_PUBLIC[1]
    material = None if kept is None else Transparent(recommended_curve=P256, q_string=POINTS[kept])
    uid = client.register(made(kind, name, material, key_compression_type=kept), kind.object_type)
    block = client.do(GetRequest(unique_identifier=uid)).object.key_block
    assert block.key_compression_type is kept  # as it was registered
    for asked, expected_point in POINTS.items():
        request = GetRequest(unique_identifier=uid, key_compression_type=asked)
        block = client.do(request).object.key_block
        assert block.key_value.key_material.q_string == expected_point
        assert (block.key_compression_type or Compression.EC_PUBLIC_KEY_TYPE_UNCOMPRESSED) is asked
        as_der = GetRequest(unique_identifier=uid, key_compression_type=asked, key_format_type=Format.X_509)
        der = client.do(as_der).object.key_block.key_value.key_material
        assert der.endswith(expected_point)
        assert spki(load_der_public_key(der)) == spki(EC_KEY.public_key())
    binary = Compression.EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_CHAR2
    refused = GetRequest(unique_identifier=uid, key_compression_type=binary)
    assert client.refusal(refused) is R.KEY_COMPRESSION_TYPE_NOT_SUPPORTED


def test_a_compressed_key_in_another_format_is_uncompressed_unless_asked(client: Client) -> None:
    """2.1 §3.1: "By default, the public key is uncompressed"."""
    kind, prime = KINDS["EC public"], Compression.EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_PRIME
    material = Transparent(recommended_curve=P256, q_string=POINTS[prime])
    uid = client.register(made(kind, EC_PUBLIC[0], material, key_compression_type=prime), kind.object_type)
    block = client.do(GetRequest(unique_identifier=uid, key_format_type=Format.X_509)).object.key_block
    assert block.key_value.key_material == kind.forms[Format.X_509]
    assert block.key_compression_type is Compression.EC_PUBLIC_KEY_TYPE_UNCOMPRESSED


@pytest.mark.parametrize("name", ["RSA public", "RSA private", "EC private", "AES", "DSA public", "Ed448 public"])
def test_other_keys_have_no_compressed_forms(client: Client, name: str) -> None:
    kind = KINDS[name]
    uid = client.register(made(kind, next(iter(kind.forms))), kind.object_type)
    prime = GetRequest(
        unique_identifier=uid, key_compression_type=Compression.EC_PUBLIC_KEY_TYPE_X9_62_COMPRESSED_PRIME
    )
    assert client.refusal(prime) is R.KEY_COMPRESSION_TYPE_NOT_SUPPORTED
