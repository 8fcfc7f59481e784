"""Published vectors of RSA signatures and of CCM encryption through the operations; see test_published_vectors."""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, MaskGenerator, PaddingMethod, ResultReason
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.structures.keys import TransparentKeyMaterial
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.version import V2_1
from tests.flows.client import Client
from tests.flows.requests import Decrypt, Encrypt, Sign, SignatureVerify
from tests.flows.test_published_vectors import HASHES, INVALID, TITLES, VALID, public, rsa_private, secret
from tests.flows.vectors import Record, chapters, data, records, sample

SIGNED = {**TITLES, "message to be signed": "message", "salt": "salt", "signature": "output"}
PKCS1, PSS = PaddingMethod.PKCS1_V1_5, PaddingMethod.PSS


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V2_1)


def rsa_public(client: Client, record: Record, modulus: str = "modulus", exponent: str = "public") -> str:
    n, e = int(record[modulus], 16), int(record[exponent], 16)
    material = TransparentKeyMaterial(modulus=n, public_exponent=e)
    return public(client, material, Format.TRANSPARENT_RSA_PUBLIC_KEY, Algorithm.RSA, n.bit_length())


def found(name: str, most: int) -> list[Record]:
    titles = {title: SIGNED[title] for title in sorted(SIGNED, key=len, reverse=True)}
    return sample(chapters(name, titles), most)


def test_pkcs1_v1_5_signatures_of_rsa_laboratories(client: Client) -> None:
    """Made byte for byte, and believed; of another message they are not."""
    how = Parameters(padding_method=PKCS1, hashing_algorithm=HashingAlgorithm.SHA_1)
    keys: dict[str, tuple[str, str]] = {}
    for record in found("asymmetric/RSA/pkcs1v15sign-vectors.txt", 60):
        if record["modulus"] not in keys:
            keys[record["modulus"]] = rsa_private(client, record), rsa_public(client, record)
        private, other = keys[record["modulus"]]
        message, signature = bytes.fromhex(record["message"]), bytes.fromhex(record["output"])
        asked: dict[str, Any] = {"cryptographic_parameters": how}
        assert client.do(Sign(unique_identifier=private, data=message, **asked)).signature_data == signature
        for text, holds in ((message, VALID), (message + b"x", INVALID)):
            verify = SignatureVerify(unique_identifier=other, data=text, signature_data=signature, **asked)
            assert client.do(verify).validity_indicator is holds


def test_pss_signatures_of_rsa_laboratories(client: Client) -> None:
    for record in found("asymmetric/RSA/pkcs-1v2-1d2-vec/pss-vect.txt", 60):
        salt = len(bytes.fromhex(record["salt"]))
        uid = rsa_public(client, record)
        for length, holds in ((salt, VALID), (None, VALID), (salt + 1, INVALID)):
            how = Parameters(
                padding_method=PSS,
                hashing_algorithm=HashingAlgorithm.SHA_1,
                mask_generator=MaskGenerator.MFG1,
                salt_length=length,
            )
            verify = SignatureVerify(
                unique_identifier=uid,
                cryptographic_parameters=how,
                data=bytes.fromhex(record["message"]),
                signature_data=bytes.fromhex(record["output"]),
            )
            assert client.do(verify).validity_indicator is holds


def test_encodings_that_are_nearly_right(client: Client) -> None:
    """A hash moved to the left, a trailer that is wrong, a padding that is too short: none of them is a signature."""
    done = 0
    modulus = ""
    for record in records("asymmetric/RSA/SigVer15EMTest.txt"):
        modulus = record.get("n", modulus)
        if "s" not in record or "msg" not in record:
            continue
        uid = rsa_public(client, {**record, "n": modulus}, "n", "e")
        verify = SignatureVerify(
            unique_identifier=uid,
            cryptographic_parameters=Parameters(padding_method=PKCS1, hashing_algorithm=HASHES[record["shaalg"]]),
            data=data(record, "msg"),
            signature_data=data(record, "s"),
        )
        assert client.do(verify).validity_indicator is INVALID, record["result"]
        done += 1
    assert done >= 20


@pytest.mark.parametrize("kind", ["VNT", "VTT", "VADT", "VPT"])
@pytest.mark.parametrize("length", [128, 192, 256])
def test_ccm_encrypts(client: Client, kind: str, length: int) -> None:
    done = 0
    every = (each for each in records(f"ciphers/AES/CCM/{kind}{length}.rsp") if "ct" in each and "payload" in each)
    for record in sample(every, 60):
        payload = data(record, "payload")[: int(record.get("plen", 1 << 30))]
        additional = data(record, "adata")[: int(record.get("alen", 1 << 30))]
        whole = data(record, "ct")
        size = len(whole) - len(payload)
        given: dict[str, Any] = {
            "unique_identifier": secret(client, data(record, "key")),
            "cryptographic_parameters": Parameters(block_cipher_mode=Mode.CCM, tag_length=size),
            "iv_counter_nonce": data(record, "nonce"),
            "authenticated_encryption_additional_data": additional,
        }
        if size < 12:
            assert client.refusal(Encrypt(data=payload, **given)) is ResultReason.GENERAL_FAILURE
            continue
        made = client.do(Encrypt(data=payload, **given))
        assert made.data + made.authenticated_encryption_tag == whole
        opened = Decrypt(data=made.data, authenticated_encryption_tag=made.authenticated_encryption_tag, **given)
        assert client.do(opened).data == payload
        done += 1
    assert done >= 10
