"""The vectors that pyca/cryptography publishes (NIST CAVP, IETF), run through our own functions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import CryptographicFailure
from kmip_server.spec.enums import BlockCipherMode as Mode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters

vectors = pytest.importorskip("cryptography_vectors", reason="cryptography-vectors is not installed: 3 suites not run")
ciphers = Ciphers()


def nist(name: str) -> Iterator[dict[str, str]]:
    """The records of a NIST response file: a record ends at an empty line; FAIL stands for itself."""
    record: dict[str, str] = {}
    section = ""
    with vectors.open_vector_file(name, "r") as lines:
        for line in lines:
            text = line.strip()
            if text in ("[ENCRYPT]", "[DECRYPT]"):
                section = text
            elif "=" in text and not text.startswith(("[", "#")):
                key, value = (part.strip() for part in text.split("=", 1))
                record[key.upper()] = value
            elif text == "FAIL":
                record["FAIL"] = "yes"
            elif not text and record:
                yield {**record, "SECTION": section}
                record = {}
    if record:
        yield {**record, "SECTION": section}


CAVP = [
    (Algorithm.AES, Mode.ECB, "ciphers/AES/ECB/ECBMMT256.rsp"),
    (Algorithm.AES, Mode.CBC, "ciphers/AES/CBC/CBCMMT128.rsp"),
    (Algorithm.AES, Mode.CBC, "ciphers/AES/CBC/CBCMMT256.rsp"),
    (Algorithm.AES, Mode.CFB, "ciphers/AES/CFB/CFB128MMT192.rsp"),
    (Algorithm.AES, Mode.OFB, "ciphers/AES/OFB/OFBMMT256.rsp"),
]


@pytest.mark.parametrize(("algorithm", "mode", "name"), CAVP)
def test_aes_modes(algorithm: Algorithm, mode: Mode, name: str) -> None:
    count = 0
    parameters = Parameters(block_cipher_mode=mode)
    for record in nist(name):
        if "PLAINTEXT" not in record:
            continue
        key, plain, sealed = (bytes.fromhex(record[field]) for field in ("KEY", "PLAINTEXT", "CIPHERTEXT"))
        iv = bytes.fromhex(record["IV"]) if "IV" in record else None
        assert ciphers.encrypt(algorithm, key, parameters, plain, iv=iv).data == sealed
        assert ciphers.decrypt(algorithm, key, parameters, sealed, iv=iv) == plain
        count += 1
    assert count >= 10


def test_gcm_decrypt() -> None:
    count = failed = 0
    for record in nist("ciphers/AES/GCM/gcmDecrypt256.rsp"):
        if "CT" not in record:
            continue
        key, iv, sealed, aad, tag = (bytes.fromhex(record[field]) for field in ("KEY", "IV", "CT", "AAD", "TAG"))
        if len(tag) < 12 or len(iv) < 8:
            continue  # refused here: see the error table of test_symmetric
        parameters = Parameters(block_cipher_mode=Mode.GCM, tag_length=len(tag))
        count += 1
        if "FAIL" in record:
            with pytest.raises(CryptographicFailure):
                ciphers.decrypt(Algorithm.AES, key, parameters, sealed, iv=iv, aad=aad, tag=tag)
            failed += 1
            continue
        plain = ciphers.decrypt(Algorithm.AES, key, parameters, sealed, iv=iv, aad=aad, tag=tag)
        assert plain.hex() == record["PT"]
        again = ciphers.encrypt(Algorithm.AES, key, parameters, plain, iv=iv, aad=aad)
        assert (again.data, again.tag) == (sealed, tag)
    assert count > 1000
    assert failed > 100


def test_cmac() -> None:
    count = 0
    for bits in (128, 192, 256):
        for record in nist(f"CMAC/nist-800-38b-aes{bits}.txt"):
            if "OUTPUT" in record:
                message = bytes.fromhex(record.get("MESSAGE", ""))
                made = ciphers.mac(Algorithm.AES, bytes.fromhex(record["KEY"]), Parameters(), message)
                assert made.hex() == record["OUTPUT"].lower()
                count += 1
    assert count >= 12
