"""Every result of Encrypt, Decrypt, MAC, Hash, Sign and Verify in the published cases, with registered keys.

The keys, parameters, data and expected answers are those of the OASIS test cases; what a case answers with
an error must raise one of the same Result Reason.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kmip_server.crypto.ciphers import Ciphers
from kmip_server.errors import KmipError
from kmip_server.spec import enums
from kmip_server.spec.reasons import reason_in
from kmip_server.spec.structures.parameters import CryptographicParameters
from kmip_server.spec.version import parse_version
from tests.material import CASE_FILES, NO_CASES

OPERATIONS = {"Encrypt", "Decrypt", "Sign", "SignatureVerify", "MAC", "MACVerify", "Hash"}
UNFIT = {
    # The Data printed as ciphertext is not AES-ECB under the registered key; 1.4 and later have the right one.
    "CS-BC-M-6-12",
    "CS-BC-M-6-13",
}
POLICY_REASONS = {"PermissionDenied", "WrongKeyLifecycleState", "ItemNotFound", "ObjectNotFound"}
ENUM_FIELDS = {
    "BlockCipherMode": enums.BlockCipherMode,
    "PaddingMethod": enums.PaddingMethod,
    "HashingAlgorithm": enums.HashingAlgorithm,
    "DigitalSignatureAlgorithm": enums.DigitalSignatureAlgorithm,
    "CryptographicAlgorithm": enums.CryptographicAlgorithm,
    "MaskGenerator": enums.MaskGenerator,
    "MaskGeneratorHashingAlgorithm": enums.HashingAlgorithm,
}
ciphers = Ciphers()


@dataclass
class Key:
    algorithm: enums.CryptographicAlgorithm | None
    material: bytes
    key_format: enums.KeyFormatType
    parameters: CryptographicParameters


def folded(name: str) -> str:
    """Names as the files print them, without what different printers put between the words."""
    return "".join(letter for letter in name if letter.isalnum()).upper()


def member(enumeration: Any, name: str) -> Any:
    if name == "MGF1":
        return enums.MaskGenerator.MFG1
    if name == "DES3":
        return enums.CryptographicAlgorithm.DES3
    found = [
        value for value in enumeration if folded(value.title) == folded(name) or folded(value.name) == folded(name)
    ]
    assert found, name
    return found[0]


def parameters_of(element: ET.Element) -> CryptographicParameters:
    values: dict[str, Any] = {}
    known = {folded(field.name): field.name for field in fields(CryptographicParameters)}
    for child in element:
        value = child.get("value", "")
        name = known[folded(child.tag)]
        if child.tag in ENUM_FIELDS:
            values[name] = member(ENUM_FIELDS[child.tag], value)
        elif child.get("type") == "Integer":
            values[name] = int(value)
        elif child.get("type") == "Boolean":
            values[name] = value == "true"
        else:
            values[name] = bytes.fromhex(value)
    return CryptographicParameters(**values)


def registered_key(payload: ET.Element) -> Key | None:
    block = payload.find(".//KeyBlock")
    material = payload.find(".//KeyMaterial")
    if block is None or material is None or material.get("type") != "ByteString":
        return None
    parameters = CryptographicParameters()
    algorithm = None
    for name in payload.iter("CryptographicParameters"):
        parameters = parameters_of(name)
        break
    for attribute in payload.iter("Attribute"):
        name_of = attribute.find("AttributeName")
        value = attribute.find("AttributeValue")
        if name_of is None or value is None:
            continue
        title = folded(name_of.get("value", ""))
        if title == "CRYPTOGRAPHICPARAMETERS":
            parameters = parameters_of(value)
        elif title == "CRYPTOGRAPHICALGORITHM":
            algorithm = member(enums.CryptographicAlgorithm, value.get("value", ""))
    for found in payload.iter("CryptographicAlgorithm"):
        algorithm = member(enums.CryptographicAlgorithm, found.get("value", ""))
    key_format = member(enums.KeyFormatType, block.find("KeyFormatType").get("value"))  # type: ignore[union-attr]
    return Key(algorithm, bytes.fromhex(material.get("value", "")), key_format, parameters)


def exchanges(path: Path) -> list[tuple[ET.Element, ET.Element]]:
    text = path.read_text(encoding="utf-8")
    messages = [child for child in ET.fromstring(text) if child.tag in ("RequestMessage", "ResponseMessage")]
    pairs = []
    for request, response in pairwise(messages):
        if request.tag == "RequestMessage" and response.tag == "ResponseMessage":
            pairs.extend(zip(request.findall("BatchItem"), response.findall("BatchItem"), strict=False))
    return pairs


class Case:
    """Runs one file: remembers keys and answers, performs what its requests ask."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.version = parse_version(path.parent.name.removeprefix("v"))
        self.keys: dict[str, Key] = {}
        self.bound: dict[str, bytes] = {}
        self.checked = 0

    def run(self) -> int:
        for request, response in exchanges(self.path):
            operation = request.find("Operation").get("value")  # type: ignore[union-attr]
            asked, answered = request.find("RequestPayload"), response.find("ResponsePayload")
            if operation == "Register" and asked is not None and answered is not None:
                key = registered_key(asked)
                if key is not None:
                    self.keys[answered.find("UniqueIdentifier").get("value", "")] = key  # type: ignore[union-attr]
            elif operation in OPERATIONS and asked is not None:
                self.perform(str(operation), asked, response)
        return self.checked

    def value(self, payload: ET.Element, tag: str) -> bytes | None:
        element = payload.find(tag)
        if element is None:
            return None
        text = element.get("value", "")
        return self.bound[text] if text.startswith("$") else bytes.fromhex(text)

    def perform(self, operation: str, asked: ET.Element, response: ET.Element) -> None:
        identifier = asked.find("UniqueIdentifier")
        key = self.keys.get(identifier.get("value", "")) if identifier is not None else None
        streamed = {"InitIndicator", "FinalIndicator", "CorrelationValue"} & {child.tag for child in asked}
        if streamed or (key is None and operation != "Hash"):
            return
        reason = response.find("ResultReason")
        if reason is not None:
            expected = reason.get("value", "")
            if expected in POLICY_REASONS:
                return
            with pytest.raises(KmipError) as raised:
                self.call(operation, key, asked)
            code = next(each for each in enums.Operation if folded(each.name) == folded(operation))
            told = reason_in(raised.value.reason, self.version, code)
            assert folded(told.title) == folded(expected), self.path.name
            self.checked += 1
            return
        try:
            result = self.call(operation, key, asked)
        except KeyError:
            return  # the request refers to an answer about a key that the server made
        self.compare(operation, result, response.find("ResponsePayload"))
        self.checked += 1

    def call(self, operation: str, key: Key | None, asked: ET.Element) -> dict[str, Any]:
        given = asked.find("CryptographicParameters")
        data = self.value(asked, "Data")
        if operation == "Hash":
            assert given is not None
            assert data is not None
            return {"Data": ciphers.hash(parameters_of(given).hashing_algorithm, data)}
        assert key is not None
        parameters = key.parameters if given is None else parameters_of(given)
        aad = self.value(asked, "AuthenticatedEncryptionAdditionalData")
        iv = self.value(asked, "IVCounterNonce")
        algorithm = key.algorithm or parameters.cryptographic_algorithm
        assert algorithm is not None
        if operation == "Encrypt":
            assert data is not None
            made = ciphers.encrypt(algorithm, key.material, parameters, data, iv=iv, aad=aad, key_format=key.key_format)
            return {"Data": made.data, "IVCounterNonce": made.iv, "AuthenticatedEncryptionTag": made.tag}
        if operation == "Decrypt":
            assert data is not None
            tag = self.value(asked, "AuthenticatedEncryptionTag")
            plain = ciphers.decrypt(
                algorithm, key.material, parameters, data, iv=iv, aad=aad, tag=tag, key_format=key.key_format
            )
            return {"Data": plain}
        return self.authenticate(operation, algorithm, key, parameters, asked)

    def authenticate(
        self,
        operation: str,
        algorithm: enums.CryptographicAlgorithm,
        key: Key,
        parameters: CryptographicParameters,
        asked: ET.Element,
    ) -> dict[str, Any]:
        data, digested = self.value(asked, "Data"), self.value(asked, "DigestedData")
        if operation == "MAC":
            return {"MACData": ciphers.mac(algorithm, key.material, parameters, data or b"")}
        if operation == "MACVerify":
            code = self.value(asked, "MACData")
            assert code is not None
            return {"Valid": ciphers.mac_verify(algorithm, key.material, parameters, data or b"", code)}
        if operation == "Sign":
            signature = ciphers.sign(
                algorithm, key.material, parameters, data, digested=digested, key_format=key.key_format
            )
            return {"SignatureData": signature}
        signature_given = self.value(asked, "SignatureData")
        assert signature_given is not None
        valid = ciphers.verify(
            algorithm,
            key.material,
            parameters,
            data,
            signature=signature_given,
            digested=digested,
            key_format=key.key_format,
        )
        return {"Valid": valid}

    def compare(self, operation: str, result: dict[str, Any], answered: ET.Element | None) -> None:
        assert answered is not None
        if "Valid" in result:
            indicator = answered.find("ValidityIndicator")
            assert indicator is not None
            assert result["Valid"] is (indicator.get("value") == "Valid"), self.path.name
            return
        random_output = operation == "Sign" or ("OAEP" in self.path.name and operation == "Encrypt")
        for tag, value in result.items():
            element = answered.find(tag)
            printed = "" if element is None else element.get("value", "")
            if printed.startswith("$"):
                self.bound[printed] = value
            elif value is not None:
                self.bound["$" + {"MACData": "MAC_DATA", "SignatureData": "SIGNATURE_DATA"}.get(tag, tag)] = value
                self.bound.update({"$DATA_0": value} if tag == "Data" else {})
                self.bound.update({"$IV_COUNTER_NONCE": value} if tag == "IVCounterNonce" else {})
                if random_output or result.get("IVCounterNonce") is not None:
                    assert element is None or len(value) == len(printed) // 2, (self.path.name, tag)
                else:
                    assert value.hex() == printed.lower(), (self.path.name, tag)


LEAST = {"v1.2": 29, "v1.3": 27, "v1.4": 102, "v2.0": 106, "v2.1": 79, "v3.0": 40}
"""How many results each version's cases give, so that none is left out unseen."""

FILES = [path for path in CASE_FILES if path.stem not in UNFIT]


@pytest.mark.skipif(not FILES, reason=NO_CASES)
@pytest.mark.parametrize("version", LEAST)
def test_published_results(version: str) -> None:
    checked = {path.stem: Case(path).run() for path in FILES if path.parent.name == version}

    assert sum(checked.values()) >= LEAST[version]


def test_parameters_of_a_case_are_read() -> None:
    element = ET.fromstring(
        '<P><PaddingMethod type="Enumeration" value="PSS"/><HashingAlgorithm type="Enumeration" value="SHA_256"/></P>'
    )

    expected = CryptographicParameters(
        padding_method=enums.PaddingMethod.PSS, hashing_algorithm=enums.HashingAlgorithm.SHA_256
    )
    assert parameters_of(element) == replace(expected)
