"""Project Wycheproof's traps for RSA decryption through the operation; see test_wycheproof_ciphers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, MaskGenerator, PaddingMethod
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.version import V2_1
from tests.flows import wycheproof
from tests.flows.client import Client
from tests.flows.requests import Decrypt
from tests.flows.test_published_vectors import private
from tests.flows.test_wycheproof_ciphers import FAILURE, OAEP, PKCS1, UNSUPPORTED, closed, refused
from tests.flows.wycheproof import Vector


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V2_1)


HASHES = {
    f"SHA-{name}": HashingAlgorithm[f"SHA_{name.replace('/', '_')}"] for name in ("1", "224", "256", "384", "512")
}
LACKING = {"SHA-512/224": HashingAlgorithm.SHA_512_224, "SHA-512/256": HashingAlgorithm.SHA_512_256}
"""Hashes that the library has, but not for OAEP."""


def asked_of_rsa(client: Client, vectors: Iterator[Vector], how: Any) -> Iterator[tuple[Vector, dict[str, Any]]]:
    """The vectors of a file, each with what its Decrypt is to have; every key is registered once."""
    keys: dict[str, str] = {}
    for vector in vectors:
        der = vector.group["privateKeyPkcs8"]
        if der not in keys:
            keys[der] = private(client, bytes.fromhex(der), Format.PKCS_8, Algorithm.RSA, vector.group["keySize"])
        yield (
            vector,
            {
                "unique_identifier": keys[der],
                "cryptographic_parameters": how(vector),
                "data": vector.bytes("ct"),
            },
        )


def oaep(vector: Vector) -> Parameters:
    known = HASHES | LACKING
    return Parameters(
        padding_method=PaddingMethod.OAEP,
        hashing_algorithm=known[vector.group["sha"]],
        mask_generator=MaskGenerator.MFG1,
        mask_generator_hashing_algorithm=known[vector.group["mgfSha"]],
        p_source=vector.bytes("label") or None,
    )


def of_oaep(file: str) -> Iterator[Vector]:
    """About a hundred; of the keys with 8192 bits, each of which takes three seconds to be checked, one."""
    for vector in wycheproof.vectors("Cipher", file, 100):
        hashes = (vector.group["sha"], vector.group["mgfSha"])
        if vector.group["keySize"] < 8192 or hashes == ("SHA-512", "SHA-1"):
            yield vector


@pytest.mark.parametrize("file", [*OAEP, "rsa_oaep_misc_test.json"])
def test_oaep(client: Client, file: str) -> None:
    """Lengths that are wrong, numbers over the modulus and broken paddings are one refusal in the same words."""
    seen, hashes, words = set(), set(), set()
    for vector, given in asked_of_rsa(client, of_oaep(file), oaep):
        answer = client.one(Decrypt(**given))
        if vector.group["sha"] in LACKING:
            whole = 8 * len(vector.bytes("ct")) == vector.group["keySize"]  # the length is looked at first
            closed(answer, vector, UNSUPPORTED if whole else FAILURE)
        elif vector.result == "invalid":
            closed(answer, vector, FAILURE)
            words.add(answer.message)
        elif vector.result == "valid" or answer.ok:
            assert answer.ok and answer.payload.data == vector.bytes("msg"), f"{vector}: {answer.message}"
        seen.add(vector.result)
        hashes.add((vector.group["sha"], vector.group["mgfSha"]))
        if vector.bytes("label") and vector.group["sha"] in HASHES:
            given["cryptographic_parameters"].p_source = b"another"
            refused(client, Decrypt(**given), vector, FAILURE)
    assert len(words) <= 1
    assert seen == ({"valid", "acceptable"} if "misc" in file else {"valid", "invalid"})
    assert len(hashes) == (len(HASHES) ** 2 if "misc" in file else 1)


@pytest.mark.parametrize("file", PKCS1)
def test_pkcs1_v1_5(client: Client, file: str) -> None:
    """A broken padding gives other bytes, the same each time: nobody learns that it was broken (Bleichenbacher)."""
    how = Parameters(padding_method=PaddingMethod.PKCS1_V1_5)
    seen = set()
    for vector, given in asked_of_rsa(client, wycheproof.vectors("Cipher", file, 35), lambda _: how):
        asked, printed = Decrypt(**given), vector.bytes("msg")
        if vector.result == "valid":
            assert client.do(asked).data == printed, vector
        elif "InvalidCiphertextFormat" in vector.test["flags"]:  # seen without the private key
            refused(client, asked, vector, FAILURE)
        else:
            made = client.do(asked).data
            assert made != printed and (not printed or printed not in made), vector
            assert client.do(asked).data == made, vector
        seen.add(vector.result)
    assert seen == {"valid", "invalid"}
