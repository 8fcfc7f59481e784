"""Wycheproof's vectors of signatures: Register the key, then Signature Verify, and Sign where one answer is right.

A valid signature is found Valid and an invalid one Invalid (2.1 §6.1.56); Cryptographic Failure answers a key that is
none. Nothing else will do, General Failure least of all.
"""

from __future__ import annotations

from typing import Any

import pytest

from kmip_server.spec.cryptoki import Attribute, ReturnCode
from kmip_server.spec.enums import CryptographicAlgorithm as Algorithm
from kmip_server.spec.enums import HashingAlgorithm, MaskGenerator, PaddingMethod, ValidityIndicator
from kmip_server.spec.enums import KeyFormatType as Format
from kmip_server.spec.structures.parameters import CryptographicParameters as Parameters
from kmip_server.spec.version import V2_1, V3_0
from tests.flows.client import Client
from tests.flows.cryptoki import Application, array, mechanism, ulong
from tests.flows.requests import Sign, SignatureVerify
from tests.flows.test_pkcs_11_objects import find
from tests.flows.test_published_vectors import FAILURE, INVALID, VALID, private, public
from tests.flows.wycheproof import Vector, files, vectors

ROOM = "Signature"
FIXED = files(ROOM, "ecdsa_*_p1363_test.json")
ECDSA = sorted(set(files(ROOM, "ecdsa_*.json")) - set(FIXED))
DSA = sorted(set(files(ROOM, "dsa_*.json")) - set(files(ROOM, "dsa_*_p1363_test.json")))
EDDSA = files(ROOM, "ed*.json")
PKCS1 = files(ROOM, "rsa_signature_*.json")
MADE = files(ROOM, "rsa_pkcs1_*_sig_gen_test.json")
PSS = files(ROOM, "rsa_pss_*.json")
ML_DSA = files(ROOM, "mldsa_*_verify_test.json")
ML_DSA_SEEDS = files(ROOM, "mldsa_*_sign_seed_test.json")
ML_DSA_EXPANDED = files(ROOM, "mldsa_*_sign_noseed_test.json")

NOT_RUN = dict.fromkeys(
    files(ROOM, "dsa_*_p1363_test.json"),
    "a DSA signature is DER, and PKCS#11, whose signatures are two numbers, is served without DSA",
)
"""Files that no operation of this server can show, with the reason."""
BAD_KEY = {"IncorrectPublicKeyLength", "IncorrectPrivateKeyLength"}


@pytest.fixture
def client(server: Any) -> Client:
    return Client(server, V2_1)


def hashing(name: str) -> HashingAlgorithm:
    return HashingAlgorithm[name.replace("-", "_").replace("/", "_")]


class Keys:
    """The public keys of a file's groups, each registered once."""

    def __init__(self, client: Client, algorithm: Algorithm) -> None:
        self.client = client
        self.algorithm = algorithm
        self._known: dict[str, str] = {}

    def of(self, vector: Vector, name: str = "publicKeyDer") -> str:
        der = vector.group[name]
        if der not in self._known:
            self._known[der] = public(self.client, bytes.fromhex(der), Format.X_509, self.algorithm, 256)
        return self._known[der]


def holds(client: Client, uid: str, vector: Vector, how: Parameters | None = None) -> ValidityIndicator | None:
    """What is found of a vector's signature, which must be what the vector says; None for a key that is none."""
    asked = SignatureVerify(
        unique_identifier=uid,
        cryptographic_parameters=how,
        data=vector.bytes("msg"),
        signature_data=vector.bytes("sig"),
    )
    answer = client.one(asked)
    if BAD_KEY & set(vector.test["flags"]):
        assert answer.reason is FAILURE, vector
        return None
    assert answer.ok, f"{vector}: {answer.reason}: {answer.message}"
    found = answer.payload.validity_indicator
    if vector.result != "acceptable":
        assert found is (VALID if vector.result == "valid" or by_bitcoin(vector) else INVALID), vector
    return ValidityIndicator(found)


def by_bitcoin(vector: Vector) -> bool:
    """Invalid by a rule of Bitcoin alone: to FIPS 186-5 §6.4.2, r and n - s are a signature where r and s are one."""
    return vector.group["type"] == "EcdsaBitcoinVerify" and "malleability" in vector.test["comment"]


def run(client: Client, file: str, algorithm: Algorithm, most: int, how: Any = lambda group: None) -> None:
    keys, seen = Keys(client, algorithm), set()
    for vector in vectors(ROOM, file, most):
        if "ctx" not in vector.test:  # of ML-DSA: no version of KMIP has a field for a context
            seen.add(holds(client, keys.of(vector), vector, how(vector.group)))
    assert VALID in seen and (INVALID in seen or "_misc_" in file)


def by_hash(group: dict[str, Any]) -> Parameters:
    return Parameters(hashing_algorithm=hashing(group["sha"]))


@pytest.mark.parametrize("file", ECDSA)
def test_ecdsa(client: Client, file: str) -> None:
    run(client, file, Algorithm.ECDSA, 150, by_hash)


@pytest.mark.parametrize("file", DSA)
def test_dsa(client: Client, file: str) -> None:
    run(client, file, Algorithm.DSA, 150, by_hash)


@pytest.mark.parametrize(("file", "algorithm"), [*zip(EDDSA, (Algorithm.ED25519, Algorithm.ED448), strict=True)])
def test_eddsa(client: Client, file: str, algorithm: Algorithm) -> None:
    """Whole: a signature that is bent in a bit, or of a key of small order, is the attack here."""
    run(client, file, algorithm, 1000)


@pytest.mark.parametrize("file", PKCS1)
def test_rsa_pkcs1_v1_5(client: Client, file: str) -> None:
    run(client, file, Algorithm.RSA, 150, pkcs1)


def pkcs1(group: dict[str, Any]) -> Parameters:
    return Parameters(padding_method=PaddingMethod.PKCS1_V1_5, hashing_algorithm=hashing(group["sha"]))


@pytest.mark.parametrize("file", PSS)
def test_rsa_pss(client: Client, file: str) -> None:
    """Every salt length and hash of the mask; with the object identifier of RSASSA-PSS in the key as without."""
    run(client, file, Algorithm.RSA, 150, pss)


def pss(group: dict[str, Any]) -> Parameters:
    return Parameters(
        padding_method=PaddingMethod.PSS,
        hashing_algorithm=hashing(group["sha"]),
        mask_generator=MaskGenerator.MFG1,
        mask_generator_hashing_algorithm=hashing(group["mgfSha"]),
        salt_length=group["sLen"],
    )


@pytest.mark.parametrize("file", MADE)
def test_rsa_pkcs1_v1_5_is_made(client: Client, file: str) -> None:
    """Byte for byte, also where the vector leaves it open (a weak hash, a small key)."""
    keys = Keys(client, Algorithm.RSA)
    privates: dict[str, str] = {}
    for vector in vectors(ROOM, file):
        der, how = vector.group["privateKeyPkcs8"], pkcs1(vector.group)
        if der not in privates:
            length = vector.group["keySize"]
            privates[der] = private(client, bytes.fromhex(der), Format.PKCS_8, Algorithm.RSA, length)
        asked = Sign(unique_identifier=privates[der], cryptographic_parameters=how, data=vector.bytes("msg"))
        assert client.do(asked).signature_data == vector.bytes("sig"), vector
        assert holds(client, keys.of(vector, "keyDer"), vector, how) is VALID


@pytest.mark.parametrize("file", FIXED)
def test_ecdsa_of_two_numbers(client: Client, file: str) -> None:
    """The form of IEEE 1363, which the PKCS#11 operation takes."""
    library = Application(client).initialized()
    session = ulong(library.session())
    keys, seen = Keys(client, Algorithm.ECDSA), set()
    handles: dict[str, int] = {}
    for vector in vectors(ROOM, file, 60):
        uid = keys.of(vector)
        if uid not in handles:
            (handles[uid],) = find(library, session, {Attribute.UNIQUE_ID: uid.encode()})
        library.done("C_VerifyInit", session + mechanism(ECDSA_WITH[vector.group["sha"]]) + ulong(handles[uid]))
        asked = session + array(vector.bytes("msg")) + array(vector.bytes("sig"))
        code = library.call("C_Verify", asked)[0]
        if "SignatureSize" in vector.test["flags"]:
            # PKCS#11 Current Mechanisms 3.0 §2.3.1: "the signature may have a shorter length".
            assert code in (ReturnCode.OK, ReturnCode.SIGNATURE_INVALID), vector
            continue
        assert code is (ReturnCode.OK if vector.result == "valid" else ReturnCode.SIGNATURE_INVALID), vector
        seen.add(code)
    assert seen == {ReturnCode.OK, ReturnCode.SIGNATURE_INVALID}


ECDSA_WITH = {"SHA-224": 0x1043, "SHA-256": 0x1044, "SHA-384": 0x1045, "SHA-512": 0x1046}


# --- ML-DSA (3.0) --------------------------------------------------------------------------------------


def ml_dsa(file: str) -> Algorithm:
    return Algorithm[f"ML_DSA_{file.split('_')[1]}"]


@pytest.mark.parametrize("file", ML_DSA)
def test_ml_dsa(server: Any, file: str) -> None:
    run(Client(server, V3_0), file, ml_dsa(file), 1000)


@pytest.mark.parametrize("file", ML_DSA_SEEDS)
def test_ml_dsa_is_made_from_a_seed(server: Any, file: str) -> None:
    """Vectors of the message, without context; a signature made here is another each time, and believed."""
    client, algorithm, done = Client(server, V3_0), ml_dsa(file), 0
    for vector in vectors(ROOM, file, 40):
        if "ctx" in vector.test or "msg" not in vector.test:
            continue
        seed, message = bytes.fromhex(vector.group["privateSeed"]), vector.bytes("msg")
        pkcs8 = bytes.fromhex(vector.group.get("privateKeyPkcs8", ""))
        given = {Format.RAW: seed, **({Format.PKCS_8: pkcs8} if pkcs8 else {})}
        for key_format, material in given.items():
            uid = private(client, material, key_format, algorithm, 8 * len(seed))
            answer = client.one(Sign(unique_identifier=uid, data=message))
            if vector.result == "invalid":
                assert answer.reason is FAILURE, vector
                continue
            assert answer.ok, f"{vector}: {answer.message}"
            other = public(client, bytes.fromhex(vector.group["publicKey"]), Format.RAW, algorithm, 256)
            for signature in (answer.payload.signature_data, vector.bytes("sig")):
                asked = SignatureVerify(unique_identifier=other, data=message, signature_data=signature)
                assert client.do(asked).validity_indicator is VALID, vector
            done += 1
    assert done >= 10


@pytest.mark.parametrize("file", ML_DSA_EXPANDED)
def test_ml_dsa_of_expanded_keys(server: Any, file: str) -> None:
    """A private key is its seed here (FIPS 204 §3.6.3); the expanded form is none, and is refused when it is used."""
    client, algorithm = Client(server, V3_0), ml_dsa(file)
    for vector in vectors(ROOM, file, 20):
        expanded = bytes.fromhex(vector.group["privateKey"])
        uid = private(client, expanded, Format.RAW, algorithm, 256)
        asked = Sign(unique_identifier=uid, data=bytes.fromhex(vector.test.get("msg", "")))
        assert client.refusal(asked) is FAILURE, vector
        if vector.result == "valid" and "msg" in vector.test and "ctx" not in vector.test:
            other = public(client, bytes.fromhex(vector.group["publicKey"]), Format.RAW, algorithm, 256)
            assert holds(client, other, vector) is VALID


def test_no_file_is_forgotten() -> None:
    run_here = [*FIXED, *ECDSA, *DSA, *EDDSA, *PKCS1, *MADE, *PSS, *ML_DSA, *ML_DSA_SEEDS, *ML_DSA_EXPANDED]
    assert sorted([*run_here, *NOT_RUN]) == files(ROOM, "*.json")
    assert all((FIXED, ECDSA, DSA, EDDSA, PKCS1, MADE, PSS, ML_DSA, ML_DSA_SEEDS, ML_DSA_EXPANDED, NOT_RUN))
